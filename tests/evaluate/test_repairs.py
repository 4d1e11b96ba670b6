"""What a repair is worth: counted on the sample people with a reading that is wrong on purpose."""

import numpy as np
import pytest

from tests import people
from tryon.core.labels import Label
from tryon.evaluate import repairs
from tryon.evaluate.repairs import Worth, measure, with_prints
from tryon.types import PersonSample


def test_shares_of_what_was_changed():
    worth = Worth()
    worth.add(10, 2, 8)
    worth.add(0, 0, 0)
    worth.add(30, 2, 20)
    assert worth.figures("a") == {"a_people": 2, "a_changed": 40, "a_right_before": 0.1, "a_right_after": 0.7}
    assert np.isnan(Worth().figures("a")["a_right_before"])


def test_a_misread_forearm_is_counted(monkeypatch):
    one = people.person("man_crossed_arms", 384)
    wrong = (one.parsing == Label.SKIN) & ~one.body.head & ~one.body.neck
    wrong[:, : int(one.keypoints[1, 0])] = False
    reading = people.relabeled(one, {})
    reading.parsing[wrong] = Label.UPPER
    monkeypatch.setattr(repairs, "read_person", lambda *_: reading)
    number, found = measure(None, None, [PersonSample(one.photo, one.keypoints, one.parsing)])
    assert number == 1
    skin = found["skin"].figures("skin")
    assert skin["skin_people"] == 1
    assert skin["skin_changed"] == pytest.approx(wrong.sum(), rel=0.1)
    assert skin["skin_right_before"] < 0.05
    assert skin["skin_right_after"] > 0.95


def test_prints_are_on_the_clothes_above_and_nowhere_else():
    read = [people.person(name, 384) for name in ("man_tshirt", "woman_sweater")]
    samples = [PersonSample(one.photo, one.keypoints, one.parsing) for one in read]
    for before, after in zip(samples, with_prints(samples, 0), strict=True):
        changed = (before.image != after.image).any(-1)
        assert changed.sum() > 500
        assert set(np.unique(before.parsing[changed])) <= {Label.UPPER, Label.OUTER, Label.DRESS}
        assert np.array_equal(before.parsing, after.parsing)
