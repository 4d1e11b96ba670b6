"""Random plausible poses of a puppet, and how they pull at its mesh."""

from dataclasses import dataclass

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.geometry import segment_distance
from tryon.synth.puppet_layers import ARM_OF, BODY, LEG_OF, Cutting
from tryon.synth.puppet_mesh import SheetMesh

# In torso lengths.
_JITTER = 0.02  # of the joints that the rig turns about: estimated joints are never quite on the bones
_ARM_GRIP, _LEG_GRIP = 0.07, 0.1  # what lies nearer to the middle of a bone is drawn along with it
_TIGHTEST = 0.9  # radians between upper arm and forearm
_LOOSE = 1e-3  # pull at what is free to deform, so that no piece is lost

ACROSS, RAISED = 0.6, 0.25  # how often an arm lies over the body, and is raised; else it moves a little


@dataclass(frozen=True, slots=True)
class Bone:
    """A bone before and after a move."""

    start: complex
    end: complex
    new_start: complex
    new_end: complex
    part: tuple[float, float]
    """From where to where along the bone, 0 to 1, the flesh moves with it."""
    radius: float
    """How far across the bone, in pixels."""


def random_pose(cutting: Cutting, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Joints of the rig before and after a random move.

    Returns:
        two times ``(18,)`` complex, in pixels. The first are the photo's with a little noise.
    """
    unit, rest = cutting.unit, cutting.joints.copy()
    limbs = [joint for chain in (*ARM_OF.values(), *LEG_OF.values()) for joint in chain[1:]]
    rest[limbs] += _JITTER * unit * (rng.standard_normal((len(limbs), 2)) @ np.array((1, 1j)))
    new = rest.copy()
    hips = 0.5 * (rest[sk.R_HIP] + rest[sk.L_HIP])
    for chain in LEG_OF.values():
        _turn(new, chain[1:], new[chain[0]], rng.normal(0, 0.05))
        _turn(new, chain[2:], new[chain[1]], rng.normal(0, 0.05))
    upper = [i for i in range(sk.NUM_KEYPOINTS) if not any(i in chain for chain in LEG_OF.values())]
    _turn(new, upper, hips, rng.normal(0, 0.045))
    head = [sk.NOSE, sk.R_EYE, sk.L_EYE, sk.R_EAR, sk.L_EAR]
    _turn(new, head, new[sk.NECK], rng.normal(0, 0.09))
    kind = rng.random()
    first = rng.permutation(cutting.movable)
    for number, sheet in enumerate(first):
        if kind < ACROSS and (number == 0 or rng.random() < 0.6):
            _lay_across(new, ARM_OF[int(sheet)], unit, rng)
        elif ACROSS <= kind < ACROSS + RAISED and (number == 0 or rng.random() < 0.6):
            _raise(new, ARM_OF[int(sheet)], rng)
        else:
            _sway(new, ARM_OF[int(sheet)], rng)
    return rest, new


def _turn(joints: np.ndarray, chosen, about: complex, angle: float) -> None:
    joints[list(chosen)] = about + (joints[list(chosen)] - about) * np.exp(1j * angle)


def _lay_across(joints: np.ndarray, chain: tuple[int, int, int], unit: float, rng: np.random.Generator) -> None:
    """Bring the wrist before the body, the elbow to the outside or below."""
    neck, hips = joints[sk.NECK], 0.5 * (joints[sk.R_HIP] + joints[sk.L_HIP])
    right, left = joints[sk.R_SHOULDER], joints[sk.L_SHOULDER]
    wrist = neck + rng.uniform(0.1, 1.05) * (hips - neck) + rng.uniform(-0.5, 0.5) * (left - right)
    shoulder, elbow = joints[chain[0]], joints[chain[1]]
    upper = abs(elbow - shoulder) * rng.uniform(0.8, 1)
    fore = abs(joints[chain[2]] - elbow) * rng.uniform(0.75, 1)
    nearest = np.sqrt(upper**2 + fore**2 - 2 * upper * fore * np.cos(_TIGHTEST))
    distance = float(np.clip(abs(wrist - shoulder), nearest, 0.98 * (upper + fore)))
    direction = (wrist - shoulder) / max(abs(wrist - shoulder), 1e-6)
    angle = np.arccos(np.clip((upper**2 + distance**2 - fore**2) / (2 * upper * distance), -1, 1))
    middle = 0.5 * (neck + hips)
    out = (right if chain[0] == sk.R_SHOULDER else left) - 0.5 * (right + left) + 0.4 * (hips - neck)
    choices = [shoulder + upper * direction * np.exp(1j * turn * angle) for turn in (-1, 1)]
    joints[chain[1]] = max(choices, key=lambda z: ((z - middle) * out.conjugate()).real)
    joints[chain[2]] = shoulder + distance * direction


def _raise(joints: np.ndarray, chain: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Lift the arm to the side, the elbow bent either way."""
    outwards = 1 if chain[0] == sk.R_SHOULDER else -1  # y runs down: a positive angle turns clockwise
    _turn(joints, chain[1:], joints[chain[0]], outwards * rng.uniform(0.25, 1.3))
    _turn(joints, chain[2:], joints[chain[1]], outwards * rng.uniform(-1.2, 1.3))


def _sway(joints: np.ndarray, chain: tuple[int, int, int], rng: np.random.Generator) -> None:
    outwards = 1 if chain[0] == sk.R_SHOULDER else -1
    _turn(joints, chain[1:], joints[chain[0]], outwards * rng.normal(0.05, 0.1))
    _turn(joints, chain[2:], joints[chain[1]], rng.normal(0, 0.2))


def pull(
    mesh: SheetMesh, cutting: Cutting, rest: np.ndarray, new: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Goals, weights and turns for :func:`tryon.synth.puppet_mesh.move_rigidly`, and the rank of the cells.

    A cell of the lower half of a limb lies before one of the upper half.
    """
    unit = cutting.unit
    pulled = mesh.rest.copy(), np.full(len(mesh.rest), _LOOSE), np.ones(len(mesh.rest), complex)
    rank = np.zeros(len(mesh.sheet), int)
    hips = [0.5 * (joints[sk.R_HIP] + joints[sk.L_HIP]) for joints in (rest, new)]
    bones = [Bone(hips[0], rest[sk.NECK], hips[1], new[sk.NECK], (0.0, 0.85), 0.16 * unit)]
    if cutting.known[sk.NOSE]:
        bones.append(Bone(rest[sk.NECK], rest[sk.NOSE], new[sk.NECK], new[sk.NOSE], (0.7, 1.6), 0.25 * unit))
    _grip(mesh, np.flatnonzero(mesh.vertex_sheet == BODY), bones, pulled, 1.0)
    limbs = [(sheet, chain, _ARM_GRIP * unit) for sheet, chain in ARM_OF.items() if sheet in cutting.movable]
    limbs += [(sheet, chain, _LEG_GRIP * unit) for sheet, chain in LEG_OF.items()]
    for sheet, (a, b, c), grip in limbs:
        own = np.flatnonzero(mesh.vertex_sheet == sheet)
        width = rng.uniform(0.93, 1.07)
        if not len(own):
            continue
        bones = [Bone(rest[a], rest[b], new[a], new[b], (0.25, 0.8), grip)]
        if cutting.known[c]:
            bones.append(Bone(rest[b], rest[c], new[b], new[c], (0.25, 1.4), grip))
        _grip(mesh, own, bones, pulled, width)
        cells = np.flatnonzero(mesh.sheet == sheet)
        middle = mesh.rest[mesh.corners[cells]].mean(1)
        rank[cells] = np.argmin([segment_distance(middle, bone.start, bone.end) for bone in bones], 0)
    return *pulled, rank


def _grip(
    mesh: SheetMesh,
    chosen: np.ndarray,
    bones: list[Bone],
    pulled: tuple[np.ndarray, np.ndarray, np.ndarray],
    width: float,
) -> None:
    """Draw vertices along with their bones: firmly in the middle of one, hardly elsewhere."""
    goals, weights, turns = pulled
    z = mesh.rest[chosen]
    total = np.zeros(len(z))
    goal, turn = np.zeros(len(z), complex), np.zeros(len(z), complex)
    for bone in bones:
        old, new = bone.end - bone.start, bone.new_end - bone.new_start
        old_way, new_way = old / max(abs(old), 1e-6), new / max(abs(new), 1e-6)
        local = (z - bone.start) / old_way
        share = local.real / max(abs(old), 1e-6)
        moved = bone.new_start + new_way * (local.real * abs(new) / max(abs(old), 1e-6) + 1j * width * local.imag)
        distance = segment_distance(z, bone.start, bone.end)
        near = 1 / (distance + 0.5 * mesh.cell) ** 4
        goal, turn, total = goal + near * moved, turn + near * new_way / old_way, total + near
        held = (share > bone.part[0]) & (share < bone.part[1]) & (np.abs(local.imag) < bone.radius)
        weights[chosen[held]] = 1.0
    goals[chosen], turns[chosen] = goal / total, turn / np.maximum(np.abs(turn), 1e-12)
