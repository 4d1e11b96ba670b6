"""How well the pose network reads photos (``tryon evaluate pose``).

The photos are read as the try-on reads them: the parser finds the person, the pose network reads that box. A photo in
which nobody is found has no key points. Keys of the JSON file, all but ``seconds`` in [0, 1]:

* ``found``: share of the photos in which a person was found
* ``pck_0.1``, ``pck_0.2``: share of the true points with a visibility above .5 that were found within .1 and .2 torso
  lengths, and ``pck_<threshold>_<joint>`` for each joint; see :func:`tryon.metrics.pck`
* ``reliable_<confidence>``: of the points found with a confidence from that number on to a tenth above it, the share
  that lies within .2, what a calibrated confidence would say
* ``crop_`` and the same: photos cut at a random height between the hips and the middle of the thighs; and
  ``crop_invented``: share of the points below the cut that were reported nevertheless
* ``catalog_`` and the same: the labeled people as shops show clothes, cut out before plain paper and often without head
  or legs; see :func:`tryon.read.views.catalog_view`
* ``render_`` and the same, with ``--renders``: against the exact points of rendered people; ``render_crossed_`` and
  the same: of those with a wrist before or behind the torso; and ``_number``: of the pictures
* ``seconds``: mean time to find a person and read the points
"""

import time
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from tryon import metrics
from tryon.body import skeleton
from tryon.body.skeleton import L_HIP, L_KNEE, L_SHOULDER, L_WRIST, NAMES, R_HIP, R_KNEE, R_SHOULDER, R_WRIST
from tryon.core.engine import Network
from tryon.datasets.renders import Renders
from tryon.evaluate.parser import CATALOG_SIZE
from tryon.evaluate.report import progress, table
from tryon.read.parser.read import box_in_frame, find_people
from tryon.read.pose.read import MIN_CONFIDENCE, read_keypoints
from tryon.read.views import catalog_view
from tryon.types import PersonSample

THRESHOLDS = (0.1, 0.2)
KINDS = ("", "crop_", "catalog_", "render_", "render_crossed_")  # of photos; the keys of each begin so
CROP_SEED = 0
CROP_BELOW_HIPS = 0.1  # torso lengths: the highest cut


class _Readings:
    """Readings of one kind of photo beside their truth."""

    def __init__(self) -> None:
        self.predicted: list[np.ndarray] = []
        self.truth: list[np.ndarray] = []
        self.found: list[bool] = []

    def add(self, keypoints: np.ndarray | None, truth: np.ndarray) -> None:
        self.found.append(keypoints is not None)
        self.predicted.append(np.zeros_like(truth) if keypoints is None else keypoints)
        self.truth.append(truth)

    def figures(self, prefix: str) -> dict[str, float]:
        out = {f"{prefix}found": float(np.mean(self.found)) if self.found else float("nan")}
        points = np.array(self.predicted).reshape(-1, 18, 3), np.array(self.truth).reshape(-1, 18, 3)
        errors = metrics.keypoint_errors(*points)
        for threshold in THRESHOLDS:
            out[f"{prefix}pck_{threshold}"] = metrics.pck(errors, threshold)
        for threshold in THRESHOLDS:
            for joint, name in enumerate(NAMES):
                key = f"{prefix}pck_{threshold}_{name.replace(' ', '_')}"
                out[key] = metrics.pck(errors[:, joint], threshold)
        return out


