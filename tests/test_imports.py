"""Imports run downwards, stay light, and the sources keep to the rules of CONTRIBUTING.md."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("tryon", "hpn", "appearance_flow", "apps")

# From the bottom up. A unit may import itself and every unit of a lower row.
LAYERS = (
    ("tryon.core",),
    ("tryon.body", "tryon.catalog"),
    ("tryon.types",),
    ("tryon.draw", "tryon.metrics"),
    ("appearance_flow",),
    ("tryon.outfit",),
    ("tryon.read", "tryon.render", "hpn"),
    ("tryon.repose",),
    ("tryon.pipeline", "tryon.datasets"),
    ("tryon.synth",),
    ("tryon.evaluate", "tryon.batch", "tryon.serve"),
    ("tryon.commands",),
    ("tryon.cli", "apps"),
    ("tryon.__main__",),
)
SIDEWAYS = {("tryon.cli", "apps")}
LEVEL = {unit: level for level, units in enumerate(LAYERS) for unit in units}

# Name of the import -> name of the requirement, where they differ by more than a dash.
REQUIREMENT = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
}


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path) for path in sources()}


def imported(path: Path) -> set[str]:
    """Full names of the modules that a file imports, also inside functions and for type checks."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the full name of the module instead of a relative import"
            children = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {child if child in MODULES else str(node.module) for child in children}
    return names


def unit_of(module: str) -> str | None:
    """The unit of LAYERS that a module belongs to."""
    return next((unit for unit in LEVEL if module == unit or module.startswith(unit + ".")), None)


def allowed(importer: str, module: str) -> bool:
    here, there = unit_of(importer), unit_of(module)
    if module == "tryon":  # The lazy face of the package leads to the pipeline.
        there = "tryon.pipeline"
    if here is None or there is None:
        raise AssertionError(f"{importer} or {module} has no place in the order of imports")
    return here == there or LEVEL[there] < LEVEL[here] or (here, there) in SIDEWAYS


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards(path: Path):
    name = module_name(path)
    if name == "tryon":  # It imports upwards on purpose, when a name is first used.
        return
    ours = {module for module in imported(path) if module.split(".")[0] in PACKAGES}
    assert {module for module in ours if not allowed(name, module)} == set()


def test_the_rule_sees_an_upward_import():
    assert allowed("tryon.render.layers", "appearance_flow.flow")
    assert not allowed("tryon.read.parser.model", "tryon.render.fill")
    assert not allowed("tryon.core.photo", "tryon.types")
    assert not allowed("hpn.task", "tryon.datasets.ccp")
    assert not allowed("tryon.render.model", "tryon")


def circle(imports: dict[str, set[str]]) -> list[str]:
    """The modules of a circle of imports, in order; none where there is no circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_module_imports_itself_in_a_circle():
    # An import inside a function or for type checks counts too: what needs each other belongs into one file.
    assert circle({module_name(path): imported(path) & MODULES for path in sources()}) == []


def test_the_rule_sees_a_circle():
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


def words_of(stem: str) -> frozenset[str]:
    """The words of a file's name, without the endings that make a noun of a verb."""
    return frozenset(re.sub(r"(ation|ate|ing)$", "", word) or word for word in stem.split("_"))


def test_no_two_files_of_a_folder_have_the_same_words_for_a_name():
    twins = [
        (str(a.relative_to(ROOT)), b.name)
        for a, b in combinations(sources(), 2)
        if a.parent == b.parent and words_of(a.stem) == words_of(b.stem)
    ]
    assert twins == []


def test_the_rule_sees_words_that_were_turned_around():
    assert words_of("hpn_evaluation") == words_of("evaluate_hpn") != words_of("evaluate_pose")
    assert words_of("train") == words_of("training") != words_of("train_hpn")


# Where the way to PyTorch begins, which is gone only for weights that were not exported and for --download. What is
# missing there is told in a sentence.
DOORS = {"tryon.core.inference", "tryon.core.weights"}


