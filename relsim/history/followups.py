"""Counts on the event log: who moved how often, and what followed what within some days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UsageError

SPAN = 100_000  # days of a run's own number line: keys of different runs never meet
Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moves:
    """The log of an ensemble, ready to count.

    Attributes
    ----------
    log : structured array
    kinds, actors : tuple of str
    strong, cooperative, hostile : tuple of str
        Unilateral moves by class; `hostile` includes the strong ones.
    joint : tuple of str
    first_day, days, runs : int
        Agents choose from `first_day` on.
    """

    log: npt.NDArray[np.void]
    kinds: tuple[str, ...]
    actors: tuple[str, ...]
    strong: tuple[str, ...]
    cooperative: tuple[str, ...]
    hostile: tuple[str, ...]
    joint: tuple[str, ...]
    first_day: int
    days: int
    runs: int

    @property
    def years(self) -> float:
        """Years simulated by free choice, over all runs."""
        return self.runs * (self.days - self.first_day) / 365.25

    def keys(self, actor: str | None, *kinds: str) -> Keys:
        """Where these moves stand on the number line of all runs, rising, shape (moves,)."""
        chosen = np.isin(self.log["kind"], [self.kinds.index(kind) for kind in kinds])
        chosen &= self.log["day"] >= self.first_day
        if actor is not None:
            chosen &= self.log["actor"] == self.actors.index(actor)
        rows = self.log[chosen]
        return np.sort(rows["run"] * SPAN + rows["day"])

    def count(self, actor: str | None, *kinds: str) -> int:
        """How often an actor, or anyone, made one of these moves."""
        return int(self.keys(actor, *kinds).size)

    @property
    def cooperative_share(self) -> float:
        """Share of cooperative moves; joint ones count once, acceptances not at all."""
        warm = [kind for kind in self.cooperative if kind != "accept_proposal"]
        cooperative = self.count(None, *warm, *self.joint)
        return cooperative / max(cooperative + self.count(None, *self.hostile), 1)


def check_whole_log(ensemble: Ensemble) -> None:
    """Refuse an ensemble that logged a sample of its runs alone: the others would seem quiet.

    Raises
    ------
    UsageError
        If no run outside the sample has an entry in the log.
    """
    sample = ensemble.sample
    if sample.runs.size < ensemble.runs and np.isin(sample.log["run"], sample.runs).all():
        raise UsageError(
            f"only {sample.runs.size:,} of {ensemble.runs:,} runs are in the event log: simulate "
            "with log_all=True"
        )


def moves_of(ensemble: Ensemble) -> Moves:
    """Prepare the log of an ensemble that was simulated with ``log_all=True``."""
    check_whole_log(ensemble)
    scenario = ensemble.scenario
    kinds = {name: move.kind for name, move in scenario.moves.items() if name != "hold"}
    unilateral = {name: kind for name, kind in kinds.items() if not scenario.moves[name].joint}
    known = scenario.horizon.known_until
    return Moves(
        log=ensemble.sample.log,
        kinds=ensemble.sample.words.kinds,
        actors=ensemble.sample.words.actors,
        strong=tuple(n for n, kind in unilateral.items() if kind == "strong_hostile"),
        cooperative=tuple(n for n, kind in unilateral.items() if kind == "cooperative"),
        hostile=tuple(n for n, kind in unilateral.items() if kind.endswith("hostile")),
        joint=tuple(name for name in kinds if scenario.moves[name].joint),
        first_day=0 if known is None else (known - ensemble.start).days + 1,
        days=(scenario.horizon.end - ensemble.start).days,
        runs=ensemble.runs,
    )


def hits_within(first: Keys, second: Keys, days: int) -> npt.NDArray[np.bool_]:
    """Whether a move of `second` comes 0 to `days` days after each move of `first`."""
    place = np.searchsorted(second, first, side="left")
    padded = np.append(second, np.iinfo(np.int64).max)
    result: npt.NDArray[np.bool_] = padded[place] - first <= days
    return result


def followed(
    moves: Moves,
    first: Collection[str],
    actor: str,
    second: Collection[str],
    other: str,
    days: int,
) -> float:
    """Share of an actor's moves that a move of the other follows within some days."""
    early = moves.keys(actor, *first)
    early = early[early % SPAN < moves.days - days]
    return float(hits_within(early, moves.keys(other, *second), days).mean())


def answered(moves: Moves, kind: str, actor: str, other: str, days: int) -> float:
    """Share of an actor's first moves of a kind that the other answers in kind in time.

    A move is a first one if the other made none of that kind in as many days before it.
    """
    own, others = moves.keys(actor, kind), moves.keys(other, kind)
    first = own[~hits_within(own - days, others, days - 1)]
    first = first[first % SPAN < moves.days - days]
    return float(hits_within(first, others, days).mean())


def chance_of_any(moves: Moves, kinds: Collection[str], actor: str, days: int) -> float:
    """Chance that a span of days, begun on any day, holds a move of these kinds."""
    starts = np.arange(moves.first_day, moves.days - days, 7)
    everywhere = (np.arange(moves.runs)[:, None] * SPAN + starts).ravel()
    return float(hits_within(everywhere, moves.keys(actor, *kinds), days).mean())
