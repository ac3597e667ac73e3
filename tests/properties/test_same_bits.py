"""The same question, seed and version give the same bits, however the work is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.probability import difference
from relsim.rules import logit, rule_named
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.engine import simulate_chunks
from relsim.scenario.schema import Scenario, load
from relsim.simulate import CHUNK_WIDTH, Plan, simulate, simulate_chunk
from tests.properties.comparing import (
    arrays,
    assert_begins,
    assert_same,
    narrow,
    shortened,
    unlike,
)
from tests.remembering import remembered_chunks

WIDTH = 256
ODD = 5  # runs a draw; a batch of 320 never ends where a chunk does


@pytest.fixture(scope="module")
def whole_term() -> Scenario:
    return load("us-russia-2021")


@pytest.fixture(scope="module")
def scenario(whole_term: Scenario) -> Scenario:
    return shortened(whole_term, "2021-07-31")


@pytest.fixture(name="narrow")
def narrow_(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, WIDTH)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_the_same_seed_gives_the_same_bits(scenario: Scenario, seed: int) -> None:
    first, second = (simulate(scenario, 640, 128, seed, log_all=True) for _ in range(2))
    assert_same(first, second)


@pytest.mark.usefixtures("narrow")
def test_another_seed_gives_other_bits(scenario: Scenario) -> None:
    first, second = (arrays(simulate(scenario, 256, 64, seed)) for seed in (0, 1))
    del first["sample.log"], second["sample.log"]
    different = unlike(first, second)
    assert {"first_day", "quantities.index_at_end", "move_counts"} <= set(different)


@pytest.mark.usefixtures("narrow")
@pytest.mark.slow
def test_the_number_of_workers_does_not_matter(scenario: Scenario) -> None:
    one, three = (simulate(scenario, 960, 192, workers=n, log_all=True) for n in (1, 3))
    assert_same(one, three)


@pytest.mark.usefixtures("narrow")
def test_the_order_in_which_chunks_finish_does_not_matter(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = simulate(scenario, 960, 192, log_all=True)

    def backwards(work: Any, plan: Plan, chunks: list[int], *rest: Any) -> Iterator[ChunkResult]:
        return (work(plan, chunk) for chunk in reversed(chunks))

    monkeypatch.setattr("relsim.runs.jobs.chunks_done", backwards)
    assert_same(usual, simulate(scenario, 960, 192, log_all=True))


@pytest.fixture(scope="module")
def full_width(whole_term: Scenario) -> Ensemble:
    """26 batches of 320 runs: one chunk of the product's width, and 128 runs of a second."""
    return simulate(whole_term, 26 * 320, 26 * 64, workers=2)


@pytest.mark.slow
def test_at_full_width_workers_give_the_bits_of_one_process(
    whole_term: Scenario, full_width: Ensemble
) -> None:
    assert full_width.runs == CHUNK_WIDTH + 128
    assert_same(full_width, simulate(whole_term, full_width.runs, full_width.draws, workers=1))


@pytest.mark.slow
def test_at_full_width_the_first_batch_is_the_small_ensemble(
    whole_term: Scenario, full_width: Ensemble
) -> None:
    assert_begins(full_width, simulate(whole_term, 320, 64))


