"""The wearer's skin wherever it may be needed, lit as if limbs were round."""

import cv2
import numpy as np

from tryon.body.body import Body
from tryon.body.limbs import bare_limbs
from tryon.core.fill import bleed
from tryon.core.nearest import nearest_known

_AMBIENT, _DIRECT = 0.62, 0.42  # light on a limb: from all around, and what falls straight on it
# Percentile of the luma at which the color of arms is found. Hair, hollows and the chin's shadow darken a face: on
# photos that show both, arms are as bright as its brighter quarter.
_OF_FACE, _OF_LIMBS = 75, 50
_ALIKE = 12  # levels of luma around that percentile which are averaged
_PLAIN = 45  # levels around the median that are no shadow and no jewelry
_JOINED = 0.1  # torso lengths over which made-up skin goes into what shows
_ENOUGH = 0.003  # squared torso lengths of skin by which its color is known


def skin_fill(photo: np.ndarray, skin: np.ndarray, body: Body) -> np.ndarray:
    """A picture of the wearer's skin wherever it may be needed.

    Limbs have the color of what shows of them; bare arms and the neck otherwise that of the face. They are shaded as
    round, with light from the front and above.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        skin: ``(H, W)`` ``bool``, the wearer's skin.
        body: the wearer's.

    Returns:
        ``(H, W, 3)`` ``uint8``.
    """
    if not skin.any():
        return np.full_like(photo, 150)
    # All of this is smooth, so a fraction of the resolution is enough.
    scale = min(1.0, 80 / body.unit)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    arms, legs = _base(photo, skin, body, small)
    keypoints = body.keypoints * (scale, scale, 1)
    light = _light_on_limbs(keypoints, small.shape[:2], scale * body.unit)
    where = cv2.resize(body.legs.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA)[..., None]
    shaded = (arms + (legs - arms) * where) * light[..., None]
    shaded = _joined(shaded, small, skin, _JOINED * scale * body.unit)
    picture = cv2.resize(shaded.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _joined(picture: np.ndarray, photo: np.ndarray, skin: np.ndarray, reach: float) -> np.ndarray:
    """Made-up skin that goes into the skin of the photo without a seam: their difference, continued and fading.

    Args:
        picture: ``(h, w, 3)`` made up.
        photo: ``(h, w, 3)`` ``uint8``.
        skin: ``(H, W)`` ``bool``, larger.
        reach: pixels of the picture after which a third of the difference is left.
    """
    luma = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    known = cv2.resize(skin.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_AREA) > 0.99
    if not known.any():
        return picture
    known &= np.abs(luma - np.median(luma[known])) < _PLAIN
    apart, away = nearest_known((photo - picture).astype(np.float32), known)
    beside = cv2.GaussianBlur(apart, (0, 0), 1.0)
    return picture + beside * np.exp(-away / reach)[..., None]


def _base(photo: np.ndarray, skin: np.ndarray, body: Body, small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colors of arms and neck, and of the legs, without light: ``(3,)``, or ``(h, w, 3)`` of the ``small`` photo, where
    they go on from what shows nearby."""
    luma = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = cv2.erode(skin.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    inner = inner if inner.sum() > 20 else skin
    arms = inner & (body.arms | body.hands) & ~body.head & ~body.neck

    def known(where: np.ndarray) -> bool:
        return bool(where.sum() > _ENOUGH * body.unit**2)

    def tone(where: np.ndarray, percentile: float) -> np.ndarray:
        level = np.percentile(luma[where], percentile, method="nearest")  # so that it is there
        return photo[where & (np.abs(luma - level) <= _ALIKE)].mean(0)

    def base(where: np.ndarray, color: np.ndarray) -> np.ndarray:
        plain = where & (np.abs(luma - np.median(luma[where])) < _PLAIN) if known(where) else where
        sure = cv2.resize(plain.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0.9
        if not known(where) or not sure.any():
            return color
        blur = 0.06 * body.unit * small.shape[0] / photo.shape[0]
        return 0.5 * cv2.GaussianBlur(bleed(small, sure), (0, 0), blur) + 0.5 * color

    shown = [(inner & body.head, _OF_FACE), (arms, _OF_LIMBS)]
    tones = [tone(where, percentile) for where, percentile in shown if known(where)] or [tone(inner, _OF_LIMBS)]
    of_arms = base(arms, np.mean(tones, axis=0))
    legs = inner & body.legs
    return of_arms, base(legs, tone(legs, _OF_LIMBS)) if known(legs) else of_arms


def _light_on_limbs(keypoints: np.ndarray, size: tuple[int, int], unit: float) -> np.ndarray:
    """``(H, W)`` ``float32``: light on round limbs from the front and a little from above; 1 beside them."""
    nearest, offset = bare_limbs(keypoints, size, unit, "upper arm", "forearm", "thigh", "shank", "neck")
    outward = np.sqrt(np.maximum(1 - np.minimum(nearest, 1) ** 2, 0))
    y, z = np.array((-0.35, 1.0)) / np.hypot(0.35, 1.0)
    falling = np.clip(offset[..., 1] * y + outward * z, 0, 1)
    return 1 + (_AMBIENT + _DIRECT * falling - 1) * np.clip(2 - nearest, 0, 1).astype(np.float32)
