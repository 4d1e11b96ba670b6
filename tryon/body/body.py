"""The body of one person: everything that follows from the key points, found when first asked for, and once only."""

from functools import cached_property

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.limbs import arm_position, bare_limbs, draw_line, thick_bones
from tryon.body.proportions import CHIN, HAND, MID_THIGH, NECKLINE
from tryon.body.torso import ARMS, complete_torso, torso_outline, torso_size

_NARROW = 0.1  # torso lengths between the thighs of somebody seen from the side


class Body:
    """Where the parts of a body are in a picture, whatever is worn there.

    Args:
        keypoints: ``(18, 3)`` as read.
        size: height and width of the picture.

    Attributes:
        keypoints: ``(18, 3)`` ``float64`` with neck, shoulders and hips completed.
        notes: a sentence for each point that had to be guessed.
        unit: length of the torso in pixels.

    Raises:
        ShapeError: not 18 key points.
        PersonNotFoundError: the shoulders are missing.
    """

    def __init__(self, keypoints: np.ndarray, size: tuple[int, int]):
        self.size = size
        self.keypoints, notes = complete_torso(keypoints)
        self.notes = tuple(notes)
        self.unit = torso_size(self.keypoints)

    @cached_property
    def down(self) -> np.ndarray:
        """``(2,)``: unit vector along the torso, from the neck to the hips."""
        axis = self.keypoints[[sk.R_HIP, sk.L_HIP], :2].mean(0) - self.keypoints[sk.NECK, :2]
        return axis / max(np.linalg.norm(axis), 1e-6)

    def depth_of(self, point: np.ndarray) -> float:
        """Torso lengths from the neck to a point (x, y), along the torso."""
        return float((point - self.keypoints[sk.NECK, :2]) @ self.down) / self.unit

    @cached_property
    def depth(self) -> np.ndarray:
        """``(H, W)`` ``float32``: torso lengths below the neck along the torso's axis; 1 at the hips."""
        x, y = self._from_neck
        return x * np.float32(self.down[0]) + y * np.float32(self.down[1])

    @cached_property
    def _from_neck(self) -> tuple[np.ndarray, np.ndarray]:
        ys, xs = np.ogrid[: self.size[0], : self.size[1]]
        neck = self.keypoints[sk.NECK, :2]
        return ((xs - neck[0]) / self.unit).astype(np.float32), ((ys - neck[1]) / self.unit).astype(np.float32)

    @cached_property
    def torso(self) -> np.ndarray:
        """``(H, W)`` ``bool``: shoulders to mid-thigh, as wide as the body there: no skin is made up here."""
        out = np.zeros(self.size, np.uint8)
        corners = torso_outline(self.keypoints, self._mid_thighs)
        cv2.fillPoly(out, [np.round(np.stack((corners.real, corners.imag), -1)).astype(np.int32)], 1)
        return out > 0

    @property
    def _mid_thighs(self) -> tuple[np.ndarray, np.ndarray]:
        """Left and right."""
        points = self.keypoints
        left, right = (
            points[[hip, knee], :2].mean(0)
            if points[knee, 2] > 0
            else points[hip, :2] + MID_THIGH * self.unit * self.down
            for hip, knee in ((sk.L_HIP, sk.L_KNEE), (sk.R_HIP, sk.R_KNEE))
        )
        return left, right

    @cached_property
    def arms(self) -> np.ndarray:
        """``(H, W)`` ``bool``: upper arms and forearms."""
        return thick_bones(self.keypoints, self.size, self.unit, "upper arm", "forearm")

    @property
    def sleeves(self) -> np.ndarray:
        """``(H, W)`` ``bool``: arms beside the torso, where the cloth of a dress or a coat is a sleeve."""
        return self.arms & ~self.torso

    @cached_property
    def legs(self) -> np.ndarray:
        """``(H, W)`` ``bool``: from the lower end of the torso, mid-thigh, to the ankles."""
        # The torso ends slanting where one thigh is raised.
        ends = torso_outline(self.keypoints, self._mid_thighs)[3:5]
        higher, lower = sorted(np.stack((ends.real, ends.imag), -1), key=self.depth_of)
        aside = np.array((self.down[1], -self.down[0]))
        run = float((lower - higher) @ aside) / self.unit
        slant = (self.depth_of(lower) - self.depth_of(higher)) / run if abs(run) > _NARROW else 0.0
        x, y = self._from_neck
        start = (higher - self.keypoints[sk.NECK, :2]) @ aside / self.unit
        end = self.depth_of(higher) + np.float32(slant) * (x * np.float32(aside[0]) + y * np.float32(aside[1]) - start)
        bones = thick_bones(self.keypoints, self.size, self.unit, "thigh", "shank")
        return bones & (self.depth > end) & ~self.torso

    @cached_property
    def hands(self) -> np.ndarray:
        """``(H, W)`` ``bool``: around hands, fingers spread."""
        out = np.zeros(self.size, np.uint8)
        for _, elbow, wrist in ARMS.values():
            if self.keypoints[[elbow, wrist], 2].min() > 0:
                start = self.keypoints[wrist, :2]
                bone = start - self.keypoints[elbow, :2]
                draw_line(out, start + 0.05 * bone, start + HAND * bone, 0.28 * self.unit)
        return out > 0

    @cached_property
    def _chin(self) -> float:
        """Depth of the chin, negative."""
        nose = self.keypoints[sk.NOSE]
        return 0.5 * self.depth_of(nose[:2]) if nose[2] > 0 else -CHIN

    @cached_property
    def head(self) -> np.ndarray:
        """``(H, W)`` ``bool``: above the chin."""
        return self.depth < self._chin

    @cached_property
    def neck(self) -> np.ndarray:
        """``(H, W)`` ``bool``: the neck, a strip that goes on behind the face, where high collars reach; and a hand's
        breadth below the collar-bone, as a half ellipse."""
        x, y = self._from_neck
        across = x * np.float32(self.down[1]) - y * np.float32(self.down[0])
        return (across / 0.13) ** 2 + (np.maximum(self.depth, 0) / NECKLINE) ** 2 < 1

    @cached_property
    def bare_arms(self) -> np.ndarray:
        """``(H, W)`` ``float32``: distance from the middle of arms without cloth, below 1 inside."""
        return bare_limbs(self.keypoints, self.size, self.unit, "upper arm", "forearm")[0]

    @cached_property
    def bare_legs(self) -> np.ndarray:
        """``(H, W)`` ``float32``: distance from the middle of legs without cloth, below 1 inside."""
        return bare_limbs(self.keypoints, self.size, self.unit, "thigh", "shank")[0]

    @cached_property
    def along_arms(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """For each arm that is seen, how far along it the pixels of :attr:`arms` lie, and how far from its bones; see
        :func:`tryon.body.limbs.arm_position`."""
        found = {part: arm_position(self.keypoints, part, self.arms) for part in ARMS}
        return {part: position for part, position in found.items() if position is not None}


def reduced(photo: np.ndarray, parsing: np.ndarray, body: Body, unit: float) -> tuple[np.ndarray, np.ndarray, Body]:
    """Photo, label map and body at a size at which the torso is at most ``unit`` pixels long."""
    scale = min(1.0, unit / body.unit)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(parsing, small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    return small, labels, Body(body.keypoints * (scale, scale, 1), labels.shape)
