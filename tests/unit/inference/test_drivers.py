"""What drives an outcome: the pieces put together, on a term of one year."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from relsim.array_types import Floats
from relsim.errors import SimulationError, UnknownName, UsageError
from relsim.estimates.probability import difference
from relsim.inference.drivers import drivers as module
from relsim.inference.drivers.drivers import Drivers, drivers, sizes
from relsim.inference.drivers.indices import Tally, curve
from relsim.inference.drivers.screening import screen
from relsim.plots.sensitivity import finding, made_of
from relsim.runs.jobs import lean_plan
from relsim.runs.provenance import as_json
from relsim.scenario.schema import load
from relsim.scenario.titles import titles_of
from relsim.simulate import simulate
from relsim.worlds.parameters import parameter_columns
from relsim.worlds.randomness.draws import draw_of_run
from relsim.worlds.randomness.streams import Succession
from tests.unit.inference.planted_scenario import planted
from tests.unit.inference.small_drivers import (
    OUTCOME,
    PRIOR,
    claims,
    small,
    small_chunks,
    smallest,
    year,
)
from tests.unit.scenario.test_joint_draws import ROWS, write
from tests.unit.short_scenario import short, shortened

PACE = "projects.nord_stream_2.pace"
END = date(2021, 10, 1)


def test_the_project_hangs_on_its_own_numbers() -> None:
    """Completion within a year: pace, progress, and what makes the rounds that halt the work."""
    seen = [effect.parameter for effect in small().seen]
    assert seen[0] == PACE
    rounds = {"moves.impose_sanctions.rate.US", "dyad.rivalry"}
    assert all(path.startswith("projects.nord_stream_2.") or path in rounds for path in seen)
    (first, *_) = small().effects
    assert first.first.first_order.value > 0.5
    assert first.curve is not None
    assert first.curve.probability[0] < 0.05 < 0.6 < first.curve.probability[-1]


def test_total_effects_are_no_smaller_than_first_order_ones_within_their_errors() -> None:
    found = [effect for effect in small().effects if effect.total is not None]
    assert len(found) == 2
    for effect in found:
        assert effect.total is not None
        gap = effect.total.value - effect.first.first_order.value
        assert gap > -4 * np.hypot(effect.total.error, effect.first.first_order.error)


def test_effects_are_ranked_and_all_are_there() -> None:
    values = [effect.first.first_order.value for effect in small().effects]
    assert values == sorted(values, reverse=True)
    uncertain = {p for p, v in year().parameters().items() if v.constant is None}
    assert {effect.parameter for effect in small().effects} == uncertain
    assert small().additive is not None
    assert small().additive.error > 0
    # Cut off at 1 only in its interval: the value is the plain sum.
    assert small().additive.value == pytest.approx(sum(values))


def test_an_ablation_is_the_paired_difference_of_two_ensembles() -> None:
    runs, draws = small().paired_runs, small().draws * small().paired_runs // small().runs
    usual, changed = (
        simulate(scenario, runs, draws, seed=5) for scenario in (year(), claims()[0].scenario)
    )
    # Chunks of another width have other random numbers, so these agree within their errors only.
    alone = difference(
        changed.happened(OUTCOME), usual.happened(OUTCOME), usual.draw_of_run, usual.runs_per_batch
    )
    found = small().ablations[0].differences[OUTCOME]
    assert found.n == alone.n
    assert abs(found.value - alone.value) < 4 * np.hypot(found.mc_error, alone.mc_error)
    assert found.value == pytest.approx(-small().probability.value, abs=0.05)  # never completed


def test_a_placebo_is_exactly_nothing() -> None:
    placebo = small().ablations[1]
    for found in placebo.differences.values():
        assert (found.value, found.flips) == (0.0, 0)
    assert placebo not in small().moving


def test_a_belief_has_its_control() -> None:
    assert [one.control is not None for one in small().ablations] == [False, False, True]


def test_same_seed_same_numbers_and_another_seed_others() -> None:
    def firsts(asked: Drivers) -> list[tuple[str, float]]:
        return [(row.parameter, row.first.first_order.value) for row in asked.effects]

    def found(seed: int) -> list[tuple[str, float]]:
        with small_chunks():
            return firsts(drivers(short(), OUTCOME, runs=2048, seed=seed, ablations=(), top=0))

    assert firsts(smallest()) == found(1) != found(2)


def test_json_has_the_promised_keys_and_no_nan() -> None:
    data = json.loads(as_json(small().to_json()))
    assert data["format"] == "relsim.drivers/1"
    assert data["outcome"] == OUTCOME
    promised = {"parameter", "first_order", "first_order_interval_90", "total", "total_interval_90"}
    assert all(promised <= set(row) for row in data["indices"])
    assert [row["total"] is None for row in data["indices"]].count(False) == 2
    assert all({"claim", "difference", "mc_error"} <= set(row) for row in data["ablations"])
    assert [row["claim"] for row in data["ablations"]] == ["C27", "placebo", "F4"]
    assert set(data["ablations"][0]["outcomes"]) == set(short().outcomes)
    variance = data["variance"]
    assert variance["parameters"] + variance["chance"] == pytest.approx(1)
    p = data["probability"]["probability"]
    whole = variance["between_draws"] + variance["within_draws"]
    assert whole == pytest.approx(p * (1 - p), rel=0.01)


def test_it_prints_well() -> None:
    assert repr(small()).startswith(f"<Drivers of {OUTCOME} in us-russia-2021-prior: 4,096 runs")
    text = str(small())
    assert titles_of(small().scenario)[PACE] in text
    assert re.search("^C27 .* -[.]", text, re.MULTILINE)
    assert f"<td>{titles_of(small().scenario)[PACE]}</td>" in small()._repr_html_()


def test_an_outcome_that_hangs_on_nothing_has_no_indices() -> None:
    """Nobody leaves or suspends the treaty: it is in force in all runs."""
    moves = ("leave_new_start", "suspend_new_start")
    never = {f"moves.{move}.rate.{who}": 0 for move in moves for who in ("US", "RU")}
    kept = shortened(load(PRIOR).vary(never))
    with small_chunks():
        found = drivers(kept, "new_start_in_force", runs=2048, ablations=())
    assert not found.split.resolved
    assert found.effects == ()
    data = json.loads(as_json(found.to_json()))
    assert data["variance"]["parameters"] is None
    assert data["first_order_sum"] is None


@pytest.mark.parametrize(
    ("runs", "draws", "wish"),
    [
        (None, None, (32_768, 4096)),
        (2048, None, (2048, 1024)),
        (2049, None, (2176, 1088)),
        (100_000, None, (100_352, 12_544)),
        (None, 2048, (32_768, 2048)),
        (6144, 1024, (8192, 1024)),
    ],
)
def test_sizes(runs: int | None, draws: int | None, wish: tuple[int, int]) -> None:
    assert sizes(runs, draws) == wish


@pytest.mark.parametrize(
    ("runs", "draws", "words"),
    [
        (1024, None, "2,048 runs"),
        (4096, 64, "1,024 draws at least"),
        (0, None, "positive"),
        (1_000_000, 1024, "at most 128 runs a draw"),
    ],
)
def test_sizes_that_make_no_sense(runs: int, draws: int | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        sizes(runs, draws)


def test_a_joint_posterior_has_curves_and_no_total_effects(tmp_path: Path) -> None:
    """None of its numbers can be drawn again alone."""
    joint = shortened(load(write(tmp_path, ROWS)))
    with small_chunks():
        found = drivers(joint, OUTCOME, runs=2048, ablations=(), top=2)
    assert [effect.curve is not None for effect in found.effects[:3]] == [True, True, False]
    assert all(effect.total is None for effect in found.effects)
    assert found.dependent == 2
    assert found.to_json()["dependent_parameters"] == 2
    assert "Parameters depend on each other: 2 are drawn together" in str(found)
    assert "Parameters depend on each other" not in str(small())


def test_numbers_that_are_changed_and_set_on_joint_draws(tmp_path: Path) -> None:
    """What is changed stays among the joint draws; what is set, or multiplied by 0, leaves them."""
    stake, gain, other = "actors.US.stake", "actors.US.gain", "actors.RU.stake"
    joint = load(write(tmp_path, ROWS))

    def found(**changes: object) -> Drivers:
        named = {"stake": stake, "gain": gain, "other": other, "pace": PACE}
        changed = joint.vary({named[key]: change for key, change in changes.items()})
        with small_chunks():
            return drivers(shortened(changed, END), OUTCOME, runs=2048, ablations=(), top=0)

    def named(one: Drivers) -> set[str]:
        return {effect.parameter for effect in one.effects}

    usual, halved = found(), found(stake={"scale": 0.5}, pace={"scale": 0.5})
    assert halved.dependent == 2
    assert named(halved) == named(usual)
    assert halved.probability.value < usual.probability.value
    fixed = found(stake={"scale": 0, "shift": 2})
    assert fixed.dependent == 1
    assert named(usual) - named(fixed) == {stake}
    drawn_alone = found(stake="1 to 2")
    assert (drawn_alone.dependent, named(drawn_alone)) == (1, named(usual))
    for left in (fixed, drawn_alone):
        assert left.to_json()["no_longer_from_posterior"] == [stake]
        assert f"No longer drawn from the posterior: {stake}\n" in str(left)
    same = found(other={"same_as": stake})
    assert same.dependent == 3
    assert named(usual) - named(same) == {other}  # it would count twice what the stake explains


def test_what_follows_a_number_is_drawn_again_with_it() -> None:
    """Else its total effect would be that of one side of two that are the same."""
    stake, other = "actors.US.stake", "actors.RU.stake"
    together = load(PRIOR).vary({other: {"same_as": stake, "scale": 2}})
    plan = lean_plan(together, 2048, 1024)
    again = module._redrawn(stake, plan, (0,))
    assert again.keys() == {stake, other}
    np.testing.assert_allclose(again[other], 2 * again[stake], rtol=1e-6)


CONDITION = "happened: {deed: goodwill_gesture, by: US, until: 2021-08-01}"
RATE = "moves.goodwill_gesture.rate.US"


@cache
def given() -> Drivers:
    """What drives the outcome that is planted, given one of its three parts."""
    with small_chunks():
        return drivers(planted(), runs=4096, draws=1024, seed=5, given=CONDITION, top=3)


def test_given_a_condition_all_is_of_the_runs_that_meet_it() -> None:
    found = given()
    left = found.condition
    assert left is not None
    assert 500 < left.runs == found.probability.n < left.of_runs == 4096
    assert found.scenario == planted()  # the condition is none of its outcomes
    assert found.seen[0].parameter == RATE
    assert [effect.curve is not None for effect in found.effects[:4]] == [True] * 3 + [False]
    assert all(effect.total is None for effect in found.effects)
    along = found.effects[0].curve
    assert along is not None
    assert along.probability[0] < along.probability[-1]
    assert np.mean(along.probability) == pytest.approx(found.probability.value, abs=0.01)


def test_given_a_condition_table_record_and_title_say_so() -> None:
    data = json.loads(as_json(given().to_json()))
    assert data["given"]["runs"] == data["probability"]["runs"]
    assert data["ablations"] == []
    text, title = str(given()), finding(given())
    assert f"Given {CONDITION}: " in text
    assert "Total" not in text
    assert "There are no total effects and no claims" in text
    assert f", given {CONDITION}: " in title
    assert "given" not in finding(small())
    assert "that meet the condition, of 4,096 runs" in " · ".join(made_of(given()))


def test_given_a_condition_no_claim_is_taken_away() -> None:
    with pytest.raises(UsageError, match="no claim is taken away given a condition"):
        drivers(planted(), given=CONDITION, ablations=claims())
    assert sizes(None, None, given=True) == (32_768, 2048)


def test_mistakes_have_messages() -> None:
    with pytest.raises(UnknownName, match="did you mean 'nord_stream_2_completed'"):
        drivers(short(), "nord_stream_completed")
    with pytest.raises(UsageError, match="top must be 0 or more"):
        drivers(short(), OUTCOME, top=-1)


def test_a_redrawn_column_has_the_law_of_the_drawn_one_and_other_values() -> None:
    plan = lean_plan(year(), 16_384, 8192)
    path = "actors.US.stake"
    again = np.concatenate([module._redrawn(path, plan, (chunk,))[path] for chunk in range(2)])
    drawn = parameter_columns(
        year(), plan.seed, draw_of_run(np.arange(plan.runs), plan.runs_per_draw)
    )[path]
    assert again.shape == drawn.shape
    assert abs(np.corrcoef(again, drawn)[0, 1]) < 0.04
    assert np.quantile(again, [0.05, 0.5, 0.95]) == pytest.approx(
        np.quantile(drawn, [0.05, 0.5, 0.95]), rel=0.02
    )
    assert (again[:128:64] == again[0]).all()  # two runs of one draw


def test_a_broken_ensemble_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str, plan: object, chunk: int) -> dict[str, Floats]:
        return {path: np.zeros(3, dtype=np.float32)}  # of no run's shape

    monkeypatch.setattr(module, "_redrawn", broken)
    with small_chunks(), pytest.raises(SimulationError):
        drivers(year(), OUTCOME, runs=2048, ablations=(), top=1)


def test_a_curve_finds_a_known_probability() -> None:
    """P = u, in ten bins of 0.05, 0.15, ...; each within four of its standard errors."""
    rng = np.random.default_rng(4)
    draws, each = 64 * 32, 4
    of_run = draw_of_run(np.arange(draws * each), each)
    u = rng.random(draws)
    found = curve(u * 10, (rng.random(of_run.size) < u[of_run]) * 1.0, of_run, 64 * each)
    exact = (np.arange(10) + 0.5) / 10
    assert found.at == pytest.approx(10 * exact, abs=0.4)
    apart = np.abs(found.probability - exact) / found.mc_error
    assert apart.max() < 4
    assert ((found.low <= exact) & (exact <= found.high)).sum() >= 7
    assert found.edges.size == 11


def test_a_curve_along_a_parameter_of_two_values_has_two_points() -> None:
    values = np.repeat([1.0, 3.0], 512)
    hits = np.tile(values == 3.0, 2).reshape(2, 16, 64).transpose(1, 0, 2).ravel() * 1.0
    found = curve(values, hits, draw_of_run(np.arange(2048), 2), 128)
    assert found.at.tolist() == [1.0, 3.0]
    assert found.probability.tolist() == [0.0, 1.0]


def rows_that_repeat(effect: float, seed: int) -> tuple[Tally, dict[str, Floats]]:
    """4,096 draws of 256 rows of twelve numbers; the first has an effect, and each row its own."""
    random = Succession(seed, "rows that repeat")
    rows = random.normals((13, 256))
    row = np.asarray(random.uniforms((4096,)) * 256, dtype=np.int64)
    chances = special.expit(effect * rows[0] + rows[12])[row]
    hits = random.uniforms((4096, 8)) < chances[:, np.newaxis]
    of_runs = hits.reshape(64, 64, 8).transpose(0, 2, 1)  # batch, run, draw
    return Tally.of(of_runs.astype(np.float64).ravel(), 8), {
        f"p{n}": rows[n][row] for n in range(12)
    }


@pytest.mark.parametrize(("seeds", "least"), [(1, 3), pytest.param(8, 20, marks=pytest.mark.slow)])
def test_what_repeated_rows_show_by_accident_is_no_effect(seeds: int, least: int) -> None:
    """Accidents of rows are seen as effects, if each draw of a row is taken for one of its own."""
    alone = together = 0
    for seed in range(seeds):
        tally, values = rows_that_repeat(0, seed)
        alone += sum(row.seen for row in screen(tally, values, seed).ranked)
        found = screen(tally, values, seed, tuple(values))
        together += sum(row.seen for row in found.ranked)
        assert abs(np.mean([row.first_order.value for row in found.ranked])) < 0.01
    assert alone > least
    assert together <= 2
    found = screen(*rows_that_repeat(1, 1), 1, tuple(f"p{n}" for n in range(12)))
    assert [row.parameter for row in found.ranked if row.seen] == ["p0"]
