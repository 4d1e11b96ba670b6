"""What a batch leaves in its folder besides pictures: what it is, a journal of what is done, and the report.

* ``batch.json``: settings and a checksum of the pairs, so that nothing else is mixed in;
* ``journal-I-of-N.jsonl``: a line for each pair that is done, in the order in which they were, one file a shard;
* ``report.csv``: the same for people to read, of all shards, in the order of the pairs; written when a run ends.
"""

import csv
import hashlib
import io
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from tryon.batch.pairs import Pair, by_person
from tryon.core.errors import ConfigError, DataError, OutputError
from tryon.core.files import read_json, write_atomically

REPORT = "report.csv"
_BATCH = "batch.json"
_HEADER = ("person", "garment", "category", "picture", "status", "message", "notes", "seconds")
Status = Literal["ok", "failed", "error"]
_BETTER: tuple[Status, ...] = ("error", "failed", "ok")
Shard = tuple[int, int]
"""Number of a part, from 1, and of how many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a pair."""

    pair: Pair
    status: Status
    """``ok``: the picture is there; ``failed``: a photo was refused; ``error``: a fault of ours."""
    category: str
    """What was taken, with ``auto`` resolved where that was reached."""
    message: str = ""
    """Why there is no picture."""
    notes: tuple[str, ...] = ()
    """What may be wrong with the picture."""
    seconds: float = 0.0
    sizes: tuple[int | None, ...] = ()
    """Bytes of the two photos when they were read."""


