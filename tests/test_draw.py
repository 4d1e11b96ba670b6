"""Pictures for people: sizes, and colors at places where they are known."""

from dataclasses import replace

import numpy as np
import pytest

from tryon import draw
from tryon.body.skeleton import L_ELBOW, L_SHOULDER, NECK, R_ELBOW, R_SHOULDER
from tryon.core.labels import PALETTE, Label
from tryon.types import Garment, Person, TryOnResult

SIZE = (200, 120)
GREY = np.full((*SIZE, 3), 100, np.uint8)


def close(pixel, color, tolerance=2):
    return np.abs(np.asarray(pixel, int) - color).max() <= tolerance


def parsing():
    labels = np.zeros(SIZE, np.uint8)
    labels[50:150, 30:90] = Label.UPPER
    return labels


def keypoints():
    points = np.zeros((18, 3), np.float32)
    points[NECK] = (60, 30, 1)
    points[R_SHOULDER], points[R_ELBOW] = (30, 40, 1), (20, 100, 1)
    points[L_SHOULDER] = (90, 40, 1)
    return points


def test_parsing_is_colored_over_the_faded_photo():
    picture = draw.draw_parsing(GREY, parsing(), legend=False)
    assert picture.shape == (*SIZE, 3)
    assert close(picture[100, 60], 0.3 * 100 + 0.7 * PALETTE[Label.UPPER])
    assert close(picture[10, 10], 0.4 * 100 + 0.6 * 255)


def test_people_are_framed_and_the_others_are_paler():
    picture = draw.draw_people(GREY, [(10, 50, 50, 150), (70, 50, 110, 150)], 1)
    assert picture.shape == (*SIZE, 3)
    assert close(picture[140, 30], 100)
    assert close(picture[140, 90], 0.4 * 100 + 0.6 * 255)
    assert close(picture[149, 30], draw.EDITED)
    assert close(picture[149, 90], draw.INK)
    assert close(picture[149, 60], 0.4 * 100 + 0.6 * 255)


def test_legend_of_a_parsing_shows_the_class_and_no_other():
    strip = draw.draw_parsing(GREY, parsing())[SIZE[0] :]
    assert len(strip) > 10
    assert (strip == PALETTE[Label.UPPER]).all(-1).any()
    assert not (strip == PALETTE[Label.DRESS]).all(-1).any()


def test_legend_breaks_into_lines_that_fit():
    assert len(draw.label_legend(150)) > 4 * len(draw.label_legend(150, [Label.HAT]))
    assert (draw.label_legend(150)[:, -1] == 255).all()


def test_sides_have_their_colors_and_missing_points_are_left_out():
    picture = draw.draw_keypoints(GREY, keypoints(), legend=False)
    assert close(picture[70, 25], draw.RIGHT)
    assert close(picture[40, 90], draw.LEFT)
    assert close(picture[30, 60], draw.MIDDLE)
    points = keypoints()
    points[L_ELBOW] = (100, 100, 1)
    assert close(draw.draw_keypoints(GREY, points, legend=False)[70, 95], draw.LEFT)
    assert close(picture[70, 95], 0.75 * 100 + 0.25 * 255)


def test_nobody_is_drawn_as_the_photo():
    picture = draw.draw_keypoints(GREY, np.zeros((18, 3), np.float32), legend=False)
    assert (picture == picture[0, 0]).all()


def test_flow_has_a_hue_for_its_direction_and_grey_where_there_is_none():
    flow = np.zeros((*SIZE, 2), np.float32)
    flow[:, :40] = (10, 0)
    flow[:, 80:] = (-10, 0)
    flow[:20] = np.nan
    picture = draw.draw_flow(flow)
    assert close(picture[100, 20], (255, 0, 0))
    assert close(picture[100, 100], (0, 255, 255))
    assert close(picture[100, 60], (255, 255, 255))
    assert close(picture[10, 60], draw.MISSING, 0)
    assert picture.shape[0] > SIZE[0]
    assert picture.shape[1] == SIZE[1]


def test_flow_without_any_value_is_grey():
    assert (draw.draw_flow(np.full((*SIZE, 2), np.nan, np.float32))[: SIZE[0]] == 128).all()


def test_mask_is_tinted_inside_and_faded_outside():
    picture = draw.draw_mask(GREY, parsing() > 0)
    assert close(picture[100, 60], 0.65 * 100 + 0.35 * np.array(draw.EDITED))
    assert close(picture[10, 10], 0.4 * 100 + 0.6 * 255)


def test_transparency_is_a_checkerboard():
    picture = np.dstack((GREY, np.zeros(SIZE, np.uint8)))
    picture[100:, :, 3] = 255
    drawn = draw.draw_rgba(picture)
    assert (drawn[100:] == 100).all()
    assert set(np.unique(drawn[:100])) == {205, 235}


