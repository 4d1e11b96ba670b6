"""Corrections of a reading: strokes and moved points as arrays, and the try-on that follows from them."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from apps import SHOP, services, state
from apps.mending import (
    Correction,
    Stroke,
    mended_person,
    mended_wearer,
    new_garment,
    old_garment,
    painted,
    read_correction,
)
from tests.drawn import drawn_people, drawn_tryon
from tests.read.flat.colors import CLOTH, GROUND, drawn_reader
from tryon.body import skeleton as sk
from tryon.core.errors import ConfigError, GarmentNotFoundError
from tryon.core.labels import Label
from tryon.pipeline import TryOn
from tryon.types import Person


@pytest.fixture
def wearer() -> Person:
    """A top from rows 40 to 120 and columns 60 to 140, trousers below it."""
    keypoints = np.zeros((18, 3), np.float32)
    for index, x, y in (
        (sk.NECK, 100, 40), (sk.R_SHOULDER, 60, 40), (sk.L_SHOULDER, 140, 40), (sk.R_HIP, 80, 120),
        (sk.L_HIP, 120, 120), (sk.R_KNEE, 80, 160), (sk.L_KNEE, 120, 160),
    ):  # fmt: skip
        keypoints[index] = x, y, 1
    parsing = np.zeros((240, 200), np.uint8)
    parsing[40:120, 60:140], parsing[120:200, 60:140] = Label.UPPER, Label.PANTS
    return Person(np.full((240, 200, 3), 200, np.uint8), keypoints, parsing, (50, 10, 150, 210))


def dab(adds: bool, x: float, y: float) -> Stroke:
    """Ten pixels around a pixel of :func:`wearer`'s photo."""
    return Stroke(adds, 0.05, ((x / 200, y / 240),))


def test_a_later_stroke_lies_over_an_earlier_one():
    line = Stroke(True, 0.1, ((0.2, 0.5), (0.8, 0.5)))
    paint = painted((line, Stroke(False, 0.05, ((0.5, 0.5),))), (50, 100))
    # ends of the line at x = 19.5 and 79.5, y = 24.5; it is twenty pixels thick
    assert (paint[25, 22], paint[17, 30], paint[33, 70], paint[40, 50], paint[25, 5]) == (1, 1, 1, 0, 0)
    assert (paint[25, 50], paint[25, 58]) == (-1, 1)


def test_what_is_painted_comes_off_or_stays(wearer: Person):
    correction = Correction((dab(True, 30, 80), dab(False, 100, 80), dab(True, 30, 180)))
    mended = mended_person(wearer, correction, "upper").parsing
    assert (mended[80, 30], mended[80, 100], mended[180, 30], mended[80, 70]) == (
        Label.OUTER, Label.SHOES, Label.OUTER, Label.UPPER,
    )  # fmt: skip
    assert mended_person(wearer, correction, "lower").parsing[180, 30] == Label.PANTS
    assert wearer.parsing[80, 30] == Label.BACKGROUND


def test_what_is_painted_belongs_to_the_garment_or_not(wearer: Person):
    correction = Correction((dab(True, 30, 80), dab(False, 100, 80)))
    for category, label in (("auto", Label.UPPER), ("upper", Label.UPPER), ("lower", Label.PANTS)):
        mended = mended_wearer(wearer, correction, category).parsing
        assert (mended[80, 30], mended[80, 100]) == (label, Label.BACKGROUND)
    assert mended_wearer(wearer, Correction(), "auto") is wearer


def test_moved_points_tell_anew_how_somebody_stands(wearer: Person):
    # Past each other: seen from behind.
    turned = Correction(points=((sk.R_SHOULDER, 0.7, 1 / 6), (sk.L_SHOULDER, 0.3, 1 / 6)))
    mended = mended_person(wearer, turned, "upper")
    assert mended.keypoints[sk.R_SHOULDER].tolist() == [139.5, 39.5, 1.0]
    assert mended.keypoints[sk.NECK].tolist() == [100.0, 40.0, 1.0]
    assert (wearer.facing, mended.facing) == ("front", "back")


def test_a_torso_is_left(wearer: Person):
    up = Correction(points=((sk.R_HIP, 0.4, 0.25), (sk.L_HIP, 0.6, 0.25)))
    with pytest.raises(ConfigError, match="leave less than half of the torso"):
        mended_person(wearer, up, "upper")


def test_no_brush_makes_swimwear_a_garment(wearer: Person):
    wearer.parsing[45:195, 62:138] = Label.SKIN
    painted_over = Correction((Stroke(True, 0.2, ((0.5, 0.2), (0.5, 0.8))),))
    with pytest.raises(GarmentNotFoundError, match="underwear and swimwear are not carried over"):
        mended_wearer(wearer, painted_over, "auto")


