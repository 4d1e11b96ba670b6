"""Two constructed networks that read drawn garments without mistakes, so that the truth is exact."""

import torch
from torch import nn

from tryon.read.flat.kinds import NUM_CLASSES, WORN
from tryon.read.flat.matte_model import Matte, MatteConfig
from tryon.read.flat.point_names import L_CUFF, L_HIP, L_SHOULDER, NECK, NUM_POINTS, R_CUFF, R_HIP, R_SHOULDER
from tryon.read.flat.points_network import STRIDE, PointsConfig
from tryon.read.flat.read import FlatReader

GROUND, CLOTH, INSIDE, SKIN = (255, 255, 255), (0, 0, 255), (255, 0, 0), (0, 255, 0)


class ColorMatte(nn.Module):
    """Blue is cloth, red its inside, and where there is green somebody wears it.

    Args:
        kind: index of the kind that every garment is.
    """

    def __init__(self, kind: int = 7):
        super().__init__()
        self.config, self.kind = MatteConfig(), kind

    def forward(self, image: torch.Tensor) -> Matte:
        red, green, blue = ((image - torch.eye(3)[i][:, None, None]).abs().amax(1) < 0.5 for i in range(3))
        shows = torch.zeros(len(image), NUM_CLASSES)
        shows[:, self.kind] = 10
        shows[green.flatten(1).any(1), WORN] = 20
        shows[~(red | green | blue).flatten(1).any(1), WORN + 1] = 20
        return Matte(*(20 * mask[:, None].float() - 10 for mask in (red | blue, red)), shows)


_PLACES = {
    NECK: (0.5, 0.0), R_SHOULDER: (0.25, 0.0), L_SHOULDER: (0.75, 0.0), R_HIP: (1 / 3, 1.0), L_HIP: (2 / 3, 1.0),
    R_CUFF: (0.0, 0.4), L_CUFF: (1.0, 0.4),
}  # fmt: skip


class BoxPoints(nn.Module):
    """The points of a tee without an outline of its own, in its box: shoulders at a quarter, hips at a third."""

    def __init__(self):
        super().__init__()
        self.config = PointsConfig()
        self.unused = nn.Parameter(torch.zeros(1))  # by which a network's device is told

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        side = planes.shape[-1] // STRIDE
        maps = torch.zeros(len(planes), NUM_POINTS, side, side)
        for one, cloth in zip(maps, planes[:, 0] > 0.5, strict=True):
            rows, columns = torch.nonzero(cloth.any(1))[:, 0], torch.nonzero(cloth.any(0))[:, 0]
            low = torch.tensor((columns[0], rows[0])).float()
            size = torch.tensor((columns[-1], rows[-1])) - low
            ys, xs = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
            for point, place in _PLACES.items():
                x, y = (low + size * torch.tensor(place) + 0.5) / STRIDE - 0.5
                one[point] = torch.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * self.config.sigma**2))
        return maps


def drawn_reader(kind: int = 7) -> FlatReader:
    """A reader of drawn garments."""
    return FlatReader(ColorMatte(kind), BoxPoints())
