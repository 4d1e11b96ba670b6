"""Training of the point network of flat garments."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from tryon.body import skeleton
from tryon.core.engine import Network
from tryon.read.flat.point_names import PRESENT
from tryon.read.flat.points_model import GarmentPoints
from tryon.read.flat.points_network import STRIDE, heat_maps
from tryon.read.flat.points_views import PointViews
from tryon.read.pose.decode import decode

VALIDATION_VIEWS = 64


class PointsTask:
    """Squared error of the heat maps.

    Args:
        network: to train.
        views: to train on.
        validation: views for the figures on the way.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: GarmentPoints,
        views: PointViews,
        validation: PointViews,
        sheet_numbers: Sequence[int] = range(12),
    ):
        self.network, self.views, self.validation = network, views, validation
        self._sheet_numbers = sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """``planes`` ``(3, H, W)`` in [0, 1], ``maps`` ``(25, H / 4, W / 4)``, and which are ``known``, ``(25,)``."""
        view = self.views.view(number)
        side = view.planes.shape[0]
        maps = skeleton.heatmaps(view.points, (side // STRIDE,) * 2, (side, side), self.network.config.sigma)
        return {
            "planes": torch.from_numpy(view.planes).permute(2, 0, 1).contiguous(),
            "maps": torch.from_numpy(maps),
            "known": torch.from_numpy((view.points[:, 2] >= 0).astype(np.float32)),
        }

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        error = (network(batch["planes"]).float() - batch["maps"]).square()
        # Most of a map is empty: what lies near a point weighs more, or the network would call every map empty.
        return {"loss": 100 * (error * (1 + 9 * batch["maps"]) * batch["known"][..., None, None]).mean()}

    def validate(self, network: Network) -> dict[str, float]:
        """What :func:`shares_found` tells of the first validation views."""
        return shares_found(network, self.validation)

    def sheet(self, network: Network) -> np.ndarray:
        """Two rows: the views with the points that are found, and with the true ones."""
        columns = []
        for number in self._sheet_numbers:
            view = self.validation.view(number)
            found = points_of(network, view.planes)
            columns.append(np.concatenate((dots(view.planes, found), dots(view.planes, view.points))))
        return np.concatenate(columns, 1)


def shares_found(network: Network, views: PointViews) -> dict[str, float]:
    """Over the first views: the shares of the points that are there which are found within .1 and .05 of the garment's
    longer side, and how often a map tells truly whether its point is there."""
    errors, right = [], []
    for number in range(VALIDATION_VIEWS):
        view = views.view(number)
        points, there = points_of(network, view.planes), view.points[:, 2] > 0
        errors.append(np.linalg.norm(points[there, :2] - view.points[there, :2], axis=1) / view.side)
        right.append(((points[:, 2] >= PRESENT) == there)[view.points[:, 2] >= 0])
    far = np.concatenate(errors)
    return {
        "found_0.1": float((far <= 0.1).mean()),
        "found_0.05": float((far <= 0.05).mean()),
        "presence": float(np.concatenate(right).mean()),
    }


def points_of(network: Network, planes: np.ndarray) -> np.ndarray:
    """``(25, 3)``: the points that a network finds in planes ``(H, W, 3)``, in pixels of them."""
    return decode(heat_maps(network, [planes])[0], planes.shape[:2])


def dots(planes: np.ndarray, points: np.ndarray) -> np.ndarray:
    """``(H, W, 3)`` ``uint8``: planes with their points, joints in white."""
    picture = np.ascontiguousarray(planes[..., [1, 0, 2]] * (120, 90, 255)).astype(np.uint8)
    for i, (x, y, present) in enumerate(points.tolist()):
        if present >= PRESENT:
            color = (255, 255, 255) if i < 13 else (255, 220, 0)
            cv2.circle(picture, (round(x), round(y)), max(1, len(picture) // 100), color, -1)
    return picture
