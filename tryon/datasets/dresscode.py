"""Dress Code (Morelli et al., ECCV 2022) and sets laid out like it: people and flat garments of three kinds.

Expected in each of ``upper_body``, ``lower_body`` and ``dresses`` (or some of them): ``images`` (``013563_0.jpg`` the
person, ``013563_1.jpg`` the garment), ``keypoints`` (``013563_2.json``, 18 points in pixels of a picture 384 wide and
512 high), ``label_maps`` (``013563_4.png``, labels of ATR), ``train_pairs.txt``, ``test_pairs_paired.txt`` and
``test_pairs_unpaired.txt``. Garment masks are no part of the original; ``cloth_mask/013563_1.png`` of later copies is
read where it is there. The license allows academic research only.
"""

from pathlib import Path
from typing import Literal

import numpy as np

from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core import photo
from tryon.core.errors import DataError
from tryon.core.files import read_json
from tryon.core.labels import ATR_TO_LABEL, Label
from tryon.datasets.compose import FlatTryOns, flat_garment
from tryon.datasets.reading import check_keypoints, layout_error, load_labels, load_mask, read_name_pairs
from tryon.types import PersonSample

Split = Literal["train", "test"]

CATEGORIES = {
    "upper_body": (Label.UPPER, Label.OUTER),
    "lower_body": (Label.PANTS, Label.SKIRT),
    "dresses": (Label.DRESS,),
}
"""The folders, and what their garments may be."""

_KEYPOINT_FRAME = (512, 384)
_NEEDED = ("images", "keypoints", "label_maps")


class DressCode:
    """A sequence of :class:`PersonSample`, decoded when asked for: the people of the pair files.

    The data set does not say who somebody is, so ``identity`` is empty.

    Args:
        root: the folder that holds ``upper_body``, ``lower_body`` or ``dresses``.
        split: ``train`` or ``test``.

    Raises:
        DataError: a folder or a pair file is missing, or a line of it is wrong.
    """

    def __init__(self, root: str | Path, split: Split = "train"):
        self.root, self.split = Path(root), split
        self._categories = [category for category in CATEGORIES if (self.root / category).is_dir()]
        if not self._categories:
            raise layout_error(self.root, f"one or more of the folders {', '.join(CATEGORIES)}")
        for category in self._categories:
            if not all((self.root / category / name).is_dir() for name in _NEEDED):
                raise layout_error(self.root / category, f"the folders {', '.join(_NEEDED)}")
        self._file = "train_pairs.txt" if split == "train" else "test_pairs_paired.txt"
        rows = self._rows(self._file)
        self.names = list(dict.fromkeys((category, person) for category, person, _ in rows))

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PersonSample:
        category, name = self.names[index]
        image = photo.load(self.root / category / "images" / name)
        size = (image.shape[0], image.shape[1])
        file = self.root / category / "keypoints" / f"{_number(name)}_2.json"
        keypoints = _read_keypoints(file, size)
        check_keypoints(keypoints, size, file)
        return PersonSample(image, keypoints, self._parsing(category, name, size), f"{category}_{Path(name).stem}")

    def try_ons(self, *, paired: bool = True) -> FlatTryOns:
        """People and flat garments.

        The label map of a garment calls it what its wearer's does, so that skirts and trousers differ; it is ``None``
        where the set has no garment masks.

        Args:
            paired: every person with the garment they wear; otherwise with somebody else's.

        Raises:
            DataError: the pair file is missing or a line of it is wrong; the training split has no unpaired file.
        """
        name = f"{self.split}_pairs_unpaired.txt" if not paired else self._file
        rows = self._rows(name)
        place = {key: i for i, key in enumerate(self.names)}
        unknown = [person for category, person, _ in rows if (category, person) not in place]
        if unknown:
            raise DataError(f"{name} names {unknown[0]}, which the paired file lacks; are both of the same version?")
        return FlatTryOns(
            self, [(place[category, person], f"{category}/{garment}") for category, person, garment in rows],
            self._garment,
        )  # fmt: skip

    def _rows(self, file: str) -> list[tuple[str, str, str]]:
        """Category, person and garment of every line."""
        rows = []
        for category in self._categories:
            if not (self.root / category / file).is_file():
                raise layout_error(self.root / category, file)
            rows += [(category, *pair) for pair in read_name_pairs(self.root / category / file)]
        return rows

    def _garment(self, key: str) -> PersonSample:
        category, name = key.split("/")
        folder = self.root / category
        image = photo.load(folder / "images" / name)
        masks = folder / "cloth_mask"
        mask = load_mask(masks / f"{Path(name).stem}.png", image.shape[:2]) if masks.is_dir() else None
        wearer = folder / "images" / f"{_number(name)}_0.jpg"
        worn = self._parsing(category, wearer.name, None) if mask is not None and wearer.is_file() else None
        return flat_garment(image, mask, worn, CATEGORIES[category], f"{category}_{Path(name).stem}")

    def _parsing(self, category: str, name: str, size: tuple[int, int] | None) -> np.ndarray:
        return load_labels(self.root / category / "label_maps" / f"{_number(name)}_4.png", size, ATR_TO_LABEL)


def _number(name: str) -> str:
    return Path(name).stem.rsplit("_", 1)[0]


def _read_keypoints(path: Path, size: tuple[int, int]) -> np.ndarray:
    """Key points ``(18, 3)`` in pixels of the picture, visibility 0 or 1."""
    try:
        points = np.array(read_json(path, "the key points of Dress Code")["keypoints"], np.float32)
    except DataError:
        raise
    except (ValueError, LookupError, TypeError) as error:
        raise DataError(f"{path} cannot be read ({error!r}); expected the key points of Dress Code") from error
    if points.shape != (NUM_KEYPOINTS, 4):
        raise DataError(f"{path} holds key points of shape {points.shape}; expected ({NUM_KEYPOINTS}, 4)")
    if not np.isfinite(points).all():
        raise DataError(f"{path} holds values that are no finite numbers; copy it again")
    # What the third and fourth value mean is not documented; the set's own reader takes points up to 1 as missing.
    seen = (points[:, :2] > 1).all(1)
    scale = np.array((size[1] / _KEYPOINT_FRAME[1], size[0] / _KEYPOINT_FRAME[0]))
    keypoints = np.zeros((NUM_KEYPOINTS, 3), np.float32)
    keypoints[seen, :2] = (points[seen, :2] + 0.5) * scale - 0.5
    keypoints[seen, 2] = 1
    return keypoints