# (runs asked for, runs a draw, runs simulated); narrow chunks are 256 wide.
SMALLER = [
    (1, 1, 64),
    (64, 1, 64),
    (WIDTH - 1, 1, WIDTH),
    (WIDTH, 1, WIDTH),
    (WIDTH + 1, 1, WIDTH + 64),
    (WIDTH - 1, ODD, 320),
    (WIDTH + 1, ODD, 320),
    (321, ODD, 640),
    (640, ODD, 640),
    (WIDTH, 7, 448),
]


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize(("asked", "runs_a_draw", "runs"), SMALLER)
@pytest.mark.default_cases(2)
def test_the_first_batches_of_a_larger_ensemble_are_the_smaller_one(
    scenario: Scenario, asked: int, runs_a_draw: int, runs: int
) -> None:
    batch = 64 * runs_a_draw
    small = simulate(scenario, asked, -(-asked // runs_a_draw), log_all=True)
    assert (small.runs, small.runs_per_draw) == (runs, runs_a_draw)
    large = simulate(scenario, runs + batch, (runs + batch) // runs_a_draw, log_all=True)
    assert_begins(large, small)


@pytest.mark.usefixtures("narrow")
def test_another_number_of_runs_a_draw_is_no_prefix(scenario: Scenario) -> None:
    """The property is at fixed runs a draw: the test above would see a difference."""
    small, large = simulate(scenario, 320, 64), simulate(scenario, 640, 160)
    assert large.runs_per_draw == 4
    with pytest.raises(AssertionError):
        assert_begins(large, small)


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("chunk", [0, 1, 2])
@pytest.mark.default_cases(1)
def test_a_replayed_chunk_equals_its_rows(scenario: Scenario, chunk: int) -> None:
    ensemble = simulate(scenario, 640, 128, seed=3)
    kept = 300 if chunk == 1 else 639 if chunk == 2 else 5
    plan = Plan(scenario, 3, 640, ODD, width=WIDTH, kept=(kept,))
    again = simulate_chunk(plan, chunk)
    rows = slice(chunk * WIDTH, min((chunk + 1) * WIDTH, 640))
    assert again.first_day.tobytes() == ensemble.first_day[:, rows].tobytes()
    for name, values in again.quantities.items():
        assert values.tobytes() == ensemble.quantities[name][rows].tobytes()
    assert again.sample.runs.tolist() == [kept]
    assert again.sample.series["index"][-1, 0] == ensemble.quantities["index_at_end"][kept]


# Variants.


@pytest.mark.usefixtures("narrow")
def test_a_variant_that_equals_the_baseline_differs_by_exactly_zero(scenario: Scenario) -> None:
    same = scenario.vary(
        {path: {"scale": 1} for path in ("actors.US.stake", "dyad.rivalry")}
        | {"moves.threaten.rate.RU": {"shift": 0}, "talks.round_every": {"scale": 1}}
    )
    usual, variant = (simulate(s, 640, 128, log_all=True) for s in (scenario, same))
    assert_same(usual, variant)
    for name in usual.outcomes:
        gap = difference(
            variant.happened(name), usual.happened(name), usual.draw_of_run, usual.runs_per_batch
        )
        assert (gap.value, gap.flips) == (0.0, 0)


@pytest.mark.usefixtures("narrow")
def test_what_is_fixed_leaves_all_other_draws_in_place(scenario: Scenario) -> None:
    fixed = scenario.vary({"actors.US.stake": 4.0})
    usual, variant = (simulate(s, 256, 64) for s in (scenario, fixed))
    moved = [n for n, v in usual.parameters.items() if (v != variant.parameters[n]).any()]
    assert moved == ["actors.US.stake"]


# Rules of one's own.


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_rule_from_python_gives_the_bits_of_the_named_one(
    scenario: Scenario, workers: int
) -> None:
    named = simulate(scenario, 320, 64, log_all=True)
    own = simulate(scenario, 320, 64, rules={"US": logit}, workers=workers, log_all=True)
    assert_same(named, own)
    assert own.provenance["custom_rules"] == ["US"]
    assert own.provenance["reproducible_from_the_file_alone"] is False
    assert named.provenance["reproducible_from_the_file_alone"] is True


@pytest.mark.usefixtures("narrow")
def test_a_rule_by_name_gives_the_bits_of_its_function(scenario: Scenario) -> None:
    named = simulate(scenario.vary({"actors.RU.rule": "tit_for_tat"}), 256, 64)
    own = simulate(scenario, 256, 64, rules={"RU": rule_named("tit_for_tat")})
    assert_same(named, own)
    assert (named.first_day != simulate(scenario, 256, 64).first_day).any()


def test_bits_do_not_hang_on_who_else_is_kept(scenario: Scenario) -> None:
    """What is recorded of a run does not change it."""
    few, all_ = (
        simulate_chunk(
            Plan(scenario, 1, 128, 2, width=128, kept=kept, log_all=bool(len(kept) > 1)), 0
        )
        for kept in ((7,), tuple(range(128)))
    )
    assert few.first_day.tobytes() == all_.first_day.tobytes()
    for name, series in few.sample.series.items():
        assert np.array_equal(series[:, 0], all_.sample.series[name][:, 7])


def test_remembered_chunks_are_those_that_are_simulated(scenario: Scenario) -> None:
    """No test can change them."""
    plan = Plan(scenario, 1, 128, 2, width=64)
    first, kept = remembered_chunks(plan, (0, 1))
    for array in (kept.first_day, kept.move_counts, first.sample.log, first.log[0].runs):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
    for array in (*kept.quantities.values(), *first.sample.series.values()):
        assert not array.flags.writeable
    (again,), (fresh,) = remembered_chunks(plan, (1,)), simulate_chunks(plan, (1,))
    assert again.first_day.tobytes() == fresh.first_day.tobytes()
    assert again.chunk == 1
    other = remembered_chunks(replace(plan, seed=2), (1,))[0]
    assert (other.first_day != fresh.first_day).any()
