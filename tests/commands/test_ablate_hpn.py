"""``tryon ablate hpn``: its options."""

import pytest

from tryon.cli import main
from tryon.commands.ablate_hpn import AblateHPN
from tryon.core.errors import ConfigError


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"arms": ()}, "nothing to train"),
        ({"seeds": 0}, "nothing to train"),
        ({"arms": ("ld", "ld")}, "twice"),
        ({"arms": ("baseline", "ld_pt"), "resolution": 64}, "higher --resolution"),
        ({"images": 9}, "at least five batches, 10"),
    ],
)
def test_an_ablation_that_makes_no_sense_is_refused(tmp_path, changed, message):
    with pytest.raises(ConfigError, match=message):
        AblateHPN(network="hpn", data=(tmp_path,), out=tmp_path, vgg_weights=tmp_path, **({"batch": 2} | changed))


def test_the_command_needs_the_weights_of_vgg(tmp_path, capsys):
    arguments = ["ablate", "hpn", "--data", str(tmp_path), "--out", str(tmp_path / "out"), "--vgg-weights", "none.pth"]
    assert main(arguments) == 2
    assert "no VGG-16 weights from none.pth" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
