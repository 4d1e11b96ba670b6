"""The network of whole garments: how far a garment reaches behind hair, bags and arms (amodal segmentation)."""

from torch import Tensor, nn

from appearance_flow.amodal.inputs import NUM_PLANES
from appearance_flow.amodal.network import AmodalConfig
from tryon.core.checks import check_shape
from tryon.core.unet import UNet
from tryon.core.weights import Pretrained


class AmodalNet(nn.Module, Pretrained):
    """A U-Net on label maps: from what is seen of a garment, and what lies before it, to all of it.

    The task is that of Zhan et al., "Self-Supervised Scene De-occlusion" (CVPR 2020): partial completion.
    """

    config_class = AmodalConfig
    weights_name = "amodal"

    def __init__(self, config: AmodalConfig | None = None):
        super().__init__()
        self.config = config or AmodalConfig()
        self.unet = UNet(NUM_PLANES, 1, self.config.channels)

    def forward(self, shown: Tensor) -> Tensor:
        """Where the garment is, seen or hidden.

        Args:
            shown: ``(B, P, H, W)`` in [0, 1], from :func:`appearance_flow.amodal.inputs.planes`.

        Returns:
            ``(B, 1, H, W)`` logits.

        Raises:
            ShapeError: another number of planes, or a height or width that the U-Net's stride does not divide.
        """
        side = f"/{self.unet.stride}"
        check_shape(shown, "shown", (None, NUM_PLANES, side, side))
        return self.unet(shown)
