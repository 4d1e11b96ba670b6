"""Opens the data set in a folder, whatever its layout."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tryon.core.errors import DataError
from tryon.datasets.corrupt import Samples
from tryon.datasets.foreground import Read
from tryon.datasets.shards import Sample, read_manifest


@dataclass(frozen=True, slots=True)
class Layout:
    """One adapter, whose class takes the folder and a split."""

    adapter: str
    """``module:Class`` within :mod:`tryon.datasets`."""
    splits: tuple[str, ...]
    """The splits that it divides the data into; none where the folder itself says so."""
    marks: tuple[tuple[str, ...], ...]
    """Patterns of which one group has to match, all of it, in a folder of this layout."""
    pairs: str | None = None
    """Its method that makes pairs or triplets of the pictures."""
    reads: bool = False
    """Whether it needs our networks to read the people in its pictures."""


LAYOUTS = {
    "shards": Layout("shards:Shards", (), (("manifest.json",),)),
    "ccp": Layout("ccp:ClothingCoParsing", ("train", "val"), (("photos", "annotations/pixel-level"),)),
    "ccp-tags": Layout("ccp_tags:ClothingCoParsingTags", ("train",), (("photos", "tags.csv"),)),
    "renders": Layout("renders:Renders", ("train", "val"), (("images", "parsing", "meta.csv"),)),
    "triplets": Layout("renders:RenderedTriplets", ("train", "val"), (("triplets", "meta.csv"),)),
    "pairs": Layout("pair_folder:PairFolder", ("train", "val"), (("pairs", "meta.csv"),)),
    "deepfashion": Layout("deepfashion:DeepFashion", ("train", "test"), (("fas*annotation*.csv",),), pairs="pairs"),
    "human36m": Layout(
        "human36m:Human36M",
        ("train", "test"),
        (("images", "annotations"), ("S*/*/annot.h5",), ("processed/S*/*/annot.h5",)),
        pairs="pairs",
    ),
    "viton": Layout("viton:Viton", ("train", "test"), (("*_pairs.txt", "*/cloth"),), pairs="try_ons"),
    "dresscode": Layout(
        "dresscode:DressCode",
        ("train", "test"),
        (("upper_body/images",), ("lower_body/images",), ("dresses/images",)),
        pairs="try_ons",
    ),
    # Folders of frames look like many other things: for them, the layout has to be named.
    "video": Layout(
        "video:Videos",
        ("train", "test"),
        tuple((f"{folder}*{kind}",) for folder in ("", "train/") for kind in (".mp4", ".mov", ".mkv", ".webm", ".avi")),
        pairs="pairs",
        reads=True,
    ),
}


def recognize(root: str | Path) -> str:
    """The name in :data:`LAYOUTS` of the layout of a folder.

    Raises:
        DataError: it is no folder, or of none of the layouts, or of several.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root} is no folder; give the folder of a data set")
    fitting = [
        name
        for name, layout in LAYOUTS.items()
        if any(all(any(root.glob(mark)) for mark in group) for group in layout.marks)
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = "; ".join(f"{name} ({', '.join(layout.marks[0])})" for name, layout in LAYOUTS.items())
    if fitting:
        raise DataError(f"{root} could be {' or '.join(fitting)}; give --layout")
    held = sorted(path.name for path in root.iterdir())
    listing = ", ".join(held[:6]) + (f" and {len(held) - 6} more" if len(held) > 6 else "")
    raise DataError(f"{root} holds {listing or 'nothing'}, which is no known layout; expected one of {known}")


def open_split(
    root: str | Path, split: str, layout: str | None = None, *, pairs: bool = False, read: Read | None = None
) -> Samples[Sample]:
    """The samples of one split of the data set in a folder.

    Args:
        root: the folder.
        split: as the adapter names it.
        layout: of :data:`LAYOUTS`; by default it is recognized.
        pairs: the pairs or triplets that the adapter makes of its pictures, instead of the pictures.
        read: finds the person of a picture, for the layouts that need it.

    Raises:
        DataError: unknown layout or split, no pairs, no ``read``, or what the adapter says about the folder.
    """
    layout = layout or recognize(root)
    known = splits_of(root, layout)
    if split not in known:
        raise DataError(f"{root} has no split {split}; it has {', '.join(known)}")
    chosen = LAYOUTS[layout]
    if pairs and chosen.pairs is None:
        raise DataError(f"the layout {layout} has nothing to make pairs of; take its samples as they are")
    if chosen.reads and read is None:
        raise DataError(f"the layout {layout} holds pictures only; give read to find the people in them")
    module, name = chosen.adapter.split(":")
    adapter = getattr(import_module(f"tryon.datasets.{module}"), name)
    samples: Samples[Sample] = adapter(root, read, split) if chosen.reads else adapter(root, split)
    return getattr(samples, chosen.pairs)() if pairs and chosen.pairs else samples


def splits_of(root: str | Path, layout: str | None = None) -> tuple[str, ...]:
    """The splits of the data set in a folder.

    Raises:
        DataError: unknown layout, or a pack without a manifest.
    """
    layout = layout or recognize(root)
    if layout not in LAYOUTS:
        raise DataError(f"the layout {layout} is unknown; known are {', '.join(LAYOUTS)}")
    return LAYOUTS[layout].splits or tuple(read_manifest(Path(root))["splits"])
