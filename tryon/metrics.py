"""How good a reading or a try-on is, in numbers. Free of torch."""

import cv2
import numpy as np

from tryon.body import skeleton
from tryon.body.skeleton import L_HIP, L_KNEE, L_SHOULDER, NECK, NUM_KEYPOINTS, R_HIP, R_KNEE, R_SHOULDER
from tryon.core.checks import check_shape
from tryon.core.labels import NUM_LABELS, UNKNOWN, Label

NINE = (
    Label.HAIR, Label.SKIN, Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SHOES, Label.BAG,
)  # fmt: skip
MERGED_FIVE = (
    (Label.HAIR,),
    (Label.SKIN,),
    (Label.UPPER, Label.OUTER, Label.DRESS),
    (Label.SKIRT, Label.PANTS),
    (Label.SHOES,),
)
HAND_BREADTH = 0.18  # of the torso from neck to mid-hip, which is about 50 cm
THIGH = 0.4  # of the torso: from the hip to the middle of the thigh, where the knee is not seen


class Confusion:
    """Counts of pixels by true and by predicted class, over any number of label maps.

    Attributes:
        matrix: ``(14, 14)`` ``int64``; the row is the true class, the column the predicted one.
    """

    def __init__(self) -> None:
        self.matrix = np.zeros((NUM_LABELS, NUM_LABELS), np.int64)

    def add(self, predicted: np.ndarray, truth: np.ndarray) -> None:
        """Count two label maps of one shape; where the truth is unknown, nothing is counted.

        Raises:
            ShapeError: they differ in shape.
        """
        check_shape(predicted, "the predicted label map", truth.shape)
        known = truth != UNKNOWN
        pairs = truth[known].astype(np.int64) * NUM_LABELS + predicted[known]
        self.matrix += np.bincount(pairs, minlength=NUM_LABELS**2).reshape(NUM_LABELS, NUM_LABELS)

    def iou(self, *labels: Label) -> float:
        """Intersection over union of some classes taken as one; NaN where neither map shows them."""
        chosen = np.isin(np.arange(NUM_LABELS), labels)
        both = self.matrix[np.ix_(chosen, chosen)].sum()
        either = self.matrix[chosen].sum() + self.matrix[:, chosen].sum() - both
        return float(both / either) if either else float("nan")

    def miou_9(self) -> float:
        """Mean IoU of the classes in :data:`NINE` that occur."""
        return _mean([self.iou(label) for label in NINE])

    def miou_merged5(self) -> float:
        """Mean IoU of the groups in :data:`MERGED_FIVE` that occur."""
        return _mean([self.iou(*group) for group in MERGED_FIVE])

    def iou_person(self) -> float:
        """IoU of everything that is not background."""
        return self.iou(*tuple(Label)[1:])

    def accuracy(self) -> float:
        """Share of all pixels with the right class."""
        return _share(np.trace(self.matrix), self.matrix.sum())

    def person_accuracy(self) -> float:
        """Share of the true person's pixels with the right class."""
        return _share(np.trace(self.matrix[1:, 1:]), self.matrix[1:].sum())


def keypoint_errors(predicted: np.ndarray, truth: np.ndarray, min_visibility: float = 0.5) -> np.ndarray:
    """Distances of key points in torso lengths (neck to mid-hip of the truth).

    Args:
        predicted: ``(N, 18, 3)``.
        truth: ``(N, 18, 3)``.
        min_visibility: points of the truth at or below it do not count.

    Returns:
        ``(N, 18)``: infinite for a point that was not found, NaN for one that does not count, also where the truth
        has no torso to measure by.

    Raises:
        ShapeError: another shape.
    """
    check_shape(truth, "the true key points", (None, NUM_KEYPOINTS, 3))
    check_shape(predicted, "the predicted key points", truth.shape)
    torso = np.array([skeleton.torso_length(one) for one in truth])
    errors = np.linalg.norm(predicted[..., :2].astype(float) - truth[..., :2], axis=-1)
    errors /= np.where(torso > 0, torso, 1)[:, None]
    errors[predicted[..., 2] <= 0] = np.inf
    errors[(truth[..., 2] <= min_visibility) | (torso <= 0)[:, None]] = np.nan
    return errors


def pck(errors: np.ndarray, threshold: float) -> float:
    """Share of the key points that count whose error is at most ``threshold`` torso lengths (PCK).

    Args:
        errors: any part of what :func:`keypoint_errors` gives, such as the column of one joint.
    """
    counted = errors[~np.isnan(errors)]
    return _share((counted <= threshold).sum(), counted.size)


def keypoint_drift(before: np.ndarray, after: np.ndarray) -> float:
    """Mean distance, in torso lengths of ``before``, of the key points ``(18, 3)`` that both have; NaN for none."""
    errors = keypoint_errors(after[None], before[None], min_visibility=0)
    return _mean(errors[np.isfinite(errors)])


def torso_mask(keypoints: np.ndarray, size: tuple[int, int], *, neckline: bool = True) -> np.ndarray | None:
    """Where a person's torso and hips are, between collar-bone and mid-thigh.

    Args:
        keypoints: ``(18, 3)``.
        size: height and width of the photo.
        neckline: include the hand's breadth around the neck.

    Returns:
        ``(H, W)`` ``bool``, the hull of shoulders, hips and the middles of the thighs; ``None`` where a shoulder, a
        hip or the neck is missing.
    """
    torso = skeleton.torso_length(keypoints)
    corners = [R_SHOULDER, L_SHOULDER, L_HIP, R_HIP]
    if torso <= 0 or (keypoints[corners, 2] <= 0).any():
        return None
    down = (keypoints[[R_HIP, L_HIP], :2].mean(0) - keypoints[NECK, :2]) / torso
    outline = [keypoints[corner, :2] for corner in corners]
    for hip, knee in ((R_HIP, R_KNEE), (L_HIP, L_KNEE)):
        if keypoints[knee, 2] > 0:
            outline.append((keypoints[hip, :2] + keypoints[knee, :2]) / 2)
        else:
            outline.append(keypoints[hip, :2] + THIGH * torso * down)
    mask = np.zeros(size, np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.round(outline).astype(np.int32)), 1)
    if not neckline:
        center = tuple(round(float(v)) for v in keypoints[NECK, :2])
        cv2.circle(mask, center, round(HAND_BREADTH * torso), 0, cv2.FILLED)
    return mask > 0


def exposed_skin(before: np.ndarray, after: np.ndarray, region: np.ndarray) -> float:
    """Skin that a try-on added, as a share of a region; 0 where it took some away.

    Args:
        before: ``(H, W)`` label map of the person photo.
        after: ``(H, W)`` label map of the result.
        region: ``(H, W)`` ``bool``, such as from :func:`torso_mask`.
    """
    added = int((after[region] == Label.SKIN).sum()) - int((before[region] == Label.SKIN).sum())
    return _share(max(added, 0), region.sum())


def _share(part: int | np.integer, whole: int | np.integer) -> float:
    return float(part / whole) if whole else float("nan")


def _mean(values: np.ndarray | list[float]) -> float:
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return float(known.mean()) if known.size else float("nan")
