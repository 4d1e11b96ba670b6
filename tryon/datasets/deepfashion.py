"""DeepFashion In-shop (Liu et al., CVPR 2016) with the key points and pairs that pose transfer uses.

Pictures may lie in the tree of the data set (``.../WOMEN/Tees_Tanks/id_00005085/45_1_front.jpg``) or under flat names
(``fashionWOMENTees_Tanksid0000508545_1front.jpg``, or DeepFashion-MultiModal's
``WOMEN-Tees_Tanks-id_00005085-45_1_front.jpg``), in any folder under the root. Beside them are expected

* ``fasion-annotation-SPLIT.csv`` (``name:keypoints_y:keypoints_x``, 18 points each, -1 is missing) in pixels of the
  padded 256 × 256 pictures, or ``fasion-resize-annotation-SPLIT.csv``, in pixels of their middle, 176 wide;
  "fashion" is read, too;
* ``fasion-resize-pairs-SPLIT.csv`` or ``fashion-pairs-SPLIT.csv`` (``from,to``, with or without an index in front).

Pictures of other sizes (176 × 256, or the high-resolution ones) are taken for the 256 × 256 ones without their padding.
The license of the pictures allows non-commercial research only.
"""

import csv
import json
import os
import re
from pathlib import Path
from typing import Literal

import numpy as np

from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core import photo
from tryon.core.errors import DataError
from tryon.core.files import delimiter_of
from tryon.core.photo import Letterbox
from tryon.datasets.compose import Pairs
from tryon.datasets.reading import check_keypoints, layout_error, read_lines
from tryon.types import PersonSample

Split = Literal["train", "test"]

_FRAME = 256  # side of the pictures in whose pixels the key points are
_CROP = 40  # columns that the "resize" variant cuts off at each side
_FLAT = re.compile(r"fashion(WOMEN|MEN)(.+?)id(\d{8})(\d{2})_(\d)(\w+)\.jpg")
_LAYOUT = "In-shop pictures (.jpg) and fasion-annotation-{split}.csv or fasion-resize-annotation-{split}.csv"


class DeepFashion:
    """A sequence of :class:`PersonSample`, decoded when asked for: the pictures of the key point file.

    ``identity`` is the item (``id_00005085``); the data set does not say who wears it. ``parsing`` is ``None``. People
    without any key point are kept, all their points missing.

    Args:
        root: folder with the files named above.
        split: ``train`` or ``test``.

    Raises:
        DataError: a file is missing or a row of it is wrong.
    """

    def __init__(self, root: str | Path, split: Split = "train"):
        self.root, self.split = Path(root), split
        files = _files(self.root, f"fas*annotation*-{split}.csv")
        self._pictures = _pictures(self.root)
        if not files or not self._pictures:
            raise layout_error(self.root, _LAYOUT.format(split=split))
        self._file = files[0]
        self._keypoints = _read_keypoints(self._file)
        self.names = list(self._keypoints)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PersonSample:
        name = self.names[index]
        if name not in self._pictures:
            raise DataError(f"{name} of {self._file} is not in {self.root}; is the download complete?")
        image = photo.load(self._pictures[name])
        keypoints = _to_picture(self._keypoints[name], image.shape[:2])
        check_keypoints(keypoints, image.shape[:2], f"{self._file}, {name}")
        return PersonSample(image, keypoints, None, Path(name).stem, item_of(name))

    def pairs(self) -> Pairs:
        """The pairs of the split, same person and clothes in two poses, from the pair file.

        Raises:
            DataError: there is no pair file, a row of it is wrong or names a picture without key points.
        """
        files = _files(self.root, f"fas*pairs*-{self.split}.csv")
        if not files:
            raise layout_error(self.root, f"fasion-resize-pairs-{self.split}.csv or fashion-pairs-{self.split}.csv")
        place = {name: i for i, name in enumerate(self.names)}
        indices = []
        for number, pair in _read_pairs(files[0]):
            for name in pair:
                if name not in place:
                    raise DataError(f"{files[0]}, line {number} names {name}, which {self._file} lacks; same version?")
            indices.append([place[name] for name in pair])
        return Pairs(self, np.array(indices))


