"""Ensembles of the runs in which something comes about: what is left, kept and refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import relsim
from relsim.ensemble.conditioning import condition_of
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.summary import page
from relsim.ensemble.together import pairs_page, together_page
from relsim.errors import ScenarioError, UnknownName, UsageError
from relsim.scenario.given import premise_of
from relsim.scenario.schema import Scenario, load
from relsim.simulate import extend
from relsim.tables import Table, page_text
from tests.unit.inference.planted_scenario import planted

A, B, RARE = "one", "two", "rare"


@cache
def scenario() -> Scenario:
    asked = planted()
    for name in (A, B, RARE):
        asked = asked.with_outcome(name, {"happened": {"deed": "summit"}} if name == A else NEVER)
    return asked


NEVER = {"happened": {"deed": "summit", "until": "2021-06-01"}}


@cache
def small() -> Ensemble:
    """An exact case of 2,048 runs over 64 draws: A in half of the runs of each draw, B in
    three quarters of these and one quarter of the others, RARE in the runs of one draw.
    """
    ensemble = relsim.simulate(scenario(), runs=2048, draws=64)
    number = np.arange(2048) // 64  # of the run among those of its draw
    days = {
        "planted": np.where(number < 8, 100, -1),
        A: np.where(number % 2 == 0, 50, -1),
        B: np.where((number % 2 == 0) == (number % 8 < 6), 60, -1),
        RARE: np.where(ensemble.draw_of_run == 3, 70, -1),
    }
    first_day = np.stack([days[name] for name in ensemble.outcomes]).astype(np.int16)
    return replace(ensemble, first_day=first_day)


def test_an_exact_small_case() -> None:
    some = small().given(A)
    assert some.probability(B).value == 0.75
    assert (some.probability(B).n, some.probability(B).hits) == (1024, 768)
    assert small().given(f"not {A}").probability(B).value == 0.25
    left = condition_of(some)
    assert left is not None
    assert (left.runs, left.of_runs, left.draws, left.effective_draws) == (1024, 2048, 64, 64)


def test_the_complement_rule_to_rounding() -> None:
    for outcome in (A, B, "planted"):
        pair = small().conditional(outcome, B)
        assert pair.yes is not None
        assert pair.no is not None
        share = pair.share.value
        together = pair.yes.value * share + pair.no.value * (1 - share)
        assert together == pytest.approx(pair.overall.value, abs=1e-15)


def test_a_condition_on_a_condition_is_both() -> None:
    both = small().given(A).given(B)
    at_once = small().given({A: True, B: True})
    assert both.probability("planted") == at_once.probability("planted")
    left = condition_of(both)
    assert left is not None
    assert (left.runs, left.of_runs) == (768, 2048)
    assert str(left).startswith("given one and two: 768 of 2,048 runs")


def test_weights_are_kept() -> None:
    weights = np.where(small().draw_of_run < 32, 2.0, 1.0)
    some = replace(small(), weights=weights).given(A)
    kept = np.where(small().happened(A), weights, 0)
    expected = kept[small().happened(B)].sum() / kept.sum()
    assert some.probability(B).value == pytest.approx(expected)


def test_what_is_said_of_it() -> None:
    some = small().given(A)
    assert "Given one: 1,024 of 2,048 runs, 64 draws (effective number 64)" in page_text(page(some))
    assert some.record()["given"]["runs"] == 1024  # type: ignore[index]
    assert "given" not in small().record()


def test_it_is_stored_and_opened(tmp_path: Path) -> None:
    some = relsim.simulate(planted(), runs=1024, draws=64).given("not planted")
    some.save(tmp_path / "result")
    again = relsim.open(tmp_path / "result")
    assert again == some
    assert again.probability("planted") == some.probability("planted")
    assert condition_of(again) == condition_of(some)


def test_what_too_few_runs_or_draws_cannot_support() -> None:
    with pytest.raises(UsageError, match=r"32 of 2,048 runs, 1 draw .* simulate more, some"):
        small().given(RARE)
    with pytest.raises(UsageError, match="it never came about"):
        small().given(A).given(f"not {A}")
    assert small().conditional(A, RARE).yes is None
    assert small().conditional(A, RARE).to_json()["yes"] is None


def test_conditions_that_are_outcomes_are_known_by_what_they_ask() -> None:
    asked = scenario()
    assert premise_of(asked, "happened: {deed: summit}").outcomes == {A: True}
    assert premise_of(asked, "not {happened: {deed: summit}}").outcomes == {A: False}
    other = premise_of(asked, {"happened": {"deed": "collision"}})
    assert (other.declared, dict(other.outcomes)) == (True, {"given": True})


def test_a_condition_of_python_may_hold_dates() -> None:
    asked = {"happened": {"deed": "summit", "until": date(2021, 6, 1)}}
    assert premise_of(scenario(), asked).outcomes == {B: True}
    later = premise_of(scenario(), {"happened": {"deed": "summit", "until": date(2021, 7, 1)}})
    assert str(later) == '{"happened": {"deed": "summit", "until": "2021-07-01"}}'


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("plantd", UnknownName, "did you mean 'planted'"),
        ("not plantd", UnknownName, "did you mean 'planted'"),
        ("happened: {deed: sumit}", ScenarioError, "did you mean 'summit'"),
        ("happened: {deed: sumit}", ScenarioError, r"^--given:1:18: happened\.deed: unknown"),
        ("happened: {deed: [", ScenarioError, "not valid YAML"),
        ("", UsageError, "a condition is"),
        ("[1, 2]", UsageError, "a condition is"),
        ("happened: {deed: collision}", UsageError, "is none of the outcomes"),
    ],
)
def test_what_is_refused(given: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        small().given(given)


def test_a_log_of_all_runs_answers_a_condition_that_is_no_outcome() -> None:
    asked = {"happened": {"deed": "impose_sanctions", "by": "US", "until": "2021-08-01"}}
    logged = relsim.simulate(planted(), runs=512, draws=64, log_all=True)
    declared = relsim.simulate(planted().with_outcome("asked", asked), runs=512, draws=64)
    kept = logged.given(asked)
    np.testing.assert_array_equal(kept.weights, declared.happened("asked"))
    with pytest.raises(UsageError, match="is none of the outcomes"):
        logged.given({"weeks": {"series": "hostile", "above": 0, "in_at_least": 3}})


def test_it_cannot_be_extended_and_has_no_histograms() -> None:
    some = small().given(A)
    with pytest.raises(UsageError, match="extend all of them first"):
        extend(some, 4096)
    with pytest.raises(UsageError, match="meet a condition"):
        some.quantile("index", 0.5)


def test_how_outcomes_hang_together() -> None:
    found = relsim.together(small())
    cell = found.cells[B, A]
    assert (cell.value, cell.seen) == (0.75, True)
    assert not found.cells["planted", A].seen  # alike with and without
    assert (A, RARE) not in found.cells  # one draw
    assert found.to_json()["pairs"]
    tables = [part for part in together_page(found) if isinstance(part, Table)]
    assert max(len(line) for part in tables for line in part.text().splitlines()) <= 80
    assert "~.25" in page_text(together_page(found))
    with pytest.raises(UsageError, match=r"a list of names, \['two', ...\]"):
        relsim.together(small(), B)


def test_pairs_of_one_outcome() -> None:
    _, table, _ = pairs_page(small(), B)
    assert isinstance(table, Table)
    (row,) = (cells for cells in table.rows if cells[0] == A)
    assert row[2:4] == (">.949", "<.051") or row[2] == ".75"


def test_the_packaged_baseline_takes_a_condition() -> None:
    premise = premise_of(load("us-russia-2021"), "not {happened: {deed: summit}}")
    assert str(premise) == "not {happened: {deed: summit}}"


def test_draws_of_an_update_that_are_copies_count_as_one() -> None:
    """64 draws, of which each is there twice: 32 are left, and so in the table of pairs."""
    copied = {path: np.repeat(column[::2], 2) for path, column in small().parameters.items()}
    known = {**small().provenance, "updated_through": "2021-04-20"}
    updated = replace(small(), parameters=copied, provenance=known)
    left = condition_of(updated.given(A))
    assert left is not None
    assert (left.runs, left.draws, left.effective_draws) == (1024, 32, 32)
    few = np.where(updated.draw_of_run < 30, updated.happened(A), False)
    days = updated.first_day.copy()
    days[updated.outcomes.index(A)] = np.where(few, 50, -1)
    of_few = [replace(one, first_day=days) for one in (small(), updated)]  # 30 draws, or 15
    assert [(B, A) in relsim.together(one, [A, B]).cells for one in of_few] == [True, False]


def test_the_table_says_which_cells_its_level_is_not_kept_for() -> None:
    said = page_text(together_page(relsim.together(small(), [A, B])))
    assert "at 5% over the whole table. -" in said
    some = relsim.together(small(), ["planted", A, RARE])
    number = sum(cell.p_value is None for cell in some.cells.values())
    assert number
    assert f"(but for {number} cell" in page_text(together_page(some))
