"""The matte network and its training."""

import numpy as np
import pytest
import torch

from tryon.core.errors import ShapeError
from tryon.read.flat.kinds import NEITHER, WORN
from tryon.read.flat.matte_model import GarmentMatte, MatteConfig
from tryon.read.flat.matte_task import MatteTask
from tryon.read.flat.matte_views import MatteView
from tryon.read.flat.sample import UNKNOWN_KIND

TINY = MatteConfig(pyramid_channels=8, head_channels=8)


class FixedViews:
    """The same four views for ever: a light box on dark ground is a skirt, and people."""

    def view(self, number):
        rng = np.random.default_rng(number % 4)
        image = rng.integers(0, 60, (64, 64, 3)).astype(np.uint8)
        cloth, inside = np.zeros((2, 64, 64), np.float32)
        if number % 4 == 3:
            return MatteView(image, cloth, inside, np.zeros((2, 64, 64), bool), WORN)
        cloth[16:48, 12:52], inside[16:22, 24:40] = 1, 1
        image[cloth > 0] += 150
        return MatteView(image, cloth, inside, np.stack((cloth >= 0, (cloth >= 0) & (number % 4 == 0))), 6)


def test_it_says_cloth_inside_and_kind_at_the_size_of_the_photo():
    said = GarmentMatte(TINY).eval()(torch.rand(2, 3, 64, 96))
    assert [tuple(one.shape) for one in said] == [(2, 1, 64, 96), (2, 1, 64, 96), (2, 10)]


def test_other_shapes_are_refused():
    with pytest.raises(ShapeError):
        GarmentMatte(TINY)(torch.rand(1, 3, 64, 70))


def test_the_released_shape_is_small():
    assert sum(one.numel() for one in GarmentMatte().parameters()) <= 2_000_000


def test_saved_and_loaded_it_says_the_same(tmp_path):
    network = GarmentMatte(TINY).eval()
    network.save_pretrained(tmp_path, half=False)
    again = GarmentMatte.from_pretrained(tmp_path)
    image = torch.rand(1, 3, 64, 64)
    for one, other in zip(network(image), again(image), strict=True):
        assert torch.equal(one, other)


def test_the_ground_far_from_the_cloth_does_not_move_where_the_kind_is_pooled():
    network = GarmentMatte(TINY).eval()
    weight = network.classes[1].weight
    with torch.no_grad():
        weight[:, weight.shape[1] // 2 :] = 0  # only what is pooled where there is cloth
        network.fine[2].bias[0] = -30  # nowhere
        network.fine[2].weight[0] = 0
    with torch.inference_mode():
        first, second = (network(torch.full((1, 3, 64, 64), value)).shows for value in (0.1, 0.9))
    assert torch.allclose(first, second, atol=1e-4)


def test_a_training_learns_the_views_and_tells_its_figures():
    torch.manual_seed(0)
    views = FixedViews()
    task = MatteTask(GarmentMatte(TINY), views, [views.view(i) for i in range(4)], sheet_numbers=range(2))
    batch = {key: torch.stack([task.example(i)[key] for i in range(4)]) for key in task.example(0)}
    assert batch["shows"].tolist() == [6, 6, 6, WORN]
    optimizer = torch.optim.AdamW(task.network.parameters(), lr=3e-3)
    losses = []
    for _ in range(30):
        loss = task.loss(task.network, batch, 1.0)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < 0.35 * losses[0]
    task.network.eval()
    figures = task.validate(task.network)
    assert set(figures) == {"iou_cloth", "right_kind", "right_worn"}
    assert task.sheet(task.network).shape == (192, 128, 3)


def test_what_is_not_known_is_not_asked():
    task = MatteTask(GarmentMatte(TINY).eval(), FixedViews())
    batch = {
        "image": torch.zeros(1, 3, 64, 64, dtype=torch.uint8),
        "mattes": torch.ones(1, 2, 64, 64),
        "known": torch.zeros(1, 2, 64, 64),
        "shows": torch.tensor([NEITHER]),
    }
    assert float(task.loss(task.network, batch, 1.0)["entropy"]) == 0
    inside_alone = batch | {"known": torch.tensor([0.0, 1.0])[None, :, None, None].expand(1, 2, 64, 64)}
    assert float(task.loss(task.network, inside_alone, 1.0)["entropy"]) > 0
    assert float(task.loss(task.network, batch | {"shows": torch.tensor([UNKNOWN_KIND])}, 1.0)["shows"]) == 0
