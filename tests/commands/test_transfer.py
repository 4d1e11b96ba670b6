"""``tryon transfer``, ``tryon normalize`` and ``tryon swap --normalize`` on drawn people, with a tiny saved network."""

import json

import numpy as np
import pytest
import torch

from hpn.model import HPN, HPNConfig
from tests.drawn import BoxPose, drawn_people
from tests.read.parser.test_read import ColorParser
from tryon.cli import main
from tryon.core import photo
from tryon.pipeline import TryOn
from tryon.repose.transfer import PLAIN


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A folder with a drawn person, whose arms are not seen, and with weights that copy along the flow."""
    torch.manual_seed(0)
    network = HPN(HPNConfig(width=1 / 16, norm="group", align=True, copy=True, person=True))
    with torch.no_grad():
        network.to_rgb.weight.mul_(0.01)
        network.to_rgb.bias[3:] = torch.tensor((4.0, 4.0))
    network.save_pretrained(tmp_path / "weights" / "hpn")

    def load(weights=None, *, mirror=True):
        return TryOn(ColorParser(), BoxPose(), lambda: HPN.from_pretrained(weights / "hpn"), mirror=mirror)

    monkeypatch.setattr(TryOn, "from_pretrained", load)
    photo.save(drawn_people((75, 20, 260), size=(300, 250)), tmp_path / "person.png")
    photo.save(drawn_people((50, 30, 240), size=(300, 250)), tmp_path / "other.png")
    return tmp_path


def run(folder, command: str, *arguments: str) -> int:
    out, weights = str(folder / "out.png"), str(folder / "weights")
    return main([command, str(folder / "person.png"), *arguments, "-o", out, "--weights", weights, "--no-mirror"])


def openpose(folder, points) -> str:
    path = folder / "pose.json"
    people = [{"pose_keypoints_2d": [float(v) for v in np.ravel(points)]}] if points is not None else []
    path.write_text(json.dumps({"people": people}))
    return str(path)


def pose_with_a_lifted_arm() -> np.ndarray:
    points = np.zeros((18, 3))
    for i, place in enumerate([(0, -35), (0, 0), (-30, 0), (-30, 55), (-30, 103), (30, 0), (85, 0), (130, 0)]):
        points[i] = (*place, 1)
    points[[8, 11]] = (-18, 100, 1), (18, 100, 1)
    points[:, :2] += 300
    return points * (points[:, 2:] > 0)


def test_a_named_pose(capsys, folder):
    assert run(folder, "transfer", "arms-out") == 0
    assert capsys.readouterr() == (f"{folder / 'out.png'}\n", "tryon: note: the pose of the person was changed\n")
    before, after = photo.load(folder / "person.png"), photo.load(folder / "out.png")
    assert after.shape == before.shape
    changed = (after != before).any(-1)
    assert 0.005 < changed.mean() < 0.4
    assert not changed[250:].any()


def test_the_pose_of_an_openpose_file(capsys, folder):
    assert run(folder, "transfer", openpose(folder, pose_with_a_lifted_arm())) == 0
    changed = (photo.load(folder / "out.png") != photo.load(folder / "person.png")).any(-1)
    assert changed[:, 170:].sum() > 2 * changed[:, :65].sum()


def test_the_pose_of_another_photo(capsys, folder):
    assert run(folder, "transfer", str(folder / "other.png")) == 0
    changed = (photo.load(folder / "out.png") != photo.load(folder / "person.png")).any(-1)
    assert changed.mean() < 0.1  # both stand alike


def test_normalize_before_a_color(capsys, folder):
    assert run(folder, "normalize", "--background", "plain") == 0
    assert capsys.readouterr().err == "".join(
        f"tryon: note: the {side} arm stays as it is, because too little of it is seen to bring it elsewhere\n"
        for side in ("left", "right")
    )
    assert (photo.load(folder / "out.png")[:5] == PLAIN).all()


def test_json(capsys, folder):
    assert run(folder, "transfer", "arms-out", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts.keys() == {
        "output", "width", "height", "edited_share", "facing", "seated", "warnings", "seconds_read_person",
        "seconds_transfer",
    }  # fmt: skip
    before, after = photo.load(folder / "person.png"), photo.load(folder / "out.png")
    assert (facts["output"], facts["width"], facts["height"]) == (str(folder / "out.png"), *before.shape[1::-1])
    assert facts["edited_share"] == pytest.approx((after != before).any(-1).mean(), abs=1e-4)
    assert facts["warnings"] == ["the pose of the person was changed"]
    assert facts["seconds_read_person"] > 0
    assert facts["seconds_transfer"] > 0


@pytest.mark.parametrize("mode", ["always", "auto", "never"])
def test_swap_says_that_the_pose_was_changed(capsys, folder, mode):
    assert run(folder, "swap", str(folder / "other.png"), "--normalize", mode, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    words = "person photo: the left arm stays as it is, because too little of it is seen to bring it elsewhere"
    assert (words in facts["warnings"]) == (mode == "always")
    assert ("seconds_normalize" in facts) == (mode != "never")
    changed = (photo.load(folder / "out.png") != photo.load(folder / "person.png")).any(-1)
    assert changed.mean() <= facts["edited_share"] + 1e-4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["transfer", "bow"],
            "bow is neither a file nor the name of a pose; give a photo, a JSON file of ",
        ),
        (["transfer", "no/pose.json"], "no/pose.json cannot be read (No such file or directory)"),
        (["transfer", "https://a.org/b.json"], "https://a.org/b.json: addresses are not fetched; give a file"),
        (["transfer", "canonical", "--background", "beach"], "the background is 'beach'; choose original, plain, or"),
        (["normalize", "--background", "#12345"], "the background is '#12345'"),
    ],
)
def test_bad_input(capsys, folder, arguments, words):
    assert run(folder, *arguments) == 2
    assert capsys.readouterr().err.startswith(f"tryon: {words}")
    assert not (folder / "out.png").exists()


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (np.ones((17, 3)), "has a person with 51 values; expected 75 (BODY_25) or 54 (COCO) finite numbers"),
        (None, "holds no person; run OpenPose on a photo that shows one"),
        (np.eye(18)[:, [1, 1, 1]] * 50, "1 of the 18 key points of the pose are visible, and a pose needs 8"),
    ],
)
def test_a_bad_pose_file(capsys, folder, points, words):
    assert run(folder, "transfer", openpose(folder, points)) == 2
    assert words in capsys.readouterr().err


def test_a_photo_for_a_pose_that_shows_nobody(capsys, folder):
    photo.save(drawn_people(size=(300, 250)), folder / "other.png")
    assert run(folder, "transfer", str(folder / "other.png")) == 2
    assert capsys.readouterr().err.startswith("tryon: pose photo: no person was found in the photo")
    assert run(folder, "transfer", "https://example.com/me.jpg") == 2
    words = "tryon: pose photo: https://example.com/me.jpg: addresses are not fetched; give a file\n"
    assert capsys.readouterr().err == words


def test_a_pose_in_shares_of_the_picture(capsys, folder):
    """As the same pose in pixels."""
    assert run(folder, "transfer", openpose(folder, pose_with_a_lifted_arm())) == 0
    expected = photo.load(folder / "out.png")
    flat = (pose_with_a_lifted_arm() / (800, 1000, 1)).ravel().tolist()
    frame = {"people": [{"pose_keypoints_2d": flat}], "canvas_width": 800, "canvas_height": 1000}
    (folder / "pose.json").write_text(json.dumps([frame]))
    assert run(folder, "transfer", str(folder / "pose.json")) == 0
    assert np.abs(photo.load(folder / "out.png").astype(int) - expected).max() <= 2


@pytest.mark.parametrize(
    ("shift", "place"), [(5000, slice(None)), (-5000, slice(None)), (1e9, [4]), (1e30, [4])], ids=str
)
def test_key_points_far_outside(folder, shift, place):
    """Where somebody stands in the other picture does not matter; one wild point is a bone that leaves the photo."""
    points = pose_with_a_lifted_arm()
    points[place, :2] += shift * (points[place, 2:] > 0)
    assert run(folder, "transfer", openpose(folder, points)) == 0
    changed = (photo.load(folder / "out.png") != photo.load(folder / "person.png")).any(-1)
    assert 0.003 < changed.mean() < 0.4


@pytest.mark.parametrize("command", ["normalize", "transfer", "parse", "pose"])
def test_an_input_is_not_overwritten(capsys, folder, command):
    before = (folder / "person.png").read_bytes()
    (folder / "link.png").symlink_to("person.png")
    arguments = [str(folder / "other.png")] if command == "transfer" else []
    assert main([command, str(folder / "person.png"), *arguments, "-o", str(folder / "link.png")]) == 2
    assert "link.png is a file that is read and would be overwritten" in capsys.readouterr().err
    if command == "transfer":
        assert main([command, str(folder / "person.png"), *arguments, "-o", *arguments]) == 2
        assert "other.png is a file that is read and would be overwritten" in capsys.readouterr().err
    assert (folder / "person.png").read_bytes() == before


def test_transparent_parts_are_told(capsys, folder):
    picture = np.dstack((photo.load(folder / "person.png"), np.full((300, 250), 255, np.uint8)))
    picture[:20, :, 3] = 0
    photo.save(picture, folder / "person.png")
    words = "tryon: note: transparent parts of the photo became white\n"
    for command, arguments in (("transfer", ["arms-out"]), ("normalize", [])):
        assert run(folder, command, *arguments) == 0
        assert words in capsys.readouterr().err


def test_weights_that_are_missing(capsys, folder):
    (folder / "weights" / "hpn" / "config.json").unlink()
    assert run(folder, "transfer", "arms-out") == 2
    assert "config.json cannot be read" in capsys.readouterr().err
    assert run(folder, "swap", str(folder / "other.png")) == 0
