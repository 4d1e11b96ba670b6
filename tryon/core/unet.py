"""A U-Net for maps of few colors, small enough that two cores train it in an hour."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

_HALF = 2  # it works at half of the size, and its last layer gives each cell's four pixels


class _Block(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.first_norm(self.first(x)))
        return F.relu(x + self.second_norm(self.second(inner)))


class UNet(nn.Module):
    """Residual blocks from fine to coarse and back (Ronneberger et al., MICCAI 2015), at half of the size given.

    Args:
        inputs: planes shown.
        outputs: planes answered.
        channels: width at each size, from fine to coarse.
    """

    def __init__(self, inputs: int, outputs: int, channels: Sequence[int]):
        super().__init__()
        self.stem = nn.Conv2d(inputs, channels[0], _HALF, stride=_HALF)
        self.down_blocks = nn.ModuleList(_Block(width) for width in channels)
        pairs = list(pairwise(channels))
        self.downs = nn.ModuleList(nn.Conv2d(fine, coarse, 2, stride=2) for fine, coarse in pairs)
        self.ups = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairs)
        self.up_blocks = nn.ModuleList(_Block(fine) for fine, _ in pairs)
        self.head = nn.Conv2d(channels[0], outputs * _HALF**2, 1)

    @property
    def stride(self) -> int:
        """What divides the sides of the maps."""
        return _HALF * 2 ** len(self.downs)

    def forward(self, planes: Tensor, bias: Tensor | None = None) -> Tensor:
        """``(B, outputs, H, W)`` for planes ``(B, inputs, H, W)`` of sides that :attr:`stride` divides.

        Args:
            planes: what is shown.
            bias: ``(B, channels[0])``, added to what the first layer finds.
        """
        x = self.stem(planes)
        if bias is not None:
            x = x + bias[:, :, None, None]
        finer = []
        for number, block in enumerate(self.down_blocks):
            x = block(x)
            if number < len(self.downs):
                finer.append(x)
                x = self.downs[number](x)
        for number in reversed(range(len(self.up_blocks))):
            up = F.interpolate(self.ups[number](x), scale_factor=2.0)
            x = self.up_blocks[number](finer[number] + up)
        return F.pixel_shuffle(self.head(x), _HALF)
