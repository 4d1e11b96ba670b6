"""Human3.6M (Ionescu et al., TPAMI 2014), as h36m-fetch or the H36M-Toolbox lay it out, for pose transfer.

* h36m-fetch: ``S1/Posing-1/imageSequence/54138969/img_000001.jpg`` (every fifth frame, counted from 1) and
  ``S1/Posing-1/annot.h5`` (pose/2d with 32 joints, frame, camera), in the root or in ``processed`` under it;
* H36M-Toolbox: ``images/s_01_act_07_subact_01_ca_01/s_01_act_07_subact_01_ca_01_000001.jpg`` and
  ``annotations/Human36M_subject1_{camera,joint_3d}.json`` (17 joints in the world, counted from frame 0).

The 50 frames a second are thinned out to the paper's 3: frame ``round(k * 50 / 3)``, or the nearest that is there.
The data set has no eyes and ears, so four of the 18 key points are always missing.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tryon.body.skeleton import convert
from tryon.core import photo
from tryon.core.errors import DataError, DependencyError
from tryon.core.files import read_json
from tryon.datasets.compose import Pairs, draw_pairs
from tryon.datasets.reading import finite, inside, layout_error
from tryon.types import PersonSample

Split = Literal["train", "test"]
By = Literal["action", "subject"]

ACTIONS = {"train": ("Posing", "Greeting"), "test": ("Directions",)}
"""The paper's split: by action, so that the people of the test are seen in training."""
SUBJECTS = {"train": ("S1", "S5", "S6", "S7", "S8"), "test": ("S9", "S11")}
"""The usual split by person."""

