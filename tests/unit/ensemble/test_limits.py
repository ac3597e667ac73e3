"""Where the runs met a limit, where they are too few, and no digit beyond the error."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest

import relsim
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.summary import limits_of, outcome_table, page, unresolved
from relsim.errors import UnknownName
from relsim.estimates import formatting
from relsim.tables import page_text
from tests.properties.comparing import shortened

SIMULATE = sys.modules[relsim.simulate.__module__]
RUNS = 128
QUIET = "none clipped, none at an end of a support"


@cache
def ensemble() -> Ensemble:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SIMULATE, "Plan", partial(SIMULATE.Plan, width=RUNS))
        return relsim.simulate(shortened(relsim.load("us-russia-2021")), runs=RUNS, draws=64)


def printed(found: Ensemble, outcomes: list[str] | None = None) -> str:
    return page_text(page(found, outcomes))


def with_hits(outcome: str, hits: int) -> Ensemble:
    """The ensemble with so many hits of an outcome in the first runs."""
    days = ensemble().first_day.copy()
    days[ensemble().outcomes.index(outcome)] = np.where(np.arange(RUNS) < hits, 100, -1)
    return replace(ensemble(), first_day=days)


def test_no_limit_is_met_by_the_baseline() -> None:
    limits = limits_of(ensemble())
    assert str(limits) == QUIET
    assert limits.met == ()
    assert (limits.runs, limits.weeks) == (RUNS, RUNS * ensemble().week_days.size)
    assert f"health: all runs finite, {QUIET}" in printed(ensemble())


def test_an_index_off_its_scale_is_counted() -> None:
    counts = ensemble().histograms["index"].copy()
    counts[3] = 0
    counts[3, 0], counts[3, -1] = 100, 28
    off = replace(ensemble(), histograms={**ensemble().histograms, "index": counts})
    said = f"index off its scale in 128 of {RUNS * len(counts):,} weeks of runs"
    assert limits_of(off).met == (said,)
    assert said in printed(off)
    assert said in off._repr_html_()
    written = json.loads(json.dumps(off.record()))["limits"]
    assert written["clipped_weeks"] == 128
    assert written["clipped_share"] == 1 / len(counts)


@pytest.mark.parametrize(("end", "inside"), [(0.0, 1e-30), (1.0, 1 - 1e-7)])
def test_a_parameter_at_an_end_of_its_support_is_counted(end: float, inside: float) -> None:
    path = next(
        path
        for path, value in ensemble().scenario.parameters().items()
        if value.distribution.open and value.distribution.support == (0, 1)
    )
    drawn = ensemble().parameters[path].copy()
    drawn[:3] = end, inside, end
    at = replace(ensemble(), parameters={**ensemble().parameters, path: drawn})
    assert limits_of(at).at_end == 2 * ensemble().runs_per_draw == 4
    assert "a parameter at an end of its support in 4 runs" in printed(at)


@pytest.mark.parametrize(
    ("hits", "said"),
    [(0, "(no hits)"), (1, "(1 hit)"), (9, "(9 hits)"), (119, "(9 misses)"), (127, "(1 miss)")],
)
def test_what_so_few_runs_cannot_resolve_is_reported(hits: int, said: str) -> None:
    few = with_hits("detente", hits)
    assert unresolved(few, ["detente"]).endswith(f": Détente {said}")
    assert f"Détente {said}" in printed(few)
    assert f"Détente {said}" in few._repr_html_()
    found = few.probability("detente")
    assert found.interval_90 is None
    assert found.to_json()["resolved"] is False


@pytest.mark.parametrize("hits", [10, 64, 118])
def test_what_they_can_resolve_is_not(hits: int) -> None:
    enough = with_hits("detente", hits)
    assert unresolved(enough, ["detente"]) == ""
    assert enough.probability("detente").to_json()["resolved"] is True
    assert "Not resolved" not in printed(enough, ["detente"])


@pytest.mark.parametrize("hits", [1, 3, 10, 33, 64, 100, 118, 127])
def test_no_digit_beyond_the_error_is_reported(hits: int) -> None:
    ensemble_ = with_hits("detente", hits)
    found = ensemble_.probability("detente")
    ((_, probability, error, *_),) = outcome_table(ensemble_, ["detente"]).cells
    places = formatting.decimals(found.mc_error)
    if found.resolved:
        assert len(probability.partition(".")[2]) <= places
        assert len(error.partition(".")[2]) <= places
    else:
        assert error == ""
        assert probability[0] in "<>"
    assert str(found).startswith(f"{probability} {error}".strip())
    line = next(line for line in printed(ensemble_).splitlines() if line.startswith("Détente  "))
    assert line.split()[1] == probability


def test_an_unknown_series_is_named_with_the_nearest() -> None:
    with pytest.raises(
        UnknownName, match="unknown series of all runs 'indx'; did you mean 'index'"
    ):
        ensemble().quantile("indx", 0.5)
