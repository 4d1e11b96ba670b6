"""``tryon data render``: people, pose pairs and try-on triplets from rigged avatars. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tryon.commands.options import File, Folder, Names
from tryon.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    import numpy as np

    from tryon.draw import Cell
    from tryon.types import PairSample, PersonSample, TripletSample

_VALIDATION_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class DataRender:
    """Render labeled people, the same person in two poses, or try-ons whose result is known."""

    out: Path
    """Folder to fill; a run that was interrupted goes on where it stopped."""
    avatars: Folder = None
    """Folder of the VALID library's .glb files; either this or --makehuman."""
    makehuman: Folder = None
    """Folder of MakeHuman clothes, hair and skins, worn by bodies of every shape."""
    kind: Literal["people", "pairs", "triplets"] = "people"
    """Pairs show a person in two poses; triplets a person, somebody else, and the person in the other's clothes; with
    --makehuman, a person, one garment lying flat, and the person wearing it, all else the same."""
    number: int = 500
    """Samples in all."""
    split: Literal["train", "val", "both"] = "both"
    """People and clothes of one split only; of both, about every fifth sample is for validation."""
    seed: int = 0
    """A sample depends on the seed and its number only."""
    poses: Folder = None
    """Folder of the Clothing Co-Parsing data set whose keypoints.npz also has world33, for poses of people in the
    street."""
    stances: Names = ()
    """Only these poses, such as "arms crossed" "arm across"; a wrong name lists them all."""
    garments: Folder = None
    """Folder with photos of garments, whose fabrics are put on some of the clothes."""
    size: tuple[int, int] = (512, 384)
    """Height and width in pixels."""
    sheet: File = None
    """Picture to write as well: the first 40 samples with skeletons, and what the exact flow makes of the source."""

    def __post_init__(self) -> None:
        if self.number < 1 or min(self.size) < 32:
            raise ConfigError("--number must be at least 1 and --size at least 32 32")
        if (self.avatars is None) == (self.makehuman is None):
            raise ConfigError("give either --avatars or --makehuman: whom to render")
        if self.stances and self.poses:
            raise ConfigError("--stances takes only the poses that it names, and --poses those of photos; give one")

    def run(self) -> None:
        import json

        import numpy as np
        from tqdm import tqdm

        from tryon.core import photo
        from tryon.core.files import write_atomically
        from tryon.datasets.renders import write_renders
        from tryon.synth.dressed_studio import DressedStudio
        from tryon.synth.pairs import Studio
        from tryon.synth.poses import STANCES

        if unknown := [name for name in self.stances if name not in STANCES]:
            raise ConfigError(f"no stance is called {unknown[0]!r}; choose from {', '.join(STANCES)}")
        record, facts = self.out / "render.json", self._facts()
        self._check_record(record, facts)
        options = (self.size, self.poses, self.garments, self.stances)
        train: Studio | DressedStudio
        val: Studio | DressedStudio
        if self.avatars:
            train, val = Studio(self.avatars, "train", *options), Studio(self.avatars, "val", *options)
        elif self.makehuman:
            train, val = (DressedStudio(self.makehuman, split, *options) for split in ("train", "val"))

        def make(i: int) -> tuple["PersonSample | PairSample | TripletSample", str]:
            rng = np.random.default_rng((self.seed, i))
            drawn = "val" if rng.random() < _VALIDATION_SHARE else "train"
            split = drawn if self.split == "both" else self.split
            sample = (val if split == "val" else train).sample(self.kind, rng)
            if not record.exists():  # only now: options that make no sample must not bind those of the next run
                write_atomically(record, json.dumps(facts).encode())
            return sample, split

        with tqdm(total=self.number, unit="sample", disable=None) as bar:
            made = write_renders(self.out, self.number, make, bar.update)
        print(f"{made} samples written to {self.out}, {self.number - made} were there")
        if self.sheet:
            photo.save(sheet(self.kind, self.out), self.sheet)

    def _facts(self) -> dict[str, object]:
        """What the samples of one folder have in common."""
        people = "makehuman" if self.makehuman else "avatars"
        facts = {"people": people, "kind": self.kind, "stances": list(self.stances), "seed": self.seed}
        return facts | {"size": list(self.size), "split": self.split}

    def _check_record(self, record: Path, facts: dict[str, object]) -> None:
        """No mix of kinds, seeds or sizes in one folder."""
        from tryon.core.files import read_json

        if record.exists() and (known := read_json(record, "what tryon data render wrote")) != facts:
            raise ConfigError(f"{self.out} was rendered with {known}, not {facts}; give another folder with --out")


def sheet(kind: str, folder: Path, number: int = 40, cell: tuple[int, int] = (256, 192)) -> "np.ndarray":
    """A picture ``(H, W, 3)`` of the first samples of a folder, for people to judge.

    Pairs: source and target with their skeletons, and the source warped to the target by the exact flow; triplets:
    person and garment with their skeletons, target with its labels, and the garment warped. Magenta is what the flow's
    source does not show.
    """
    from tryon import draw
    from tryon.datasets.pair_folder import PairFolder
    from tryon.datasets.renders import RenderedTriplets, Renders

    rows: list[list[Cell]] = []
    if kind == "people":
        people = Renders(folder, "all")
        for person in (people[i] for i in range(min(number, len(people)))):
            labels = _labels(person)
            rows.append([(person.name, _skeleton(person)), ("", labels)])
    elif kind == "pairs":
        pairs = PairFolder(folder, "all")
        for pair in (pairs[i] for i in range(min(number, len(pairs)))):
            warped = _warped(pair.source, pair)
            rows.append([(pair.name, _skeleton(pair.source)), ("", _skeleton(pair.target)), ("", warped)])
    else:
        triplets = RenderedTriplets(folder, "all")
        for sample in (triplets[i] for i in range(min(number, len(triplets)))):
            labels = _labels(sample.target)
            warped = _warped(sample.garment, sample)
            garment = ("", _skeleton(sample.garment))
            three = [(sample.name, _skeleton(sample.person)), garment, ("", sample.target.image)]
            rows.append([*three, ("", labels), ("", warped)])
    across = max(1, 12 // len(rows[0]))
    together = [[one for row in rows[i : i + across] for one in row] for i in range(0, len(rows), across)]
    return draw.contact_sheet(together, cell, gap=4)


def warp(image: "np.ndarray", flow: "np.ndarray", visible: "np.ndarray") -> "np.ndarray":
    """``image`` carried along an exact flow: magenta where the surface is hidden in it, white where there is none."""
    import cv2
    import numpy as np

    rows, columns = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    known = np.isfinite(flow).all(-1)
    x, y = np.where(known, columns + flow[..., 0], 0), np.where(known, rows + flow[..., 1], 0)
    warped = cv2.remap(image, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    warped[~visible] = (255, 0, 255)
    warped[~known] = 255
    return warped


def _warped(source: "PersonSample", sample: "PairSample | TripletSample") -> "np.ndarray":
    if sample.flow is None or sample.visible is None:
        raise DataError(f"{sample.name} has no flow; a sheet needs samples with flow")
    return warp(source.image, sample.flow, sample.visible)


def _labels(person: "PersonSample") -> "np.ndarray":
    from tryon import draw

    if person.parsing is None:
        raise DataError(f"{person.name} has no label map; a sheet needs labeled people")
    return draw.draw_parsing(person.image, person.parsing, legend=False)


def _skeleton(person: "PersonSample") -> "np.ndarray":
    from tryon import draw

    return draw.draw_keypoints(person.image, person.keypoints, legend=False)
