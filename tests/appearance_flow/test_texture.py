"""The colors of a worn garment where something hides it, on a drawn figure."""

import numpy as np

from appearance_flow.texture import Wearing, cloth_of, texture
from tests.figure import RED, SIZE, TONE, TRUNK, figure
from tryon.core.labels import Label
from tryon.types import Person

MAGENTA = (255, 0, 255)
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
