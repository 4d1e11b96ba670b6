"""``tryon parse`` and ``tryon pose``: what the two networks read in a photo."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True, kw_only=True)
class _Read:
    photo: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PHOTO")]
    """Photo of a person."""
    out: Annotated[Path, tyro.conf.arg(metavar="PICTURE", aliases=["-o"])]
    """Where the picture is written: .png, .jpg or .webp."""
    person: int | None = None
    """Which person, counted from the left, from 1; by default the largest and most central."""
    weights: Path | None = None
    """Folder with the folders parser and pose, instead of the released weights."""

    def _read(self):
        import sys

        from tryon.core import photo

        photo.check_output(self.out, [self.photo])
        picture = photo.read(self.photo)
        from tryon.pipeline import TryOn

        person = TryOn.from_pretrained(self.weights).read_person(picture, person=self.person)
        for warning in person.warnings:
            print(f"tryon: note: {warning}", file=sys.stderr)
        return person


@dataclass(frozen=True, kw_only=True)
class Parse(_Read):
    """Label what a person wears, pixel by pixel."""

    labels: bool = False
    """Write the label map itself, one number a pixel, as grey in a .png; otherwise a colored picture with a legend."""

    def run(self) -> None:
        import numpy as np

        from tryon import draw
        from tryon.core import photo
        from tryon.core.errors import OutputError

        if self.labels and self.out.suffix.lower() != ".png":
            raise OutputError(f"{self.out} would not keep the labels exactly; give --out a name that ends in .png")
        person = self._read()
        picture = np.dstack([person.parsing] * 3) if self.labels else draw.draw_parsing(person.photo, person.parsing)
        photo.save(picture, self.out)
        print(self.out)


@dataclass(frozen=True, kw_only=True)
class Pose(_Read):
    """Find the 18 key points of a person."""

    json: bool = False
    """Print the key points as OpenPose JSON on standard output."""

    def run(self) -> None:
        from tryon import draw
        from tryon.core import photo

        person = self._read()
        photo.save(draw.draw_keypoints(person.photo, person.keypoints), self.out)
        if self.json:
            flat = [round(float(value), 3) for value in person.keypoints.ravel()]
            print(json.dumps({"version": 1.3, "people": [{"pose_keypoints_2d": flat}]}))
        else:
            print(self.out)
