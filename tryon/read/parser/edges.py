"""Class probabilities that follow the edges of the photo: the fast guided filter.

He, Sun and Tang, "Guided image filtering" (ECCV 2010), with colors as guide (equations 16 to 18), its coefficients
found at a fraction of the size (He and Sun, "Fast guided filter", 2015). The network answers at half its input's size
and rounds off hair, collars and fingers; here each class is, in every small window, the linear function of the color
that fits best, so its outline lies where the color changes. kornia's `guided_blur` does the same, slower, and would
add its import to the start of every command.
"""

import cv2
import numpy as np

RADIUS = 2  # of the windows, in pixels of the reduced picture
REDUCTION = 2  # how much smaller the coefficients are found
EPSILON = 5e-4  # variance of a color in [0, 1] that already counts as an edge
_NEGLIGIBLE = 0.05  # a class that is nowhere likelier than this stays as it is


def follow_edges(scores: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Class probabilities, moved to the edges of the picture that they were read from.

    Args:
        scores: ``(H, W, K)`` ``float32`` in [0, 1]; height and width even.
        image: ``(H, W, 3)`` ``uint8``.

    Returns:
        ``(H, W, K)`` ``float32``: still of sum about 1, but single values may lie slightly outside [0, 1].
    """
    kept = [k for k in range(scores.shape[-1]) if scores[..., k].max() >= _NEGLIGIBLE]
    guide = image.astype(np.float32) / 255
    reduced = scores.shape[1] // REDUCTION, scores.shape[0] // REDUCTION
    small = cv2.resize(guide, reduced, interpolation=cv2.INTER_AREA)
    layers = cv2.resize(np.ascontiguousarray(scores[..., kept]), reduced, interpolation=cv2.INTER_AREA)
    slopes, offset = _coefficients(small, layers.reshape(*small.shape[:2], len(kept)))

    def enlarged(coefficient: np.ndarray) -> np.ndarray:
        full = cv2.resize(_mean(coefficient), scores.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        return full.reshape(*scores.shape[:2], len(kept))

    out = scores.copy()
    out[..., kept] = enlarged(offset) + sum(enlarged(slopes[c]) * guide[..., c : c + 1] for c in range(3))
    return out


def _coefficients(guide: np.ndarray, layers: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """The linear function of the color that fits a layer best in the window around each pixel.

    Args:
        guide: ``(h, w, 3)``.
        layers: ``(h, w, K)``.

    Returns:
        Three slopes, one per color, and the offset: ``(h, w, K)`` each.
    """
    mean, layer_mean = _mean(guide), _mean(layers)
    between = [_mean(layers * guide[..., c : c + 1]) - layer_mean * mean[..., c : c + 1] for c in range(3)]
    rr, rg, rb, gg, gb, bb = (
        (_mean(guide[..., a] * guide[..., b]) - mean[..., a] * mean[..., b] + EPSILON * (a == b))[..., None]
        for a, b in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    )
    # The inverse of the symmetric 3x3 covariance by its adjugate: far faster than np.linalg.inv.
    inverse = np.array(
        [
            [gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg],
            [rb * gb - rg * bb, rr * bb - rb * rb, rg * rb - rr * gb],
            [rg * gb - rb * gg, rg * rb - rr * gb, rr * gg - rg * rg],
        ]
    )
    inverse /= rr * inverse[0, 0] + rg * inverse[0, 1] + rb * inverse[0, 2]
    slopes = [sum(inverse[c, d] * between[d] for d in range(3)) for c in range(3)]
    return slopes, layer_mean - sum(slopes[c] * mean[..., c : c + 1] for c in range(3))


def _mean(values: np.ndarray) -> np.ndarray:
    """The mean in the window around each pixel."""
    blurred = cv2.blur(values, (2 * RADIUS + 1,) * 2, borderType=cv2.BORDER_REFLECT)
    return blurred.reshape(values.shape)  # OpenCV drops a single channel
