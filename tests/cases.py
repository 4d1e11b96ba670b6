"""Small inputs that went wrong once, tried again: ``python tests/cases.py FOLDER`` prints which come right.

FOLDER holds a folder for each case with its files. Ends with 1 where a case does not come right.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tryon.core import photo
from tryon.core.errors import ConfigError, DataError, PersonNotFoundError, ShapeError, TryOnError
from tryon.core.files import read_table
from tryon.pipeline import TryOn

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tryon" / "samples"
_STEP = 0.06  # torso lengths that an outline may jump from row to row
_APART, _SHARE = 40, 0.02  # levels, and share of the pixels that may differ by more
_COVERED = 0.97  # of the trunk, by a shirt

Check = Callable[[Path], None]


def sample(name: str) -> Path:
    return SAMPLES / f"{name}.jpg"


def run(folder: Path, *words: object) -> str:
    """What a command says on standard error, which is never a traceback; empty where it succeeded.

    Raises:
        AssertionError: it ended with another code than 0 or 2.
    """
    words = tuple(folder / word if isinstance(word, str) and (folder / word).is_file() else word for word in words)
    done = subprocess.run([sys.executable, "-m", "tryon", *map(str, words)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode in (0, 2), f"exit code {done.returncode}: {done.stderr[-200:]}"
    assert "Traceback" not in done.stderr, done.stderr[-200:]
    return done.stderr.strip() if done.returncode else ""


def works(*words: object) -> Check:
    """A command succeeds and writes ``out.jpg``."""

    def check(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as made:
            out = Path(made) / "out.jpg"
            said = run(folder, *words, "-o", out)
            assert not said, said
            assert out.is_file(), "no picture was written"

    return check


def refused(*words: object, saying: str, out: bool = True) -> Check:
    """A command ends with one sentence that has these words, and writes nothing."""

    def check(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as made:
            said = run(folder, *words, *(("-o", Path(made) / "out.jpg") if out else ()))
            assert said, "it was taken"
            assert saying in said, said
            assert len(said.splitlines()) == 1, said
            assert len(said) < 600, f"a sentence of {len(said)} signs"
            assert not list(Path(made).iterdir()), "something was written"

    return check


def all_of(*checks: Check) -> Check:
    def check(folder: Path) -> None:
        for one in checks:
            one(folder)

    return check


def arrays(_: Path) -> None:
    good = photo.load(sample("man_tshirt"))[::2, ::2]
    for bad in (good / 255, good > 128, good[..., 0], good[None], good.transpose(2, 0, 1), good.astype(np.uint16)):
        try:
            TRYON.read_person(bad)
        except ShapeError:
            continue
        raise AssertionError(f"an array {bad.shape} of {bad.dtype} was taken")


def poses_outside(_: Path) -> None:
    person = TRYON.read_person(photo.load(sample("woman_shirt")))
    size = np.array([*person.photo.shape[1::-1], 1])
    for points in (person.keypoints / size, person.keypoints + np.array((5000, 5000, 0))):
        try:
            TRYON.transfer(person, points)
        except (ConfigError, PersonNotFoundError):
            continue
        raise AssertionError("a pose outside of the photo was taken")


def table(folder: Path) -> None:
    header, rows = read_table(folder / "split.csv", "a split", ("photo", "labelled", "split"))
    assert header[:3] == ["photo", "labelled", "split"], header
    assert rows, "no rows"


def latin(folder: Path) -> None:
    said = ""
    try:
        read_table(folder / "split.csv", "a split", ("photo", "labelled", "split"))
    except DataError as error:
        said = str(error)
    assert "UTF-8" in said, said or "it was read"


def same_size(folder: Path) -> None:
    """The pose of the file is taken, and the person stays as large as she was."""
    with tempfile.TemporaryDirectory() as made:
        out = Path(made) / "out.png"
        said = run(folder, "transfer", sample("woman_shirt"), "pose.json", "-o", out)
        if said:
            return
        units = [TRYON.read_person(photo.load(one)).body.unit for one in (sample("woman_shirt"), out)]
        assert 0.85 < units[1] / units[0] < 1.15, f"{units[1] / units[0]:.2f} of her size"


def unchanged(_: Path) -> None:
    before = photo.load(sample("woman_dress"))
    person = TRYON.read_person(before)
    after = TRYON(person, TRYON.read_garment(before)).image
    apart = (np.abs(before.astype(int) - after).max(-1) > _APART)[person.body.neck].mean()
    assert apart < _SHARE, f"{100 * apart:.0f} % of the neck differs"


def one_outline(_: Path) -> None:
    first = TRYON(*_read("woman_dress", "man_floral")).image
    person, garment = TRYON.read_person(first), TRYON.read_garment(photo.load(sample("man_suit")), category="lower")
    shown = TRYON(person, garment).warped_garment[..., 3] > 127
    thigh = ((person.body.depth > 1.05) & (person.body.depth < 1.7)).any(1)
    rows = shown[thigh & shown.any(1)]
    edges = rows.argmax(1), rows[:, ::-1].argmax(1)
    jump = max(np.abs(np.diff(edge)).max() for edge in edges) / person.body.unit
    assert jump < _STEP, f"the outline jumps by {jump:.2f} torso lengths"


def printed(folder: Path) -> None:
    person = TRYON.read_person(photo.load(sample("woman_sweater")))
    shown = TRYON(person, TRYON.read_garment(photo.load(folder / "flat.jpg"))).warped_garment[..., 3] > 127
    trunk = person.body.torso & ~person.body.neck & (person.body.depth > 0.2) & (person.body.depth < 0.9)
    assert shown[trunk].mean() > _COVERED, f"{100 * shown[trunk].mean():.0f} % of the trunk is covered"


def small(folder: Path) -> None:
    try:
        garment = TRYON.read_garment(photo.load(folder / "small48.jpg"))
    except TryOnError:
        return
    assert garment.warnings, "nothing is said of its size"


def exchanged(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        weights = Path(made) / "weights"
        for one in (ROOT / "tryon" / "weights").rglob("*"):
            if one.is_file():
                target = weights / one.relative_to(ROOT / "tryon" / "weights")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(one)
        for name in ("model.safetensors", "model.onnx"):
            (weights / "parser" / name).unlink()
            (weights / "parser" / name).symlink_to(ROOT / "tryon" / "weights" / "pose" / name)
        swap = "swap", sample("man_tshirt"), sample("man_floral"), "--weights", weights
        refused(*swap, saying="PoseEstimator")(folder)


def shop_types(folder: Path) -> None:
    assert photo.load(folder / "me.avif").size
    assert {"avif", "gif", "jfif", "mpo", "hif"} <= set(photo.PHOTO_SUFFIXES)


def _read(person: str, garment: str):
    return TRYON.read_person(photo.load(sample(person))), TRYON.read_garment(photo.load(sample(garment)))


GARMENT = sample("man_floral")
CASES: dict[str, Check] = {
    "api_arrays": arrays,
    "api_pose_outside": poses_outside,
    "csv_bom": table,
    "csv_latin1": latin,
    "dress_on_itself_collar": unchanged,
    "flat_garment_with_printed_person": printed,
    "heic_exif_orientation_only": works("swap", "exif6.heic", GARMENT),
    "jpeg_without_end_marker": works("swap", "no_eoi.jpg", GARMENT),
    "json_bom": same_size,
    "json_nested_values": same_size,
    "json_normalized": same_size,
    "json_one_person_null": same_size,
    "option_error_prefix": refused("data", "check", ROOT, "--max-corrupt", "2", saying="is no share", out=False),
    "photo_upside_down": all_of(
        refused("swap", "upside.jpg", GARMENT, saying="person photo: the photo seems to be upside down"),
        refused("swap", GARMENT, "upside.jpg", saying="garment photo: the photo seems to be upside down"),
    ),
    "shop_file_types": shop_types,
    "suit_trousers_step": one_outline,
    "tiff_float": all_of(
        refused("swap", "gray_float01.tif", GARMENT, saying="not supported"),
        refused("swap", "rgb_float01.tif", GARMENT, saying="not supported"),
    ),
    "tiny_garment_photo": small,
    "url_argument": refused("swap", "https://example.com/me.jpg", GARMENT, saying="addresses are not fetched"),
    "weights_exchanged": exchanged,
}


def main() -> int:
    folder, wrong = Path(sys.argv[1]), 0
    for name, check in CASES.items():
        if not (folder / name).is_dir():
            print(f"{name:34} is not there")
            continue
        try:
            check(folder / name)
            print(f"{name:34} right", flush=True)
        except (AssertionError, TryOnError) as error:
            wrong += 1
            print(f"{name:34} WRONG: {error}", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    TRYON = TryOn.from_pretrained()
    sys.exit(main())
