"""Drawn data sets, good and bad, for the tests of the check."""

from dataclasses import replace

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.core.errors import DataError
from tryon.datasets.check import check
from tryon.types import PairSample, PersonSample

SIZE = (200, 120)
# Somebody who looks at the camera, arms hanging, in a picture of SIZE.
POINTS = np.array([
    (60, 30), (60, 45), (45, 46), (40, 70), (38, 95), (75, 46), (80, 70), (82, 95), (52, 95), (51, 130), (50, 170),
    (68, 95), (69, 130), (70, 170), (57, 27), (63, 27), (53, 29), (67, 29),
], np.float32)  # fmt: skip


def person(seed, *, identity="", keypoints=None, image=None):
    """A picture of colored noise unlike that of any other seed, with a body of pants around the points."""
    rng = np.random.default_rng(seed)
    if image is None:
        coarse = rng.integers(0, 256, (10, 6, 3), np.uint8)
        image = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    parsing = np.zeros(SIZE, np.uint8)
    parsing[20:180, 30:90] = 8
    if keypoints is None:
        keypoints = np.column_stack((POINTS + rng.normal(0, 1, (18, 2)), np.ones(18))).astype(np.float32)
    return PersonSample(image, keypoints, parsing, f"p{seed}", identity)


def changed(count=12, **points):
    """People whose points were changed by ``move(points)``."""
    move = points["move"]
    samples = []
    for seed in range(count):
        one = person(seed)
        moved = one.keypoints.copy()
        move(moved)
        samples.append(replace(one, keypoints=moved))
    return samples


def found(samples, **splits):
    """Level and samples by code of the finding."""
    report = check({"train": samples} | splits)
    assert report.errors == sum(finding.level == "error" for finding in report.findings)
    return {finding.code: (finding.level, *finding.samples) for finding in report.findings}


def message(samples, code):
    return next(finding.message for finding in check({"train": samples}).findings if finding.code == code)


GOOD = [person(seed) for seed in range(12)]


class Unreadable(list):
    def __getitem__(self, index):
        if index == 3:
            raise DataError("3.jpg is damaged")
        return super().__getitem__(index)


def swap(*pairs):
    def move(points):
        for a, b in pairs:
            points[[a, b]] = points[[b, a]]

    return move


def mirrored(points):
    points[:] = points[sk.MIRROR]


def move_right(seed, by=10):
    """A pair whose target shows the source moved to the right, with its flow."""
    source = person(seed, identity="ann")
    image = np.roll(source.image, by, 1)
    keypoints = source.keypoints + np.array((by, 0, 0))
    parsing = np.roll(source.parsing, by, 1)
    flow = np.full((*SIZE, 2), (-by, 0), np.float32)
    visible = np.zeros(SIZE, bool)
    visible[10:190, by + 5 : 110] = True
    flow[~visible] = np.nan
    target = PersonSample(image, keypoints.astype(np.float32), parsing, f"t{seed}", "ann")
    return PairSample(source, target, flow, visible, f"pair{seed}")


PAIRS = [move_right(seed) for seed in range(3)]
