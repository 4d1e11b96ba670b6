"""Garments told apart by their colors."""

import numpy as np
import pytest

from tryon.core.labels import NUM_LABELS, Label
from tryon.read.parser.palette import by_color

BLUE, RED, GRAY = (30, 50, 120), (170, 40, 50), (128, 128, 128)
COAT, SKIRT, DOUBTFUL = np.s_[4:40, 8:40], np.s_[44:76, 8:40], np.s_[56:68, 16:32]


def coat_and_skirt(doubtful: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A blue coat over a red skirt; amid the skirt something of that color is read as coat rather than skirt."""
    scores = np.zeros((80, 48, NUM_LABELS), np.float32)
    scores[..., Label.BACKGROUND] = 1
    image = np.full((80, 48, 3), 230, np.uint8)
    for where, label, color in ((COAT, Label.OUTER, BLUE), (SKIRT, Label.SKIRT, RED)):
        scores[where] = 0
        scores[where][..., label] = 1
        image[where] = color
    scores[DOUBTFUL] = 0
    scores[DOUBTFUL][..., [Label.OUTER, Label.SKIRT, Label.BAG]] = 0.5, 0.3, 0.2
    image[DOUBTFUL] = doubtful
    return scores, image


@pytest.mark.parametrize(("color", "expected"), [(RED, Label.SKIRT), (BLUE, Label.OUTER), (GRAY, Label.OUTER)])
def test_what_might_be_either_goes_to_the_garment_of_its_color(color: tuple[int, int, int], expected: Label) -> None:
    out = by_color(*coat_and_skirt(color)).argmax(-1)
    assert (out[59:65, 19:29] == expected).all()
    assert (out[COAT] == Label.OUTER).all()
    assert (out[46:54, 10:38] == Label.SKIRT).all()


def test_the_share_of_garments_stays_and_nothing_else_changes() -> None:
    scores, image = coat_and_skirt(RED)
    out = by_color(scores, image)
    np.testing.assert_allclose(out.sum(-1), 1, atol=1e-5)
    others = [label for label in Label if label not in (Label.OUTER, Label.SKIRT)]
    np.testing.assert_array_equal(out[..., others], scores[..., others])
    assert out[62, 24, Label.SKIRT] > 0.7  # of the .8 that both had


def test_the_factor_is_how_much_oftener_a_garment_shows_the_color() -> None:
    """Half the coat is red, and all of the skirt: a pixel of equal chances is a skirt twice as likely as coat."""
    scores, image = coat_and_skirt(RED)
    image[4:22, 8:40] = RED
    scores[DOUBTFUL][..., [Label.OUTER, Label.SKIRT, Label.BAG]] = 0.39, 0.41, 0.2
    out = by_color(scores, image)[62, 24]
    assert out[Label.SKIRT] / out[Label.OUTER] == pytest.approx(2 * 0.41 / 0.39, rel=0.01)


def test_one_garment_has_no_rival() -> None:
    scores, image = coat_and_skirt(RED)
    scores[SKIRT] = 0
    scores[SKIRT][..., [Label.OUTER, Label.SKIRT]] = 0.6, 0.4
    np.testing.assert_array_equal(by_color(scores, image), scores)


def test_a_few_pixels_show_no_color_of_a_garment() -> None:
    """Twelve pixels that are read as trousers: too few to say what color they have."""
    scores, image = coat_and_skirt(RED)
    scores[44:46, 8:14] = 0
    scores[44:46, 8:14, Label.PANTS] = 1
    np.testing.assert_array_equal(by_color(scores, image)[..., Label.PANTS], scores[..., Label.PANTS])


def test_left_and_right_are_alike() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (48, 32, 3), dtype=np.uint8)
    scores = rng.dirichlet(np.ones(NUM_LABELS), (48, 32)).astype(np.float32)
    flipped = by_color(np.ascontiguousarray(scores[:, ::-1]), np.ascontiguousarray(image[:, ::-1]))
    np.testing.assert_allclose(flipped[:, ::-1], by_color(scores, image), atol=1e-3)
