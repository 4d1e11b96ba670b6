"""``tryon parse`` and ``tryon pose``: what the two networks read in a photo."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tryon.commands.options import Folder, Number


@dataclass(frozen=True, kw_only=True)
class _Read:
    photo: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PHOTO")]
    """Photo of a person."""
    out: Annotated[Path, tyro.conf.arg(metavar="PICTURE", aliases=["-o"])]
    """Where the picture is written: .png, .jpg or .webp."""
    person: Number = None
    """Which person, counted from the left, from 1; by default the largest and most central."""
    weights: Folder = None
    """Folder with the folders parser and pose, instead of the released weights."""

    def _read(self):
        """The person, and the seconds that the reading took."""
        import sys

        from tryon.core import photo

        photo.check_output(self.out, [self.photo])
        picture = photo.read(self.photo)
        from tryon.pipeline import TryOn

        tryon = TryOn.from_pretrained(self.weights)
        start = time.perf_counter()
        person = tryon.read_person(picture, person=self.person)
        for warning in person.warnings:
            print(f"tryon: note: {warning}", file=sys.stderr)
        return person, time.perf_counter() - start


@dataclass(frozen=True, kw_only=True)
class Parse(_Read):
    """Label what a person wears, pixel by pixel."""

    labels: bool = False
    """Write the label map itself, one number a pixel, as gray in a .png; otherwise a colored picture with a legend."""
    json: bool = False
    """Print facts about the reading as JSON on standard output, with each label's share of the photo."""

    def run(self) -> None:
        from tryon import draw
        from tryon.core import photo
        from tryon.core.errors import OutputError
        from tryon.core.labels import Label

        if self.labels and self.out.suffix.lower() != ".png":
            raise OutputError(f"{self.out} would not keep the labels exactly; give --out a name that ends in .png")
        person, seconds = self._read()
        if self.labels:
            self._write(person.parsing)
        else:
            photo.save(draw.draw_parsing(person.photo, person.parsing), self.out)
        if not self.json:
            print(self.out)
            return
        facts = {
            "output": str(self.out),
            "width": person.photo.shape[1],
            "height": person.photo.shape[0],
            "box": [int(side) for side in person.box],
            "facing": person.facing,
            "seated": person.seated,
            "shares": {
                label.name.lower(): round(float((person.parsing == label).mean()), 4)
                for label in Label
                if (person.parsing == label).any()
            },
            "warnings": list(person.warnings),
            "seconds_read_person": round(seconds, 3),
        }
        print(json.dumps(facts, indent=2))

    def _write(self, parsing) -> None:
        import cv2

        from tryon.core.errors import OutputError
        from tryon.core.files import write_atomically

        try:
            write_atomically(self.out, cv2.imencode(".png", parsing)[1].tobytes())
        except OSError as error:
            raise OutputError(f"{self.out} cannot be written ({error.strerror}); choose another place") from error


@dataclass(frozen=True, kw_only=True)
class Pose(_Read):
    """Find the 18 key points of a person."""

    json: bool = False
    """Print the key points as OpenPose JSON on standard output."""

    def run(self) -> None:
        from tryon import draw
        from tryon.core import photo

        person, _ = self._read()
        photo.save(draw.draw_keypoints(person.photo, person.keypoints), self.out)
        if self.json:
            flat = [round(float(value), 3) for value in person.keypoints.ravel()]
            print(json.dumps({"version": 1.3, "people": [{"pose_keypoints_2d": flat}]}))
        else:
            print(self.out)
