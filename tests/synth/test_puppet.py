"""Puppets of a drawn person: what was moved, what is hidden, and the exact flow between both pictures."""

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from appearance_flow.sampling import warp_photo
from tests.synth.puppet_people import ARM, POINTS, TORSO, drawn_person
from tryon.body import skeleton as sk
from tryon.commands.data_puppet import DataPuppet
from tryon.core.errors import ConfigError, DataError
from tryon.core.labels import Label
from tryon.datasets.pair_folder import PairFolder
from tryon.synth.puppet import PuppetPairs, make_puppet
from tryon.synth.puppet_layers import CannotCut, cut
from tryon.synth.puppet_pose import random_pose
from tryon.types import PersonSample

SEEDS = range(6)


@pytest.fixture(scope="module")
def puppets():
    person = drawn_person()
    return [make_puppet(person, np.random.default_rng(seed)) for seed in SEEDS]


def like(picture, color):
    return np.abs(picture.astype(int) - color).max(-1) < 60


def test_the_target_is_the_photo_itself(puppets):
    person = drawn_person()
    for pair in puppets:
        assert np.array_equal(pair.target.image, person.image)
        assert np.array_equal(pair.target.keypoints, person.keypoints)
        assert np.array_equal(pair.target.parsing, person.parsing)
        assert (np.abs(pair.source.image.astype(int) - person.image).max(-1) > 40).mean() > 0.02


def test_types_and_where_the_flow_is_known(puppets):
    for pair in puppets:
        assert (pair.source.image.shape, pair.source.image.dtype) == ((320, 240, 3), np.uint8)
        assert (pair.source.parsing.shape, pair.source.parsing.dtype) == ((320, 240), np.uint8)
        assert (pair.source.keypoints.shape, pair.source.keypoints.dtype) == ((18, 3), np.float32)
        assert (pair.flow.shape, pair.flow.dtype) == ((320, 240, 2), np.float32)
        assert (pair.visible.shape, pair.visible.dtype) == ((320, 240), bool)
        assert np.array_equal(np.isfinite(pair.flow).all(-1), pair.target.parsing > 0)
        assert not pair.visible[pair.target.parsing == 0].any()


def test_the_source_warped_by_the_flow_is_the_target_where_it_is_visible(puppets):
    for pair in puppets:
        error = np.abs(warp_photo(pair.source.image, pair.flow).astype(int) - pair.target.image).mean(-1)
        assert pair.visible.sum() > 0.6 * (pair.target.parsing > 0).sum()
        assert error[pair.visible].mean() < 4
        inside = cv2.erode((pair.target.parsing > 0).astype(np.uint8), np.ones((5, 5))) > 0
        assert np.percentile(error[pair.visible & inside], 90) < 6


def test_arms_beside_the_body_keep_their_own_color():
    person = drawn_person(r_elbow=(80, 132), r_wrist=(76, 172), l_elbow=(160, 132), l_wrist=(164, 172))
    for seed in SEEDS:
        pair = make_puppet(person, np.random.default_rng(seed))
        rows, columns = np.nonzero(pair.visible & like(person.image, ARM))
        x, y = np.rint(pair.flow[rows, columns] + np.stack((columns, rows), 1)).astype(int).T
        assert like(pair.source.image[y, x], ARM).mean() > 0.95
        error = np.abs(warp_photo(pair.source.image, pair.flow).astype(int) - person.image).mean(-1)
        assert error[pair.visible].mean() < 4


def test_labels_go_with_what_they_name(puppets):
    for pair in puppets:
        rows, columns = np.nonzero(pair.visible)
        x, y = np.rint(pair.flow[rows, columns] + np.stack((columns, rows), 1)).astype(int).T
        assert (pair.source.parsing[y, x] == pair.target.parsing[rows, columns]).mean() > 0.95


