"""Which parts of the pose transfer network earn their place (``tryon ablate hpn``).

Every arm and seed is a training of its own in ``ARM_SEED/`` below ``--out``, with its settings in ``arm.json`` and the
measures of each validation pair in ``scores.json``; ``simple/scores.json`` holds those of the simple methods. Keys of
``results.json``, with the arms of :mod:`tryon.evaluate.arms` and the measures of :mod:`hpn.evaluate`:

* ``<arm>_<measure>``: mean over the pairs and the seeds; ``_spread``: standard deviation over the seeds (null for one
  seed); ``_se``: standard error over the people, of the mean over the seeds
* ``<arm>_minus_<arm>_<measure>``, ``_se`` and ``_inconclusive``: differences that the ablation is about, and of the
  best arm to the next one, with their standard errors: over the people, who are the same for both arms, and over the
  seeds. Inconclusive is a difference within its standard error
* ``<method>_<measure>`` of the simple methods
* ``seeds``, ``images``, ``batch``, ``resolution``, ``preset``, ``split``, ``number``, ``identities``, and those of
  :func:`tryon.evaluate.report.facts`; no released weights are measured
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from torch import nn
from tqdm import tqdm

from hpn.evaluate import (
    HIGHER_IS_BETTER,
    Judge,
    Method,
    Scores,
    identity_means,
    mean_and_error,
    mean_target,
    network_method,
    score,
    simple_methods,
)
from hpn.losses import LossConfig
from hpn.network import PRESETS, RESOLUTIONS
from hpn.schedule import SCHEDULES, Stage
from hpn.stages import train_stages
from tryon.core.errors import ConfigError, OutputError
from tryon.core.files import write_atomically
from tryon.core.train.loop import TrainConfig
from tryon.datasets.pair_views import pair_views
from tryon.evaluate.arms import ARMS, COMPARISONS, Arm, ArmName
from tryon.evaluate.hpn import TITLES, Chosen, plus_minus
from tryon.evaluate.report import facts, progress, table, write_markdown

MEASURES = ("foreground_ssim", "local_ssim", "vgg")  # those of the table
SIMPLE = ("mean", "copy", "limb_warp")  # those of the table
_DESCRIPTORS = {stage.resolution: stage.descriptors for stage in SCHEDULES["paper"]}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is compared, and on what; :class:`tryon.commands.ablate_hpn.AblateHPN` describes each."""

    data: tuple[Path, ...]
    out: Path
    arms: tuple[ArmName, ...]
    seeds: int
    preset: str
    resolution: int
    images: int
    batch: int
    lr: float
    split: str
    number: int
    workers: int
    bf16: bool
    device: Literal["cpu", "cuda"]


def ablate(options: Plan, features: nn.Module, judge: Judge) -> str:
    """Train and score the arms.

    Args:
        options: what to train, and where.
        features: VGG-16, for the loss.
        judge: for the scores.

    Returns:
        The Markdown text of ``results.md``.

    Raises:
        ConfigError: a folder below ``--out`` belongs to other settings.
        DataError: the data is not what is expected.
        OutputError: the results cannot be written.
    """
    pairs = Chosen(options.data, options.split, options.number)
    found: dict[ArmName, list[Scores]] = {}
    for seed in range(options.seeds):  # so that a run that is stopped has whole arms of the first seeds
        for name in options.arms:
            found.setdefault(name, []).append(_arm(options, name, seed, features, judge, pairs))
    simple = _simple(options, judge, pairs)
    figures = summarize(found, simple)
    asked = {
        "seeds": options.seeds,
        "images": options.images,
        "batch": options.batch,
        "resolution": options.resolution,
        "preset": options.preset,
        "split": options.split,
        "number": len(simple),
        "identities": len(set(simple.identities)),
    }
    known = {key: _null(value) for key, value in figures.items()}
    _write_json(options.out / "results.json", facts({}, "torch") | asked | known)
    text = markdown(options, figures, len(simple), len(set(simple.identities)))
    write_markdown(options.out / "results.md", text, {})
    return text


