"""What key points tell, on literal people, and the way from a photo to key points through a drawn heat map."""

import numpy as np
import pytest
import torch
from torch import nn

from tryon.body import skeleton
from tryon.body.stance import facing, seated
from tryon.read.pose.model import PoseConfig
from tryon.read.pose.read import drop_missing, read_keypoints

STANDING = {
    "nose": (100, 40), "neck": (100, 80), "right shoulder": (76, 80), "left shoulder": (124, 80),
    "right hip": (86, 160), "left hip": (114, 160), "right knee": (86, 230), "left knee": (114, 230),
    "right ankle": (86, 300), "left ankle": (114, 300),
}  # fmt: skip


def person(**changes):
    """Key points of a standing person; ``None`` takes one away."""
    keypoints = np.zeros((18, 3), np.float32)
    for name, place in (STANDING | {name.replace("_", " "): place for name, place in changes.items()}).items():
        if place is not None:
            keypoints[skeleton.NAMES.index(name)] = *place, 0.9
    return keypoints


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "front"),
        ({"right_shoulder": (124, 80), "left_shoulder": (76, 80)}, "back"),
        ({"right_shoulder": (90, 80), "left_shoulder": (112, 80)}, "side"),  # 22 of a torso of 80
        ({"right_shoulder": (112, 80), "left_shoulder": (90, 80)}, "side"),
        ({"left_shoulder": None}, "unknown"),
        ({"right_hip": None}, "front"),  # an upper-body crop: by the head, 40 above the neck
        ({"right_hip": None, "neck": None}, "front"),
        ({"right_hip": None, "right_shoulder": (88, 80), "left_shoulder": (112, 80)}, "side"),  # 24 of 88
        ({"right_hip": None, "nose": None}, "unknown"),
    ],
)
def test_facing(changes, expected):
    assert facing(person(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"right_knee": (70, 175), "left_knee": (130, 175), "right_ankle": (70, 240), "left_ankle": (130, 240)}, True),
        ({"right_knee": (70, 175), "left_knee": (130, 175), "right_ankle": None, "left_ankle": None}, True),
        ({"right_knee": (70, 175)}, False),  # one leg raised
        ({"right_knee": None}, False),
        ({"neck": None}, False),
    ],
)
def test_seated(changes, expected):
    assert seated(person(**changes)) is expected


def test_missing_points():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[:7] = [
        (10, 10, 0.9), (10, 10, 0.11), (-0.4, 5, 0.5), (-0.6, 5, 0.5), (39.4, 29.4, 0.5), (39.6, 5, 0.5),
        (5, 29.6, 0.5),
    ]  # fmt: skip
    kept = drop_missing(keypoints, (30, 40))
    assert (kept[:, 2] > 0).tolist() == [True, False, True, False, True, False, False] + [False] * 11
    assert not kept[kept[:, 2] == 0].any()
    assert keypoints[1, 2] == np.float32(0.11)


class DotFinder(nn.Module):
    """Heat maps of red, green and blue dots as nose, right wrist and left wrist, whichever way the picture is turned.

    A wrist is right when it lies to the left of the nose, as in a person seen from the front.
    """

    def __init__(self):
        super().__init__()
        self.config = PoseConfig()

    def forward(self, image):
        colors = torch.nn.functional.avg_pool2d(image, 4)
        columns = torch.arange(colors.shape[-1])
        out = torch.zeros(len(image), 18, *colors.shape[2:])
        for maps, picture in zip(out, colors, strict=True):
            middle = int(picture[0].amax(0).argmax())
            maps[skeleton.NOSE] = picture[0]
            maps[skeleton.R_WRIST] = picture[1] * (columns < middle)
            maps[skeleton.L_WRIST] = picture[1] * (columns > middle)
        return out


@pytest.mark.parametrize("mirror", [False, True])
def test_points_come_back_in_pixels_of_the_photo(mirror):
    photo = np.zeros((700, 500, 3), np.uint8)
    y, x = np.mgrid[:700, :500]
    for channel, px, py in ((0, 250, 150), (1, 140.5, 400), (1, 402, 420.25)):
        dot = 250 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * 9**2))
        photo[..., channel] = np.maximum(photo[..., channel], dot.astype(np.uint8))
    found = read_keypoints(DotFinder().eval(), photo, (50, 50, 450, 650), mirror=mirror)
    assert found.dtype == np.float32
    assert found[skeleton.NOSE, :2] == pytest.approx((250, 150), abs=0.5)
    assert found[skeleton.R_WRIST, :2] == pytest.approx((140.5, 400), abs=0.5)
    assert found[skeleton.L_WRIST, :2] == pytest.approx((402, 420.25), abs=0.5)
    assert found[skeleton.NOSE, 2] > 0.75  # the dot is smaller in the network's picture than in the photo
    assert (found[:, 2] > 0).sum() == 3
