"""The sample people as the networks would read them if they made no mistake, for tests of what comes after reading."""

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from appearance_flow.amodal.network import AMODAL
from appearance_flow.refine import Refiner
from appearance_flow.warp import Warped, warp
from tests.appearance_flow import drawn_flow
from tryon.body import skeleton
from tryon.body.stance import facing, seated
from tryon.core import photo
from tryon.core.engine import load
from tryon.core.labels import Label
from tryon.outfit import choose, plan
from tryon.render.render import render
from tryon.render.undress import Undressed, take_off
from tryon.types import Garment, Person

SAMPLES = Path(str(files("tryon") / "samples"))
NAMES = (
    "man_crossed_arms", "man_floral", "man_suit", "man_tshirt", "woman_coat", "woman_dress", "woman_shirt",
    "woman_sweater",
)  # fmt: skip

SKIN_DYE, BACKGROUND_DYE, OTHER_SKIN_DYE = (0, 255, 0), (255, 0, 255), (0, 255, 255)


def path(name: str) -> Path:
    """The shipped picture of a sample person."""
    return SAMPLES / f"{name}.jpg"


@cache
def person(name: str, height: int = 1024) -> Person:
    """A sample person with the renderer's own truth; arrays are shared and read-only."""
    with np.load(SAMPLES / "truth.npz") as truth:
        keypoints, parsing = truth[f"{name}_keypoints"], truth[f"{name}_parsing"]
    picture, size = photo.load(path(name)), (round(768 * height / 1024), height)
    if height != 1024:
        scale = height / 1024
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        parsing = cv2.resize(parsing, size, interpolation=cv2.INTER_NEAREST)
        matrix = np.array(((scale, 0, (scale - 1) / 2), (0, scale, (scale - 1) / 2)))
        keypoints = skeleton.transform(keypoints, matrix).astype(np.float32)
    return read(picture, keypoints, parsing)


def read(picture: np.ndarray, keypoints: np.ndarray, parsing: np.ndarray) -> Person:
    """A person as read without mistakes; the arrays become read-only."""
    rows, columns = np.flatnonzero((parsing > 0).any(1)), np.flatnonzero((parsing > 0).any(0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    for array in (picture, keypoints, parsing):
        array.setflags(write=False)
    return Person(picture, keypoints, parsing, box, facing(keypoints), seated(keypoints))


def flipped(one: Person) -> Person:
    """The same person seen in a mirror."""
    keypoints = one.keypoints[skeleton.MIRROR].copy()
    keypoints[:, 0] = one.photo.shape[1] - 1 - keypoints[:, 0]
    return read(one.photo[:, ::-1].copy(), keypoints, one.parsing[:, ::-1].copy())


def enlarged(one: Person, times: int, noise: int = 0) -> Person:
    """The person in a photo of so many times the height and width, each pixel of it with its own noise."""
    picture = one.photo.repeat(times, 0).repeat(times, 1)
    grain = np.random.default_rng(0).integers(-noise, noise + 1, (*picture.shape[:2], 1))
    picture = np.clip(picture + grain, 0, 255).astype(np.uint8)
    half = np.array((0.5, 0.5, 0))
    keypoints = ((one.keypoints + half) * (times, times, 1) - half).astype(np.float32)
    keypoints[one.keypoints[:, 2] <= 0] = 0
    return read(picture, keypoints, one.parsing.repeat(times, 0).repeat(times, 1))


def dyed(one: Person, skin: tuple[int, int, int], background: tuple[int, int, int]) -> Person:
    """The person with skin and background in colors that no cloth has, so that either is known wherever it turns up."""
    picture = one.photo.copy()
    picture[one.parsing == Label.SKIN] = skin
    picture[one.parsing == Label.BACKGROUND] = background
    return replace(one, photo=picture)


def near(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """``(H, W)`` ``bool``: more of a dye than of anything else."""
    return np.abs(picture.astype(int) - color).sum(-1) < 200


def relabeled(one: Person, table: dict[Label, Label]) -> Person:
    """The person with classes exchanged."""
    parsing = one.parsing.copy()
    for old, new in table.items():
        parsing[one.parsing == old] = new
    return replace(one, parsing=parsing)


def garment(name: str, category: str = "auto", height: int = 1024) -> Garment:
    """What a sample person wears."""
    return worn_by(person(name, height), category)


def worn_by(wearer: Person, category: str = "auto") -> Garment:
    """What a person wears."""
    chosen, labels = choose(wearer.parsing, wearer.keypoints, category)
    return Garment(wearer, chosen, labels)


@dataclass(frozen=True)
class Dressed:
    """What the stages after reading made."""

    image: np.ndarray
    mask: np.ndarray
    warped_garment: np.ndarray
    flow: np.ndarray
    warped: Warped
    undressed: Undressed
    warnings: tuple[str, ...]


@cache
def completing() -> Refiner:
    """The pose flow as it is, and the released network of whole garments."""
    return Refiner(drawn_flow.network(), load(AMODAL))


def dress(wearer: Person, garment: Garment, below: str = "auto", tuck: str = "auto", inner: str = "bring") -> Dressed:
    """Somebody in a garment, by the stages one after the other."""
    swap = plan(wearer, garment, below, tuck, inner)
    warped = warp(wearer, garment, swap, completing())
    undressed = take_off(wearer, garment, swap, warped)
    done = render(wearer, garment, swap, warped, undressed)
    notes = (*warped.notes, *undressed.notes)
    return Dressed(done.image, done.mask, done.warped_garment, done.flow, warped, undressed, notes)


def landscape(size: tuple[int, int] = (600, 800)) -> np.ndarray:
    """Sky, hills, a field and grain, and nobody."""
    rng = np.random.default_rng(3)
    height, width = size
    down = np.linspace(0, 1, height)[:, None, None]
    picture = (1 - down) * (120, 160, 215) + down * (215, 225, 235)
    x = np.arange(width)
    for level, color in ((0.5, (120, 135, 130)), (0.6, (95, 115, 85)), (0.72, (110, 125, 70))):
        ridge = height * (level + 0.04 * np.sin(x / 90 + 9 * level) + 0.02 * np.sin(x / 23))
        picture = np.where(np.arange(height)[:, None, None] > ridge[None, :, None], color, picture)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (*size, 3)).astype(np.float32), (0, 0), 2) * 30
    return np.clip(picture + grain + rng.normal(0, 3, (*size, 1)), 0, 255).astype(np.uint8)
