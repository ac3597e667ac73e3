"""Claim F4 and its cause: relations may thaw late in the term since pressure is seen to fail."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from relsim.estimates.probability import difference
from relsim.simulate import simulate
from tests.meaning.measuring import (
    MOST,
    Doubles,
    SimulatedRuns,
    baseline,
    by_draw,
    rates,
    share,
    simulated,
    standard_error,
    times,
    usual,
    with_calendar,
)

FROZEN = {"actors.US.belief_felt": 0}
E_END = "pressure_works_at_end.US"
LEARNING = "actors.US.learning_rate"
MONTHLY = [f"2022-{month:02d}-15" for month in range(1, 13)]


@cache
def frozen() -> SimulatedRuns:
    return simulated(FROZEN)


def effect(name: str, first: SimulatedRuns, second: SimulatedRuns) -> Doubles:
    """Mean of a quantity in each draw, first less second."""
    return by_draw(first.quantities[name] - second.quantities[name])


def relative_fall(seed: int, runs: int, draws: int) -> tuple[float, float]:
    """By how much of itself late détente falls when the belief is frozen, and the error."""
    usually = simulate(baseline(), runs, draws, seed)
    without = simulate(baseline().vary(FROZEN), runs, draws, seed)
    gap = difference(
        usually.happened("late_detente"),
        without.happened("late_detente"),
        usually.draw_of_run,
        usually.runs_per_batch,
    )
    p = usually.probability("late_detente").value
    return gap.value / p, gap.mc_error / p


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_learning_that_pressure_fails_makes_late_detente_likelier(seed: int) -> None:
    fall, error = relative_fall(seed, runs=8192, draws=512)
    assert fall - 1.645 * error > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4, 10))
def test_learning_matters_at_other_seeds(seed: int) -> None:
    fall, error = relative_fall(seed, runs=32_768, draws=1024)
    assert fall - 1.645 * error > 0.05


def test_signs_of_detente_fall_without_learning() -> None:
    gap = usual().happened("signs_of_detente") - frozen().happened("signs_of_detente")
    assert gap.mean() > 3 * standard_error(gap)
    assert share(effect("index_at_end", usual(), frozen()) > 0) > 0.5


@pytest.mark.slow
def test_in_most_draws_learning_warms_relations() -> None:
    assert share(effect("index_at_end", usual(), frozen()) > 0) >= MOST
    assert share(effect("sanctions_rounds.US", usual(), frozen()) < 0) >= MOST
    signs = usual().happened("signs_of_detente") - frozen().happened("signs_of_detente")
    assert share(by_draw(signs) > 0) >= MOST


@pytest.mark.slow
def test_late_detente_rises_with_the_dose() -> None:
    doses = [
        simulated({LEARNING: 0}),
        simulated(times(0.5, LEARNING)),
        usual(),
        simulated(times(2, LEARNING)),
    ]
    late = [dose.happened("late_detente") for dose in doses]
    for less, more in pairwise(late):
        assert (more - less).mean() > standard_error(more - less)
    assert late[3].mean() > 1.5 * late[0].mean()
    # Two roads to no learning: no weight on a round, no weight on what was learned.
    unlike = late[0] != frozen().happened("late_detente")
    assert unlike.mean() < 0.001


def test_where_concessions_are_rare_the_belief_falls() -> None:
    belief = usual().series["pressure_works.US"]
    assert share(by_draw(belief[-1] - belief[0]) < 0) >= MOST


@pytest.mark.slow
def test_concessions_teach_that_pressure_works() -> None:
    def made(move: str) -> SimulatedRuns:
        entries = [{"date": day, "actor": "RU", "move": move} for day in MONTHLY]
        return simulated(scenario=with_calendar(baseline(), *entries))

    conceding, friendly = made("release_prisoners"), made("goodwill_gesture")
    risen = effect(E_END, conceding, usual())
    assert share(risen > 0.03) >= MOST
    # The placebo is as warm a sign but costs nothing. It teaches by the concessions it earns.
    assert np.abs(effect(E_END, friendly, usual())).mean() < 0.15 * risen.mean()
    # Success teaches to press on: late détente falls.
    assert conceding.happened("late_detente").mean() < 0.6 * usual().happened("late_detente").mean()


@pytest.mark.slow
def test_failure_teaches_that_pressure_fails() -> None:
    nothing = times(0, *rates(["ease_sanctions", "release_prisoners"], "RU")) | times(
        0, *(f"issues.{issue}.agreement_rate" for issue in baseline().issues)
    )
    stubborn = simulated(nothing, kept_a_draw=16)
    belief = stubborn.series["pressure_works.US"]
    assert share(by_draw(belief[-1] - belief[0]) < 0) == 1
    assert share(effect(E_END, stubborn, usual()) < 0) >= MOST
    # And where nothing is learned the belief stays where it was.
    unteachable = simulated(nothing | {LEARNING: 0}, kept_a_draw=1)
    belief = unteachable.series["pressure_works.US"]
    assert np.abs(belief[-1] - belief[0]).max() < 1e-5


@pytest.mark.parametrize(
    "placebo",
    [
        {"projects.nord_stream_2.pace": 0.0005},
        {"internal_order.RU.attempt_rate": "0.1 to 0.4"},
    ],
    ids=["pipeline", "protest"],
)
@pytest.mark.slow
def test_a_placebo_moves_late_detente_by_nothing(placebo: dict[str, object]) -> None:
    moved = simulated(placebo).happened("late_detente") - usual().happened("late_detente")
    assert abs(moved.mean()) <= 2 * standard_error(moved)
    assert abs(moved.mean()) < 0.02 * usual().happened("late_detente").mean()
