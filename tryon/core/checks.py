"""Checks of array and tensor shapes, with messages that say what would fit."""

from typing import Protocol

from tryon.core.errors import ShapeError


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


def _fits(actual: int, expected: int | str | None) -> bool:
    if isinstance(expected, str):
        return actual > 0 and actual % int(expected.removeprefix("/")) == 0
    return expected is None or actual == expected


def _words(expected: int | str | None) -> str:
    if isinstance(expected, str):
        return f"a multiple of {expected.removeprefix('/')}"
    return "any" if expected is None else str(expected)
