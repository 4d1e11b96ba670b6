"""Random views of a painted person: image, key points and labels must tell the same."""

import albumentations as A
import cv2
import numpy as np
import pytest

from tryon.body import skeleton
from tryon.core.labels import UNKNOWN, Label
from tryon.read.views import PersonViews, ViewConfig, catalog_view, label_weights, person_box, shrink
from tryon.types import PersonSample

SIZE = (128, 96)
# Label, rows, columns, color; the person looks at the camera, the right side at the left of the picture.
PARTS = (
    (Label.HAIR, (20, 60), (80, 120), (150, 0, 150)),
    (Label.UPPER, (60, 150), (60, 140), (0, 0, 255)),
    (Label.PANTS, (150, 260), (70, 130), (0, 255, 0)),
    (Label.SHOES, (260, 280), (66, 134), (255, 0, 0)),
)
DOTS = {
    skeleton.NOSE: ((100, 40), (255, 255, 255)),
    skeleton.R_SHOULDER: ((72, 75), (255, 160, 0)),
    skeleton.L_SHOULDER: ((128, 75), (0, 255, 255)),
    skeleton.R_HIP: ((85, 165), (255, 255, 0)),
    skeleton.L_HIP: ((115, 165), (255, 0, 255)),
}
ONE_KIND = {
    "zoom_in": 0.0,
    "zoom_out": 0.0,
    "two_people": 0.0,
    "empty": 0.0,
    "catalog": 0.0,
    "new_background": 0.25,
    "printed": 0.0,
}


def painted_person():
    image = np.full((300, 200, 3), 110, np.uint8)
    parsing = np.zeros((300, 200), np.uint8)
    for label, rows, columns, color in PARTS:
        image[slice(*rows), slice(*columns)] = color
        parsing[slice(*rows), slice(*columns)] = label
    keypoints = np.zeros((18, 3), np.float32)
    for k, (place, color) in DOTS.items():
        cv2.circle(image, place, 7, color, -1)
        keypoints[k] = *place, 1
    return PersonSample(image, keypoints, parsing, "painted")


def views(*, photometric=False, seed=3, **changes):
    result = PersonViews([painted_person()], SIZE, seed, config=ViewConfig(**(ONE_KIND | changes)))
    if not photometric:  # colors must stay what they are
        result._photometric = A.Compose([])
    return result


def nearest(pixels):
    """For each pixel the number of the nearest color: parts first, then dots."""
    colors = np.array([part[3] for part in PARTS] + [color for _, color in DOTS.values()], float)
    return ((pixels.reshape(-1, 1, 3) - colors) ** 2).sum(-1).argmin(1)


def test_views_are_of_the_right_kind():
    number = PersonViews([painted_person()], SIZE, seed=0)
    for i in range(30):
        image, keypoints, parsing = number.view(i)
        assert (image.shape, image.dtype) == ((128, 96, 3), np.uint8)
        assert (keypoints.shape, keypoints.dtype) == ((18, 3), np.float32)
        assert (parsing.shape, parsing.dtype) == ((128, 96), np.uint8)
        assert set(np.unique(parsing)) <= {0, *(int(part[0]) for part in PARTS)}
        seen = keypoints[keypoints[:, 2] > 0]
        assert (seen[:, :2] >= -0.5).all()
        assert (seen[:, :2] <= (95.5, 127.5)).all()
        assert not keypoints[keypoints[:, 2] == 0, 2].any()


@pytest.mark.parametrize("kind", [{}, {"catalog": 1.0}, {"two_people": 1.0}])
def test_somebody_is_printed_on_what_is_worn_above(kind):
    labels_of_colors = np.array([part[0] for part in PARTS] + [0] * len(DOTS))

    def other_colors(share):
        """Of the top, and of all else, how much has not its own color."""
        source, wrong, total = views(**kind, printed=share), np.zeros(2), np.zeros(2)
        for number in range(12):
            image, _, parsing = source.view(number)
            same = cv2.erode(parsing, np.ones((5, 5), np.uint8)) == cv2.dilate(parsing, np.ones((5, 5), np.uint8))
            top = same & (parsing == Label.UPPER)
            for i, inside in enumerate((top, same & (parsing > 0) & ~top)):
                wrong[i] += (labels_of_colors[nearest(image[inside].astype(float))] != parsing[inside]).sum()
                total[i] += inside.sum()
        return wrong / total

    plain, printed = other_colors(0.0), other_colors(1.0)
    assert printed[0] > plain[0] + 0.1
    assert printed[1] == pytest.approx(plain[1], abs=0.02)


