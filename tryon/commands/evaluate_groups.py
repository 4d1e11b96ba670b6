"""``tryon evaluate groups``; what is measured is :mod:`tryon.evaluate.groups`. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from tryon.commands.options import File, Folder
from tryon.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class EvaluateGroups:
    """Measure parser and pose on rendered people by skin tone, sex and build."""

    split: ClassVar[Literal["val"]] = "val"
    makehuman: Path
    """Folder of MakeHuman clothes, hair and skins."""
    poses: Folder = None
    """Folder of the Clothing Co-Parsing data set whose keypoints.npz also has world33, for poses of people in the
    street."""
    number: int = 96
    """Pictures to render; a multiple of 18 gives all sexes, tones and builds together the same number."""
    seed: int = 0
    """A picture depends on the seed and its number only."""
    json: File = None
    """File for the figures, as one JSON object with flat keys."""
    weights: Folder = None
    """Folder with the folders parser and pose of saved weights, instead of the released ones."""

    def run(self) -> None:
        """Render, measure, print the table, and write the file that was asked for."""
        import numpy as np

        from tryon.evaluate import groups
        from tryon.evaluate.report import check_outputs, progress, report, table, used_weights
        from tryon.pipeline import TryOn
        from tryon.synth.dressed_studio import DressedStudio

        check_outputs(self.json)
        if self.number < 1:
            raise ConfigError(f"--number {self.number} is no number of pictures; give 1 or more")
        studio = DressedStudio(self.makehuman, self.split, poses=self.poses)
        tryon = TryOn.from_pretrained(self.weights)
        people = groups.balanced(self.number)
        values = []
        for i, cell in enumerate(progress(people, "pictures")):
            rng = np.random.default_rng((self.seed, i))
            look = groups.random_member(rng, self.makehuman, cell, f"groups_{i}")
            values.append(groups.measure(tryon, studio.person(rng, look)))
        figures = groups.summarize(people, values)
        report(self.json, self.split, self.number, figures, used_weights(self.weights, "parser", "pose"))
        print(f"{self.number} pictures of {self.split}; mean ± standard error\n")
        print(table(("group", "pictures", *groups.MEASURES), groups.rows(figures)))
