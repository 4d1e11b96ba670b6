"""How far sleeves reach, and the one that the garment photo hides or shows too long."""

from dataclasses import replace

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.labels import Label, mask_of
from tryon.types import CloseView

SLEEVES = ("left_arm", "right_arm")
_STEPS = 20  # along the upper arm, and along the forearm
_HEM_COVERS = 0.4  # of the arm's width: where a sleeve covers less, it has ended
# A sleeve differs from the other when it ends before this share of the other's length, and the other one is a sleeve at
# all: this long, where the elbow is at 1 and the wrist at 2.
_HIDDEN, _SLEEVE = 0.65, 0.4


def sleeved_arms(body: Body, sleeves: dict[str, np.ndarray]) -> np.ndarray:
    """Where arms must be covered: all around, from the shoulder down to where the sleeve ends.

    Args:
        body: of who wears the sleeves.
        sleeves: ``(H, W)`` ``bool`` by the name of the arm, where each shows.

    Returns:
        ``(H, W)`` ``bool``.
    """
    out = np.zeros(body.size, bool)
    for part, (along, arm) in _each_arm(body).items():
        if part in sleeves:
            out |= arm & (along < sleeve_end(along, arm, sleeves[part]))
    return out


def wrong_sleeve(body: Body, parts: dict[str, np.ndarray], source: CloseView) -> tuple[str, bool] | None:
    """The arm whose sleeve is to be that of the other, because one is much shorter.

    The short one is hidden in the garment photo by a bag, the hair or a pocket; unless the arm is bare from the
    shoulder on: then there are no sleeves, and what was taken for the other is the trunk beside or behind that arm.

    Args:
        body: of who is to wear the garment.
        parts: ``(H, W)`` ``bool`` by name, where each part of the garment shows on them.
        source: of the garment's wearer.

    Returns:
        The arm, and whether its sleeve is hidden in the garment photo; ``None`` where the sleeves are alike.
    """
    arms, nothing = _each_arm(body), np.zeros(body.size, bool)
    if len(arms) < 2:
        return None
    ends = {part: sleeve_end(along, arm, parts.get(part, nothing)) for part, (along, arm) in arms.items()}
    short, long = sorted(SLEEVES, key=lambda part: ends[part])
    if ends[long] < _SLEEVE or ends[short] > _HIDDEN * ends[long]:
        return None
    arms = _each_arm(source.body)
    if ends[short] < _SLEEVE and short in arms:
        along, arm = arms[short]
        labels = source.parsing[arm & (along > ends[short]) & (along < ends[long])]
        if 2 * (labels == Label.SKIN).sum() > len(labels):
            return long, False
    cloth = mask_of(source.parsing, Label.UPPER, Label.OUTER, Label.DRESS)
    shown = {part: sleeve_end(along, arm, cloth) for part, (along, arm) in arms.items()}
    return short, len(shown) < 2 or shown[short] <= _HIDDEN * shown[long]


def _each_arm(body: Body) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """How far along each arm that is seen its pixels lie, and which pixels are its own: those nearer to it."""
    seen = body.along_arms
    nearest = np.minimum.reduce([distance for _, distance in seen.values()]) if seen else None
    return {part: (along, body.arms & (distance <= nearest)) for part, (along, distance) in seen.items()}


def sleeve_end(along: np.ndarray, arm: np.ndarray, shown: np.ndarray) -> float:
    """How far along the arm a sleeve covers a good part of its width; a slanting hem ends there.

    Args:
        along: ``(H, W)`` from :func:`tryon.body.limbs.arm_position`.
        arm: ``(H, W)`` ``bool``, the arm.
        shown: ``(H, W)`` ``bool``, the sleeve.

    Returns:
        0 without a sleeve, 1 at the elbow, 2 at the wrist.
    """
    step = (along[arm] * _STEPS).astype(int)
    width = np.bincount(step, minlength=2 * _STEPS + 1)
    covered = np.bincount(step, weights=shown[arm], minlength=2 * _STEPS + 1) >= _HEM_COVERS * np.maximum(width, 1)
    return float(np.flatnonzero(covered)[-1] + 1) / _STEPS if covered.any() else 0.0


def mirrored_keypoints(keypoints: np.ndarray, width: int) -> np.ndarray:
    """``(18, 3)`` key points as seen in a mirror, in pixels of a picture of this width."""
    out = keypoints[sk.MIRROR].copy()
    out[:, 0] = width - 1 - out[:, 0]
    return out


def mirrored(view: CloseView, parsing: np.ndarray) -> tuple[CloseView, np.ndarray]:
    """A view and its label map as seen in a mirror."""
    keypoints = mirrored_keypoints(view.keypoints, parsing.shape[1])
    photo, labels = (np.ascontiguousarray(picture[:, ::-1]) for picture in (view.photo, parsing))
    return replace(view, photo=photo, parsing=labels, keypoints=keypoints), labels
