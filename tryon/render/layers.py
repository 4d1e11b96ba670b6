"""Dress the person: take the old garment off, fill what it hid, lay the new one on, put hair and hands back in front.

Everything happens at the photo's own resolution. Skin is invented on arms, on shanks and within a hand's breadth of
the neck only; between collar-bone and mid-thigh cloth is continued instead (:func:`_continue_cloth`).
"""

import cv2
import numpy as np

from tryon.body.torso import LEGS
from tryon.body.zones import BARE_ARMS, BARE_LEGS, Zones, bare_limbs, grown
from tryon.core.labels import Label, mask_of
from tryon.render.carry import SLEEVES, Layer
from tryon.render.fill import around, bleed, continue_texture, skin_fill
from tryon.render.sleeves import sleeved_arms

_UPPER_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF)
_LOWER_CLOTH = (Label.SKIRT, Label.PANTS)
_WAIST = 0.75  # depth below the neck, in torso lengths, under which trousers are continued upward


def compose(
    photo: np.ndarray,
    parsing: np.ndarray,
    keypoints: np.ndarray,
    body: Zones,
    off: np.ndarray,
    lower: list[Layer],
    upper: list[Layer],
) -> tuple[np.ndarray, np.ndarray]:
    """The person in the new garments.

    Args:
        photo: ``(H, W, 3)`` ``uint8`` of the person.
        parsing: ``(H, W)`` label map.
        keypoints: ``(18, 3)``.
        body: from :func:`zones`.
        off: ``(H, W)`` ``bool``, what is taken off.
        lower: layers that hang from the hips, hindmost first.
        upper: layers that hang from the shoulders, hindmost first; sleeves last.

    Returns:
        The picture ``(H, W, 3)`` ``uint8``, and ``(H, W)`` ``bool``, where it differs from the photo.
    """
    covered = _union(lower + upper, photo.shape[:2])
    trunk = [layer for layer in upper if layer.part not in SLEEVES]
    sleeves = [layer for layer in upper if layer.part in SLEEVES]
    sleeved = sleeved_arms(keypoints, body, sleeves)
    arms = bare_limbs(keypoints, parsing.shape, body.unit, BARE_ARMS)[0] < 1
    bare = body.neck | (arms & ~sleeved)
    out = _undressed_plate(photo, parsing, keypoints, body, off, covered, bare, lower, upper).astype(np.float32)
    for layer in lower:
        lay(out, layer.color, layer.alpha)
    if lower and not upper:  # trousers go under the top that stays on
        lay(out, photo, _feather(mask_of(parsing, Label.UPPER, Label.OUTER, Label.DRESS) & ~off))
    for layer in trunk:
        lay(out, layer.color, layer.alpha)
    if trunk:
        bare_arms = (parsing == Label.SKIN) & ~body.head & ~body.neck & grown(body.arms, 0.05 * body.unit)
        lay(out, photo, _feather(bare_arms & ~off & ~sleeved))
    for layer in sleeves:
        lay(out, layer.color, layer.alpha)
    if upper:
        _close_gaps(out, parsing, body, upper, sleeved)
    _fill(out, _beside_trousers(parsing, body, lower), covered)
    lay(out, photo, _feather(_front(parsing, body, off)))
    result = np.clip(out + 0.5, 0, 255).astype(np.uint8)
    return result, (result != photo).any(-1)


def _union(layers: list[Layer], size: tuple[int, int]) -> np.ndarray:
    covered = np.zeros(size, np.float32)
    for layer in layers:
        covered = 1 - (1 - covered) * (1 - layer.alpha)
    return covered


def lay(out: np.ndarray, color: np.ndarray, alpha: np.ndarray) -> None:
    """Lay a color over a float picture, in place, only where there is any."""
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    if not len(rows):
        return
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    out[window] += (color[window] - out[window]) * alpha[window][..., None]


def _close_gaps(out: np.ndarray, parsing: np.ndarray, body: Zones, upper: list[Layer], sleeved: np.ndarray) -> None:
    """Fill what would show between sleeves and trunk or beside a narrow sleeve: shoulders and the old garment."""
    covered = _union(upper, parsing.shape)
    radius = max(2, round(0.035 * body.unit))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    closed = cv2.morphologyEx((covered > 0.5).astype(np.uint8), cv2.MORPH_CLOSE, disk) > 0
    _fill(out, (closed | sleeved) & (parsing > 0) & ~body.neck & ~body.head & ~body.hands, covered)


def _beside_trousers(parsing: np.ndarray, body: Zones, lower: list[Layer]) -> np.ndarray:
    """Bare legs that are wider than the trousers that came over them."""
    out = np.zeros(parsing.shape, bool)
    for layer in lower:
        shown = layer.alpha > 0.5
        if layer.part in LEGS and shown.any():
            hem = np.percentile(body.depth[shown], 95)
            out |= grown(shown, 0.08 * body.unit) & (body.depth < hem) & (parsing == Label.SKIN) & ~body.hands
    return out & body.legs


