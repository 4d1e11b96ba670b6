"""Poses brought to a person's own bones, who is brought into another pose, and what stays the photo's."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hpn.model import HPN, HPNConfig
from tests import people
from tryon.body import skeleton as sk
from tryon.body.poses import MIN_POINTS, NAMED_POSES, canonical_pose, named_pose, retarget
from tryon.core.errors import ConfigError, PersonNotFoundError
from tryon.core.labels import Label
from tryon.core.masks import soft
from tryon.repose.transfer import PLAIN, needs_normalizing, transfer

SIZE = (400, 200)
HEIGHT = 384
ELBOWS_AND_WRISTS = [sk.R_ELBOW, sk.R_WRIST, sk.L_ELBOW, sk.L_WRIST]


def standing(**moved: tuple[float, float]) -> np.ndarray:
    """Somebody with a torso of 100 pixels, both hands before the belly; upper arms of 55, forearms of 48 pixels."""
    places = {
        "nose": (100, 15), "neck": (100, 50), "right eye": (96, 10), "left eye": (104, 10),
        "right shoulder": (70, 50), "right elbow": (70, 105), "right wrist": (118, 105),
        "left shoulder": (130, 50), "left elbow": (130, 105), "left wrist": (82, 105),
        "right hip": (82, 150), "right knee": (82, 230), "right ankle": (82, 308),
        "left hip": (118, 150), "left knee": (118, 230), "left ankle": (118, 308),
    }  # fmt: skip
    places |= {name.replace("_", " "): place for name, place in moved.items()}
    out = np.zeros((18, 3), np.float32)
    for name, place in places.items():
        out[sk.NAMES.index(name)] = (*place, 0.9)
    return out


def lengths(keypoints: np.ndarray) -> list[float]:
    return [float(np.linalg.norm(keypoints[a, :2] - keypoints[b, :2])) for a, b in ((2, 3), (3, 4), (5, 6), (6, 7))]


# --- the canonical pose ---------------------------------------------------------------------------------------------


def test_the_canonical_pose_of_somebody_with_the_hands_before_the_belly():
    before = standing()
    after = canonical_pose(before, SIZE)
    assert after[sk.R_ELBOW, :2] == pytest.approx((70 - 18.63, 50 + 51.75), abs=0.01)
    assert after[sk.R_WRIST, :2] == pytest.approx((51.37 - 12.08, 101.75 + 46.46), abs=0.01)
    assert after[sk.L_ELBOW, :2] == pytest.approx((130 + 18.63, 50 + 51.75), abs=0.01)
    assert after[sk.L_WRIST, :2] == pytest.approx((148.63 + 12.08, 101.75 + 46.46), abs=0.01)
    rest = [i for i in range(18) if i not in ELBOWS_AND_WRISTS]
    assert (after[rest] == before[rest]).all()
    assert lengths(after) == pytest.approx([55, 48, 55, 48], abs=0.01)


def test_it_is_its_own_canonical_pose():
    once = canonical_pose(standing(), SIZE)
    assert (canonical_pose(once, SIZE) == once).all()


def test_an_arm_that_hangs_free_stays():
    before = standing(left_elbow=(140, 104), left_wrist=(147, 151))
    after = canonical_pose(before, SIZE)
    assert (after[[sk.L_ELBOW, sk.L_WRIST]] == before[[sk.L_ELBOW, sk.L_WRIST]]).all()
    assert after[sk.R_WRIST, 0] < 45


def test_a_foreshortened_forearm_gets_the_length_of_the_other_one():
    after = canonical_pose(standing(right_wrist=(75, 105)), SIZE)
    assert lengths(after) == pytest.approx([55, 48, 55, 48], abs=0.01)


def test_two_foreshortened_forearms_get_a_typical_length():
    after = canonical_pose(standing(right_wrist=(75, 105), left_wrist=(125, 105)), SIZE)
    assert lengths(after) == pytest.approx([55, 42.5, 55, 42.5], abs=0.01)


def test_arms_that_would_leave_the_picture_end_there():
    after = canonical_pose(standing(), (130, 200))
    assert (after[[sk.R_WRIST, sk.L_WRIST]] == 0).all()
    assert after[[sk.R_ELBOW, sk.L_ELBOW], 2].min() > 0


@pytest.mark.parametrize(("half", "expected"), [(30, 60), (22, 53.1), (15, 42)])
def test_turned_shoulders_become_wide_but_not_too_wide(half, expected):
    before = standing(right_shoulder=(100 - half, 50), left_shoulder=(100 + half, 50))
    after = canonical_pose(before, SIZE)
    assert after[sk.L_SHOULDER, 0] - after[sk.R_SHOULDER, 0] == pytest.approx(expected, abs=0.01)
    assert after[[sk.L_SHOULDER, sk.R_SHOULDER], 0].mean() == pytest.approx(100)


def test_a_raised_shoulder_is_lowered():
    after = canonical_pose(standing(right_shoulder=(70, 38), left_shoulder=(130, 54)), SIZE)
    assert after[[sk.R_SHOULDER, sk.L_SHOULDER], 1] == pytest.approx((42, 50), abs=0.01)


@settings(max_examples=50)
@given(st.lists(st.floats(-60, 60), min_size=8, max_size=8), st.sampled_from(sorted(NAMED_POSES)))
def test_a_mirrored_person_has_the_mirrored_pose(offsets, name):
    before = standing()
    before[ELBOWS_AND_WRISTS, :2] += np.array(offsets, np.float32).reshape(4, 2)
    straight = named_pose(name, before, SIZE)
    mirrored = named_pose(name, sk.mirror(before, 200), SIZE)
    assert mirrored == pytest.approx(sk.mirror(straight, 200), abs=1e-3)


@given(st.floats(-0.5, 0.5), st.floats(0.5, 2))
def test_a_turned_and_scaled_person_has_the_turned_and_scaled_pose(angle, scale):
    turn = scale * np.array(((np.cos(angle), -np.sin(angle), 0), (np.sin(angle), np.cos(angle), 0)))
    turn[:, 2] = (400, 400)
    before = standing()
    after = canonical_pose(sk.transform(before, turn).astype(np.float32), (2000, 2000))
    assert after == pytest.approx(sk.transform(canonical_pose(before, (2000, 2000)), turn), abs=0.01)


def test_an_arm_that_is_kept_stays_and_the_shoulders_too():
    before = standing(right_shoulder=(78, 50), left_shoulder=(122, 50))
    after = canonical_pose(before, SIZE, ("left_arm",))
    same = [i for i in range(18) if i not in (sk.R_ELBOW, sk.R_WRIST)]
    assert (after[same] == before[same]).all()
    assert after[sk.R_ELBOW, :2] == pytest.approx((78 - 18.83, 50 + 52.29), abs=0.01)


def test_an_unknown_name():
    with pytest.raises(ConfigError) as raised:
        named_pose("bow.json", standing(), SIZE)
    assert str(raised.value) == (
        "the pose 'bow.json' is unknown; choose canonical, arms-down or arms-out, or give key points (18, 3), which "
        "tryon.body.poses.retarget makes of those that read_openpose or read_person reads from a file or a photo"
    )


def test_too_few_points():
    seen = standing()
    seen[MIN_POINTS:] = 0
    seen[sk.NOSE] = 0
    with pytest.raises(PersonNotFoundError, match=r"7 of the 18 key points of the person are visible.* needs 8"):
        canonical_pose(seen, SIZE)
    with pytest.raises(PersonNotFoundError, match="7 of the 18 key points of the pose"):
        retarget(standing(), seen, SIZE)


# --- somebody else's pose -------------------------------------------------------------------------------------------


def test_the_own_pose_changes_nothing():
    points, warnings = retarget(standing(), standing(), SIZE)
    assert (points == standing()).all()
    assert warnings == ()


def test_a_pose_elsewhere_and_larger_is_brought_to_the_person():
    pose = standing(left_elbow=(185, 50), left_wrist=(185, 2))
    pose[:, :2] = 3 * pose[:, :2] + 500
    points, warnings = retarget(standing(), pose, SIZE)
    assert points[sk.L_ELBOW, :2] == pytest.approx((185, 50), abs=0.01)
    assert points[sk.L_WRIST, :2] == pytest.approx((185, 2), abs=0.01)
    assert points[: sk.L_ELBOW] == pytest.approx(standing()[: sk.L_ELBOW], abs=0.01)
    assert warnings == ()


def test_long_arms_become_the_persons_own_with_a_warning():
    pose = standing(
        right_elbow=(70, 125), right_wrist=(70, 180), left_elbow=(130, 125), left_wrist=(130, 180),
    )  # fmt: skip
    points, warnings = retarget(standing(), pose, SIZE)
    assert lengths(points)[0] == pytest.approx(55, abs=1)
    assert lengths(points)[2] == lengths(points)[0]
    assert warnings == (
        "the pose is of somebody built otherwise (the upper arm is much longer for the torso); it was fitted to the "
        "person's own proportions",
    )


def test_a_pose_without_legs_leaves_the_legs():
    pose = standing()
    pose[[9, 10, 12, 13]] = 0
    points, _ = retarget(standing(), pose, SIZE)
    assert (points == standing()).all()


def test_a_pose_from_behind_is_warned_of():
    _, warnings = retarget(standing(), sk.mirror(standing(), 200)[sk.MIRROR], SIZE)
    assert warnings == ("the pose is seen from the other side than the person; what is not in the photo is made up",)


# --- who needs it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", people.NAMES)
def test_crossed_arms_need_it_and_hanging_ones_do_not(name):
    reason = needs_normalizing(people.person(name, HEIGHT))
    assert needs_normalizing(people.enlarged(people.person(name, HEIGHT), 4)) == reason
    if name == "man_crossed_arms":
        assert reason is not None
        assert reason.startswith("arms cover ")
        assert 20 <= int(reason.split()[2].rstrip("%")) <= 60
    else:
        assert reason is None


def test_arms_behind_the_back_show_no_skin_and_need_nothing():
    hidden = people.relabeled(people.person("man_crossed_arms", HEIGHT), {Label.SKIN: Label.UPPER})
    assert needs_normalizing(hidden) is None


def test_turned_shoulders_need_it():
    person = people.person("man_tshirt", HEIGHT)
    keypoints = person.keypoints.copy()
    middle = keypoints[sk.NECK, 0]
    keypoints[:, 0] = middle + 0.5 * (keypoints[:, 0] - middle)
    turned = replace(person, keypoints=keypoints)
    assert needs_normalizing(turned) == "the shoulders are turned"
    assert needs_normalizing(replace(turned, facing="back")) is None


# --- the picture ----------------------------------------------------------------------------------------------------


def copying(**changes) -> HPN:
    """A network that copies along the flow wherever it can, and sees nobody anywhere else."""
    torch.manual_seed(0)
    config = {"width": 1 / 16, "norm": "group", "align": True, "copy": True, "person": True} | changes
    network = HPN(HPNConfig(**config)).eval()
    with torch.no_grad():
        network.to_rgb.weight.mul_(0.01)
        if config["copy"]:
            network.to_rgb.bias[3:] = torch.tensor((6.0, -6.0))
    return network


@pytest.fixture(scope="module")
def crossed():
    """Crossed arms in green, before magenta."""
    return people.dyed(people.person("man_crossed_arms", HEIGHT), people.SKIN_DYE, people.BACKGROUND_DYE)


@pytest.fixture(scope="module")
def freed(crossed):
    return transfer(copying(), crossed, canonical_pose(crossed.keypoints, crossed.photo.shape[:2]))


def test_the_same_pose_is_the_same_picture(crossed):
    same = transfer(copying(), crossed, crossed.keypoints)
    assert same.image is crossed.photo
    assert not same.mask.any()
    assert (same.person == soft(crossed.parsing > 0)).all()
    assert not same.moved


def test_what_the_change_does_not_touch_is_the_photo(crossed, freed):
    assert freed.moved
    assert (freed.image == crossed.photo)[~freed.mask].all()
    assert 0.02 < freed.mask.mean() < 0.2
    nose, knee = crossed.keypoints[sk.NOSE, 1], crossed.keypoints[sk.L_KNEE, 1]
    assert not freed.mask[: int(nose)].any()
    assert not freed.mask[int(knee) :].any()


def test_the_arms_are_where_the_new_pose_has_them(crossed, freed):
    skin = people.near(freed.image, people.SKIN_DYE)
    for elbow, wrist in ((sk.R_ELBOW, sk.R_WRIST), (sk.L_ELBOW, sk.L_WRIST)):
        middle = freed.keypoints[[elbow, wrist], :2].mean(0).round().astype(int)
        assert freed.person[middle[1], middle[0]] > 0.9
        assert skin[middle[1] - 2 : middle[1] + 3, middle[0] - 2 : middle[0] + 3].mean() > 0.5


def test_the_arms_come_down_whole_with_their_hands(freed):
    skin = people.near(freed.image, people.SKIN_DYE)
    for elbow, wrist in ((sk.R_ELBOW, sk.R_WRIST), (sk.L_ELBOW, sk.L_WRIST)):
        start, end = freed.keypoints[[elbow, wrist], :2]
        for along in np.linspace(0.0, 1.3, 14):
            x, y = (start + along * (end - start)).round().astype(int)
            assert skin[y, x], (wrist, along)
            assert freed.person[y, x] > 0.9


def test_a_hand_that_lies_on_the_other_arm_goes_with_its_own():
    person = people.person("man_crossed_arms", HEIGHT)
    green = (20, 230, 40)
    x, y = person.keypoints[sk.R_WRIST, :2] + (24, -9)  # the fingers, on the left arm
    ys, xs = np.mgrid[: person.parsing.shape[0], : person.parsing.shape[1]]
    photo = person.photo.copy()
    photo[(np.hypot(xs - x, ys - y) < 7) & (person.parsing == Label.SKIN)] = green
    done = transfer(copying(), replace(person, photo=photo), canonical_pose(person.keypoints, photo.shape[:2]))
    found = people.near(done.image, green)
    near = np.hypot(*(np.stack((xs, ys)) - done.keypoints[sk.R_WRIST, :2, None, None])) < 40
    assert found[near].sum() > 20
    assert not found[~near].any()


def test_no_skin_is_left_or_drawn_on_the_torso(crossed, freed):
    points = freed.keypoints
    left, right = points[sk.R_HIP, 0], points[sk.L_HIP, 0]
    top, bottom = points[sk.NECK, 1], points[[sk.R_HIP, sk.L_HIP], 1].mean()
    torso = slice(int(top + 0.3 * (bottom - top)), int(bottom)), slice(int(left), int(right))
    assert people.near(crossed.photo, people.SKIN_DYE)[torso].mean() > 0.2
    assert people.near(freed.image, people.SKIN_DYE)[torso].mean() < 0.02
    assert people.near(freed.image, people.BACKGROUND_DYE)[torso].mean() < 0.01


@pytest.mark.parametrize(("background", "color"), [("plain", PLAIN), ("#102030", (16, 32, 48))])
def test_another_background(crossed, background, color):
    done = transfer(copying(), crossed, crossed.keypoints, background)
    assert (done.image[crossed.parsing == 0] == color).all(-1).mean() > 0.95
    inside = np.zeros(crossed.parsing.shape, bool)
    inside[100:110] = (crossed.parsing == Label.UPPER)[100:110]
    assert np.abs(done.image.astype(int) - crossed.photo)[inside].mean() < 3
    assert done.mask.any()
    assert not done.moved


def test_an_unknown_background(crossed):
    with pytest.raises(ConfigError, match="the background is 'beach'; choose original, plain, or a color such as"):
        transfer(copying(), crossed, crossed.keypoints, "beach")


def test_somebody_of_whom_too_little_is_seen(crossed):
    keypoints = crossed.keypoints.copy()
    keypoints[[0, *range(8, 18)]] = 0
    with pytest.raises(PersonNotFoundError, match="7 of the 18 key points of the person are visible"):
        transfer(copying(), replace(crossed, keypoints=keypoints), crossed.keypoints)


def test_the_papers_network_draws_everything(crossed):
    network = copying(align=False, copy=False, person=False)
    done = transfer(network, crossed, canonical_pose(crossed.keypoints, crossed.photo.shape[:2]))
    assert (done.image == crossed.photo)[~done.mask].all()
    assert done.mask.any()


# --- large photos ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grainy():
    """Crossed arms in a photo that is larger than what the change of pose works at."""
    return people.enlarged(people.person("man_crossed_arms", HEIGHT), 8, 20)


@pytest.fixture(scope="module", params=["original", "plain"])
def both(request, grainy):
    """In a small photo and a large one."""
    small = people.person("man_crossed_arms", HEIGHT)
    return [
        transfer(copying(), one, canonical_pose(one.keypoints, one.photo.shape[:2]), request.param)
        for one in (small, grainy)
    ]


def test_a_large_photo_becomes_the_picture_of_the_small_one(both):
    small, large = both
    shrunk = cv2.resize(large.image, small.image.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - small.image)[small.mask].mean() < 6
    assert large.mask.mean() == pytest.approx(small.mask.mean(), abs=0.02)


def test_every_pixel_that_a_large_photo_keeps_is_the_photos(both, grainy):
    _, large = both
    assert (large.image == grainy.photo)[~large.mask].all()


def test_hands_bring_the_grain_of_a_large_photo_along(both):
    """A picture that was only enlarged would have none."""
    _, large = both
    grey = large.image.astype(float).mean(-1)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))
    for x, y in large.keypoints[[sk.R_WRIST, sk.L_WRIST], :2].round().astype(int):
        assert fine[y - 20 : y + 21, x - 20 : x + 21].mean() > 5  # the noise alone has 9