def _arm(options: Plan, name: ArmName, seed: int, features: nn.Module, judge: Judge, pairs: Chosen) -> Scores:
    """The scores of one training, which is done or goes on where it is not finished."""
    arm, folder = ARMS[name], options.out / f"{name}_{seed}"
    config = replace(PRESETS[options.preset], align=arm.align, copy=arm.copy)  # its resolution is set by the stages
    stages = arm_stages(arm, options.resolution, options.images, options.batch, options.lr)
    training = pair_views(options.data, (), 0, seed, config.sigma)
    settings = {
        "network": asdict(config),
        "stages": [asdict(stage) for stage in stages],
        "data": _folders(options),
        "pairs": sum(len(source) for source, _, _ in training.sources),
        "seed": seed,
        "bf16": options.bf16,
    }
    stored = _read_json(folder / "arm.json")
    if stored is None:
        _write_json(folder / "arm.json", settings)
    elif stored != settings:
        names = ", ".join(key for key in settings if settings[key] != stored.get(key))
        raise ConfigError(
            f"{folder} was trained with other settings ({names}); give another --out, or the same settings"
        )
    network = train_stages(
        config,
        stages,
        training,
        LossConfig(descriptors=18 if arm.descriptors else 0),
        features,
        folder,
        settings=TrainConfig(
            images=1,
            lr_schedule="halves",
            optimizer="adam",
            weight_decay=5e-4,
            seed=seed,
            workers=options.workers,
            bf16=options.bf16,
            device=options.device,
        ),
        on_step=_bar(f"{arm.title}, seed {seed}"),
    )
    methods = {"hpn": network_method(network.to(options.device))}
    return _scored(options, folder, methods, judge, pairs, arm.title)


def _simple(options: Plan, judge: Judge, pairs: Chosen) -> Scores:
    """The scores of the simple methods."""
    methods = simple_methods(mean_target(pairs, options.resolution))
    return _scored(options, options.out / "simple", methods, judge, pairs, "simple methods")


def _scored(options: Plan, folder: Path, methods: dict[str, Method], judge: Judge, pairs: Chosen, title: str) -> Scores:
    """The scores in a folder, made where they are missing or of other pairs."""
    path = folder / "scores.json"
    asked = {
        "data": _folders(options),
        "split": options.split,
        "resolution": options.resolution,
        "pairs": len(pairs),
        "of": pairs.available,
        "lpips": judge.lpips is not None,
    }
    stored = _read_json(path)
    if stored is not None and stored.get("asked") == asked:
        values = {m: {k: np.array(v, float) for k, v in one.items()} for m, one in stored["values"].items()}
        return Scores(tuple(stored["names"]), tuple(stored["identities"]), values)
    judge = judge.to(options.device)
    scores = score(progress(pairs, title), options.resolution, methods, judge, device=options.device)
    lists = {m: {k: [_null(v) for v in vs.tolist()] for k, vs in one.items()} for m, one in scores.values.items()}
    _write_json(path, {"asked": asked, "names": scores.names, "identities": scores.identities, "values": lists})
    return scores