def _fill(out: np.ndarray, gap: np.ndarray, covered: np.ndarray) -> None:
    """Continue the new cloth, where ``covered``, into a gap beside it, in place."""
    gap = gap & (covered < 0.9)
    if gap.any():
        window = around(gap)
        picture = np.clip(out[window], 0, 255).astype(np.uint8)
        alpha = (_feather(gap) * (1 - covered))[window]
        lay(out[window], bleed(picture, covered[window] > 0.97), alpha)


def thin_straps(parsing: np.ndarray, body: Zones) -> np.ndarray:
    """``(H, W)`` ``bool``: bag straps over the torso. Their label takes some of the old garment along, so they go."""
    bag = (parsing == Label.BAG).astype(np.uint8)
    size = 2 * max(1, round(0.045 * body.unit)) + 1
    thick = cv2.morphologyEx(bag, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0
    return (bag > 0) & ~grown(thick, 2) & (body.torso | body.arms)


def _feather(mask: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)


def _front(parsing: np.ndarray, body: Zones, off: np.ndarray) -> np.ndarray:
    """What of the wearer stays before everything new: head, hands, bag and what is worn about them."""
    front = mask_of(parsing, Label.HAIR, Label.HAT, Label.BAG, Label.SHOES)
    front |= (parsing == Label.SKIN) & (body.head | body.hands)
    front |= (parsing == Label.ACCESSORY) & (body.head | grown(body.hands, 0.1 * body.unit))
    front |= (parsing == Label.SCARF) & ~off
    return front & ~off


def _undressed_plate(
    photo, parsing, keypoints, body: Zones, off, covered, bare, lower: list[Layer], upper: list[Layer]
) -> np.ndarray:
    """The photo with what is taken off replaced by what is likely behind it. Never skin inside the torso zone."""
    # A rim of the old garment's colors is left around its label; it goes too, where it lies on the background.
    rim = grown(off, 1 + 0.02 * body.unit) & ((parsing == Label.BACKGROUND) | off)
    hole = (off | rim) & (covered < 0.995)
    if not hole.any():
        return photo
    plate = continue_texture(photo, hole, ~grown(parsing > 0, 1 + 0.03 * body.unit)).astype(np.float32)
    hem = _hem(lower + upper, body)
    cloth = hole & off & (body.torso | (body.legs & (body.depth < hem + 0.25))) & ~body.neck
    # Bare shanks are continued upward; where trousers show, what hung beside them hid the background.
    if ((parsing == Label.SKIN) & body.legs).sum() > 0.02 * body.unit**2:
        bare = bare | (body.legs & (bare_limbs(keypoints, parsing.shape, body.unit, BARE_LEGS)[0] < 1))
    skin = hole & off & bare & ~cloth
    if skin.any():
        picture = skin_fill(photo, parsing == Label.SKIN, keypoints, body.unit)
        shadow = cv2.GaussianBlur(covered, (0, 0), 0.03 * body.unit)[..., None]  # of sleeves and hems on what is bare
        lay(plate, picture * (1 - 0.35 * shadow), _feather(skin) * hole)
    if cloth.any():
        lay(plate, _continue_cloth(photo, parsing, off, cloth, body, lower, upper), _feather(cloth) * hole)
    return np.clip(plate, 0, 255).astype(np.uint8)


def _hem(layers: list[Layer], body: Zones) -> float:
    """Depth of the lowest new cloth below the neck, in torso lengths."""
    depths = [float(np.percentile(body.depth[layer.alpha > 0.5], 98)) for layer in layers if (layer.alpha > 0.5).any()]
    return max(depths, default=0.0)


def _continue_cloth(photo, parsing, off, hole, body: Zones, lower: list[Layer], upper: list[Layer]) -> np.ndarray:
    """The nearest cloth continued into a hole: trousers or skirt around the hips, the top above.

    Below the waist what is left of a dress counts as a skirt, while the skirts of a new coat are part of the coat.
    """
    below = body.depth > _WAIST
    kept_lower = mask_of(parsing, *_LOWER_CLOTH) | ((parsing == Label.DRESS) & below)
    kept_upper = mask_of(parsing, *_UPPER_CLOTH) & ~kept_lower
    fills = []
    for kept, layers in ((kept_lower, lower), (kept_upper, upper)):
        known = cv2.erode((kept & ~off).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        picture = photo.copy()
        for layer in layers:
            sure = layer.alpha > 0.98
            picture[sure] = layer.color[sure]
            known |= sure
        fills.append((continue_texture(picture, grown(hole, 3), known), known.any()))
    (around_hips, lower_known), (above, upper_known) = fills
    if not (lower_known and upper_known):
        return around_hips if lower_known else above
    return np.where(below[..., None], around_hips, above)