_ACTION_NUMBERS = {"Directions": 2, "Greeting": 5, "Posing": 7}  # of the toolbox
_RATE, _WANTED_RATE = 50, 3  # frames a second
_REACH = 2  # frames to the nearest one that is there: h36m-fetch keeps every fifth
_MIN_JOINTS, _MIN_SHIFT = 8, 0.02  # of a pair: joints seen in both, and their mean shift by the person's height
_LAYOUT = (
    "S1/Posing-1/annot.h5 and imageSequence (h36m-fetch, maybe in processed) "
    "or images/s_01_act_07_subact_01_ca_01 and annotations (H36M-Toolbox)"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the data set."""

    path: Path
    keypoints: np.ndarray
    """``(18, 3)`` ``float32``."""
    subject: str
    """S1 to S11."""
    clip: str
    """Subject and action of one take, such as ``S1_Posing-1``: the same for its four cameras."""
    camera: str
    number: int
    """From 0, at 50 frames a second."""


class Human36M:
    """A sequence of :class:`PersonSample`, decoded when asked for; ``identity`` is the subject.

    Joints outside of the picture count as missing. ``parsing`` is ``None``, the background stays; see
    :class:`tryon.datasets.video.Foreground` for both.

    Args:
        root: the folder of one of the two layouts.
        split: ``train`` (Posing and Greeting) or ``test`` (Directions).
        by: ``action`` is the split of the paper; ``subject`` also keeps apart the people: S1, S5, S6, S7, S8 for
            training, S9 and S11 for the test.

    Raises:
        DataError: the folder has neither layout, nothing of the split is there, or annotations are wrong.
        DependencyError: h5py is needed for the h36m-fetch layout and not installed.
    """

    def __init__(self, root: str | Path, split: Split = "train", *, by: By = "action"):
        self.root = Path(root)
        subjects = SUBJECTS[split] if by == "subject" else (*SUBJECTS["train"], *SUBJECTS["test"])
        fetched = self.root / "processed" if (self.root / "processed").is_dir() else self.root
        if (self.root / "images").is_dir() and (self.root / "annotations").is_dir():
            self.frames = _toolbox_frames(self.root, subjects, ACTIONS[split])
        elif any(fetched.glob("S*/*/annot.h5")):
            self.frames = _fetched_frames(fetched, subjects, ACTIONS[split])
        else:
            raise layout_error(self.root, _LAYOUT)
        if not self.frames:
            raise DataError(
                f"{self.root} has no pictures of {' or '.join(ACTIONS[split])} by {', '.join(subjects)}, which the "
                f"{split} split needs; extract them"
            )

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> PersonSample:
        frame = self.frames[index]
        image = photo.load(frame.path)
        keypoints = finite(frame.keypoints, f"the annotation of {frame.path}")
        keypoints[~inside(keypoints, image.shape[:2])] = 0
        if (keypoints[:, 2] > 0).sum() < _MIN_JOINTS:
            raise DataError(f"{frame.path} shows fewer than {_MIN_JOINTS} of its joints; are the annotations its own?")
        name = f"{frame.clip}_{frame.camera}_{frame.number + 1:06d}"
        return PersonSample(image, keypoints, None, name, frame.subject)

    def pairs(self, per_target: int = 4, *, cross_camera: bool = False, seed: int = 0) -> Pairs:
        """Pairs of frames in which one subject shows two poses.

        Args:
            per_target: every frame is the target of so many pairs.
            cross_camera: pair frames of all cameras of a subject and action instead of those of the same camera.
            seed: of the drawing.
        """
        groups = defaultdict(list)
        for i, frame in enumerate(self.frames):
            action = frame.clip.split("-")[0]
            groups[action if cross_camera else (action, frame.camera)].append(i)

        def differ(source: int, target: int) -> bool:
            return _differ(self.frames[source].keypoints, self.frames[target].keypoints)

        return Pairs(self, draw_pairs(groups.values(), per_target, seed, differ))


def thin_out(frames: np.ndarray) -> np.ndarray:
    """Choose three frames a second.

    Args:
        frames: ``(N,)`` ascending numbers, from 0, of the frames that are there, at 50 a second.

    Returns:
        the places in ``frames`` of those nearest to ``round(k * 50 / 3)``, none further away than two frames.
    """
    ticks = np.arange(int(frames[-1]) * _WANTED_RATE // _RATE + 1)
    wanted = np.round(ticks * _RATE / _WANTED_RATE).astype(int)
    nearest = np.abs(frames[None] - wanted[:, None]).argmin(1)
    near = np.abs(frames[nearest] - wanted) <= _REACH
    return np.unique(nearest[near])


def _differ(first: np.ndarray, second: np.ndarray) -> bool:
    both = (first[:, 2] > 0) & (second[:, 2] > 0)
    if both.sum() < _MIN_JOINTS:
        return False
    height = np.ptp(second[both, 1])
    return bool(np.linalg.norm(first[both, :2] - second[both, :2], axis=1).mean() >= _MIN_SHIFT * height)


def _fetched_frames(root: Path, subjects: tuple[str, ...], actions: tuple[str, ...]) -> list[Frame]:
    frames = []
    for file in sorted(root.glob("S*/*/annot.h5")):
        subject, take = file.parts[-3:-1]
        if subject not in subjects or take.split("-")[0] not in actions:
            continue
        numbers, cameras, joints = _read_annotations(file)
        for camera in np.unique(cameras):
            rows = np.flatnonzero(cameras == camera)
            rows = rows[np.argsort(numbers[rows])]
            rows = rows[thin_out(numbers[rows])]
            folder = file.parent / "imageSequence" / str(camera)
            for row in rows.tolist():
                points = convert(np.column_stack((joints[row], np.ones(len(joints[row])))), "h36m32")
                path = folder / f"img_{numbers[row] + 1:06d}.jpg"
                frames.append(Frame(path, points, subject, f"{subject}_{take}", str(camera), int(numbers[row])))
    return frames


def _read_annotations(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frame numbers from 0 ``(N,)``, cameras ``(N,)`` and joints ``(N, 32, 2)`` of an ``annot.h5``."""
    try:
        import h5py  # Here, because only this layout needs it.
    except ImportError as error:
        raise DependencyError(
            "the annotations of h36m-fetch need h5py; install it with: pip install -e '.[train]'"
        ) from error
    try:
        with h5py.File(file) as stored:
            numbers, cameras, joints = (stored[key][()] for key in ("frame", "camera", "pose/2d"))
    except (OSError, KeyError) as error:
        raise DataError(f"{file} cannot be read ({error}); expected frame, camera and pose/2d of h36m-fetch") from error
    if joints.shape != (len(numbers), 32, 2) or cameras.shape != numbers.shape:
        raise DataError(f"{file} holds pose/2d of shape {joints.shape}; expected ({len(numbers)}, 32, 2)")
    return numbers - 1, cameras, joints


def _toolbox_frames(root: Path, subjects: tuple[str, ...], actions: tuple[str, ...]) -> list[Frame]:
    frames = []
    for subject in subjects:
        folders = [
            (action, folder)
            for action in actions
            for folder in sorted(
                (root / "images").glob(f"s_{int(subject[1:]):02d}_act_{_ACTION_NUMBERS[action]:02d}_subact_*_ca_*")
            )
        ]
        if not folders:
            continue
        stem = root / "annotations" / f"Human36M_subject{subject[1:]}"
        cameras, poses = (_read_json(stem.with_name(f"{stem.name}_{kind}.json")) for kind in ("camera", "joint_3d"))
        for action, folder in folders:
            part, camera = re.findall(r"\d+", folder.name)[2:4]
            there = sorted(int(path.stem[-6:]) - 1 for path in folder.glob(f"{folder.name}_??????.jpg"))
            if not there:
                continue
            numbers = [there[i] for i in thin_out(np.array(there))]
            try:
                take = poses[str(_ACTION_NUMBERS[action])][str(int(part))]
                joints = np.array([take[str(number)] for number in numbers], np.float64)
                points = _project(joints, cameras[str(int(camera))])
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{stem}_camera.json or {stem.name}_joint_3d.json do not fit {folder.name} ({error!r}); "
                    "expected the annotations of the H36M-Toolbox layout"
                ) from error
            for number, xy in zip(numbers, points, strict=True):
                frames.append(
                    Frame(
                        folder / f"{folder.name}_{number + 1:06d}.jpg",
                        convert(np.column_stack((xy, np.ones(len(xy)))), "h36m17"),
                        subject,
                        f"{subject}_{action}-{int(part)}",
                        str(int(camera)),
                        number,
                    )
                )
    return frames


def _read_json(path: Path) -> dict:
    return read_json(path, "the annotations of H36M-Toolbox")


def _project(joints: np.ndarray, camera: dict) -> np.ndarray:
    """Joints in the world ``(N, 17, 3)`` in pixels ``(N, 17, 2)``.

    The published files agree on the rotation R but not on t: it is the place of the camera (R (x - t)) in some and the
    shift after the rotation (R x + t) in others. The wrong one puts people behind the camera or far off the picture.
    """
    rotation, shift, focal, center = (np.array(camera[key], np.float64).squeeze() for key in "Rtfc")
    readings: list[Callable[[], np.ndarray]] = [
        lambda: joints @ rotation.T + shift,
        lambda: (joints - shift) @ rotation.T,
    ]
    for reading in readings:
        seen = reading()
        if (seen[..., 2] > 0).all():
            pixels = seen[..., :2] / seen[..., 2:] * focal + center
            # The principal point lies near the middle of the square picture.
            if (np.abs(np.median(pixels, (0, 1)) - center) < center).all():
                return pixels
    raise ValueError("the camera sees the joints in neither reading of t")
