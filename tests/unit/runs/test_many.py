"""Many ensembles through one pool: each is the one that it would be alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.errors import UsageError
from relsim.rules.view import View
from relsim.runs.chunk_result import ChunkResult, Failure
from relsim.runs.jobs import Job, lean_plan, shortened, simulate_jobs
from relsim.runs.plan import Shape
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate, simulate_chunk
from tests.unit.short_scenario import short
from tests.unit.short_scenario import shortened as shortened_term

WIDTH = 128
STAKE = "actors.US.stake"


def plan(scenario: Scenario, runs: int = 256, **more: object) -> Plan:
    return Plan(scenario, 1, runs, 2, width=WIDTH, kept=(), **more)  # type: ignore[arg-type]


def short_of(changes: dict[str, float]) -> Scenario:
    return shortened_term(load("us-russia-2021-prior").vary(changes), short().horizon.end)


def days(result: ChunkResult) -> tuple[int, np.ndarray]:
    return result.chunk, result.first_day


def joined(jobs: list[Job], workers: int = 1) -> list[np.ndarray]:
    found: list[dict[int, np.ndarray]] = [{} for _ in jobs]
    for job, kept in simulate_jobs(jobs, days, workers):
        assert not isinstance(kept, Failure)
        found[job][kept[0]] = kept[1]
    return [np.hstack([part[n] for n in sorted(part)]) for part in found]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.default_cases(1)
def test_each_ensemble_is_what_it_is_alone(workers: int) -> None:
    variant = short_of({STAKE: 0})
    both = joined([Job(plan(short())), Job(plan(variant))], workers)
    for scenario, first_day in zip((short(), variant), both, strict=True):
        parts = [simulate_chunk(plan(scenario), chunk).first_day for chunk in range(2)]
        assert (first_day == np.hstack(parts)).all()
    assert (both[0] != both[1]).any()


def test_a_lean_plan_is_that_of_simulate() -> None:
    asked = lean_plan(short(), runs=256, draws=64, seed=4)
    (first_day,) = joined([Job(asked)])
    assert (first_day == simulate(short(), 256, 64, seed=4).first_day).all()
    assert asked.kept == ()


def constant(value: float, path: str, of: Plan, chunks: Sequence[int]) -> dict[str, Floats]:
    return {path: np.full(of.width_of(chunks), value, dtype=np.float32)}


def test_given_columns_stand_in_place_of_drawn_ones() -> None:
    fixed = short_of({STAKE: 5})
    given, stated = joined([Job(plan(short()), partial(constant, 5.0, STAKE)), Job(plan(fixed))])
    assert (given == stated).all()


def broken(view: View, parameters: object) -> Floats:
    raise ZeroDivisionError("a rule of one's own")


def test_a_chunk_that_breaks_off_stops_no_other() -> None:
    jobs = [Job(plan(short(), 128, rules={"US": broken})), Job(plan(short(), 128))]
    done = dict(simulate_jobs(jobs, days))
    assert isinstance(done[0], Failure)
    assert "a rule of one's own" in done[0].message
    assert not isinstance(done[1], Failure)


def test_progress_counts_the_runs_of_all() -> None:
    seen: list[tuple[int, int]] = []
    jobs = [Job(plan(short(), 256)), Job(plan(short(), 128))]
    list(simulate_jobs(jobs, days, progress=lambda done, all_: seen.append((done, all_))))
    assert seen == [(128, 384), (256, 384), (384, 384)]


def test_a_plan_cut_short_keeps_whole_batches() -> None:
    asked = plan(short(), 1024)
    assert shortened(asked, 129).runs == 256
    assert shortened(asked, 5000).runs == 1024


def test_no_worker_is_too_few() -> None:
    with pytest.raises(UsageError, match="workers must be positive"):
        list(simulate_jobs([Job(plan(short()))], days, workers=0))


def test_columns_of_chunks_side_by_side_leave_out_padding() -> None:
    cut = Shape(runs=640, runs_per_draw=5, width=256)
    assert cut.columns_of([0, 2]) == {0: slice(0, 256), 2: slice(256, 384)}
    assert (cut.draws, cut.batches, cut.chunks, cut.most_draws_of_chunk) == (128, 2, 3, 128)
    assert Shape(runs=640, runs_per_draw=5, width=320).most_draws_of_chunk == 64