def test_masks_before_the_correction(wearer: Person):
    garment = drawn_tryon().take_garment(wearer)
    assert np.array_equal(old_garment(wearer, garment, "keep", "bring"), wearer.parsing == Label.UPPER)
    assert np.array_equal(new_garment(wearer, "lower"), wearer.parsing == Label.PANTS)
    assert np.array_equal(new_garment(wearer, "dress"), wearer.parsing > 0)  # there is none


def test_what_the_page_tells_is_checked():
    told = {"strokes": [{"adds": True, "radius": 0.04, "points": [[0.5, 0.25]]}], "points": [[2, 0.5, 1]]}
    assert read_correction(told) == Correction((Stroke(True, 0.04, ((0.5, 0.25),)),), ((2, 0.5, 1.0),))
    good = told["strokes"][0]
    for wrong in (
        None, {}, told | {"points": [[17, 0.5, 0.5]]}, told | {"points": [[2, 0.5]]}, told | {"points": [[2, 1.5, 0]]},
        told | {"strokes": [good | {"radius": 0.5}]}, told | {"strokes": [good | {"points": []}]},
        told | {"strokes": [good | {"points": [[0.5, float("nan")]]}]}, told | {"strokes": [{}]},
    ):  # fmt: skip
        with pytest.raises(ConfigError, match="cannot be understood"):
            read_correction(wrong)
    for many in (told | {"strokes": [good] * 201}, told | {"strokes": [good | {"points": [[0.5, 0.5]] * 501}]}):
        with pytest.raises(ConfigError, match="more than 200 strokes"):
            read_correction(many)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The fitting room with a drawn person and a lying garment, tried on."""
    reads = drawn_tryon()
    pipeline = TryOn(reads.parser, reads.pose, flat=drawn_reader())
    monkeypatch.setattr(services, "pipeline", lambda: pipeline)
    at = AppTest.from_file(str(SHOP), default_timeout=60).run()
    at.switch_page("app_pages/fitting.py").run()
    tee = Image.new("RGB", (300, 400), GROUND)
    tee.paste(CLOTH, (60, 100, 240, 350))
    for role, picture in (("person", Image.fromarray(drawn_people((150, 40, 520)))), ("garment", tee)):
        data = io.BytesIO()
        picture.save(data, "PNG")
        at.segmented_control(key=f"{role}_source").set_value("Upload").run()
        uploader = next(one for one in at.file_uploader if one.key.startswith(f"{role}_upload_"))
        uploader.set_value((f"{role}.png", data.getvalue(), "image/png")).run()
    at.button(key="go").click().run()
    assert not at.exception
    assert not at.error
    return at


def result(at: AppTest) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(at.session_state["outcome"].png)))


def test_the_result_follows_and_nothing_is_read_again(room: AppTest):
    first, read = result(room), room.session_state["person read"][1]
    room.toggle(key="show_mend").set_value(True).run()
    assert any(one.value == "Correct the machine" for one in room.subheader)
    assert [one.label for one in room.tabs] == ["Your photo", "The garment"]
    changed = np.argwhere((first != read.photo).any(-1))
    y, x = changed[len(changed) // 2]
    height, width = first.shape[:2]
    key = room.session_state["outcome"].request[0]
    stays = Correction((Stroke(False, 0.03, ((x / width, y / height),)),))
    room.session_state["person corrections"] = {key: stays}
    room.button(key="go").click().run()
    assert not room.error
    second = result(room)
    assert room.session_state["person read"][1] is read
    assert np.array_equal(second[y, x], read.photo[y, x])
    assert not np.array_equal(second, read.photo)


def test_a_correction_that_cannot_be_used_is_told(room: AppTest):
    key = room.session_state["outcome"].request[0]
    hips = (sk.R_HIP, 0.5, 0.1), (sk.L_HIP, 0.5, 0.1)
    room.session_state["person corrections"] = {key: Correction(points=hips)}
    room.button(key="go").click().run()
    assert not room.exception
    assert [one.value for one in room.error] == [
        "The points that were moved leave less than half of the torso; put neck, shoulders and hips where they are."
    ]
    assert room.toggle(key="show_mend")  # there it can be mended


def test_a_photo_that_is_removed_takes_its_masks_along(room: AppTest):
    room.toggle(key="show_mend").set_value(True).run()
    assert "mend pictures" in room.session_state
    room.button(key="person_remove").click().run()
    assert "mend pictures" not in room.session_state


def test_corrections_of_the_last_eight_photos_are_kept(room: AppTest, monkeypatch: pytest.MonkeyPatch):
    session: dict = {}
    monkeypatch.setattr(state.st, "session_state", session)
    mark = Correction(points=((2, 0.5, 0.5),))
    for number in range(10):
        state.keep_correction("garment", (str(number), None), mark)
    assert [key for key, _ in session["garment corrections"]] == [str(number) for number in range(2, 10)]
    assert state.correction("garment", ("9", None)) == mark
    assert not state.correction("garment", ("1", None))
