"""What every training must do: go on after an interruption as if there had been none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tryon.core.train.loop import TrainConfig, train


class Stop(Exception):
    """What interrupts a run here."""


def goes_on_the_same(task: Callable[[], Any], config: TrainConfig, folder: Path, after: int) -> nn.Module:
    """Train once through, and once interrupted after some steps; both give the same weights, which are returned."""

    def stop(done: int, steps: int) -> None:
        if done == after:
            raise Stop

    whole = train(task(), config, folder / "whole").network
    with pytest.raises(Stop):
        train(task(), config, folder / "parts", on_step=stop)
    parts = train(task(), config, folder / "parts").network
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, parts.state_dict()[name]), name
    return whole
