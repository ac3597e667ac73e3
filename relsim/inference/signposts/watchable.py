"""What an outsider can see by a date: deeds, how often, and levels of weekly series.

Each is an outcome like any other, so that the same monitors see it in all runs, in a plain
simulation and in an update.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.scenario.catalogue import DEEDS
from relsim.scenario.files.settings import with_entries
from relsim.scenario.schema import Scenario

__all__ = [
    "PREFIX", "Candidate", "asked_outcomes", "candidates", "check_date", "declared", "last_known",
    "undeclared",
]  # fmt: skip

PREFIX = "seen_"  # of the names of outcomes that are signposts
TIMES = (1, 2, 3, 5)  # days with the deed, at the least
OF_A_SIDE = ("mass_expulsion", "treaty_exit_notice", "treaty_left")
OF_A_COUNTRY = ("protest_attempt", "overthrow")
# Told of by another deed, or known on its date without being watched.
LEFT_OUT = (
    "summit_with_document", "proposal_lapsed", "treaty_expired", "treaty_kept", "summit",
    "agreement",
)  # fmt: skip
WEEKS = 13  # over which a level is averaged
LEVELS = tuple(float(level) for level in np.arange(-5.0, 5.5, 0.5))  # of the relations index
HOSTILE_WEEKS = (5, 10, 20, 40)


@dataclass(frozen=True, repr=False)
class Candidate(Brief):
    """Something that an outsider can see.

    Attributes
    ----------
    name : str
        Of the outcome that says whether it was seen.
    title : str
        What is seen, in words.
    when : mapping
        The condition, as a scenario file has it.
    move, actor : str or None
        What could be brought about: a move of an actor; a joint one without an actor; else None.
    times : int
        On how many days at the least; 1 of a level.
    """

    name: str
    title: str
    when: Mapping[str, object]
    move: str | None = None
    actor: str | None = None
    times: int = 1


def last_known(scenario: Scenario) -> date:
    """The last day on which there is nothing to watch: it is known, or no deed counts yet."""
    horizon = scenario.horizon
    known = horizon.known_until or horizon.start
    if horizon.count_from is None:
        return known
    return max(known, horizon.count_from - timedelta(days=1))


def check_date(scenario: Scenario, by: object) -> int:
    """The day of the term that a date is, if there is something to watch until then.

    Raises
    ------
    UsageError
        If it is no date, not within the term, or all is known or nothing counts until then.
    """
    if not isinstance(by, date) or isinstance(by, datetime):
        raise UsageError(f"by must be a date, datetime.date(2022, 7, 1) (got {by!r:.60})")
    horizon, first = scenario.horizon, last_known(scenario)
    if not first < by < horizon.last:
        raise UsageError(
            f"a date by which to watch lies after {first}, until when all is known or no deed "
            f"counts yet, and before the last day of the term, {horizon.last} (got {by})"
        )
    return (by - horizon.start).days


def candidates(scenario: Scenario, by: date) -> tuple[Candidate, ...]:
    """All that can be watched until a date.

    Parameters
    ----------
    scenario : Scenario
        Whose moves and actors there are.
    by : date
        The last day on which something is seen.
    """
    day, counted_from = check_date(scenario, by), scenario.horizon.term.count_day
    weeks, days = (day + 1) // 7, day - counted_from + 1
    often = tuple(number for number in TIMES if number <= days)
    return (*_deeds(scenario, by, often), *_levels(by, weeks, weeks - counted_from // 7))


def declared(scenario: Scenario, by: date) -> Scenario:
    """The scenario that asks for all candidates, too; its runs stay the same to the bit.

    Parameters
    ----------
    scenario : Scenario
        What is to be simulated, or updated.
    by : date
        The last day on which something is seen.

    Raises
    ------
    UsageError
        If the scenario has outcomes of such names already.

    Examples
    --------
    >>> import datetime, relsim
    >>> asked = declared(relsim.load("us-russia-2021"), datetime.date(2022, 7, 1))
    >>> asked.outcomes["seen_US_ease_sanctions_1"].title
    'United States: ease sanctions'
    """
    taken = [name for name in scenario.outcomes if name.startswith(PREFIX)]
    if taken:
        raise UsageError(
            f"outcomes of {scenario.name} must not begin with {PREFIX}, as those do by which "
            f"signposts are watched: rename {', '.join(taken[:3])}"
        )
    outcomes = {
        one.name: {
            "title": one.title,
            "resolves": f"Seen by {by}: {one.title}.",
            "when": one.when,
        }
        for one in candidates(scenario, by)
    }
    return with_entries(scenario, "outcomes", outcomes)


def asked_outcomes(names: Iterable[str]) -> tuple[str, ...]:
    """Those of some outcomes that are not what `declared` added."""
    return tuple(name for name in names if not name.startswith(PREFIX))


def undeclared(scenario: Scenario) -> Scenario:
    """The scenario as it was before `declared` added what there is to watch.

    Examples
    --------
    >>> import datetime, relsim
    >>> plain = relsim.load("us-russia-2021")
    >>> undeclared(declared(plain, datetime.date(2022, 7, 1))) == plain
    True
    """
    asked = {name: scenario.outcomes[name] for name in asked_outcomes(scenario.outcomes)}
    if len(asked) == len(scenario.outcomes):
        return scenario
    return scenario.model_copy(update={"outcomes": asked})


def _deeds(scenario: Scenario, by: date, often: tuple[int, ...]) -> Iterator[Candidate]:
    """Deeds, and moves on as many days as `often` says."""
    own = [name for name, move in scenario.moves.items() if not move.joint and name != "hold"]
    joint = [name for name, move in scenario.moves.items() if move.joint]
    for actor, spec in scenario.actors.items():
        for move in own:
            yield from _times(move, by, spec.name, move, actor, often)
        for deed in (*OF_A_SIDE, *OF_A_COUNTRY):
            yield from _times(deed, by, spec.name, None, actor, (1,))
    for move in joint:
        yield from _times(move, by, "Both", move, None, often)
    placed = {*own, *joint, *OF_A_SIDE, *OF_A_COUNTRY, *LEFT_OUT}
    for deed in DEEDS:
        if deed not in placed:
            yield from _times(deed, by, "", None, None, (1,))


def _times(
    deed: str,
    by: date,
    who: str,
    move: str | None,
    actor: str | None,
    times: tuple[int, ...],
) -> Iterator[Candidate]:
    """A deed, and the same on two days, three, five."""
    words = deed.replace("_", " ")
    for number in times:
        often = "" if number == 1 else f", on {number} days or more"
        yield Candidate(
            f"{PREFIX}{actor or 'both'}_{deed}_{number}",
            (f"{who}: {words}" if who else words.capitalize()) + often,
            _on_days(deed, actor, by, number),
            move,
            actor,
            number,
        )


def _on_days(deed: str, actor: str | None, by: date, number: int) -> dict[str, object]:
    """A deed on so many different days: the first, then another, and so on."""
    once: dict[str, object] = {"deed": deed, "until": by.isoformat()}
    if actor is not None:
        once["by"] = actor
    found: dict[str, object] = {"happened": once}
    for _ in range(number - 1):
        found = {"then": {"first": found, "second": {"happened": once}}}
    return found


def _levels(by: date, weeks: int, flagged: int) -> Iterator[Candidate]:
    """Levels over the last of the weeks, and how many of those that count are hostile."""
    until, length = by.isoformat(), min(WEEKS, weeks)
    if not length:
        return
    span = f"{length} week{'s' * (length > 1)}"
    for level in LEVELS:
        yield Candidate(
            f"{PREFIX}index_{level:+.1f}".replace("+", "over_").replace("-", "over_minus_")
            .replace(".", "_"),
            f"Relations index at {level:g} or more over the last {span}".replace("-", "−"),
            {"mean": {"series": "index", "in_last": span, "until": until, "at_least": level}},
        )  # fmt: skip
    for number in (n for n in HOSTILE_WEEKS if n <= flagged):
        yield Candidate(
            f"{PREFIX}hostile_weeks_{number}",
            f"{number} weeks or more with a strong hostile move",
            {"weeks": {"series": "hostile", "above": 0, "in_at_least": number, "until": until}},
        )
