"""The priors of the baseline: none is fitted to the record; what rests on it is written down."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from relsim.scenario.fields.values import Value
from relsim.scenario.schema import Scenario, load

PRIOR = "us-russia-2021-prior"
GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "past.md"
OF_THE_RECORD = ("fit", "chronology", "treaties")  # sources made from what happened in 1993–2021


def origin(scenario: Scenario, value: Value) -> str | None:
    return value.origin or (scenario.sources[value.source].origin if value.source else None)


def counted_twice() -> list[str]:
    """The patterns in the first column of the guide's table of what is still counted twice."""
    text = GUIDE.read_text("utf-8").partition("## What is still counted twice\n")[2]
    rows = re.findall(r"^\| (`[^|]*) \|", text.partition("\n## ")[0], re.MULTILINE)
    return [pattern for row in rows for pattern in re.findall(r"`([^`]+)`", row)]


def test_no_number_of_the_prior_is_fitted() -> None:
    scenario = load(PRIOR)
    assert all(origin(scenario, v) != "fitted" for v in scenario.parameters().values())


def test_routine_rates_are_known_to_a_factor_of_ten() -> None:
    rates = {
        p: v
        for p, v in load(PRIOR).parameters().items()
        if p.startswith("moves.") and ".rate." in p
    }
    assert len(rates) == 32
    for value in rates.values():
        assert value.distribution.kind == "lognormal"
        assert value.distribution.parameters[1] == pytest.approx(0.7, abs=0.001)


def test_what_is_still_counted_twice_is_written_down() -> None:
    scenario = load(PRIOR)
    resting = {p for p, v in scenario.parameters().items() if v.source in OF_THE_RECORD}
    rows = {f"moves.{n}.expresses" for n, m in scenario.moves.items() if m.source == "fit"}
    patterns = counted_twice()
    for pattern in patterns:
        assert any(fnmatchcase(path, pattern) for path in resting | rows), pattern
    missing = [p for p in resting | rows if not any(fnmatchcase(p, one) for one in patterns)]
    assert missing == []
