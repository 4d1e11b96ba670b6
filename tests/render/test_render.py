"""The renderer on the sample people with their true key points and label maps; no network takes part."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from appearance_flow.sampling import warp_photo
from tests import people
from tests.people import dress
from tryon import metrics
from tryon.body import skeleton as sk
from tryon.core import photo as photos
from tryon.core.errors import GarmentNotFoundError
from tryon.core.labels import Label, mask_of
from tryon.read.repair import repaired
from tryon.types import Person

HEIGHT = 384  # a smaller picture shows the same and takes a tenth of the time


def small(name: str) -> Person:
    return people.person(name, HEIGHT)


@pytest.mark.parametrize(
    ("wearer", "other", "category"),
    [
        ("man_suit", "woman_shirt", "auto"),
        ("woman_coat", "man_floral", "auto"),
        ("man_tshirt", "woman_dress", "auto"),
        ("man_crossed_arms", "woman_sweater", "auto"),
        ("woman_shirt", "man_suit", "outfit"),
        ("woman_sweater", "man_tshirt", "lower"),
    ],
)
def test_nothing_outside_the_edit_is_touched(tmp_path, wearer, other, category):
    person, garment = small(wearer), people.garment(other, category, HEIGHT)
    before = person.photo.copy(), garment.source.photo.copy()
    result = dress(person, garment)
    assert (person.photo == before[0]).all()
    assert (garment.source.photo == before[1]).all()
    assert result.image.shape == person.photo.shape
    assert result.image.dtype == np.uint8
    assert (result.image == person.photo)[~result.mask].all()
    x0, y0, x1, y1 = person.box
    assert 0.1 * (x1 - x0) * (y1 - y0) < result.mask.sum() < (x1 - x0) * (y1 - y0)
    photos.save(result.image, tmp_path / "result.png")
    assert (photos.load(tmp_path / "result.png") == person.photo)[~result.mask].all()


def test_the_full_resolution_is_kept():
    person = people.person("man_tshirt")
    result = dress(person, people.garment("man_floral"))
    assert result.image.shape == (1024, 768, 3)
    assert (result.image == person.photo)[~result.mask].all()
    on = result.warped_garment[..., 3] == 255

    def detail(picture: np.ndarray, where: np.ndarray) -> float:
        grey = picture.astype(float).mean(-1)
        return float(np.abs(np.diff(grey, axis=1))[where[:, 1:]].mean())

    source = people.person("man_floral")
    assert detail(result.image, on) > 0.7 * detail(source.photo, source.parsing == Label.UPPER)


@pytest.mark.parametrize("name", people.NAMES)
def test_ones_own_garment_stays_what_it_is(name):
    person, garment = small(name), people.garment(name, "auto", HEIGHT)
    result = dress(person, garment)
    worn = mask_of(person.parsing, *(Label(label) for label in garment.labels))
    difference = np.abs(result.image.astype(int) - person.photo).mean(-1)
    assert difference[worn].mean() < 6
    assert difference.mean() < 1.5


@pytest.mark.parametrize(("wearer", "other"), [("man_tshirt", "woman_shirt"), ("woman_dress", "man_suit")])
def test_a_mirrored_person_and_garment_give_the_mirrored_picture(wearer, other):
    person, source = small(wearer), small(other)
    result = dress(person, people.worn_by(source))
    mirrored = dress(people.flipped(person), people.worn_by(people.flipped(source)))
    difference = np.abs(result.image.astype(int) - mirrored.image[:, ::-1]).mean(-1)
    assert difference[result.mask].mean() < 4
    assert (result.mask == mirrored.mask[:, ::-1]).mean() > 0.99


def test_the_place_in_the_photo_does_not_matter():
    """The person is cut out of the photo; wherever that is, the result moves along to the bit."""
    person, garment = small("woman_coat"), people.garment("man_tshirt", "auto", HEIGHT)

    def padded(one: Person, top: int, left: int) -> Person:
        sides = ((top, 150), (left, 150))
        keypoints = one.keypoints + np.float32((left, top, 0))
        picture = np.pad(one.photo, (*sides, (0, 0)), mode="edge")
        return people.read(picture, keypoints, np.pad(one.parsing, sides))

    near = dress(padded(person, 100, 100), people.worn_by(padded(garment.source, 100, 100)))
    far = dress(padded(person, 130, 170), people.worn_by(padded(garment.source, 180, 110)))
    assert np.abs(near.image[100:484, 100:388].astype(int) - far.image[130:514, 170:458]).mean() < 0.05
    assert (near.mask[100:484, 100:388] == far.mask[130:514, 170:458]).mean() > 0.999


@pytest.mark.parametrize(
    ("wearer", "other", "category"),
    [("man_tshirt", "woman_shirt", "upper"), ("man_suit", "woman_dress", "dress"), ("woman_coat", "man_suit", "lower")],
)
def test_the_flow_says_where_each_pixel_comes_from(wearer, other, category):
    """The garment photo is painted with its own coordinates, so that a color is a place."""
    person, source = small(wearer), small(other)
    height, width = source.parsing.shape
    y, x = np.mgrid[:height, :width]
    ramp = np.dstack((x * 255 / width, y * 255 / height, np.full(x.shape, 128)))
    source = replace(source, photo=np.round(ramp).astype(np.uint8))
    garment = people.worn_by(source, category)
    result = dress(person, garment)
    assert (np.isnan(result.flow).all(-1) == np.isnan(result.flow).any(-1)).all()
    sure = (result.warped_garment[..., 3] == 255) & ~np.isnan(result.flow).any(-1)
    assert sure.sum() > 0.02 * sure.size
    from_place = result.flow[sure] + np.argwhere(sure)[:, ::-1]
    # What hair or an arm hides in the garment photo is continued from beside it, and tells nothing about places.
    taken = mask_of(source.parsing, *(Label(label) for label in garment.labels))
    shown = warp_photo(taken.astype(np.float32), result.flow, padding="zeros")[sure] > 0.99
    from_color = result.warped_garment[sure][:, :2] * np.array((width, height)) / 255
    error = np.abs(from_place - from_color).max(1)[shown]
    assert np.median(error) < 1.2  # one step of the color is 1.5 pixels
    assert np.percentile(error, 97) < 4
    # The plain bilinear picture of the garment photo is what was carried over.
    plain = warp_photo(source.photo, result.flow)[sure][shown].astype(int)
    assert np.abs(plain - result.warped_garment[sure][shown][:, :3]).mean() < 2


def test_the_new_garment_is_there():
    """A garment in one color covers most of the torso between the arms."""
    source = small("woman_shirt")
    picture = source.photo.copy()
    picture[source.parsing == Label.UPPER] = (255, 160, 0)
    result = dress(small("man_suit"), people.worn_by(replace(source, photo=picture)))
    torso = metrics.torso_mask(small("man_suit").keypoints, result.mask.shape, neckline=False)
    torso[round(0.5 * HEIGHT) - 10 :] = False  # down to the hem
    orange = np.abs(result.image.astype(int) - (255, 160, 0)).sum(-1) < 60
    assert orange[torso].mean() > 0.9
    assert (orange & (small("man_suit").parsing == 0)).sum() < 0.12 * orange.sum()


def test_head_hands_and_shoes_stay():
    person = small("woman_coat")
    result = dress(person, people.garment("man_floral", "outfit", HEIGHT))
    kept = mask_of(person.parsing, Label.SHOES) | (mask_of(person.parsing, Label.HAIR, Label.SKIN))
    kept[round(0.19 * HEIGHT) : round(0.85 * HEIGHT)] = False
    assert np.abs(result.image.astype(int) - person.photo)[kept].mean() < 2
    hands = person.parsing == Label.SKIN
    hands[: round(0.45 * HEIGHT)] = False
    assert np.abs(result.image.astype(int) - person.photo)[hands].mean() < 12


def test_lower_changes_only_what_is_below():
    person = small("woman_shirt")
    result = dress(person, people.garment("man_suit", "lower", HEIGHT))
    assert not result.mask[: int(person.keypoints[1, 1])].any()
    top = person.parsing == Label.UPPER
    assert np.abs(result.image.astype(int) - person.photo)[top].mean() < 3
    trousers = person.parsing == Label.PANTS
    assert np.abs(result.image.astype(int) - person.photo)[trousers].mean() > 20


# --- dressing, never undressing -------------------------------------------------------------------------------------

LONG = ("woman_coat", "woman_dress", "man_suit", "man_crossed_arms")


def uncovered(wearer: str, other: str, category: str, *how: str) -> dict[str, float]:
    """What shows between collar-bone and mid-thigh and did not before, as shares of that region, told by dyes."""
    person = people.dyed(small(wearer), people.SKIN_DYE, people.BACKGROUND_DYE)
    source = people.dyed(small(other), people.OTHER_SKIN_DYE, people.BACKGROUND_DYE)
    result = dress(person, people.worn_by(source, category), *how)
    region = metrics.torso_mask(person.keypoints, result.mask.shape, neckline=False)
    dyes = {"skin": people.SKIN_DYE, "other_skin": people.OTHER_SKIN_DYE, "background": people.BACKGROUND_DYE}
    return {
        name: float(people.near(result.image, dye)[region].sum() - people.near(person.photo, dye)[region].sum())
        / region.sum()
        for name, dye in dyes.items()
    }


@pytest.mark.parametrize("wearer", LONG)
def test_never_undressing(wearer):
    for other in people.NAMES:
        if other != wearer:
            shares = uncovered(wearer, other, "auto")
            assert max(shares.values()) <= 0.01, (other, shares)


HOW = (("auto", "out", "keep"), ("bring", "in", "bring"), ("keep", "in", "keep"))
"""Each choice of ``below``, ``tuck`` and ``inner``, once at least."""


@pytest.mark.slow
@pytest.mark.parametrize("wearer", people.NAMES)
def test_never_undressing_whatever_is_asked_for(wearer):
    """Everything of everybody, each in one of the ways, which is another one for the next wearer."""
    done = 0
    asked = itertools.product(people.NAMES, ("upper", "outer", "dress", "lower", "outfit"))
    for i, (other, category) in enumerate(asked, people.NAMES.index(wearer)):
        how = HOW[i % len(HOW)]
        try:
            shares = uncovered(wearer, other, category, *how)
        except GarmentNotFoundError:  # this one does not wear it
            continue
        done += 1
        assert max(shares.values()) <= 0.01, (other, category, how, shares)
    assert done >= 20


def test_the_dyes_would_tell_of_a_hole():
    person = people.dyed(small("man_suit"), people.SKIN_DYE, people.BACKGROUND_DYE)
    assert people.near(person.photo, people.SKIN_DYE).sum() == pytest.approx(
        (person.parsing == Label.SKIN).sum(), rel=0.02
    )
    cloth = mask_of(person.parsing, Label.OUTER, Label.PANTS)
    assert not people.near(person.photo, people.SKIN_DYE)[cloth].any()
    assert not people.near(small("woman_coat").photo, people.SKIN_DYE).any()


BLUE, YELLOW = (0, 0, 255), (255, 255, 0)


def painted(one: Person, label: Label, color: tuple[int, int, int]) -> Person:
    picture = one.photo.copy()
    picture[one.parsing == label] = color
    return replace(one, photo=picture)


@pytest.mark.parametrize(("wearer", "old"), [("woman_coat", Label.OUTER), ("woman_dress", Label.DRESS)])
def test_what_covers_the_legs_after_a_long_garment(wearer, old):
    """The other person's trousers come along; or one's own go on under a coat, and the skirt of a dress stays."""
    person = painted(small(wearer), old, BLUE)
    garment = people.worn_by(painted(small("man_tshirt"), Label.PANTS, YELLOW))
    below_hips = np.zeros(person.parsing.shape, bool)
    below_hips[int(person.keypoints[8, 1]) + 10 :] = True
    old_skirt = (person.parsing == old) & below_hips

    brought = dress(person, garment, "bring")
    assert "lower garment came along" in " ".join(brought.warnings)
    yellow = people.near(brought.image, YELLOW) & below_hips
    assert yellow.sum() > 0.5 * (small("man_tshirt").parsing == Label.PANTS).sum()
    assert people.near(brought.image, BLUE)[old_skirt].mean() < 0.1

    kept, stays = dress(person, garment, "keep"), old == Label.DRESS
    assert ("lower part of the old garment stays" in " ".join(kept.warnings)) == stays
    assert not people.near(kept.image, YELLOW).any()
    blue = people.near(kept.image, BLUE)[old_skirt].mean()
    assert blue > 0.8 if stays else blue < 0.01
    assert np.array_equal(dress(person, garment, "auto").image, kept.image)


def test_no_warning_where_nothing_long_is_taken_off():
    for below in ("bring", "keep"):
        assert dress(small("man_tshirt"), people.garment("woman_shirt", "auto", HEIGHT), below).warnings == ()


def test_without_a_lower_garment_to_bring_the_old_one_stays():
    """Neither their own legs nor the other person's are in the photo."""
    source = people.relabeled(small("man_tshirt"), {Label.PANTS: Label.BACKGROUND})
    result = dress(people.relabeled(small("woman_coat"), {Label.PANTS: Label.SHOES}), people.worn_by(source))
    assert "old garment stays" in " ".join(result.warnings)


