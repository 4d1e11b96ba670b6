"""Pictures that explain what the program saw and did, for people who never saw a label map or a flow.

Pictures are RGB ``uint8`` ``(H, W, 3)``. What carries a legend is higher than the picture it was drawn on: the legend
is a strip below.
"""

from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tryon.body import skeleton
from tryon.core import photo as photos
from tryon.core.frame import Frame
from tryon.core.labels import PALETTE, Label, mask_of
from tryon.types import Box, CloseView, Person, TryOnResult

INK, PAPER, MISSING = (24, 24, 28), (255, 255, 255), (128, 128, 128)
RIGHT, LEFT, MIDDLE = (235, 95, 30), (35, 110, 235), (50, 165, 90)
EDITED = (220, 30, 140)
STEP_SIDE = 1600
"""Pixels of the longer side of a photo in :func:`steps` at most: what was found, was found no finer."""
_BAND = 64  # rows
_RIGHT_POINTS = {name for name in range(skeleton.NUM_KEYPOINTS) if skeleton.NAMES[name].startswith("right")}
_LEFT_POINTS = {name for name in range(skeleton.NUM_KEYPOINTS) if skeleton.NAMES[name].startswith("left")}

Cell = tuple[str, np.ndarray]
"""A title, possibly empty, and the picture below it."""


def draw_parsing(photo: np.ndarray, parsing: np.ndarray, *, legend: bool = True) -> np.ndarray:
    """A label map in colors over its photo, the background faded.

    Args:
        photo: ``(H, W, 3)``.
        parsing: ``(H, W)`` ``uint8`` label map.
        legend: add a strip that names the colors of the classes that occur.
    """
    picture = _pixel_by_pixel(
        lambda pixels, labels: np.where((labels > 0)[..., None], 0.3 * pixels + 0.7 * PALETTE[labels], _faded(pixels)),
        photo,
        parsing,
    )
    if not legend:
        return picture
    strip = label_legend(photo.shape[1], [label for label in Label if label and (parsing == label).any()])
    return np.concatenate((picture, strip))


def label_legend(width: int, labels: Sequence[Label] = tuple(Label)[1:], font_size: int | None = None) -> np.ndarray:
    """A strip ``(h, width, 3)`` that names the colors of classes, in letters that suit one picture of that width."""
    entries = [(tuple(PALETTE[label].tolist()), label.name.lower()) for label in labels]
    return _legend(entries or [(PAPER, "nobody found")], width, font_size)


def draw_keypoints(photo: np.ndarray, keypoints: np.ndarray, *, legend: bool = True) -> np.ndarray:
    """A skeleton over its photo: the person's right side orange, the left side blue, the middle green.

    Args:
        photo: ``(H, W, 3)``.
        keypoints: ``(18, 3)`` in pixels of the photo; missing points and limbs to them are left out.
        legend: add a strip that names the colors.
    """
    picture = _pixel_by_pixel(lambda pixels: 0.75 * pixels + 0.25 * 255, photo)
    largest = max(2, round(max(photo.shape[:2]) / 130))
    torso = skeleton.torso_length(keypoints)
    width = int(np.clip(round(torso / 22), 2, largest)) if torso else largest
    seen = keypoints[:, 2] > 0
    # OpenCV draws between the pixels when it is given sixteenths of them.
    points = [tuple(np.round(point * 16).astype(int).tolist()) for point in keypoints[:, :2]]
    for color, wider in ((INK, 2), (None, 0)):
        for a, b in skeleton.LIMBS:
            if seen[a] and seen[b]:
                cv2.line(picture, points[a], points[b], color or _side(b), width + wider, cv2.LINE_AA, 4)
        for i in np.flatnonzero(seen).tolist():
            cv2.circle(picture, points[i], (width + wider) * 16, color or _side(i), cv2.FILLED, cv2.LINE_AA, 4)
    if not legend:
        return picture
    entries = [(RIGHT, "the person's right"), (LEFT, "the person's left"), (MIDDLE, "nose and neck")]
    return np.concatenate((picture, _legend(entries, photo.shape[1])))


