"""The colors of a worn garment where something hides it, on a drawn figure."""

import numpy as np
import pytest

from appearance_flow.texture import Wearing, cloth_of, texture
from tests.figure import RED, SIZE, TONE, TRUNK, figure
from tryon.core.labels import Label
from tryon.types import Person

MAGENTA, GREEN = (255, 0, 255), (0, 200, 0)
NOTHING = np.zeros(SIZE, bool)


def textured(person: Person, part: str = "torso", part_mask: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """RGBA and extent of a part of the top, which goes on behind whatever lies over the trunk."""
    view = person.close
    mask = view.parsing == Label.UPPER
    if part_mask is None:
        part_mask = np.zeros(SIZE, bool)
        part_mask[TRUNK] = True
    worn, whole = Wearing(view, view.parsing), mask | part_mask
    cloth = cloth_of(worn, mask, whole, (int(Label.UPPER),), NOTHING)
    colors, _ = texture(worn, cloth, whole, part, part_mask)
    return colors, colors[..., 3] > 127


def test_strands_beside_the_label_of_hair_lend_no_color():
    person = figure((np.s_[60:110, 95:105], Label.HAIR))
    person.photo[60:110, 92:108] = MAGENTA
    colors, whole = textured(person)
    assert whole[65:105, 92:108].all()
    assert np.abs(colors[65:105, 90:110, :3].astype(int) - RED).max() < 20


def test_skin_beside_the_label_of_an_arm_lends_no_color():
    person = figure((np.s_[112:124, 92:140], Label.SKIN), points={6: (140, 120), 7: (80, 116)})
    person.photo[109:127, 92:128] = TONE
    colors, whole = textured(person)
    assert whole[114:122, 95:120].all()
    assert np.abs(colors[109:127, 95:120, :3].astype(int) - RED).max() < 20


def test_colors_are_continued_where_the_garment_is_hidden_and_only_there():
    bag = np.s_[100:130, 60:90]
    person = figure((bag, Label.BAG))
    person.photo[bag] = MAGENTA
    colors, whole = textured(person)
    assert whole[TRUNK][3:-3, 3:-3].all()
    assert not whole[100:130, :66].any()
    assert np.abs(colors[102:128, 72:90, :3].astype(int) - RED).max() < 20


def test_a_trunk_goes_on_behind_its_own_sleeve():
    person = figure((np.s_[100:112, 70:130], Label.OUTER))
    view = person.close
    mask = view.parsing == Label.UPPER
    sleeve = np.zeros(SIZE, bool)
    sleeve[100:120, 80:150] = True
    both = mask | sleeve
    trunk = both & ~sleeve
    labels = (int(Label.UPPER),)
    worn = Wearing(view, view.parsing)
    found = texture(worn, cloth_of(worn, both, both, labels, NOTHING), both, "torso", trunk)[0][..., 3] > 127
    assert found[104:116, 84:126].all()
    assert not found[:, 136:].any()


def test_a_top_that_is_made_longer_repeats_no_print():
    person = figure()
    stripes = np.where(np.arange(SIZE[0])[:, None, None] // 6 % 2, RED, TONE)
    person.photo[TRUNK] = stripes[TRUNK[0]]
    longer = NOTHING.copy()
    longer[165:190, 72:128] = True
    worn, mask = Wearing(person.close, person.parsing), person.parsing == Label.UPPER
    colors = cloth_of(worn, mask, mask | longer, (int(Label.UPPER),), longer).colors
    assert colors[130:160, 100, 1].std() > 40
    assert colors[174:188, 80:120, 1].std(0).max() < 8


def test_ground_between_strands_that_is_read_as_cloth_lends_no_color():
    hair, between = np.s_[62:140, 112:130], np.s_[70:136, 130:140]
    person = figure((hair, Label.HAIR), (between, Label.UPPER))
    person.photo[between] = MAGENTA
    mask = person.parsing == Label.UPPER
    whole = mask | (person.parsing == Label.HAIR)
    cloth = cloth_of(Wearing(person.close, person.parsing), mask, whole, (int(Label.UPPER),), NOTHING)
    assert np.abs(cloth.colors[70:130, 112:139].astype(int) - RED).max() < 20
    assert not cloth.sure[between].any()


def test_what_hair_hides_on_one_side_is_taken_from_the_other_in_the_light_of_this_one():
    panel, hidden = np.s_[80:130, 74:86], np.s_[76:134, 108:134]
    person = figure((hidden, Label.HAIR))
    person.photo[panel] = GREEN
    person.photo[:, 100:] = np.maximum(person.photo[:, 100:], 35) - 35  # in the shade
    person.photo[hidden] = MAGENTA
    mask = person.parsing == Label.UPPER
    worn, whole = Wearing(person.close, person.parsing), mask | (person.parsing == Label.HAIR)
    colors = cloth_of(worn, mask, whole, (int(Label.UPPER),), NOTHING).colors.astype(int)
    shade = np.array((0, 165, 0))
    assert np.abs(colors[84:126, 117:123] - shade).max() < 28
    assert np.abs(colors[84:126, 110:113] - np.array((165, 0, 0))).max() < 28


def test_near_what_is_seen_of_it_a_garment_goes_on_as_it_is_there():
    panel, strap = np.s_[80:130, 74:86], np.s_[60:165, 118:122]
    person = figure((strap, Label.BAG))
    person.photo[panel] = GREEN
    mask = person.parsing == Label.UPPER
    worn, whole = Wearing(person.close, person.parsing), mask | (person.parsing == Label.BAG)
    colors = cloth_of(worn, mask, whole, (int(Label.UPPER),), NOTHING).colors.astype(int)
    assert np.abs(colors[102:118, 116:122] - RED).max() < 60


@pytest.mark.parametrize(("columns", "color"), [(np.s_[107:111], RED), (np.s_[116:120], GREEN)])
def test_of_an_open_coat_the_other_side_tells_where_it_ends(columns, color):
    hair = np.s_[76:150, 110:118]
    coat = np.s_[60:165, 70:86], np.s_[60:165, 114:130]
    person = figure(*((side, Label.OUTER) for side in coat), (hair, Label.HAIR))
    for side in coat:
        person.photo[side] = GREEN
    person.photo[hair] = MAGENTA
    mask = np.isin(person.parsing, (Label.UPPER, Label.OUTER))
    worn, whole = Wearing(person.close, person.parsing), mask | (person.parsing == Label.HAIR)
    colors = cloth_of(worn, mask, whole, (int(Label.UPPER), int(Label.OUTER)), NOTHING).colors.astype(int)
    assert np.abs(colors[86:140, columns] - color).max() < 25


def test_a_garment_whose_sides_are_not_alike_is_not_mirrored():
    hair = np.s_[76:140, 108:134]
    person = figure((hair, Label.HAIR))
    person.photo[60:165, 100:130] = (20, 20, 200)
    person.photo[hair] = MAGENTA
    mask = person.parsing == Label.UPPER
    worn, whole = Wearing(person.close, person.parsing), mask | (person.parsing == Label.HAIR)
    colors = cloth_of(worn, mask, whole, (int(Label.UPPER),), NOTHING).colors.astype(int)
    assert np.abs(colors[84:130, 112:124] - (20, 20, 200)).max() < 30


def test_what_is_seen_of_an_open_coat_stays_where_strands_of_hair_lie_over_all_of_it():
    strands = [(np.s_[60:165, x : x + 2], Label.HAIR) for x in range(70, 130, 6)]
    person = figure((np.s_[60:165, 70:100], Label.OUTER), *strands)
    person.photo[60:165, 70:100] = GREEN
    mask = np.isin(person.parsing, (Label.UPPER, Label.OUTER))
    worn, whole = Wearing(person.close, person.parsing), mask | (person.parsing == Label.HAIR)
    cloth = cloth_of(worn, mask, whole, (int(Label.UPPER), int(Label.OUTER)), NOTHING)
    apart = np.abs(cloth.colors.astype(int) - person.photo).max(-1)
    assert (apart[cloth.sure] < 60).mean() > 0.85
