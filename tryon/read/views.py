"""Random views of labeled people: what the parser and the pose network are trained on.

Photos of street fashion show one whole person that fills the frame. Users bring upper-body crops, people far away,
several people, plain backgrounds, pictures of garments, and no person at all. :class:`PersonViews` makes all of
these from what there is. Every view is a function of the seed and its number alone, so that a training that was
interrupted goes on exactly.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.body import skeleton
from tryon.core.labels import UNKNOWN, Label
from tryon.read.printing import printed_on
from tryon.types import PersonSample

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
import albumentations as A  # asks the network for a newer version unless told not to

STORED_HEIGHT = 512  # photos are kept at this height at most: a view is far smaller


@dataclass(frozen=True, kw_only=True)
class ViewConfig:
    """How often each kind of view comes; what is left of 1 is one person that fills the frame."""

    zoom_in: float = 0.22
    """The frame shows a part of the person."""
    zoom_out: float = 0.15
    """The person is 12 % to 70 % of the frame's height."""
    two_people: float = 0.07
    empty: float = 0.05
    """Backgrounds without their person, and pictures of garments alone."""
    catalog: float = 0.12
    """As shops show their clothes: cut out before plain paper, with head or legs cut off by the frame."""
    new_background: float = 0.25
    """Share of the views of one person that are put before another background."""
    printed: float = 0.05
    """Share of the people who have somebody else printed on what they wear above the waist."""


