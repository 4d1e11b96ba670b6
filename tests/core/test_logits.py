"""Probabilities of logits."""

import numpy as np

from tryon.core.logits import sigmoid, softmax


def test_sigmoid():
    logits = np.array((-1000, -1, 0, 1, 1000), np.float32)
    found = sigmoid(logits)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, (0, 0.26894142, 0.5, 0.73105858, 1), rtol=1e-6)


def test_softmax():
    logits = np.array(((0, 1), (0, 1000)), np.float32)
    found = softmax(logits)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ((0.26894142, 0.73105858), (0, 1)), rtol=1e-6)
    np.testing.assert_allclose(softmax(logits, 0), ((0.5, 0), (0.5, 1)), rtol=1e-6)
