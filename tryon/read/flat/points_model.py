"""The point network of flat garments: 25 heat maps, one for each point."""

import torch.nn.functional as F
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor, nn

from tryon.core.checks import check_shape
from tryon.core.weights import Pretrained
from tryon.read.flat.point_names import NUM_POINTS
from tryon.read.flat.points_network import PointsConfig

_ENCODED = (24, 32, 96)  # channels of MobileNetV2 at a quarter, an eighth and a sixteenth of the size
_LAYERS = 14  # of MobileNetV2 that lead there; the rest would be two thirds of its weights


class _Block(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1):
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False),
            nn.GroupNorm(8, outputs),
            nn.ReLU(inplace=True),
        )


class GarmentPoints(nn.Module, Pretrained):
    """The first half of an ImageNet encoder, a view of the whole garment, and a narrow pyramid back to a quarter of
    the size."""

    config_class = PointsConfig
    weights_name = "points"

    def __init__(self, config: PointsConfig | None = None):
        super().__init__()
        self.config = config or PointsConfig()
        width = self.config.channels
        # Never with weights from the network; a training hands the encoder its weights.
        self.encoder = get_encoder("mobilenet_v2", in_channels=3, depth=4, weights=None)
        del self.encoder.features[_LAYERS:]
        # Which sleeve is which, and what is there at all, is told by the whole garment.
        self.whole = nn.Sequential(_Block(_ENCODED[2], width, 2), _Block(width, width), _Block(width, width, 1, 2))
        self.sides = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in _ENCODED)
        self.joins = nn.ModuleList(_Block(width, width) for _ in _ENCODED)
        self.maps = nn.Conv2d(width, NUM_POINTS, 1)

    def forward(self, planes: Tensor) -> Tensor:
        """Heat maps of the points.

        Args:
            planes: ``(B, 3, H, W)`` in [0, 1]: cloth, inside and edges as :func:`tryon.read.flat.planes.planes` makes
                them; height and width multiples of 32.

        Returns:
            ``(B, 25, H / 4, W / 4)``, about 1 at a point that is there and 0 far from it.

        Raises:
            ShapeError: another number of channels, or a size that 32 does not divide.
        """
        check_shape(planes, "planes", (None, 3, "/32", "/32"))
        encoded = self.encoder((planes - 0.45) / 0.225)[-3:]
        seen = self.whole(encoded[-1])
        for features, side, join in zip(encoded[::-1], self.sides[::-1], self.joins[::-1], strict=True):
            seen = join(F.interpolate(seen, scale_factor=2.0, mode="nearest") + side(features))
        return self.maps(seen)
