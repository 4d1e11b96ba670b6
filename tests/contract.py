"""What every network of the project must do, as a class of tests to inherit from."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tryon.core.errors import ShapeError


class NetworkContract:
    """Tests of one network class in a tiny configuration; the subclass gives the three methods below."""

    def network(self) -> Any:
        """A tiny network of the real class, with random weights."""
        raise NotImplementedError

    def inputs(self, batch: int) -> tuple[Tensor, ...]:
        """Valid inputs; those of a smaller batch are the first ones of a larger one."""
        raise NotImplementedError

    def wrong_inputs(self) -> list[tuple[tuple[Tensor, ...], str]]:
        """Inputs of a wrong shape, each with a part of the message that they get."""
        raise NotImplementedError

    def compute(self, network: Any, *inputs: Tensor) -> Tensor:
        """The output to compare."""
        return network(*inputs)

    def seeded(self, seed: int = 0) -> Any:
        torch.manual_seed(seed)
        return self.network()

    def test_gradients_reach_every_weight(self):
        network = self.seeded().train()
        self.compute(network, *self.inputs(2)).square().mean().backward()
        without = [name for name, weight in network.named_parameters() if weight.grad is None]
        assert without == []
        assert all(weight.grad.isfinite().all() for weight in network.parameters())

    @torch.inference_mode()
    def test_a_batch_gives_what_its_members_give_alone(self):
        network = self.seeded().eval()
        inputs = self.inputs(3)
        together = self.compute(network, *inputs)
        alone = torch.cat([self.compute(network, *(tensor[i : i + 1] for tensor in inputs)) for i in range(3)])
        torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)

    @torch.inference_mode()
    def test_the_same_seed_gives_the_same_network(self):
        first, second = (self.compute(self.seeded().eval(), *self.inputs(1)) for _ in range(2))
        assert torch.equal(first, second)
        assert not torch.equal(first, self.compute(self.seeded(1).eval(), *self.inputs(1)))

    def test_a_wrong_shape_is_told(self):
        network = self.seeded().eval()
        for inputs, words in self.wrong_inputs():
            with pytest.raises(ShapeError) as raised:
                network(*inputs)
            assert words in str(raised.value)

    @torch.inference_mode()
    def test_saved_and_loaded_it_computes_the_same(self, tmp_path):
        network = self.seeded().eval()
        network.save_pretrained(tmp_path / "full", half=False)
        network.save_pretrained(tmp_path / "half")
        loaded = type(network).from_pretrained(tmp_path / "full")
        assert not loaded.training
        assert loaded.config == network.config
        expected = self.compute(network, *self.inputs(1))
        assert torch.equal(self.compute(loaded, *self.inputs(1)), expected)
        halved = self.compute(type(network).from_pretrained(tmp_path / "half"), *self.inputs(1))
        assert (halved - expected).abs().max() < 0.02 * expected.abs().max()

    def test_export_takes_any_batch_size(self):
        network: nn.Module = self.seeded().eval()
        inputs = self.inputs(2)
        batch = torch.export.Dim("batch", min=1, max=64)
        exported = torch.export.export(network, inputs, dynamic_shapes=tuple({0: batch} for _ in inputs)).module()
        with torch.inference_mode():
            found, expected = (self.compute(one, *self.inputs(3)) for one in (exported, network))
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
