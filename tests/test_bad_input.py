"""What bad input gets: one sentence on standard error, exit code 2, nothing written; in Python the typed error."""

import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from tests import people
from tests.drawn import drawn_people, drawn_tryon
from tryon.cli import main
from tryon.core import photo
from tryon.core.errors import InputImageError, OutputError
from tryon.pipeline import TryOn

GOOD = str(people.path("man_tshirt"))


def missing(folder):
    return folder / "missing.jpg"


def is_folder(folder):
    (folder / "photo.jpg").mkdir()
    return folder / "photo.jpg"


def empty(folder):
    (folder / "photo.jpg").touch()
    return folder / "photo.jpg"


def text(folder):
    (folder / "photo.jpg").write_text("This is no picture at all.\n" * 20)
    return folder / "photo.jpg"


def truncated(folder):
    data = people.path("man_tshirt").read_bytes()
    (folder / "photo.jpg").write_bytes(data[: len(data) // 2])
    return folder / "photo.jpg"


def animated(folder):
    frames = [Image.new("RGB", (200, 300), (shade, 0, 0)) for shade in (0, 250)]
    frames[0].save(folder / "photo.gif", save_all=True, append_images=frames[1:])
    return folder / "photo.gif"


def of_size(width, height):
    def make(folder):
        Image.new("L", (width, height), 90).save(folder / "photo.png")
        return folder / "photo.png"

    return make


def png_of(width, height):
    """A PNG of a few bytes that says it has this size."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    def make(folder):
        chunks = (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"\0" * 100)),
            (b"IEND", b""),
        )
        (folder / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks))
        return folder / "photo.png"

    return make


BAD_PHOTOS = {
    "missing": (missing, "does not exist; check the path"),
    "folder": (is_folder, "is a folder"),
    "empty": (empty, "is empty (0 bytes)"),
    "text": (text, "photo.jpg is no picture"),
    "truncated": (truncated, "is damaged or cut off"),
    "animated": (animated, "holds several pictures (an animation?)"),
    "zero_size": (png_of(0, 0), "photo.png"),
    "1x1": (of_size(1, 1), "1 x 1 pixels"),
    "16x16": (of_size(16, 16), "16 x 16 pixels"),
    "over_the_cap": (of_size(8001, 8000), "than the 64 million pixels allowed; scale it down"),
    "bomb": (png_of(60_000, 60_000), "than the 64 million pixels allowed; scale it down"),
}


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def refused(capsys, folder, *arguments, code=2):
    """Run the command line, check what every refusal has in common, and give the sentence."""
    before = files(folder)
    assert main([str(argument) for argument in arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("tryon: ")
    assert "Traceback" not in line
    assert "Error" not in line
    assert files(folder) == before
    return line


@pytest.mark.parametrize("as_garment", [False, True], ids=["person", "garment"])
@pytest.mark.parametrize("kind", BAD_PHOTOS)
def test_a_bad_photo(capsys, tmp_path, kind, as_garment):
    make, words = BAD_PHOTOS[kind]
    bad = make(tmp_path)
    pair = (GOOD, bad) if as_garment else (bad, GOOD)
    line = refused(capsys, tmp_path, "swap", *pair, "-o", tmp_path / "out.png")
    assert words in line
    assert line.startswith("tryon: garment photo: " if as_garment else "tryon: person photo: ")
    with pytest.raises(InputImageError) as raised:
        photo.load(bad)
    assert words in str(raised.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_an_unreadable_photo(capsys, tmp_path):
    bad = text(tmp_path)
    bad.chmod(0)
    assert "cannot be read" in refused(capsys, tmp_path, "swap", bad, GOOD, "-o", tmp_path / "out.png")


def test_a_photo_that_the_system_refuses_to_read(capsys, tmp_path):
    """For the superuser too: a name that is too long."""
    bad = tmp_path / ("n" * 300 + ".jpg")
    assert "cannot be read" in refused(capsys, tmp_path, "swap", bad, GOOD, "-o", tmp_path / "out.png")
    with pytest.raises(InputImageError, match="cannot be read"):
        photo.load(bad)


BAD_OUTPUTS = {
    "out.tiff": "has an unknown extension; use .png, .jpg, .jpeg or .webp",
    "out": "has an unknown extension",
    "missing/out.png": "is no existing folder; make it first",
    ".": "is a folder; give the name of a picture file in it",
    "n" * 300 + ".png": "cannot be written",
}


@pytest.mark.parametrize("command", ["swap", "parse", "pose"])
@pytest.mark.parametrize("name", BAD_OUTPUTS, ids=lambda name: name[:20])
def test_a_bad_output(capsys, tmp_path, command, name):
    inputs = (GOOD, GOOD) if command == "swap" else (GOOD,)
    words = BAD_OUTPUTS[name]
    assert words in refused(capsys, tmp_path, command, *inputs, "-o", tmp_path / name)
    with pytest.raises(OutputError) as raised:
        photo.check_output(tmp_path / name)
    assert words in str(raised.value)


@pytest.mark.parametrize("which", [0, 1])
def test_an_output_that_is_an_input(capsys, tmp_path, which):
    pair = [tmp_path / "a.png", tmp_path / "b.png"]
    for path in pair:
        photo.save(np.full((200, 100, 3), 90, np.uint8), path)
    before = pair[which].read_bytes()
    line = refused(capsys, tmp_path, "swap", *pair, "-o", pair[which])
    name = ("person photo", "garment photo")[which]
    words = "is a file that is read and would be overwritten; give --out another name"
    assert line == f"tryon: {name}: {pair[which]} {words}"
    assert pair[which].read_bytes() == before


def test_steps_that_would_overwrite_an_input(capsys, tmp_path):
    (tmp_path / "steps").mkdir()
    used = tmp_path / "steps" / "11_the_result.png"
    photo.save(np.full((200, 100, 3), 90, np.uint8), used)
    line = refused(capsys, tmp_path, "swap", used, GOOD, "-o", tmp_path / "out.png", "--steps", tmp_path / "steps")
    assert line.startswith("tryon: person photo: ")
    assert line.endswith("11_the_result.png is a photo that is read and would be overwritten; choose another --steps")


@pytest.mark.parametrize("steps", ["w.png", "w.png/steps"])
def test_steps_that_have_the_name_of_the_result(capsys, tmp_path, steps):
    out, steps = tmp_path / "w.png", tmp_path / steps
    line = refused(capsys, tmp_path, "swap", GOOD, GOOD, "-o", out, "--steps", steps)
    assert line == f"tryon: {steps} cannot be a folder, because {out} is to be the picture; choose another --steps"
    assert not out.exists()


@pytest.mark.parametrize("as_garment", [False, True], ids=["person", "garment"])
def test_an_address(capsys, tmp_path, as_garment):
    pair = (GOOD, "https://example.com/me.jpg") if as_garment else ("https://example.com/me.jpg", GOOD)
    line = refused(capsys, tmp_path, "swap", *pair, "-o", tmp_path / "out.png")
    which = "garment" if as_garment else "person"
    assert line == f"tryon: {which} photo: https://example.com/me.jpg: addresses are not fetched; give a file"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("data", "check", ".", "--max-corrupt", "2"), "--max-corrupt 2 is no share; give 0 to 1"),
        (("data", "pack", ".", "--out", "p", "--quality", "0"), "--quality 0 is out of range; give 1 to 100"),
        (
            ("train", "parser", "--data", ".", "--out", "p"),
            "give either --encoder-weights or --init: no training starts from random weights",
        ),
    ],
)
def test_options_that_do_not_go_together(capsys, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    assert refused(capsys, tmp_path, *arguments) == f"tryon: {sentence}"


def test_steps_where_no_folder_can_be(capsys, tmp_path):
    (tmp_path / "file").touch()
    for steps in (tmp_path / "file", tmp_path / "file" / "steps"):
        line = refused(capsys, tmp_path, "swap", GOOD, GOOD, "-o", tmp_path / "out.png", "--steps", steps)
        assert "cannot be made or written as a folder; choose another --steps" in line


@pytest.mark.parametrize("command", ["swap", "parse", "pose"])
def test_weights_that_are_missing(capsys, tmp_path, command):
    inputs = (GOOD, GOOD) if command == "swap" else (GOOD,)
    arguments = (command, *inputs, "-o", tmp_path / "out.png", "--weights", tmp_path / "nothing")
    assert "no weights at" in refused(capsys, tmp_path, *arguments)
    assert "no weights in" in refused(capsys, tmp_path, "weights", "--folder", tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("swap", GOOD),
        ("swap", GOOD, GOOD),
        ("swap", GOOD, GOOD, "-o", "out.png", "--category", "hat"),
        ("swap", GOOD, GOOD, "-o", "out.png", "--below", "drop"),
        ("dance",),
    ],
)
def test_options_that_do_not_exist(capsys, arguments):
    with pytest.raises(SystemExit) as raised:
        main(list(arguments))
    assert raised.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("For full helptext") == 1


def test_a_value_of_the_wrong_kind(capsys, tmp_path):
    assert "--person" in refused(capsys, tmp_path, "swap", GOOD, GOOD, "-o", tmp_path / "o.png", "--person", "first")


# --- people, by networks that read drawn scenes without mistakes ----------------------------------------------------

ONE, TWO, CUT = [(150, 40, 520)], [(40, 60, 450), (300, 40, 500)], [(100, 200, 1100)]


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Writes a drawn photo and gives its path; the command line reads drawn people."""
    monkeypatch.setattr(TryOn, "from_pretrained", lambda *_, **__: drawn_tryon())

    def write(name, scene):
        photo.save(drawn_people(*scene), tmp_path / name)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("person", "garment", "options", "words"),
    [
        ([], ONE, (), "person photo: no person was found in the photo"),
        (ONE, [], (), "garment photo: neither a garment nor somebody who wears one was made out"),
        (TWO, ONE, ("--person", "5"), "person photo: person 5 was asked for, but 2 were found in the photo"),
        (ONE, TWO, ("--wearer", "3"), "garment photo: person 3 was asked for, but 2 were found in the photo"),
        (ONE, ONE, ("--wearer", "3"), "garment photo: person 3 was asked for, but 1 was found in the photo"),
        (TWO, ONE, ("--person", "0"), "person photo: person 0 was asked for; people are counted from the left, from 1"),
        (
            ONE,
            ONE,
            ("--category", "outer"),
            "garment photo: it does not show a coat or jacket clearly enough; it shows a top and trousers",
        ),
        (ONE, ONE, ("--category", "dress"), "does not show a dress clearly enough"),
        (ONE, CUT, ("--category", "lower"), "does not show trousers or a skirt clearly enough; it shows a top"),
        (CUT, ONE, ("--category", "lower"), "person photo: it ends above the hips"),
    ],
)
def test_people_and_garments_that_are_not_there(capsys, tmp_path, drawn, person, garment, options, words):
    pair = drawn("person.png", person), drawn("garment.png", garment)
    assert words in refused(capsys, tmp_path, "swap", *pair, "-o", tmp_path / "out.png", *options)


@pytest.mark.parametrize(
    ("person", "options", "notes"),
    [
        (ONE, (), []),
        (
            TWO,
            (),
            [
                "person photo: 2 people are in the photo; number 2 from the left was taken as the largest and most "
                "central one"
            ],
        ),
        (TWO, ("--person", "1"), []),
        (
            CUT,
            (),
            [
                "person photo: the photo ends above the hips; only garments for the upper body can be put on",
                "garment photo: the garment is enlarged 3.4 times and will look blurred; a larger garment photo helps",
                "person photo: the hips are not in the photo; their place is estimated from the shoulders",
            ],
        ),
    ],
)
def test_what_is_only_warned_of(capsys, tmp_path, drawn, person, options, notes):
    out = tmp_path / "out.png"
    pair = drawn("person.png", person), drawn("garment.png", [(154, 40, 520)])
    assert main(["swap", *map(str, pair), "-o", str(out), *options]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{out}\n"
    assert captured.err.splitlines() == [f"tryon: note: {note}" for note in notes]
    assert photo.load(out).shape == (600, 500, 3)


# --- as a user meets it ---------------------------------------------------------------------------------------------


def program(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tryon", *map(str, arguments)], capture_output=True, text=True, timeout=300
    )


def test_a_missing_photo_in_a_process_of_its_own(tmp_path):
    run = program("swap", tmp_path / "missing.jpg", GOOD, "-o", tmp_path / "out.png")
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr == f"tryon: person photo: {tmp_path / 'missing.jpg'} does not exist; check the path\n"
    assert files(tmp_path) == []


def test_a_landscape_in_a_process_of_its_own(tmp_path):
    """With the released networks."""
    photo.save(people.landscape(), tmp_path / "landscape.jpg")
    run = program("swap", tmp_path / "landscape.jpg", GOOD, "-o", tmp_path / "out.png")
    assert run.returncode == 2
    assert run.stderr == (
        "tryon: person photo: no person was found in the photo; "
        "use one that shows a person clearly and not too far away\n"
    )
    assert files(tmp_path) == ["landscape.jpg"]


def test_noise_shows_nobody(tryon_released):
    from tryon.core.errors import PersonNotFoundError

    noise = np.random.default_rng(0).integers(0, 256, (400, 300, 3), np.uint8)
    with pytest.raises(PersonNotFoundError):
        tryon_released.read_person(noise)
