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
    descriptors: int


_ITERATIONS = 700_000  # for each stage of the paper, which does not give its batch
SCHEDULES = {
    "paper": (
        Stage(64, _ITERATIONS * 32, 32, 2e-4, 18),
        Stage(128, _ITERATIONS * 16, 16, 2e-4, 18),
        Stage(256, _ITERATIONS * 8, 8, 2e-4, 31),
        Stage(512, _ITERATIONS * 4, 4, 2e-4, 31),
        Stage(1024, _ITERATIONS * 2, 2, 2e-4, 44),
    ),
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
