"""The pose network: 18 heat maps, one for each key point."""

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core.checks import check_shape
from tryon.core.weights import Pretrained
from tryon.read.pose.network import PoseConfig

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class PoseEstimator(nn.Module, Pretrained):
    """Feature pyramid network on a light ImageNet encoder, with maps at a quarter of the picture's size."""

    config_class = PoseConfig
    mean: Tensor
    std: Tensor
    weights_name = "pose"

    def __init__(self, config: PoseConfig | None = None):
        super().__init__()
        self.config = config or PoseConfig()
        self.fpn = smp.FPN(
            self.config.encoder,
            encoder_weights=None,  # never from the network; a training hands the encoder its weights
            decoder_pyramid_channels=self.config.pyramid_channels,
            decoder_segmentation_channels=self.config.head_channels,
            decoder_merge_policy="cat",
            decoder_dropout=0.0,
            classes=NUM_KEYPOINTS,
            upsampling=1,
        )
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Heat maps of the key points.

        Args:
            image: ``(B, 3, H, W)`` RGB in [0, 1], height and width multiples of 32.

        Returns:
            ``(B, 18, H / 4, W / 4)``, about 1 at a key point that is seen and 0 far from it.

        Raises:
            ShapeError: another number of channels, or a size that 32 does not divide.
        """
        check_shape(image, "image", (None, 3, "/32", "/32"))
        return self.fpn((image - self.mean) / self.std)
