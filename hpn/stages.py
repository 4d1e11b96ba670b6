"""The progressive training: stage after stage, each grown from the last (section 3.3)."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from hpn.info import Timed, cost, fitting
from hpn.losses import HPNLoss, LossConfig
from hpn.model import HPN, HPNConfig
from hpn.schedule import Stage
from hpn.task import HPNTask
from hpn.views import PairViews
from tryon.core.errors import ConfigError
from tryon.core.train import dist
from tryon.core.train.loop import ENDLESS, Moments, TrainConfig, seconds_a_step, train
from tryon.core.train.progress import Say

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
    validation: PairViews | None = None,
    on_step: OnStep | None = None,
    say: Say | None = None,
) -> HPN:
    """Train the stages in order, or go on where the run folder stands, in the middle of a stage, too.

    Args:
        config: the network; its resolution is set by the stages.
        stages: consecutive ones, from :func:`hpn.schedule.stages`.
        views: training pairs.
        loss: its number of descriptors is set by the stages, unless it is 0.
        features: VGG-16.
        run: folder; a stage of side R has its checkpoint, log, sheets and weights in ``RRRR/``.
        settings: seed, workers, device and the like; the rest is set by the stages, see :func:`stage_settings`. Of the
            minutes each stage gets the share that its images cost.
        init: the network to start from, of the resolution of the first stage or half of it; without it He's random
            weights.
        validation: pairs of other people, for the figures on the way.
        on_step: called after each step with the stage, the step and the number of steps.
        say: takes the lines that tell how the training goes.

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
        for stage, minutes in zip(stages, stage_minutes(config, stages, settings), strict=True):
            start = _start(network, replace(config, resolution=stage.resolution), settings.seed)
            timed = replace(settings, minutes=minutes)
            network, moments = _train_stage(
                start, stage, views, loss, features, run, timed, moments, validation, on_step, say
            )
    assert network is not None
    return network


def stage_settings(stage: Stage, settings: TrainConfig) -> TrainConfig:
    """The settings with which a stage is trained; with :data:`ENDLESS` images given, the minutes alone end it."""
    return replace(
        settings,
        images=ENDLESS if settings.images == ENDLESS else stage.images,
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
    validation: PairViews | None,
    on_step: OnStep | None,
    say: Say | None,
) -> tuple[HPN, Moments]:
    folder = run / f"{stage.resolution:04d}"
    network.to(memory_format=torch.channels_last)
    chosen = stage_settings(stage, settings)
    stage_loss = replace(loss, descriptors=stage.descriptors) if loss.descriptors else loss
    task = HPNTask(network, views, HPNLoss(features, stage_loss), stage, validation)
    record = {f"loss.{name}": value for name, value in asdict(stage_loss).items()}
    record["pairs"] = [[len(pairs), float(share)] for pairs, share, _ in views.sources]
    record |= {"keep_moments": stage.keep_moments, "augment": stage.augment}
    kept = _of_kept_layers(moments) if stage.keep_moments else None
    try:
        shown, said = _of_stage(stage, on_step), _said_of(stage, say)
        trained = train(task, chosen, folder, moments=kept, record=record, on_step=shown, say=said)
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


def _said_of(stage: Stage, say: Say | None) -> Say | None:
    return None if say is None else lambda line: say(f"{stage.resolution} x {stage.resolution}: {line}")


def _costs(config: HPNConfig, stages: Sequence[Stage]) -> list[float]:
    """Multiply-adds of one view of each stage."""
    return [cost(replace(config, resolution=stage.resolution), stage.descriptors).training_macs for stage in stages]


def stage_minutes(config: HPNConfig, stages: Sequence[Stage], settings: TrainConfig) -> list[float | None]:
    """The minutes of each stage: what its images cost, of all; ``None`` without minutes."""
    if settings.minutes is None:
        return [None] * len(stages)
    costs = [stage.images * one for stage, one in zip(stages, _costs(config, stages), strict=True)]
    return [settings.minutes * one / sum(costs) for one in costs]


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


def seconds_a_view(
    config: HPNConfig,
    stages: Sequence[Stage],
    views: PairViews,
    loss: LossConfig,
    features: nn.Module,
    settings: TrainConfig,
    *,
    patience: float = 60.0,
) -> Timed:
    """How long a view of each stage takes on this machine, and whether that was timed.

    A few steps of each stage are timed. Where they would take longer than ``patience`` seconds, the time is that of
    the last timed stage by the multiply-adds. The parameters are those of :func:`train_stages`.

    Raises:
        ConfigError: memory ran out.
    """
    features = features.to(memory_format=torch.channels_last)
    found: list[tuple[float, bool]] = []
    costs = _costs(config, stages)
    timed = 0
    for i, stage in enumerate(stages):
        guess = found[timed][0] * costs[i] / costs[timed] if found else 0.0
        if 4 * stage.batch * guess > patience:
            found.append((guess, False))
            continue
        network = HPN(replace(config, resolution=stage.resolution)).to(memory_format=torch.channels_last)
        stage_loss = replace(loss, descriptors=stage.descriptors) if loss.descriptors else loss
        chosen = replace(stage_settings(stage, settings), minutes=None)
        try:
            seconds = seconds_a_step(HPNTask(network, views, HPNLoss(features, stage_loss), stage), chosen)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _memory_ran_out(error):
                raise
            raise _too_large(network.config, stage, chosen) from error
        found.append((seconds / stage.batch, True))
        timed = i
    return found
