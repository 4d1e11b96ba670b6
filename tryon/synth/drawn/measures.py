"""Random bodies and the cuts of the garments made for them."""

from dataclasses import dataclass

import numpy as np

from tryon.body.proportions import BONES, HIP_WIDTH, SHOULDER_WIDTH, WAIST

CHEST, NATURAL_WAIST_WIDTH, HIPS = 0.32, 0.27, 0.33
"""Half the width of a body from the front, in torso lengths: at the armpits, at the narrowest place, at the hips."""
NARROWEST = 0.72
"""Depth of the narrowest place of a trunk, in torso lengths."""
AROUND = 1.36
"""Half the width of cloth that lies flat for half the width of the body that it goes around, tightly."""


@dataclass(frozen=True)
class Body:
    """Of somebody for whom a garment is cut; in torso lengths of a typical body."""

    shoulder: float
    """From the neck point to a shoulder joint."""
    chest: float
    waist: float
    hips: float
    hip_joint: float
    """From the middle to a hip joint."""
    narrowest: float
    """Depth of the narrowest place of the trunk."""
    waistband: float
    """Depth at which trousers and skirts begin."""
    hip_depth: float
    upper_arm: float
    forearm: float
    thigh: float
    shank: float

    @property
    def arm(self) -> float:
        return self.upper_arm + self.forearm

    @property
    def knee_depth(self) -> float:
        return self.hip_depth + self.thigh

    @property
    def ankle_depth(self) -> float:
        return self.hip_depth + self.thigh + self.shank

    def flat(self, depth: float) -> float:
        """Half the width of tight cloth around the trunk, laid flat."""
        depths = (0.3, self.narrowest, self.hip_depth)
        return AROUND * float(np.interp(depth, depths, (self.chest, self.waist, self.hips)))


def random_body(rng: np.random.Generator) -> Body:
    """Every measure within .7 and 1.3 of the typical one; stout people are stout all over, long limbs go together."""

    def vary(spread: float, *factors: float) -> float:
        return float(np.clip(np.prod(factors) * np.exp(rng.normal(0, spread)), 0.7, 1.3))

    stout, long, trunk = vary(0.1), vary(0.06), vary(0.06)
    return Body(
        shoulder=SHOULDER_WIDTH / 2 * vary(0.06, stout**0.4),
        chest=CHEST * vary(0.05, stout),
        waist=NATURAL_WAIST_WIDTH * vary(0.07, stout),
        hips=HIPS * vary(0.06, stout),
        hip_joint=HIP_WIDTH / 2 * vary(0.05, stout**0.5),
        narrowest=NARROWEST * trunk,
        waistband=WAIST * trunk,
        hip_depth=BONES["trunk"][1] * trunk,
        upper_arm=BONES["upper arm"][1] * vary(0.03, long),
        forearm=BONES["forearm"][1] * vary(0.03, long),
        thigh=BONES["thigh"][1] * vary(0.04, long),
        shank=BONES["shank"][1] * vary(0.04, long),
    )


@dataclass(frozen=True)
class Cut:
    """What a kind of garment for the upper body looks like: ranges that random garments are drawn from."""

    kind: str
    ease: tuple[float, float]
    """Width against the tightest."""
    hem: tuple[float, float]
    """Depth of the lower edge, in torso lengths below the neck."""
    sleeve: tuple[float, float] = (0.0, 0.0)
    """Length from the shoulder seam, in arms; 0 for none."""
    cuff: tuple[float, float] = (0.08, 0.12)
    """Half the width of the sleeve's end."""
    necks: tuple[str, ...] = ("crew",)
    front: str = "closed"
    """closed, buttoned (all the way), opened (buttoned or not), or polo (a short placket)."""
    flare: tuple[float, float] = (0.95, 1.05)
    """Width of the lower edge against that of tight cloth with this ease."""
    fitted: float = 0.3
    """How much of the body's waist shows."""


