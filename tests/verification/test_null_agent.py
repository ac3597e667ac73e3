"""The null agent: with W = 0 and kappa = 0 no driver has an effect and only the routine is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.processes import actor as actor_process
from relsim.rules import Rule, View, logit, several
from relsim.rules.several import Round, rounds, several_moves
from relsim.simulate import Plan, simulate_chunk
from tests.verification.cases import (
    Case,
    Result,
    counts_z,
    differences,
    planted,
    variance_z,
    with_planted,
)
from tests.verification.stage import scenario, set_stage

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


def by_rates(every: int, reference_every: int | None = None, rule: Rule = logit) -> Result:
    """Chi-square of the moves against their rates a year, whatever the review interval."""
    counts = move_counts(every, rule).sum(axis=1, dtype=np.int64)
    years = 1456 // every * (reference_every or every) / 365.25
    names = [name for name, move in scenario().moves.items() if not move.joint]
    expected = np.array([RATES.get(name, 0.0) * years * WIDTH for name in names])
    made = expected > 0
    assert not counts[~made].any()
    return counts_z(counts[made], expected[made], totals=0)


def one_a_review(seen: View, parameters: Mapping[str, Floats]) -> Floats:
    """Planted error: the rule without its mark, so that a review has room for one move."""
    return logit(seen, parameters)


def spread(every: int = 7) -> Result:
    """Counts vary between runs as Poisson ones do: their variance is their mean."""
    row = list(scenario().moves).index("impose_sanctions")
    return variance_z(move_counts(every)[row], 1456 / 365.25 * RATES["impose_sanctions"])


def answers_debts(seen: View, parameters: Mapping[str, Floats]) -> Floats:
    """Planted error: debts push although kappa is zero."""
    row = seen.moves.index("expel_diplomats")
    push = np.full(seen.available.shape[1], 0.3, np.float32)
    return logit(replace(seen, urges={row: push}), parameters)


def stuck(
    p: Floats, total: Floats, uniforms: Floats, urges: Mapping[int, Floats], once: list[int]
) -> list[Round]:
    """Planted error: one run in four has the same uniform at every review."""
    uniforms = uniforms.copy()
    some = uniforms[0, ::4]
    uniforms[0, ::4] = (np.arange(some.size) + 0.5) / some.size
    return rounds(p, total, uniforms, urges, once)


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
    return simulate_chunk(plan, 0).move_counts


def classes(every: int, limit: int | None = None) -> Result:
    """In the whole engine: classes of always available moves of both sides, by their rates."""
    days = {f"actors.{name}.review_every": every for name in ("US", "RU")}
    first = {f"actors.{name}.first_review": 0 for name in ("US", "RU")}
    with planted(several, "MOST", limit or several.MOST):
        counts = whole_engine({**days, **first}).sum(axis=0, dtype=np.int64)
    horizon = scenario().horizon
    known = (horizon.known_until - horizon.start).days if horizon.known_until else -1
    reviews = sum(day > known for day in range(0, (horizon.end - horizon.start).days, every))
    names, kinds = list(scenario().moves), {n: m.kind for n, m in scenario().moves.items()}
    rows = [
        (kind, [names.index(name) for name in RATES if kinds[name] == kind])
        for kind in ("strong_hostile", "hostile", "cooperative")
    ]
    observed = np.array([[side[of_kind].sum() for _, of_kind in rows] for side in counts])
    rates = [sum(r for name, r in RATES.items() if kinds[name] == kind) for kind, _ in rows]
    expected = np.array([rates, rates]) * reviews * every / 365.25 * CHUNK
    return counts_z(observed, expected, totals=0)


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
    *(
        Case(
            f"null agent, reviews of {every} days: move counts",
            partial(by_rates, every),
            {
                "one move a review": partial(by_rates, every, rule=one_a_review),
                "rates of two days more": partial(by_rates, every, reference_every=every + 2),
                "debts push": partial(by_rates, every, rule=several_moves(answers_debts)),
            },
        )
        for every in (7, 14)
    ),
    Case(
        "null agent, reviews of 1 days: move counts",
        partial(by_rates, 1),
        {"rates of two days": partial(by_rates, 1, reference_every=2)},
    ),
    Case(
        "null agent: spread of counts",
        spread,
        {"uniforms return": with_planted(spread, actor_process, "rounds", stuck)},
    ),
    *(
        Case(
            f"null agent in the whole engine, reviews of {every} days: classes of moves",
            partial(classes, every),
            {"one move a review": partial(classes, every, limit=1)},
        )
        for every in (7, 14)
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
@pytest.mark.default_cases(2)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
