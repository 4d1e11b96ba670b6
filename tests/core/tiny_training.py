"""A training small enough for a test: a real network on drawn numbers. Also run as a script by tests that kill it."""

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
    """Learns a fixed linear map. Dropout makes the curve depend on the random state of each step."""

    def __init__(self, *, dropout: float = 0.2):
        torch.manual_seed(3)
        self.network = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 1))

    def example(self, number):
        x = np.random.default_rng((11, number)).normal(size=5).astype(np.float32)
        return {"x": torch.from_numpy(x), "y": torch.tensor([float(x.sum())])}

    def loss(self, network, batch):
        error = (network(batch["x"]) - batch["y"]).square().mean()
        return {"loss": error, "root": error.sqrt()}

    def sheet(self, network):
        level = int(network(torch.ones(1, 5)).sigmoid() * 255)
        return np.full((8, 8, 3), level, np.uint8)


if __name__ == "__main__":
    run, batch, dropout, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    settings = TrainConfig(**(CONFIG | {"batch": batch}))
    torch.set_num_threads(1)
    train(Regression(dropout=dropout), settings, run, on_step=lambda done, steps: time.sleep(pause))
