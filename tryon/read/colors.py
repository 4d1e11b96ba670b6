"""The main colors of a garment, in plain words."""

import cv2
import numpy as np

_NAMED = (
    ("black", (22, 22, 25)), ("gray", (85, 86, 88)), ("gray", (135, 135, 135)), ("gray", (175, 175, 175)),
    ("white", (240, 240, 238)), ("white", (214, 212, 210)), ("beige", (222, 205, 178)), ("beige", (190, 165, 130)),
    ("brown", (125, 85, 55)), ("brown", (75, 50, 38)), ("brown", (110, 92, 78)), ("red", (200, 30, 40)),
    ("red", (125, 16, 18)), ("burgundy", (105, 25, 42)), ("orange", (232, 120, 40)), ("orange", (180, 95, 50)),
    ("yellow", (242, 214, 70)), ("yellow", (200, 150, 45)), ("olive", (110, 108, 55)), ("green", (40, 140, 70)),
    ("green", (35, 78, 55)), ("green", (130, 210, 120)), ("turquoise", (60, 180, 175)), ("blue", (50, 95, 185)),
    ("blue", (150, 190, 228)), ("blue", (85, 115, 155)), ("blue", (140, 155, 182)), ("blue", (30, 40, 225)),
    ("navy", (30, 38, 70)), ("navy", (18, 26, 42)), ("purple", (105, 55, 150)), ("purple", (190, 160, 210)),
    ("pink", (238, 170, 185)), ("pink", (215, 60, 135)), ("pink", (195, 125, 140)),
)  # fmt: skip
_WORDS = tuple(word for word, _ in _NAMED)
# In the folds of a garment of one color its darker or paler shades are seen, which are no second color.
_SHADES = (
    {"black", "gray"}, {"gray", "white"}, {"navy", "blue"}, {"navy", "black"}, {"burgundy", "red"},
    {"burgundy", "brown"}, {"beige", "brown"}, {"beige", "white"}, {"brown", "orange"}, {"brown", "black"},
    {"olive", "green"}, {"olive", "yellow"}, {"olive", "brown"}, {"yellow", "orange"}, {"turquoise", "green"},
    {"turquoise", "blue"}, {"purple", "pink"}, {"pink", "red"}, {"gray", "blue"}, {"gray", "beige"},
)  # fmt: skip
_MUCH = 0.2  # of a garment's pixels: a second color covers at least that
_LOOKED_AT = 20_000  # pixels, spread over all


def main_colors(pixels: np.ndarray) -> tuple[str, ...]:
    """The one or two colors that cover most of a garment, the larger first.

    Args:
        pixels: ``(N, 3)`` ``uint8`` RGB of the garment, at least one.

    Returns:
        Words such as ``navy``.
    """
    chosen = pixels[:: -(-len(pixels) // _LOOKED_AT)]
    named = _lab(np.array([color for _, color in _NAMED], np.uint8))
    distance = np.linalg.norm(_lab(chosen)[:, None] - named, axis=2)
    counts: dict[str, int] = dict.fromkeys(_WORDS, 0)
    for place, count in enumerate(np.bincount(distance.argmin(1), minlength=len(_NAMED))):
        counts[_WORDS[place]] += int(count)
    first = max(counts, key=counts.__getitem__)
    others = [word for word in counts if word != first and {word, first} not in _SHADES]
    second = max(others, key=counts.__getitem__)
    return (first, second) if counts[second] >= _MUCH * len(chosen) else (first,)


def _lab(colors: np.ndarray) -> np.ndarray:
    """``(N, 3)`` CIE Lab of sRGB ``(N, 3)`` ``uint8``."""
    return cv2.cvtColor(colors[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
