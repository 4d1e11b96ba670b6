"""``tryon transfer`` and ``tryon normalize``: the person of a photo in another pose."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tryon.commands.options import Folder, Number


@dataclass(frozen=True, kw_only=True)
class _NewPose:
    photo: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PERSON")]
    """Photo of the person."""
    out: Annotated[Path, tyro.conf.arg(metavar="PICTURE", aliases=["-o"])]
    """Where the picture is written: .png, .jpg or .webp."""
    background: str = "original"
    """original: what the person uncovers is filled in; plain: light gray; or a color as #rrggbb."""
    person_number: Annotated[Number, tyro.conf.arg(name="person")] = None
    """Which person, counted from the left, from 1; by default the largest and most central."""
    weights: Folder = None
    """Folder with the folders parser, pose and hpn, instead of the released weights."""
    json: bool = False
    """Print facts about the result as JSON on standard output."""
    mirror: bool = True
    """Average every reading with that of the mirrored photo: steadier, twice the time."""

    def run(self) -> None:
        import sys

        from tryon.commands.progress import stages
        from tryon.core import photo
        from tryon.core.errors import about
        from tryon.repose.transfer import background_color

        photo.check_output(self.out, self._inputs())
        background_color(self.background)
        wanted = self._wanted()
        with stages("loading", "reading the person", "changing the pose") as next_stage:
            next_stage()
            with about("person photo"):
                picture = photo.read(self.photo)
            from tryon.pipeline import TryOn

            tryon = TryOn.from_pretrained(self.weights, mirror=self.mirror)
            next_stage()
            start = time.perf_counter()
            with about("person photo"):
                person = tryon.read_person(picture, person=self.person_number)
            read = time.perf_counter()
            next_stage()
            posed, notes = self._pose(tryon, person, wanted)
            seconds = {"read_person": read - start, "transfer": time.perf_counter() - read}
        photo.save(posed.photo, self.out)
        warnings = list(dict.fromkeys((*posed.warnings, *notes)))
        for note in warnings:
            print(f"tryon: note: {note}", file=sys.stderr)
        if not self.json:
            print(self.out)
            return
        facts = {
            "output": str(self.out),
            "width": posed.photo.shape[1],
            "height": posed.photo.shape[0],
            "edited_share": round(float((posed.photo != person.photo).any(-1).mean()), 4),
            "facing": posed.facing,
            "seated": posed.seated,
            "warnings": warnings,
            **{f"seconds_{name}": round(spent, 3) for name, spent in seconds.items()},
        }
        print(json.dumps(facts, indent=2))

    def _inputs(self) -> list[Path]:
        """The files that are read."""
        return [self.photo]

    def _wanted(self):
        """What is asked for, as far as it can be read before the networks are loaded."""
        raise NotImplementedError

    def _pose(self, tryon, person, wanted):
        """The person in the new pose, and notes."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Normalize(_NewPose):
    """Bring a person into an upright, frontal pose, the arms a little away from the body."""

    def _wanted(self):
        return None

    def _pose(self, tryon, person, wanted):
        posed = tryon.normalize(person, background=self.background)
        return posed, () if posed is not person else ("the person stands in the canonical pose already",)


@dataclass(frozen=True, kw_only=True)
class Transfer(_NewPose):
    """Bring a person into the pose of another photo, of an OpenPose file, or of a name."""

    pose: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="POSE")]
    """Photo of somebody; JSON written by OpenPose; or canonical, arms-down or arms-out."""

    def _inputs(self) -> list[Path]:
        return [self.photo, Path(self.pose)]

    def _wanted(self):
        from tryon.body.poses import NAMED_POSES
        from tryon.core import photo
        from tryon.core.errors import ConfigError, about
        from tryon.core.files import address_in
        from tryon.read.pose.openpose import read_openpose

        path = Path(self.pose)
        if self.pose in NAMED_POSES:
            return self.pose
        if path.suffix.lower() == ".json":
            return read_openpose(path)
        if not path.exists() and not address_in(self.pose):
            raise ConfigError(
                f"{self.pose} is neither a file nor the name of a pose; give a photo, a JSON file of OpenPose, "
                f"or {', '.join(NAMED_POSES)}"
            )
        with about("pose photo"):
            return photo.read(path)

    def _pose(self, tryon, person, wanted):
        from tryon.body.poses import retarget
        from tryon.core.errors import about
        from tryon.core.photo import Photo

        if isinstance(wanted, str):
            return tryon.transfer(person, wanted, background=self.background), ()
        if isinstance(wanted, Photo):
            with about("pose photo"):
                wanted = tryon.read_person(wanted).keypoints
        keypoints, notes = retarget(person.keypoints, wanted, person.photo.shape[:2])
        return tryon.transfer(person, keypoints, background=self.background), notes
