"""What all figures ask of an ensemble: the runs that count, their days, the deadlines."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import SimulationError, UsageError
from relsim.plots.number_words import day, together
from relsim.runs.chunk_result import NOT_RUN
from relsim.scenario.conditions.windows import Term
from relsim.scenario.schema import Scenario
from relsim.worlds.monitors.compiling import Compiler

__all__ = ["by_deadline", "deadline", "term_days", "titled", "valid_runs"]


def valid_runs(ensemble: Ensemble) -> npt.NDArray[np.bool_]:
    """The runs that were finished, bool (runs,).

    Raises
    ------
    UsageError
        If the ensemble is weighted: shares of its runs are not probabilities.
    SimulationError
        If no run was finished.
    """
    if ensemble.weights is not None:
        raise UsageError("figures of courses and distributions need an unweighted ensemble")
    valid: npt.NDArray[np.bool_] = (ensemble.first_day != NOT_RUN).all(axis=0)
    if not valid.any():
        raise SimulationError("no run was finished: there is nothing to draw")
    return valid


def term_days(ensemble: Ensemble) -> npt.NDArray[np.datetime64]:
    """Every day of the term, datetime64 (days,)."""
    horizon = ensemble.scenario.horizon
    return np.arange(np.datetime64(horizon.start, "D"), np.datetime64(horizon.end, "D"))


def deadline(scenario: Scenario, outcome: str) -> date | None:
    """The last day on which an outcome can come about, None if that is the term's last day.

    Examples
    --------
    >>> from relsim.scenario.schema import load
    >>> asked = {"happened": {"deed": "summit", "until": "2022-06-30"}}
    >>> deadline(load("us-russia-2021").with_outcome("early", asked), "early")
    datetime.date(2022, 6, 30)
    """
    horizon = scenario.horizon
    term = Term.between(horizon.start, horizon.end, horizon.known_until)
    _, last = Compiler(term, 0).settled(scenario.outcomes[outcome].when, term.whole)
    return scenario.date_of(last) if last < term.days - 1 else None


def by_deadline(scenario: Scenario, outcome: str) -> str:
    """``" by 30 June 2022"``, or nothing if an outcome has no deadline of its own."""
    last = deadline(scenario, outcome)
    return "" if last is None else f" by {together(day(last))}"


def titled(scenario: Scenario, outcome: str) -> str:
    """The title of an outcome, with its own deadline if it has one."""
    return scenario.outcomes[outcome].title + by_deadline(scenario, outcome)
