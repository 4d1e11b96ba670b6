"""Clothing Co-Parsing (Yang, Luo, Lin, CVPR 2014): street photos with pixel labels, as :class:`PersonSample`.

Expected in the folder: ``photos/NNNN.jpg``, ``annotations/pixel-level/NNNN.mat`` (``groundtruth``, 59 labels), and
beside them ``split.csv`` (photo, labelled, split) and a ``keypoints*.npz`` (photo, coco18 ``(N, 18, 3)``).
"""

import zipfile
from pathlib import Path
from typing import Literal

import numpy as np

from tryon.core import photo
from tryon.core.errors import DataError, reason_of
from tryon.core.files import read_rows
from tryon.core.labels import CCP_TO_LABEL, remap
from tryon.datasets.ccp_corrections import corrected, corrections
from tryon.datasets.reading import finite
from tryon.types import PersonSample

Split = Literal["train", "val", "all"]


class ClothingCoParsing:
    """A sequence of :class:`PersonSample`, decoded when asked for.

    Args:
        root: the folder of the data set.
        split: ``train``, ``val`` or ``all``, by ``split.csv``.
        labeled: keep only the photos with pixel labels; otherwise ``parsing`` is ``None`` for the rest.
        correct: mend the labels that name the wrong garment; see :mod:`tryon.datasets.ccp_corrections`.

    Raises:
        DataError: a file or folder of the layout is missing, or holds something else.
    """

    def __init__(self, root: str | Path, split: Split = "train", *, labeled: bool = True, correct: bool = False):
        self.root, self._corrections = Path(root), corrections() if correct else {}
        for needed in (self.root / "photos", self.root / "annotations" / "pixel-level", self.root / "split.csv"):
            if not needed.exists():
                raise DataError(f"{needed} is missing; expected the Clothing Co-Parsing layout in {self.root}")
        self._points, self.keypoints = keypoints_in(self.root)
        rows = read_rows(self.root / "split.csv", ("photo", "labelled", "split"))
        self._labeled = {row["photo"] for row in rows if row["labelled"] == "1"}
        self.names = [
            row["photo"]
            for row in rows
            if split in (row["split"], "all") and (row["photo"] in self._labeled or not labeled)
        ]
        check_names(self.names, self.keypoints, self._points)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PersonSample:
        name = self.names[index]
        image = photo.load(self.root / "photos" / f"{name}.jpg")
        parsing = self._parsing(name, image.shape[:2]) if name in self._labeled else None
        points = finite(self.keypoints[name], f"{self._points}, {name}")
        if parsing is not None and name in self._corrections:
            parsing = corrected(parsing, self._corrections[name], points)
        return PersonSample(image, points, parsing, name)

    def _parsing(self, name: str, size: tuple[int, int]) -> np.ndarray:
        from scipy.io import loadmat

        path = self.root / "annotations" / "pixel-level" / f"{name}.mat"
        try:
            raw = loadmat(path)["groundtruth"]
        except Exception as error:  # scipy lets errors of its own and of zlib through
            raise DataError(f"{path} holds no label map 'groundtruth'; is the download complete?") from error
        if raw.shape != size:
            raise DataError(f"{path} has the size {raw.shape}, its photo {size}; expected the same")
        try:
            return remap(raw, CCP_TO_LABEL)
        except ValueError as error:
            raise DataError(f"{path}: {error}") from error


def keypoints_in(root: Path) -> tuple[Path, dict[str, np.ndarray]]:
    """The first ``keypoints*.npz`` of a folder, and the key points ``(18, 3)`` of each photo from it.

    Raises:
        DataError: there is none, or it cannot be read.
    """
    files = sorted(root.glob("keypoints*.npz"))
    if not files:
        raise DataError(f"no keypoints*.npz in {root}; expected the arrays photo and coco18 in one")
    return files[0], read_keypoints(files[0], "photo")


def read_keypoints(path: Path, names: str) -> dict[str, np.ndarray]:
    """The key points ``(18, 3)`` of each picture from an ``.npz`` file with the arrays ``names`` and ``coco18``.

    Raises:
        DataError: it cannot be read, or its arrays are others.
    """
    try:
        with np.load(path) as stored:
            pictures, points = stored[names].tolist(), stored["coco18"].astype(np.float32)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be read ({reason_of(error)}); expected the arrays {names} and coco18"
        ) from error
    if points.shape != (len(pictures), 18, 3):
        raise DataError(f"{path} holds coco18 of shape {points.shape}, expected ({len(pictures)}, 18, 3)")
    return dict(zip(pictures, points, strict=True))


def check_names(names: list[str], keypoints: dict[str, np.ndarray], path: Path) -> None:
    """Raise a :class:`DataError` when a picture has no key points in ``path``."""
    lost = [name for name in names if name not in keypoints]
    if lost:
        raise DataError(f"{path} has no key points of {len(lost)} pictures, {lost[0]} first; is it of this data set?")
