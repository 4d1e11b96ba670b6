"""The stages of a training: how many pictures, at which side, with how many descriptors (sections 3.3 and 3.4)."""

from dataclasses import dataclass

from tryon.core.errors import ConfigError


@dataclass(frozen=True)
class Stage:
    """One resolution of the progressive training."""

    resolution: int
    images: int
    batch: int
    lr: float
    """Held in the half with L2, falling to a tenth in the half with L1."""
    descriptors: int
    warmup: int = 200
    """Pictures until the learning rate is at its highest."""
    ema: float = 0.998
    """Decay a step of the averaged weights, which the next stage grows from; 0: from the weights of the last step."""
    max_gradient_norm: float | None = 5.0
    """Longer gradients are shortened to this; ``None``: never."""
    keep_moments: bool = False
    """Layers of the stage before keep Adam's moments, and only new ones begin with fresh ones; otherwise all do: the
    loss has another scale at another resolution, and the learning rate starts over as well."""
    augment: bool = True
    """Mirror, tint and shift the pictures and jitter the key points at random."""


def _paper(resolution: int, batch: int, descriptors: int) -> Stage:
    """700,000 iterations with what the paper names, and nothing else; it does not give its batch."""
    return Stage(
        resolution,
        700_000 * batch,
        batch,
        2e-4,
        descriptors,
        warmup=0,
        ema=0.0,
        max_gradient_norm=None,
        keep_moments=True,
        augment=False,
    )


SCHEDULES = {
    "paper": (_paper(64, 32, 18), _paper(128, 16, 18), _paper(256, 8, 31), _paper(512, 4, 31), _paper(1024, 2, 44)),
    # A day on one good GPU up to 256.
    "short": (
        Stage(64, 400_000, 32, 5e-4, 18),
        Stage(128, 400_000, 16, 5e-4, 18),
        Stage(256, 400_000, 8, 2e-4, 31),
        Stage(512, 200_000, 4, 2e-4, 31),
        Stage(1024, 100_000, 2, 2e-4, 44),
    ),
    # An hour or two on a CPU up to 128, with an eighth of the width.
    "cpu": (
        Stage(64, 8_000, 8, 1e-3, 18),
        Stage(128, 8_000, 8, 1e-3, 18),
        Stage(256, 4_000, 4, 5e-4, 31),
    ),
}


def stages(schedule: str, until: int) -> tuple[Stage, ...]:
    """The stages of a schedule up to a resolution.

    Raises:
        ConfigError: an unknown schedule, or a resolution that it does not reach.
    """
    if schedule not in SCHEDULES:
        raise ConfigError(f"unknown schedule {schedule!r}; choose one of {', '.join(SCHEDULES)}")
    chosen = tuple(stage for stage in SCHEDULES[schedule] if stage.resolution <= until)
    if not chosen or chosen[-1].resolution != until:
        known = ", ".join(str(stage.resolution) for stage in SCHEDULES[schedule])
        raise ConfigError(f"the schedule {schedule} has no stage of {until}; choose one of {known}")
    return chosen
