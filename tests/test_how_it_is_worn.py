"""What is asked of :class:`tryon.TryOn` besides the garment: how it is worn."""

from dataclasses import replace

import numpy as np
import pytest

from tests import people
from tests.drawn import drawn_tryon
from tryon.core.errors import ConfigError
from tryon.core.labels import Label

HEIGHT = 384


@pytest.mark.parametrize(
    ("wearer", "other", "name", "one", "another"),
    [
        ("man_tshirt", "man_floral", "tuck", "in", "out"),
        ("man_floral", "woman_coat", "inner", "bring", "keep"),
        ("woman_dress", "man_tshirt", "below", "bring", "keep"),
    ],
)
def test_each_choice_makes_a_difference(wearer, other, name, one, another):
    person, source = people.person(wearer, HEIGHT), people.person(other, HEIGHT)
    opening = (source.parsing == Label.OUTER) & (
        np.abs(np.arange(source.parsing.shape[1]) - source.keypoints[1, 0]) < 20
    )
    source = replace(source, parsing=np.where(opening, np.uint8(Label.UPPER), source.parsing))
    garment = people.worn_by(source)
    tryon = drawn_tryon()
    first, second = (tryon(person, garment, **{name: value}).image for value in (one, another))
    changed = (first != second).any(-1)
    assert changed.sum() > 0.01 * person.body.unit**2
    with pytest.raises(ConfigError, match=f"{name} is 'none'; choose "):
        tryon(person, garment, **{name: "none"})


def test_the_choices_are_named():
    person, garment = people.person("woman_shirt", HEIGHT), people.garment("man_suit", "auto", HEIGHT)
    with pytest.raises(ConfigError, match="below is 'drop'; choose auto, bring or keep"):
        drawn_tryon()(person, garment, below="drop")