def arm_stages(arm: Arm, resolution: int, images: int, batch: int, lr: float) -> tuple[Stage, ...]:
    """The stages of an arm: the last resolution alone, or all up to it with equal shares of whole batches.

    The arms see the same number of images, rounded up to whole batches; those of progressive training are smaller in
    the early stages, so that they compute less.
    """
    sides = [side for side in RESOLUTIONS if side <= resolution] if arm.growth else [resolution]
    steps = -(-images // batch)
    shares = [steps // len(sides)] * len(sides)
    shares[-1] += steps - sum(shares)
    return tuple(
        Stage(side, share * batch, batch, lr, _DESCRIPTORS[side] if arm.descriptors else 0, warmup=images // 20)
        for side, share in zip(sides, shares, strict=True)
    )


def difference(better: Sequence[Scores], worse: Sequence[Scores], method: str, measure: str) -> tuple[float, float]:
    """The difference of two arms, one score a seed, and its standard error.

    The error has two parts: over the people, of the differences for each of them, and over the seeds, where there are
    several.
    """
    ours, theirs = (np.stack([one.values[method][measure] for one in arm]) for arm in (better, worse))
    apart = ours.mean(0) - theirs.mean(0)
    people = identity_means(apart, better[0].identities)
    parts = [people.var(ddof=1) / people.size if people.size > 1 else math.nan]
    if len(better) > 1:
        parts += [np.nanmean(arm, 1).var(ddof=1) / len(arm) for arm in (ours, theirs)]
    return float(np.nanmean(apart)), math.sqrt(sum(parts))


def summarize(found: Mapping[ArmName, Sequence[Scores]], simple: Scores) -> dict[str, float]:
    """The figures of ``results.json`` from the scores of each arm, one a seed, and of the simple methods."""
    figures: dict[str, float] = {}
    measures = list(next(iter(simple.values.values())))
    for name, scores in found.items():
        for measure in measures:
            each = [one.values["hpn"][measure] for one in scores]
            mean, error = mean_and_error(np.mean(each, 0), scores[0].identities)
            figures[f"{name}_{measure}"] = mean
            figures[f"{name}_{measure}_se"] = error
            seeds = np.nanmean(each, 1)
            figures[f"{name}_{measure}_spread"] = float(seeds.std(ddof=1)) if len(seeds) > 1 else math.nan
    for measure in measures:
        compared = [(a, b) for a, b in COMPARISONS if a in found and b in found]
        order = ranking(figures, tuple(found), measure)
        if len(order) > 1 and (order[0], order[1]) not in compared:
            compared.append((order[0], order[1]))
        for a, b in compared:
            by, error = difference(found[a], found[b], "hpn", measure)
            key = f"{a}_minus_{b}_{measure}"
            figures |= {key: by, f"{key}_se": error, f"{key}_inconclusive": inconclusive(by, error)}
    for method, values in simple.values.items():
        for measure in measures:
            figures[f"{method}_{measure}"] = mean_and_error(values[measure], simple.identities)[0]
    return figures


def inconclusive(by: float, error: float) -> bool:
    """Whether a difference lies within twice its standard error, or that error is not known."""
    return not abs(by) > 2 * error


def ranking(figures: Mapping[str, float], arms: Sequence[ArmName], measure: str) -> list[ArmName]:
    """The arms by a measure, the best first."""
    sign = -1 if measure in HIGHER_IS_BETTER else 1
    return sorted(arms, key=lambda arm: sign * figures[f"{arm}_{measure}"])


def markdown(options: Plan, figures: Mapping[str, float], pairs: int, people: int) -> str:
    """The text of ``results.md``."""
    titles = [TITLES[measure] for measure in MEASURES]
    rows: list[tuple[object, ...]] = [
        (method.replace("_", " "), *(figures[f"{method}_{measure}"] for measure in MEASURES)) for method in SIMPLE
    ]
    for arm in options.arms:
        keys = [f"{arm}_{measure}" for measure in MEASURES]
        rows.append((ARMS[arm].title, *(plus_minus(figures[key], figures[f"{key}_spread"]) for key in keys)))
    lines = [
        f"Preset {options.preset} at {options.resolution} x {options.resolution}, {options.images} images an arm in "
        f"batches of {options.batch}, seeds: {options.seeds}; {pairs} pairs of {options.split} with {people} people. "
        "Mean ± standard deviation over the seeds. The VGG-16 distance is better when lower.",
        "",
        table(("variant", *titles), rows),
    ]
    compared = [(a, b) for a, b in COMPARISONS if a in options.arms and b in options.arms]
    if compared:
        rows = [
            (f"{ARMS[a].title} − {ARMS[b].title}", *(_difference_cell(figures, a, b, one) for one in MEASURES))
            for a, b in compared
        ]
        lines += ["Differences ± standard error, over the people and the seeds:", "", table(("parts", *titles), rows)]
    if len(options.arms) > 1:
        lines += [_verdict(figures, options.arms, measure) for measure in MEASURES]
    if options.seeds == 1:
        lines.append("- One seed tells nothing about the chance in a training: the errors are over the people alone.")
    return "\n".join(lines) + "\n"


def _difference_cell(figures: Mapping[str, float], a: ArmName, b: ArmName, measure: str) -> str:
    key = f"{a}_minus_{b}_{measure}"
    words = plus_minus(figures[key], figures[f"{key}_se"])
    return f"{words}, inconclusive" if figures[f"{key}_inconclusive"] else words


def _verdict(figures: Mapping[str, float], arms: Sequence[ArmName], measure: str) -> str:
    """The best arm, and whether it is that by more than chance."""
    best, following = ranking(figures, arms, measure)[:2]
    by = _difference_cell(figures, best, following, measure)
    return f"- {TITLES[measure]}: {ARMS[best].title} is best; to the next, {ARMS[following].title}, it is {by}."


def _bar(title: str) -> Callable[[Stage, int, int], None]:
    bar = tqdm(unit="step", mininterval=5, leave=False, disable=None)

    def show(stage: Stage, step: int, steps: int) -> None:
        bar.total, bar.n = steps, step
        if step % 10 == 0 or step == steps:
            bar.set_description(f"{title}, {stage.resolution} x {stage.resolution}")

    return show


def _folders(options: Plan) -> list[str]:
    return [str(folder.resolve()) for folder in options.data]


def _null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _read_json(path: Path) -> dict | None:
    """What is in a file; ``None`` where it is missing."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); remove its folder, which is made again") from error


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another --out") from error