def test_hands_that_are_taken_for_cloth_do_not_come_along():
    source = people.dyed(small("man_crossed_arms"), people.OTHER_SKIN_DYE, people.BACKGROUND_DYE)
    parsing, wrists = source.parsing.copy(), source.keypoints[[sk.R_WRIST, sk.L_WRIST], :2]
    y, x = np.mgrid[: parsing.shape[0], : parsing.shape[1]]
    hands = (np.hypot(x - wrists[:, 0, None, None], y - wrists[:, 1, None, None]) < 14).any(0)
    hands &= parsing == Label.SKIN
    assert hands.sum() > 150
    parsing[hands] = Label.UPPER
    result = dress(small("man_tshirt"), people.worn_by(repaired(replace(source, parsing=parsing)), "upper"))
    assert people.near(result.image, people.OTHER_SKIN_DYE).sum() < 0.05 * hands.sum()


def test_a_gap_above_the_trousers_is_filled_with_trousers():
    """Where the new coat ends a little higher than the old one, not with the coat."""
    person = painted(small("man_suit"), Label.PANTS, YELLOW)
    coat = painted(small("woman_coat"), Label.OUTER, BLUE)
    parsing = coat.parsing.copy()
    hips = int(coat.keypoints[[sk.R_HIP, sk.L_HIP], 1].mean())
    parsing[hips + 8 :][parsing[hips + 8 :] == Label.OUTER] = Label.BACKGROUND
    result = dress(person, people.worn_by(replace(coat, parsing=parsing), "outer"))
    covered = result.warped_garment[..., 3] > 0
    hips = int(person.keypoints[[sk.R_HIP, sk.L_HIP], 1].mean())
    x0, x1 = sorted(person.keypoints[[sk.R_HIP, sk.L_HIP], 0].astype(int))
    gap = (person.parsing == Label.OUTER) & ~covered
    gap[:, :x0] = gap[:, x1:] = gap[:hips] = False
    assert gap.sum() > 150
    assert people.near(result.image, YELLOW)[gap].mean() > 0.9


def test_no_dress_looks_out_beside_trousers_that_came_along():
    """The hem of a coat is often read as a dress under it."""
    person = painted(small("woman_coat"), Label.OUTER, BLUE)
    parsing, knee = person.parsing.copy(), float(person.keypoints[[9, 12], 1].mean())
    hem = (parsing == Label.OUTER) & (np.arange(HEIGHT)[:, None] > knee - 15)
    parsing[hem] = Label.DRESS
    assert hem.sum() > 100
    garment = people.worn_by(small("man_suit"), "outer")
    result = dress(replace(person, parsing=parsing), garment, "bring")
    assert "lower garment came along" in " ".join(result.warnings)
    assert people.near(result.image, BLUE)[hem].mean() < 0.05


def test_trousers_that_stay_on_below_a_dress_are_told():
    result = dress(small("man_tshirt"), people.garment("woman_dress", "dress", HEIGHT))
    assert "person photo: the wearer's own trousers stay on below the new hem" in result.warnings
    bare = people.relabeled(small("man_tshirt"), {Label.PANTS: Label.SKIN})
    assert not any(
        "own trousers" in note for note in dress(bare, people.garment("woman_dress", "dress", HEIGHT)).warnings
    )
