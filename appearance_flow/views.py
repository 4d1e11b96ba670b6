"""Training examples of the appearance-flow network, from pairs and triplets whose flow is known."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from appearance_flow.parts import garment_parts
from appearance_flow.planes import garment_planes, person_planes, source_planes
from appearance_flow.pose_flow import pose_flow
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.torso import garment_torso
from tryon.body.window import Window
from tryon.core.errors import DataError, GarmentNotFoundError, PersonNotFoundError
from tryon.core.labels import GARMENTS, UNKNOWN, Label, lone_garment, mask_of
from tryon.types import Below, PairSample, TripletSample

PARTS = 3
"""Parts of a garment in one example: what is carried over is found once for all of them."""
_SMALLEST = 40  # pixels of the window: a part that covers fewer is no example
_UPPER = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF)
_TRUNK = ("torso", "skirt")
# Photos are read with mistakes, which exact labels do not show.
_JOINT_NOISE = 0.03  # torso lengths at most: often less, so that what fits is left where it is
_LONE_NOISE = 0.08  # the same of a garment without a wearer
_EDGE_NOISE, _EDGE_NODES = 1.5, (24, 18)  # pixels, and the grid on which they vary
# Who wears the same clothes already would give the outline away.
_UNSEEN, _LOOSE = 0.25, 0.16  # how often nothing is shown of them; torso lengths by which their clothes are wider
_TINT = 0.15


@dataclass(frozen=True, eq=False, slots=True)
class FlowSample:
    """A pair or triplet in the windows around both people; all arrays ``(H, W, …)`` of the window's size."""

    image: np.ndarray
    """``uint8`` RGB of the garment's wearer."""
    parsing: np.ndarray
    """``uint8`` labels of the garment's wearer."""
    keypoints: np.ndarray
    """``(18, 3)`` of the garment's wearer."""
    person_parsing: np.ndarray
    """``uint8`` labels of who is to wear it, in other clothes."""
    person_keypoints: np.ndarray
    """``(18, 3)``"""
    target: np.ndarray
    """``uint8`` RGB of the same, wearing it."""
    target_parsing: np.ndarray
    """``uint8`` labels of ``target``."""
    flow: np.ndarray
    """``float16`` ``(H, W, 2)`` from the person's window to the wearer's; NaN where it is not known."""
    visible: np.ndarray
    """``bool``: the point is seen on the garment's wearer."""
    same_clothes: bool
    """``person_parsing`` shows the garment already."""


def flow_sample(sample: PairSample | TripletSample, size: tuple[int, int]) -> FlowSample:
    """Cut a pair or triplet to the windows around its people.

    Args:
        sample: with label maps, key points and flow.
        size: height and width of the window.

    Raises:
        DataError: labels or flow are missing.
        PersonNotFoundError: the shoulders of one of them are missing.
        GarmentNotFoundError: a garment without a wearer has neither a shoulder nor both hips.
    """
    target = sample.target
    if isinstance(sample, TripletSample):
        source, person = sample.garment, sample.person
    else:
        source, person = sample.source, target
    if sample.flow is None or sample.visible is None or source.parsing is None or target.parsing is None:
        raise DataError(f"{sample.name} lacks labels or flow; give rendered pairs or triplets")
    assert person.parsing is not None
    points, target_parsing = source.keypoints, target.parsing
    if isinstance(sample, TripletSample) and lone_garment(source.parsing) is not None:
        points = garment_torso(points)
        # What else is worn, such as the top under a coat, is no hidden part of the garment.
        other = mask_of(target_parsing, *GARMENTS, Label.SCARF) & ~np.isfinite(sample.flow).all(-1)
        target_parsing = np.where(other, np.uint8(UNKNOWN), target_parsing)
    around, wearer = Window.of(person.keypoints, size), Window.of(points, size)
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    places = np.stack((columns, rows), -1) / around.scale + around.corner
    flow = cv2.warpAffine(
        sample.flow, around.matrix, size[::-1],
        flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=(np.nan, np.nan),
    )  # fmt: skip
    reached = (places + flow - wearer.corner) * wearer.scale
    return FlowSample(
        image=wearer.cut(source.image),
        parsing=wearer.cut(source.parsing, cv2.INTER_NEAREST),
        keypoints=wearer.points(points),
        person_parsing=around.cut(person.parsing, cv2.INTER_NEAREST),
        person_keypoints=around.points(person.keypoints),
        target=around.cut(target.image),
        target_parsing=around.cut(target_parsing, cv2.INTER_NEAREST),
        flow=(reached - np.stack((columns, rows), -1)).astype(np.float16),
        visible=around.cut(sample.visible.astype(np.uint8), cv2.INTER_NEAREST) > 0,
        same_clothes=isinstance(sample, PairSample),
    )


