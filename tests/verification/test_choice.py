"""Logit choice and the pick of a move, against slow scalar references and closed forms."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.rules import View, logit
from relsim.rules.contract import pick
from tests.verification.cases import Case, Numbers, Result, differences, rounding, z
from tests.verification.stage import set_stage

Bools = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]
Choice = npt.NDArray[np.int8]
Reference = Callable[[View, float], Doubles]
Pick = Callable[[Floats, Floats], Choice]
MOVES, RUNS = 7, 400
NOTHING: dict[str, Floats] = {}


@functools.cache
def any_view() -> View:
    """What the US sees on the first day, with all that a view holds."""
    seen: list[View] = []

    def look(view: View, parameters: Mapping[str, Floats]) -> Floats:
        seen.append(view)
        return logit(view, parameters)

    stage = set_stage({}, width=2, days=7)
    stage.review("US", look)
    stage.play()
    return seen[0]


def view(
    expresses: Floats,
    drivers: Floats,
    routine: Floats,
    available: Bools,
    urges: Mapping[int, Floats],
) -> View:
    """A view with other moves; the rest of it, which `logit` does not read, is of the engine."""
    return replace(
        any_view(),
        moves=tuple(f"move {row}" for row in range(len(available))),
        available=available,
        routine=routine,
        expresses=expresses,
        drivers=drivers,
        urges=urges,
    )


def random_view(seed: int, runs: int = RUNS) -> View:
    """Drivers of some log-odds, half of the moves unavailable, hold always there."""
    rng = np.random.default_rng(seed)
    available = rng.random((MOVES, runs)) < 0.5
    available[0] = True
    expresses = rng.normal(size=(MOVES, 4)).astype(np.float32)
    expresses[0] = 0
    routine = np.log(rng.random((MOVES, runs if seed % 2 else 1))).astype(np.float32)
    routine[0] = 0
    urges = {2: rng.exponential(3, runs).astype(np.float32)}
    drivers = rng.normal(0, 2, (4, runs)).astype(np.float32)
    return view(expresses, drivers, routine, available, urges)


def slow_logit(seen: View, rationality: float = 1.0) -> Doubles:
    """p(m) ∝ avail_m π_m exp(λ (W_m · F + κ_m B_m)), number by number in double precision."""
    moves, runs = seen.available.shape
    p = np.zeros((moves, runs))
    for run in range(runs):
        for move in range(moves):
            if not seen.available[move, run]:
                continue
            push = float(seen.urges[move][run]) if move in seen.urges else 0.0
            for driver in range(4):
                push += float(seen.expresses[move, driver]) * float(seen.drivers[driver, run])
            routine = seen.routine[move, run if seen.routine.shape[1] > 1 else 0]
            p[move, run] = math.exp(float(routine) + rationality * push)
        p[:, run] /= p[:, run].sum()
    return p


def forgets_the_masks(seen: View, rationality: float = 1.0) -> Doubles:
    everything = np.ones_like(seen.available)
    free = view(seen.expresses, seen.drivers, seen.routine, everything, seen.urges)
    return slow_logit(free, rationality)


def forgets_the_urges(seen: View, rationality: float = 1.0) -> Doubles:
    calm = view(seen.expresses, seen.drivers, seen.routine, seen.available, {})
    return slow_logit(calm, rationality)


def against_scalars(reference: Reference = slow_logit) -> Result:
    """Probabilities with masks; routines shared by all runs, and one a run."""
    return max(
        rounding(logit(seen, NOTHING, rationality), reference(seen, rationality))
        for seen in (random_view(1), random_view(2))
        for rationality in (1.0, 0.4)
    )


def irrational(rationality: float = 0.0, uniform: bool = False) -> Result:
    """λ → 0: the routine over the available moves, which is uniform when the routine is."""
    seen = random_view(3)
    routine = np.zeros((MOVES, RUNS), np.float32) if uniform else seen.routine
    seen = view(seen.expresses, seen.drivers, routine, seen.available, seen.urges)
    left = np.exp(routine.astype(np.float64)) * seen.available
    return rounding(logit(seen, NOTHING, rationality), left / left.sum(axis=0))


def clipped_logit(seen: View, rationality: float) -> Doubles:
    """Planted error: what is far up is cut off before the best is sought."""
    logits = rationality * (seen.expresses @ seen.drivers).astype(np.float64)
    for row, urge in seen.urges.items():
        logits[row] += rationality * urge
    p: Doubles = np.exp(np.minimum(logits + seen.routine, 60.0)) * seen.available
    p /= p.sum(axis=0)
    return p


def by_logit(seen: View, rationality: float) -> Floats:
    return logit(seen, NOTHING, rationality)


def rational(rule: Callable[[View, float], Numbers] = by_logit) -> Result:
    """λ → ∞: the best of the available moves, surely."""
    seen = random_view(4)
    push = (seen.expresses @ seen.drivers).astype(np.float64)
    for row, urge in seen.urges.items():
        push[row] += urge
    push[~seen.available] = -np.inf
    ranked = np.sort(push, axis=0)
    clear = ranked[-1] - ranked[-2] > 0.01  # 100 log-odds at λ = 10,000
    assert clear.mean() > 0.9
    best = (np.arange(MOVES)[:, None] == push.argmax(axis=0)).astype(np.float64)
    return rounding(rule(seen, 1e4)[:, clear], best[:, clear])


def quantal_response(rationality: float, row: Doubles, column: Doubles) -> tuple[float, float]:
    """Fixed point of two `logit` players of a 2 × 2 game: chances of the first row and column.

    A player's drivers are the chances of what the other plays, its row of W a row of payoffs.
    """
    everything, routine = np.ones((2, 1), np.bool_), np.zeros((2, 1), np.float32)

    def answer(payoffs: Doubles, other: float) -> float:
        expresses = np.zeros((2, 4), np.float32)
        expresses[:, :2] = payoffs
        chances = np.array([[other], [1 - other], [0], [0]], np.float32)
        seen = view(expresses, chances, routine, everything, {})
        return float(logit(seen, NOTHING, rationality)[0, 0])

    p = q = 0.5
    for _ in range(2000):  # damped, as plain replies circle in a game of this kind
        p += 0.05 * (answer(row, q) - p)
        q += 0.05 * (answer(column.T, p) - q)
    return p, q


def equilibrium(rationality: float = 1.8456) -> Result:
    """Asymmetric matching pennies of Ochs (1995) at the λ of McKelvey & Palfrey (1995)."""
    row = np.array([[1.1141, 0.0], [0.0, 0.2785]])
    column = np.array([[0.0, 1.1141], [1.1141, 0.0]])
    p, q = quantal_response(rationality, row, column)
    return rounding(np.array([p, q]), np.array([0.6157, 0.3833]), unit=0.00005)  # four digits


def strictly_below(p: Floats, uniforms: Floats) -> Choice:
    """Planted error: the count of cumulated rows < u · total."""
    below: Bools = np.cumsum(p, axis=0) < uniforms * p.sum(axis=0)
    return np.asarray(np.count_nonzero(below, axis=0), dtype=np.int8)


def unclipped(p: Floats, uniforms: Floats) -> Choice:
    """Planted error: u · total is measured against rows that were summed more exactly."""
    cumulated = np.cumsum(p, axis=0)
    target = uniforms.astype(np.float64) * p.astype(np.float64).sum(axis=0)
    return np.asarray(np.count_nonzero(cumulated <= target, axis=0), dtype=np.int8)


def masked_chances(seed: int, runs: int) -> tuple[Floats, Bools]:
    """Probabilities of which the first and the last moves are unavailable in half of the runs."""
    seen = random_view(seed, runs)
    available = seen.available.copy()
    available[0, ::2] = False
    available[-2:, 1::2] = False
    available[3] = True
    p = np.exp(seen.routine) * available
    p /= p.sum(axis=0)
    return p.astype(np.float32), available


def at_the_ends(choose: Pick = pick) -> Result:
    """u = 0 picks the first move that has a chance, the largest u < 1 the last one."""
    p, available = masked_chances(5, 4000)
    order = np.arange(MOVES)[:, None]
    first = np.where(available, order, MOVES).min(axis=0)
    last = np.where(available, order, -1).max(axis=0)
    largest = np.float32(1 - 2.0**-24)
    low = choose(p, np.zeros(4000, np.float32))
    high = choose(p, np.full(4000, largest))
    return differences(np.count_nonzero((low != first) | (high != last)))


def inverts_the_distribution(choose: Pick = pick) -> Result:
    """Over an even grid of u each move is picked in its share, to one point of the grid."""
    points = 20_000
    grid = ((np.arange(points) + 0.5) / points).astype(np.float32)
    p, _ = masked_chances(7, 6)
    results = []
    for run in range(6):
        column = np.repeat(p[:, run : run + 1], points, axis=1)
        picked = np.bincount(choose(column, grid), minlength=MOVES)
        expected = points * p[:, run]
        worst = int(np.abs(picked - expected).argmax())
        results.append(z(picked[worst], expected[worst], 1.0, "value"))
    return max(results)


def last_row_wins(p: Floats, uniforms: Floats) -> Choice:
    """Planted error: the last row is never reached."""
    return np.minimum(pick(p, uniforms), MOVES - 2).astype(np.int8)


CASES = (
    Case(
        "choice probabilities with masks",
        against_scalars,
        {
            "masks forgotten": lambda: against_scalars(forgets_the_masks),
            "urges forgotten": lambda: against_scalars(forgets_the_urges),
        },
    ),
    Case("no rationality: the routine", irrational, {"a little": lambda: irrational(0.01)}),
    Case(
        "no rationality and no routine: uniform",
        lambda: irrational(uniform=True),
        {"a little": lambda: irrational(0.01, uniform=True)},
    ),
    Case("endless rationality: the best", rational, {"clipped": lambda: rational(clipped_logit)}),
    Case("logit equilibrium of Ochs's game", equilibrium, {"λ = 1.84": lambda: equilibrium(1.84)}),
    Case(
        "pick at both ends",
        at_the_ends,
        {
            "< for ≤": lambda: at_the_ends(strictly_below),
            "not clipped": lambda: at_the_ends(unclipped),
        },
    ),
    Case(
        "pick inverts the distribution",
        inverts_the_distribution,
        {"last row not reached": lambda: inverts_the_distribution(last_row_wins)},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
