"""VITON (Han et al., CVPR 2018, as in CP-VTON) and VITON-HD (Choi et al., CVPR 2021): people and flat garments.

Expected under ``train`` and ``test``: ``image``, ``cloth``, ``cloth-mask``, a folder of label maps and one of OpenPose
files, and ``train_pairs.txt``, ``test_pairs.txt`` (person and garment) beside the two. Dashes and underscores in the
names of folders mean the same. Which data set it is, the folders tell:

* VITON: ``pose`` (18 key points) with ``image-parse`` (labels of LIP) or ``image-parse-new`` (20 is the neck);
* VITON-HD: ``openpose-json`` (18 or 25 key points) with ``image-parse-v3`` or ``image-parse`` (labels of CIHP).

Both forbid commercial use, and VITON has been withdrawn.
"""

from pathlib import Path
from typing import Literal

import numpy as np

from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core import photo
from tryon.core.labels import CIHP_TO_LABEL, LIP_TO_LABEL, Label
from tryon.datasets.compose import FlatTryOns, flat_garment
from tryon.datasets.reading import check_keypoints, layout_error, load_labels, load_mask, read_name_pairs
from tryon.read.pose.openpose import largest, read_people
from tryon.types import PersonSample

Split = Literal["train", "test"]

_LIP_WITH_NECK = (*LIP_TO_LABEL, int(Label.SKIN))
# Folder of key points, folder of label maps, labels. The first pair that is there counts.
_KINDS = (
    ("openpose-json", "image-parse-v3", CIHP_TO_LABEL),
    ("openpose-json", "image-parse", CIHP_TO_LABEL),
    ("pose", "image-parse-new", _LIP_WITH_NECK),
    ("pose", "image-parse", LIP_TO_LABEL),
)
_TOPS = (Label.UPPER, Label.OUTER, Label.DRESS)
_LAYOUT = "the folders image, cloth, cloth-mask, image-parse, and pose (VITON) or openpose-json (VITON-HD)"


class Viton:
    """A sequence of :class:`PersonSample`, decoded when asked for: the people of the pair file.

    The data sets do not say who somebody is, so ``identity`` is empty. Where OpenPose found nobody, all key points are
    missing.

    Args:
        root: the folder that holds ``train`` and ``test``.
        split: ``train`` or ``test``.

    Raises:
        DataError: a folder or the pair file is missing, or a line of it is wrong.
    """

    def __init__(self, root: str | Path, split: Split = "train"):
        self.root = Path(root)
        self._folders = _folders(self.root / split, self.root)
        file = self.root / f"{split}_pairs.txt"
        if not file.is_file():
            raise layout_error(self.root, f"{file.name} beside the folders train and test")
        self._rows = read_name_pairs(file)
        self.names = list(dict.fromkeys(person for person, _ in self._rows))
        for points, labels, table in _KINDS:
            if points in self._folders and labels in self._folders:
                self._points, self._labels, self._table = self._folders[points], self._folders[labels], table
                return
        raise layout_error(self.root / split, _LAYOUT)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PersonSample:
        name = self.names[index]
        stem = Path(name).stem
        image = photo.load(self._folders["image"] / name)
        file = self._points / f"{stem}_keypoints.json"
        keypoints = _read_keypoints(file)
        check_keypoints(keypoints, image.shape[:2], file)
        return PersonSample(image, keypoints, self._parsing(name, image.shape[:2]), stem)

    def try_ons(self, *, paired: bool = True) -> FlatTryOns:
        """People and flat garments.

        The label map of a garment calls it what its wearer's does: upper, outer or dress.

        Args:
            paired: every person with the garment they wear; otherwise as the pair file says, which for ``test`` is
                mostly somebody else's.
        """
        place = {name: i for i, name in enumerate(self.names)}
        if paired:
            rows = [(i, self._own_garment(name)) for i, name in enumerate(self.names)]
        else:
            rows = [(place[person], garment) for person, garment in self._rows]
        return FlatTryOns(self, rows, self._garment)

    def _own_garment(self, name: str) -> str:
        """Of person ``000003_0.jpg`` VITON calls it ``000003_1.jpg``; in VITON-HD both have the same name."""
        if self._points.name == "pose" and name.endswith("_0.jpg"):
            return name.removesuffix("_0.jpg") + "_1.jpg"
        return name

    def _garment(self, name: str) -> PersonSample:
        image = photo.load(self._folders["cloth"] / name)
        mask = load_mask(self._folders["cloth-mask"] / name, image.shape[:2])
        wearer = name.removesuffix("_1.jpg") + "_0.jpg" if self._points.name == "pose" else name
        worn = self._parsing(wearer, None) if (self._folders["image"] / wearer).is_file() else None
        return flat_garment(image, mask, worn, _TOPS, Path(name).stem)

    def _parsing(self, name: str, size: tuple[int, int] | None) -> np.ndarray:
        return load_labels(self._labels / f"{Path(name).stem}.png", size, self._table)


def _folders(folder: Path, root: Path) -> dict[str, Path]:
    """The folders of a split under their names with dashes."""
    if not folder.is_dir():
        raise layout_error(root, f"the folder {folder.name}")
    found = {path.name.replace("_", "-"): path for path in sorted(folder.iterdir()) if path.is_dir()}
    if not {"image", "cloth", "cloth-mask"} <= set(found):
        raise layout_error(folder, _LAYOUT)
    return found


def _read_keypoints(path: Path) -> np.ndarray:
    """As :func:`read_openpose`, and all missing where OpenPose found nobody."""
    people = read_people(path)
    return largest(people) if people else np.zeros((NUM_KEYPOINTS, 3), np.float32)
