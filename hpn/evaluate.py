"""How near a picture of a person in a new pose comes to the truth, beside simple ways to make one. Free of data sets.

Pictures are RGB in [-1, 1] with the background 0, a middle grey, as :func:`hpn.views.prepare` makes them. They are
compared clamped, in [0, 1]. The measures, over one picture each:

* ``ssim``: structural similarity (Wang et al., 2004), the mean of :func:`ssim_map` over the whole picture. The empty
  background lifts it, so compare it with that of the method ``empty``.
* ``foreground_ssim``: the mean of the same map over the pixels in which the target shows the person.
* ``local_ssim``: the paper's, see :func:`local_ssim`.
* ``l1``: mean absolute difference of the colors over the whole picture.
* ``psnr``: peak signal to noise ratio in dB over the whole picture, at most 100.
* ``vgg``: mean absolute difference of the activations of VGG-16, averaged over the layers of
  :class:`tryon.core.perceptual.VGGFeatures`.
* ``lpips``: LPIPS 0.1 (Zhang et al., 2018) on VGG-16, see :class:`tryon.core.lpips.LPIPS`.

FID is not among them: the packages at hand fetch its Inception network over the net, and on a few hundred pictures of
a few people it would measure the number of pictures more than their quality.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from kornia.metrics import ssim
from torch import Tensor, nn

from appearance_flow.flow import warp
from hpn import descriptors
from hpn.model import HPN
from hpn.views import MIN_POINTS, prepare
from tryon.core.checks import check_shape
from tryon.core.errors import DataError, PersonNotFoundError
from tryon.core.lpips import LPIPS
from tryon.core.perceptual import VGGFeatures
from tryon.types import PairSample

View = dict[str, Tensor]
"""What :func:`hpn.views.prepare` gives, with a batch dimension of 1."""
Method = Callable[[View], Tensor]
"""Makes the picture ``(1, 3, R, R)`` of the target pose."""

HIGHER_IS_BETTER = ("ssim", "foreground_ssim", "local_ssim", "psnr")
LOWER_IS_BETTER = ("l1", "vgg", "lpips")
_TAPS = 11
_MAX_PSNR = 100.0
_NOBODY = f"no pair shows shoulders and {MIN_POINTS} key points in both poses; check the data set"


def ssim_map(pictures: Tensor, target: Tensor, taps: int = _TAPS) -> Tensor:
    """Structural similarity of each pixel's surroundings.

    Gaussian window of σ 1.5, data range 1, K1 .01, K2 .03, borders reflected, each color channel for itself: the map
    of which ``torchmetrics.functional.image.structural_similarity_index_measure`` gives the mean.

    Args:
        pictures: ``(B, C, H, W)`` in [0, 1].
        target: of the same shape, or with a batch of 1.
        taps: side of the window, odd.

    Returns:
        ``(B, C, H, W)``, at most 1; right to 1e-4 with pictures in single precision, a tenth of the work.
    """
    check_shape(target, "target", (None, *pictures.shape[1:]))
    return ssim(pictures, target.expand(pictures.shape), taps, eps=0)  # its σ is 1.5, its range 1


def local_ssim(pictures: Tensor, target: Tensor, keypoints: Tensor) -> Tensor:
    """SSIM at the 44 local descriptors of the target (section 4.1 of the paper).

    Each square of R / 8 pixels is a picture of its own. Its window has 11 taps, 7 at 64 x 64, where a square is no
    larger than 8 pixels. Descriptors of missing points are left out. The mean over the squares of a picture.

    Args:
        pictures: ``(B, 3, R, R)`` in [0, 1].
        target: ``(1, 3, R, R)`` in [0, 1].
        keypoints: ``(1, 18, 3)`` of the target.

    Returns:
        ``(B,)``, NaN where no descriptor is valid.
    """
    corners, valid = descriptors.boxes(descriptors.points(keypoints, 44), target.shape[-1])
    number, count = len(pictures), int(valid.sum())
    if count == 0:
        return torch.full((number,), math.nan)
    ours = descriptors.crops(pictures, corners.expand(number, -1, -1), valid.expand(number, -1))
    theirs = descriptors.crops(target, corners, valid)
    side = ours.shape[-1]
    similarity = ssim_map(ours, theirs.repeat(number, 1, 1, 1), min(_TAPS, side - 1 + side % 2))
    return similarity.reshape(number, -1).mean(1)


class Judge(nn.Module):
    """All measures of pictures that should show the same.

    Args:
        features: VGG-16; without it, ``vgg`` and ``lpips`` are not measured.
        lpips: without it, ``lpips`` is not measured.
    """

    def __init__(self, features: VGGFeatures | None = None, lpips: LPIPS | None = None):
        super().__init__()
        self.features, self.lpips = features, lpips

    def forward(self, pictures: Tensor, target: Tensor, keypoints: Tensor, person: Tensor) -> dict[str, Tensor]:
        """The measures that the module describes.

        Args:
            pictures: ``(B, 3, R, R)`` about in [-1, 1].
            target: ``(1, 3, R, R)`` in [-1, 1].
            keypoints: ``(1, 18, 3)`` of the target, in pixels.
            person: ``(1, 1, R, R)`` in [0, 1], where the target shows the person.

        Returns:
            ``(B,)`` each.
        """
        check_shape(pictures, "pictures", (None, *target.shape[1:]))
        pictures = pictures.clamp(-1, 1)
        ours, truth = (pictures + 1) / 2, (target + 1) / 2
        similarity = ssim_map(ours, truth).mean(1, keepdim=True)
        shown = (person > 0.5).expand_as(similarity)
        error = (ours - truth).square().mean((1, 2, 3)).double()
        values = {
            "ssim": similarity.mean((1, 2, 3)),
            "foreground_ssim": (similarity * shown).sum((1, 2, 3)) / shown.sum((1, 2, 3)),
            "local_ssim": local_ssim(ours, truth, keypoints),
            "l1": (ours - truth).abs().mean((1, 2, 3)),
            "psnr": (-10 * error.log10()).clamp(max=_MAX_PSNR),
        }
        if self.features is not None:
            found, wanted = self.features(pictures), self.features(target)
            layers = [(found[name] - wanted[name]).abs().mean((1, 2, 3)) for name in wanted]
            values["vgg"] = torch.stack(layers).mean(0)
            if self.lpips is not None:
                values["lpips"] = self.lpips(found, wanted)
        return values


def simple_methods(mean: Tensor) -> dict[str, Method]:
    """What needs no learning.

    ``white`` is a white picture, ``empty`` the background everywhere, ``mean`` the mean image, ``copy`` the source as
    it is, and ``limb_warp`` the source warped by the closed-form pose flow. Source pictures are 0 outside of the
    person, and so is what the flow brings from there: the warped picture has the background where the warped person
    is not.

    Args:
        mean: ``(1, 3, R, R)``, from :func:`mean_target`.
    """
    return {
        "white": lambda view: torch.ones_like(view["image"]),
        "empty": lambda view: torch.zeros_like(view["image"]),
        "mean": lambda view: mean.to(view["image"].device),
        "copy": lambda view: view["image"],
        "limb_warp": lambda view: warp(view["image"], view["flow"], padding="zeros"),
    }


def network_method(network: HPN) -> Method:
    """What the network makes of a view of its resolution."""

    def method(view: View) -> Tensor:
        plain = view["image"], view["pose"]
        aligned = (view["flow"], view["agreement"]) if network.config.align else ()
        return network(*plain, *aligned).image

    return method


def prepared(
    pairs: Iterable[PairSample], resolution: int, sigma: float = 3.2, device: str = "cpu"
) -> Iterator[tuple[PairSample, View]]:
    """Pairs and their views, in order; pairs that show too little of the person in one of the poses are left out."""
    for pair in pairs:
        if min((one.keypoints[:, 2] > 0).sum() for one in (pair.source, pair.target)) < MIN_POINTS:
            continue
        try:
            view = prepare(pair, resolution, sigma)
        except PersonNotFoundError:
            continue
        yield pair, {name: tensor[None].to(device) for name, tensor in view.items()}


def mean_target(pairs: Iterable[PairSample], resolution: int) -> Tensor:
    """The mean of the targets ``(1, 3, R, R)``.

    Give the pairs that are measured: such a mean has seen the truth, and is the hardest constant picture to beat.

    Raises:
        DataError: none of the pairs can be used.
    """
    total, number = torch.zeros(1, 3, resolution, resolution, dtype=torch.float64), 0
    for _, view in prepared(pairs, resolution):
        total, number = total + view["target"], number + 1
    if not number:
        raise DataError(_NOBODY)
    return (total / number).float()


@dataclass(frozen=True)
class Scores:
    """Measures of each picture of some methods."""

    names: tuple[str, ...]
    identities: tuple[str, ...]
    """Who is in each picture."""
    values: dict[str, dict[str, np.ndarray]]
    """``(N,)`` by method and measure."""

    def __len__(self) -> int:
        return len(self.names)


@torch.inference_mode()
def score(
    pairs: Iterable[PairSample],
    resolution: int,
    methods: Mapping[str, Method],
    judge: Judge,
    *,
    sigma: float = 3.2,
    device: str = "cpu",
) -> Scores:
    """Measure methods on pairs.

    Args:
        pairs: with label maps.
        resolution: side of the frames, see :func:`hpn.views.prepare`.
        methods: by name.
        judge: on ``device``.
        sigma: of the pose's Gaussians, as the network had it in training.
        device: for the views.

    Raises:
        DataError: a pair without label maps, or none of the pairs can be used.
    """
    names, identities, figures = [], [], []
    for pair, view in prepared(pairs, resolution, sigma, device):
        pictures = torch.cat([method(view) for method in methods.values()])
        found = judge(pictures, view["target"], view["target_keypoints"], view["person"])
        figures.append({name: values.cpu().double().numpy() for name, values in found.items()})
        names.append(pair.name)
        identities.append(pair.target.identity or pair.name)
    if not figures:
        raise DataError(_NOBODY)
    values = {
        method: {name: np.array([one[name][i] for one in figures]) for name in figures[0]}
        for i, method in enumerate(methods)
    }
    return Scores(tuple(names), tuple(identities), values)


def identity_means(values: np.ndarray, identities: Sequence[str]) -> np.ndarray:
    """The mean over the pictures of each identity, sorted by name; unknown (NaN) values do not count."""
    means = []
    for who in sorted(set(identities)):
        theirs = values[np.array(identities) == who]
        theirs = theirs[~np.isnan(theirs)]
        if theirs.size:
            means.append(theirs.mean())
    return np.array(means)


def mean_and_error(values: np.ndarray, identities: Sequence[str]) -> tuple[float, float]:
    """Mean over the pictures, and its standard error as that of the means of the identities.

    Pictures of one person are alike: as many independent values as people are there, not as many as pictures. NaN
    for an error of fewer than two people.
    """
    known = values[~np.isnan(values)]
    means = identity_means(values, identities)
    error = means.std(ddof=1) / math.sqrt(means.size) if means.size > 1 else math.nan
    return float(known.mean()) if known.size else math.nan, float(error)
