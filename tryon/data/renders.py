"""A folder of rendered people, as ``python -m tryon.data.render`` writes it, as :class:`PersonSample`.

``images/NAME.jpg``, ``parsing/NAME.png`` (label map), ``keypoints.npz`` (name, coco18) and ``meta.csv``
(name, avatar, split); the splits divide the people, not the pictures.
"""

from pathlib import Path

import cv2

from tryon.core import photo
from tryon.core.errors import DataError
from tryon.core.labels import NUM_LABELS
from tryon.data.ccp import Split, check_names, read_keypoints, read_rows
from tryon.types import PersonSample


class Renders:
    """A sequence of :class:`PersonSample`, decoded when asked for.

    Raises:
        DataError: a file of the layout is missing, or holds something else.
    """

    def __init__(self, root: str | Path, split: Split = "train"):
        self.root = Path(root)
        for needed in ("images", "parsing", "keypoints.npz", "meta.csv"):
            if not (self.root / needed).exists():
                raise DataError(f"{self.root / needed} is missing; expected a folder written by the renderer")
        self.keypoints = read_keypoints(self.root / "keypoints.npz", "name")
        rows = read_rows(self.root / "meta.csv", ("name", "split"))
        self.names = [row["name"] for row in rows if split in (row["split"], "all")]
        check_names(self.names, self.keypoints, self.root / "keypoints.npz")

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PersonSample:
        name = self.names[index]
        image = photo.load(self.root / "images" / f"{name}.jpg")
        path = self.root / "parsing" / f"{name}.png"
        parsing = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if parsing is None or parsing.shape != image.shape[:2] or parsing.max() >= NUM_LABELS:
            raise DataError(
                f"{path} is no label map of the {NUM_LABELS} labels in the size of its picture; render it again"
            )
        return PersonSample(image, self.keypoints[name].copy(), parsing, name)