def flat_name(path: str) -> str | None:
    """The flat name of a picture, by which the CSV files call it.

    Args:
        path: in the tree of the data set, or a flat name of either kind; folders in front do not matter.

    Returns:
        ``fashionWOMENTees_Tanksid0000508545_1front.jpg``, or ``None`` for a file that is no such picture.
    """
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    if _FLAT.fullmatch(name):
        return name
    parts = re.search(r"(WOMEN|MEN)[/-]([^/-]+)[/-]id_(\d{8})[/-](\d{2})_(\d)_(\w+)\.jpg$", path.replace("\\", "/"))
    if parts is None:
        return None
    gender, category, item, outfit, view, words = parts.groups()
    return f"fashion{gender}{category}id{item}{outfit}_{view}{words.replace('_', '')}.jpg"


def item_of(name: str) -> str:
    """The item, such as ``id_00005085``, of a flat name; an empty string for another name."""
    parts = _FLAT.fullmatch(name)
    return f"id_{parts[3]}" if parts else ""


def _files(root: Path, pattern: str) -> list[Path]:
    """What fits, those in pixels of the whole picture first."""
    return sorted(root.glob(pattern), key=lambda path: ("resize" in path.name, path.name))


def _pictures(root: Path) -> dict[str, Path]:
    """The pictures under their flat names; where one is there twice, the high-resolution one."""
    found: dict[str, Path] = {}
    for folder, _, files in os.walk(root, followlinks=True):  # People link large data sets into place.
        for file in files:
            path = Path(folder, file)
            name = flat_name(path.as_posix())
            if name and (name not in found or "img_highres" in path.parts):
                found[name] = path
    return found


def _read_keypoints(path: Path) -> dict[str, np.ndarray]:
    """Key points ``(18, 3)`` in pixels of the padded 256 × 256 pictures, by flat name."""
    shift = _CROP if "resize" in path.name else 0
    lines = read_lines(path, "name:keypoints_y:keypoints_x")
    if not lines or lines[0].replace(" ", "") != "name:keypoints_y:keypoints_x":
        raise DataError(f"{path} begins with {lines[:1]}; expected the header name:keypoints_y:keypoints_x")
    keypoints = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        fields = line.split(":")
        if len(fields) != 3:
            raise DataError(f"{path}, line {number} has {len(fields)} fields; expected name: [18 y]: [18 x]")
        y, x = (_numbers(field, path, number) for field in fields[1:])
        missing = (x == -1) & (y == -1)
        points = np.column_stack((x + shift, y, np.ones(NUM_KEYPOINTS))).astype(np.float32)
        points[missing] = 0
        keypoints[fields[0].strip()] = points
    return keypoints


def _numbers(field: str, path: Path, number: int) -> np.ndarray:
    try:
        values = np.array(json.loads(field), np.float32)
    except (ValueError, TypeError) as error:
        raise DataError(f"{path}, line {number} holds {field.strip()[:40]!r}; expected a list of numbers") from error
    if values.shape != (NUM_KEYPOINTS,):
        raise DataError(f"{path}, line {number} has {values.size} values in a list; expected {NUM_KEYPOINTS}")
    return values


def _read_pairs(path: Path) -> list[tuple[int, tuple[str, str]]]:
    """Line number and the two names of every row."""
    lines = read_lines(path, "from,to")
    rows = list(csv.reader(lines, delimiter=delimiter_of(lines[0] if lines else "")))
    header = [word.strip() for word in rows[0]] if rows else []
    if header[-2:] != ["from", "to"] or len(header) > 3:
        raise DataError(f"{path} begins with {','.join(header)!r}; expected the header from,to or ,from,to")
    pairs = []
    for number, row in enumerate(rows[1:], 2):
        if not row:
            continue
        if len(row) != len(header):
            raise DataError(f"{path}, line {number} has {len(row)} columns, its header {len(header)}; mend the row")
        pairs.append((number, (row[-2].strip(), row[-1].strip())))
    return pairs


def _to_picture(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Key points of the padded 256 × 256 picture in a picture of ``size`` that fills it but for the padding."""
    scale = min(_FRAME / size[0], _FRAME / size[1])
    resized = (round(size[0] * scale), round(size[1] * scale))
    box = Letterbox(size, (_FRAME, _FRAME), resized, (_FRAME - resized[0]) // 2, (_FRAME - resized[1]) // 2)
    points = box.to_outer(keypoints).astype(np.float32)
    points[keypoints[:, 2] <= 0] = 0
    return points
