"""How many rows of each kind a record has, and how many the likelihood lets expect of it.

At the parameters by which a history was made, the number of rows of a kind less what each day let
expect, given all before it, is zero on average, with the variance of a Poisson count (a martingale
residual: Andersen, Borgan, Gill & Keiding 1993, Statistical Models Based on Counting Processes). A
likelihood that leaves out something of how records come about is off in some kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from relsim.array_types import Doubles, Floats
from relsim.inference.calibrate.coordinates import coordinates_of
from relsim.inference.calibrate.history import HistorySetup
from relsim.inference.calibrate.record_likelihood import NestedFilter, led, normalised
from relsim.processes.recorded import Look, Recorded
from relsim.scenario.schema import Scenario

__all__ = ["Counts", "counted", "residual"]

ACCEPTED, OTHER = "accepted", "not accepted"  # proposals whose rows are implied, and those seen


@dataclass
class Counts:
    """Numbers by kind: a move and its actor, or a proposal and what came of it.

    Attributes
    ----------
    rows : Counter
        In the record, from the first day that counts.
    expected : Counter
        Of the likelihood.
    """

    rows: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)


def residual(rows: float, expected: float) -> float:
    """How many standard deviations a count lies above what was expected.

    Examples
    --------
    >>> residual(12, 9)
    1.0
    """
    return float((rows - expected) / np.sqrt(max(expected, 1e-9)))


class CountingFilter(NestedFilter):
    """A nested filter of one draw that counts what it expects, over its runs by weight."""

    counts: Counts

    def days_passed(self, looks: Sequence[Look], days: int) -> None:
        if not hasattr(self, "counts"):
            self.counts = Counts()
        if self._counts:
            weights = normalised(self._so_far())[0]
            for actor, look in enumerate(looks):
                self._expect(actor, look, looks, days * weights)
        super().days_passed(looks, days)

    def _expect(self, actor: int, look: Look, looks: Sequence[Look], weights: Doubles) -> None:
        expected, into = self._expected(actor, look, looks), self.counts.expected
        rates = np.exp(self._omega) * self._rates(look)
        accepted, _ = self._answered(looks[self._stage.opponent(actor)])
        for row in self._proposing:
            made = -np.expm1(-rates[row])  # a day brings one at most
            both = made * accepted
            name = self._stage.moves[row].name
            into[f"{name}, {ACCEPTED}"] += float(both @ weights)
            seen = made * np.float32(self._of.detected) * (1 - accepted)
            into[f"{name}, {OTHER}"] += float(seen @ weights)
            expected[row] = 0
        few = np.float32(1 - self._of.unmodelled)
        for row, answering in look.answering.items():  # a day brings one answer at most
            push: Floats = few * np.exp(self._omega) * answering
            expected[row] += -np.expm1(-push) - push
        for move, number in zip(self._stage.moves, expected @ weights, strict=True):
            into[f"{move.name} {self._stage.actors[actor]}"] += float(number)

    def moved(self, move: Recorded, looks: Sequence[Look]) -> None:
        if self._counts:
            proposes = self._stage.move(move.move).proposes
            if proposes:
                self.counts.rows[f"{move.move}, {ACCEPTED if move.implied else OTHER}"] += 1
            elif not move.implied:
                self.counts.rows[f"{move.move} {move.actor}"] += 1
        super().moved(move, looks)


def counted(
    setup: HistorySetup, scenario: Scenario, truth: Mapping[str, float], seed: int
) -> Counts:
    """Lead runs along a record, at the parameters by which it was made; count and expect.

    Parameters
    ----------
    setup : HistorySetup
        Of the record; its `runs` are led.
    scenario : Scenario
        Whose parameters were drawn.
    truth : mapping
        z of each coordinate, those of moves that the record does not have, too.
    seed : int
        Of the runs.
    """
    past, eras = setup.past, len(setup.record.eras)
    of = coordinates_of(past, scenario.parameters(), eras, list(past.moves))
    z = np.array([[truth[name] for name in of.names]])
    done = led(
        CountingFilter, past, setup.record, setup.observation, of.values(z) | of.others(1),
        of.log_intensity(z), setup.runs, seed,
    )  # fmt: skip
    return done.counts
