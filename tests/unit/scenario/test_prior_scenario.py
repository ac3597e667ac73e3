"""The baseline with unfitted priors: what was fitted is judged and wider, the rest is the same."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pytest

from relsim.scenario.fields.values import Value
from relsim.scenario.schema import Scenario, load

BASELINE, PRIOR = "us-russia-2021", "us-russia-2021-prior"
GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "past.md"
# What the prior has and the baseline lacks.
NEW = ("moves.reduce_relations.", "moves.suspend_new_start.")
OF_THE_RECORD = ("fit", "chronology", "treaties")  # sources made from what happened in 1993–2021


def origin(scenario: Scenario, value: Value) -> str | None:
    return value.origin or (scenario.sources[value.source].origin if value.source else None)


def ends(value: Value) -> tuple[float, float]:
    low, high = value.distribution.quantile(np.array([0.05, 0.95]))
    return float(low), float(high)


def width(value: Value) -> float:
    """Of the 90% interval, on the scale on which the number is drawn."""
    low, high = ends(value)
    if value.unit == "share" and low > 0:
        return float(np.log(high / (1 - high)) - np.log(low / (1 - low)))
    return float(np.log(high / low)) if low > 0 else high - low


def fitted() -> list[str]:
    scenario = load(BASELINE)
    return [p for p, v in scenario.parameters().items() if origin(scenario, v) == "fitted"]


def counted_twice() -> list[str]:
    """The patterns in the first column of the guide's table of what is still counted twice."""
    text = GUIDE.read_text("utf-8").partition("## What is still counted twice\n")[2]
    rows = re.findall(r"^\| (`[^|]*) \|", text.partition("\n## ")[0], re.MULTILINE)
    return [pattern for row in rows for pattern in re.findall(r"`([^`]+)`", row)]


def test_what_was_fitted_is_judged_and_wider() -> None:
    before, scenario = load(BASELINE).parameters(), load(PRIOR)
    after = scenario.parameters()
    for path in fitted():
        old, new = before[path], after[path]
        assert origin(scenario, new) == "judged", path
        assert new.unit == old.unit, path
        assert width(new) > 1.4 * width(old), path
        low, high = ends(new)
        assert low < old.distribution.median < high, path


def test_no_number_of_the_prior_is_fitted() -> None:
    scenario = load(PRIOR)
    assert len(fitted()) == 76
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


def test_all_else_is_the_baselines() -> None:
    ours, theirs = load(PRIOR), load(BASELINE)
    old, new = theirs.parameters(), ours.parameters()
    assert [path for path in new if not path.startswith(NEW)] == list(old)
    for path in set(old) - set(fitted()):
        assert new[path].distribution == old[path].distribution, path
    assert ours.horizon == theirs.horizon
    assert ours.outcomes == theirs.outcomes
    assert ours.forecasts == theirs.forecasts
    for name, move in theirs.moves.items():
        assert ours.moves[name].expression() == move.expression()
    added = [entry for entry in ours.calendar if entry not in theirs.calendar]
    assert [(str(e.date), e.actor, e.move) for e in added] == [
        ("2021-03-17", "RU", "reduce_relations")
    ]


def test_what_is_still_counted_twice_is_written_down() -> None:
    scenario = load(PRIOR)
    resting = {p for p, v in scenario.parameters().items() if v.source in OF_THE_RECORD}
    rows = {f"moves.{n}.expresses" for n, m in scenario.moves.items() if m.source == "fit"}
    patterns = counted_twice()
    for pattern in patterns:
        assert any(fnmatchcase(path, pattern) for path in resting | rows), pattern
    missing = [p for p in resting | rows if not any(fnmatchcase(p, one) for one in patterns)]
    assert missing == []
