"""Reading of drawn scenes by a network that knows each class by its color, so that the truth is exact."""

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from tryon.core import photo as photos
from tryon.core.labels import NUM_LABELS, Label
from tryon.read.parser.model import Parsed, ParserConfig
from tryon.read.parser.read import (
    Candidate,
    _keep_person,
    _larger_mirrored,
    _settled,
    _with_coarse,
    _without_bags_of_cloth,
    box_in_frame,
    find_people,
    parse_person,
    probabilities,
    reading_box,
    remove_specks,
)

COLORS = {
    Label.BACKGROUND: (0, 0, 0),
    Label.HAIR: (255, 0, 0),
    Label.SKIN: (0, 255, 0),
    Label.UPPER: (0, 0, 255),
    Label.PANTS: (255, 255, 0),
    Label.SHOES: (0, 255, 255),
}


class ColorParser(nn.Module):
    """Scores by the distance of a pixel's color to that of each class: a 1 × 1 convolution."""

    def __init__(self):
        super().__init__()
        self.config = ParserConfig()
        colors = torch.tensor([COLORS.get(label, (0, 0, 0)) for label in Label]) / 255
        unused = torch.tensor([label not in COLORS for label in Label])
        self.conv = nn.Conv2d(3, NUM_LABELS, 1)
        # Soft, so that a pixel that an edge crosses tells where the edge lies.
        self.conv.weight.data = 8 * colors[:, :, None, None]
        self.conv.bias.data = -4 * colors.square().sum(1) - 1000 * unused

    def forward(self, image):
        return Parsed(self.conv(image), torch.full((len(image), NUM_LABELS), 20.0))


PARSER = ColorParser().eval()


def draw(truth, x, y, height):
    """A person of rectangles, a third as wide as high, whose top left corner is (x, y)."""
    width = height // 3
    parts = ((Label.HAIR, 0, 0.06), (Label.SKIN, 0.06, 0.2), (Label.UPPER, 0.2, 0.55), (Label.PANTS, 0.55, 0.93),
             (Label.SHOES, 0.93, 1))  # fmt: skip
    for label, start, stop in parts:
        top, bottom = max(0, y + round(start * height)), max(0, y + round(stop * height))
        truth[top:bottom, max(0, x) : max(0, x + width)] = label


def scene(size, *people):
    """Photo and label map of people given as x, y, height."""
    truth = np.zeros(size, np.uint8)
    for x, y, height in people:
        draw(truth, x, y, height)
    return paint(truth), truth


def paint(truth):
    table = np.array([COLORS.get(label, (0, 0, 0)) for label in Label], np.uint8)
    return table[truth]


def inner(truth, pixels):
    """Where all pixels within ``pixels`` have the same label."""
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return cv2.erode(truth, kernel) == cv2.dilate(truth, kernel)


def center(mask):
    return np.argwhere(mask).mean(0)


def test_probabilities():
    image, truth = scene((64, 96), (10, 2, 60))
    read, presence = probabilities(PARSER, image)
    assert presence == pytest.approx(np.ones(NUM_LABELS))
    assert read.shape == (64, 96, NUM_LABELS)
    assert read.sum(-1) == pytest.approx(np.ones((64, 96)), abs=1e-5)
    assert (read.argmax(-1) == truth).all()