class Records:
    """The records of one batch; several processes may keep those of their shards at the same time."""

    def __init__(self, folder: Path, pairs: Sequence[Pair], settings: Mapping[str, object]):
        """Begin a batch in a folder, or go on with the one that is there.

        Args:
            folder: made, with those above it, where it is missing.
            pairs: all of them, of all shards.
            settings: what besides the pairs decides what the pictures look like; plain JSON values.

        Raises:
            ConfigError: the folder holds a batch of other pairs or settings, or other files.
            OutputError: the folder cannot be made or written to.
        """
        self.folder = folder
        self.pairs = list(pairs)
        digest = hashlib.sha256(json.dumps([pair.facts() for pair in pairs]).encode()).hexdigest()
        self._begin({**settings, "pairs": len(pairs), "sha256 of the pairs": digest})

    def todo(self, shard: Shard = (1, 1)) -> list[Pair]:
        """The pairs of a shard that have to be done, those of a person together.

        What has a picture is done, and what was refused, unless its photos have changed; a fault of ours is tried
        again.

        Raises:
            ConfigError: a photo has changed since a picture was made of it.
        """
        pairs = [pair for group in by_person(self.pairs).values() for pair in group]
        start, stop = (len(pairs) * place // shard[1] for place in (shard[0] - 1, shard[0]))
        done = self.outcomes()
        return [pair for pair in pairs[start:stop] if self._is_open(pair, done.get(pair.picture))]

    def add(self, outcome: Outcome, shard: Shard = (1, 1)) -> None:
        """Write a line into the journal of a shard.

        Raises:
            OutputError: it cannot be written.
        """
        line = {
            "picture": outcome.pair.picture,
            "status": outcome.status,
            "category": outcome.category,
            "message": outcome.message,
            "notes": outcome.notes,
            "seconds": round(outcome.seconds, 3),
            "sizes": outcome.sizes,
        }
        path = self.folder / f"journal-{shard[0]}-of-{shard[1]}.jsonl"
        try:
            with open(path, "a+b") as file:
                _drop_torn_line(file)
                file.write(json.dumps(line).encode() + b"\n")
        except OSError as error:
            raise OutputError(f"{path} cannot be written ({error.strerror}); mend that and start again") from error

    def outcomes(self) -> dict[str, Outcome]:
        """What is done so far in all shards, by the name of the picture, in the order of the pairs.

        Raises:
            DataError: a journal that was changed by hand.
        """
        known = {pair.picture: pair for pair in self.pairs}
        found: dict[str, Outcome] = {}
        for path in sorted(self.folder.glob("journal-*.jsonl")):
            # What comes after the last end of line is being written, or was when the run was killed.
            for line in path.read_bytes().split(b"\n")[:-1]:
                try:
                    facts = json.loads(line)
                    pair = known[facts.pop("picture")]
                    facts |= {"notes": tuple(facts["notes"]), "sizes": tuple(facts["sizes"])}
                    outcome = Outcome(pair=pair, **facts)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise DataError(f"{path} is damaged; remove it, and its pairs are done again") from error
                if outcome.status == "ok" and not (self.folder / pair.picture).exists():
                    continue  # somebody has removed it
                before = found.get(pair.picture)
                if before is None or _BETTER.index(outcome.status) >= _BETTER.index(before.status):
                    found[pair.picture] = outcome
        return {name: found[name] for name in known if name in found}

    def write_report(self) -> Counter[Status]:
        """Write the report of what is done in all shards.

        Returns:
            How many pairs there are of each status.

        Raises:
            OutputError: it cannot be written.
        """
        written = None
        while written != (outcomes := list(self.outcomes().values())):
            # Another shard may have ended after its journal was read here, and have written a report before this one.
            self._write(REPORT, table(outcomes))
            written = outcomes
        return Counter(outcome.status for outcome in outcomes)

    def _begin(self, facts: dict[str, object]) -> None:
        path = self.folder / _BATCH
        if not path.exists():
            self._make_folder()
        if not path.exists():
            self._write(_BATCH, (json.dumps(facts, indent=2) + "\n").encode())
        known = read_json(path, "what tryon batch wrote")
        for name, value in facts.items():
            old = known.get(name) if isinstance(known, dict) else None
            if old != value:
                differs = "other pairs or options" if "pairs" in name else f"{name} {old}, not {value}"
                differs = "another version of the program" if old is None and value is not None else differs
                raise ConfigError(f"{self.folder} was begun with {differs}; give another --out")

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            others = [one for one in self.folder.iterdir() if not one.name.startswith(".")]
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be made or read as a folder ({error.strerror}); choose another --out"
            ) from error
        if others and not (self.folder / _BATCH).exists():  # another shard may have begun just now
            raise ConfigError(f"{self.folder} holds other files and no batch; give a new or an empty folder as --out")

    def _is_open(self, pair: Pair, outcome: Outcome | None) -> bool:
        if outcome is None or outcome.status == "error":
            return True
        changed = list(outcome.sizes) != pair.sizes()
        if outcome.status == "failed":
            return changed
        if changed:
            raise ConfigError(
                f"{pair.person} or {pair.garment} has changed since {self.folder / pair.picture} was made of them; "
                "give another --out"
            )
        return False

    def _write(self, name: str, data: bytes) -> None:
        try:
            write_atomically(self.folder / name, data)
        except OSError as error:
            raise OutputError(
                f"{self.folder / name} cannot be written ({error.strerror}); mend that and start again"
            ) from error


def _drop_torn_line(file: BinaryIO) -> None:
    """Cut off what a run that was killed left of a line, so that the next one does not become its end."""
    if not file.seek(0, os.SEEK_END):
        return
    file.seek(-1, os.SEEK_END)
    if file.read() != b"\n":
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)


def table(outcomes: Sequence[Outcome]) -> bytes:
    """The report as CSV in UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for one in outcomes:
        picture = one.pair.picture if one.status == "ok" else ""
        notes = " | ".join(one.notes)
        row = (one.pair.person, one.pair.garment, one.category, picture, one.status, one.message, notes)
        writer.writerow((*row, f"{one.seconds:.3f}"))
    # Names of files may hold bytes that are no text.
    return text.getvalue().encode("utf-8", "backslashreplace")