def test_what_a_moved_arm_hides_is_gone(puppets):
    hidden_pixels = 0
    for pair in puppets:
        # Torso that is hidden, away from the arms of the target, beside which a rim of it is made up.
        torso = like(pair.target.image, TORSO) & ~pair.visible
        torso &= cv2.dilate(like(pair.target.image, ARM).astype(np.uint8), np.ones((25, 25))) == 0
        rows, columns = np.nonzero(torso)
        if len(rows) < 100:
            continue
        x, y = np.rint(pair.flow[rows, columns] + np.stack((columns, rows), 1)).astype(int).T
        assert like(pair.source.image[y, x], TORSO).mean() < 0.25
        hidden_pixels += len(rows)
    assert hidden_pixels > 1000


def test_an_arm_lies_over_the_body_in_many_sources():
    cutting, across = cut(drawn_person()), 0
    for seed in range(100):
        _, joints = random_pose(cutting, np.random.default_rng(seed))
        low, high = sorted(joints[[sk.R_SHOULDER, sk.L_SHOULDER]].real)
        across += any(low < joints[wrist].real < high for wrist in (sk.R_WRIST, sk.L_WRIST))
    assert 45 <= across <= 85


def test_sleeves_bend_without_tearing(puppets):
    for pair in puppets:
        sleeves = like(pair.source.image, ARM).astype(np.uint8)
        sleeves = cv2.morphologyEx(sleeves, cv2.MORPH_CLOSE, np.ones((5, 5)))
        _, _, stats, _ = cv2.connectedComponentsWithStats(sleeves)
        assert 1 <= (stats[1:, cv2.CC_STAT_AREA] > 60).sum() <= 2
        assert sleeves.sum() > 1100  # of 2 x 1450 pixels that the sleeves have, when one lies over the other


def test_key_points_follow_the_flow_of_their_limbs(puppets):
    for pair in puppets:
        for joint in (sk.R_ELBOW, sk.L_ELBOW, sk.R_WRIST, sk.L_WRIST, sk.R_KNEE, sk.L_KNEE, sk.NOSE):
            x, y = POINTS[joint]
            if pair.source.keypoints[joint, 2] > 0:
                assert pair.source.keypoints[joint, :2] == pytest.approx((x, y) + pair.flow[y, x], abs=0.01)


def test_a_person_cut_off_by_the_lower_edge_is_not_lifted():
    whole = drawn_person()
    cut_off = PersonSample(whole.image[:250].copy(), whole.keypoints.copy(), whole.parsing[:250].copy())
    cut_off.keypoints[[sk.R_ANKLE, sk.L_ANKLE]] = 0
    for seed in range(10):
        source = make_puppet(cut_off, np.random.default_rng(seed)).source
        assert (source.parsing[-1] == Label.PANTS).sum() > 20


def test_a_pair_depends_on_seed_and_number_alone():
    people = [drawn_person("one"), drawn_person("two", r_elbow=(66, 130))]
    one, same, other = (PuppetPairs(people, seed, (96, 72)) for seed in (3, 3, 4))
    numbers = [0, 5, 10**9]
    forward = [one.pair(number) for number in numbers]
    backward = [same.pair(number) for number in reversed(numbers)][::-1]
    for a, b in zip(forward, backward, strict=True):
        assert np.array_equal(a.source.image, b.source.image)
        assert np.array_equal(a.flow, b.flow, equal_nan=True)
        assert a.target.image.shape == (96, 72, 3)
    assert not np.array_equal(forward[0].source.image, other.pair(0).source.image)
    assert len({pair.source.image.tobytes() for pair in forward}) == 3


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        ({"r_elbow": (88, 130), "r_wrist": (130, 150)}, "arm over the body"),
        ({"r_shoulder": (112, 88), "l_shoulder": (126, 88)}, "not seen from the front"),
        ({"r_shoulder": (148, 88), "l_shoulder": (92, 88)}, "not seen from the front"),
        ({"r_wrist": None, "l_wrist": None}, "arm hidden"),
        (
            {
                "neck": (120, 88),
                "r_shoulder": (115, 88),
                "l_shoulder": (125, 88),
                "r_hip": (118, 99),
                "l_hip": (122, 99),
            },
            "too small",
        ),
        ({"r_hip": None}, "shoulders or hips hidden"),
        ({"r_elbow": (88, 112), "l_elbow": (152, 112)}, "arm foreshortened"),
    ],
)
def test_who_cannot_be_cut_is_refused(moved, reason):
    with pytest.raises(CannotCut, match=reason):
        cut(drawn_person(**moved))


