"""A training small enough for a test: a real network on drawn numbers. Also run as a script by tests that kill it."""

import os
import sys
import time

import numpy as np
import torch
from torch import nn

from tryon.core.train.loop import TrainConfig, train

CONFIG = {
    "images": 48, "batch": 4, "lr": 1e-2, "warmup": 12, "workers": 0, "log_steps": 1, "sheet_steps": 6,
    "checkpoint_minutes": 0.0,
}  # fmt: skip
STEPS = 12


class Regression:
    """Learns a fixed linear map. Dropout makes the curve depend on the random state of each step.

    A step takes ``seconds`` on the clock that comes with it.
    """

    def __init__(self, *, dropout: float = 0.2, seconds: float = 0.0):
        torch.manual_seed(3)
        self.now, self._seconds = 1000.0, seconds
        self.network = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 1))

    def example(self, number):
        x = np.random.default_rng((11, number)).normal(size=5).astype(np.float32)
        return {"x": torch.from_numpy(x), "y": torch.tensor([float(x.sum())])}

    def clock(self):
        return self.now

    def loss(self, network, batch, share):
        self.now += self._seconds
        error = (network(batch["x"]) - batch["y"]).square().mean()
        return {"loss": error, "root": error.sqrt()}

    def validate(self, network):
        """The error on fixed numbers; it draws at random, which must not matter to the training."""
        torch.rand(3)
        return {"error": float((network(torch.eye(5)).squeeze(1) - 1).abs().mean())}

    def sheet(self, network):
        level = int(network(torch.ones(1, 5)).sigmoid() * 255)
        return np.full((8, 8, 3), level, np.uint8)


if __name__ == "__main__":
    run, batch, dropout, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    minutes = float(sys.argv[5]) if len(sys.argv) > 5 else None
    settings = TrainConfig(**(CONFIG | {"batch": batch, "minutes": minutes}))
    torch.set_num_threads(1)
    if minutes is None:
        train(Regression(dropout=dropout), settings, run, on_step=lambda done, steps: time.sleep(pause))
    else:  # the clock of the second process is twice as fast
        task = Regression(dropout=dropout, seconds=6.0 * (1 + int(os.environ["RANK"])))
        train(task, settings, run, say=print, clock=task.clock)
