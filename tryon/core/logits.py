"""Probabilities of logits, as arrays."""

import numpy as np


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-x))``, of the shape and type of the logits."""
    return 0.5 * np.tanh(0.5 * logits) + 0.5


def softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    """Probabilities along an axis, whose sum is 1, of the shape and type of the logits."""
    scores = np.exp(logits - logits.max(axis, keepdims=True))
    scores /= scores.sum(axis, keepdims=True)
    return scores
