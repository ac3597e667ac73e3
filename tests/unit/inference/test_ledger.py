"""The ledger: nothing is overwritten, every change of a line is found, and one writes at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from relsim.errors import ScenarioError, StoreError, UsageError
from relsim.inference.score import ledger as ledgers
from relsim.inference.score.ledger import (
    add_records,
    add_resolutions,
    read_ledger,
    score_ledger,
)
from relsim.store import plain_files
from relsim.store.lock import Lock
from tests.unit.inference.records import answers, outcome, record, written

DETENTE = "scenario: planted, outcome: detente, answer: no"
WAR = "scenario: planted, outcome: war, answer: no"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with a record, two answers and a correction: five lines."""
    folder = tmp_path / "kept"
    folder.mkdir()
    asked = {"detente": outcome(0.2, author=0.4), "war": outcome(0.0)}
    add_records(folder / "ledger", [written(tmp_path / "record.json", record(asked))])
    add_resolutions(folder / "ledger", answers(tmp_path / "a.yaml", DETENTE, WAR))
    mended = answers(tmp_path / "b.yaml", DETENTE.replace("no", "2022-03-01"))
    add_resolutions(folder / "ledger", mended, correct="we had overlooked it")
    return folder / "ledger"


def test_each_entry_holds_the_hash_of_the_line_before(file: Path) -> None:
    lines = file.read_bytes().split(b"\n")
    assert lines.pop() == b""
    for before, line in pairwise(lines):
        assert json.loads(line)["before"] == hashlib.sha256(before).hexdigest()
    found = read_ledger(file)
    assert found.last_hash == hashlib.sha256(lines[-1]).hexdigest()
    assert [entry.kind for entry in found.entries] == [
        "record", "resolution", "resolution", "correction",
    ]  # fmt: skip


def test_a_correction_stands_and_what_it_corrects_stays(file: Path) -> None:
    found = read_ledger(file)
    assert [(e.number, e.corrects, e.why) for e in found.entries][-1] == (
        4,
        2,
        "we had overlooked it",
    )
    assert found.entries[1].resolution is not None
    assert found.entries[1].resolution.answer == "no"
    marks = {one.outcome: one.marks.brier for one in score_ledger(found).outcomes}
    assert marks == pytest.approx({"detente": 0.64, "war": 0.0})


def test_references_are_frozen_with_the_record(file: Path) -> None:
    (frozen,) = read_ledger(file).frozen
    assert frozen.references["detente"] == {"one half": 0.5, "author": 0.4}


