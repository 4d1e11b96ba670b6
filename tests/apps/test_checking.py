"""The check of a photo before anything is tried on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from apps import services
from apps.checking import check
from tests.apps.test_shop import encoded, fitting_room, upload
from tests.drawn import drawn_tryon
from tests.read.flat.colors import CLOTH, GROUND, drawn_reader
from tryon.body import skeleton as sk
from tryon.core.labels import Label
from tryon.pipeline import TryOn
from tryon.types import Person


@pytest.fixture
def standing() -> Person:
    """Somebody from the front, 80 pixels from neck to hips, arms hanging beside the body."""
    keypoints = np.zeros((18, 3), np.float32)
    for index, x, y in (
        (sk.NOSE, 100, 25), (sk.NECK, 100, 40), (sk.R_SHOULDER, 70, 40), (sk.L_SHOULDER, 130, 40),
        (sk.R_ELBOW, 60, 80), (sk.L_ELBOW, 140, 80), (sk.R_WRIST, 55, 115), (sk.L_WRIST, 145, 115),
        (sk.R_HIP, 85, 120), (sk.L_HIP, 115, 120), (sk.R_KNEE, 85, 180), (sk.L_KNEE, 115, 180),
        (sk.R_ANKLE, 85, 230), (sk.L_ANKLE, 115, 230),
    ):  # fmt: skip
        keypoints[index] = x, y, 1
    parsing = np.zeros((260, 200), np.uint8)
    parsing[10:240, 60:140] = Label.UPPER
    return Person(np.full((260, 200, 3), 200, np.uint8), keypoints, parsing, (50, 5, 150, 245))


def cut(person: Person, rows: int) -> Person:
    """The upper ``rows`` of the photo."""
    keypoints = np.where(person.keypoints[:, 1:2] < rows, person.keypoints, 0)
    return replace(person, photo=person.photo[:rows], parsing=person.parsing[:rows], keypoints=keypoints)


def test_a_good_photo(standing: Person):
    found = check(standing)
    assert (found.found, found.problems) == ("Found: a person, seen from the front.", ())


def test_what_the_edges_cut_off(standing: Person):
    assert check(cut(standing, 200)).problems == ("the photo ends above the feet; long garments will end there, too",)
    assert check(cut(standing, 160)).problems == ("the photo ends above the knees; long garments will end there, too",)
    standing.parsing[40:100, :60], standing.parsing[0, 90:110] = Label.SKIN, Label.HAIR
    assert check(standing).problems == (
        "the photo's left edge cuts the person off; what lies beyond it is missing",
        "the photo's upper edge cuts the person off; what lies beyond it is missing",
    )


def test_turned_shoulders(standing: Person):
    standing.keypoints[[sk.R_SHOULDER, sk.L_SHOULDER], 0] = 90, 110
    standing.keypoints[[sk.R_HIP, sk.L_HIP], 0] = 94, 106
    assert check(standing).problems == (
        "the shoulders are turned; let the arms hang free and turn to the camera, or choose to straighten the pose in "
        "the options",
    )


def test_arms_that_hide_the_body_are_told_before_anything_runs(samples: list[Path]):
    at = fitting_room()
    assert not at.warning
    at.segmented_control(key="person_source").set_value("Upload").run()
    assert [one.value for one in at.caption][1:3] == [
        "✓ Good: from the front, whole, arms off the body.",
        "✗ Not so good: the arms hide what is to be changed.",
    ]
    upload(at, "person", "crossed.jpg", samples[0].read_bytes())
    assert not any("✓" in one.value for one in at.caption)
    assert [one.value for one in at.warning] == [
        "Found: a person, seen from the front. Arms cover 31% of the torso; let the arms hang free and turn to the "
        "camera, or choose to straighten the pose in the options."
    ]
    assert "outcome" not in at.session_state
    person = at.session_state["person read"][1]
    at.button(key="go").click().run()
    assert at.session_state["person read"][1] is person  # it was read for the check, and once


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    reads = drawn_tryon()
    monkeypatch.setattr(services, "pipeline", lambda: TryOn(reads.parser, reads.pose, flat=drawn_reader()))
    return fitting_room()


def test_a_garment_photo_is_checked(drawn: AppTest):
    tee = Image.new("RGB", (300, 400), GROUND)
    tee.paste(CLOTH, (60, 100, 240, 350))
    upload(drawn, "garment", "tee.png", encoded(tee, "PNG"), "image/png")
    assert [one.value for one in drawn.success] == [
        "Found: a garment that nobody wears, probably of the kind t-shirt. This photo is good to use."
    ]
    tee.paste(CLOTH, (0, 100, 240, 350))
    upload(drawn, "garment", "cut.png", encoded(tee, "PNG"), "image/png")
    assert [one.value for one in drawn.warning] == [
        "Found: a garment that nobody wears, probably of the kind t-shirt. The photo's left edge cuts the garment off; "
        "what lies beyond it is missing."
    ]


def test_a_photo_that_is_refused_is_refused_at_once(samples: list[Path]):
    at = fitting_room()
    upside_down = Image.open(samples[3]).rotate(180)
    upload(at, "person", "me.jpg", encoded(upside_down, "JPEG", quality=95))
    assert [one.value for one in at.error] == ["The photo seems to be upside down; turn it by 180°."]
    assert at.button(key="go").disabled
