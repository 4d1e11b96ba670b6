"""Corrupt samples are skipped, counted, and fail above the share; indices keep their meaning."""

import pytest

from tryon.core.errors import DataError, InputImageError, OutputError
from tryon.datasets.corrupt import Readable


class Numbers:
    """Ten times the index, with errors at some places."""

    def __init__(self, count, broken):
        self.count, self.broken, self.reads = count, broken, []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        self.reads.append(index)
        if index in self.broken:
            raise self.broken[index]
        return 10 * index


def test_iterating_skips_and_counts():
    data = Readable(Numbers(5, {1: DataError("no label map"), 4: InputImageError("cut off")}), max_corrupt=0.4)
    assert list(data) == [0, 20, 30]
    assert data.corrupt == {1: "no label map", 4: "cut off"}
    assert len(data) == 5


def test_by_index_the_next_one_takes_the_place():
    broken = {1: DataError("a"), 2: DataError("b"), 4: DataError("c")}
    forward, backward = (Readable(Numbers(5, broken), max_corrupt=0.6) for _ in range(2))
    assert [forward[i] for i in range(5)] == [0, 30, 30, 30, 0]
    assert [backward[i] for i in (4, 3, 2, 1, 0)] == [0, 30, 30, 30, 0]
    assert forward[-1] == 0
    assert forward[-2] == 30


def test_nothing_is_read_in_advance_and_nothing_corrupt_twice():
    numbers = Numbers(3, {1: DataError("a")})
    data = Readable(numbers, max_corrupt=0.5)
    assert numbers.reads == []
    assert (data[1], data[1]) == (20, 20)
    assert numbers.reads == [1, 2, 2]


def test_above_the_share_reading_fails():
    numbers = Numbers(200, {i: DataError(f"picture {i} is cut off") for i in (3, 50, 60)})
    data = Readable(numbers)  # 1 % of 200 is two
    assert len([data[i] for i in range(51)]) == 51
    with pytest.raises(
        DataError,
        match=r"3 of 200 samples cannot be read, more than the share of 0.01 allowed; the last: picture 60 is cut off",
    ):
        data[60]


def test_all_corrupt():
    data = Readable(Numbers(2, {0: DataError("first"), 1: DataError("second")}), max_corrupt=1)
    with pytest.raises(DataError, match="none of the 2 samples can be read; the first: first"):
        data[1]


def test_other_errors_pass():
    data = Readable(Numbers(2, {0: OutputError("disk full")}), max_corrupt=1)
    with pytest.raises(OutputError):
        data[0]
    with pytest.raises(IndexError, match="sample 2 was asked for, there are 2"):
        data[2]
    with pytest.raises(ValueError, match="max_corrupt is 5; give a share from 0 to 1"):
        Readable(Numbers(2, {}), max_corrupt=5)
