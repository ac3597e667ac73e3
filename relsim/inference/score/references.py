"""Forecasts that any other has to beat: base rates of the record, the status quo, the author.

*Base rate.* How many earlier terms of the packaged record met the condition, as a probability
(`relsim.history.base_rates`). *EW4* is the same with exponential forgetting. Both are given where
the record can say whether a condition was met. EW4 with excitation gives no probability of its own
here: what moves excite dies out within weeks, and terms are years.

*Status quo.* Yes or no: what most of some runs show in which neither government makes a move.
"""

from __future__ import annotations

from collections.abc import Sequence

from relsim.history.base_rates import base_rates, fading_base_rates, met_in_past_terms
from relsim.history.one_step import EW4
from relsim.inference.score.crowds import Crowd
from relsim.inference.score.frozen import Record, References
from relsim.rules.scripted import always_hold
from relsim.scenario.schema import Scenario
from relsim.simulate import simulate

__all__ = ["AUTHOR", "BASE", "HALF", "STATUS_QUO", "references_of"]

BASE, STATUS_QUO, AUTHOR, HALF = "base rate", "status quo", "author", "one half"
RUNS = 64  # one of each draw: enough to see what most of them show


def references_of(
    record: Record, scenario: Scenario | None, crowds: Sequence[Crowd] = ()
) -> References:
    """The reference forecasts of each question of a record.

    Parameters
    ----------
    record : Record
        As it was frozen.
    scenario : Scenario or None
        That of the record; without it neither base rates nor the status quo are known.
    crowds : sequence of Crowd
        Those that are for the record's scenario.

    Returns
    -------
    mapping of str to mapping of str to float
        By outcome and name of the reference.
    """
    found: dict[str, dict[str, float]] = {}
    still = {} if scenario is None else _status_quo(scenario)
    base, fading = ({}, {}) if scenario is None else _base_rates(scenario)
    for name, asked in record.outcomes.items():
        given = {HALF: 0.5}
        if scenario is not None and name in scenario.outcomes:
            rates = {BASE: base.get(name), EW4: fading.get(name), STATUS_QUO: still[name]}
            given |= {key: rate for key, rate in rates.items() if rate is not None}
        if asked.author is not None:
            given[AUTHOR] = asked.author
        found[name] = given | _of_crowds(record, name, crowds)
    return found


def _of_crowds(record: Record, outcome: str, crowds: Sequence[Crowd]) -> dict[str, float]:
    at = {
        crowd.name: crowd.at(record.as_of)
        for crowd in crowds
        if (crowd.scenario, crowd.outcome) == (record.scenario, outcome)
    }
    return {name: p for name, p in at.items() if p is not None}


def _status_quo(scenario: Scenario) -> dict[str, float]:
    """1 for each outcome that most runs show in which neither government moves, else 0."""
    still = simulate(
        scenario, runs=RUNS, draws=RUNS, rules=dict.fromkeys(scenario.actors, always_hold)
    )
    return {name: float(still.probability(name).value > 0.5) for name in still.outcomes}


def _base_rates(scenario: Scenario) -> tuple[dict[str, float], dict[str, float]]:
    """Base rate and EW4 of the outcomes of which the record can tell."""
    met = met_in_past_terms(scenario)
    base, fading = (
        {name: rate.probability for name, rate in rates(scenario, met).items()}
        for rates in (base_rates, fading_base_rates)
    )
    return base, fading
