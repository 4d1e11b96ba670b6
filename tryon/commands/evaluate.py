"""``tryon evaluate``: measures what users get, on labeled photos. Free of torch until a command runs.

Every command writes a table to stdout and, with ``--json``, one object with flat keys. All of them hold ``version`` of
the program, ``commit`` (where it runs in a clone of its repository), ``weights_parser``, ``weights_pose`` and
``weights_hpn`` (the beginning of the SHA-256 of the weights; null for a network that was not measured), ``torch`` (its
version), ``date``, ``split`` and ``number`` (of photos, or of pairs); a value that could not be measured is null. The
other keys are documented in :mod:`tryon.commands.evaluate_parser`, :mod:`tryon.commands.evaluate_pose`,
:mod:`tryon.commands.evaluate_swap`, :mod:`tryon.commands.evaluate_normalize`, :mod:`tryon.commands.hpn_evaluation`,
:mod:`tryon.commands.evaluate_groups` and :mod:`tryon.commands.evaluate_tryon`. Weights that are not the released ones
are named on stdout.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal


@dataclass(frozen=True, kw_only=True)
class _Evaluation:
    data: Path
    """Folder of the Clothing Co-Parsing data set, or of your own photos in its layout."""
    split: Literal["train", "val", "all"] = "val"
    """Part of the data to measure on; the networks were trained on train."""
    json: Path | None = None
    """File for the figures, as one JSON object with flat keys."""


@dataclass(frozen=True, kw_only=True)
class EvaluateParser(_Evaluation):
    """Measure the garment parser: whole photos, from finding the person on."""

    renders: tuple[Path, ...] = ()
    """Folders of rendered people to measure on too."""
    garments: Path | None = None
    """Folder with pictures of garments without a person, in which nobody should be found."""
    weights: Path | None = None
    """Folder of saved weights, instead of the released ones."""
    mirror: bool = True
    """Average the close reading with that of the mirrored photo, as the try-on does."""
    sheet: Path | None = None
    """Picture of 24 readings beside the truth, spread evenly over the split."""

    def run(self) -> None:
        from tryon.commands import evaluate_parser

        evaluate_parser.run(self)


@dataclass(frozen=True, kw_only=True)
class EvaluatePose(_Evaluation):
    """Measure the pose network: whole photos, from finding the person on."""

    renders: tuple[Path, ...] = ()
    """Folders of rendered people to measure on too."""
    weights: Path | None = None
    """Folder of saved weights of the pose network, instead of the released ones."""
    parser_weights: Path | None = None
    """Folder of saved weights of the parser, which finds the person."""

    def run(self) -> None:
        from tryon.commands import evaluate_pose

        evaluate_pose.run(self)


@dataclass(frozen=True, kw_only=True)
class EvaluateSwap(_Evaluation):
    """Measure the try-on on random pairs of photos, none of them picked by hand."""

    number: int = 24
    """Pairs to draw."""
    seed: int = 0
    normalize: Literal["auto", "always", "never"] = "never"
    """As in tryon swap."""
    weights: Path | None = None
    """Folder with the folders parser, pose and hpn of saved weights, instead of the released ones."""
    sheet: Path | None = None
    """Picture of all pairs: garment photo, person, result."""
    full: Path | None = None
    """Folder for every result and every row of three at full size."""

    def run(self) -> None:
        from tryon.commands import evaluate_swap

        evaluate_swap.run(self)


@dataclass(frozen=True, kw_only=True)
class EvaluateNormalize(_Evaluation):
    """Measure how people of photos come out in the canonical pose."""

    number: int = 24
    """People to draw, a third of them with arms in front of the body."""
    seed: int = 0
    weights: Path | None = None
    """Folder with the folders parser, pose and hpn of saved weights, instead of the released ones."""
    sheet: Path | None = None
    """Picture of all of them, before and after."""

    def run(self) -> None:
        from tryon.commands import evaluate_normalize

        evaluate_normalize.run(self)


@dataclass(frozen=True, kw_only=True)
class EvaluateGroups:
    """Measure parser and pose on rendered people by skin tone, sex and build."""

    split: ClassVar[Literal["val"]] = "val"
    makehuman: Path
    """Folder of MakeHuman clothes, hair and skins."""
    poses: Path | None = None
    """Folder of the Clothing Co-Parsing data set with 3-D key points, for poses as people have them in the street."""
    number: int = 96
    """Pictures to render; a multiple of 18 gives all sexes, tones and builds together the same number."""
    seed: int = 0
    """A picture depends on the seed and its number only."""
    json: Path | None = None
    """File for the figures, as one JSON object with flat keys."""
    weights: Path | None = None
    """Folder with the folders parser and pose of saved weights, instead of the released ones."""

    def run(self) -> None:
        from tryon.commands import evaluate_groups

        evaluate_groups.run(self)
