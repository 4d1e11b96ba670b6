import pytest
import torch

from appearance_flow.losses import FlowLossConfig, flow_losses, moved_error, unmoved_error
from appearance_flow.model import Refined

SIZE = (12, 16)


def batch(truth: tuple[float, float]) -> dict[str, torch.Tensor]:
    """A pose flow of nothing, the truth being elsewhere."""
    flat = torch.zeros(1, 1, *SIZE)
    shown = flat.clone()
    shown[..., 3:9, 4:12] = 1
    values = torch.tensor(truth).view(1, 2, 1, 1).expand(1, 2, *SIZE).clone()
    return {"flow": torch.zeros(1, 2, *SIZE), "truth": values, "known": shown, "shown": shown, "carried": shown}


def refined(x: float, y: float, logit: float = 0.0) -> Refined:
    offset = torch.tensor((x, y)).view(1, 2, 1, 1).expand(1, 2, *SIZE).clone()
    return Refined(offset, torch.full((1, 1, *SIZE), logit), (offset[..., ::2, ::2],))


def test_the_error_is_in_pixels_of_the_window():
    one = batch((6.0, 8.0))
    assert unmoved_error(one).item() == pytest.approx(10.0)
    assert moved_error(refined(6.0, 8.0), one).item() == pytest.approx(0.0, abs=1e-5)
    assert moved_error(refined(6.0, 5.0), one).item() == pytest.approx(3.0)


def test_the_right_offset_costs_nothing():
    config = FlowLossConfig(visible=0.0)
    right = flow_losses(refined(6.0, 8.0), batch((6.0, 8.0)), config, torch.zeros(1))
    wrong = flow_losses(refined(6.0, 5.0), batch((6.0, 8.0)), config, torch.zeros(1))
    assert right["flow"].item() == pytest.approx(0.0, abs=1e-4)
    assert wrong["flow"].item() == pytest.approx((9.25**0.5) - 0.5, abs=1e-4)
    assert wrong["loss"].item() - right["loss"].item() == pytest.approx(1.4 * (9.25**0.5 - 0.5), abs=1e-3)


def test_a_shift_is_smooth_and_does_not_fold():
    found = flow_losses(refined(6.0, 8.0), batch((6.0, 8.0)), FlowLossConfig(), torch.ones(1))
    assert found["fold"].item() == 0
    assert found["smooth"].item() == pytest.approx(4 * 1e-6**0.45, rel=1e-3)


def test_folding_costs():
    folded = refined(0.0, 0.0)
    folded.offset[:, 0] = -3.0 * torch.arange(SIZE[1])  # the map runs backward by half a pixel a pixel
    assert flow_losses(folded, batch((0.0, 0.0)), FlowLossConfig(), torch.ones(1))["fold"].item() == pytest.approx(0.6)


def test_what_is_seen_is_learned():
    one = batch((0.0, 0.0))
    sure = torch.where(one["shown"] > 0, 20.0, -20.0)
    right = Refined(torch.zeros(1, 2, *SIZE), sure, ())
    wrong = Refined(torch.zeros(1, 2, *SIZE), -sure, ())
    config = FlowLossConfig()
    assert flow_losses(right, one, config, torch.zeros(1))["visible"].item() == pytest.approx(0, abs=1e-6)
    assert flow_losses(wrong, one, config, torch.zeros(1))["visible"].item() == pytest.approx(20, abs=1e-4)