@pytest.mark.parametrize(
    ("size", "person"),
    [
        ((600, 400), (120, 40, 510)),  # as in a portrait
        ((1024, 768), (200, 100, 870)),
        ((2000, 300), (60, 900, 540)),  # a tall photo
        ((300, 2000), (1300, 20, 270)),  # a wide photo
        ((900, 1200), (800, 500, 135)),  # far away
        ((500, 500), (-60, 50, 420)),  # cut off by the left border
        ((500, 500), (300, -60, 420)),  # without a head, cut off by the top: skin is left
        ((500, 500), (200, 200, 600)),  # cut off at the hips
        ((100, 80), (30, 10, 80)),  # a tiny photo is enlarged
    ],
)
def test_one_person_anywhere(size, person):
    image, truth = scene(size, person)
    (candidate,) = find_people(PARSER, image)
    coarse = max(1, max(size) / 512)  # pixels of the photo for one of the coarse reading
    rows, columns = np.flatnonzero((truth > 0).any(1)), np.flatnonzero((truth > 0).any(0))
    expected = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    assert candidate.box == pytest.approx(expected, abs=3 * coarse)
    assert candidate.share == pytest.approx((truth > 0).mean(), rel=0.15)
    assert candidate.mask.shape == size
    parsing = parse_person(PARSER, image, candidate)
    assert parsing.shape == size
    assert parsing.dtype == np.uint8
    close = max(1, (expected[3] - expected[1]) / 300)  # pixels of the photo for one of the close reading
    far_from_edges = inner(truth, int(np.ceil(close)))
    assert (parsing == truth)[far_from_edges].all()
    for label in np.unique(truth):
        assert center(parsing == label) == pytest.approx(center(truth == label), abs=1)


def test_the_reading_is_not_shifted():
    """Enlarged sixfold, the borders of the classes must stay where they are, to a pixel."""
    image, truth = scene((2400, 1800), (600, 300, 1800))
    (candidate,) = find_people(PARSER, image)
    parsing = parse_person(PARSER, image, candidate)
    rows, columns = np.flatnonzero((parsing > 0).any(1)), np.flatnonzero((parsing > 0).any(0))
    assert (rows[0] + rows[-1]) / 2 == pytest.approx((300 + 2099) / 2, abs=1)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx((600 + 1199) / 2, abs=1)
    assert (parsing != truth).mean() < 0.004


def test_the_large_and_central_person_comes_first():
    image, truth = scene((600, 900), (30, 100, 450), (400, 100, 450), (700, 200, 300))
    people = find_people(PARSER, image)
    assert [round(one.box[0] / 10) * 10 for one in people] == [400, 30, 700]
    assert people[0].score > people[1].score > people[2].score
    for candidate, x in zip(people, (400, 30, 700), strict=True):
        parsing = parse_person(PARSER, image, candidate)
        alone = np.where((np.arange(900) >= x) & (np.arange(900) < x + 160), truth, 0)
        assert (parsing == alone)[inner(alone, 3)].all()


def test_neighbors_inside_the_box_are_dropped():
    """The box that is read closely reaches to the neighbor, whose label map is background all the same."""
    image, truth = scene((500, 400), (60, 30, 440), (225, 200, 270))
    first = find_people(PARSER, image)[0]
    box = reading_box(first, 256 / 384)
    assert box[2] > 240
    parsing = parse_person(PARSER, image, first)
    assert not parsing[:, 220:].any()
    assert (parsing > 0).sum() == pytest.approx((truth[:, :210] > 0).sum(), rel=0.02)


@pytest.mark.parametrize("size", [(400, 600), (600, 400), (64, 1000), (40, 40)])
def test_nobody(size):
    assert find_people(PARSER, np.zeros((*size, 3), np.uint8)) == []


def test_clothes_alone_are_nobody():
    truth = np.zeros((400, 600), np.uint8)
    truth[100:300, 200:400] = Label.UPPER
    assert find_people(PARSER, paint(truth)) == []
    truth[60:100, 270:330] = Label.SKIN
    assert len(find_people(PARSER, paint(truth))) == 1


def test_dust_is_nobody():
    _, truth = scene((600, 600), (200, 50, 500))
    truth[20:40, 20:30] = Label.SKIN
    assert len(find_people(PARSER, paint(truth))) == 1


def candidate(*box: int) -> Candidate:
    return Candidate(box, 0.1, np.zeros((1000, 800), bool), 0.1)


