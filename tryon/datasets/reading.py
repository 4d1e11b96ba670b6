"""Parts of the adapters: layouts, lists of names, label maps and key points, and what is said when they are wrong."""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from tryon.body.skeleton import NAMES, NUM_KEYPOINTS
from tryon.core import photo
from tryon.core.errors import DataError
from tryon.core.files import read_text
from tryon.core.labels import remap

_MARGIN = 0.02  # of a side; key points of cut-off people lie a little outside of their picture


def layout_error(root: Path, expected: str) -> DataError:
    """The error for a folder of another layout: names what was found and what was expected."""
    if not root.is_dir():
        return DataError(f"{root} is no folder; expected {expected}")
    names = sorted(path.name for path in root.iterdir())
    listing = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return DataError(f"{root} holds {listing or 'nothing'}; expected {expected}")


def read_lines(path: Path, expected: str) -> list[str]:
    """The lines of a text file; ``expected`` says in the error what it should hold.

    Raises:
        DataError: it is missing, in another encoding than UTF-8, or no text.
    """
    return read_text(path, expected).splitlines()


def read_name_pairs(path: Path) -> list[tuple[str, str]]:
    """The rows of a file with two names a line, parted by blanks, a comma or a semicolon; empty lines are left out.

    Raises:
        DataError: a line holds more or fewer, or the file cannot be read.
    """
    rows = []
    for number, line in enumerate(read_lines(path, "lines of two file names"), 1):
        words = re.split(r"[\s,;]+", line.strip(" \t,;"))
        if words == [""]:
            continue
        if len(words) != 2:
            raise DataError(f"{path}, line {number} holds {len(words)} names; expected two: person and garment")
        rows.append((words[0], words[1]))
    return rows


def load_labels(path: Path, size: tuple[int, int] | None, table: tuple[int, ...]) -> np.ndarray:
    """Read a label map that a data set stores as a picture of indices, with or without a palette.

    Args:
        path: mostly a PNG.
        size: height and width of the photo that it belongs to; ``None`` takes any.
        table: from :mod:`tryon.core.labels`, from the data set's labels to ours.

    Returns:
        ``(H, W)`` ``uint8`` of :class:`tryon.core.labels.Label`.

    Raises:
        DataError: it cannot be read, holds colors, has another size, or a label that is not in the table.
    """
    try:
        with Image.open(path) as picture:
            mode, raw = picture.mode, np.array(picture)
    except Exception as error:  # Decoders raise about anything on damaged data.
        raise DataError(f"{path} cannot be read as a label map ({error}); is the download complete?") from error
    if mode not in ("L", "P"):
        raise DataError(f"{path} holds colors ({mode}); expected a label map of one index a pixel")
    if size is not None and raw.shape != size:
        raise DataError(f"{path} has the size {raw.shape}, its photo {size}; expected the same")
    try:
        return remap(raw, table)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error


def load_mask(path: Path, size: tuple[int, int]) -> np.ndarray:
    """Read a mask ``(H, W)`` ``bool``: bright is inside.

    Raises:
        DataError: it has another size than ``size``.
        InputImageError: it cannot be read.
    """
    mask = photo.load(path)[..., 0] >= 128
    if mask.shape != size:
        raise DataError(f"{path} has the size {mask.shape}, its photo {size}; expected the same")
    return mask


def inside(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(18,)`` ``bool``: the points that lie in a picture of ``size``, or outside by at most 2 % of its side."""
    limits = np.array((size[1], size[0]))
    x_y = keypoints[:, :2]
    beyond = np.maximum(-0.5 - x_y, x_y - (limits - 0.5))
    return np.all(beyond <= _MARGIN * limits, axis=1)


def finite(keypoints: np.ndarray, source: str | Path) -> np.ndarray:
    """Key points ``(18, 3)`` ``float32``, all numbers finite; the places of missing ones mean nothing and may be NaN.

    Args:
        keypoints: x, y, confidence; of a missing point the confidence is 0.
        source: where the points come from, for the message.

    Raises:
        DataError: a number of another point is not finite, or there are not 18 points.
    """
    if keypoints.shape != (NUM_KEYPOINTS, 3):
        raise DataError(f"{source} holds key points of shape {keypoints.shape}; expected ({NUM_KEYPOINTS}, 3)")
    keypoints = np.array(keypoints, np.float32)
    wrong = ~np.isfinite(keypoints).all(1)
    keypoints[wrong & (keypoints[:, 2] == 0)] = 0
    bad = np.flatnonzero(wrong & (keypoints[:, 2] != 0))
    if len(bad):
        raise DataError(f"{source} holds a value at the {NAMES[bad[0]]} that is no finite number; mend or remove it")
    return keypoints


def check_keypoints(keypoints: np.ndarray, size: tuple[int, int], source: str | Path) -> None:
    """Raise a :class:`DataError` when a point that is not missing is not finite or outside of a picture of ``size``.

    Args:
        keypoints: ``(18, 3)``.
        size: height and width of the picture.
        source: where the points come from, for the message.
    """
    finite(keypoints, source)
    outside = np.flatnonzero((keypoints[:, 2] > 0) & ~inside(keypoints, size))
    if len(outside):
        first = int(outside[0])
        x, y = keypoints[first, :2]
        raise DataError(
            f"{source} has the {NAMES[first]} at ({x:g}, {y:g}), outside the picture of {size[1]} x {size[0]} pixels; "
            "are these the key points of this picture?"
        )
