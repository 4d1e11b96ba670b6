"""Photos of garments that lie on their side or are upside down."""

import numpy as np
import pytest

from tests import people
from tryon.core import photo as photos
from tryon.core.errors import PhotoTurnedError
from tryon.read.flat import turned
from tryon.read.flat.kinds import NEITHER, WORN
from tryon.read.flat.read import FlatReader
from tryon.read.flat.turned import refuse_turned

FLAT = sorted((people.SAMPLES / "flat").glob("*.jpg"))
DRESS, TEE = 0, 7


@pytest.fixture(scope="module")
def reader():
    return FlatReader.from_pretrained()


@pytest.mark.parametrize("path", FLAT, ids=lambda path: path.stem)
def test_the_samples_lie_as_they_should(reader, path):
    assert reader.nobody_wears(photos.load(path), upright=True)


@pytest.mark.parametrize(
    ("name", "quarters", "words"),
    [
        (
            "tshirt_on_wood",
            2,
            "^garment photo: the photo seems to be upside down; turn it by 180°, or choose --garment-p",
        ),
        ("tshirt_on_wood", 3, "on its side; turn it by 90° counterclockwise"),
        ("skirt_on_cloth", 1, "on its side; turn it by 90° clockwise"),
        ("coat_as_worn", 1, "on its side; turn it by 90° clockwise"),  # which is neither garment nor wearer as it lies
    ],
)
def test_a_garment_that_was_turned_is_refused(tryon_released, name, quarters, words):
    sideways = np.ascontiguousarray(np.rot90(photos.load(people.SAMPLES / "flat" / f"{name}.jpg"), quarters))
    with pytest.raises(PhotoTurnedError, match=words):
        tryon_released.read_garment(sideways)
    assert tryon_released.read_garment(sideways, garment_photo="flat").source.kinds is not None


def shares(**of):
    out = np.zeros(10, np.float32)
    for name, share in of.items():
        out[{"dress": DRESS, "tee": TEE, "worn": WORN, "neither": NEITHER}[name]] = share
    return out


@pytest.mark.parametrize(
    ("as_it_is", "upside_down", "refused"),
    [
        (shares(tee=0.45), shares(dress=0.8), True),
        (shares(tee=0.45), shares(dress=0.7), False),  # not sure there either
        (shares(tee=0.49), shares(dress=0.78), False),  # not by so much
        (shares(tee=0.52), shares(dress=0.95), False),  # a garment, whichever
        (shares(tee=0.52), shares(worn=0.95), True),  # but perhaps somebody in it
        (shares(tee=0.71), shares(worn=0.99), False),
        (shares(neither=0.9), shares(dress=0.8), True),
        (shares(tee=0.45), shares(neither=0.95), False),
    ],
)
def test_it_is_refused_where_a_turn_makes_it_sure(monkeypatch, as_it_is, upside_down, refused):
    photo = np.zeros((4, 6, 3), np.uint8)
    photo[0, 0] = 255

    def shown(_, picture):
        return upside_down if picture.shape == photo.shape and picture[-1, -1].all() else shares(dress=0.2)

    monkeypatch.setattr(turned, "what_is_shown", shown)
    if refused:
        with pytest.raises(PhotoTurnedError, match="upside down; turn it by 180°"):
            refuse_turned(None, photo, as_it_is)  # type: ignore[arg-type]
    else:
        refuse_turned(None, photo, as_it_is)  # type: ignore[arg-type]
