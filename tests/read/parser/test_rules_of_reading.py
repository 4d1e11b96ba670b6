"""What is done to the class probabilities before they become labels, on a network that says what it is told to."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tryon.core.labels import NUM_LABELS, Label
from tryon.read.parser import read
from tryon.read.parser.read import Candidate, parse_person

SIZE = (256, 192)
BOX = (13, 18, 179, 238)  # with its margin, about the whole picture
TRUNK = np.s_[64:192, 48:144]


def scores(**shares: float) -> np.ndarray:
    """``(256, 192, 14)``: classes in the trunk by name, background around it."""
    out = np.zeros((*SIZE, NUM_LABELS), np.float32)
    out[..., Label.BACKGROUND] = 1
    out[TRUNK] = 0
    for name, share in shares.items():
        out[TRUNK][..., Label[name.upper()]] = share
    return out


@pytest.fixture
def read_as(monkeypatch):
    """A function from what the network says of a photo to its labels."""

    def labels(
        close: np.ndarray,
        photo: np.ndarray | None = None,
        coarse: np.ndarray | None = None,
        presence: np.ndarray | None = None,
    ) -> np.ndarray:
        presence = np.ones(NUM_LABELS, np.float32) if presence is None else presence
        monkeypatch.setattr(read, "probabilities", lambda *_: (close.copy(), presence))
        photo = np.full((*SIZE, 3), 128, np.uint8) if photo is None else photo
        candidate = Candidate(BOX, 0.5, np.ones(SIZE, bool), 0.5, coarse)
        parser = SimpleNamespace(config=SimpleNamespace(input_size=SIZE))
        return parse_person(parser, photo, candidate, mirror=False)

    return labels


def test_a_garment_that_is_hardly_there_gives_its_pixels_to_the_next(read_as):
    close, presence = scores(dress=0.6, upper=0.4), np.ones(NUM_LABELS, np.float32)
    presence[Label.DRESS] = 0.05
    assert (read_as(close)[96:160, 64:128] == Label.DRESS).all()
    assert (read_as(close, presence=presence)[96:160, 64:128] == Label.UPPER).all()


def test_skin_and_hair_need_no_word_of_presence(read_as):
    presence = np.ones(NUM_LABELS, np.float32)
    presence[Label.SKIN] = 0.0
    assert (read_as(scores(skin=0.6, upper=0.4), presence=presence)[96:160, 64:128] == Label.SKIN).all()


def test_the_coarse_reading_has_a_say(read_as):
    close = scores(upper=0.6, outer=0.4)
    assert (read_as(close)[96:160, 64:128] == Label.UPPER).all()
    assert (read_as(close, coarse=scores(outer=1.0))[96:160, 64:128] == Label.OUTER).all()


def test_a_garment_is_no_patchwork(read_as):
    close, photo = scores(upper=0.6, outer=0.4), np.full((*SIZE, 3), 128, np.uint8)
    for y in range(104, 156, 16):
        for x in range(68, 124, 16):  # spots that are too large to be specks, and seen in the photo
            photo[y : y + 6, x : x + 6] = (200, 60, 60)
            close[y : y + 6, x : x + 6, Label.UPPER] = 0.4
            close[y : y + 6, x : x + 6, Label.OUTER] = 0.6
    assert (read_as(close, photo)[96:160, 64:128] == Label.UPPER).all()


def test_the_colors_of_garments_tell_them_apart(read_as):
    """A green skirt under a red coat: a green part of it that is rather read as coat is skirt, too."""
    close, photo = scores(outer=1.0), np.full((*SIZE, 3), (170, 40, 50), np.uint8)
    close[128:192, 48:144] = 0
    close[128:192, 48:144, Label.SKIRT] = 1
    photo[128:192, 48:144] = (40, 120, 60)
    close[150:180, 80:112, [Label.OUTER, Label.SKIRT]] = 0.6, 0.4
    assert (read_as(close, photo)[132:188, 52:140] == Label.SKIRT).all()
    photo[150:180, 80:112] = (170, 40, 50)
    assert (read_as(close, photo)[154:176, 84:108] == Label.OUTER).all()


def test_outlines_follow_the_edges_of_the_photo(read_as):
    """The network sees the trunk end two pixels early, and softly; the photo shows where it ends."""
    photo = np.full((*SIZE, 3), 230, np.uint8)
    photo[64:192, 48:144] = (20, 30, 90)
    narrow = np.zeros(SIZE, np.float32)
    narrow[66:190, 50:142] = 1
    narrow = cv2.GaussianBlur(narrow, (0, 0), 3)
    close = np.zeros((*SIZE, NUM_LABELS), np.float32)
    close[..., Label.UPPER], close[..., Label.BACKGROUND] = narrow, 1 - narrow
    found = read_as(close, photo)[128] == Label.UPPER
    assert found.sum() == pytest.approx(96, abs=2)
