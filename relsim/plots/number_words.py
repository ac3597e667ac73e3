"""What figures write of numbers, dates, quantities and deadlines, and which runs they count."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast

import numpy as np

from relsim.array_types import Booleans, Dates
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import SimulationError, UsageError
from relsim.estimates.probability import Estimate
from relsim.scenario.conditions.windows import Term
from relsim.scenario.schema import Scenario
from relsim.worlds.monitors.compiling import Compiler

GOLDSTEIN_A_WEEK = "Goldstein points a week"
DATE = "date"
NO_BREAK = "\N{NO-BREAK SPACE}"

# Title and unit by name; what stands behind the dot of a name goes after the title.
QUANTITIES = {
    "index_at_end": ("Relations index on the last day", GOLDSTEIN_A_WEEK),
    "weeks_below_zero": ("Weeks with the relations index below zero", "weeks"),
    "first_thaw_day": ("First week with the relations index at zero or above", DATE),
    "leaders_meetings": ("Leaders’ meetings", "meetings"),
    "agreements": ("Agreements", "agreements"),
    "sanctions_rounds": ("Sanctions rounds", "rounds"),
    "strong_moves": ("Strong hostile moves", "moves"),
    "pressure_works_at_end": ("Belief on the last day that pressure works", "probability"),
    "flow_of_year": ("Net Goldstein flow of the year", "Goldstein points"),
}
SERIES = {
    "index": ("Relations index", GOLDSTEIN_A_WEEK),
    "pressure_works": ("Belief that pressure works", "probability"),
}


class Named(NamedTuple):
    """What a recorded number is called, and its unit (``"date"`` for a day of the term)."""

    title: str
    unit: str


def title_and_unit(name: str, scenario: Scenario) -> Named:
    """Title and unit of a quantity of each run, or of a weekly series."""
    base, _, of = name.partition(".")
    title, unit = (QUANTITIES | SERIES).get(base, (base.replace("_", " ").capitalize(), ""))
    whose = scenario.actors[of].name if of in scenario.actors else of
    return Named(f"{title}, {whose}" if whose else title, unit)


def in_percent(text: str) -> str:
    """Probabilities in a text as percentages, in the digits they came with.

    Examples
    --------
    >>> in_percent(".021 ± .003"), in_percent("<.000092"), in_percent("1.00"), in_percent(".2")
    ('2.1 ± 0.3%', '<0.0092%', '100%', '20%')
    >>> in_percent(".00–.69"), in_percent("-.25 – +.04"), in_percent("no spread resolved")
    ('0–69%', '-25 – +4%', 'no spread resolved')
    >>> in_percent("2.5e-6 ± 3e-7")
    '0.00025 ± 0.00003%'
    """
    numbers = re.compile(r"\d*\.\d+(?:e-\d+)?|\d+e-\d+")
    if not numbers.search(text):
        return text
    return numbers.sub(lambda found: f"{Decimal(found[0]).scaleb(2):f}", text) + "%"


def between(low: str, high: str) -> str:
    """An interval; its ends stand apart where they have signs or are words.

    Examples
    --------
    >>> between("3", "69%"), between("-25", "+2"), between("6 Apr 2021", "7 May 2022")
    ('3–69%', '-25 – +2', '6 Apr 2021 – 7 May 2022')
    """
    close = low[:1].isdigit() and high[:1].isdigit() and " " not in low + high
    return f"{low}–{high}" if close else f"{low} – {high}"


def with_error(estimate: Estimate) -> str:
    """A probability and its Monte Carlo error: ``"21 ± 1%"``."""
    return in_percent(f"{estimate.value_text} {estimate.error_text}".strip())


def with_interval(estimate: Estimate) -> str:
    """A probability and its interval over draws: ``"21% (3–69% over draws)"``."""
    value = in_percent(estimate.value_text)
    if estimate.interval_90 is None or estimate.interval_note:
        return value
    return f"{value} ({together(in_percent(estimate.interval_text))} over draws)"


def day(when: date) -> str:
    """A day as it stands in a running text.

    Examples
    --------
    >>> day(date(2021, 4, 6)), month(date(2021, 4, 6))
    ('6 April 2021', 'April 2021')
    """
    return f"{when.day} {month(when)}"


def month(when: date) -> str:
    """A month as it stands in a running text."""
    return f"{when:%B %Y}"


def brief(when: date) -> str:
    """A day where room is short: ``"6 Apr 2021"``."""
    return f"{when.day} {when:%b %Y}"


def together(text: str) -> str:
    """The same text, never broken between two lines."""
    return text.replace(" ", NO_BREAK)


def number(value: float, width: float) -> str:
    """A number in two digits of the width of the interval that it belongs to.

    Examples
    --------
    >>> number(-2.04699, 4.6), number(3.0, 0.0), number(261.7, 180.0), number(0.3326, 0.24)
    ('−2.0', '3', '262', '0.33')
    """
    places = max(0, 1 - math.floor(math.log10(width))) if width > 0 else 0
    text = f"{abs(value):.{places}f}"
    return f"−{text}" if value < 0 and text.strip("0.") else text


def counted(count: int, singular: str, plural: str = "") -> str:
    """A count with its noun.

    Examples
    --------
    >>> counted(1, "draw"), counted(8192, "run")
    ('1 draw', '8,192 runs')
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def versions(provenance: Mapping[str, object]) -> tuple[str, str]:
    """By what a figure can be made again: the scenario's hash and the version of relsim."""
    by_package = cast("Mapping[str, str]", provenance["versions"])
    scenario_hash = str(provenance["scenario_hash"])[:8]
    return f"scenario hash {scenario_hash}", f"relsim {by_package['relsim-ir']}"


def valid_runs(ensemble: Ensemble) -> Booleans:
    """The runs that were finished and meet the ensemble's condition, bool (runs,).

    Raises
    ------
    UsageError
        If the ensemble is weighted: shares of its runs are not probabilities.
    SimulationError
        If no run was finished.
    """
    valid = ensemble.counted
    if valid is None:
        raise UsageError("figures of courses and distributions need an unweighted ensemble")
    if not valid.any():
        raise SimulationError("no run was finished: there is nothing to draw")
    return valid


def term_days(ensemble: Ensemble) -> Dates:
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
