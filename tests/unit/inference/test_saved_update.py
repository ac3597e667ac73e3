"""An update that was saved is read again as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relsim.errors import StoreError
from relsim.inference.update.saved_update import read_update
from relsim.runs.provenance import as_json
from tests.unit.report.pages import moved_by_news


def test_what_was_written_is_read(tmp_path: Path) -> None:
    update, file = moved_by_news(), tmp_path / "update.json"
    file.write_text(as_json(update.to_json()), "utf-8")
    again = read_update(file, update.ensemble)
    assert again.to_json() == update.to_json()
    assert again.population is None


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("format", "relsim.update/2"), ("scenario", "other"), ("stages", 3), ("stages", []),
        ("moves", [{}]),
        ("moves", [{"move": "dance", "date": "2021-04-15", "actor": "US", "bits": 1,
                    "implied": False}]),
        ("stages", [{"date": "yesterday", "outcomes": {}}]), ("seed", None),
    ],
)  # fmt: skip
def test_something_else_is_refused(tmp_path: Path, key: str, wrong: object) -> None:
    update, file = moved_by_news(), tmp_path / "update.json"
    data = json.loads(as_json(update.to_json())) | {key: wrong}
    file.write_text(json.dumps(data), "utf-8")
    with pytest.raises(StoreError, match="is no record that `relsim update --out` writes"):
        read_update(file, update.ensemble)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        read_update(tmp_path / "none.json", moved_by_news().ensemble)
