"""Training of the pose network."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from tryon import metrics
from tryon.body import skeleton
from tryon.read.pose.decode import decode
from tryon.read.pose.model import PoseEstimator
from tryon.read.pose.network import STRIDE
from tryon.read.views import PersonViews

VALIDATION_VIEWS = 48


class PoseTask:
    """Squared error of the heat maps; points of which the data set is not sure weigh less.

    Args:
        network: to train.
        views: of the people to train on.
        validation: views of other people, for the figures on the way.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: PoseEstimator,
        views: PersonViews,
        validation: PersonViews | None = None,
        sheet_numbers: Sequence[int] = range(12),
    ):
        self.network, self.views, self.validation = network, views, validation
        self._sheet_numbers = sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """``image`` ``(3, H, W)`` in [0, 1], ``maps`` ``(18, H / 4, W / 4)`` and ``weights`` ``(18,)``."""
        image, keypoints, _ = self.views.view(number)
        size = image.shape[0] // STRIDE, image.shape[1] // STRIDE
        maps = skeleton.heatmaps(keypoints, size, image.shape[:2], self.network.config.sigma)
        # A hidden point is still asked for, at a lower weight; where nobody stands, all maps must be empty.
        weights = np.where(keypoints[:, 2] > 0, np.clip(keypoints[:, 2], 0.15, 1), 1)
        return {
            "image": torch.from_numpy(image).permute(2, 0, 1).float() / 255,
            "maps": torch.from_numpy(maps),
            "weights": torch.from_numpy(weights.astype(np.float32)),
        }

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        error = (network(batch["image"]).float() - batch["maps"]).square()
        # Most of a map is empty: what lies near a point weighs more, or the network would call every map empty.
        near = 1 + 9 * batch["maps"]
        loss = 100 * (error * near * batch["weights"][:, :, None, None]).mean()
        return {"loss": loss}

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Share of the key points found within .1 torso lengths, over the first validation views."""
        if self.validation is None:
            return {}
        found, truth = [], []
        for number in range(VALIDATION_VIEWS):
            image, keypoints, _ = self.validation.view(number)
            found.append(self._keypoints(network, image))
            truth.append(keypoints)
        return {"pck_0.1": metrics.pck(metrics.keypoint_errors(np.stack(found), np.stack(truth)), 0.1)}

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """Two rows: the views with the predicted points, and with the true ones."""
        columns = []
        for number in self._sheet_numbers:
            image, truth, _ = self.views.view(number)
            columns.append(np.concatenate((_dots(image, self._keypoints(network, image)), _dots(image, truth))))
        return np.concatenate(columns, 1)

    def _keypoints(self, network: nn.Module, image: np.ndarray) -> np.ndarray:
        device = next(network.parameters()).device
        tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float().to(device) / 255
        return decode(network(tensor)[0].cpu().numpy(), image.shape[:2])


def _dots(image: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    picture = image.copy()
    for a, b in skeleton.LIMBS:
        if min(keypoints[a, 2], keypoints[b, 2]) > 0.15:
            start, end = (np.round(keypoints[i, :2]).astype(int).tolist() for i in (a, b))
            cv2.line(picture, start, end, (0, 255, 0) if b in skeleton.MIRROR[[2, 3, 4, 8, 9, 10]] else (255, 0, 0), 1)
    return picture
