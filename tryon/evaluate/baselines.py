"""Simple ways to dress a person, which the program has to beat. Nothing is put back in front, and only one of them
takes something off: the garment's pixels are carried over along a flow and laid on the person's photo.

* ``unchanged``: the photo as it is, its outline that of the classes which the new garment has
* ``affine``: one affine map by shoulders and hips
* ``tps``: a thin-plate spline through all key points from neck to ankles that both show
* ``pose_flow``: the closed-form flow of :mod:`appearance_flow.pose_flow` for the whole body
* ``plain_fill``: the same, after what the garment replaces was filled smoothly from its surroundings
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from appearance_flow.pose_flow import pose_flow
from appearance_flow.sampling import warp_photo
from tryon.body import skeleton as sk
from tryon.body.torso import TORSO_POINTS, complete_torso
from tryon.core.fill import bleed
from tryon.core.labels import mask_of
from tryon.types import Garment, Person

_BODY = range(sk.NECK, sk.L_ANKLE + 1)
_SMOOTHING = 1e-6  # two joints in one place must not break the spline; it still passes through all others
_EDGE = 3  # pixels beyond an outline whose colors are mixed with those inside


@dataclass(frozen=True, eq=False, slots=True)
class Dressed:
    """What one way of dressing made, in the frame of the person photo."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    outline: np.ndarray
    """``(H, W)`` ``bool``: where the new garment is."""
    flow: np.ndarray | None
    """``(H, W, 2)`` ``float32``, NaN where no garment was carried over; ``None`` without any."""


Baseline = Callable[[Person, Garment], Dressed]


def unchanged(person: Person, labels: tuple[int, ...]) -> Dressed:
    """The person as photographed, in what they wear of the classes of the new garment."""
    return Dressed(person.photo, mask_of(person.parsing, *labels), None)


def affine(person: Person, garment: Garment) -> Dressed:
    """Least squares over shoulders and hips."""
    target, source = (complete_torso(one.keypoints)[0][list(TORSO_POINTS), :2] for one in (person, garment.source))
    solved, *_ = np.linalg.lstsq(np.column_stack((target, np.ones(len(target)))), source, rcond=None)
    grid = _grid(person.photo.shape[:2])
    return paste(person, garment, grid @ solved[:2] + solved[2] - grid)


def tps(person: Person, garment: Garment) -> Dressed:
    """A thin-plate spline, fit in torso lengths around the neck."""
    target, source = complete_torso(person.keypoints)[0], complete_torso(garment.source.keypoints)[0]
    shared = [i for i in _BODY if target[i, 2] > 0 and source[i, 2] > 0]
    unit, middle = sk.torso_length(target), target[sk.NECK, :2]
    spline = RBFInterpolator(
        (target[shared, :2] - middle) / unit,
        source[shared, :2],
        kernel="thin_plate_spline",
        smoothing=_SMOOTHING,
    )
    grid = _grid(person.photo.shape[:2])
    places = spline((grid.reshape(-1, 2) - middle) / unit).reshape(grid.shape)
    return paste(person, garment, places - grid)


def full_pose_flow(person: Person, garment: Garment) -> Dressed:
    """One flow for the whole body."""
    return paste(person, garment, pose_flow(garment.source.keypoints, person.keypoints, person.photo.shape[:2]).flow)


def plain_fill(person: Person, garment: Garment) -> Dressed:
    """The same on a person whose clothes of the garment's classes gave way to the colors around them."""
    worn = mask_of(person.parsing, *garment.labels).astype(np.uint8)
    off = cv2.dilate(worn, np.ones((2 * _EDGE + 1,) * 2, np.uint8)) > 0
    return full_pose_flow(replace(person, photo=bleed(person.photo, ~off)), garment)


BASELINES: dict[str, Baseline] = {
    "affine": affine,
    "tps": tps,
    "pose_flow": full_pose_flow,
    "plain_fill": plain_fill,
}


def paste(person: Person, garment: Garment, flow: np.ndarray) -> Dressed:
    """The garment carried along a flow ``(H, W, 2)``, over the photo."""
    flow = flow.astype(np.float32)
    source = garment.source
    cut_out = 255 * mask_of(source.parsing, *garment.labels).astype(np.uint8)
    alpha = warp_photo(cut_out, flow, "zeros")
    share = alpha[..., None] / np.float32(255)
    image = share * warp_photo(source.photo, flow) + (1 - share) * person.photo
    flow[alpha == 0] = np.nan
    return Dressed(np.clip(image + 0.5, 0, 255).astype(np.uint8), alpha > 127, flow)


def _grid(size: tuple[int, int]) -> np.ndarray:
    """``(H, W, 2)`` ``float64`` x and y of every pixel."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float64)
    return np.stack((columns, rows), -1)
