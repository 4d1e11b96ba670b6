"""Checks of what is handed in: shapes of arrays and tensors, pictures, key points; the messages say what would fit."""

from collections.abc import Sequence
from types import UnionType
from typing import Protocol

import numpy as np

from tryon.core.errors import ConfigError, InputImageError, KindError, ShapeError

MIN_SIDE = 32
"""Smaller pictures are refused: nobody can be recognized on them."""
MIN_TORSO = 8
"""Pixels of a torso, at least, in key points: shorter ones are in other units than pixels."""


def check_choice(name: str, given: object, choices: Sequence[str]) -> None:
    """Check an option.

    Raises:
        ConfigError: it is none of the choices.
    """
    if given not in choices:
        raise ConfigError(f"{name} is {given!r}; choose {', '.join(choices[:-1])} or {choices[-1]}")


def check_kinds(given: tuple[object, ...], kinds: tuple[type | UnionType, ...], expected: str) -> None:
    """Check what was handed to the Python interface.

    Args:
        given: the arguments.
        kinds: one for each.
        expected: what these are, in words, for the message.

    Raises:
        KindError: one is of another kind.
    """
    if not all(map(isinstance, given, kinds)):
        names = " and ".join(type(one).__name__ for one in given)
        raise KindError(f"{names} {'was' if len(given) == 1 else 'were'} given; expected {expected}")


class _Shaped(Protocol):
    @property
    def shape(self) -> tuple[int, ...]: ...


def check_shape(array: _Shaped, name: str, expected: tuple[int | str | None, ...]) -> None:
    """Check the shape of an array or a tensor.

    Args:
        array: anything with a ``shape``.
        name: what the caller calls it, for the message.
        expected: one entry a dimension: a number, ``None`` for any, or ``"/32"`` for a multiple of 32.

    Raises:
        ShapeError: the shape is another one.

    Example:
        >>> check_shape(images, "images", (None, 3, "/32", "/32"))
    """
    actual = tuple(array.shape)
    if len(actual) != len(expected) or not all(map(_fits, actual, expected)):
        words = ", ".join(_words(entry) for entry in expected)
        raise ShapeError(name, f"({words})", actual)


def check_divisible(height: int, width: int, by: int, name: str) -> None:
    """Check that a picture size is one that a network with stride ``by`` takes.

    Raises:
        ShapeError: it is not; the message gives the size to pad to.
    """
    if height <= 0 or width <= 0 or height % by or width % by:
        fitting = (max(-(-height // by), 1) * by, max(-(-width // by), 1) * by)
        raise ShapeError(name, f"a height and width divisible by {by}; pad it to {fitting}", (height, width))


def check_picture(picture: object, name: str, channels: tuple[int, ...] = (3,), others: str = "") -> np.ndarray:
    """Check that something is a picture.

    Args:
        picture: what was handed in.
        name: what the caller calls it, for the message.
        channels: the numbers of channels that fit; 1 is ``(H, W)``, without an axis of its own.
        others: what else than an array would have been taken, for the message.

    Returns:
        The picture as a plain array, ``uint8``, contiguous, with sides of 32 pixels or more.

    Raises:
        ShapeError: it is no array, or one of another shape or type.
        InputImageError: a side is shorter.
    """
    array = check_pixels(picture, name, channels, others)
    check_side((array.shape[0], array.shape[1]), name)
    return array


def check_pixels(picture: object, name: str, channels: tuple[int, ...] = (3,), others: str = "") -> np.ndarray:
    """As :func:`check_picture`, for pictures of any size."""
    words = " or ".join("(H, W)" if count == 1 else f"(H, W, {count})" for count in channels)
    expected = f"a uint8 array {words}" + (f", or {others}" if others else "")
    if not isinstance(picture, np.ndarray):
        raise ShapeError(name, expected, tuple(getattr(picture, "shape", ())), _kind(picture))
    found = 1 if picture.ndim == 2 else picture.shape[2] if picture.ndim == 3 and picture.shape[2] > 1 else 0
    if picture.dtype != np.uint8 or found not in channels:
        raise ShapeError(name, expected, picture.shape, str(picture.dtype))
    return np.ascontiguousarray(picture)


def check_side(size: tuple[int, int], name: str) -> None:
    """Raise an :class:`InputImageError` when a picture of height and width ``size`` is too small."""
    if min(size) < MIN_SIDE:
        raise InputImageError(
            f"{name} has {size[1]} x {size[0]} pixels; both sides must have {MIN_SIDE} or more, use a larger picture"
        )


def check_pose(keypoints: object, name: str) -> np.ndarray:
    """Check that something is a person's key points, in pixels.

    Returns:
        ``(18, 3)`` ``float32`` x, y, confidence.

    Raises:
        ShapeError: it is no array of numbers, or of another shape.
        ConfigError: a number is not finite, or the person is a few pixels large: the points are in another unit.
    """
    if isinstance(keypoints, np.ndarray) and np.iscomplexobj(keypoints):
        raise ShapeError(name, "an array (18, 3) of x, y, confidence", np.shape(keypoints), "of complex numbers")
    try:
        with np.errstate(over="ignore"):
            points = np.asarray(keypoints, np.float32)
    except (TypeError, ValueError) as error:
        raise ShapeError(name, "an array (18, 3) of x, y, confidence", (), _kind(keypoints)) from error
    if points.shape != (18, 3):
        raise ShapeError(name, "(18, 3): x, y, confidence", points.shape)
    if not np.isfinite(points).all():
        raise ConfigError(f"{name} holds values that are no finite numbers; missing points are 0, 0, 0")
    if too_small(points):
        raise ConfigError(f"{name} spans less than {MIN_TORSO} pixels; expected x and y in pixels, not as shares")
    return points


def too_small(keypoints: np.ndarray) -> bool:
    """Whether the shoulders and hips ``(18, 3)`` that are there lie within a few pixels.

    Neither side of the box around them is as long as :data:`MIN_TORSO`. One point alone says nothing.
    """
    trunk = keypoints[[1, 2, 5, 8, 11]]
    seen = trunk[trunk[:, 2] > 0, :2]
    return len(seen) > 1 and bool(np.ptp(seen, axis=0).max() < MIN_TORSO)


def upside_down(keypoints: np.ndarray) -> bool:
    """Whether the shoulders of key points ``(18, 3)`` lie clearly below the hips, where both are there."""
    shoulders, hips = (some[some[:, 2] > 0, :2] for some in (keypoints[[1, 2, 5]], keypoints[[8, 11]]))
    if not len(shoulders) or not len(hips):
        return False
    trunk = hips.mean(0) - shoulders.mean(0)
    return bool(trunk[1] < -0.5 * np.linalg.norm(trunk))


def _kind(thing: object) -> str:
    dtype = getattr(thing, "dtype", None)
    name = type(thing).__name__
    return name if dtype is None else f"{name} of {dtype}"


def _fits(actual: int, expected: int | str | None) -> bool:
    if isinstance(expected, str):
        return actual > 0 and actual % int(expected.removeprefix("/")) == 0
    return expected is None or actual == expected


def _words(expected: int | str | None) -> str:
    if isinstance(expected, str):
        return f"a multiple of {expected.removeprefix('/')}"
    return "any" if expected is None else str(expected)
