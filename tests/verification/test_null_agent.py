"""The null agent: with W = 0 and kappa = 0 no driver has an effect and only the routine is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from relsim.processes import actor as actor_process
from relsim.rules import Rule, View, logit
from relsim.rules.contract import pick
from relsim.simulate import Plan, live_chunk
from relsim.worlds.parameters import Floats
from tests.verification.cases import Case, Result, counts_z, differences, variance_z, with_planted
from tests.verification.stage import YEAR, scenario, set_stage

Counts = npt.NDArray[np.int16]

# Moves that are always available, with routine rates a year.
RATES = {
    "criticize": 2.0,
    "threaten": 0.5,
    "impose_sanctions": 6.0,
    "expel_diplomats": 0.7,
    "military_posture": 3.0,
    "goodwill_gesture": 0.4,
    "release_prisoners": 1.0,
}
DRIVERS = ("pressure", "engagement", "retaliation", "reciprocation")
WIDTH = 1024
CHUNK = 512


def move_counts(every: int, rule: Rule = logit) -> Counts:
    """Moves of the US, shape (moves, runs), reviewed every so many days for 1,456 days."""
    silence = {f"moves.{name}.answered.US": 0.0 for name in ("impose_sanctions", "expel_diplomats")}
    rates = {f"moves.{name}.rate.US": rate for name, rate in RATES.items()}
    stage = set_stage(rates | silence, WIDTH, days=1456)
    stage.worlds.debt[:] = 1  # which would count if kappa did
    stage.review("US", rule, every)
    stage.play()
    made: Counts = stage.worlds.move_counts[0]
    return made


def routine(every: int) -> npt.NDArray[np.float64]:
    """Chance of each unilateral move at a review: its rate, against 1 for hold at each review."""
    names = list(scenario().moves)
    chances = np.array([RATES.get(name, 0.0) * every / 7 / YEAR for name in names])
    chances[names.index("hold")] = 1
    chances = chances[: len(names) - sum(move.joint for move in scenario().moves.values())]
    total: float = chances.sum()
    return chances / total


def multinomial(every: int, reference_every: int | None = None, rule: Rule = logit) -> Result:
    """Chi-square of all moves, hold included, against the routine."""
    counts = move_counts(every, rule).sum(axis=1, dtype=np.int64)
    reviews = 1456 // every * WIDTH
    counts[0] = reviews - counts.sum()  # holds are not counted by the engine
    p = routine(reference_every or every)
    made = p > 0
    assert not counts[~made].any()
    return counts_z(counts[made], reviews * p[made])


def spread() -> Result:
    """Counts vary between runs as binomial ones do: reviews are independent of each other."""
    row = list(scenario().moves).index("impose_sanctions")
    p = routine(7)[row]
    return variance_z(move_counts(7)[row], 208 * p * (1 - p))


def answers_debts(seen: View, parameters: Mapping[str, Floats]) -> Floats:
    """Planted error: debts push although kappa is zero."""
    row = seen.moves.index("expel_diplomats")
    push = np.full(seen.available.shape[1], 0.3, np.float32)
    return logit(replace(seen, urges={row: push}), parameters)


def stuck(
    p: Floats, available: npt.NDArray[np.bool_], lots: Floats, total: Floats
) -> npt.NDArray[np.int8]:
    """Planted error: one run in four has the same lot at every review."""
    lots = lots.copy()
    lots[::4] = (np.arange(lots[::4].size) + 0.5) / lots[::4].size
    return pick(p, available, lots, total)


def whole_engine(settings: Mapping[str, object]) -> npt.NDArray[np.int32]:
    """Moves in a chunk of the whole engine without W and kappa, shape (draws, actors, moves)."""
    still: dict[str, object] = {}
    for name, move in scenario().moves.items():
        for actor in move.rate:
            still[f"moves.{name}.rate.{actor}"] = RATES.get(
                name, move.rate[actor].distribution.median
            )
        if move.expresses is not None:
            still |= {f"moves.{name}.expresses.{driver}": 0.0 for driver in DRIVERS}
        if move.answered is not None:
            still |= {f"moves.{name}.answered.{actor}": 0.0 for actor in move.answered}
    varied = scenario().vary({**still, **settings})
    plan = Plan(varied, seed=1, runs=CHUNK, runs_per_draw=8, width=CHUNK)
    return live_chunk(plan, 0).move_counts


def among_the_always_available(settings: Mapping[str, object]) -> Result:
    """In the whole engine what else is available changes; ratios of the others do not (IIA)."""
    counts = whole_engine(settings).sum(axis=(0, 1), dtype=np.int64)
    names = list(scenario().moves)
    observed = np.array([counts[names.index(name)] for name in RATES])
    shares = np.array(list(RATES.values())) / sum(RATES.values())
    return counts_z(observed, observed.sum() * shares)


# What makes the drivers, but neither the routine nor the climate of talks.
MOODS = {
    "actors.US.stake": 9.0,
    "actors.US.negative_reciprocity": 6.0,
    "actors.US.gain": 2.0,
    "actors.RU.trust_value": 0.0,
    "actors.RU.relief": 1.0,
    "actors.RU.positive_reciprocity": 4.0,
}


def unmoved(settings: Mapping[str, object]) -> Result:
    """Moves that the moods of the agents change: none, to the bit."""
    changed = whole_engine(settings) != whole_engine({**settings, **MOODS})
    return differences(np.count_nonzero(changed))


CASES = (
    Case(
        "null agent, weekly: move counts",
        lambda: multinomial(7),
        {
            "rates of a fortnight": lambda: multinomial(7, reference_every=14),
            "debts push": lambda: multinomial(7, rule=answers_debts),
        },
    ),
    Case(
        "null agent, fortnightly: move counts",
        lambda: multinomial(14),
        {"rates of a week": lambda: multinomial(14, reference_every=7)},
    ),
    Case(
        "null agent: spread of counts",
        spread,
        {"lots return": with_planted(spread, actor_process, "pick", stuck)},
    ),
    Case(
        "null agent in the whole engine: ratios",
        lambda: among_the_always_available({}),
        {
            "threats express pressure": lambda: among_the_always_available(
                {"moves.threaten.expresses.pressure": 3.0}
            )
        },
    ),
    Case(
        "null agent in the whole engine: moods",
        lambda: unmoved({}),
        {
            "threats express retaliation": lambda: unmoved(
                {"moves.threaten.expresses.retaliation": 0.5}
            )
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