class PersonViews:
    """Random views ``(image, keypoints, parsing)`` of people.

    Args:
        samples: labeled people; all are kept in memory, at most 512 pixels high.
        empty_pictures: ``(H, W, 3)`` pictures without any person, for the empty views and as backgrounds.
        size: height and width of a view.
        seed: number that all views depend on.
        weights: how often each sample is drawn, in proportion; equally when ``None``.
    """

    def __init__(
        self,
        samples: Sequence[PersonSample],
        size: tuple[int, int],
        seed: int,
        *,
        empty_pictures: Sequence[np.ndarray] = (),
        weights: np.ndarray | None = None,
        config: ViewConfig | None = None,
    ):
        self.samples = [shrink(sample) for sample in samples]
        self.empty_pictures = [_shrink_image(picture) for picture in empty_pictures]
        self.size, self.seed, self.config = size, seed, config or ViewConfig()
        uniform = np.ones(len(self.samples)) if weights is None else np.asarray(weights, float)
        self._cumulative = np.cumsum(uniform / uniform.sum())
        self._photometric = photometric()

    def view(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """View ``number``: RGB ``uint8`` ``(H, W, 3)``, key points ``(18, 3)``, label map ``(H, W)``."""
        rng = np.random.default_rng((self.seed, number))
        kind, c = rng.random(), self.config
        if kind < c.empty:
            image, parsing = self.background(rng), np.zeros(self.size, np.uint8)
            keypoints = np.zeros((skeleton.NUM_KEYPOINTS, 3), np.float32)
        elif kind < c.empty + c.two_people:
            image, keypoints, parsing = self._two_people(rng)
        elif kind < c.empty + c.two_people + c.zoom_out:
            image, keypoints, parsing = self._one_person(rng, self.size[0] * rng.uniform(0.12, 0.7))
        elif kind < c.empty + c.two_people + c.zoom_out + c.zoom_in:
            image, keypoints, parsing = self._one_person(rng, self.size[0] * rng.uniform(1.15, 2.4))
        elif kind < c.empty + c.two_people + c.zoom_out + c.zoom_in + c.catalog:
            image, keypoints, parsing = catalog_view(self._worn(rng), self.size, rng)
        else:
            image, keypoints, parsing = self._one_person(rng, self.size[0] * rng.uniform(0.75, 1.1))
        self._photometric.set_random_seed(int(rng.integers(2**31)))
        return self._photometric(image=image)["image"], keypoints, parsing

    def _worn(self, rng: np.random.Generator) -> PersonSample:
        """Somebody, sometimes with somebody else printed on what they wear."""
        one, other = self._pick(rng), self._pick(rng)
        labeled = one.parsing is not None and other.parsing is not None
        return printed_on(one, other, rng) if rng.random() < self.config.printed and labeled else one

    def _pick(self, rng: np.random.Generator) -> PersonSample:
        return self.samples[min(int(np.searchsorted(self._cumulative, rng.random())), len(self.samples) - 1)]

    def _one_person(self, rng, height: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sample = self._worn(rng)
        matrix = _random_matrix(sample, rng, height, self.size)
        image, keypoints, parsing, inside = _move(sample, matrix, self.size)
        if rng.random() < self.config.new_background:
            inside = _soft(parsing > 0)  # cut out
        elif rng.random() < 0.4:
            inside = np.ones_like(inside)  # the photo's last row or column goes on, as in the crops of users' photos
        if inside.min() < 1:
            background = self.background(rng)
            image = (image * inside[..., None] + background * (1 - inside[..., None])).astype(np.uint8)
        return image, keypoints, parsing

    def _two_people(self, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A second person cut out and put before the first, who keeps the key points where they still show."""
        height = self.size[0] * rng.uniform(0.4, 1.05)
        image, keypoints, parsing = self._one_person(rng, height)
        other = self._worn(rng)
        matrix = _random_matrix(other, rng, height * rng.uniform(0.75, 1.1), self.size)
        matrix[0, 2] += rng.choice((-1, 1)) * rng.uniform(0.25, 0.6) * height * 0.6
        moved, _, labels, _ = _move(other, matrix, self.size)
        alpha = _soft(labels > 0)[..., None]
        image = (moved * alpha + image * (1 - alpha)).astype(np.uint8)
        hidden = labels > 0
        columns = np.clip(np.round(keypoints[:, 0]), 0, self.size[1] - 1).astype(int)
        rows = np.clip(np.round(keypoints[:, 1]), 0, self.size[0] - 1).astype(int)
        keypoints[hidden[rows, columns], 2] *= 0.2
        return image, keypoints, np.where(hidden, labels, parsing)

    def background(self, rng) -> np.ndarray:
        """A picture without people: the side of a street photo, a garment photo, or drawn."""
        kind = rng.random()
        if kind < 0.5:
            strip = _side_strip(self._pick(rng))
            if strip is not None:
                return _random_tile(strip, self.size, rng)
        if kind < 0.65 and self.empty_pictures:
            return _random_tile(self.empty_pictures[rng.integers(len(self.empty_pictures))], self.size, rng)
        return _drawn_background(self.size, rng)


def photometric() -> A.Compose:
    return A.Compose(
        [
            A.RandomBrightnessContrast(brightness_limit=0.3, contrast_limit=0.3, p=0.6),
            A.HueSaturationValue(hue_shift_limit=12, sat_shift_limit=35, val_shift_limit=0, p=0.5),
            A.RandomGamma(gamma_limit=(65, 150), p=0.3),
            A.RGBShift(r_shift_limit=14, g_shift_limit=14, b_shift_limit=14, p=0.25),
            A.RandomShadow(shadow_roi=(0, 0, 1, 1), p=0.12),
            A.OneOf([A.GaussianBlur(blur_limit=(3, 5)), A.MotionBlur(blur_limit=5)], p=0.15),
            A.GaussNoise(std_range=(0.01, 0.06), p=0.2),
            A.ImageCompression(quality_range=(35, 90), p=0.25),
            A.ToGray(p=0.04),
        ]
    )


def _shrink_image(image: np.ndarray) -> np.ndarray:
    scale = STORED_HEIGHT / image.shape[0]
    if scale >= 1:
        return image
    return cv2.resize(image, (round(image.shape[1] * scale), STORED_HEIGHT), interpolation=cv2.INTER_AREA)


def shrink(sample: PersonSample) -> PersonSample:
    """The sample at most 512 pixels high, as :class:`PersonViews` keeps it."""
    image = _shrink_image(sample.image)
    if image is sample.image:
        return sample
    size = image.shape[1], image.shape[0]
    scale = np.array(size, np.float32) / (sample.image.shape[1], sample.image.shape[0])
    keypoints = sample.keypoints.copy()
    keypoints[:, :2] = (keypoints[:, :2] + 0.5) * scale - 0.5
    parsing = sample.parsing
    if parsing is not None:
        parsing = cv2.resize(parsing, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return PersonSample(image, keypoints, parsing, sample.name)


def _random_matrix(sample, rng, height: float, size: tuple[int, int]) -> np.ndarray:
    """Affine map ``(2, 3)`` that makes the person about ``height`` pixels high, somewhere in the frame."""
    box = person_box(sample)
    scale = height / (box[3] - box[1])
    angle = np.radians(rng.normal(0, 6))
    stretch = np.exp(rng.normal(0, 0.05))
    mirrored = -1 if rng.random() < 0.5 else 1
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array(((cos * stretch * mirrored, -sin), (sin * stretch * mirrored, cos)))
    if height > size[0]:  # a part of the person, the upper body more often
        focus = np.array((rng.uniform(*box[[0, 2]]), box[1] + (box[3] - box[1]) * rng.beta(1.3, 2.2)))
        target = np.array((size[1], size[0])) * rng.uniform(0.3, 0.7, 2)
    else:
        focus = np.array((box[0] + box[2], box[1] + box[3])) / 2
        slack = np.array((size[1] - height * 0.4, size[0] - height))
        target = np.array((size[1], size[0])) / 2 + slack * rng.uniform(-0.55, 0.55, 2)
    return np.concatenate((linear, (target - linear @ focus)[:, None]), 1)


def catalog_view(
    sample: PersonSample, size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A labeled person as a shop would show the clothes: before plain paper, often without the head or the legs.

    Args:
        sample: with a label map.
        size: height and width of the view.
        rng: chooses the cuts, the paper and the shadow.

    Returns:
        RGB ``uint8`` ``(H, W, 3)``, key points ``(18, 3)`` and label map ``(H, W)``.
    """
    matrix = _catalog_matrix(sample, rng, size)
    image, keypoints, parsing, _ = _move(sample, matrix, size)
    return _on_paper(image, parsing, rng), keypoints, parsing


def _catalog_cut(sample: PersonSample, rng) -> tuple[float, float]:
    """Top and bottom row of what a shop would show, at the ends of the person where nothing is cut off."""
    _, top, _, bottom = person_box(sample)
    y, seen = sample.keypoints[:, 1], sample.keypoints[:, 2] > 0
    head, neck = skeleton.NOSE, skeleton.NECK
    hip, knee = (skeleton.R_HIP, skeleton.R_KNEE) if seen[skeleton.R_HIP] else (skeleton.L_HIP, skeleton.L_KNEE)
    if seen[head] and seen[neck] and rng.random() < 0.5:
        top = y[head] + (y[neck] - y[head]) * rng.uniform(0.2, 1)
    if seen[hip] and seen[knee] and rng.random() < 0.65:
        bottom = y[hip] + (y[knee] - y[hip]) * rng.uniform(-0.3, 1)
    return float(top), float(bottom)


def _catalog_matrix(sample: PersonSample, rng, size: tuple[int, int]) -> np.ndarray:
    """Affine map ``(2, 3)`` that fills the frame with what :func:`_catalog_cut` leaves."""
    box = person_box(sample)
    top, bottom = _catalog_cut(sample, rng)
    above = 0 if top > box[1] else rng.uniform(0.02, 0.1)
    below = 0 if bottom < box[3] else rng.uniform(0.02, 0.1)
    scale = size[0] * (1 - above - below) / max(bottom - top, 1)
    scale = min(scale, size[1] * rng.uniform(0.8, 1.1) / max(box[2] - box[0], 1))
    mirrored = -1 if rng.random() < 0.5 else 1
    center = size[1] / 2 + size[1] * rng.uniform(-0.08, 0.08) - mirrored * scale * (box[0] + box[2]) / 2
    return np.array(((mirrored * scale, 0, center), (0, scale, size[0] * above - scale * top)))


def _on_paper(image: np.ndarray, parsing: np.ndarray, rng) -> np.ndarray:
    """The person of a picture before plain or graded paper, on which they cast a soft shadow."""
    height, width = parsing.shape
    tone = rng.uniform(200, 255) if rng.random() < 0.7 else rng.uniform(90, 230)
    tint = tone + rng.normal(0, 6, 3)
    grade = np.linspace(0, rng.uniform(-30, 12), height)[:, None, None]
    alpha = _soft(parsing > 0)
    shift = np.array(((1, 0, rng.uniform(-0.06, 0.06) * width), (0, 1, rng.uniform(0, 0.03) * height)), np.float32)
    shadow = cv2.GaussianBlur(cv2.warpAffine(alpha, shift, (width, height)), (0, 0), width * rng.uniform(0.02, 0.08))
    paper = (tint + grade) * (1 - rng.uniform(0, 0.35) * shadow[..., None])
    return np.clip(image * alpha[..., None] + paper * (1 - alpha[..., None]), 0, 255).astype(np.uint8)


def person_box(sample: PersonSample) -> np.ndarray:
    """Box ``(x0, y0, x1, y1)`` around the labels of a person, or around the key points without labels."""
    labels = np.zeros((1, 1), np.uint8) if sample.parsing is None else sample.parsing
    known = (labels > 0) & (labels != UNKNOWN)
    if known.any():
        rows, columns = np.flatnonzero(known.any(1)), np.flatnonzero(known.any(0))
        return np.array((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), float)
    seen = sample.keypoints[sample.keypoints[:, 2] > 0, :2]
    if len(seen) < 2:
        return np.array((0, 0, sample.image.shape[1], sample.image.shape[0]), float)
    return np.concatenate((seen.min(0), seen.max(0) + 1))


def _move(sample: PersonSample, matrix: np.ndarray, size: tuple[int, int]):
    """The sample through an affine map: image, key points, label map, and how far each pixel lies in the photo."""
    height, width = size
    image, linear = sample.image, matrix
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale < 0.6:  # shrink first, or the warp would alias
        smaller = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        back = np.array((image.shape[1] / smaller.shape[1], image.shape[0] / smaller.shape[0]))
        linear = matrix.copy()
        linear[:, :2] = matrix[:, :2] * back
        linear[:, 2] += matrix[:, :2] @ (0.5 * back - 0.5)
        image = smaller
    moved = cv2.warpAffine(image, linear, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones(image.shape[:2], np.float32), linear, (width, height))
    labels = np.zeros(size, np.uint8) if sample.parsing is None else sample.parsing
    parsing = cv2.warpAffine(labels, matrix, (width, height), flags=cv2.INTER_NEAREST)
    keypoints = skeleton.transform(sample.keypoints, matrix)
    if np.linalg.det(matrix[:, :2]) < 0:
        keypoints = keypoints[skeleton.MIRROR]
    outside = (keypoints[:, :2] < -0.5).any(1) | (keypoints[:, :2] > np.array((width, height)) - 0.5).any(1)
    keypoints[outside] = 0
    return moved, keypoints, parsing, inside


def _soft(mask: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(mask.astype(np.float32), (3, 3), 0)


def _side_strip(sample: PersonSample) -> np.ndarray | None:
    """The wider side of a photo beside its person, when it is a fifth of the photo at least."""
    if sample.parsing is None:
        return None
    box = person_box(sample).astype(int)
    width = sample.image.shape[1]
    left, right = box[0], width - box[2]
    if max(left, right) < width / 5:
        return None
    return sample.image[:, : left - 2] if left >= right else sample.image[:, box[2] + 2 :]


def _random_tile(picture: np.ndarray, size: tuple[int, int], rng) -> np.ndarray:
    """A random part of a picture, continued by mirroring where it is too small."""
    scale = max(size[0] / picture.shape[0], 0.3 * size[1] / picture.shape[1]) * rng.uniform(0.9, 1.8)
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    down, right = max(0, size[0] - picture.shape[0]), max(0, size[1] - picture.shape[1])
    while down > 0 or right > 0:  # reflection reaches one picture's width at most
        step = min(max(down, 0), picture.shape[0] - 1), min(max(right, 0), picture.shape[1] - 1)
        picture = cv2.copyMakeBorder(picture, 0, step[0], 0, step[1], cv2.BORDER_REFLECT_101)
        down, right = size[0] - picture.shape[0], size[1] - picture.shape[1]
    y = rng.integers(picture.shape[0] - size[0] + 1)
    x = rng.integers(picture.shape[1] - size[1] + 1)
    return np.ascontiguousarray(picture[y : y + size[0], x : x + size[1]])


def _drawn_background(size: tuple[int, int], rng) -> np.ndarray:
    """A plain wall, a gradient or soft spots of color, as in studios."""
    base = rng.uniform(0, 255, 3) if rng.random() < 0.6 else np.full(3, rng.uniform(150, 255))
    picture = np.broadcast_to(base, (*size, 3)).astype(np.float32)
    if rng.random() < 0.7:
        corners = base + rng.normal(0, 35, (2, 2, 3))
        picture = cv2.resize(corners.astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:
        cells = rng.normal(0, rng.uniform(5, 45), (int(rng.integers(3, 24)), int(rng.integers(3, 16)), 3))
        picture = picture + cv2.resize(cells.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(picture, 0, 255).astype(np.uint8)


def label_weights(samples: Sequence[PersonSample], rare: Sequence[Label], share: float) -> np.ndarray:
    """Drawing weights that raise the samples showing a rare label to ``1 + share`` for each such label."""
    weights = np.ones(len(samples))
    for i, sample in enumerate(samples):
        if sample.parsing is not None:
            weights[i] += share * sum(bool((sample.parsing == label).sum() > 200) for label in rare)
    return weights
