"""``tryon train render`` on the sample people, from photos to weights that the program can use."""

import json

import cv2
import numpy as np
import pytest

from tests import people
from tests.figure import LEGS, SIZE, figure
from tryon.cli import main
from tryon.core import photo
from tryon.core.labels import Label
from tryon.datasets.renders import write_renders
from tryon.render.composite.model import Compositor
from tryon.render.composite.network import CompositorConfig
from tryon.render.composite.views import ROW_BYTES, unpacked
from tryon.types import PersonSample, TripletSample

NAMES = {"man_tshirt": "train", "woman_sweater": "train", "woman_shirt": "val"}


def triplet(number: int) -> tuple[TripletSample, str]:
    """Somebody puts on a dress."""

    def sample(*areas) -> PersonSample:
        person = figure(*areas)
        return PersonSample(person.photo, person.keypoints, person.parsing, "", "anna")

    gown = np.s_[60:230, 70:130]
    person, dressed = sample(), sample((gown, Label.DRESS), *((leg, Label.SKIN) for leg in LEGS))
    flow = np.zeros((*SIZE, 2), np.float32)
    split = "val" if number == 2 else "train"
    return TripletSample(person, dressed, dressed, flow, dressed.parsing == Label.DRESS, "bea"), split


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three labeled people of one's own, and triplets."""
    root = tmp_path_factory.mktemp("data")
    own, triplets = root / "own", root / "triplets"
    for folder in ("images", "parsing"):
        (own / folder).mkdir(parents=True)
    for name in NAMES:
        person = people.person(name, 384)
        photo.save(person.photo, own / "images" / f"{name}.jpg")
        cv2.imwrite(str(own / "parsing" / f"{name}.png"), person.parsing)
    points = np.stack([people.person(name, 384).keypoints for name in NAMES])
    np.savez(own / "keypoints.npz", name=list(NAMES), coco18=points)
    (own / "meta.csv").write_text("name,split\n" + "".join(f"{name},{split}\n" for name, split in NAMES.items()))
    write_renders(triplets, 3, triplet)
    return own, triplets


@pytest.mark.slow
def test_a_network_is_trained_and_goes_on_with_the_same_samples(data, tmp_path, capsys):
    own, triplets = data
    command = ["train", "render", "--data", str(own), "--triplets", str(triplets), "--out", str(tmp_path)]
    command += ["--photos", "3", "--images", "4", "--batch", "2", "--workers", "0"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "3 and 2 try-ons to train on" in said
    assert "validation at step 2 of 2: rules_l1" in said
    assert isinstance(Compositor.from_pretrained(tmp_path / "weights"), Compositor)
    kept = np.fromfile(tmp_path / "photos.bin", np.uint8).reshape(-1, ROW_BYTES)
    sample = unpacked(kept[0])
    assert 0.01 < (sample.judged > 127).mean() < 0.6
    # What the rules copied is about the truth, as the garment was put back on its own wearer.
    copied = np.abs(sample.given.plates[0].astype(int) - sample.truth)[sample.judged == 0].mean()
    assert copied < 25
    (tmp_path / "photos.bin").write_bytes(kept[:2].tobytes())
    assert main(command) == 0
    assert "2 and 2 try-ons to train on" in capsys.readouterr().out


def test_pictures_are_measured_with_and_without_a_network(data, ccp, tmp_path, capsys):
    _, triplets = data
    network = Compositor(CompositorConfig(pyramid_channels=8, head_channels=4))
    network.save_pretrained(tmp_path / "weights")
    command = ["evaluate", "render", "--data", str(ccp), "--triplets", str(triplets)]
    command += ["--weights", str(tmp_path / "weights")]
    options = ["--json", str(tmp_path / "found.json"), "--markdown", str(tmp_path / "found.md")]
    assert main([*command, *options]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["number"] == found["triplets_number"] + found["photos_number"] == 2
    # An untrained network hardly moves what the rules made.
    assert 0 < abs(found["triplets_change_l1_changed"]) < 0.02
    change = found["triplets_network_ssim_skin"] - found["triplets_rules_ssim_skin"]
    assert found["triplets_change_ssim_skin"] == pytest.approx(change)
    assert "| L1 changed |" in (tmp_path / "found.md").read_text()
    assert main([*command, "--number", "0"]) == 2
    assert "give 1 or more" in capsys.readouterr().err
