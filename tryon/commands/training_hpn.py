"""What ``tryon train hpn`` does: binds pairs to the pose transfer network."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from tqdm import tqdm

from hpn.info import plan
from hpn.losses import LossConfig
from hpn.model import HPN, PRESETS
from hpn.schedule import Stage, stages
from hpn.stages import train_stages
from hpn.views import PairViews
from tryon.commands.train import TrainHPN
from tryon.core.errors import ConfigError
from tryon.core.perceptual import VGGFeatures
from tryon.core.train.loop import TrainConfig
from tryon.data.corrupt import Readable
from tryon.data.sources import LAYOUTS, open_split, recognize
from tryon.types import PairSample


def train_hpn(options: TrainHPN) -> None:
    chosen = _stages(options)
    changed = {name: getattr(options, name) for name in ("norm", "align", "copy")}
    config = replace(PRESETS[options.preset], **{name: value for name, value in changed.items() if value is not None})
    if options.dry_run:
        print(plan(config, chosen))
        return
    if options.vgg_weights is None:
        raise ConfigError("--vgg-weights is missing; give the state dict file of torchvision's vgg16 (IMAGENET1K_V1)")
    features = VGGFeatures.from_file(options.vgg_weights)
    network = train_stages(
        config,
        chosen,
        views(options.data, options.puppets, options.puppets_share, options.seed, config.sigma),
        loss_config(options),
        features,
        options.out,
        settings=settings(options),
        init=HPN.from_pretrained(options.init) if options.init else None,
        on_step=_Bar(),
    )
    network.save_pretrained(options.out / "weights")


def loss_config(options: TrainHPN) -> LossConfig:
    """The loss that is asked for; the stages set the number of its descriptors."""
    return LossConfig(
        descriptors=18 if options.descriptors else 0,
        local_reduction=options.local_reduction,
        pixel_weight=options.pixel_weight,
    )


def settings(options: TrainHPN) -> TrainConfig:
    """What is the same in all stages."""
    return TrainConfig(
        images=1,
        batch=options.accumulate,
        lr_schedule="halves",
        optimizer="adam",
        weight_decay=5e-4,
        accumulate=options.accumulate,
        seed=options.seed,
        workers=options.workers,
        bf16=options.bf16,
        compile=options.compile,
        device=options.device,
    )


def views(
    data: tuple[Path, ...], puppets: tuple[Path, ...], puppets_share: float, seed: int, sigma: float
) -> PairViews:
    """The training pairs of folders.

    Raises:
        ConfigError: no folder, or none with pairs in its train split.
        DataError: a folder of no known layout.
    """
    if not data and not puppets:
        raise ConfigError("no training data; give folders of pairs with --data, or of puppets with --puppets")
    if data and puppets and not 0 < puppets_share < 1:
        raise ConfigError(f"--puppets-share {puppets_share:g} must lie between 0 and 1, where --data is given too")
    share = puppets_share if data else 1.0
    sources = [(_pairs(folder), (1 - share) / len(data), True) for folder in data]
    sources += [(_pairs(folder), share / len(puppets), False) for folder in puppets]
    return PairViews([source for source in sources if source[1] > 0], seed, sigma)


def _pairs(folder: Path) -> Sequence[PairSample]:
    layout = recognize(folder)
    samples = Readable(open_split(folder, "train", layout, pairs=LAYOUTS[layout].pairs is not None))
    if len(samples) and not isinstance(samples[0], PairSample):
        raise ConfigError(
            f"{folder} does not hold pairs, the same person in two poses; give a folder that does, "
            "such as one of tryon data render --kind pairs"
        )
    return cast(Sequence[PairSample], samples)


def _stages(options: TrainHPN) -> tuple[Stage, ...]:
    chosen = [stage for stage in stages(options.schedule, options.until) if stage.resolution >= options.first]
    if options.images and len(options.images) != len(chosen):
        raise ConfigError(f"--images gives {len(options.images)} numbers for {len(chosen)} stages; give one a stage")
    for i, images in enumerate(options.images):
        chosen[i] = replace(chosen[i], images=images)
    if not chosen:
        raise ConfigError(f"--first {options.first} lies beyond --until {options.until}; there is no stage to train")
    if not options.descriptors:
        chosen = [replace(stage, descriptors=0) for stage in chosen]
    batch, lr = options.batch, options.lr
    return tuple(replace(stage, batch=batch or stage.batch, lr=lr or stage.lr) for stage in chosen)


class _Bar:
    """A bar for each stage."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._stage: Stage | None = None

    def __call__(self, stage: Stage, step: int, steps: int) -> None:
        if stage != self._stage or self._bar is None:
            self._stage = stage
            self._bar = tqdm(total=steps, unit="step", mininterval=5, desc=f"{stage.resolution} x {stage.resolution}")
        self._bar.n = step
        if step % 10 == 0 or step == steps:
            self._bar.refresh()
