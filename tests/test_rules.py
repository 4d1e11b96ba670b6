"""The table of rules in ``benchmarks/rules.toml`` names code that is there."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = tomllib.loads((ROOT / "benchmarks" / "rules.toml").read_text())["rule"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["name"])
def test_a_rule_stands_once_in_its_module(rule):
    path = ROOT / (rule["module"].replace(".", "/") + ".py")
    assert path.read_text().count(rule["code"]) == 1
