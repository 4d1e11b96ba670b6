"""What may be seen in a place, on a drawn figure."""

import numpy as np

from tests.figure import SIZE, carried, figure
from tryon.core.labels import Label
from tryon.render.plates import make_plates
from tryon.render.undress import Undressed
from tryon.types import Person


def continued(person: Person) -> np.ndarray:
    """``(N, 3)`` ``int``: what goes on over the hips where a coat comes off."""
    nowhere = np.zeros(SIZE, bool)
    hips = nowhere.copy()
    hips[165:232, 66:134] = True
    undressed = Undressed(person.parsing == Label.OUTER, *[nowhere] * 7, None, ())
    plates = make_plates(person.close, carried(), undressed, nowhere, False, hips)
    assert plates.cloth is not None
    return plates.cloth[hips].astype(int)


def test_a_pattern_goes_on_where_the_old_coat_hid_it():
    person = figure((np.s_[165:310, 66:134], Label.SKIRT), (np.s_[60:230, 66:134], Label.OUTER))
    checks = np.indices(SIZE).sum(0) % 16 < 8
    skirt = person.parsing == Label.SKIRT
    person.photo[skirt & checks], person.photo[skirt & ~checks] = 40, 200
    cloth = continued(person)
    dark, light = (np.abs(cloth - level).max(-1) < 40 for level in (40, 200))
    assert 0.35 < dark.mean() < 0.65
    assert 0.35 < light.mean() < 0.65


def test_the_slit_between_the_legs_is_not_repeated_where_the_coat_hid_the_trousers():
    person = figure((np.s_[60:230, 66:134], Label.OUTER), (np.s_[230:320, 92:108], Label.PANTS))
    trousers, background = person.parsing == Label.PANTS, person.parsing == Label.BACKGROUND
    person.photo[trousers], person.photo[background] = (180, 20, 20), (150, 200, 150)
    person.photo[238:262, 98:103] = 150, 200, 150
    assert (np.abs(continued(person) - (180, 20, 20)).max(-1) < 40).all()
