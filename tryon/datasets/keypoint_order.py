"""Whether key points stand in the right order, by what holds for most people: a wrong order, exchanged sides or
exchanged axes make the majority contradict, whatever single people do.
"""

from dataclasses import dataclass

import numpy as np

from tryon.body import skeleton as sk
from tryon.datasets.finding import Finding, Level

FEWEST = 10
"""People who show the points, below which nothing is concluded."""
MIXED = 0.7
"""Share of people below which left and right are suspected of being exchanged in a part of the data."""

_SIDES = {
    "shoulders": (sk.R_SHOULDER, sk.L_SHOULDER),
    "elbows": (sk.R_ELBOW, sk.L_ELBOW),
    "wrists": (sk.R_WRIST, sk.L_WRIST),
    "hips": (sk.R_HIP, sk.L_HIP),
    "knees": (sk.R_KNEE, sk.L_KNEE),
    "ankles": (sk.R_ANKLE, sk.L_ANKLE),
    "eyes": (sk.R_EYE, sk.L_EYE),
    "ears": (sk.R_EAR, sk.L_EAR),
}
# The first stands above the second in most pictures.
_ABOVE = (
    (sk.R_EYE, sk.NOSE),
    (sk.L_EYE, sk.NOSE),
    (sk.NOSE, sk.NECK),
    (sk.NECK, sk.R_HIP),
    (sk.NECK, sk.L_HIP),
    (sk.R_SHOULDER, sk.R_ELBOW),
    (sk.L_SHOULDER, sk.L_ELBOW),
    (sk.R_SHOULDER, sk.R_HIP),
    (sk.L_SHOULDER, sk.L_HIP),
    (sk.R_HIP, sk.R_KNEE),
    (sk.L_HIP, sk.L_KNEE),
    (sk.R_KNEE, sk.R_ANKLE),
    (sk.L_KNEE, sk.L_ANKLE),
)
_ARMS = ((sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST), (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST))


@dataclass(frozen=True)
class _Vote:
    """How many people show what is expected of them."""

    number: int
    share: float

    @property
    def against(self) -> bool:
        return self.number >= FEWEST and self.share < 0.5


def extents(points: np.ndarray) -> np.ndarray:
    """Longer side, in pixels, of the box around the known points.

    Args:
        points: ``(N, 18, 3)``.

    Returns:
        ``(N,)``, 0 where none is known.
    """
    known = (points[..., 2] > 0)[..., None]
    low = np.where(known, points[..., :2], np.inf).min(1)
    high = np.where(known, points[..., :2], -np.inf).max(1)
    return np.where(known.any((1, 2)), np.where(known.any(1), high - low, 0).max(1), 0)


def right_is_left(points: np.ndarray) -> float:
    """Share of the people who show both eyes (of all, where nobody has eyes) whose right side lies left in the picture.

    It is near 1 in most data: people look at the camera. NaN where nobody can be judged.
    """
    return _facing(points)[1].share


def check_order(points: np.ndarray) -> list[Finding]:
    """Compare the key points of a data set with what holds for most people.

    Args:
        points: ``(N, 18, 3)`` x, y in pixels, confidence; finite where the confidence is above 0.
    """
    lying = _lying(points)
    if lying.against:
        # Every other order is a consequence of this one.
        words = f"{1 - lying.share:.0%} of the people lie on their side; are x and y exchanged?"
        return [Finding("x_y", "error", words)]
    return [*_check_sides(points), *_check_heights(points), *_check_arms(points)]


def _known(points: np.ndarray, *which: int) -> np.ndarray:
    return np.all(points[:, list(which), 2] > 0, axis=1)


def _vote(holds: np.ndarray) -> _Vote:
    return _Vote(len(holds), float(holds.mean()) if len(holds) else float("nan"))


def _lying(points: np.ndarray) -> _Vote:
    some = points[_known(points, sk.NECK, sk.R_HIP, sk.L_HIP)]
    spine = np.abs(some[:, [sk.R_HIP, sk.L_HIP], :2].mean(1) - some[:, sk.NECK, :2])
    return _vote(spine[:, 1] > spine[:, 0])


def _signs(points: np.ndarray) -> np.ndarray:
    """``(N, 8)``: 1 where the right one of a pair of points lies left in the picture, -1 where right, 0 unclear."""
    apart = 0.03 * extents(points)
    columns = []
    for right, left in _SIDES.values():
        offset = points[:, left, 0] - points[:, right, 0]
        columns.append(np.where(_known(points, right, left) & (np.abs(offset) > apart), np.sign(offset), 0))
    return np.stack(columns, 1)


def _facing(points: np.ndarray) -> tuple[bool, _Vote]:
    """Whether anybody has eyes, and the vote on the right side lying left."""
    faces = _known(points, sk.R_EYE, sk.L_EYE)
    votes = _signs(points[faces] if faces.any() else points).sum(1)
    return bool(faces.any()), _vote(votes[votes != 0] > 0)


def _check_sides(points: np.ndarray) -> list[Finding]:
    findings = []
    signs = _signs(points)
    exchanged = []
    for column, name in enumerate(_SIDES):
        # Against the other points of the same person, because somebody seen from behind is no contradiction.
        others = np.sign(signs.sum(1) - signs[:, column])
        judged = (signs[:, column] != 0) & (others != 0)
        if _vote(signs[judged, column] == others[judged]).against:
            exchanged.append(name)
    if exchanged:
        words = f"left and right of the {_list(exchanged)} lie the other way round than those of the other points"
        findings.append(Finding("sides", "error", f"{words} in most people; are they exchanged?"))
    eyes, vote = _facing(points)
    who = "people who show both eyes" if eyes else "people"
    words = f"the right side lies left in the picture in only {vote.share:.0%} of the {vote.number} {who}"
    if vote.against:
        # Without eyes nobody knows who is seen from behind.
        level: Level = "error" if eyes else "warning"
        findings.append(Finding("left_right", level, f"{words}; are left and right exchanged, or pictures mirrored?"))
    elif vote.number >= FEWEST and vote.share < MIXED:
        findings.append(
            Finding("left_right_mixed", "warning", f"{words}; are the pictures of a part mirrored, their points not?")
        )
    return findings


def _check_heights(points: np.ndarray) -> list[Finding]:
    apart = 0.01 * extents(points)
    wrong = []
    for upper, lower in _ABOVE:
        down = points[:, lower, 1] - points[:, upper, 1]
        judged = _known(points, upper, lower) & (np.abs(down) > apart)
        if _vote(down[judged] > 0).against:
            wrong.append(f"{sk.NAMES[upper]} / {sk.NAMES[lower]}")
    if not wrong:
        return []
    words = f"the first stands below the second in most people: {', '.join(wrong)}"
    return [Finding("up_down", "error", f"{words}; is the order of the points another one?")]


def _check_arms(points: np.ndarray) -> list[Finding]:
    wrong = []
    for shoulder, elbow, wrist in _ARMS:
        some = points[_known(points, shoulder, elbow, wrist), :, :2]
        to_elbow, to_wrist = (np.linalg.norm(some[:, end] - some[:, shoulder], axis=1) for end in (elbow, wrist))
        if _vote(to_wrist > to_elbow).against:
            wrong.append(f"{sk.NAMES[elbow]} / {sk.NAMES[wrist]}")
    if not wrong:
        return []
    words = f"the wrist is nearer to the shoulder than the elbow in most people: {', '.join(wrong)}"
    return [Finding("elbow_wrist", "error", f"{words}; are they exchanged?")]


def _list(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
