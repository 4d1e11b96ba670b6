"""The progressive training: stage after stage, each grown from the last (section 3.3)."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from hpn.info import fitting
from hpn.losses import HPNLoss, LossConfig
from hpn.model import HPN, HPNConfig
from hpn.schedule import Stage
from hpn.task import HPNTask
from hpn.views import PairViews
from tryon.core.errors import ConfigError
from tryon.core.train import dist
from tryon.core.train.loop import Moments, TrainConfig, train

_DEFAULTS = TrainConfig(images=1)

OnStep = Callable[[Stage, int, int], None]


def train_stages(
    config: HPNConfig,
    stages: Sequence[Stage],
    views: PairViews,
    loss: LossConfig,
    features: nn.Module,
    run: Path,
    *,
    settings: TrainConfig = _DEFAULTS,
    init: HPN | None = None,
    on_step: OnStep | None = None,
) -> HPN:
    """Train the stages in order, or go on where the run folder stands, in the middle of a stage, too.

    Args:
        config: the network; its resolution is set by the stages.
        stages: consecutive ones, from :func:`hpn.schedule.stages`.
        views: training pairs.
        loss: its number of descriptors is set by the stages, unless it is 0.
        features: VGG-16.
        run: folder; a stage of side R has its checkpoint, log, sheets and weights in ``RRRR/``.
        settings: seed, workers, device and the like; the rest is set by the stages, see :func:`stage_settings`.
        init: the network to start from, of the resolution of the first stage or half of it; without it He's random
            weights.
        on_step: called after each step with the stage, the step and the number of steps.

    Returns:
        The network of the last stage, with averaged weights where that stage averages them.

    Raises:
        ConfigError: ``init`` does not fit, a folder belongs to a training with other settings, or memory ran out.
        CheckpointError: the checkpoint of a stage is of another network.
    """
    # Convolutions of few channels run twice as fast on a CPU with the channels last; so do those of the network below.
    features = features.to(memory_format=torch.channels_last)
    network, moments = init, Moments()
    with dist.processes(settings.device):
        for stage in stages:
            start = _start(network, replace(config, resolution=stage.resolution), settings.seed)
            network, moments = _train_stage(start, stage, views, loss, features, run, settings, moments, on_step)
    assert network is not None
    return network


def stage_settings(stage: Stage, settings: TrainConfig) -> TrainConfig:
    """The settings with which a stage is trained."""
    return replace(
        settings,
        images=stage.images,
        batch=stage.batch,
        lr=stage.lr,
        warmup=stage.warmup,
        ema=stage.ema,
        max_gradient_norm=stage.max_gradient_norm,
    )


def _train_stage(
    network: HPN,
    stage: Stage,
    views: PairViews,
    loss: LossConfig,
    features: nn.Module,
    run: Path,
    settings: TrainConfig,
    moments: Moments,
    on_step: OnStep | None,
) -> tuple[HPN, Moments]:
    folder = run / f"{stage.resolution:04d}"
    network.to(memory_format=torch.channels_last)
    chosen = stage_settings(stage, settings)
    stage_loss = replace(loss, descriptors=stage.descriptors) if loss.descriptors else loss
    task = HPNTask(network, views, HPNLoss(features, stage_loss), stage)
    record = {f"loss.{name}": value for name, value in asdict(stage_loss).items()}
    record["pairs"] = [[len(pairs), float(share)] for pairs, share, _ in views.sources]
    record |= {"keep_moments": stage.keep_moments, "augment": stage.augment}
    kept = _of_kept_layers(moments) if stage.keep_moments else None
    try:
        trained = train(task, chosen, folder, moments=kept, record=record, on_step=_of_stage(stage, on_step))
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not _memory_ran_out(error):
            raise
        raise _too_large(network.config, stage, chosen) from error
    trained.network.save_pretrained(folder / "weights", half=False)
    return trained.network, trained.moments


def _of_kept_layers(moments: Moments) -> Moments:
    """Without those of the convolutions from and to RGB, which growth replaces by others of the same names."""
    return {name: one for name, one in moments.items() if not name.startswith(("from_rgb.", "to_rgb."))}


def _start(network: HPN | None, config: HPNConfig, seed: int) -> HPN:
    torch.manual_seed(seed)
    if network is None:
        return HPN(config)
    if network.config.resolution * 2 == config.resolution:
        network = network.grow()
    if network.config != config:
        raise ConfigError(f"the network to start from is {network.config}, which does not lead to {config}")
    return network


def _of_stage(stage: Stage, on_step: OnStep | None) -> Callable[[int, int], None] | None:
    return None if on_step is None else lambda step, steps: on_step(stage, step, steps)


def _too_large(config: HPNConfig, stage: Stage, settings: TrainConfig) -> ConfigError:
    if settings.device.startswith("cuda"):
        memory = torch.cuda.get_device_properties(0).total_memory
    else:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    advice = fitting(config, replace(stage, batch=stage.batch // settings.accumulate), memory)
    return ConfigError(
        f"the stage of {stage.resolution} x {stage.resolution} does not fit into memory with a batch of {stage.batch} "
        f"in {settings.accumulate} parts at a width of {config.width:g}; {advice} (--batch or --accumulate, --preset)"
    )


def _memory_ran_out(error: Exception) -> bool:
    words = "not enough memory", "can't allocate memory", "out of memory"
    return not isinstance(error, RuntimeError) or any(word in str(error).lower() for word in words)
