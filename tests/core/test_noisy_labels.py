import numpy as np

from tryon.core.labels import NUM_LABELS, Label
from tryon.core.noisy_labels import as_parsed

OUTSIDE = NUM_LABELS


def noisy(labels: np.ndarray) -> list[np.ndarray]:
    return [as_parsed(labels, np.random.default_rng(seed), OUTSIDE) for seed in range(8)]


def test_labels_are_off_by_a_little_as_a_parser_draws_them():
    labels = np.zeros((160, 112), np.uint8)
    labels[40:120, 30:80] = Label.PANTS
    moved = noisy(labels)
    shares = [(one != labels).mean() for one in moved]
    assert 0 < np.mean(shares) < 0.02
    assert all((one[50:110, 40:70] == Label.PANTS).all() for one in moved)


def test_small_things_go_missing_now_and_then():
    labels = np.full((160, 112), Label.UPPER, np.uint8)
    labels[80:82, 50:52] = Label.ACCESSORY
    found = [bool((one == Label.ACCESSORY).any()) for one in noisy(labels)]
    assert any(found)
    assert not all(found)


def test_the_frame_of_the_photo_stays_where_it_is():
    labels = np.full((160, 112), Label.UPPER, np.uint8)
    labels[100:] = OUTSIDE
    assert all(np.array_equal(one == OUTSIDE, labels == OUTSIDE) for one in noisy(labels))
