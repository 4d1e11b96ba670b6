"""``tryon train hpn``: binds pairs to the pose transfer network. Free of torch until it runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from tryon.commands.options import File, Folder, Folders, Number, Numbers, Real, Switch
from tryon.core.errors import ConfigError

if TYPE_CHECKING:
    from hpn.info import Timed
    from hpn.losses import LossConfig
    from hpn.network import HPNConfig
    from hpn.schedule import Stage
    from tryon.core.train.loop import TrainConfig


@dataclass(frozen=True, kw_only=True)
class TrainHPN:
    """Train the pose transfer network, stage after stage."""

    data: Folders = ()
    """Folders of pairs with label maps: of tryon data render or pack, or of any layout that tryon data check knows."""
    puppets: Folders = ()
    """Folders of tryon data puppet, whose targets alone are real photos."""
    puppets_share: float = 0.4
    """How often a puppet is drawn, of 1, beside --data."""
    out: Path
    """Folder of the run; a run that was interrupted goes on, in the middle of a stage, too."""
    vgg_weights: File = None
    """State dict file of torchvision's vgg16 or of its features, for the perceptual loss."""
    preset: Literal["paper", "half", "quarter", "eighth", "release"] = "paper"
    """Width of the network; release is an eighth with aligned skips, copied pixels and a matte of the person."""
    norm: Annotated[Literal["batch", "group"] | None, tyro.conf.arg(metavar="{batch,group}", help_behavior_hint="")] = (
        None
    )
    """Normalization, instead of the preset's: group suits batches of fewer than four."""
    align: Switch = None
    """Warp the skips by the pose flow, instead of what the preset does."""
    copy: Switch = None
    """Copy pixels along the pose flow, instead of what the preset does; needs align."""
    schedule: Literal["paper", "short", "cpu"] = "paper"
    """Table of the stages."""
    until: Literal[64, 128, 256, 512, 1024] = 1024
    """Resolution of the last stage."""
    images: Numbers = ()
    """Training views of each stage, instead of the schedule's."""
    minutes: Real = None
    """Stop by the clock, with the learning rate falling to the end of each stage; a checkpoint each minute. The stages
    share the minutes by what their views cost, and show as many views as they allow, or at most --images."""
    batch: Number = None
    """Views a step, instead of the schedule's."""
    lr: Real = None
    """Learning rate at the start of each stage, instead of the schedule's."""
    descriptors: bool = True
    """Look closely at the local descriptors; without it the loss is global."""
    local_reduction: Literal["sum", "mean"] = "sum"
    """Add the descriptors up, as in the paper, or average them."""
    pixel_weight: float = 0.0
    """Weight of a plain color loss beside the perceptual one."""
    init: Folder = None
    """Folder of saved weights to start from, of the first stage's resolution or half of it."""
    first: Literal[64, 128, 256, 512, 1024] = 64
    """Resolution of the first stage."""
    accumulate: int = 1
    """Parts in which a batch is computed, to need less memory."""
    seed: int = 0
    """The same seed, options and files give the same training."""
    workers: int = 1
    """Processes that prepare views."""
    bf16: bool = False
    """Compute in bfloat16 where that is precise enough, as GPUs do fast."""
    compile: bool = False
    """Compile the network first: minutes at the start of each stage, faster after."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where to compute; cuda is an NVIDIA GPU."""
    dry_run: bool = False
    """Print the stages and what they cost, with data and --vgg-weights also the hours on this machine, and stop."""

    def run(self) -> None:
        train_hpn(self)


def train_hpn(options: TrainHPN) -> None:
    """Train the stages and save the network, or print what they cost."""
    from hpn.info import plan
    from hpn.model import HPN
    from hpn.network import PRESETS
    from hpn.stages import seconds_a_view, stage_minutes, train_stages
    from tryon.commands import telling
    from tryon.core.perceptual import VGGFeatures
    from tryon.datasets.pair_views import pair_views, validation_pair_views

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
    loss, same = loss_config(options), settings(options)
    views = pair_views(options.data, options.puppets, options.puppets_share, options.seed, config.sigma)
    if options.dry_run:
        seconds = seconds_a_view(config, chosen, views, loss, features, same)
        telling.say(_hours(config, chosen, seconds, stage_minutes(config, chosen, same)))
        return
    init = HPN.from_pretrained(options.init) if options.init else None
    validation = validation_pair_views(options.data, options.puppets, config.sigma)
    if validation is None:
        telling.say("no pairs of val or test in the data: nothing is measured on the way")
    network = train_stages(
        config, chosen, views, loss, features, options.out,
        settings=same, init=init, validation=validation, say=telling.say,
    )  # fmt: skip
    weights = options.out / "weights"
    network.save_pretrained(weights)
    data = map(str, (*options.data, *options.puppets))
    files = "--weights", str(weights), "--vgg-weights", str(options.vgg_weights)
    telling.close(weights, ["tryon", "evaluate", "hpn", "--data", *data, *files])


def _hours(config: "HPNConfig", chosen: "Sequence[Stage]", seconds: "Timed", minutes: Sequence[float | None]) -> str:
    from hpn.info import plan

    lines = [plan(config, chosen, seconds)]
    for stage, given, (one, _) in zip(chosen, minutes, seconds, strict=True):
        if given is not None:
            side = f"{stage.resolution} x {stage.resolution}"
            lines.append(f"{side}: {given:.1f} of the minutes, about {60 * given / one:.0f} views")
    return "\n".join(lines)


def loss_config(options: TrainHPN) -> "LossConfig":
    """The loss that is asked for; the stages set the number of its descriptors."""
    from hpn.losses import LossConfig

    return LossConfig(
        descriptors=18 if options.descriptors else 0,
        local_reduction=options.local_reduction,
        pixel_weight=options.pixel_weight,
    )


def settings(options: TrainHPN) -> "TrainConfig":
    """What is the same in all stages."""
    from tryon.core.train.loop import ENDLESS, TrainConfig

    return TrainConfig(
        images=1 if options.images or options.minutes is None else ENDLESS,
        minutes=options.minutes,
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


def _stages(options: TrainHPN) -> "tuple[Stage, ...]":
    from hpn.schedule import stages

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
