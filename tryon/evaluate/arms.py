"""The variants that ``tryon ablate hpn`` compares. Free of torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ArmName = Literal["baseline", "ld", "pt", "ld_pt", "ld_pt_align", "ld_pt_align_copy"]


@dataclass(frozen=True)
class Arm:
    """A variant of network and training."""

    title: str
    descriptors: bool
    growth: bool
    align: bool = False
    copy: bool = False


ARMS: Mapping[ArmName, Arm] = {
    "baseline": Arm("Baseline", descriptors=False, growth=False),
    "ld": Arm("LD", descriptors=True, growth=False),
    "pt": Arm("PT", descriptors=False, growth=True),
    "ld_pt": Arm("LD+PT", descriptors=True, growth=True),
    "ld_pt_align": Arm("LD+PT, align", descriptors=True, growth=True, align=True),
    "ld_pt_align_copy": Arm("LD+PT, align, copy", descriptors=True, growth=True, align=True, copy=True),
}
# What each part adds: the paper's claims, and those of our switches.
COMPARISONS: tuple[tuple[ArmName, ArmName], ...] = (
    ("ld", "baseline"), ("pt", "baseline"), ("ld_pt", "ld"), ("ld_pt", "pt"), ("ld_pt_align", "ld_pt"),
    ("ld_pt_align_copy", "ld_pt_align"),
)  # fmt: skip