def test_the_checkerboard_goes_on_to_the_last_row():
    """Squares of six pixels, though it is drawn some rows at a time."""
    board = draw.draw_rgba(np.zeros((*SIZE, 4), np.uint8))
    rows, columns = np.indices(SIZE) // 6
    assert (board == np.where((rows + columns) % 2, 235, 205)[..., None]).all()


def test_text_is_broken_into_lines():
    short, long = draw.draw_text("one", (20, 100), 12), draw.draw_text("one two three " * 5, (20, 100), 12)
    assert short.shape[1] == long.shape[1] == 100
    assert len(long) > len(short)
    assert (long < 100).any()


def test_side_by_side_scales_to_the_highest():
    picture = draw.side_by_side([("small", GREY[:100]), ("", GREY)])
    assert picture.shape[1] == 240 + 4 + 120
    assert (picture[-1, 10] == 100).all()
    assert (picture[-1, -1] == 100).all()


def test_contact_sheet_keeps_proportions_in_equal_cells():
    sheet = draw.contact_sheet(
        [[("a", GREY), ("b", GREY)], [("a title that is much too wide", GREY)]], (100, 100), gap=10
    )
    assert sheet.shape[1] == 220
    assert sheet.shape[0] % 2 == 0
    cell = sheet[: sheet.shape[0] // 2][-110:-10, :100]
    assert (cell[50, 50] == 100).all()
    assert (cell[50, 10] == 255).all()  # 200 × 120 fills 60 of the 100 columns


@pytest.fixture
def result():
    person = Person(GREY, keypoints(), parsing(), (0, 0, 120, 200))
    garment = Garment(Person(GREY // 2, keypoints(), parsing(), (0, 0, 120, 200)), "upper", (Label.UPPER,))
    mask = parsing() > 0
    flow = np.where(mask[..., None], (3.0, 0.0), np.nan).astype(np.float32)
    warped = np.dstack((GREY // 2, mask.astype(np.uint8) * 255))
    return TryOnResult(np.where(mask[..., None], GREY // 2, GREY), mask, warped, flow, person, garment)


def test_steps_of_a_garment_that_nobody_wears_speak_of_no_wearer(result):
    worn = [title for title, _ in draw.steps(result)]
    lying = replace(result.garment, source=replace(result.garment.source, kinds=np.full(8, 1 / 8)))
    flat = [title for title, _ in draw.steps(replace(result, garment=lying))]
    assert (worn[4:6], flat[4:6]) == (
        ["How its wearer stands", "What its wearer wears"],
        ["Where its joints are", "What was cut out"],
    )
    assert worn[:4] + worn[6:] == flat[:4] + flat[6:]


def test_steps_show_everything_under_different_titles(result):
    cells = draw.steps(result)
    assert len(cells) == len({title for title, _ in cells}) == 11
    assert all(picture.dtype == np.uint8 and picture.shape[1:] == (120, 3) for _, picture in cells)
    pictures = dict(cells)
    assert (pictures["The person"] == GREY).all()
    assert (pictures["The result"] == result.image).all()
    taken = pictures["The garment that is taken"]
    assert (taken[100, 60] == 50).all()
    assert set(np.unique(taken[:40])) == {205, 235}


def test_steps_of_a_large_photo_are_smaller_and_show_the_same(result):
    def larger(picture):
        return picture.repeat(10, 0).repeat(10, 1)

    def enlarged(person):
        points = person.keypoints * np.float32((10, 10, 1))
        return replace(person, photo=larger(person.photo), keypoints=points, parsing=larger(person.parsing))

    large = TryOnResult(
        larger(result.image),
        larger(result.mask),
        larger(result.warped_garment),
        larger(result.flow),
        enlarged(result.person),
        replace(result.garment, source=enlarged(result.garment.source)),
    )
    pictures = dict(draw.steps(large))
    assert {picture.shape[1] for picture in pictures.values()} == {960}
    assert pictures["The person"].shape == pictures["The result"].shape == (1600, 960, 3)
    assert close(pictures["How the person stands"][560, 200], draw.RIGHT)  # eight times as far as of the small photo
    assert close(pictures["What the person wears"][800, 480], 0.3 * 100 + 0.7 * PALETTE[Label.UPPER])
    assert (pictures["The garment that is taken"][800, 480] == 50).all()
    assert close(pictures["Where the garment's pixels come from"][800, 480], (255, 0, 0))
    assert (pictures["Where the garment's pixels come from"][100, 100] == draw.MISSING).all()
    assert close(pictures["The part of the photo that is edited"][800, 480], 0.65 * 100 + 0.35 * np.array(draw.EDITED))
    assert (pictures["The result"][800, 480] == 50).all()