def declared() -> tuple[set[str], set[str]]:
    """Names of the requirements, and of those of the extra for training."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base, train = project["dependencies"], project["optional-dependencies"]["train"]
    return tuple({re.match(r"[\w.-]+", line)[0].lower() for line in lines} for lines in (base, train))


def requirements(paths: Iterable[Path]) -> set[str]:
    """Names of the requirements that files import, also inside functions."""
    used = {module.split(".")[0] for path in paths for module in imported(path)}
    foreign = {name for name in used if name not in sys.stdlib_module_names and name not in PACKAGES}
    return {REQUIREMENT.get(name, name).replace("_", "-") for name in foreign}


def test_every_import_is_a_declared_requirement():
    base, train = declared()
    # These are optional on purpose and asked for by errors that name them.
    assert requirements(sources()) - base - train <= {"mediapipe", "ray"}
    # Used without an import: bodies, torch.onnx, the event files of torch.utils.tensorboard, the weights of LPIPS.
    assert base | train <= requirements(sources()) | {"anny", "onnxscript", "tensorboard", "torchmetrics"}


def test_what_users_run_needs_no_package_of_training():
    paths = {module_name(path): path for path in sources()}
    commands = ("batch", "catalog_import", "read", "serve", "swap", "transfer", "weights")
    found, left = set(), {f"tryon.commands.{name}" for name in commands}
    left |= {"tryon.pipeline", *(name for name in MODULES if name.startswith("apps"))}
    while left:
        found |= left
        left = {other for name in left for other in imported(paths[name]) & MODULES} - found - DOORS
    base, _ = declared()
    assert "tryon.repose.transfer" in found
    assert "torch" not in base
    assert requirements(paths[name] for name in found) - base <= {"mediapipe", "ray"}


def test_the_rule_sees_a_package_of_training():
    assert requirements([ROOT / "tryon" / "read" / "views.py"]) - declared()[0] == {"albumentations"}


def python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_import_of_tryon_is_light():
    assert python("import sys, tryon; print({'torch', 'numpy', 'cv2'} & set(sys.modules))") == "set()\n"


def test_import_of_tryon_takes_at_most_a_fifth_of_a_second():
    code = "import time; t = time.perf_counter(); import tryon; print(time.perf_counter() - t)"
    assert min(float(python(code)) for _ in range(3)) <= 0.2


def test_public_names():
    out = python(
        "import tryon; print([tryon.TryOn.__module__, tryon.TryOnResult.__name__, tryon.Person.__name__,"
        " tryon.Garment.__name__, tryon.__version__, 'TryOn' in dir(tryon), hasattr(tryon, 'nothing')])"
    )
    assert out == "['tryon.pipeline', 'TryOnResult', 'Person', 'Garment', '0.1.0', True, False]\n"


def test_help_does_not_import_torch():
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tryon", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "swap" in run.stdout
    loaded = {line.rsplit("|", 1)[-1].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}
    assert "tryon.cli" in loaded
    assert loaded.isdisjoint({"torch", "streamlit", "segmentation_models_pytorch", "albumentations"})


@pytest.mark.slow
def test_importing_everything_warns_of_nothing_and_needs_no_segmentation_models():
    # The training code of these has to run on machines without segmentation-models-pytorch.
    lean = [
        name for name in sorted(MODULES) if unit_of(name) in ("tryon.core", "tryon.render", "appearance_flow", "hpn")
    ]
    assert lean
    rest = [name for name in sorted(MODULES - set(lean)) if not name.startswith("apps.") and name != "tryon.__main__"]
    out = python(
        "import importlib, sys, warnings\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    sys.modules['segmentation_models_pytorch'] = None\n"
        f"    for name in {lean}: importlib.import_module(name)\n"
        "    del sys.modules['segmentation_models_pytorch']\n"
        f"    for name in {rest}: importlib.import_module(name)\n"
        "print([str(w.message) for w in caught if 'DeprecationWarning' not in w.category.__name__\n"
        "       or 'site-packages' not in w.filename])\n"
    )
    assert out == "[]\n"


TEXT = (".py", ".md", ".toml", ".yaml", ".json")


def text_files() -> list[Path]:
    found = [path for pattern in ("*.md", "*.toml", "Makefile", "NOTICE") for path in ROOT.glob(pattern)]
    for folder in (*PACKAGES, "tests", "benchmarks", "configs"):
        found += [
            path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md", ".toml", ".yaml", ".json")
        ]
    return sorted(found)


# Paths and hosts that hold on one machine only, and notes to oneself.
OUT_OF_PLACE = re.compile(
    r"(?<![\w.])/(?:work|home|root|Users)/|\bshared[/]data|pypi\.org|pythonhosted\.org|\bTODO\b|\bFIXME\b|\bXXX\b"
)


@pytest.mark.parametrize("path", text_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_and_free_of_what_is_out_of_place(path: Path):
    lines = path.read_text().splitlines()
    assert [line for line in lines if OUT_OF_PLACE.search(line)] == []
    if path.suffix == ".py":
        assert len(lines) <= 400


def test_the_stages_need_no_torch():
    """Between stages there are only arrays: torch is known to what runs a network, and to training."""
    python(
        "import sys; sys.modules['torch'] = None\n"
        "import appearance_flow.warp, tryon.outfit, tryon.read.repair, tryon.render.render\n"
        "import tryon.render.undress, tryon.repose.composition, tryon.repose.hands, tryon.draw, tryon.metrics\n"
        "import tryon.catalog.importing, tryon.catalog.exporting"
    )
