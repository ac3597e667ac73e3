"""By when an outcome must have come about: its own deadline, or the end of the term."""

from __future__ import annotations

from datetime import date

from relsim.plots.number_words import day, together
from relsim.scenario.conditions.windows import Term
from relsim.scenario.schema import Scenario
from relsim.worlds.monitors.compiling import Compiler

__all__ = ["by_deadline", "deadline", "titled"]


def deadline(scenario: Scenario, outcome: str) -> date | None:
    """The last day on which an outcome can come about, None if that is the term's last day.

    Examples
    --------
    >>> from relsim.scenario.files.reading import load
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
