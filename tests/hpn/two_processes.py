"""A training of two stages in several processes, the first of which is late at the end of each stage."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from hpn.schedule import Stage
from tests.hpn.test_stages import SETTINGS, run_stages


def wait(_stage, step, steps):
    if os.environ["RANK"] == "0" and step == steps:
        time.sleep(3)


if __name__ == "__main__":
    torch.set_num_threads(1)
    stages = tuple(Stage(side, 8, 2, 1e-3, 18, warmup=4, keep_moments=True) for side in (64, 128))
    run_stages(Path(sys.argv[1]), stages=stages, settings=replace(SETTINGS, sheet_steps=100), on_step=wait)
