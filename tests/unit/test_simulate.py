"""From a scenario to an ensemble: plans, draws, chunks, dated changes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.errors import UsageError
from relsim.rules import View, logit
from relsim.scenario.schema import Scenario, load
from relsim.simulate import (
    CHUNK_WIDTH,
    DEFAULT_DRAWS,
    DEFAULT_RUNS,
    SAMPLED,
    Plan,
    plan_runs,
    simulate,
    simulate_chunk,
)
from relsim.worlds.parameters import (
    calendar_columns,
    columns,
    parameter_columns,
    parameter_distributions,
)
from relsim.worlds.randomness.draws import draw_of_run
from tests.meaning.measuring import with_calendar
from tests.properties.comparing import narrow, shortened

WIDTH = 128


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return shortened(load("us-russia-2021-prior"))


# How many runs.


@pytest.mark.parametrize(
    ("runs", "draws", "total", "runs_a_draw"),
    [
        (None, None, DEFAULT_RUNS, 32),
        (None, DEFAULT_DRAWS, DEFAULT_RUNS, 32),
        (None, 64, DEFAULT_RUNS, 512),
        # Draws alone never ask for many times the default number of runs.
        (None, 1, DEFAULT_RUNS, 512),
        (None, 65, DEFAULT_RUNS, 256),
        (None, DEFAULT_RUNS, DEFAULT_RUNS, 1),
        (1, None, 2048, 32),
        (2048, None, 2048, 32),
        (2049, None, 4096, 32),
        (1, 1, 64, 1),
        (5, 1, 320, 5),
        (65, 64, 128, 2),
        (CHUNK_WIDTH - 1, CHUNK_WIDTH - 1, CHUNK_WIDTH, 1),
        (CHUNK_WIDTH + 1, CHUNK_WIDTH + 1, CHUNK_WIDTH + 64, 1),
        (8320, 1664, 8320, 5),
        # Never fewer draws than are asked for.
        (100, 65, 256, 2),
        (8192, 8191, 16_384, 2),
        (DEFAULT_RUNS, 1000, 33_792, 33),
        (DEFAULT_RUNS, 1025, 34_816, 32),
        (640, 320, 640, 2),
        (128, 1, 64 * 128, 128),
    ],
)
def test_wishes_are_rounded_up_to_whole_batches(
    runs: int | None, draws: int | None, total: int, runs_a_draw: int
) -> None:
    assert plan_runs(runs, draws) == (total, runs_a_draw)
    assert total % (64 * runs_a_draw) == 0
    assert total >= (runs or 1)
    assert total // runs_a_draw >= (draws or 1)


@pytest.mark.parametrize(
    ("runs", "draws", "said"),
    [
        (0, None, "runs must be positive (got 0)"),
        (-5, None, "runs must be positive (got -5)"),
        (64, 0, "draws must be positive (got 0)"),
        (63, 64, "runs must be at least draws (64; got 63)"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(
    scenario: Scenario, runs: int, draws: int | None, said: str
) -> None:
    for call in (plan_runs, lambda r, d: simulate(scenario, r, d)):
        with pytest.raises(UsageError) as caught:
            call(runs, draws)
        assert str(caught.value) == said


def test_a_plan_counts_its_draws_batches_and_chunks(scenario: Scenario) -> None:
    plan = Plan(scenario, 1, runs=8320, runs_per_draw=5)
    assert (plan.draws, plan.runs_per_batch, plan.chunks, plan.width) == (1664, 320, 2, 8192)
    assert plan.kept == tuple(range(SAMPLED))


def test_rules_for_nobody_are_refused(scenario: Scenario) -> None:
    with pytest.raises(UsageError, match=r"rules: unknown actor 'UK'; known: US, RU"):
        simulate(scenario, 64, 64, rules={"UK": logit})


def test_progress_counts_up_to_all_runs(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, WIDTH)
    calls: list[tuple[int, int]] = []
    simulate(scenario, 320, 64, progress=lambda done, of: calls.append((done, of)))
    assert calls == [(128, 320), (256, 320), (320, 320)]


# Draws and runs.


def test_runs_of_a_draw_share_its_parameters(scenario: Scenario) -> None:
    ensemble = simulate(scenario, 640, 128)
    of_run = draw_of_run(np.arange(640), 5)
    assert np.bincount(of_run).tolist() == [5] * 128
    assert ensemble.draw_of_run.tolist() == of_run.tolist()
    drawn_columns = parameter_columns(scenario, 1, of_run)
    for path, distribution in parameter_distributions(scenario).items():
        drawn = ensemble.parameters[path]
        assert drawn.shape == (128,)
        if distribution.kind == "point":
            assert drawn_columns[path].shape == ()
            assert set(drawn) == {distribution.parameters[0]}
        else:
            assert drawn_columns[path].dtype == np.float32
            assert np.array_equal(drawn_columns[path], drawn[of_run].astype(np.float32))


def test_draws_fill_the_strata_of_each_batch(scenario: Scenario) -> None:
    """A Latin hypercube: of 64 values one lies in each 64th of the distribution."""
    distribution = parameter_distributions(scenario)["actors.US.stake"]
    stake = simulate(scenario, 128, 128).parameters["actors.US.stake"]
    edges = distribution.quantile(np.arange(1, 64) / 64)
    for batch in (stake[:64], stake[64:]):
        assert sorted(np.searchsorted(edges, batch)) == list(range(64))


def test_padding_is_simulated_and_thrown_away(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, WIDTH)
    ensemble = simulate(scenario, 192, 192, log_all=True)
    assert ensemble.first_day.shape[1] == 192
    for counts in ensemble.histograms.values():
        assert set(counts.sum(axis=1)) == {192}
    assert ensemble.sample.log["run"].max() < 192
    made = np.isin(
        ensemble.sample.log["kind"],
        [ensemble.sample.words.kinds.index(name) for name in scenario.moves if name != "hold"],
    )
    known = scenario.horizon.known_until
    assert known is not None
    free = ensemble.sample.log["day"] > (known - scenario.horizon.start).days
    counted = ensemble.move_counts.sum() + ensemble.joint_counts.sum()
    assert counted == (made & free).sum()


def test_the_kept_runs_are_those_that_were_asked_for(scenario: Scenario) -> None:
    plan = Plan(scenario, 1, 320, 5, width=WIDTH, kept=(3, 130, 131, 319))
    kept = [simulate_chunk(plan, chunk).sample.runs.tolist() for chunk in range(plan.chunks)]
    assert kept == [[3], [130, 131], [319]]
    entries = simulate_chunk(plan, 1).log
    assert set(np.concatenate([entry.runs for entry in entries])) == {2, 3}


# Dated changes.

WHEN = {"date": "2021-09-01"}


def test_a_dated_change_keeps_its_parameters_uniforms(scenario: Scenario) -> None:
    of_run = draw_of_run(np.arange(640), 5)
    wider = {"dyad.rivalry": "normal(0, 1.8)"}  # twice the width
    [drawn_columns] = calendar_columns(
        with_calendar(scenario, WHEN | {"set": wider}), 1, of_run
    ).values()
    usual = parameter_columns(scenario, 1, of_run)["dyad.rivalry"]
    assert drawn_columns["dyad.rivalry"] == pytest.approx(2 * usual, rel=1e-5)


def test_what_is_drawn_anew_has_uniforms_of_its_own(scenario: Scenario) -> None:
    of_run = draw_of_run(np.arange(64 * 40), 1)
    entry = WHEN | {"set": {"actors.US.gain": "normal(0, 0.43)"}, "drawn_anew": True}
    [drawn_columns] = calendar_columns(with_calendar(scenario, entry), 1, of_run).values()
    usual = parameter_columns(scenario, 1, of_run)["actors.US.gain"]
    assert drawn_columns["actors.US.gain"].std() == pytest.approx(0.43, rel=0.1)
    assert abs(np.corrcoef(drawn_columns["actors.US.gain"], usual)[0, 1]) < 0.1


def test_a_dated_change_takes_the_units_of_its_parameter(scenario: Scenario) -> None:
    entry = WHEN | {"set": {"actors.US.memory_half_life": "70 days"}}
    of_run = np.zeros(3, np.int64)
    [drawn_columns] = calendar_columns(with_calendar(scenario, entry), 1, of_run).values()
    assert drawn_columns["actors.US.memory_half_life"] == np.float32(10)


def test_each_number_of_a_dated_change_is_its_own(scenario: Scenario) -> None:
    """Numbers and distributions mixed, in any order; what is given takes the place of one."""
    mixed = {
        "dyad.rivalry": "normal(0, 0.58)", "actors.US.memory_half_life": "70 days",
        "actors.US.gain": "normal(5, 0.1)", "actors.RU.memory_half_life": "35 days",
    }  # fmt: skip
    changed, of_run = with_calendar(scenario, WHEN | {"set": mixed}), np.arange(640) % 64
    [found] = calendar_columns(changed, 1, of_run).values()
    assert list(found) == list(mixed)
    assert found["actors.US.memory_half_life"] == np.float32(10)
    assert found["actors.RU.memory_half_life"] == np.float32(5)
    assert abs(found["dyad.rivalry"].mean()) < 0.1
    assert abs(found["actors.US.gain"].mean() - 5) < 0.1
    given = {"dyad.rivalry@2021-09-01": np.full(640, 7, dtype=np.float32)}
    [found] = calendar_columns(changed, 1, of_run, given).values()
    assert set(found["dyad.rivalry"].tolist()) == {7}
    assert abs(found["actors.US.gain"].mean() - 5) < 0.1


def test_columns_do_not_hang_on_the_company(scenario: Scenario) -> None:
    of_run = np.array([70, 3, 3, 200])
    distributions = parameter_distributions(scenario)
    path = "actors.RU.stake"
    alone = columns({path: distributions[path]}, 1, of_run)
    among = columns(distributions, 1, of_run)
    assert np.array_equal(alone[path], among[path])
    assert alone[path][1] == alone[path][2] != alone[path][0]


def test_a_duration_beyond_all_days_is_no_short_one(scenario: Scenario) -> None:
    """Days are kept in 16 bits; a round due in 120 years is not due at once."""
    short = shortened(scenario, "2021-09-30")
    for path in ("talks.round_every", "talks.summit_preparation"):
        far, never = (
            simulate_chunk(Plan(short.vary({path: years}), 1, 256, 4, width=256), 0)
            for years in ("120 years", "20 years")
        )
        assert far.joint_counts.tolist() == never.joint_counts.tolist()


# When agents choose.


def test_agents_choose_from_their_first_review_after_what_is_known(scenario: Scenario) -> None:
    """Known until 6 April 2021, day 76; reviews on days 0, 7, ... and 3, 10, ..."""
    days: dict[str, list[int]] = {"US": [], "RU": []}

    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        days[view.actor].append(view.day)
        return logit(view, parameters)

    simulate_chunk(Plan(scenario, 1, 64, 1, dict.fromkeys(days, rule), width=64), 0)
    assert days == {"US": list(range(77, 345, 7)), "RU": list(range(80, 345, 7))}
