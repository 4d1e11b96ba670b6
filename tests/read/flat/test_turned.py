"""Photos of garments that lie on their side or are upside down."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests import people
from tryon.core import photo as photos
from tryon.core.errors import PhotoTurnedError
from tryon.evaluate.flat import measure_turned
from tryon.read.flat import turned
from tryon.read.flat.kinds import NEITHER, WORN
from tryon.read.flat.read import FlatReader
from tryon.read.flat.turned import turned_notes
from tryon.types import PersonSample

FLAT = sorted((people.SAMPLES / "flat").glob("*.jpg"))
DRESS, TEE = 0, 7


@pytest.mark.parametrize("path", FLAT, ids=lambda path: path.stem)
def test_the_samples_lie_as_they_should(tryon_released, path):
    assert not any("turn it" in note for note in tryon_released.read_garment(path).warnings)


@pytest.mark.parametrize(
    ("name", "quarters", "words"),
    [
        (
            "tshirt_on_wood",
            2,
            "the photo seems to be upside down; turn it by 180°, should the garment not lie there as",
        ),
        ("skirt_on_cloth", 1, "on its side; turn it by 90° clockwise, should"),
    ],
)
def test_a_garment_that_was_turned_is_noted(tryon_released, name, quarters, words):
    sideways = np.ascontiguousarray(np.rot90(photos.load(people.SAMPLES / "flat" / f"{name}.jpg"), quarters))
    assert any(words in note for note in tryon_released.read_garment(sideways).warnings)
    assert not any("turn it" in note for note in tryon_released.read_garment(sideways, garment_photo="flat").warnings)


@pytest.mark.parametrize(
    ("name", "quarters", "way"), [("coat_as_worn", 1, "clockwise"), ("tshirt_on_wood", 3, "counterclockwise")]
)
def test_what_turned_seems_to_be_neither_garment_nor_wearer_is_told_to_be_turned(tryon_released, name, quarters, way):
    sideways = np.ascontiguousarray(np.rot90(photos.load(people.SAMPLES / "flat" / f"{name}.jpg"), quarters))
    with pytest.raises(PhotoTurnedError, match=rf"^garment photo: .* on its side; turn it by 90° {way}$"):
        tryon_released.read_garment(sideways)


def shares(**of):
    out = np.zeros(10, np.float32)
    for name, share in of.items():
        out[{"dress": DRESS, "tee": TEE, "worn": WORN, "neither": NEITHER}[name]] = share
    return out


SAID = "the photo seems to be upside down; turn it by 180°"


@pytest.mark.parametrize(
    ("as_it_is", "upside_down", "said"),
    [
        (shares(tee=0.45), shares(dress=0.8), f"{SAID}, should the garment not lie there as it is worn"),
        (shares(tee=0.45), shares(dress=0.7), None),  # not sure there either
        (shares(tee=0.49), shares(dress=0.78), None),  # not by so much
        (shares(tee=0.52), shares(dress=0.95), None),  # a garment, whichever
        (shares(tee=0.52), shares(worn=0.95), f"{SAID}, or choose --garment-photo flat where nobody wears the garment"),
        (shares(tee=0.71), shares(worn=0.99), None),
        (shares(neither=0.9), shares(dress=0.8), SAID),
        (shares(tee=0.45), shares(neither=0.95), None),
    ],
)
def test_it_is_told_where_a_turn_makes_it_sure(monkeypatch, as_it_is, upside_down, said):
    photo = np.zeros((4, 6, 3), np.uint8)
    photo[0, 0] = 255

    def shown(_, picture):
        return upside_down if picture.shape == photo.shape and picture[-1, -1].all() else shares(dress=0.2)

    monkeypatch.setattr(turned, "what_is_shown", shown)
    if said is None or "should" in said:
        assert turned_notes(None, photo, as_it_is) == (() if said is None else (said,))  # type: ignore[arg-type]
    else:
        with pytest.raises(PhotoTurnedError, match=f"^{said}$"):
            turned_notes(None, photo, as_it_is)  # type: ignore[arg-type]


def test_how_many_are_told_is_measured():
    person = PersonSample(photos.load(people.SAMPLES / "flat" / "skirt_on_cloth.jpg"), np.zeros((18, 3)), None)
    garments = SimpleNamespace(root=people.SAMPLES / "flat", names=["shirt_on_hanger", "dress_as_worn"])
    found = measure_turned(FlatReader.from_pretrained(), [person], garments)
    assert (found["turned_worn"], found["told_turned_worn"]) == (3, 1)
    assert (found["turned_flat"], found["told_turned_upright"]) == (6, 0)
    assert found["told_turned_flat"] == pytest.approx(5 / 6)  # one turn of one of them is not told
