"""Every command and every piece of code in the README: run on the samples, or, where that is not possible, parsed."""

import ast
import importlib.util
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import people
from tryon.cli import main, parse
from tryon.core.weight_files import RELEASED

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^ *```(sh|python)\n(.*?)^ *```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)

# Beginnings of the commands that no test can run, and why; the longest that fits counts, and one without a reason is
# run. The options of the others are parsed.
PARSED = {
    "tryon shop": "serves until it is stopped",
    "tryon serve": "serves until it is stopped",
    "tryon train": "needs data sets and hours",
    "tryon train hpn --data PAIRS --out runs/hpn --preset paper --dry-run": "",
    "tryon ablate": "needs data sets and hours",
    "tryon evaluate": "needs data sets",
    "tryon data": "needs data sets",
    "tryon weights --download": "needs a network",
    "tryon export": "takes a minute; tests/commands/test_export.py runs it",
    "torchrun": "needs data sets and hours",
}
# Commands of other programs, which are not run.
OTHERS = {
    "make demo": "installs the program",
    "git clone": "needs a network",
    "pip install": "needs a network",
    "printf": "belongs to the next one",
    "curl": "needs `tryon serve`; tests/commands/test_serve.py runs it",
    "export": "settings of a memory allocator",
}


def commands(block: str) -> list[str]:
    """The commands of a block, each on one line."""
    lines = [line.strip() for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def words(command: str) -> list[str]:
    return shlex.split(command, comments=True)


def reason(command: str, reasons: dict[str, str]) -> str:
    fitting = [start for start in reasons if " ".join(words(command)).startswith(start)]
    return reasons[max(fitting, key=len)] if fitting else ""


SHELL = [command for kind, block in BLOCKS if kind == "sh" for command in commands(block)]
OURS = [command for command in SHELL if not reason(command, OTHERS)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A folder with what a clone holds after the trainings of the README."""
    root = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "tryon" / "samples", root / "tryon" / "samples")
    for name in ("parser", "pose", "flow", "amodal", "matte", "points"):
        shutil.copytree(RELEASED / name, root / "runs" / name / "weights")
    for name, sample in (("person", "man_tshirt"), ("other", "man_floral")):
        shutil.copy(people.path(sample), root / f"{name}.jpg")
    return root


def test_the_readme_has_the_commands_that_are_expected():
    assert len(SHELL) > 40
    assert sum(1 for command in OURS if not reason(command, PARSED)) >= 15
    for start in (*PARSED, *OTHERS):  # no reason stands here for a command that is gone
        assert any(" ".join(words(command)).startswith(start) for command in SHELL), start


@pytest.mark.slow
@pytest.mark.parametrize(
    "block", [block for kind, block in BLOCKS if kind == "sh"], ids=lambda block: commands(block)[0][:40]
)
def test_a_block_of_commands_works(clone, monkeypatch, capsys, block):
    monkeypatch.chdir(clone)
    for command in commands(block):
        if reason(command, OTHERS) or reason(command, PARSED):
            continue
        arguments, _, output = " ".join(map(shlex.quote, words(command))).partition(" '>' ")
        program, *rest = shlex.split(arguments)
        if program != "tryon":
            assert program in ("mkdir", "cp")
            subprocess.run([program, *rest], check=True, timeout=60)
            continue
        assert main(rest) == 0, capsys.readouterr().err
        printed = capsys.readouterr().out
        if output:
            Path(output).write_text(printed)
        if "--json" in rest:
            assert json.loads(printed)
        if "-o" in rest:
            assert Path(rest[rest.index("-o") + 1]).stat().st_size > 100


@pytest.mark.parametrize("command", [command for command in OURS if reason(command, PARSED)])
def test_a_command_that_is_not_run_has_options_that_exist(command):
    arguments = words(command)
    start = arguments.index("tryon")
    options = parse(arguments[start + 1 :])
    assert type(options).__module__.startswith("tryon.")


@pytest.mark.parametrize(
    "command", re.findall(r"`(tryon (?:evaluate|ablate)[^`]* --[^`]*)`", (ROOT / "results" / "README.md").read_text())
)
def test_the_commands_of_the_results_have_options_that_exist(command):
    assert type(parse(words(command)[1:])).__module__.startswith("tryon.commands.")


def test_a_renamed_option_would_be_seen(capsys):
    with pytest.raises(SystemExit):
        parse(["evaluate", "parser", "--dta", "CCP"])
    assert "--dta" in capsys.readouterr().err


def test_the_makefile_has_the_targets_of_the_readme():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test", "lint"} <= set(targets)


def test_the_files_that_are_linked_or_named_are_there():
    text = (ROOT / "README.md").read_text()
    linked = set(re.findall(r"\]\(([^)#:]+)\)", text))
    named = set(re.findall(r"`((?:tryon|hpn|apps|docs|benchmarks|results)/[\w/.]+)`", text))
    assert len(linked) > 15
    assert [name for name in sorted(linked | named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("code", [block for kind, block in BLOCKS if kind == "python"], ids=["tryon", "mediapipe"])
def test_what_the_code_imports_is_there(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tryon"):
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name) or importlib.util.find_spec(f"{node.module}.{alias.name}")


@pytest.mark.slow
def test_the_code_makes_a_picture(clone, monkeypatch):
    monkeypatch.chdir(clone)
    (code, *_) = (block for kind, block in BLOCKS if kind == "python")
    exec(compile(code, "README.md", "exec"), {})
    assert (clone / "out.png").stat().st_size > 100_000
