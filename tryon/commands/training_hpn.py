"""What ``tryon train hpn`` does: binds pairs to the pose transfer network."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from hpn.info import Timed, plan
from hpn.losses import LossConfig
from hpn.model import HPN, PRESETS, HPNConfig
from hpn.schedule import Stage, stages
from hpn.stages import seconds_a_view, stage_minutes, train_stages
from hpn.task import VALIDATION_VIEWS
from hpn.views import PairViews
from tryon.commands import telling
from tryon.commands.train import TrainHPN
from tryon.core.errors import ConfigError
from tryon.core.perceptual import VGGFeatures
from tryon.core.train.loop import ENDLESS, TrainConfig
from tryon.datasets.corrupt import Readable
from tryon.datasets.sources import LAYOUTS, open_split, recognize, splits_of
from tryon.types import PairSample


def train_hpn(options: TrainHPN) -> None:
    chosen = _stages(options)
    changed = {name: getattr(options, name) for name in ("norm", "align", "copy")}
    config = replace(PRESETS[options.preset], **{name: value for name, value in changed.items() if value is not None})
    if options.dry_run and not ((options.data or options.puppets) and options.vgg_weights):
        print(plan(config, chosen))
        print("for the hours on this machine, give the data and --vgg-weights, too")
        return
    if options.vgg_weights is None:
        raise ConfigError("--vgg-weights is missing; give the state dict file of torchvision's vgg16 (IMAGENET1K_V1)")
    features = VGGFeatures.from_file(options.vgg_weights)
    loss = LossConfig(
        descriptors=18 if options.descriptors else 0,
        local_reduction=options.local_reduction,
        pixel_weight=options.pixel_weight,
    )
    settings = TrainConfig(
        images=1 if options.images or options.minutes is None else ENDLESS,
        minutes=options.minutes,
        batch=options.accumulate,
        warmup=200,
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
    training = views(options.data, options.puppets, options.puppets_share, options.seed, config.sigma)
    if options.dry_run:
        seconds = seconds_a_view(config, chosen, training, loss, features, settings)
        telling.say(_hours(config, chosen, seconds, stage_minutes(config, chosen, settings)))
        return
    network = train_stages(
        config,
        chosen,
        training,
        loss,
        features,
        options.out,
        settings=settings,
        init=HPN.from_pretrained(options.init) if options.init else None,
        validation=_validation(options, config.sigma),
        say=telling.say,
    )
    weights = options.out / "weights"
    network.save_pretrained(weights)
    data = map(str, (*options.data, *options.puppets))
    files = "--weights", str(weights), "--vgg-weights", str(options.vgg_weights)
    telling.close(weights, ["tryon", "evaluate", "hpn", "--data", *data, *files])


def _hours(config: HPNConfig, chosen: Sequence[Stage], seconds: Timed, minutes: Sequence[float | None]) -> str:
    lines = [plan(config, chosen, seconds)]
    for stage, given, (one, _) in zip(chosen, minutes, seconds, strict=True):
        if given is not None:
            side = f"{stage.resolution} x {stage.resolution}"
            lines.append(f"{side}: {given:.1f} of the minutes, about {60 * given / one:.0f} views")
    return "\n".join(lines)


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


def _validation(options: TrainHPN, sigma: float) -> PairViews | None:
    """Views of the pairs of val, or of test where there is no val; ``None`` where no folder has any."""
    sources = []
    for folder, puppets in (*((one, False) for one in options.data), *((one, True) for one in options.puppets)):
        split = next((one for one in ("val", "test") if one in splits_of(folder)), None)
        pairs = _pairs(folder, split) if split else ()
        if len(pairs):
            sources.append((pairs, 1.0, not puppets))
    if not sources:
        telling.say("no pairs of val or test in the data: nothing is measured on the way")
        return None
    chosen = PairViews(sources, 0, sigma)
    for number in range(VALIDATION_VIEWS):  # what cannot be shown is told now, not after minutes of training
        chosen.view(number, 64)
    return chosen


def _pairs(folder: Path, split: str = "train") -> Sequence[PairSample]:
    layout = recognize(folder)
    samples = Readable(open_split(folder, split, layout, pairs=LAYOUTS[layout].pairs is not None))
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
