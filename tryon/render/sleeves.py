"""How far sleeves reach, and the sleeve that the garment's wearer hides: the mirror image of the other one."""

from dataclasses import replace

import numpy as np

from appearance_flow.parts import Below
from appearance_flow.pose_flow import pose_flow
from tryon.body import skeleton as sk
from tryon.body.zones import Zones, arm_position
from tryon.render.carry import SLEEVES, Layer, carry
from tryon.types import Person

_STEPS = 20  # along the upper arm, and along the forearm
_HEM_COVERS = 0.4  # of the arm's width: where a sleeve covers less, it has ended
# A sleeve is taken for hidden when it ends before this share of the other's length, and the other one is a sleeve at
# all: this long, where the elbow is at 1 and the wrist at 2.
_HIDDEN, _SLEEVE = 0.65, 0.4


def sleeved_arms(keypoints: np.ndarray, body: Zones, sleeves: list[Layer]) -> np.ndarray:
    """``(H, W)`` ``bool``, where arms must be covered: all around, from the shoulder down to where the sleeve ends."""
    out = np.zeros(body.depth.shape, bool)
    arms = _each_arm(keypoints, body)
    for layer in sleeves:
        if layer.part in arms:
            along, arm = arms[layer.part]
            out |= arm & (along < sleeve_end(along, arm, layer.alpha > 0.5))
    return out


def _each_arm(keypoints: np.ndarray, body: Zones) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """How far along each arm that is seen its pixels lie, and which pixels are its own: those nearer to it."""
    found = {part: arm_position(keypoints, part, body.arms) for part in SLEEVES}
    seen = {part: position for part, position in found.items() if position is not None}
    nearest = np.minimum.reduce([distance for _, distance in seen.values()]) if seen else None
    return {part: (along, body.arms & (distance <= nearest)) for part, (along, distance) in seen.items()}


def sleeve_end(along: np.ndarray, arm: np.ndarray, shown: np.ndarray) -> float:
    """How far along the arm a sleeve covers a good part of its width; a slanting hem ends there.

    Args:
        along: ``(H, W)`` from :func:`tryon.body.zones.arm_position`.
        arm: ``(H, W)`` ``bool``, the arm.
        shown: ``(H, W)`` ``bool``, the sleeve.

    Returns:
        0 without a sleeve, 1 at the elbow, 2 at the wrist.
    """
    step = (along[arm] * _STEPS).astype(int)
    width = np.bincount(step, minlength=2 * _STEPS + 1)
    covered = np.bincount(step, weights=shown[arm], minlength=2 * _STEPS + 1) >= _HEM_COVERS * np.maximum(width, 1)
    return float(np.flatnonzero(covered)[-1] + 1) / _STEPS if covered.any() else 0.0


def both_sleeves(
    layers: list[Layer],
    source: Person,
    labels: tuple[int, ...],
    below: Below,
    keypoints: np.ndarray,
    zones: Zones,
    body: dict[str, np.ndarray],
) -> tuple[list[Layer], tuple[str, ...]]:
    """The layers of a garment; where a bag, the hair or a pocket hides one sleeve, the other one mirrored instead.

    Args:
        layers: from :func:`tryon.render.carry.carry`.
        source: who wears the garment.
        labels: the classes that make it up.
        below: as for :func:`tryon.render.carry.carry`.
        keypoints: ``(18, 3)`` of who is to wear it.
        zones: of the same.
        body: parts of the same.

    Returns:
        The layers, and warnings.
    """
    size = zones.depth.shape
    arms = _each_arm(keypoints, zones)
    if len(arms) < 2:
        return layers, ()
    ends: dict[str, float] = {}
    for part, (along, arm) in arms.items():
        shown = next((layer.alpha > 0.5 for layer in layers if layer.part == part), np.zeros(size, bool))
        ends[part] = sleeve_end(along, arm, shown)
    hidden, seen = sorted(SLEEVES, key=lambda part: ends[part])
    if ends[seen] < _SLEEVE or ends[hidden] > _HIDDEN * ends[seen]:
        return layers, ()
    mirrored = _mirrored(source)
    pose = pose_flow(mirrored.keypoints, keypoints, size)
    other = carry(mirrored.photo, mirrored.parsing, mirrored.keypoints, labels, below, pose, body, only=hidden)
    columns = np.arange(size[1], dtype=np.float32)
    for layer in other:  # back to the photo as it is
        layer.flow[..., 0] = source.photo.shape[1] - 1 - 2 * columns - layer.flow[..., 0]
    note = "one sleeve is hidden in the garment photo; the other one was mirrored"
    return [layer for layer in layers if layer.part != hidden] + other, (note,)


def _mirrored(person: Person) -> Person:
    keypoints = person.keypoints[sk.MIRROR].copy()
    keypoints[:, 0] = person.photo.shape[1] - 1 - keypoints[:, 0]
    photo, parsing = (np.ascontiguousarray(picture[:, ::-1]) for picture in (person.photo, person.parsing))
    return replace(person, photo=photo, parsing=parsing, keypoints=keypoints)
