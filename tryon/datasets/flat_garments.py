"""Photos of garments without a wearer, in folders by their kind, with mattes beside them.

Expected in the folder: ``KIND/NAME.jpg`` for the kinds of :data:`tryon.read.flat.kinds.KINDS`; in that of the mattes
``KIND/NAME.png``, gray, 255 where there is cloth.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tryon.core import photo
from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN, lone_garment
from tryon.core.masks import filled, grown, shrunk, window_of
from tryon.datasets.ccp import Split
from tryon.read.flat.kinds import KINDS
from tryon.read.flat.point_names import JOINTS, MIRROR, NUM_POINTS, mirror
from tryon.read.flat.sample import UNKNOWN_KIND, FlatGarment
from tryon.types import PersonSample

_LONGEST = 512
_EVERY = 5
_HOOK = 0.012  # half the thickness of a hanger, in longer sides of the garment
_STRAPPED = ("dress", "t-shirt")
_TURN = 8.0  # degrees


class FlatGarments:
    """A sequence of :class:`tryon.read.flat.sample.FlatGarment`, decoded when asked for.

    Args:
        root: the folder of the photos.
        mattes: the folder of the mattes.
        split: ``train``, ``val`` or ``all``; every fifth photo, by its name, is of ``val``.

    Raises:
        DataError: there are no photos, or a matte is missing; on access, that it is of another size.
    """

    def __init__(self, root: str | Path, mattes: str | Path, split: Split = "train"):
        self.root, self.mattes = Path(root), Path(mattes)
        paths = [path for kind in KINDS for path in sorted((self.root / kind.folder).glob("*.jpg"))]
        chosen = [path for path in paths if split == "all" or (split == "val") == is_held_out(path)]
        self.names = [f"{path.parent.name}/{path.stem}" for path in chosen]
        if not self.names:
            folders = ", ".join(kind.folder for kind in KINDS)
            raise DataError(f"no photos for {split} in {self.root}; expected .jpg files in the folders {folders}")
        missing = [name for name in self.names if not (self.mattes / f"{name}.png").is_file()]
        if missing:
            raise DataError(f"{self.mattes} lacks the mattes of {len(missing)} photos, {missing[0]}.png first")

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> FlatGarment:
        name = self.names[index]
        image = photo.load(self.root / f"{name}.jpg")
        matte = photo.load(self.mattes / f"{name}.png")[..., 0]
        if matte.shape != image.shape[:2]:
            raise DataError(f"{self.mattes / name}.png has the size {matte.shape}, its photo {image.shape[:2]}")
        scale = min(1.0, _LONGEST / max(matte.shape))
        image, matte = (
            cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for one in (image, matte)
        )
        folders = [kind.folder for kind in KINDS]
        kind = folders.index(name.split("/")[0])
        matte = filled(matte)
        if KINDS[kind].name not in _STRAPPED:
            matte = without_hooks(matte)
        return FlatGarment(image, matte, kind, name)


def is_held_out(path: Path) -> bool:
    """Whether a photo of a garment is of the validation split: every fifth, by its file's name only."""
    return int(hashlib.sha1(path.stem.encode()).hexdigest(), 16) % _EVERY == 0


def rendered(sample: PersonSample) -> FlatGarment:
    """A rendered garment that lies flat, of a triplet of :class:`tryon.datasets.renders.RenderedTriplets`.

    Raises:
        DataError: it has no label map, or somebody wears it.
    """
    if sample.parsing is None or lone_garment(sample.parsing) is None:
        raise DataError(
            f"{sample.name} has no label map of one garment that nobody wears; render triplets with --makehuman"
        )
    cloth, inside = (
        np.where(mask, np.uint8(255), np.uint8(0)) for mask in (sample.parsing > 0, sample.parsing == UNKNOWN)
    )
    return FlatGarment(sample.image, cloth, UNKNOWN_KIND, sample.name, inside)


@dataclass(frozen=True, eq=False, slots=True)
class JointedGarment:
    """A garment that nobody wears whose joints are known, and nothing else of its points."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    cloth: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: its outer side."""
    inside: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: its inner side."""
    points: np.ndarray
    """``(25, 3)`` ``float32`` as in :mod:`tryon.read.flat.point_names`; visibility -1 where nobody knows."""

    def turned(self, rng: np.random.Generator) -> "JointedGarment":
        """The garment turned a little, and mirrored half of the time."""
        height, width = self.cloth.shape
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rng.normal(0, _TURN), rng.uniform(0.8, 1))
        points = self.points.copy()
        points[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        image = cv2.warpAffine(self.image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        cloth, inside = (cv2.warpAffine(one, matrix, (width, height)) for one in (self.cloth, self.inside))
        if rng.random() < 0.5:
            unknown = points[MIRROR, 2] < 0
            image, cloth, inside = (np.ascontiguousarray(one[:, ::-1]) for one in (image, cloth, inside))
            points = mirror(points, width)
            points[unknown] = 0, 0, -1
        return JointedGarment(image, cloth, inside, points)


def jointed(sample: PersonSample) -> JointedGarment:
    """The garment of a rendered triplet, as :func:`rendered`.

    Raises:
        DataError: it has no label map.
    """
    known = rendered(sample)
    assert known.inside is not None
    cloth, inside = known.matte.astype(np.float32) / 255, known.inside.astype(np.float32) / 255
    points = np.zeros((NUM_POINTS, 3), np.float32)
    points[:, 2] = -1
    points[JOINTS] = sample.keypoints[1:14]
    return JointedGarment(sample.image, cloth - inside, inside, points)


def without_hooks(matte: np.ndarray) -> np.ndarray:
    """A matte without the hooks and bars of hangers that stand out beyond the cloth; straps would go with them.

    Args:
        matte: ``(H, W)`` ``uint8``.
    """
    solid = matte > 127
    if not solid.any():
        return matte
    reach = round(_HOOK * max(edge.stop - edge.start for edge in window_of(solid)))
    near = grown(shrunk(solid, reach), 3 * reach)
    return np.where(near, matte, np.uint8(0))
