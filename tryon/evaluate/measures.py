"""How near a dressed picture comes to the picture of the truth, in numbers.

Pictures ``(H, W, 3)`` are ``uint8`` RGB, masks ``(H, W)`` ``bool``, flows ``(H, W, 2)`` ``float32`` as everywhere:
target pixel + flow = pixel of the garment photo, NaN where there is none. The measures of pictures, each over each of
:data:`REGIONS`:

* ``ssim``: structural similarity, the mean of :func:`hpn.evaluate.ssim_map` over the pixels of the region
* ``local_ssim``: the same on the squares around the 44 descriptors of the truth, each a picture of its own with an
  eighth of the frame's larger side, as in :func:`hpn.evaluate.local_ssim`
* ``vgg``: mean absolute difference of the activations of VGG-16, averaged over the layers of
  :class:`tryon.core.perceptual.VGGFeatures`, of pictures made smaller to 256 pixels on the longer side; a layer's place
  counts by how much of it lies in the region
* ``l1``: mean absolute difference of the colors in [0, 1]
"""

import math
from collections.abc import Mapping
from itertools import pairwise

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from appearance_flow.flow import flow_jacobian, fold_rate
from hpn import descriptors
from hpn.evaluate import ssim_map
from tryon.body import skeleton as sk
from tryon.core.checks import check_shape
from tryon.core.labels import Label, mask_of
from tryon.core.perceptual import VGGFeatures
from tryon.types import TripletSample

REGIONS = ("whole", "changed", "garment", "seen", "skin")
PICTURE_MEASURES = ("ssim", "local_ssim", "vgg", "l1")
_ARMS = ((sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST), (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST))
_SIDES = (
    (sk.R_SHOULDER, sk.R_HIP, sk.R_KNEE, sk.R_ANKLE),
    (sk.L_SHOULDER, sk.L_HIP, sk.L_KNEE, sk.L_ANKLE),
)
SEEN = 0.65
"""Confidence above which a key point is in sight: the renderer gives hidden ones .6."""
_DIFFERENCE = 24  # levels of 255 from which two pixels differ by more than what JPEG does to them
_CLOTHES = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF)
_NOT_CARRIED = (Label.HAT, Label.LEGWEAR, Label.SHOES, Label.BAG, Label.ACCESSORY)
_TAPS = 11
_VGG_SIDE = 256  # pixels


