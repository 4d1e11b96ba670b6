"""``make`` with a Python that only notes what it is asked for: sizes are told, failed installs leave no stamp."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Makes an environment of itself, and fails to install what the environment variable names.
PYTHON = """#!/bin/sh
echo "$*" >> calls.txt
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python && cp "$0" .venv/bin/tryon;;
  *"$BROKEN"*) exit 1;;
esac
"""


@pytest.fixture
def make(tmp_path):
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    def run(*arguments, broken="nothing"):
        (tmp_path / "calls.txt").write_text("")
        command = ["make", f"PYTHON={python}", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=os.environ | {"BROKEN": broken}, capture_output=True, text=True
        )
        return done, (tmp_path / "calls.txt").read_text().splitlines()

    return run


TESTS = "-m pytest --numprocesses auto --maxprocesses 4 --dist worksteal"
SWAP = "swap tryon/samples/man_tshirt.jpg tryon/samples/man_floral.jpg -o out/demo.jpg"


def test_the_demo_needs_no_torch(make):
    done, calls = make("demo")
    assert done.returncode == 0, done.stderr
    assert calls == ["-m venv .venv", "-m pip install -e .", SWAP]
    assert done.stdout.index("about 0.8 GB") < done.stdout.index("pip install -e .")
    _, calls = make("demo")
    assert calls == [SWAP]


def test_the_registry_build(make):
    done, calls = make("test")
    assert done.returncode == 0, done.stderr
    assert calls == ["-m venv .venv", "-m pip install -e .[dev]", TESTS]
    assert done.stdout.index("about 8.4 GB") < done.stdout.index("pip install -e")
    _, calls = make("demo")  # it is in the same environment
    assert calls == [SWAP]


def test_the_cpu_build(make, tmp_path):
    done, calls = make("test", "TORCH=cpu")
    assert done.returncode == 0, done.stderr
    first = "-m pip install --index-url https://download.pytorch.org/whl/cpu -r .venv/torch.txt"
    assert calls == ["-m venv .venv", first, "-m pip install -e .[dev]", TESTS]
    assert (tmp_path / ".venv" / "torch.txt").read_text() == "torch>=2.8,!=2.13.0\ntorchvision>=0.23\n"
    assert "CPU build" in done.stdout
    assert "8.4 GB" not in done.stdout


def test_another_build_is_refused(make):
    done, calls = make("test", "TORCH=rocm")
    assert done.returncode == 2
    assert "TORCH is rocm; give TORCH=cpu, or leave it out" in done.stderr
    assert calls == []


@pytest.mark.parametrize("broken", ["install -e", "--index-url", "venv"])
def test_a_failed_installation_is_gone_on_with(make, tmp_path, broken):
    if broken == "venv":  # interrupted before pip was there
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
    else:
        done, calls = make("test", "TORCH=cpu", broken=broken)
        assert done.returncode == 2
        assert TESTS not in calls
        assert not (tmp_path / ".venv" / ".installed-dev").exists()
    done, calls = make("test", "TORCH=cpu")
    assert done.returncode == 0, done.stderr
    assert calls[-2:] == ["-m pip install -e .[dev]", TESTS]
    assert (tmp_path / ".venv" / ".installed-dev").exists()
