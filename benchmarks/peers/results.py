"""What every peer hands back: one row a run."""

from dataclasses import dataclass

import numpy as np

from benchmarks.peers.catalogue import JOINT, MOVES
from benchmarks.peers.record import OUTCOMES, PROBES, QUANTITIES, outcome_days, quantities


@dataclass(frozen=True)
class Results:
    """Runs in the order of their draws: run k belongs to draw k // (runs a draw).

    Attributes
    ----------
    runs_per_draw : int
    days : int64, (runs, outcomes and probes)
        Day of each outcome, -1 never.
    counts : int64, (runs, 2, moves)
    joint : int64, (runs, joint moves)
    values : float64, (runs, quantities)
    """

    runs_per_draw: int
    days: np.ndarray
    counts: np.ndarray
    joint: np.ndarray
    values: np.ndarray

    @classmethod
    def empty(cls, draws, runs_per_draw):
        """Room for the runs of some draws."""
        runs = draws * runs_per_draw
        return cls(
            runs_per_draw,
            np.zeros((runs, len(OUTCOMES) + len(PROBES)), np.int64),
            np.zeros((runs, 2, len(MOVES)), np.int64),
            np.zeros((runs, len(JOINT)), np.int64),
            np.zeros((runs, len(QUANTITIES))),
        )


def summary(us, ru, w):
    """One finished run, as lists: days, counts of US and RU, joint counts, quantities."""
    days, values = [0] * (len(OUTCOMES) + len(PROBES)), [0.0] * len(QUANTITIES)
    outcome_days(w, days)
    quantities(us, ru, w, values)
    return days, (us.counts, ru.counts), w.joint, values


def collected(summaries, runs_per_draw):
    """The results of finished runs, from their summaries."""
    days, counts, joint, values = zip(*summaries, strict=True)
    return Results(
        runs_per_draw, np.array(days), np.array(counts), np.array(joint), np.array(values)
    )