def reliability(predicted: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """``reliable_<confidence>`` of key points ``(N, 18, 3)`` beside their truth, a tenth of confidence each."""
    errors = metrics.keypoint_errors(predicted, truth)
    counted = np.isfinite(errors)
    confidence, near = predicted[..., 2][counted], errors[counted] <= THRESHOLDS[-1]
    tenth = np.minimum((10 * confidence + 1e-6).astype(int), 9)
    return {
        f"reliable_{i / 10}": float(near[tenth == i].mean()) if (tenth == i).any() else float("nan")
        for i in range(int(10 * MIN_CONFIDENCE), 10)
    }


def tables(figures: dict[str, float]) -> str:
    """The figures, and below them those of the joints."""
    joints = tuple(f"pck_{threshold}_{name.replace(' ', '_')}" for threshold in THRESHOLDS for name in NAMES)
    columns = [f"{kind}pck_{threshold}" for kind in KINDS for threshold in THRESHOLDS if f"{kind}found" in figures]
    rows = [(name, *(figures[f"{column}_{name.replace(' ', '_')}"] for column in columns)) for name in NAMES]
    return (
        table(("measure", "value"), [item for item in figures.items() if not item[0].endswith(joints)])
        + "\n"
        + table(("joint", *columns), rows)
    )


def read(parser: Network, estimator: Network, photo: np.ndarray) -> np.ndarray | None:
    """Key points ``(18, 3)`` of the person who is most likely meant, ``None`` where nobody was found."""
    people = find_people(parser, photo)
    if not people:
        return None
    height, width = estimator.config.input_size
    return read_keypoints(estimator, photo, box_in_frame(people[0], width / height))


def wrist_over_torso(keypoints: np.ndarray) -> bool:
    """Whether a wrist of ``(18, 3)`` key points lies between shoulders and hips in the picture."""
    corners, wrists = keypoints[[R_SHOULDER, L_SHOULDER, L_HIP, R_HIP]], keypoints[[R_WRIST, L_WRIST]]
    if (corners[:, 2] <= 0).any():
        return False
    torso = cv2.convexHull(corners[:, :2].astype(np.float32))
    return any(v > 0 and cv2.pointPolygonTest(torso, (float(x), float(y)), False) > 0 for x, y, v in wrists)


def upper_body(sample: PersonSample, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """A photo cut at a random height from a tenth of the torso below the hips to the middle of the thighs.

    Returns:
        the photo, and its key points without those below the cut; ``None`` where the truth has no torso.
    """
    points = sample.keypoints
    torso = skeleton.torso_length(points)
    if torso <= 0:
        return None
    hips = points[[R_HIP, L_HIP], 1].mean()
    knees = points[[R_KNEE, L_KNEE]]
    thigh = (knees[:, 1].mean() - hips) / 2 if (knees[:, 2] > 0).all() else metrics.THIGH * torso
    highest = CROP_BELOW_HIPS * torso
    cut = round(float(hips + rng.uniform(highest, max(thigh, highest))))
    photo = sample.image[: max(cut, 32)]
    kept = points.copy()
    kept[points[:, 1] > len(photo) - 0.5] = 0
    return photo, kept


def measure_renders(parser: Network, estimator: Network, renders: Sequence[Renders]) -> dict[str, float]:
    """The figures of rendered people, and of those with a wrist before or behind the torso."""
    readings, crossed = _Readings(), _Readings()
    for people, i in progress([(some, i) for some in renders for i in range(len(some))], "renders"):
        sample = people[i]
        keypoints = read(parser, estimator, sample.image)
        readings.add(keypoints, sample.keypoints)
        if wrist_over_torso(sample.keypoints):
            crossed.add(keypoints, sample.keypoints)
    figures = readings.figures("render_") | crossed.figures("render_crossed_")
    return figures | {"render_number": len(readings.truth), "render_crossed_number": len(crossed.truth)}


def measure_photos(parser: Network, estimator: Network, samples: Iterable[PersonSample]) -> dict[str, float]:
    """The figures of photos, of the same photos cut below the hips, and of the people as shops show clothes."""
    rng = np.random.default_rng(CROP_SEED)
    whole, crops, shop, seconds = _Readings(), _Readings(), _Readings(), []
    invented = cut_off = 0
    for i, sample in enumerate(samples):
        start = time.perf_counter()
        keypoints = read(parser, estimator, sample.image)
        seconds.append(time.perf_counter() - start)
        whole.add(keypoints, sample.keypoints)
        if sample.parsing is not None:
            view, truth, _ = catalog_view(sample, CATALOG_SIZE, np.random.default_rng(i))
            shop.add(read(parser, estimator, view), truth)
        crop = upper_body(sample, rng)
        if crop is None:
            continue
        keypoints = read(parser, estimator, crop[0])
        crops.add(keypoints, crop[1])
        gone = (sample.keypoints[:, 2] > 0) & (crop[1][:, 2] <= 0)
        cut_off += int(gone.sum())
        invented += 0 if keypoints is None else int((keypoints[gone, 2] > 0).sum())
    return {
        **whole.figures(""),
        **reliability(np.array(whole.predicted), np.array(whole.truth)),
        **crops.figures("crop_"),
        **shop.figures("catalog_"),
        "crop_invented": invented / cut_off if cut_off else float("nan"),
        "seconds": float(np.mean(seconds)),
    }