def regions(sample: TripletSample, labels: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Where a try-on is looked at, in the frame of the truth.

    Args:
        sample: with label maps of person and target, and where the garment photo shows the target's surface.
        labels: classes of the garment.

    Returns:
        ``whole``: everywhere. ``changed``: where person and truth differ, but for what no garment brings along (shoes,
        stockings, hats, bags and accessories of either picture, which a rendered truth exchanges too), and for clothes
        of a class that neither the person wears nor the garment photo shows, such as the trousers that come with a top
        in place of a dress. ``garment``: the garment on the truth. ``seen``: the part of it that the garment photo
        shows. ``skin``: the skin that the truth shows.
    """
    person, target = sample.person, sample.target
    assert person.parsing is not None
    assert target.parsing is not None
    assert sample.garment.parsing is not None
    assert sample.visible is not None
    garment = mask_of(target.parsing, *labels)
    apart = np.abs(person.image.astype(int) - target.image).max(-1) > _DIFFERENCE
    known = np.union1d(person.parsing, sample.garment.parsing)
    unforeseen = set(_CLOTHES) - set(known.tolist())
    other = mask_of(person.parsing, *_NOT_CARRIED) | mask_of(target.parsing, *_NOT_CARRIED, *unforeseen)
    other = cv2.dilate(other.astype(np.uint8), np.ones((5, 5))) > 0
    return {
        "whole": np.ones(apart.shape, bool),
        "changed": apart & ~other,
        "garment": garment,
        "seen": garment & sample.visible,
        "skin": target.parsing == Label.SKIN,
    }


class Judge:
    """Compares pictures with one picture of the truth.

    Args:
        truth: ``(H, W, 3)``, at least 16 pixels a side.
        keypoints: ``(18, 3)`` of the person in it.
        where: ``(H, W)`` masks by name, such as from :func:`regions`.
        features: VGG-16; without it ``vgg`` is NaN.
    """

    def __init__(
        self,
        truth: np.ndarray,
        keypoints: np.ndarray,
        where: Mapping[str, np.ndarray],
        features: VGGFeatures | None = None,
    ):
        self.truth, self.features = _tensor(truth), features
        self.where = {name: torch.from_numpy(mask.astype(np.float32))[None, None] for name, mask in where.items()}
        self._wanted = features(2 * _small(self.truth) - 1) if features else {}
        side = max(truth.shape[:2])
        centers = descriptors.points(torch.from_numpy(keypoints.astype(np.float32))[None], 44)
        self._squares = descriptors.boxes(centers, side)

    @torch.inference_mode()
    def __call__(self, picture: np.ndarray) -> dict[str, float]:
        """``<measure>_<region>`` for :data:`PICTURE_MEASURES`; NaN where a region is empty.

        Raises:
            ShapeError: the picture has another size than the truth.
        """
        ours = _tensor(picture)
        check_shape(ours, "the picture", tuple(self.truth.shape))
        similarity = ssim_map(ours, self.truth).mean(1, keepdim=True)
        difference = (ours - self.truth).abs().mean(1, keepdim=True)
        squares = self._cut(ours), self._cut(self.truth)
        local = None
        if len(squares[0]):
            side = squares[0].shape[-1]
            local = ssim_map(*squares, min(_TAPS, side - 1 + side % 2)).mean(1, keepdim=True)
        features = self.features(2 * _small(ours) - 1) if self.features else {}
        layers = [(found - self._wanted[name]).abs().mean(1, keepdim=True) for name, found in features.items()]
        values = {}
        for name, mask in self.where.items():
            values[f"ssim_{name}"] = _mean(similarity, mask)
            values[f"local_ssim_{name}"] = math.nan if local is None else _mean(local, self._cut(mask))
            shares = [F.interpolate(mask, layer.shape[2:], mode="area") for layer in layers]
            distances = [_mean(layer, share) for layer, share in zip(layers, shares, strict=True)]
            values[f"vgg_{name}"] = float(np.mean(distances)) if distances else math.nan
            values[f"l1_{name}"] = _mean(difference, mask)
        return values

    def _cut(self, maps: Tensor) -> Tensor:
        """The descriptors' squares of ``(1, C, H, W)``; what lies beside the picture is 0, also in masks."""
        height, width = maps.shape[2:]
        side = max(height, width)
        return descriptors.crops(F.pad(maps, (0, side - width, 0, side - height)), *self._squares)


def outline_iou(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union of two masks; NaN where both are empty."""
    either = (found | truth).sum()
    return float((found & truth).sum() / either) if either else math.nan


def flow_figures(flow: np.ndarray | None, truth: np.ndarray, visible: np.ndarray) -> dict[str, float]:
    """How far a flow points from where it should, on the true garment where the garment photo shows it.

    Args:
        flow: ``(H, W, 2)``, or nothing.
        truth: ``(H, W, 2)``, exact.
        visible: the garment on the target, where the garment photo shows the same point of its surface.

    Returns:
        ``flow_known``: share of these pixels with any flow; the next two are over those. ``flow_error``,
        ``flow_error_95``: mean and 95th percentile of the distance in pixels of the garment photo. ``folded``: share of
        the pixels with a flow in which the map turns the cloth over; seams between parts that move apart count too.
    """
    values = dict.fromkeys(("flow_known", "flow_error", "flow_error_95", "folded"), math.nan)
    if flow is None:
        return values
    counted = visible & np.isfinite(truth).all(-1)
    known = counted & np.isfinite(flow).all(-1)
    if counted.any():
        values["flow_known"] = float(known.sum() / counted.sum())
    if known.any():
        distances = np.linalg.norm(flow[known].astype(float) - truth[known], axis=-1)
        values["flow_error"] = float(distances.mean())
        values["flow_error_95"] = float(np.percentile(distances, 95))
    maps = torch.from_numpy(np.ascontiguousarray(flow, np.float32)).permute(2, 0, 1)[None]
    share = float(torch.isfinite(flow_jacobian(maps)).all(2).all(1).float().mean())
    if share:
        values["folded"] = float(fold_rate(maps)) / share  # a pixel without a flow is no fold there
    return values


def length_errors(found: np.ndarray, truth: np.ndarray, keypoints: np.ndarray) -> dict[str, float]:
    """How much longer or shorter sleeves and hem are than they should be, along the person's own bones.

    A length is how far down the line from joint to joint the mask reaches, see :func:`reach`: from shoulder to wrist
    for ``sleeve_error``, in per cent of that line; from shoulder over hip to ankle for ``hem_error``, in per cent of
    the leg from hip to ankle. Both are means of the sides whose joints are all in sight, NaN without any.

    Args:
        found: where the garment was put.
        truth: where it should be.
        keypoints: ``(18, 3)`` of the person.
    """
    values = {}
    for name, sides, start in (("sleeve_error", _ARMS, 0), ("hem_error", _SIDES, 1)):
        errors = []
        for joints in sides:
            points = keypoints[list(joints)]
            if (points[:, 2] < SEEN).any() or not _inside(points, truth.shape):
                continue
            limb = np.linalg.norm(np.diff(points[start:, :2], axis=0), axis=1).sum()
            errors.append(100 * abs(reach(found, points[:, :2]) - reach(truth, points[:, :2])) / max(float(limb), 1))
        values[name] = float(np.mean(errors)) if errors else math.nan
    return values


def reach(mask: np.ndarray, joints: np.ndarray) -> float:
    """How far down a line from its start a mask reaches, in pixels.

    It is the length at which "covered above, bare below" is wrong for the fewest points of the line: a hand before the
    belly or a hole does not end it.

    Args:
        mask: ``(H, W)``.
        joints: ``(N, 2)`` x, y, inside the picture.
    """
    steps = [
        np.linspace(a, b, max(1, round(float(np.linalg.norm(b - a)))), endpoint=False) for a, b in pairwise(joints)
    ]
    x, y = np.round(np.concatenate(steps)).astype(int).T
    covered = mask[y, x]
    gain = np.concatenate(([0], np.cumsum(np.where(covered, 1, -1))))
    return float(gain.argmax()) * float(np.linalg.norm(np.diff(joints, axis=0), axis=1).sum()) / len(covered)


def _inside(points: np.ndarray, size: tuple[int, int]) -> bool:
    places = np.round(points[:, :2])
    return bool(((places >= 0) & (places < np.array(size[::-1]))).all())


def _mean(values: Tensor, weights: Tensor) -> float:
    total = float(weights.sum(dtype=torch.float64))
    return float((values.double() * weights).sum()) / total if total else math.nan


def _small(picture: Tensor) -> Tensor:
    """``(1, 3, H, W)`` as VGG-16 is shown it."""
    scale = _VGG_SIDE / max(picture.shape[2:])
    return F.interpolate(picture, scale_factor=scale, mode="area") if scale < 1 else picture


def _tensor(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255