def flow_samples(samples: Iterable[PairSample | TripletSample], size: tuple[int, int]) -> list[FlowSample]:
    """All samples that have what people and garments hang from, in their windows: see :func:`flow_sample`."""
    found = []
    for sample in samples:
        try:
            found.append(flow_sample(sample, size))
        except (PersonNotFoundError, GarmentNotFoundError):
            continue
    return found


Example = Callable[[FlowSample, np.random.Generator], dict[str, Tensor] | None]
"""What a network sees of a sample, and what it has to say; ``None`` where the sample shows nothing of use."""


class FlowViews:
    """Endless examples: number n is a function of the seed and n alone.

    Args:
        samples: of one size of window.
        weights: ``(len(samples),)`` how often each is drawn; sums to 1.
        seed: that all examples depend on.
        vary: make mistakes as readings do, mirror, and change colors.
        example: :func:`parts_example`, or :func:`garment_example` for the paper's network.
    """

    def __init__(
        self,
        samples: Sequence[FlowSample],
        weights: np.ndarray,
        seed: int,
        *,
        vary: bool = True,
        example: Example | None = None,
    ):
        if not samples:
            raise DataError("no pairs or triplets to train the flow on; render some with tryon data render")
        self.samples, self.seed, self.vary = samples, seed, vary
        self._example = example or parts_example
        self._ends = np.cumsum(weights)

    def view(self, number: int) -> dict[str, Tensor]:
        """Example ``number``, of a garment that is seen on both people."""
        rng = np.random.default_rng((self.seed, number))
        while True:
            place = int(np.searchsorted(self._ends, rng.random() * self._ends[-1], "right"))
            sample = self.samples[min(place, len(self.samples) - 1)]
            if self.vary:
                sample = _varied(sample, rng)
            found = self._example(sample, rng)
            if found is not None:
                return found


def _varied(sample: FlowSample, rng: np.random.Generator) -> FlowSample:
    unit = sk.torso_length(sample.person_keypoints) or sample.image.shape[0] / 4
    person = sample.person_parsing
    if sample.same_clothes:
        person = _loosened(person, unit, rng)
    noise = unit * rng.random() ** 2
    source = _LONE_NOISE if lone_garment(sample.parsing) is not None else _JOINT_NOISE
    tint = np.exp(rng.normal(0, _TINT, 3)) * np.exp(rng.normal(0, _TINT))
    table = np.clip(np.arange(256)[:, None] * tint, 0, 255).astype(np.uint8)

    def tinted(picture: np.ndarray) -> np.ndarray:
        return np.stack([cv2.LUT(picture[..., i], table[:, i]) for i in range(3)], -1)

    sample = replace(
        sample,
        image=tinted(sample.image),
        target=tinted(sample.target),
        parsing=_shaken(sample.parsing, rng),
        keypoints=_jittered(sample.keypoints, source * noise, rng),
        person_parsing=_shaken(person, rng),
        person_keypoints=_jittered(sample.person_keypoints, _JOINT_NOISE * noise, rng),
    )
    return _mirrored(sample) if rng.random() < 0.5 else sample