def test_what_is_there_is_only_ever_added_to(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    add_resolutions(
        file, answers(tmp_path / "c.yaml", WAR.replace("no", "void")), correct="unclear"
    )
    assert file.read_bytes().startswith(before)
    assert len(read_ledger(file).entries) == 5


def test_what_it_holds_already_is_not_added_again(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    place = tmp_path / "record.json"
    found, there = add_records(file, [place])
    assert there == [str(place)]
    assert add_resolutions(file, answers(tmp_path / "c.yaml", WAR)) == (found, 0)
    assert file.read_bytes() == before


def test_another_answer_is_refused_unless_it_is_a_correction(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    other = answers(tmp_path / "c.yaml", WAR.replace("no", "yes"))
    with pytest.raises(UsageError, match=r"war: entry 3 answers no, now yes; .* --correct"):
        add_resolutions(file, other)
    with pytest.raises(ScenarioError, match="unknown outcome 'wra'"):
        add_resolutions(file, answers(tmp_path / "d.yaml", WAR.replace("war", "wra")))
    with pytest.raises(UsageError, match="no record of the ledger is of the scenario 'plant'"):
        add_resolutions(file, answers(tmp_path / "d.yaml", WAR.replace("planted", "plant")))
    with pytest.raises(UsageError, match="2026-01-01 lies outside its term"):
        add_resolutions(file, answers(tmp_path / "d.yaml", WAR.replace("no", "2026-01-01")))
    assert file.read_bytes() == before


Change = Callable[[list[bytes]], list[bytes]]
CHAIN = "the chain is broken"
TAMPERED: dict[str, tuple[Change, int, str]] = {
    "record changed": (lambda x: [x[0], x[1].replace(b"0.2", b"0.9"), *x[2:]], 3, CHAIN),
    "answer changed": (lambda x: [*x[:3], x[3].replace(b'"no"', b'"yes"'), x[4]], 5, CHAIN),
    "line removed": (lambda x: x[:2] + x[3:], 3, CHAIN),
    "lines swapped": (lambda x: [*x[:2], x[3], x[2], x[4]], 3, CHAIN),
    "line doubled": (lambda x: [*x[:3], x[2], *x[3:]], 4, CHAIN),
    "blank line": (lambda x: [*x[:3], b"", *x[3:]], 4, "this is no JSON"),
    "head changed": (lambda x: [b'{"format": "relsim.ledger/1"}', *x[1:]], 2, CHAIN),
    "no head": (lambda x: x[1:], 1, "this is no ledger of relsim"),
    "no JSON": (lambda x: [*x[:4], b"\x80\x04N."], 5, "this is no JSON"),
    "other key": (lambda x: [*x[:4], x[4][:-1] + b',"more":1}'], 5, "no entry of a ledger (more"),
    "nested deeply": (lambda x: [*x[:4], b"[" * 50_000], 5, "too many entries"),
    "long line": (lambda x: [*x[:4], b" " * (2**20 + 2**16 + 1)], 5, "at most"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_broken_chain_is_reported_with_its_line(kind: str, file: Path, tmp_path: Path) -> None:
    change, line, said = TAMPERED[kind]
    lines = file.read_bytes().split(b"\n")[:-1]
    changed = change(list(lines))
    assert changed != lines
    file.write_bytes(b"\n".join([*changed, b""]))
    tampered = file.read_bytes()
    with pytest.raises(StoreError) as raised:
        read_ledger(file)
    assert str(raised.value).startswith(f"{file}:{line}")
    assert said in str(raised.value)
    with pytest.raises(StoreError):
        add_resolutions(file, answers(tmp_path / "c.yaml", WAR))
    assert file.read_bytes() == tampered, "nothing is added to a broken ledger"


def chained(file: Path, number: int, **change: object) -> None:
    """Write a ledger's last entry anew, with its hash as it must be."""
    lines = file.read_bytes().split(b"\n")[:number]
    data = json.loads(file.read_bytes().split(b"\n")[number]) | change
    data["before"] = hashlib.sha256(lines[-1]).hexdigest()
    file.write_bytes(b"\n".join([*lines, json.dumps(data).encode(), b""]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entry": 9}, "entry 4 stands here, and says that it is 9"),
        ({"corrects": 3}, "it corrects entry 3, but the answer that stands is entry 2"),
        ({"kind": "resolution", "corrects": None, "why": None}, "it is a first answer, but"),
        ({"why": None}, "a correction holds resolution, corrects, why"),
        ({"kind": "other"}, "no entry of a ledger (kind"),
        ({"resolution": {"scenario": "planted"}}, "no entry of a ledger (resolution"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_though_its_hash_is_right(
    change: dict[str, object], said: str, file: Path
) -> None:
    chained(file, 4, **change)
    with pytest.raises(StoreError) as raised:
        read_ledger(file)
    assert str(raised.value).startswith(f"{file}:5: ")
    assert said in str(raised.value)


def test_a_ledger_that_was_cut_off_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"ledger:5: it has no end"):
        read_ledger(file)


def test_one_writes_at_a_time(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    with Lock(file.parent.resolve()), pytest.raises(StoreError, match="is being written by"):
        add_resolutions(file, answers(tmp_path / "c.yaml", WAR.replace("no", "void")), correct="x")
    assert file.read_bytes() == before


def test_a_write_that_fails_leaves_the_ledger_as_it_was(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plain_files.os, "fsync", full)
    with pytest.raises(StoreError, match="cannot be written: No space left"):
        add_resolutions(file, answers(tmp_path / "c.yaml", WAR.replace("no", "void")), correct="x")
    assert file.read_bytes() == before
    assert [place.name for place in file.parent.iterdir()] == ["ledger"]


def test_what_is_no_file_or_too_large_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = file.parent / "link"
    link.symlink_to(file)
    with pytest.raises(StoreError, match="symbolic link"):
        read_ledger(link)
    with pytest.raises(StoreError, match="there is no ledger"):
        read_ledger(file.parent / "absent")
    monkeypatch.setattr(ledgers, "LARGEST_LEDGER", 100)
    with pytest.raises(StoreError, match="100 at most"):
        read_ledger(file)


def test_an_empty_ledger_has_nothing_to_score(tmp_path: Path) -> None:
    found, _ = add_records(tmp_path / "ledger", [])
    assert found.entries == ()
    with pytest.raises(UsageError, match="there is no record to score"):
        score_ledger(found)