CUTS = {
    "t-shirt": Cut(
        "t-shirt", (0.9, 1.45), (0.95, 1.5), (0.2, 0.55), (0.15, 0.22), ("crew", "crew", "v", "scoop", "boat")
    ),
    "polo": Cut("t-shirt", (0.95, 1.35), (1.0, 1.35), (0.25, 0.42), (0.14, 0.2), ("collar",), "polo"),
    "cap sleeves": Cut(
        "t-shirt", (0.85, 1.2), (0.95, 1.45), (0.06, 0.18), (0.14, 0.2), ("crew", "scoop", "v", "boat"), fitted=0.7
    ),
    "tank top": Cut(
        "t-shirt", (0.8, 1.3), (0.9, 1.5), necks=("scoop", "v", "crew", "straps"), fitted=0.6, flare=(0.9, 1.25)
    ),
    "strapless": Cut("t-shirt", (0.75, 1.0), (0.8, 1.2), necks=("none", "straps"), fitted=0.8),
    "long sleeves": Cut(
        "longsleeve",
        (0.85, 1.4),
        (0.95, 1.45),
        (0.6, 1.08),
        (0.07, 0.13),
        ("crew", "crew", "v", "scoop", "boat", "high"),
    ),
    "sweater": Cut(
        "longsleeve",
        (1.05, 1.5),
        (0.9, 1.5),
        (0.8, 1.1),
        (0.08, 0.14),
        ("crew", "v", "high", "boat"),
        flare=(0.8, 1.0),
        fitted=0.1,
    ),
    "hoodie": Cut(
        "longsleeve", (1.1, 1.5), (1.0, 1.35), (0.9, 1.1), (0.08, 0.12), ("hood",), flare=(0.75, 0.95), fitted=0.0
    ),
    "shirt": Cut(
        "shirt",
        (0.95, 1.45),
        (1.0, 1.5),
        (0.9, 1.08),
        (0.08, 0.13),
        ("collar", "collar", "collar", "crew", "v"),
        "buttoned",
        (0.95, 1.15),
        0.3,
    ),
    "short shirt": Cut(
        "shirt",
        (1.0, 1.5),
        (0.95, 1.45),
        (0.2, 0.5),
        (0.15, 0.22),
        ("collar", "collar", "v"),
        "buttoned",
        (0.95, 1.15),
        0.3,
    ),
    "blouse": Cut(
        "shirt",
        (0.95, 1.4),
        (0.95, 1.4),
        (0.15, 1.05),
        (0.09, 0.25),
        ("v", "crew", "boat", "high", "collar"),
        "closed",
        (0.95, 1.3),
        0.4,
    ),
    "jacket": Cut(
        "outwear",
        (1.15, 1.6),
        (0.95, 1.5),
        (0.9, 1.1),
        (0.1, 0.16),
        ("collar", "high", "hood", "lapels"),
        "opened",
        (0.85, 1.15),
        0.3,
    ),
    "coat": Cut(
        "outwear",
        (1.2, 1.6),
        (1.5, 2.3),
        (0.9, 1.1),
        (0.11, 0.17),
        ("collar", "high", "hood", "lapels"),
        "opened",
        (1.0, 1.35),
        0.4,
    ),
    "cardigan": Cut(
        "outwear",
        (1.0, 1.45),
        (0.7, 1.7),
        (0.6, 1.08),
        (0.08, 0.14),
        ("v", "v", "crew", "high"),
        "opened",
        (0.85, 1.1),
        0.2,
    ),
    "vest": Cut(
        "outwear",
        (1.1, 1.5),
        (1.0, 1.5),
        necks=("high", "hood", "v", "collar"),
        front="opened",
        flare=(0.9, 1.1),
        fitted=0.3,
    ),
    "dress": Cut(
        "dress",
        (0.85, 1.25),
        (1.45, 2.5),
        (0.0, 1.0),
        (0.09, 0.2),
        ("crew", "scoop", "v", "boat", "high"),
        flare=(0.9, 1.9),
        fitted=0.9,
    ),
    "summer dress": Cut(
        "dress", (0.8, 1.15), (1.4, 2.5), necks=("straps", "scoop", "v", "none", "crew"), flare=(0.95, 2.1), fitted=1.0
    ),
    "shirt dress": Cut(
        "dress", (1.0, 1.4), (1.45, 2.1), (0.2, 1.05), (0.09, 0.18), ("collar", "v"), "buttoned", (0.95, 1.5), 0.5
    ),
}