def _jittered(keypoints: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    points = keypoints.copy()
    known = points[:, 2] > 0
    points[known, :2] += rng.normal(0, noise, (len(points), 2))[known].astype(points.dtype)
    return points


def _shaken(parsing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Outlines that run a little beside the true ones."""
    coarse = rng.normal(0, _EDGE_NOISE, (*_EDGE_NODES, 2)).astype(np.float32)
    shift = cv2.resize(coarse, parsing.shape[::-1], interpolation=cv2.INTER_LINEAR)
    rows, columns = np.mgrid[: parsing.shape[0], : parsing.shape[1]].astype(np.float32)
    return cv2.remap(parsing, columns + shift[..., 0], rows + shift[..., 1], cv2.INTER_NEAREST)


def _loosened(parsing: np.ndarray, unit: float, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < _UNSEEN:
        return np.full_like(parsing, UNKNOWN)
    cloth = mask_of(parsing, *_UPPER, Label.SKIRT, Label.PANTS)
    side = 2 * round(unit * rng.uniform(0, _LOOSE)) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    wide = cv2.dilate(np.where(cloth, parsing, np.uint8(0)), disk)
    over = (wide > 0) & mask_of(parsing, Label.BACKGROUND, Label.SKIN)
    return np.where(over, wide, parsing)


def _mirrored(sample: FlowSample) -> FlowSample:
    width = sample.image.shape[1]

    def flipped(picture: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(picture[:, ::-1])

    return replace(
        sample,
        image=flipped(sample.image),
        parsing=flipped(sample.parsing),
        keypoints=sk.mirror(sample.keypoints, width),
        person_parsing=flipped(sample.person_parsing),
        person_keypoints=sk.mirror(sample.person_keypoints, width),
        target=flipped(sample.target),
        target_parsing=flipped(sample.target_parsing),
        flow=flipped(sample.flow) * np.array((-1, 1), np.float16),
        visible=flipped(sample.visible),
    )


def _garments(sample: FlowSample) -> list[tuple[tuple[Label, ...], Below]]:
    """Labels of each garment that the wearer shows, and how it hangs."""
    shown = set(np.unique(sample.parsing).tolist())
    long = bool(shown & {Label.DRESS, Label.OUTER})
    found: list[tuple[tuple[Label, ...], Below]] = [(_UPPER, "skirt" if long else "torso")]
    if Label.PANTS in shown:
        found.append(((Label.PANTS,), "legs"))
    if Label.SKIRT in shown:
        found.append(((Label.SKIRT,), "skirt"))
    return found


def garment_example(sample: FlowSample, rng: np.random.Generator) -> dict[str, Tensor] | None:
    """A whole garment, for :class:`appearance_flow.paper.PaperFlowNet`.

    Returns:
        ``garment`` and ``target`` ``(3, H, W)`` ``uint8``, the photos of who wears it; ``mask`` and ``worn``
        ``(1, H, W)`` ``bool``, where they show it; ``flow`` ``(2, H, W)`` from the second to the first in pixels of the
        window, and ``known`` ``(1, H, W)`` ``bool``, where that holds. ``None`` where the garment that was drawn is not
        seen on both.
    """
    garments = _garments(sample)
    labels, _ = garments[int(rng.integers(len(garments)))]
    cloth, worn = mask_of(sample.parsing, *labels), mask_of(sample.target_parsing, *labels)
    if min(cloth.sum(), worn.sum()) < _SMALLEST:
        return None
    flow = sample.flow.astype(np.float32)
    known = np.isfinite(flow).all(-1) & sample.visible & worn
    flow = np.where(known[..., None], flow, 0)
    maps = {
        "garment": sample.image, "target": sample.target, "flow": flow,
        "mask": cloth[..., None], "worn": worn[..., None], "known": known[..., None],
    }  # fmt: skip
    return {name: torch.from_numpy(np.ascontiguousarray(one.transpose(2, 0, 1))) for name, one in maps.items()}


def parts_example(sample: FlowSample, rng: np.random.Generator) -> dict[str, Tensor] | None:
    """:data:`PARTS` parts of a garment, for :class:`appearance_flow.model.AppearanceFlowNet`.

    Returns:
        Along the first dimension of each tensor the parts: ``garment`` and ``person``, the planes of the network in
        [0, 255]; ``flow``, ``truth``, ``known``, ``shown`` and ``carried`` as in
        :func:`appearance_flow.losses.flow_losses`; ``trunk`` ``(PARTS,)``. ``None`` where the garment that was drawn
        is not seen on both.
    """
    garments = _garments(sample)
    labels, below = garments[int(rng.integers(len(garments)))]
    cloth, worn = mask_of(sample.parsing, *labels), mask_of(sample.target_parsing, *labels)
    size = cloth.shape
    try:
        body, person = Body(sample.keypoints, size), Body(sample.person_keypoints, size)
        pose = pose_flow(sample.keypoints, sample.person_keypoints, size)
    except PersonNotFoundError:
        return None
    parts = garment_parts(cloth, body, below, sample.parsing == Label.SKIN)
    names = [name for name, mask in parts.items() if mask.sum() >= _SMALLEST]
    if not names:
        return None
    there = garment_parts(worn, person, below, sample.target_parsing == Label.SKIN)
    source = source_planes(sample.image, sample.parsing, cloth, sample.keypoints)
    wearer = torch.from_numpy(person_planes(sample.person_keypoints, sample.person_parsing))
    lines = []
    for name in rng.permutation(names * PARTS)[:PARTS]:
        flow = pose.part_flow(str(name))
        garment = garment_planes(source, parts[name], str(name), flow)
        lines.append(
            {"garment": torch.from_numpy(garment), "person": wearer}
            | _truth(sample, worn, parts[name], there.get(str(name)), flow)
            | {"carried": _half(garment[:1] / np.float32(255))}
            | {"trunk": torch.tensor(float(name in _TRUNK))}
        )
    return {key: torch.stack([line[key] for line in lines]) for key in lines[0]}


def _truth(
    sample: FlowSample, worn: np.ndarray, part: np.ndarray, there: np.ndarray | None, flow: np.ndarray
) -> dict[str, Tensor]:
    """At half the window's resolution: the pose flow, the true one, where that is known, and where the part is seen."""
    height, width = part.shape
    truth = sample.flow.astype(np.float32)
    known = np.isfinite(truth).all(-1) & sample.visible & worn
    truth = np.where(known[..., None], truth, 0)
    rows, columns = np.nonzero(known)
    x = np.clip(np.round(columns + truth[rows, columns, 0]).astype(int), 0, width - 1)
    y = np.clip(np.round(rows + truth[rows, columns, 1]).astype(int), 0, height - 1)
    mine = np.zeros_like(known)
    mine[rows, columns] = part[y, x]
    hidden = worn & ~known
    shown = mine | (hidden & there if there is not None else np.zeros_like(hidden))
    share = _half(mine[None].astype(np.float32))
    mean = _half((truth * mine[..., None]).transpose(2, 0, 1)) / share.clamp(min=0.25)
    return {
        "flow": _half(flow.transpose(2, 0, 1)),
        "truth": mean,
        "known": (share > 0.5).float(),
        "shown": _half(shown[None].astype(np.float32)),
    }


def _half(planes: np.ndarray) -> Tensor:
    """``(C, H, W)`` at half the resolution, each pixel the mean of four."""
    channels, height, width = planes.shape
    means = planes.reshape(channels, height // 2, 2, width // 2, 2).mean((2, 4), dtype=np.float32)
    return torch.from_numpy(means)
