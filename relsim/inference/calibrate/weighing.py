"""Draws weighed by the record, and by an author's forecasts.

A draw is led along the record (`relsim.inference.calibrate.history`); from where that leaves it,
runs of the scenario itself show how probable it makes what an author said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relsim.array_types import Doubles, Floats, Integers
from relsim.estimates.deconvolution import DrawPosterior, OverDraws, over_draws
from relsim.inference.calibrate.forecasts import Level, Said, level_of
from relsim.inference.calibrate.history import (
    HistorySetup,
    filtered,
    parameters_of,
    start_values,
)
from relsim.inference.calibrate.weights import exponents, log_likelihood, rank_correlation
from relsim.runs.chunk_result import NOT_RUN
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.runs.workers import KeptPool
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = ["Weighed", "Words", "levels_of", "weigh", "words_of"]

# Runs of a draw from which its probabilities of the forecasts are found: from so many states in
# which the record leaves it, each run with other values of what is not learned.
FORWARD, STATES = 64, 16
FORWARD_DRAWS = 128  # simulated side by side
# Runs that one worker leads side by side: more no longer fit into its cache, and fewer cost nearly
# as much. The number of parts is even, so that two workers are both busy.
FEWEST_RUNS, RUNS_A_PART = 1024, 4096


@dataclass(frozen=True)
class Words:
    """Forecasts of an author, and how likely a draw with given hits finds them.

    Attributes
    ----------
    said : tuple of Said
    overs : tuple of OverDraws or None
        Of each forecast's probability, over the draws that the record left; None of a forecast
        that too few runs came near, which then says nothing.
    powers : tuple of float
        Exponents of the others, as some are one judgement; see `weights`.
    reliability : float
    """

    said: tuple[Said, ...]
    overs: tuple[OverDraws | None, ...]
    powers: tuple[float, ...]
    reliability: float

    def log_likelihood(self, hits: Integers, runs: Integers) -> Doubles:
        """Of each draw, (draws,); hits and runs are (forecasts, draws)."""
        total, powers = np.zeros(hits.shape[1]), iter(self.powers)
        for one, over, h, n in zip(self.said, self.overs, hits, runs, strict=True):
            if over is not None:
                seen = DrawPosterior(h, n, over)
                total += log_likelihood(seen, one.meant, self.reliability, next(powers))
        return total


def words_of(said: tuple[Said, ...], weighed: Weighed, reliability: float) -> Words:
    """Forecasts against the draws that the record left."""
    overs = tuple(_over(h, n) for h, n in zip(weighed.hits, weighed.runs, strict=True))
    odds = [
        DrawPosterior(h, n, over).log_odds
        for h, n, over in zip(weighed.hits, weighed.runs, overs, strict=True)
        if over is not None
    ]
    powers = exponents(rank_correlation(np.array(odds))).tolist() if odds else []
    return Words(said, overs, tuple(powers), reliability)


def levels_of(said: Sequence[Said], weighed: Weighed) -> dict[str, Level]:
    """What draws say of each forecast that enough runs came near."""
    found = {}
    for one, hits, runs in zip(said, weighed.hits, weighed.runs, strict=True):
        over = _over(hits, runs)
        if over is not None:
            found[one.name] = level_of(one, float(hits.sum() / runs.sum()), over)
    return found


def _over(hits: Integers, runs: Integers) -> OverDraws | None:
    try:
        return over_draws(hits, runs)
    except ValueError:  # too few hits, or misses
        return None


@dataclass(frozen=True)
class Weighed:
    """What draws make of the record, and of the scenario's forecasts.

    Attributes
    ----------
    log_likelihood : float64, (draws,)
        Of the record.
    state : dict of float32 (..., draws)
    hits, runs : int64, (forecasts, draws)
        Forward runs in which each forecast came true, and in which its condition did.
    """

    log_likelihood: Doubles
    state: dict[str, Floats]
    hits: Integers
    runs: Integers


@dataclass(frozen=True)
class _Work:
    setup: HistorySetup
    scenario: Scenario
    said: tuple[Said, ...]
    z: Doubles
    number: int
    size: int  # draws of a part


def weigh(
    setup: HistorySetup,
    scenario: Scenario,
    z: Doubles,
    number: int,
    pool: KeptPool,
    said: tuple[Said, ...] = (),
) -> Weighed:
    """Weigh draws by the record and, if forecasts are given, find their probabilities.

    Parameters
    ----------
    setup : HistorySetup
        The record.
    scenario : Scenario
        Whose forecasts are meant.
    z : float64, (draws, coordinates)
        The draws.
    number : int
        Of the evaluation: another one has other random numbers.
    pool : KeptPool
        Does the work; the numbers do not depend on its size.
    said : tuple of Said, optional
        The forecasts.
    """
    pairs = -(-len(z) * setup.runs // (2 * RUNS_A_PART))
    size = max(-(-len(z) // (2 * pairs)), FEWEST_RUNS // setup.runs)
    parts = range(-(-len(z) // size))
    work = _Work(setup, scenario, said, z, number, size)
    found = dict(pool.done(_weigh, work, parts))
    ordered = [found[part] for part in parts]
    return Weighed(
        np.concatenate([one.log_likelihood for one in ordered]),
        {
            name: np.concatenate([one.state[name] for one in ordered], axis=-1)
            for name in ordered[0].state
        },
        np.concatenate([one.hits for one in ordered], axis=1),
        np.concatenate([one.runs for one in ordered], axis=1),
    )


def _weigh(work: _Work, part: int) -> tuple[int, Weighed]:
    own = work.z[part * work.size : (part + 1) * work.size]
    seed = work.setup.seed + 1_000_003 * (work.number * len(work.z) + part + 1)
    found = filtered(work.setup, own, seed, STATES)
    hits = runs = np.zeros((0, len(own)), dtype=np.int64)
    if work.said:
        learned = parameters_of(work.setup, work.scenario, own)
        columns = {path: column[:, np.newaxis] for path, column in learned.items()}
        columns |= start_values(work.setup, work.scenario, found.states)
        slices = [
            slice(first, first + FORWARD_DRAWS) for first in range(0, len(own), FORWARD_DRAWS)
        ]
        ahead = [
            forward(
                work.scenario, {path: v[some] for path, v in columns.items()}, work.said,
                seed + some.start,
            )
            for some in slices
        ]  # fmt: skip
        hits, runs = (np.concatenate(of_each, axis=1) for of_each in zip(*ahead, strict=True))
    state = {name: states[..., 0] for name, states in found.states.items()}
    return part, Weighed(found.log_likelihood, state, hits, runs)


def forward(
    scenario: Scenario, columns: dict[str, Doubles], said: Sequence[Said], seed: int
) -> tuple[Integers, Integers]:
    """Hits of each forecast, and runs in which it was asked, from runs of each draw.

    Parameters
    ----------
    scenario : Scenario
        From whose first day on.
    columns : dict of float64 (draws, 1 or states)
        Parameters of each draw, and the states that it begins with, each with as many of its
        runs; what is missing is drawn from its prior, for each run anew.
    said : sequence of Said
        The forecasts.
    seed : int
        Of all random numbers.

    Returns
    -------
    hits, runs : int64, (forecasts, draws)
    """
    draws = len(next(iter(columns.values())))
    total = -(-draws * FORWARD // DRAWS_PER_BATCH) * DRAWS_PER_BATCH
    plan = Plan(scenario, seed, total, 1, width=total, kept=())
    draw, run = np.divmod(np.arange(total), FORWARD)
    given = {
        path: values[draw % draws, run % values.shape[1]].astype(np.float32)
        for path, values in columns.items()
    }
    (result,) = simulate_chunks(plan, (0,), given)
    order, first_day = list(scenario.outcomes), result.first_day
    valid = (first_day != NOT_RUN).all(axis=0) & (draw < draws)
    hits, runs = np.zeros((2, len(said), draws), dtype=np.int64)
    for place, one in enumerate(said):
        asked = valid if one.given is None else valid & (first_day[order.index(one.given)] >= 0)
        came = asked & (first_day[order.index(str(one.outcome))] >= 0)
        hits[place] = np.bincount(draw[came], minlength=draws)
        runs[place] = np.bincount(draw[asked], minlength=draws)
    return hits, runs
