"""The layout network: what is where on the dressed person, decided before anything is painted."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from tryon.core.checks import check_shape
from tryon.core.errors import ShapeError
from tryon.core.unet import UNet
from tryon.core.weights import Pretrained
from tryon.outfit import CATEGORIES
from tryon.render.layout.inputs import NUM_CLASSES, NUM_PLANES, NUM_STAY, LayoutInput


@dataclass(frozen=True)
class LayoutConfig:
    channels: tuple[int, ...] = (32, 64, 112, 128)
    """Width of the U-Net at each of its sizes, from fine to coarse: narrow, as two cores are to train it in hours."""


class Layout(nn.Module, Pretrained):
    """A U-Net on label maps: from what stays of a person and the garment laid over them to what is where.

    Classes 0 to 13 are the labels of :mod:`tryon.core.labels`, each meaning a thing of the person's own photo, or what
    goes on from it where the old garment hid it: background, skin, own trousers. Class 14 is the new garment for the
    upper body, what hangs from the shoulders; class 15 the new one for the lower body.

    It takes any height and width that :attr:`stride` divides; it is trained on those of
    :data:`tryon.render.layout.inputs.GRID`.
    """

    config_class = LayoutConfig
    weights_name = "layout"

    def __init__(self, config: LayoutConfig | None = None):
        super().__init__()
        self.config = config or LayoutConfig()
        self.unet = UNet(NUM_STAY + NUM_PLANES + 2, NUM_CLASSES, self.config.channels)
        self.kind = nn.Embedding(len(CATEGORIES), self.config.channels[0])

    @property
    def stride(self) -> int:
        """What divides the sides of the maps."""
        return self.unet.stride

    def forward(self, stay: Tensor, planes: Tensor, category: Tensor) -> Tensor:
        """Scores of the classes.

        Args:
            stay: ``(B, H, W)`` ``uint8``, see :attr:`tryon.render.layout.inputs.LayoutInput.stay`.
            planes: ``(B, P, H, W)`` ``uint8``, see :attr:`tryon.render.layout.inputs.LayoutInput.planes`.
            category: ``(B,)`` integers, places in :data:`tryon.outfit.CATEGORIES`.

        Returns:
            ``(B, 16, H, W)`` logits.

        Raises:
            ShapeError: other shapes, or a height or width that :attr:`stride` does not divide.
        """
        side = f"/{self.stride}"
        check_shape(stay, "stay", (None, side, side))
        batch, height, width = stay.shape
        check_shape(planes, "planes", (batch, NUM_PLANES, height, width))
        check_shape(category, "category", (batch,))
        if stay.dtype != torch.uint8 or planes.dtype != torch.uint8:
            raise ShapeError("stay and planes", "uint8", tuple(stay.shape), f"{stay.dtype} and {planes.dtype}")
        shown = _planes(stay, planes).to(self.kind.weight.dtype) / 255
        return self.unet(shown, self.kind(category))


def _planes(stay: Tensor, planes: Tensor) -> Tensor:
    """``(B, C, H, W)`` ``uint8``: what stays, one plane a label; the planes; and how far down and across a pixel lies,
    for the window is centered on the body."""
    batch, height, width = stay.shape
    labels = torch.arange(NUM_STAY, device=stay.device, dtype=torch.uint8)[None, :, None, None]
    down = torch.linspace(0, 255, height, device=stay.device).to(torch.uint8)[None, None, :, None]
    across = torch.linspace(0, 255, width, device=stay.device).to(torch.uint8)[None, None, None, :]
    shape = (batch, 1, height, width)
    one_hot = (stay[:, None] == labels).to(torch.uint8) * 255
    whole = torch.cat((one_hot, planes, down.expand(shape), across.expand(shape)), 1)
    return whole.contiguous(memory_format=torch.channels_last)


def predict(network: Layout, given: LayoutInput) -> np.ndarray:
    """Class probabilities ``(16, H, W)`` ``float32`` of one person in their window."""
    with torch.inference_mode():
        logits = network(
            torch.from_numpy(given.stay)[None], torch.from_numpy(given.planes)[None], torch.tensor([given.category])
        )
        return logits.float().softmax(1)[0].numpy()
