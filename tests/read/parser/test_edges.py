"""The guided filter on the parser's probabilities."""

import numpy as np
import pytest

from tryon.read.parser.edges import EPSILON, RADIUS, _coefficients, follow_edges


def two_halves(edge: int, seen: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a dark left part up to column ``edge`` and two classes that change at column ``seen``."""
    image = np.full((32, 48, 3), (40, 60, 50), np.uint8)
    image[:, edge:] = (200, 120, 90)
    scores = np.zeros((32, 48, 2), np.float32)
    scores[:, :seen, 0] = 1
    scores[:, seen:, 1] = 1
    return scores, image


@pytest.mark.parametrize("seen", [22, 23, 25, 26])
def test_an_outline_beside_an_edge_goes_to_the_edge(seen: int) -> None:
    labels = follow_edges(*two_halves(24, seen)).argmax(-1)
    np.testing.assert_array_equal(labels, np.broadcast_to(np.arange(48) >= 24, (32, 48)))


def test_an_outline_on_plain_cloth_stays() -> None:
    labels = follow_edges(*two_halves(0, 24)).argmax(-1)
    np.testing.assert_array_equal(labels, np.broadcast_to(np.arange(48) >= 24, (32, 48)))


def test_sums_and_sides_are_kept() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (32, 48, 3), dtype=np.uint8)
    scores = rng.dirichlet(np.ones(5), (32, 48)).astype(np.float32)
    out = follow_edges(scores, image)
    np.testing.assert_allclose(out.sum(-1), 1, atol=1e-4)
    flipped = follow_edges(np.ascontiguousarray(scores[:, ::-1]), np.ascontiguousarray(image[:, ::-1]))
    np.testing.assert_allclose(flipped[:, ::-1], out, atol=1e-4)


def test_the_coefficients_are_those_of_least_squares() -> None:
    rng = np.random.default_rng(0)
    guide, layer = rng.random((15, 15, 3), np.float32), rng.random((15, 15, 1), np.float32)
    slopes, offset = _coefficients(guide, layer)
    window = np.s_[7 - RADIUS : 8 + RADIUS, 7 - RADIUS : 8 + RADIUS]
    colors, values = guide[window].reshape(-1, 3), layer[window].ravel()
    centered = colors - colors.mean(0)
    ridge = centered.T @ centered / len(colors) + EPSILON * np.eye(3)
    expected = np.linalg.solve(ridge, centered.T @ (values - values.mean()) / len(colors))
    np.testing.assert_allclose([slope[7, 7, 0] for slope in slopes], expected, atol=1e-3)
    assert offset[7, 7, 0] == pytest.approx(values.mean() - expected @ colors.mean(0), abs=1e-3)


def test_a_class_that_is_hardly_there_stays() -> None:
    scores, image = two_halves(24, 22)
    faint = np.full((32, 48, 1), 0.01, np.float32)
    out = follow_edges(np.concatenate([scores, faint], -1), image)
    np.testing.assert_array_equal(out[..., 2:], faint)
