"""The pairs that a training is measured on while it runs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.hpn import drawn_pairs
from tryon.core.errors import DataError
from tryon.datasets.pair_folder import write_pair
from tryon.datasets.pair_views import validation_pair_views


def folder(root, splits, **changes):
    flow, visible = np.zeros((*drawn_pairs.SIZE, 2), np.float32), np.ones(drawn_pairs.SIZE, bool)
    for pair, split in zip(drawn_pairs.pairs(), splits, strict=False):
        write_pair(root, replace(pair, flow=flow, visible=visible, **changes), split)
    return root


def test_only_pairs_of_val_are_measured_and_the_same_every_time(tmp_path):
    mixed = folder(tmp_path / "mixed", ("train", "val", "val"))
    puppets = folder(tmp_path / "puppets", ("val",))
    views, again = (validation_pair_views((mixed,), (puppets,), 3.2) for _ in range(2))
    assert [(len(pairs), reversible) for pairs, _, reversible in views.sources] == [(2, True), (1, False)]
    assert torch.equal(views.view(5, 64)["target"], again.view(5, 64)["target"])


def test_without_pairs_of_val_there_is_nothing(tmp_path):
    assert validation_pair_views((folder(tmp_path, ("train", "train")),), (), 3.2) is None


def test_pairs_that_cannot_be_shown_are_told_before_the_training(tmp_path):
    pair = drawn_pairs.pairs()[0]
    nobody = replace(pair.source, parsing=np.zeros_like(pair.source.parsing))
    with pytest.raises(DataError, match="20 pairs in a row cannot be learned from"):
        validation_pair_views((folder(tmp_path, ("val",), source=nobody, target=nobody),), (), 3.2)
