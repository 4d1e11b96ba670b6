"""The table of rules in ``benchmarks/rules.toml`` names code that is there, and what counts as noticing a rule."""

import importlib.util
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
RULES = tomllib.loads((ROOT / "benchmarks" / "rules.toml").read_text())["rule"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["name"])
def test_a_rule_stands_once_in_its_module(rule):
    path = ROOT / (rule["module"].replace(".", "/") + ".py")
    assert path.read_text().count(rule["code"]) == 1


def script(name: str):
    """A script of the benchmarks, as a module of its own."""
    spec = importlib.util.spec_from_file_location(f"{name}_of_benchmarks", ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def rules():
    return script("rules")


@pytest.mark.parametrize(
    ("tests", "held", "word"),
    [
        ("def test_a(): raise ValueError('broken')\ndef test_b(): assert 1 == 2\n", True, "test_one.py::test_b"),
        ("def test_a(): raise ValueError('broken')\n", False, "NO TEST, only errors such as in "),
        ("import there_is_no_such_module\ndef test_a(): assert 1 == 2\n", False, "NO TEST, only errors such as in "),
        ("def test_a(): pass\n", False, "NO TEST\n"),
    ],
)
def test_only_an_assertion_notices_that_a_rule_is_off(rules, tmp_path, monkeypatch, capsys, tests, held, word):
    (tmp_path / "test_one.py").write_text(tests)
    monkeypatch.setattr(rules, "TESTS", {"tryon.core": [str(tmp_path)]})
    rule = next(name for name, one in rules.RULES.items() if one["module"].startswith("tryon.core"))
    assert rules.noticed(rule) == held
    assert word in capsys.readouterr().out


def test_the_error_of_a_rule_is_over_people(rules):
    """The people's differences are 2 and 4: their standard deviation of 1.414 over the root of 2."""
    whole, without = [1, 1, 5, math.nan], [2, 4, 9, 7]
    cells = rules.compared(whole, without, ["ann", "ann", "bob", "bob"])
    assert cells == "2.3333 | 5.0000 | +2.6667 ± 1.0000"


def test_what_a_rule_changes_is_a_share_of_the_region(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    image, region = np.full((10, 10, 3), 100, np.uint8), np.zeros((10, 10), bool)
    region[:5] = True
    other = image.copy()
    other[0, :, 1] = 120  # ten of the fifty pixels that may change; eight levels are not seen
    other[1] = 108
    share = script("rules_on_photos").share
    assert share((image, region), (other, region)) == 0.2
    assert share((image, region), (image, region)) == 0
