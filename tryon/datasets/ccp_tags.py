"""Photos of Clothing Co-Parsing without pixel labels, but with tags that name what is worn.

Expected in the folder: ``photos/NNNN.jpg``, ``person_masks/NNNN.png``, ``tags.csv`` (photo, tags: names of the 59
labels of Clothing Co-Parsing, separated by ``|``) and a ``keypoints*.npz`` (photo, coco18 ``(N, 18, 3)``).
"""

from pathlib import Path

import numpy as np

from tryon.core import photo
from tryon.core.errors import DataError
from tryon.core.files import read_rows
from tryon.core.labels import CCP_NAMES, CCP_TO_LABEL, Label
from tryon.datasets.ccp import check_names, keypoints_in
from tryon.datasets.reading import finite
from tryon.types import PersonSample

_OF_NAME = dict(zip(CCP_NAMES, CCP_TO_LABEL, strict=True))


class ClothingCoParsingTags:
    """A sequence of :class:`PersonSample` without label maps, decoded when asked for; all are to train on.

    Args:
        root: the folder of the data set.
        split: ``train`` or ``all``.

    Raises:
        DataError: a file or folder of the layout is missing, or holds something else.
    """

    def __init__(self, root: str | Path, split: str = "train"):
        self.root = Path(root)
        for needed in (self.root / "photos", self.root / "person_masks", self.root / "tags.csv"):
            if not needed.exists():
                raise DataError(
                    f"{needed} is missing; expected photos, person_masks, tags.csv and keypoints*.npz in {self.root}"
                )
        self._points, self.keypoints = keypoints_in(self.root)
        rows = read_rows(self.root / "tags.csv", ("photo", "tags"))
        self.names = [row["photo"] for row in rows]
        self._worn = {row["photo"]: self._labels(row["photo"], row["tags"]) for row in rows}
        check_names(self.names, self.keypoints, self._points)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PersonSample:
        name = self.names[index]
        image = photo.load(self.root / "photos" / f"{name}.jpg")
        return PersonSample(image, finite(self.keypoints[name], f"{self._points}, {name}"), None, name)

    def worn(self, index: int) -> frozenset[Label]:
        """The classes that the tags of a photo name."""
        return self._worn[self.names[index]]

    def person_mask(self, index: int) -> np.ndarray:
        """``(H, W)`` ``uint8``, 255 where the person is: the reading of another network, coarse."""
        return photo.load(self.root / "person_masks" / f"{self.names[index]}.png")[..., 0]

    def _labels(self, name: str, tags: str) -> frozenset[Label]:
        named = tags.split("|")
        unknown = [tag for tag in named if tag not in _OF_NAME]
        if unknown:
            raise DataError(
                f"{self.root / 'tags.csv'}, {name}: the tag {unknown[0]!r} is none of Clothing Co-Parsing's 59 labels"
            )
        return frozenset(Label(_OF_NAME[tag]) for tag in named)
