"""Local descriptors: the squares around key points on which the loss looks closely (section 3.2)."""

from typing import Literal

import torch
from torch import Tensor

from tryon.body.skeleton import LIMBS, NUM_KEYPOINTS
from tryon.core.checks import check_shape
from tryon.core.errors import ConfigError

COUNTS = (0, 18, 31, 44)
Reading = Literal["thirds", "nested"]
_BODY = torch.tensor(LIMBS[:13])  # the limbs of the body, with neck to nose
_SHARES = {"thirds": (1 / 3, 2 / 3), "nested": (1 / 2, 3 / 4)}


def points(keypoints: Tensor, count: int, reading: Reading = "thirds") -> Tensor:
    """The centers of the descriptors.

    The 31 are the key points and the middles of 13 limbs. For the 44 the paper says "through additional
    interpolations": ``thirds`` takes the points at 1/3 and 2/3 of the limbs instead of the middles, which covers
    most of the body and is symmetric; ``nested`` keeps the middles and adds the points at 3/4.

    Args:
        keypoints: ``(B, 18, 3)`` x, y in pixels and a confidence, 0 for a missing point.
        count: 0, 18, 31 or 44.

    Returns:
        ``(B, count, 3)``; a point between two has the lower confidence of both.

    Raises:
        ConfigError: another count or reading.
    """
    check_shape(keypoints, "keypoints", (None, NUM_KEYPOINTS, 3))
    if count not in COUNTS or reading not in _SHARES:
        raise ConfigError(f"{count} descriptors of the reading {reading!r}; choose 0, 18, 31 or 44, thirds or nested")
    if count == 0:
        return keypoints[:, :0]
    shares = {18: (), 31: (1 / 2,), 44: _SHARES[reading]}[count]
    start, end = keypoints[:, _BODY[:, 0]], keypoints[:, _BODY[:, 1]]
    confidence = torch.minimum(start[..., 2:], end[..., 2:])
    between = [torch.cat((start[..., :2].lerp(end[..., :2], share), confidence), -1) for share in shares]
    return torch.cat((keypoints, *between), 1)


def boxes(centers: Tensor, resolution: int) -> tuple[Tensor, Tensor]:
    """Squares of an eighth of the picture's side around descriptors, moved inside where they would leave it.

    Args:
        centers: ``(B, N, 3)`` from :func:`points`.
        resolution: side of the square picture in pixels.

    Returns:
        ``(B, N, 2)`` ``int64`` x and y of the top left pixels, and ``(B, N)`` ``bool``: the point is known and lies
        in the picture.
    """
    side = resolution // 8
    # The side is even, so a center of whole pixels is covered with half a pixel more on the far side.
    corners = torch.round(centers[..., :2] + 0.5 - side / 2).long().clamp(0, resolution - side)
    inside = ((centers[..., :2] > -0.5) & (centers[..., :2] < resolution - 0.5)).all(-1)
    return corners, (centers[..., 2] > 0) & inside


def crops(pictures: Tensor, corners: Tensor, valid: Tensor) -> Tensor:
    """The valid squares of ``(B, C, R, R)`` pictures, differentiable.

    Returns:
        ``(M, C, R / 8, R / 8)``, M = number of valid ones, in the order of the batch.
    """
    side = pictures.shape[-1] // 8
    which, number = valid.nonzero(as_tuple=True)
    left, top = corners[which, number].unbind(-1)
    steps = torch.arange(side, device=pictures.device)
    rows = (top[:, None] + steps)[:, :, None]
    columns = (left[:, None] + steps)[:, None, :]
    return pictures[which[:, None, None], :, rows, columns].permute(0, 3, 1, 2)