def draw_people(photo: np.ndarray, boxes: Sequence[Box], chosen: int) -> np.ndarray:
    """People framed and numbered from 1, those who are not chosen paler.

    Args:
        photo: ``(H, W, 3)``.
        boxes: x0, y0, x1, y1 in pixels of the photo, edges as in a slice.
        chosen: number of the one who is framed in color.
    """
    x0, y0, x1, y1 = boxes[chosen - 1]
    picture = _faded(photo)
    picture[y0:y1, x0:x1] = photo[y0:y1, x0:x1]
    canvas = Image.fromarray(_uint8(picture))
    draw = ImageDraw.Draw(canvas)
    size = max(16, round(max(photo.shape[:2]) / 14))
    for number, (left, top, right, bottom) in enumerate(boxes, 1):
        color = EDITED if number == chosen else INK
        draw.rectangle((left, top, right - 1, bottom - 1), outline=color, width=max(2, size // 12))
        draw.rectangle((left, top, left + size, top + size), fill=color)
        draw.text((left + size / 2, top + size / 2), str(number), PAPER, _font(round(size * 0.8)), anchor="mm")
    return np.array(canvas)


def draw_flow(flow: np.ndarray) -> np.ndarray:
    """A flow as colors: the hue is its direction, the saturation its length, as a wheel in the legend shows.

    Args:
        flow: ``(H, W, 2)`` x, y in pixels; NaN (drawn grey) where there is none. The length at the 99th percentile
            has the full color.
    """
    missing = np.isnan(flow).any(-1)
    lengths = np.hypot(flow[..., 0], flow[..., 1])[~missing]
    full = max(float(np.percentile(lengths, 99)), 1e-3) if lengths.size else 1.0
    picture = _flow_colors(np.nan_to_num(flow), full)
    picture[missing] = MISSING
    return np.concatenate((picture, _flow_legend(flow.shape[1], full)))


def draw_mask(photo: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A region of a photo, tinted and outlined; the rest is faded.

    Args:
        photo: ``(H, W, 3)``.
        mask: ``(H, W)`` ``bool``.
    """
    picture = _uint8(np.where(mask[..., None], 0.65 * photo + 0.35 * np.array(EDITED), _faded(photo)))
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, outlines, -1, EDITED, max(1, photo.shape[1] // 300), cv2.LINE_AA)
    return picture


def draw_rgba(picture: np.ndarray) -> np.ndarray:
    """A picture ``(H, W, 4)`` with transparency over a checkerboard, ``(H, W, 3)``."""
    height, width = picture.shape[:2]
    square = max(6, max(height, width) // 60)

    def over_board(pixels: np.ndarray, rows: np.ndarray) -> np.ndarray:
        odd = (rows[:, None] // square + np.arange(width) // square) % 2
        board = np.where(odd, 235, 205)[..., None]
        alpha = pixels[..., 3:] / 255
        return alpha * pixels[..., :3] + (1 - alpha) * board

    return _pixel_by_pixel(over_board, picture, np.arange(height))


def draw_text(text: str, size: tuple[int, int], font_size: int) -> np.ndarray:
    """Text, broken into lines, on a white picture; ``size`` (height, width) grows in height where it is too low."""
    font, step, margin = _font(font_size), round(font_size * 1.35), font_size // 2
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > size[1] - 2 * margin:
            lines.append(word)
        else:
            lines[-1] = longer
    picture = Image.new("RGB", (size[1], max(size[0], step * len(lines) + 2 * margin)), PAPER)
    ImageDraw.Draw(picture).multiline_text(
        (margin, margin), "\n".join(lines), fill=INK, font=font, spacing=step - font_size
    )
    return np.array(picture)


def side_by_side(cells: Sequence[Cell]) -> np.ndarray:
    """Pictures in a row under their titles, scaled to the height of the highest."""
    height = max(len(picture) for _, picture in cells)
    size = _text_size(min(picture.shape[1] for _, picture in cells))
    columns = []
    for title, picture in cells:
        width = max(1, round(picture.shape[1] * height / len(picture)))
        column = _titled(title, photos.letterbox(picture, (height, width), 255)[0], size)
        columns += [column, np.full((len(column), max(4, height // 100), 3), PAPER, np.uint8)]
    return np.concatenate(columns[:-1], 1)


def contact_sheet(rows: Sequence[Sequence[Cell]], cell: tuple[int, int], gap: int = 12) -> np.ndarray:
    """Pictures under their titles in a grid, each scaled to fit a cell of ``(height, width)``."""
    size = max(11, _text_size(cell[1]))
    columns = max(len(row) for row in rows)
    lines = []
    for row in rows:
        drawn = [_titled(title, photos.letterbox(picture, cell, 255)[0], size) for title, picture in row]
        drawn += [np.full_like(drawn[0], 255)] * (columns - len(drawn))
        bordered = [cv2.copyMakeBorder(one, 0, gap, 0, gap, cv2.BORDER_CONSTANT, value=PAPER) for one in drawn]
        lines.append(np.concatenate(bordered, 1))
    return np.concatenate(lines)


def steps(result: TryOnResult) -> list[Cell]:
    """Every intermediate picture of a try-on with its title, in the order in which they were made.

    They show photos with sides of more than :data:`STEP_SIDE` pixels at that size.
    """
    person, source = result.person, result.garment.source
    view, wearer = _shown(person), _shown(source)
    taken = mask_of(wearer.parsing, *(Label(label) for label in result.garment.labels))
    cut_out = np.dstack((wearer.photo, np.where(taken, 255, 0).astype(np.uint8)))
    mask = view.frame.cut(result.mask.view(np.uint8), cv2.INTER_NEAREST_EXACT) > 0
    if source.kinds is None:
        stands, wears = "How its wearer stands", "What its wearer wears"
    else:
        stands, wears = "Where its joints are", "What was cut out"
    return [
        ("The person", view.photo),
        ("How the person stands", draw_keypoints(view.photo, view.keypoints)),
        ("What the person wears", draw_parsing(view.photo, view.parsing)),
        ("The garment photo", wearer.photo),
        (stands, draw_keypoints(wearer.photo, wearer.keypoints)),
        (wears, draw_parsing(wearer.photo, wearer.parsing)),
        ("The garment that is taken", draw_rgba(cut_out)),
        ("Where the garment's pixels come from", draw_flow(view.frame.cut(result.flow, cv2.INTER_NEAREST_EXACT))),
        ("The garment in the person's pose", draw_rgba(view.frame.cut(result.warped_garment))),
        ("The part of the photo that is edited", draw_mask(view.photo, mask)),
        ("The result", view.frame.cut(result.image)),
    ]


def _shown(person: Person) -> CloseView:
    """The whole photo at the size at which steps show it."""
    frame = Frame.of((0, 0, *person.photo.shape[1::-1]), STEP_SIDE)
    parsing = frame.cut(person.parsing, cv2.INTER_NEAREST_EXACT)
    return CloseView(frame, frame.cut(person.photo), frame.points(person.keypoints), parsing)


def _side(point: int) -> tuple[int, int, int]:
    return RIGHT if point in _RIGHT_POINTS else LEFT if point in _LEFT_POINTS else MIDDLE


def _faded(photo: np.ndarray) -> np.ndarray:
    return 0.4 * photo + 0.6 * 255


def _uint8(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def _pixel_by_pixel(mix: Callable[..., np.ndarray], picture: np.ndarray, *maps: np.ndarray) -> np.ndarray:
    """What a function makes of the rows of a picture and of maps of it, ``(H, W, 3)``.

    It is given some rows at a time: the fractions of 48 megapixels at once would take gigabytes.
    """
    out = np.empty((*picture.shape[:2], 3), np.uint8)
    for start in range(0, len(out), _BAND):
        band = slice(start, start + _BAND)
        out[band] = _uint8(mix(*(one[band] for one in (picture, *maps))))
    return out


def _flow_colors(flow: np.ndarray, full: float) -> np.ndarray:
    hue = np.degrees(np.arctan2(flow[..., 1], flow[..., 0])) % 360
    saturation = np.minimum(np.hypot(flow[..., 0], flow[..., 1]) / full, 1)
    hsv = np.dstack((hue, saturation, np.ones_like(hue))).astype(np.float32)
    return _uint8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _text_size(width: int) -> int:
    return max(12, round(width / 34))


def _titled(title: str, picture: np.ndarray, size: int) -> np.ndarray:
    """The picture under a bar with its title, which is cut where it is too wide."""
    font, width = _font(size), picture.shape[1]
    while title and font.getlength(title) > width:
        title = title.removesuffix("…")[:-1] + "…" if len(title) > 1 else ""
    bar = Image.new("RGB", (width, round(1.7 * size)), PAPER)
    ImageDraw.Draw(bar).text((0, 0.85 * size), title, fill=INK, font=font, anchor="lm")
    return np.concatenate((np.array(bar), picture))


def _flow_legend(width: int, full: float) -> np.ndarray:
    """The color wheel and what it means."""
    size = _text_size(width)
    radius, margin = 3 * size, size // 2
    offset = np.stack(np.meshgrid(*2 * [np.arange(-radius, radius + 1, dtype=np.float32)]), -1)
    wheel = _flow_colors(offset, radius)
    wheel[np.hypot(offset[..., 0], offset[..., 1]) > radius] = PAPER
    wheel = cv2.copyMakeBorder(wheel, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=PAPER)
    words = (
        "Color: the direction in which the garment photo is read for this place. "
        f"Full color: {full:.0f} pixels away. Grey: nothing is brought here."
    )
    text = draw_text(words, (len(wheel), max(width - wheel.shape[1], size)), size)
    below = len(text) - len(wheel)
    wheel = cv2.copyMakeBorder(wheel, 0, below, 0, 0, cv2.BORDER_CONSTANT, value=PAPER)
    return np.concatenate((wheel, text), 1)[:, :width]


def _legend(
    entries: Sequence[tuple[tuple[int, int, int], str]], width: int, font_size: int | None = None
) -> np.ndarray:
    """Swatches with names, broken into lines of ``width``."""
    size = font_size or _text_size(width)
    font, step = _font(size), round(size * 1.6)
    places, x, y = [], size // 2, size // 2
    for _, name in entries:
        needed = round(1.4 * size + font.getlength(name))
        if x > size and x + needed > width:
            x, y = size // 2, y + step
        places.append((x, y))
        x += needed + size
    picture = Image.new("RGB", (width, y + step), PAPER)
    pen = ImageDraw.Draw(picture)
    for (color, name), (x, y) in zip(entries, places, strict=True):
        pen.rectangle((x, y, x + size, y + size), fill=color, outline=INK)
        pen.text((x + 1.4 * size, y + size / 2), name, fill=INK, font=font, anchor="lm")
    return np.array(picture)