def test_reading_box():
    x0, y0, x1, y1 = reading_box(candidate(100, 200, 150, 600), 2 / 3)
    assert (y0, y1) == pytest.approx((168, 632))  # 8 % of 400 on each side
    assert ((x0 + x1) / 2, (x1 - x0) / (y1 - y0)) == pytest.approx((125, 2 / 3))
    x0, y0, x1, y1 = reading_box(candidate(100, 300, 500, 400), 2 / 3)
    assert (x0, x1) == pytest.approx((68, 532))
    assert (y0, y1) == pytest.approx((350 - 348, 350 + 348))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((300, 200, 500, 600), (400 - 464 / 3, 168, 400 + 464 / 3, 632)),  # whole: as above
        ((300, 0, 500, 800), (112, 0, 688, 864)),  # without a head
        ((300, 200, 500, 1000), (112, 136, 688, 1000)),  # without feet
        ((300, 0, 500, 1000), (400 - 1000 / 3, 0, 400 + 1000 / 3, 1000)),  # without both
        ((0, 200, 200, 600), (0, 168, 928 / 3, 632)),  # half of somebody
        ((0, 0, 800, 200), (0, 0, 800, 1200)),  # wider than high: as high as it must be, on the side that is free
        ((0, 0, 800, 1000), (0, -100, 800, 1100)),  # cut off all around: beyond the frame after all
    ],
)
def test_the_box_ends_where_the_frame_cuts_the_person_off(box, expected):
    assert box_in_frame(candidate(*box), 2 / 3) == pytest.approx(expected)


def test_parts_of_other_people_are_dropped():
    labels = np.zeros((10, 20), np.uint8)
    labels[2:8, 2:6] = Label.UPPER
    labels[2:8, 6:8] = Label.SKIN  # touches the first: one part
    labels[2:8, 12:16] = Label.DRESS
    coarse = np.zeros(labels.shape, bool)
    coarse[2:8, 1:7] = True
    coarse[2:4, 12:14] = True  # 4 of the other's 24 pixels
    kept = _keep_person(labels, coarse)
    assert (kept[:, :10] == labels[:, :10]).all()
    assert not kept[:, 10:].any()
    assert not _keep_person(labels, np.zeros_like(coarse)).any()


def test_specks():
    labels = np.zeros((100, 100), np.uint8)
    labels[20:80, 20:80] = Label.UPPER  # 3600 pixels: specks have 5 at most, of shoes and skin one
    labels[30:32, 30:32] = Label.SKIRT
    labels[40:42, 40:42] = Label.SKIN
    labels[50:53, 50:53] = Label.SKIRT
    labels[60, 60] = Label.SHOES
    labels[70, 70:72] = 0
    labels[5, 5:8] = Label.BAG
    before = labels.copy()
    clean = remove_specks(labels)
    assert (labels == before).all()
    assert clean.dtype == np.uint8
    assert (clean[30:32, 30:32] == Label.UPPER).all()
    assert (clean[40:42, 40:42] == Label.SKIN).all()
    assert (clean[50:53, 50:53] == Label.SKIRT).all()
    assert clean[60, 60] == Label.UPPER
    assert (clean[70, 70:72] == Label.UPPER).all()
    assert not clean[:10].any()
    assert not remove_specks(np.zeros((8, 8), np.uint8)).any()


def test_a_fleck_of_another_garment_is_settled_by_what_is_around_it():
    close = np.zeros((384, 256, NUM_LABELS), np.float32)
    close[..., Label.UPPER] = 0.9
    close[..., Label.SKIN] = 0.1
    close[100:106, 100:106, [Label.UPPER, Label.OUTER]] = (0.3, 0.6)
    close[200:, :, [Label.UPPER, Label.OUTER]] = (0.2, 0.7)  # a coat's worth of pixels stays a coat
    settled = _settled(close)
    assert (settled[103, 103].argmax(), settled[150, 100].argmax(), settled[300, 100].argmax()) == (
        Label.UPPER, Label.UPPER, Label.OUTER,
    )  # fmt: skip
    assert settled[..., Label.SKIN] == pytest.approx(0.1)
    assert settled.sum(-1) == pytest.approx(1, abs=1e-5)


