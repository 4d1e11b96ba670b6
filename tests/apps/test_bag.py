"""Bags of several visitors: found again by name, until they are too old or too many."""

import pytest

from apps import bag
from apps.bag import Bag, Bags


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bag, "time", clock)
    return clock


def test_a_bag_is_found_for_twelve_hours_after_it_was_seen(clock: Clock):
    bags, mine = Bags(), Bag()
    assert bags.find(mine.name) is None
    bags.keep(mine)
    clock.now = 43_000
    assert bags.find(mine.name) is mine
    bags.keep(mine)
    clock.now += 43_200
    assert bags.find(mine.name) is mine
    clock.now += 1
    assert bags.find(mine.name) is None


def test_the_oldest_bags_go_where_there_are_too_many(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bag, "_MOST_BAGS", 3)
    bags, some = Bags(), [Bag() for _ in range(4)]
    for one in (*some[:2], some[0], *some[2:]):  # the second was seen longest ago
        bags.keep(one)
    assert [bags.find(one.name) is one for one in some] == [True, False, True, True]


def test_names_cannot_be_guessed():
    names = {Bag().name for _ in range(100)}
    assert len(names) == 100
    assert {len(name) for name in names} == {32}
