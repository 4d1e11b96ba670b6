"""Whether the flow of a pair brings its source onto its target."""

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.types import PairSample, PersonSample, TripletSample

MOVES = 2.0
"""Pixels from which a surface point is counted as moved."""
LARGE = 0.15
"""Mean absolute difference, of 1, above which a single pair is reported; light and shade stay below it."""


@dataclass(frozen=True, slots=True)
class FlowErrors:
    """Mean absolute differences, of 1, between source and target where the surface is visible and moves."""

    moved: float
    """After warping by the flow."""
    unwarped: float
    """Each pixel with that at the same place of the source."""


def warp(sample: PairSample | TripletSample) -> np.ndarray:
    """The source (of a triplet: the garment picture) at the places of the target, grey where it is not visible.

    Args:
        sample: a pair or triplet with a flow and visibility that fit it.

    Returns:
        ``(H, W, 3)`` ``uint8`` in the frame of the target.
    """
    flow, visible = np.asarray(sample.flow), np.asarray(sample.visible)
    height, width = flow.shape[:2]
    at = np.nan_to_num(flow + np.dstack(np.meshgrid(np.arange(width), np.arange(height)))).astype(np.float32)
    source = _origin(sample)
    warped = cv2.remap(source.image, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.where((visible & np.isfinite(flow).all(-1))[..., None], warped, 128).astype(np.uint8)


def check_flow(sample: PairSample | TripletSample) -> tuple[dict[str, str], FlowErrors | None]:
    """Look at the flow and visibility of a pair or triplet.

    Returns:
        codes of findings (see :mod:`tryon.datasets.check`) with their reasons, and the errors, where anything moves and
        source and target are of one size.
    """
    flow, visible = sample.flow, sample.visible
    target = sample.target.image
    size = target.shape[:2]
    if flow is None and visible is None:
        return {}, None
    if flow is None or visible is None:
        return {"arrays": "a flow without visibility, or visibility without a flow"}, None
    if flow.shape != (*size, 2) or not np.issubdtype(flow.dtype, np.floating):
        return {"arrays": f"flow {flow.shape} {flow.dtype} for a target of {size}"}, None
    if visible.shape != size or visible.dtype != bool:
        return {"arrays": f"visibility {visible.shape} {visible.dtype} for a target of {size}"}, None
    found = {}
    finite = np.isfinite(flow).all(-1)
    if (visible & ~finite).any():
        found["flow_not_finite"] = f"{(visible & ~finite).sum()} pixels"
    shown = visible & finite
    source = _origin(sample).image
    rows, columns = np.nonzero(shown)
    x, y = columns + flow[shown, 0], rows + flow[shown, 1]
    beyond = (x < -1) | (y < -1) | (x > source.shape[1]) | (y > source.shape[0])
    if beyond.any():
        found["flow_outside"] = f"{beyond.sum()} pixels"
    if not shown.any():
        return found, None
    difference = np.abs(warp(sample).astype(np.float32) - target).mean(-1) / 255
    error = float(difference[shown].mean())
    if error > LARGE:
        found["flow_error"] = f"{error:.2f} of 1"
    moves = shown & (np.hypot(*np.moveaxis(np.nan_to_num(flow), -1, 0)) > MOVES)
    if not moves.any() or source.shape != target.shape:
        return found, None
    still = np.abs(source.astype(np.float32) - target).mean(-1) / 255
    return found, FlowErrors(float(difference[moves].mean()), float(still[moves].mean()))


def _origin(sample: PairSample | TripletSample) -> PersonSample:
    """The person that the flow leads to."""
    return sample.source if isinstance(sample, PairSample) else sample.garment
