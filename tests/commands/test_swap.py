"""``tryon swap`` with networks that read drawn people without mistakes, and once with the released ones."""

import json

import numpy as np
import pytest

from tests import people
from tests.drawn import drawn_people, drawn_tryon
from tryon.cli import main
from tryon.core import photo
from tryon.pipeline import TryOn


@pytest.fixture
def pair(monkeypatch, tmp_path):
    """Two drawn photos; the command line reads drawn people."""
    asked = []

    def load(weights=None, *, mirror=True):
        asked.append((weights, mirror))
        return drawn_tryon()

    monkeypatch.setattr(TryOn, "from_pretrained", load)
    photo.save(drawn_people((150, 40, 520)), tmp_path / "person.png")
    photo.save(drawn_people((100, 60, 480)), tmp_path / "garment.png")
    return [str(tmp_path / "person.png"), str(tmp_path / "garment.png")]


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp"])
def test_the_picture_is_written_and_nothing_beside_it(capsys, tmp_path, pair, name):
    out = tmp_path / name
    assert main(["swap", *pair, "-o", str(out)]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    assert photo.load(out).shape == (600, 500, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["garment.png", name, "person.png"])


def test_json(capsys, tmp_path, pair):
    out = tmp_path / "out.png"
    assert main(["swap", *pair, "-o", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts.keys() == {
        "output", "engine", "category", "width", "height", "edited_share", "facing", "seated", "warnings",
        "seconds_read_person", "seconds_read_garment", "seconds_warp", "seconds_take_off", "seconds_render",
    }  # fmt: skip
    assert facts["engine"] == "torch"  # drawn people are read by networks of PyTorch
    assert (facts["output"], facts["category"], facts["width"], facts["height"]) == (str(out), "upper", 500, 600)
    assert 0.001 < facts["edited_share"] < 0.3  # both wear the same colors
    assert (facts["facing"], facts["seated"], facts["warnings"]) == ("front", False, [])
    assert all(value > 0 for key, value in facts.items() if key.startswith("seconds_"))
    assert not any(isinstance(value, dict) for value in facts.values())


def test_steps(tmp_path, pair):
    out, steps = tmp_path / "out.png", tmp_path / "new" / "steps"
    assert main(["swap", *pair, "-o", str(out), "--steps", str(steps)]) == 0
    written = sorted(path.name for path in steps.iterdir())
    assert len(written) == 11
    assert written[0] == "01_the_person.png"
    assert written[-1] == "11_the_result.png"
    assert (photo.load(steps / "11_the_result.png") == photo.load(out)).all()
    assert all(photo.load(steps / name).std() > 0 for name in written)


def test_the_category_decides_what_changes(tmp_path, pair):
    before = photo.load(pair[0])
    rows = {}
    for category in ("upper", "lower"):
        out = tmp_path / f"{category}.png"
        assert main(["swap", *pair, "-o", str(out), "--category", category]) == 0
        rows[category] = np.flatnonzero((photo.load(out) != before).any((1, 2)))
    assert rows["upper"].size
    assert rows["lower"].size
    assert rows["upper"].min() < 330 < rows["lower"].max()


def test_a_tuck_that_is_left_aside_is_told(capsys, tmp_path, pair):
    arguments = ["swap", *pair, "-o", str(tmp_path / "out.png"), "--category", "lower", "--tuck"]
    assert main([*arguments, "auto"]) == 0
    assert "tuck" not in capsys.readouterr().err
    assert main([*arguments, "in"]) == 0
    assert "tryon: note: tuck in was left aside: it is of tops" in capsys.readouterr().err


@pytest.mark.slow
def test_two_samples_with_the_released_networks(capsys, tmp_path):
    out = tmp_path / "out.png"
    person, garment = str(people.path("man_tshirt")), str(people.path("man_floral"))
    assert main(["swap", person, garment, "-o", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["category"] == "upper"
    assert 0.04 < facts["edited_share"] < 0.25
    changed = (photo.load(out) != photo.load(person)).any(-1)
    # The region that may change is decided before; most of it does.
    assert 0.85 * facts["edited_share"] < changed.mean() <= facts["edited_share"] + 1e-4
