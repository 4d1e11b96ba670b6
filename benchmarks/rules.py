"""Which rules are held by a test, and what each is worth: ``python benchmarks/rules.py [--truth TRIPLETS]``.

A rule is a piece of code in ``rules.toml`` and what stands in its place when it is off. Without ``--truth``, the fast
tests of its package run without each rule in turn; rules whose absence no test notices are printed, and the exit code
is 1 if there are any. A test notices what it asserts: code that breaks without the rule is no sign of what the rule is
for. With ``--truth``, the program is measured on rendered triplets with their exact labels and key
points, with all rules and without each of those that take part in that; a Markdown table is printed.

Loaded as a plugin (``pytest -p rules``), it switches off the rule that the variable ``TRYON_RULE`` names.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
RULES = {rule["name"]: rule for rule in tomllib.loads((HERE / "rules.toml").read_text())["rule"]}
TESTS = {
    "tryon.render": ["tests/render"],
    "tryon.outfit": ["tests/test_outfit.py", "tests/render"],
    "appearance_flow": ["tests/appearance_flow", "tests/render"],
    "tryon.core": ["tests/core/test_fill.py", "tests/core/test_clone.py"],
    "tryon.read": ["tests/read", "tests/repose", "tests/render"],
    "tryon.repose": ["tests/repose"],
}
MEASURES = {
    "l1_changed": "L1 changed",
    "ssim_changed": "SSIM changed",
    "outline_iou": "outline IoU",
    "flow_error": "flow error, px",
}
MEASURED = ("tryon.core", "tryon.render", "tryon.outfit", "appearance_flow")
"""Packages that take part where labels and key points are exact and poses stay."""
VARIABLE = "TRYON_RULE"
NOTICED: list[str] = []
"""As a plugin: the test that failed by an assertion."""


def main() -> None:
    options = parse_options()
    names = [name for name in RULES if options.only in name]
    if options.one:
        print(json.dumps(measure(options.truth, options.number)))
    elif options.truth:
        print(truth_table(options.truth, options.number, names))
    else:
        survivors = [name for name in names if not noticed(name)]
        print(f"{len(survivors)} of {len(names)} rules are held by no test" + "".join(f"\n  {s}" for s in survivors))
        sys.exit(bool(survivors))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Switch rules off, one at a time.")
    parser.add_argument("--truth", type=Path, help="folder of rendered triplets to measure on, instead of testing")
    parser.add_argument("--number", type=int, default=40, help="of triplets, spread evenly")
    parser.add_argument("--only", default="", help="part of the names of the rules to switch off")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)  # of the processes that this one starts
    return parser.parse_args()


def switch_off(name: str) -> None:
    """Import the module of a rule without it; to be called before anything else imports the module."""
    rule = RULES[name]
    spec = importlib.util.find_spec(rule["module"])
    source = Path(spec.origin).read_text()
    if source.count(rule["code"]) != 1:
        sys.exit(f"rules.toml: {name!r} is no longer in {rule['module']} once; bring its code up to date")
    module = importlib.util.module_from_spec(spec)
    sys.modules[rule["module"]] = module
    exec(compile(source.replace(rule["code"], rule["off"]), spec.origin, "exec"), module.__dict__)
    parent, _, child = rule["module"].rpartition(".")
    setattr(sys.modules[parent], child, module)


def noticed(name: str) -> bool:
    """Whether a test fails without the rule; which one is printed."""
    tests = next(tests for package, tests in TESTS.items() if RULES[name]["module"].startswith(package))
    command = [sys.executable, "-m", "pytest", "-p", "rules", "-m", "not slow", "-q", "--tb=no"]
    command += ["--continue-on-collection-errors", *tests]
    done = subprocess.run(command, cwd=HERE.parent, env=environment(name), capture_output=True, text=True)
    lines = done.stdout.splitlines()
    seen = [line.split(" ")[1] for line in lines if line.startswith("NOTICED ")]
    broken = [line.split(" ")[1] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    if done.returncode not in (0, 1) or (done.returncode and not broken):
        sys.exit(done.stdout + done.stderr)
    without = f"NO TEST, only errors such as in {broken[0]}" if broken else "NO TEST"
    print(f"{name}: {seen[0] if seen else without}", flush=True)
    return bool(seen)


def pytest_runtest_makereport(item, call) -> None:
    """As a plugin: the run ends with the first test that fails by what it asserts, and goes on after errors."""
    import pytest

    if call.excinfo and isinstance(call.excinfo.value, AssertionError | pytest.fail.Exception):
        NOTICED.append(item.nodeid)
        item.session.shouldfail = "the rule is held"


def pytest_terminal_summary(terminalreporter) -> None:
    """As a plugin: tell :func:`noticed`."""
    for test in NOTICED:
        terminalreporter.write_line(f"NOTICED {test}")


def environment(name: str) -> dict[str, str]:
    paths = [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {VARIABLE: name, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def truth_table(folder: Path, number: int, names: list[str]) -> str:
    """Every rule with what is measured with and without it, and the difference ± standard error over the people."""

    def measured(name: str) -> dict[str, list]:
        command = [sys.executable, __file__, "--one", "--truth", str(folder), "--number", str(number)]
        done = subprocess.run(command, env=environment(name), stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)

    whole = measured("")
    head = [f"{title}: with | without | difference" for title in MEASURES.values()]
    lines = [f"| rule | {' | '.join(head)} | changed results |", "|---|" + "---:|" * (3 * len(MEASURES) + 1)]
    for name in names:
        if not RULES[name]["module"].startswith(MEASURED):
            continue
        without, cells = measured(name), []
        for key in MEASURES:
            cells.append(compared(whole[key], without[key], whole["people"]))
        changed = sum(a != b for a, b in zip(whole["sum"], without["sum"], strict=True))
        lines.append(f"| {name} | {' | '.join(cells)} | {changed} of {len(whole['sum'])} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def compared(whole: list[float], without: list[float], people: list[str]) -> str:
    """Three cells: means with and without a rule over the triplets where both are known, and the difference ± its
    standard error over the people, whose triplets are alike."""
    import numpy as np

    from hpn.evaluate import mean_and_error

    pair = np.array((whole, without), float)
    pair[:, np.isnan(pair).any(0)] = np.nan
    difference, error = mean_and_error(pair[1] - pair[0], people)
    return f"{np.nanmean(pair[0]):.4f} | {np.nanmean(pair[1]):.4f} | {difference:+.4f} ± {error:.4f}"


def measure(folder: Path, number: int) -> dict[str, list]:
    """:data:`MEASURES` of each triplet, who is in it, and the sum of the result's pixels, by which a change shows."""
    from tryon.commands.evaluate_tryon import Triplets
    from tryon.evaluate.readings import read
    from tryon.evaluate.truth import Examiner, program
    from tryon.pipeline import TryOn

    tryon, cases = TryOn.from_pretrained(), Triplets(folder, "val", number)
    found: dict[str, list] = {key: [] for key in (*MEASURES, "people", "sum")}
    for i in range(len(cases)):
        case = cases[i]
        made = program(tryon, *read(tryon, case.sample, "true", case.category))
        values = Examiner(case.sample, case.labels, None)(made)
        for key in MEASURES:
            found[key].append(values[key])
        found["people"].append(case.sample.target.identity or case.sample.name)
        found["sum"].append(float(made.image.sum()))
    return found


if os.environ.get(VARIABLE):
    switch_off(os.environ[VARIABLE])
if __name__ == "__main__":
    main()