def test_a_view_depends_on_seed_and_number_alone():
    one, same, other = (PersonViews([painted_person()], SIZE, seed) for seed in (5, 5, 6))
    numbers = [0, 1, 7, 300, 10**9]
    forward = [one.view(number) for number in numbers]
    backward = [same.view(number) for number in reversed(numbers)][::-1]
    for a, b in zip(forward, backward, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not any(np.array_equal(a[0], other.view(number)[0]) for a, number in zip(forward, numbers, strict=True))
    assert len({a[0].tobytes() for a in forward}) == len(numbers)


@pytest.mark.parametrize("kind", [{}, {"zoom_in": 1.0}, {"zoom_out": 1.0}, {"two_people": 1.0}, {"catalog": 1.0}])
def test_labels_lie_on_what_they_name(kind):
    source = views(**kind)
    labels_of_colors = np.array([int(part[0]) for part in PARTS] + [2, 4, 4, 8, 8])
    right = total = 0
    for number in range(25):
        image, _, parsing = source.view(number)
        same = cv2.erode(parsing, np.ones((5, 5), np.uint8)) == cv2.dilate(parsing, np.ones((5, 5), np.uint8))
        inside = same & (parsing > 0)
        right += (labels_of_colors[nearest(image[inside].astype(float))] == parsing[inside]).sum()
        total += inside.sum()
    assert total > 5000
    assert right > 0.98 * total


@pytest.mark.parametrize("kind", [{}, {"zoom_in": 1.0}])
def test_key_points_lie_on_their_dots(kind):
    source = views(**kind)
    order = list(DOTS)
    mirrored_views, checked = [], 0
    for number in range(40):
        image, keypoints, _ = source.view(number)
        original, swapped = [], []
        for k in order:
            x, y, confidence = keypoints[k]
            if confidence == 0 or not (2 <= x <= 93 and 2 <= y <= 125):
                continue
            dot = nearest(image[round(float(y)), round(float(x))].astype(float))[0] - len(PARTS)
            assert dot >= 0, f"no dot under {skeleton.NAMES[k]} of view {number}"
            original.append(order[dot] == k)
            swapped.append(order[dot] == skeleton.MIRROR[k])
        assert all(original) or all(swapped)
        checked += len(original)
        if original and not (all(original) and all(swapped)):
            mirrored_views.append(all(swapped))
        if min(keypoints[[skeleton.R_SHOULDER, skeleton.L_SHOULDER], 2]) > 0:
            assert keypoints[skeleton.R_SHOULDER, 0] < keypoints[skeleton.L_SHOULDER, 0]
    assert checked > 60
    assert 0.2 < np.mean(mirrored_views) < 0.8


def test_sizes_of_the_person():
    heights = []
    for number in range(40):
        rows = np.flatnonzero((views(zoom_out=1.0).view(number)[2] > 0).any(1))
        heights.append((rows[-1] + 1 - rows[0]) / SIZE[0])
    assert min(heights) > 0.1
    assert max(heights) < 0.85
    assert min(heights) < 0.25
    assert np.mean([(views(zoom_in=1.0).view(number)[2] > 0).mean() for number in range(20)]) > 0.3


def test_two_people():
    source = views(two_people=1.0, new_background=0.0)
    hidden = both = 0
    for number in range(30):
        _, keypoints, parsing = source.view(number)
        shown = keypoints[keypoints[:, 2] > 0, 2]
        assert np.isin(shown, np.float32([1, 0.2])).all()
        hidden += (shown < 1).sum()
        parts, _ = cv2.connectedComponents((parsing == Label.HAIR).astype(np.uint8))
        both += parts - 1 >= 2
    assert hidden > 5
    assert both > 8


def test_a_shop_shows_people_before_plain_paper_and_often_not_whole():
    """Nothing of the street is left; heads and legs are cut off by the frame in some views, and in others are not."""
    sample = painted_person()
    sample.keypoints[skeleton.NECK] = 100, 70, 1
    sample.keypoints[skeleton.R_KNEE] = 85, 215, 1
    heads = legs = 0
    for seed in range(40):
        image, keypoints, parsing = catalog_view(sample, SIZE, np.random.default_rng(seed))
        around = cv2.dilate((parsing > 0).astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
        paper = image[around].astype(float)
        assert np.ptp(paper, axis=1).max() < 40  # gray, or nearly
        assert np.abs(np.diff(image.astype(int), axis=1))[around[:, 1:] & around[:, :-1]].max() < 16
        rows = np.flatnonzero(parsing.any(1))
        heads += keypoints[skeleton.NOSE, 2] == 0
        legs += rows[-1] == SIZE[0] - 1
        assert rows[0] == 0 or keypoints[skeleton.NOSE, 2] > 0
    assert 10 < heads < 30
    assert 15 < legs < 35


def test_unknown_pixels_do_not_make_a_person_larger():
    sample = painted_person()
    box = person_box(sample)
    sample.parsing[:3] = UNKNOWN
    assert (person_box(sample) == box).all()


def test_empty_views_show_nobody():
    source = views(empty=1.0)
    colors = np.array([part[3] for part in PARTS[1:]])
    for number in range(30):
        image, keypoints, parsing = source.view(number)
        assert not keypoints.any()
        assert not parsing.any()
        # The sides of the photo are gray; nothing of the person comes in.
        if (image == 110).all(-1).mean() > 0.9:
            assert (np.abs(image[..., None, :].astype(int) - colors).sum(-1) > 60).all()


def test_pictures_of_garments_are_backgrounds():
    garment = np.full((40, 30, 3), (11, 222, 33), np.uint8)
    source = PersonViews([painted_person()], SIZE, 1, empty_pictures=[garment], config=ViewConfig(empty=1.0))
    source._photometric = A.Compose([])
    shown = [(source.view(number)[0] == (11, 222, 33)).all() for number in range(40)]
    assert 2 <= sum(shown) <= 20


def test_samples_are_kept_small():
    image = np.zeros((1024, 768, 3), np.uint8)
    parsing = np.zeros((1024, 768), np.uint8)
    parsing[200:800, 300:500] = Label.DRESS
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[1] = 300.5, 200.5, 0.75
    source = PersonViews([PersonSample(image, keypoints, parsing, "large")], SIZE, 0)
    (kept,) = source.samples
    assert kept.image.shape == (512, 384, 3)
    assert kept.image.base is None
    assert kept.parsing.base is None
    assert kept.keypoints[1].tolist() == [150, 100, 0.75]
    assert np.flatnonzero(kept.parsing.any(1))[[0, -1]].tolist() == [100, 399]
    assert np.flatnonzero(kept.parsing.any(0))[[0, -1]].tolist() == [150, 249]
    small = painted_person()
    assert shrink(small) is small


def test_person_box():
    sample = painted_person()
    assert person_box(sample).tolist() == [60, 20, 140, 280]
    without = PersonSample(sample.image, sample.keypoints, None)
    assert person_box(without).tolist() == [72, 40, 129, 166]
    nobody = PersonSample(sample.image, np.zeros((18, 3), np.float32), np.zeros((300, 200), np.uint8))
    assert person_box(nobody).tolist() == [0, 0, 200, 300]


def test_weights():
    dressed = PersonSample(
        painted_person().image, np.zeros((18, 3), np.float32), np.full((300, 200), Label.DRESS, np.uint8)
    )
    samples = [painted_person(), dressed, PersonSample(dressed.image, dressed.keypoints, None)]
    assert label_weights(samples, (Label.DRESS, Label.PANTS, Label.HAT), 0.5).tolist() == [1.5, 1.5, 1.0]
    source = PersonViews(samples, SIZE, 0, weights=np.array([0, 3, 0]), config=ViewConfig(**ONE_KIND))
    assert all(set(np.unique(source.view(number)[2])) <= {0, int(Label.DRESS)} for number in range(10))