def test_one_hidden_arm_stays_with_the_body():
    cutting = cut(drawn_person(r_wrist=None))
    assert cutting.movable == (4,)
    assert set(np.unique(cutting.owner)) == {-1, 0, 1, 2, 4}


def test_skipped_photos_are_counted_and_a_useless_set_is_refused():
    bad = [drawn_person(r_hip=None), drawn_person(r_wrist=None, l_wrist=None)]
    pairs = PuppetPairs([*bad, drawn_person("good")], 1, (96, 72))
    assert {pairs.pair(number).target.name for number in range(4)} == {"good"}
    assert pairs.skipped == {"shoulders or hips hidden": {0}, "arm hidden": {1}}
    with pytest.raises(DataError, match=r"no puppet can be made from these photos: .*arm hidden \(1\)"):
        PuppetPairs(bad, 0, (96, 72)).pair(0)
    with pytest.raises(DataError, match="no photo"):
        PuppetPairs([], 0)


def write_photos(folder, people):
    """Drawn people in the layout of Clothing Co-Parsing."""
    ours_to_theirs = np.zeros(14, np.uint8)
    for label, number in ((Label.HAIR, 19), (Label.SKIN, 41), (Label.UPPER, 48), (Label.PANTS, 31)):
        ours_to_theirs[label] = number
    (folder / "photos").mkdir(parents=True)
    (folder / "annotations" / "pixel-level").mkdir(parents=True)
    rows = ["photo,labelled,split"]
    for person in people:
        cv2.imwrite(str(folder / "photos" / f"{person.name}.jpg"), person.image[..., ::-1])
        savemat(
            folder / "annotations" / "pixel-level" / f"{person.name}.mat",
            {"groundtruth": ours_to_theirs[person.parsing]},
        )
        rows.append(f"{person.name},1,train")
    (folder / "split.csv").write_text("\n".join(rows) + "\n")
    np.savez(
        folder / "keypoints.npz",
        photo=[person.name for person in people],
        coco18=np.stack([person.keypoints for person in people]),
    )


def test_the_command_writes_pairs_and_goes_on_where_it_stopped(tmp_path, capsys):
    write_photos(tmp_path / "data", [drawn_person("0001"), drawn_person("0002", r_hip=None)])
    options = {"data": tmp_path / "data", "size": (96, 72), "seed": 2}
    DataPuppet(out=tmp_path / "parts", number=2, **options).run()
    first = tmp_path / "parts" / "pairs" / "puppet-train-96x72-seed2-000000"
    before = first.stat().st_mtime_ns
    DataPuppet(out=tmp_path / "parts", number=3, sheet=tmp_path / "sheet.png", **options).run()
    assert first.stat().st_mtime_ns == before
    assert "1 pairs written" in capsys.readouterr().out
    DataPuppet(out=tmp_path / "whole", number=3, **options).run()
    assert "1 shoulders or hips hidden" in capsys.readouterr().out
    parts, whole = PairFolder(tmp_path / "parts"), PairFolder(tmp_path / "whole")
    assert parts.names == whole.names == [f"puppet-train-96x72-seed2-{number:06d}" for number in range(3)]
    for a, b in zip(parts, whole, strict=True):
        assert np.array_equal(a.source.image, b.source.image)
        assert np.array_equal(a.flow, b.flow, equal_nan=True)
        assert a.target.identity == "0001"
    assert len(PairFolder(tmp_path / "parts", "val")) == 0
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[0] > 600


def test_impossible_options_are_refused(tmp_path):
    for wrong, words in (({"number": 0}, "--number"), ({"seed": -1}, "--seed"), ({"size": (32, 32)}, "--size")):
        with pytest.raises(ConfigError, match=words):
            DataPuppet(data=tmp_path, out=tmp_path, **wrong)
