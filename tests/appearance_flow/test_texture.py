"""The colors of a worn garment where something hides it, on a drawn figure."""

import numpy as np
import pytest

from appearance_flow.texture import Wearing, texture
from tests.figure import RED, SIZE, TONE, TRUNK, figure
from tryon.core.labels import Label
from tryon.types import Person

MAGENTA = (255, 0, 255)


def textured(person: Person, part: str = "torso", part_mask: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """RGBA and extent of a part of the top."""
    view = person.close
    mask = view.parsing == Label.UPPER
    worn = Wearing(view, view.parsing)
    shown = mask if part_mask is None else mask & part_mask
    colors, _ = texture(worn, mask, (int(Label.UPPER),), part, shown)
    whole = colors[..., 3] > 127
    return colors, whole


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


def test_accessories_on_the_skirt_hide_nothing_of_the_top():
    skirt, buckle, brooch = np.s_[130:200, 76:124], np.s_[131:141, 90:110], np.s_[90:96, 96:104]
    _, whole = textured(figure((skirt, Label.SKIRT), (buckle, Label.ACCESSORY), (brooch, Label.ACCESSORY)))
    assert whole[brooch].all()
    assert not whole[buckle].any()


def test_a_sleeve_goes_on_behind_hair_no_wider_than_the_arm():
    hair, sleeve = np.s_[50:120, 120:190], np.s_[120:165, 128:152]
    person = figure((sleeve, Label.UPPER), (hair, Label.HAIR))
    part = np.zeros(SIZE, bool)
    part[sleeve] = True
    _, whole = textured(person, "left_arm", part)
    assert whole[80:118, 132:138].all()
    assert not whole[:, 165:].any()


def test_hair_that_lies_on_another_garment_hides_nothing_of_this_one():
    coat, hair = np.s_[60:165, 100:130], np.s_[70:110, 112:126]
    _, whole = textured(figure((coat, Label.OUTER), (hair, Label.HAIR)))
    assert whole[90, 85]
    assert not whole[hair].any()
    _, whole = textured(figure((hair, Label.HAIR)))
    assert whole[TRUNK].all()


def test_the_waistband_behind_a_top_is_made_up():
    person = figure((np.s_[150:170, 70:130], Label.UPPER), (np.s_[170:320, 100:130], Label.PANTS))
    view = person.close
    trousers = view.parsing == Label.PANTS
    left = trousers & (np.arange(SIZE[1]) > 100)
    whole = texture(Wearing(view, view.parsing), trousers, (int(Label.PANTS),), "left_leg", left)[0][..., 3] > 127
    assert whole[154:168, 104:120].all()
    assert not whole[:148].any()


def test_a_skirt_under_a_long_top_is_as_wide_as_where_it_shows():
    jacket, shown = np.s_[60:200, 50:150], np.s_[200:260, 55:145]
    away = {3: (20, 100), 4: (5, 150), 6: (180, 100), 7: (195, 150)}
    view = figure((shown, Label.SKIRT), (jacket, Label.UPPER), points=away).close
    skirt = view.parsing == Label.SKIRT
    whole = texture(Wearing(view, view.parsing), skirt, (int(Label.SKIRT),), "skirt", skirt)[0][..., 3] > 127
    left = whole[160:205].argmax(1)
    assert left[0] > 65  # at the waist as the body is
    assert left[-1] == 55
    assert np.abs(np.diff(left)).max() == 1


@pytest.mark.parametrize("label", [Label.SKIN, Label.UPPER])
def test_a_wide_skirt_does_not_go_on_behind_the_arm(label):
    shown, arm = np.s_[165:260, 40:160], np.s_[130:190, 50:65]
    view = figure((shown, Label.SKIRT), (np.s_[60:165, 70:130], Label.UPPER), (arm, label)).close
    skirt = view.parsing == Label.SKIRT
    whole = texture(Wearing(view, view.parsing), skirt, (int(Label.SKIRT),), "skirt", skirt)[0][..., 3] > 127
    assert whole[175:185, 70:130].all()
    assert not whole[130:160, 50:65].any()
