"""``tryon swap``: the garment of one photo on the person of another."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tryon.commands.options import Folder, Number


@dataclass(frozen=True, kw_only=True)
class Swap:
    """Put the garment that one photo shows on the person of another."""

    person: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PERSON")]
    """Photo of the person who is to be dressed."""
    garment: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="GARMENT")]
    """Photo of the garment: worn by somebody, lying flat, hanging, or on a mannequin that is not seen."""
    out: Annotated[Path, tyro.conf.arg(metavar="PICTURE", aliases=["-o"])]
    """Where the picture is written: .png, .jpg or .webp."""
    category: Literal["auto", "upper", "outer", "dress", "lower", "outfit"] = "auto"
    """What to take: auto is the outermost garment on the upper body."""
    below: Literal["auto", "bring", "keep"] = "auto"
    """Where the old garment covered hips or legs and the new one does not: keep one's own trousers, skirt or lower part
    of the dress, or bring the other person's along; auto keeps one's own where they are seen. Where none of them is
    seen, keep leaves the lower part of the old garment on."""
    tuck: Literal["auto", "in", "out"] = "auto"
    """A top (category upper) in the waistband, or out over it; auto as its wearer has it."""
    inner: Literal["bring", "keep"] = "bring"
    """What shows in the opening of a coat (category outer): bring what its wearer wears under it, or keep one's own."""
    normalize: Literal["auto", "always", "never"] = "never"
    """Bring the person into an upright, frontal pose first, the arms off the body: auto where the arms lie over the
    torso or the shoulders are turned. Unless never, the garment's wearer too, where their arms or turn hide it."""
    person_number: Annotated[Number, tyro.conf.arg(name="person")] = None
    """Which person of the person photo, counted from the left, from 1; by default the largest and most central."""
    wearer_number: Annotated[Number, tyro.conf.arg(name="wearer")] = None
    """Which person of the garment photo; or which garment, where nobody wears them."""
    garment_photo: Literal["auto", "worn", "flat"] = "auto"
    """Whether somebody wears the garment in its photo; auto looks."""
    steps: Folder = None
    """Folder for a picture of every intermediate step, larger photos reduced to 1600 pixels a side."""
    json: bool = False
    """Print facts about the result as JSON on standard output."""
    weights: Folder = None
    """Folder with the folders parser, pose, flow, amodal, matte and points (and hpn, to normalize), instead of the
    released weights."""
    mirror: bool = True
    """Average every reading with that of the mirrored photo: steadier, twice the time."""

    def run(self) -> None:
        from tryon.commands.progress import stages
        from tryon.commands.steps import check_folder, write_steps
        from tryon.core import photo
        from tryon.core.errors import about

        photo.check_output(self.out)
        if self.steps:
            check_folder(self.steps, out=self.out)
        for name, one in (("person photo", self.person), ("garment photo", self.garment)):
            with about(name):
                photo.check_output(self.out, [one])
                if self.steps:
                    check_folder(self.steps, [one])
        names = [
            "loading",
            "reading the person",
            "reading the garment",
            "warping",
            "taking the old garment off",
            "rendering",
        ]
        if self.normalize != "never":
            names.insert(3, "normalizing")
        with stages(*names) as next_stage:
            next_stage()
            with about("person photo"):
                person_photo = photo.read(self.person)
            with about("garment photo"):
                garment_file = photo.read(self.garment)
            from tryon.pipeline import TryOn

            tryon = TryOn.from_pretrained(self.weights, mirror=self.mirror)
            next_stage()
            start = time.perf_counter()
            with about("person photo"):
                person = tryon.read_person(person_photo, person=self.person_number)
            next_stage()
            read_person = time.perf_counter()
            garment = tryon.read_garment(
                garment_file, category=self.category, person=self.wearer_number, garment_photo=self.garment_photo
            )
            seconds = {"read_person": read_person - start, "read_garment": time.perf_counter() - read_person}
            result = tryon(
                person,
                garment,
                below=self.below,
                tuck=self.tuck,
                inner=self.inner,
                normalize=self.normalize,
                on_stage=lambda *_: next_stage(),
            )
        if self.steps:
            write_steps(result, self.steps)
        photo.save(result.image, self.out)
        self._report(result, tryon.engine, seconds | dict(result.timings))

    def _report(self, result, engine: str, seconds: dict[str, float]) -> None:
        import sys

        for warning in result.warnings:
            print(f"tryon: note: {warning}", file=sys.stderr)
        if self.json:
            facts = {
                "output": str(self.out),
                "engine": engine,
                "category": result.garment.category,
                "width": result.image.shape[1],
                "height": result.image.shape[0],
                "edited_share": round(float(result.mask.mean()), 4),
                "facing": result.person.facing,
                "seated": result.person.seated,
                "warnings": list(result.warnings),
                **{f"seconds_{name}": round(spent, 3) for name, spent in seconds.items()},
            }
            print(json.dumps(facts, indent=2))
        else:
            print(self.out)
