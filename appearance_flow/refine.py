"""The networks of the warping stage at work: how far a garment reaches behind what hides it; and, from two close views,
how each part of it moves and where it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from appearance_flow.amodal.network import AMODAL, extent
from appearance_flow.network import FLOW, offsets
from appearance_flow.planes import garment_planes, person_planes, source_planes
from appearance_flow.pose_flow import pose_flow
from tryon.body.window import Window
from tryon.core.engine import Network, load, ready
from tryon.core.nearest import nearest_known
from tryon.types import CloseView

_SPREAD = 3.0  # pixels of the network's answer over which offsets that were continued go into each other
_HALF = 2  # the network answers at half the resolution of its window


@dataclass(frozen=True, eq=False, slots=True)
class Move:
    """What the network says of one part of a garment, in the window around who is to wear it."""

    window: Window
    """Of half the resolution that the network looks at."""
    offset: np.ndarray
    """``(h, w, 2)`` ``float32`` in pixels of the window: at pixel p shows what the pose flow carries to p + offset."""
    visible: np.ndarray
    """``(h, w)`` ``float32`` in [0, 1]: the part is seen here on the person."""

    def offset_at(self, places: np.ndarray) -> np.ndarray:
        """``(H, W)`` ``complex128``: the offset in pixels of the picture at complex places of it; that of the nearest
        pixel of the window outside of it."""
        inside = (places - complex(*self.window.corner)) * self.window.scale
        x, y = inside.real.astype(np.float32), inside.imag.astype(np.float32)
        found = cv2.remap(self.offset, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) / self.window.scale
        return found[..., 0] + 1j * found[..., 1]

    def continued(self, sure: float) -> Self:
        """With the offsets of the nearest pixels that are visible by ``sure`` at least, where one is less: where a part
        is not seen, the network learns no offset."""
        seen = self.visible >= sure
        if not seen.any():
            return self
        beside = cv2.GaussianBlur(nearest_known(self.offset, seen)[0], (0, 0), _SPREAD)
        return replace(self, offset=np.where(seen[..., None], self.offset, beside))

    def visible_in(self, size: tuple[int, int]) -> np.ndarray:
        """``(H, W)`` ``float32``: :attr:`visible` in the frame ``size`` of the picture."""
        return self.window.lay_back(self.visible, size, cv2.BORDER_REPLICATE)


class Refiner:
    """Asks the networks about garments.

    Args:
        flow: corrects the pose flow.
        amodal: says how far a garment reaches; without it, it ends where something hides it.
    """

    def __init__(self, flow: Network, amodal: Network | None = None):
        self.flow = ready(flow)
        self.amodal = ready(amodal) if amodal else None

    @classmethod
    def from_pretrained(cls, weights: str | Path | None = None) -> Self:
        """The released networks, or those in the folders flow and amodal of ``weights``; errors as in
        :func:`tryon.core.engine.load`."""
        folder = None if weights is None else Path(weights)
        return cls(load(FLOW, folder and folder / "flow"), load(AMODAL, folder and folder / "amodal"))

    def reaches(self, wearer: CloseView, parsing: np.ndarray, cloth: np.ndarray) -> np.ndarray:
        """``(h, w)`` ``bool``: where a garment is, seen or hidden.

        Args:
            wearer: who wears it in the garment photo.
            parsing: ``(h, w)`` their label map.
            cloth: ``(h, w)`` ``bool``, what is seen of it.
        """
        return cloth if self.amodal is None else extent(self.amodal, wearer, parsing, cloth) > 0.5

    def __call__(
        self,
        wearer: CloseView,
        parsing: np.ndarray,
        cloth: np.ndarray,
        parts: Mapping[str, np.ndarray],
        person: CloseView,
    ) -> dict[str, Move]:
        """How the parts of a garment have to move.

        Args:
            wearer: who wears it in the garment photo.
            parsing: ``(h, w)`` their label map.
            cloth: ``(h, w)`` ``bool``, the garment.
            parts: ``(h, w)`` ``bool`` for each part, from :func:`appearance_flow.parts.garment_parts`.
            person: who is to wear it.

        Raises:
            PersonNotFoundError: the shoulders are missing in one of the poses.
        """
        if not parts:
            return {}
        size = self.flow.config.size
        source, target = Window.of(wearer.keypoints, size), Window.of(person.keypoints, size)
        points, aims = source.points(wearer.keypoints), target.points(person.keypoints)
        pose = pose_flow(points, aims, size)
        cut = (source.cut(picture.astype(np.uint8), cv2.INTER_NEAREST) for picture in (parsing, cloth))
        labels, mask = next(cut), next(cut) > 0
        planes = source_planes(source.cut(wearer.photo), labels, mask, points)
        carried = [
            garment_planes(planes, source.cut(part.astype(np.uint8), cv2.INTER_NEAREST) > 0, name, pose.part_flow(name))
            for name, part in parts.items()
        ]
        worn = person_planes(aims, target.cut(person.parsing, cv2.INTER_NEAREST))
        moved, visible = offsets(self.flow, np.stack(carried), worn, Window.torso(size))
        half = Window.of(person.keypoints, (size[0] // _HALF, size[1] // _HALF))
        return {name: Move(half, moved[i] / _HALF, visible[i]) for i, name in enumerate(parts)}
