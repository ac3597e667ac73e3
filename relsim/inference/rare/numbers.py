"""The numbers of a rare outcome: its probability, how sure that is, and what differs over draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.errors import SimulationError
from relsim.estimates.confidence import effective
from relsim.estimates.counts import half_width
from relsim.estimates.deconvolution import Interval
from relsim.estimates.over_draws import Spread, spread_over_draws
from relsim.inference.rare.led import Led

__all__ = ["FEWEST_DRAWS", "FEW_DRAWS", "NOT_REACHED", "Mean", "mean_of", "spread_of"]

FEWEST_DRAWS = 20  # effective; with fewer the error is understated
FEW_DRAWS = "few draws carry the figure"
NOT_REACHED = "no run reached it"
MOST_EQUIVALENT = 2**40  # runs a draw; beyond it whole numbers would run over


class Mean(NamedTuple):
    """A probability from chunks of runs.

    Attributes
    ----------
    value, error : float
        Standard error between chunks; infinite where nothing was reached.
    interval : (float, float) or None
        90%, by Student's t between chunks.
    refused : str
        Why there is no interval, or empty.
    effective_draws : float
        (Σ b)² / Σ b² of what each draw brings.
    gain : float or None
        Runs of plain Monte Carlo that are as precise as one of these.
    """

    value: float
    error: float
    interval: Interval | None
    refused: str
    effective_draws: float
    gain: float | None


def mean_of(parts: Sequence[Led], copies: Integers | None = None) -> Mean:
    """The mean over chunks, each of which is unbiased and independent of the others.

    Parameters
    ----------
    parts : sequence of Led
        16 or more, equally large: with 8 an interval of 90% held the truth in .75 to .89 of cases.
    copies : int64 (draws,), optional
        The number of each draw among those that differ; by default all do.

    Raises
    ------
    SimulationError
        If no run was finished.
    """
    runs = np.array([part.runs for part in parts], dtype=np.float64)
    if not runs.any():
        raise SimulationError("no run was finished: there is no probability")
    by_chunk = np.array([part.by_draw.sum() for part in parts])
    by_draw = np.concatenate([part.by_draw for part in parts])
    if copies is not None:
        which = copies[np.concatenate([part.draws for part in parts])]
        by_draw = np.bincount(which, by_draw).astype(np.float64)
    draws = effective(by_draw)
    value, chunks = float(by_chunk.sum() / runs.sum()), len(parts)
    if value == 0:
        return Mean(0.0, math.inf, None, NOT_REACHED, 0.0, None)
    apart = (by_chunk - value * runs) / runs.sum()
    variance = float((apart**2).sum()) * chunks / max(chunks - 1, 1)
    half = half_width(variance, chunks - 1)
    gain = value * (1 - value) / (float(runs.sum()) * variance) if variance > 0 else None
    interval, refused = (max(value - half, 0.0), min(value + half, 1.0)), ""
    if draws < FEWEST_DRAWS:
        return Mean(value, math.sqrt(variance), None, FEW_DRAWS, draws, gain)
    return Mean(value, math.sqrt(variance), interval, refused, draws, gain)


def spread_of(parts: Sequence[Led], split: bool) -> Spread:
    """How far the probability differs between draws, the noise of their runs taken out.

    Parameters
    ----------
    parts : sequence of Led
        Two chunks for each 64 draws, one after the other, which share the runs of each.
    split : bool
        The runs of a chunk depend on each other: the noise is seen between the two chunks alone.

    Notes
    -----
    What the runs of a draw say of its probability is as noisy as the hits of so many independent
    runs, n = p (1 − p) / noise, with p and the noise as means over the draws. So the distribution
    over draws is found as from n plain runs a draw, by `relsim.estimates.deconvolution`.
    """
    halves = [parts[side::2] for side in (0, 1)]
    first, second = (
        np.concatenate([part.by_draw / (part.runs / part.draws.size) for part in half])
        for half in halves
    )
    means = (first + second) / 2
    if not means.any():
        return Spread(None, None, NOT_REACHED)
    if effective(means) < FEWEST_DRAWS:
        return Spread(None, None, FEW_DRAWS)
    noise = float(((first - second) ** 2).mean()) / 4 if split else _within(parts, means)
    value = float(means.mean())
    most = MOST_EQUIVALENT if noise == 0 else value * (1 - value) / noise
    n = int(min(max(most, 1), MOST_EQUIVALENT))
    return spread_over_draws(np.rint(means * n).astype(np.int64), n)


def _within(parts: Sequence[Led], means: Doubles) -> float:
    """The variance of a draw's mean, as its runs scatter around it."""
    runs = 2 * parts[0].runs / parts[0].draws.size
    squares = sum(np.concatenate([p.squares for p in parts[side::2]]) for side in (0, 1))
    return float((squares / runs - means**2).mean()) / (runs - 1)
