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
    """Photo of a person, or with parse --flat of a garment."""
    out: Annotated[Path, tyro.conf.arg(metavar="PICTURE", aliases=["-o"])]
    """Where the picture is written: .png, .jpg or .webp."""
    person: Number = None
    """Which person, counted from the left, from 1; by default the largest and most central."""
    weights: Folder = None
    """Folder with the folders parser, pose, flow, amodal, matte and points, instead of the released weights."""

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
    """Label what a person wears, or cut out a garment that nobody wears, pixel by pixel."""

    flat: bool = False
    """The photo shows a garment that nobody wears: write it cut out, in a .png with soft edges."""
    labels: bool = False
    """Write the label map itself, one number a pixel, as gray in a .png; otherwise a colored picture with a legend."""
    json: bool = False
    """Print facts about the reading as JSON on standard output, with each label's share of the photo."""

    def run(self) -> None:
        from tryon import draw
        from tryon.core import photo
        from tryon.core.errors import ConfigError, OutputError
        from tryon.core.labels import Label

        if self.flat and self.labels:
            raise ConfigError("--labels is of what a person wears; leave it out with --flat")
        if self.flat:
            self._cut_out()
            return
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

    def _cut_out(self) -> None:
        import sys

        import numpy as np

        from tryon import draw
        from tryon.core import photo
        from tryon.core.errors import about
        from tryon.read.flat.kinds import KINDS
        from tryon.read.flat.point_names import NAMES
        from tryon.read.flat.read import FlatReader

        photo.check_output(self.out, [self.photo])
        taken = photo.read(self.photo)
        picture = taken.image
        reader = FlatReader.from_pretrained(self.weights)
        start = time.perf_counter()
        with about("garment photo"):
            reading, points = reader.cut_out(picture, self.person)
        seconds = time.perf_counter() - start
        notes = (*taken.notes, *reading.warnings)
        for note in notes:
            print(f"tryon: note: {note}", file=sys.stderr)
        cut = np.dstack((picture, np.round(255 * reading.front).astype(np.uint8)))
        photo.save(cut if self.out.suffix.lower() == ".png" else draw.draw_rgba(cut), self.out)
        if not self.json:
            print(self.out)
            return
        facts = {
            "output": str(self.out),
            "width": picture.shape[1],
            "height": picture.shape[0],
            "box": [int(side) for side in reading.box],
            "kind": KINDS[int(reading.kinds.argmax())].name,
            "kinds": {kind.name: round(float(share), 3) for kind, share in zip(KINDS, reading.kinds, strict=True)},
            "points": {
                name: [round(float(value), 2) for value in point]
                for name, point in zip(NAMES, points, strict=True)
                if point[2] > 0
            },
            "warnings": list(notes),
            "seconds_read_garment": round(seconds, 3),
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