def test_the_mirrored_reading_lies_on_the_plain_one():
    """Of a reader that tells colors, at another size, with a box that leaves the photo on one side."""
    image, truth = scene((300, 200), (60, 20, 260))
    box = (-10.0, 5.0, 182.0, 293.0)
    crop, matrix = photos.crop_and_resize(image, box, (192, 128))
    larger, presence = _larger_mirrored(PARSER, image, box, (192, 128))
    assert larger.shape == (192, 128, NUM_LABELS)
    assert presence == pytest.approx(np.ones(NUM_LABELS))
    expected = cv2.warpAffine(truth, matrix, (128, 192), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    assert (larger.argmax(-1) == expected)[inner(expected, 2)].mean() > 0.99
    assert (larger.argmax(-1) == probabilities(PARSER, crop)[0].argmax(-1))[inner(expected, 2)].mean() > 0.99


def test_a_dress_that_is_partly_read_as_a_skirt_is_settled():
    close = np.zeros((384, 256, NUM_LABELS), np.float32)
    close[..., Label.DRESS] = 0.8
    close[200:240, 100:140, [Label.DRESS, Label.SKIRT]] = (0.3, 0.5)  # a print
    close[300:, :, [Label.DRESS, Label.SKIRT]] = (0.2, 0.6)
    settled = _settled(close)
    assert (settled[220, 120].argmax(), settled[370, 120].argmax()) == (Label.DRESS, Label.SKIRT)
    assert settled.sum(-1) == pytest.approx(0.8, abs=1e-5)


def test_a_piece_of_a_coat_that_was_read_as_a_bag_is_cloth_and_a_bag_stays():
    close = np.zeros((384, 256, NUM_LABELS), np.float32)
    close[..., Label.BACKGROUND] = 1
    kinds = [Label.BACKGROUND, Label.BAG, Label.OUTER, Label.UPPER]
    piece, bag = np.s_[200:260, 40:80], np.s_[200:260, 140:180]
    close[(*piece, slice(None))] = close[(*bag, slice(None))] = 0
    close[(*piece, kinds)] = (0.2, 0.5, 0.2, 0.1)
    close[(*bag, kinds)] = (0.1, 0.8, 0.06, 0.04)
    close[200:210, 40:80, kinds] = (0, 0.9, 0.1, 0)  # where the piece alone looks like a bag
    whole = _without_bags_of_cloth(close)
    assert (whole[piece].argmax(-1) == Label.OUTER).all()
    assert np.array_equal(whole[bag], close[bag])
    assert whole.sum(-1) == pytest.approx(1)
    assert close[230, 60, Label.BAG] == 0.5  # what was handed in stays


@pytest.mark.parametrize(("enlarged", "weight"), [(3, 0.5), (2, 0.5), (1.5, 0.25), (1, 0), (0.5, 0)])
def test_the_coarse_reading_is_laid_onto_the_close_one(enlarged, weight):
    """A ramp along x and one along y, read of a photo of 60 x 40 at ``enlarged`` times its size."""
    height, width = round(40 * enlarged), round(60 * enlarged)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    coarse = np.zeros((height, width, NUM_LABELS), np.float32)
    coarse[..., 0], coarse[..., 1] = (x + 0.5) / enlarged - 0.5, (y + 0.5) / enlarged - 0.5
    close = np.full((40, 24, NUM_LABELS), 7, np.float32)  # the pixels from (10, 5) on, at twice their size
    matrix = np.array([[2, 0, (0.5 - 10) * 2 - 0.5], [0, 2, (0.5 - 5) * 2 - 0.5]])
    mixed = _with_coarse(close, coarse, matrix, (40, 60))
    rows, columns = (np.arange(40) + 0.5) / 2 - 0.5 + 5, (np.arange(24) + 0.5) / 2 - 0.5 + 10
    # OpenCV places its samples to a 32nd of a pixel.
    assert mixed[..., 0] == pytest.approx(np.tile(7 * (1 - weight) + weight * columns, (40, 1)), abs=0.03)
    assert mixed[..., 1] == pytest.approx(np.tile((7 * (1 - weight) + weight * rows)[:, None], (1, 24)), abs=0.03)


def test_a_reading_has_no_specks():
    """A dot of hair on the top becomes the top."""
    photo, truth = scene((400, 300), (100, 40, 320))
    photo[150:153, 150:153] = COLORS[Label.HAIR]
    found = parse_person(PARSER, photo, find_people(PARSER, photo)[0], mirror=False)
    assert (found[145:158, 145:158] == Label.UPPER).all()
    assert (truth[145:158, 145:158] == Label.UPPER).all()
