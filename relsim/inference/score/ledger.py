"""An append-only file of frozen forecasts and of what became of them.

Each line is one entry, in JSON; the first says what the file is. An entry holds its number, when it
was written, and the SHA-256 of the line before it, without its line feed: whoever changes, removes,
adds or moves a line breaks the chain from there on. A cut at the end cannot be seen so: keep the
last hash, which `relsim ledger list` prints, somewhere else.

Entries are of three kinds. A ``record`` is a forecast record with its reference forecasts as they
were when it was added. A ``resolution`` answers one question. A ``correction`` takes the place of
an earlier answer, by its number, and says why; both stay.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relsim.errors import StoreError, UsageError
from relsim.inference.score.crowds import Crowd, read_crowds
from relsim.inference.score.frozen import (
    LARGEST_RECORD,
    MOST_ITEMS,
    Frozen,
    Probability,
    Record,
    read_record,
    record_of,
    scenario_of_record,
)
from relsim.inference.score.references import references_of
from relsim.inference.score.resolutions import Resolution, read_resolutions
from relsim.inference.score.scoring import Scores, check_days, names_asked, scored
from relsim.scenario.files.places import local_path
from relsim.store.folder import reraise_write_errors
from relsim.store.lock import Lock
from relsim.store.manifest import plainly
from relsim.store.plain_files import content_of, from_bounded_json, replacing

__all__ = [
    "Entry", "Ledger", "add_records", "add_resolutions", "read_ledger", "score_ledger",
]  # fmt: skip

FORMAT = "relsim.ledger/1"
LARGEST_LEDGER = 64 * 2**20  # bytes
LONGEST_LINE = LARGEST_RECORD + 2**16  # bytes: a record, its references, and what is around them
NEW = "it is made by `relsim ledger add`"

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Moment = Annotated[str, Field(max_length=40)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Line(_Part):
    """One entry as it is written."""

    entry: Annotated[int, Field(ge=1)]
    before: Digest
    written: Moment
    kind: Literal["record", "resolution", "correction"]
    record: dict[str, Any] | None = None
    references: dict[str, dict[str, Probability]] | None = None
    resolution: Resolution | None = None
    corrects: Annotated[int, Field(ge=1)] | None = None
    why: Annotated[str, Field(min_length=1, max_length=400)] | None = None


@dataclass(frozen=True)
class Entry:
    """One entry of a ledger.

    Attributes
    ----------
    number : int
        From 1; it stands on the line after that.
    written : str
        When.
    kind : str
        ``"record"``, ``"resolution"`` or ``"correction"``.
    frozen : Frozen or None
        Of a record.
    resolution : Resolution or None
        Of the two others.
    corrects : int or None
        The number of the entry whose place it takes.
    why : str or None
        Why it was corrected.
    data_sha256 : str
        Of a record: the SHA-256 of its data, by which a second copy is known.
    """

    number: int
    written: str
    kind: str
    frozen: Frozen | None
    resolution: Resolution | None
    corrects: int | None
    why: str | None
    data_sha256: str = ""

    @property
    def what(self) -> str:
        """What it is of, in words."""
        if self.frozen is not None:
            record = self.frozen.record
            return f"{record.scenario} as of {record.as_of}, outcomes: {len(record.outcomes)}"
        if self.resolution is None:
            return ""
        said = f"{self.resolution.question[1]}: {self.resolution.answer_text}"
        return said if self.why is None else f"{said} (for entry {self.corrects}: {self.why})"

    @property
    def scenario(self) -> str:
        """Of which scenario its record or its question is."""
        if self.frozen is not None:
            return self.frozen.record.scenario
        return "" if self.resolution is None else self.resolution.scenario


@dataclass(frozen=True)
class Ledger:
    """A ledger whose chain is whole.

    Attributes
    ----------
    file : Path
    entries : tuple of Entry
    last_hash : str
        The SHA-256 of its last line.
    """

    file: Path
    entries: tuple[Entry, ...]
    last_hash: str

    @property
    def frozen(self) -> tuple[Frozen, ...]:
        """Its records."""
        return tuple(entry.frozen for entry in self.entries if entry.frozen is not None)

    @property
    def standing(self) -> dict[tuple[str, str], Entry]:
        """By question the entry whose answer stands: the last correction, else the first answer."""
        return {
            entry.resolution.question: entry
            for entry in self.entries
            if entry.resolution is not None
        }

    @property
    def questions(self) -> dict[tuple[str, str], Resolution]:
        """By question the answer that stands."""
        return {
            question: entry.resolution
            for question, entry in self.standing.items()
            if entry.resolution is not None
        }


def read_ledger(path: str | os.PathLike[str]) -> Ledger:
    """Read a ledger, once its chain is found whole.

    Parameters
    ----------
    path : str or path
        Its file.

    Raises
    ------
    StoreError
        If there is none, it is too large, or an entry is wrong: says on which line, and what.
    """
    file = local_path(path)
    return _read(file, _content(file))


def _content(file: Path) -> bytes:
    try:
        return content_of(file, LARGEST_LEDGER)
    except FileNotFoundError:
        raise StoreError(f"there is no ledger {file}: {NEW}") from None
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}") from None


def _read(file: Path, content: bytes) -> Ledger:
    lines = content.split(b"\n")
    if lines.pop() != b"":
        raise _wrong(file, len(lines) + 1, "it has no end: it was cut off while it was written")
    if not lines or _json(file, 1, lines[0]) != {"format": FORMAT}:
        raise _wrong(
            file, 1, f"this is no ledger of relsim, which begins with its format, {FORMAT}"
        )
    entries, standing = list[Entry](), dict[tuple[str, str], int]()
    for number, (before, line) in enumerate(pairwise(lines), start=1):
        entries.append(_entry(file, number, before, line))
        _check_answer(file, entries[-1], standing)
    return Ledger(file, tuple(entries), _digest(lines[-1]))


def _entry(file: Path, number: int, before: bytes, raw: bytes) -> Entry:
    """The entry of a number, on the line after that."""
    at = number + 1
    data = _json(file, at, raw)
    try:
        line = _Line.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        said = plainly(first["msg"])
        raise _wrong(file, at, f"this is no entry of a ledger ({where}: {said})") from None
    if line.before != _digest(before):
        raise _wrong(
            file,
            at,
            f"the chain is broken: the SHA-256 of line {at - 1} is {_digest(before)}, and this "
            f"entry was written after one of {line.before}. Line {at - 1} was changed, or lines "
            "between them were added, removed or moved",
        )
    if line.entry != number:
        raise _wrong(file, at, f"entry {number} stands here, and says that it is {line.entry}")
    wanted = {
        "record": ("record", "references"),
        "resolution": ("resolution",),
        "correction": ("resolution", "corrects", "why"),
    }[line.kind]
    optional = ("record", "references", "resolution", "corrects", "why")
    there = tuple(name for name in optional if getattr(line, name) is not None)
    if there != wanted:
        raise _wrong(file, at, f"a {line.kind} holds {', '.join(wanted)} (got {', '.join(there)})")
    frozen, sha256 = None, ""
    if line.record is not None:
        record = record_of(line.record, f"{file}:{at}")
        frozen, sha256 = Frozen(record, line.references or {}), _digest_of(line.record)
    return Entry(
        number, line.written, line.kind, frozen, line.resolution, line.corrects, line.why, sha256
    )


def _check_answer(file: Path, entry: Entry, standing: dict[tuple[str, str], int]) -> None:
    """Note the answer that an entry gives, once it is the first, or corrects the one before."""
    if entry.resolution is None:
        return
    question = entry.resolution.question
    if standing.get(question) != entry.corrects:
        there = f"entry {standing[question]}" if question in standing else "none"
        said = "is a first answer" if entry.corrects is None else f"corrects entry {entry.corrects}"
        raise _wrong(file, entry.number + 1, f"it {said}, but the answer that stands is {there}")
    standing[question] = entry.number


def _json(file: Path, line: int, raw: bytes) -> Any:
    if len(raw) > LONGEST_LINE:
        raise _wrong(
            file, line, f"it has {len(raw):,} bytes, and can have {LONGEST_LINE:,} at most"
        )
    try:
        return from_bounded_json(raw, 2 * MOST_ITEMS, f"{file}:{line}")
    except ValueError:
        raise _wrong(file, line, "this is no JSON") from None


def _wrong(file: Path, line: int, what: str) -> StoreError:
    return StoreError(f"{file}:{line}: {what}")


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _digest_of(data: Mapping[str, Any]) -> str:
    return _digest(json.dumps(data, sort_keys=True).encode())


def add_records(
    path: str | os.PathLike[str],
    records: Iterable[str | os.PathLike[str]],
    crowds: str | os.PathLike[str] | None = None,
) -> tuple[Ledger, list[str]]:
    """Add forecast records to a ledger, with their reference forecasts of today.

    Parameters
    ----------
    path : str or path
        The ledger; it is made if it is not there.
    records : iterable of str or path
        Result folders, or the ``record.json`` of one.
    crowds : str or path, optional
        A file of crowds' probabilities: see `relsim.inference.score.crowds`.

    Returns
    -------
    Ledger
        As it is now.
    list of str
        The records that it held already, which are not added again.

    Raises
    ------
    StoreError
        If the ledger is broken, being written by another process, or cannot be written, or a record
        cannot be read.
    """
    read = [(place, *read_record(place)) for place in records]
    asked = names_asked(record for _, record, _ in read)
    said = () if crowds is None else read_crowds(crowds, asked)
    wanted = [(str(place), data, _references(place, record, said)) for place, record, data in read]
    file, there = local_path(path), list[str]()

    def lines(ledger: Ledger) -> Iterator[dict[str, object]]:
        held = {entry.data_sha256 for entry in ledger.entries}
        for place, data, references in wanted:
            sha256 = _digest_of(data)
            if sha256 in held:
                there.append(place)
                continue
            held.add(sha256)
            yield {"kind": "record", "record": data, "references": references}

    return _append(file, lines), there


def _references(
    place: str | os.PathLike[str], record: Record, crowds: Sequence[Crowd]
) -> dict[str, dict[str, float]]:
    """The reference forecasts of a record, as plain data."""
    references = references_of(record, scenario_of_record(record, place), crowds)
    return {name: dict(given) for name, given in references.items()}


def add_resolutions(
    path: str | os.PathLike[str],
    resolutions: str | os.PathLike[str],
    correct: str | None = None,
) -> tuple[Ledger, int]:
    """Add resolutions to a ledger; answers that it has already are not added again.

    Parameters
    ----------
    path : str or path
        The ledger.
    resolutions : str or path
        A file of resolutions: see `relsim.inference.score.resolutions`.
    correct : str, optional
        Why answers that differ from those that stand take their place, as corrections. Without it
        such answers are refused.

    Returns
    -------
    Ledger
        As it is now.
    int
        How many entries were added.

    Raises
    ------
    StoreError
        As for `add_records`.
    ScenarioError
        If the file is wrong, or names what no record of the ledger asks.
    UsageError
        If an answer differs from the one that stands, and is no correction; or it lies outside the
        term of its question.
    """
    ledger = read_ledger(path)
    answers = read_resolutions(resolutions, _asked(ledger))
    for one in answers:
        if one.scenario not in _asked(ledger):
            raise UsageError(f"no record of the ledger is of the scenario {one.scenario!r}")
    check_days((one.record for one in ledger.frozen), answers)
    number = len(ledger.entries)

    def lines(ledger: Ledger) -> Iterator[dict[str, object]]:
        for one in answers:
            standing = ledger.standing.get(one.question)
            if standing is not None and standing.resolution == one:
                continue
            data = one.model_dump(mode="json", exclude_none=True)
            if standing is None:
                yield {"kind": "resolution", "resolution": data}
                continue
            if correct is None:
                said = standing.resolution.answer_text if standing.resolution else ""
                raise UsageError(
                    f"{one.scenario}, {one.question[1]}: entry {standing.number} answers {said}, "
                    f"now {one.answer_text}; to correct it, say why with --correct"
                )
            yield {
                "kind": "correction",
                "resolution": data,
                "corrects": standing.number,
                "why": correct,
            }

    after = _append(ledger.file, lines)
    return after, len(after.entries) - number


def _asked(ledger: Ledger) -> dict[str, tuple[Collection[str], Collection[str]]]:
    return names_asked(one.record for one in ledger.frozen)


def _append(file: Path, lines: Callable[[Ledger], Iterable[dict[str, object]]]) -> Ledger:
    """Write what is there with new entries after it; it has its old content or the new one."""
    with reraise_write_errors(file), Lock(file.parent.resolve()):
        content = _content(file) if os.path.lexists(file) else _text({"format": FORMAT})
        ledger = _read(file, content)
        last, number = ledger.last_hash, len(ledger.entries)
        for data in list(lines(ledger)):
            number += 1
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            line = _text({"entry": number, "before": last, "written": now, **data})
            content, last = content + line, _digest(line[:-1])
        ledger = _read(file, content)  # what is written can be read
        if len(content) > LARGEST_LEDGER:
            raise StoreError(
                f"{file} would be larger than {LARGEST_LEDGER:,} bytes: begin a new one"
            )
        with replacing(file) as new:
            new.write(content)
    return ledger


def _text(data: Mapping[str, object]) -> bytes:
    return (
        json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    )


def score_ledger(ledger: Ledger) -> Scores:
    """The scores of all records of a ledger by the answers that stand.

    Raises
    ------
    UsageError
        If it holds no record.
    """
    return scored(ledger.frozen, tuple(ledger.questions.values()))
