"""``tryon data check``: what is wrong with a data set. Free of torch and OpenCV until it runs.

The JSON file holds ``data``, ``layout``, ``errors`` (how many findings of that level), the figures of
:class:`tryon.datasets.check.Report` (null where nothing could be measured), and ``findings``, a list of objects with
``code``, ``level``, ``message`` and ``samples``.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tryon.commands.data_source import DataSource
from tryon.commands.options import File, Number
from tryon.core.errors import ConfigError, DataError, OutputError

if TYPE_CHECKING:
    from tryon.datasets.check import Report

_NAMED = 3  # samples that a finding names on the terminal


@dataclass(frozen=True, kw_only=True)
class DataCheck(DataSource):
    """Look for mistakes in a data set, and draw some of it; the exit code is 2 where something is wrong."""

    number: Number = None
    """Samples to read of each split, evenly spread; by default all."""
    sheet: Path = Path("check.png")
    """Picture of some samples with skeletons and labels drawn on them."""
    sheet_samples: int = 24
    """Samples on it."""
    json: File = None
    """File for all findings and figures."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sheet_samples < 1 or (self.number is not None and self.number < 1):
            raise ConfigError("--number and --sheet-samples must be 1 or more")

    def run(self) -> None:
        import sys

        from tqdm import tqdm

        from tryon.core import photo
        from tryon.datasets.check import check, chosen
        from tryon.datasets.check_sheet import sheet

        photo.check_output(self.sheet)
        if self.json and (self.json.is_dir() or not self.json.parent.is_dir()):
            raise OutputError(f"{self.json} cannot be written; give a file in an existing folder to --json")
        layout, splits = self.open()
        total = sum(len(chosen(len(samples), self.number)) for samples in splits.values())
        with tqdm(total=total, desc="check", unit="", file=sys.stderr, leave=False, disable=None) as bar:
            report = check(splits, self.number, self.max_corrupt, bar.update)
        photo.save(sheet(splits, self.sheet_samples), self.sheet)
        if self.json:
            self._write_json(self.json, layout, report)
        _print(report)
        print(self.sheet)
        if report.errors:
            raise DataError(
                f"{self.data} has errors (findings above: {report.errors}); mend them before training on it"
            )

    def _write_json(self, path: Path, layout: str, report: "Report") -> None:
        from tryon.core.files import write_atomically

        facts = {"data": str(self.data), "layout": layout, "errors": report.errors}
        figures = {key: None if math.isnan(value) else value for key, value in report.figures.items()}
        findings = {"findings": [asdict(finding) for finding in report.findings]}
        try:
            write_atomically(path, (json.dumps(facts | figures | findings, indent=2) + "\n").encode())
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}); choose another place") from error


def _print(report: "Report") -> None:
    missing = {key: value for key, value in report.figures.items() if key.startswith("missing_")}
    for key, value in report.figures.items():
        if key not in missing:
            print(f"{key:20} {'–' if math.isnan(value) else f'{value:,.3f}'.rstrip('0').rstrip('.')}")
    lost = [
        f"{key.removeprefix('missing_').replace('_', ' ')} {value:.0%}"
        for key, value in missing.items()
        if value >= 0.005
    ]
    print(f"{'missing points':20} {', '.join(lost) or 'none'}")
    for finding in report.findings:
        named = ", ".join(finding.samples[:_NAMED])
        more = len(finding.samples) - _NAMED
        where = f" [{len(finding.samples)}: {named}{', …' if more > 0 else ''}]" if named else ""
        print(f"{finding.level}: {finding.code}: {finding.message}{where}")
    if not report.findings:
        print("nothing found")
