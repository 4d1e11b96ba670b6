"""``tryon weights``: what a folder is listed as, and what is said where torchvision's weights cannot be fetched."""

import json

import pytest

from hpn.model import HPN, HPNConfig
from tryon.cli import main


@pytest.fixture
def run(tmp_path):
    """The folder of a training, with ``weights`` in it."""
    HPN(HPNConfig(width=1 / 16)).save_pretrained(tmp_path / "runs" / "weights")
    return tmp_path / "runs"


def listed(capsys, folder):
    assert main(["weights", "--folder", str(folder), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_network_is_called_what_it_is(capsys, run):
    for folder in (run, run / "weights"):
        facts = listed(capsys, folder)
        assert list(facts) == ["hpn"]
        assert facts["hpn"]["class"] == "HPN"


def test_two_of_a_kind_are_told_apart_by_their_folder(capsys, run):
    HPN(HPNConfig(width=1 / 16)).save_pretrained(run / "other")
    assert list(listed(capsys, run)) == ["hpn (other)", "hpn (weights)"]


def test_a_folder_without_weights(capsys, tmp_path):
    assert main(["weights", "--folder", str(tmp_path)]) == 2
    assert "expected config.json in it, or in one folder a network" in capsys.readouterr().err


def test_downloads_say_what_to_do_where_there_is_no_network(capsys, tmp_path):
    assert main(["weights", "--download", "vgg16"]) == 2
    assert capsys.readouterr().err == "tryon: --download needs --folder; give the folder for the file\n"
    for what, file in (("vgg16", "vgg16-397923af.pth"), ("encoder", "mobilenet_v2-b0353104.pth")):
        assert main(["weights", "--download", what, "--folder", str(tmp_path)]) == 2
        err = capsys.readouterr().err
        assert err.startswith(f"tryon: https://download.pytorch.org/models/{file} could not be downloaded to")
        assert err.endswith("check the connection, or put the file there yourself\n")
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_there_is_not(capsys):
    assert main(["weights", "--download", "foo", "--folder", "."]) == 2
    assert capsys.readouterr().err == "tryon: --download is 'foo'; choose vgg16 or encoder\n"
