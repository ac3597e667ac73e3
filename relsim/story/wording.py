"""Deeds, dates and conditions in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from relsim.scenario.conditions import conditions as asked
from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.operands import (
    Between,
    Blocks,
    Deed,
    InDays,
    OfSeries,
    TreatyStatus,
)
from relsim.scenario.schema import Scenario

__all__ = [
    "condition_words", "day_words", "deed_words", "is_made_of_others", "listed", "move_words",
    "signed", "subject_words",
]  # fmt: skip

# What the engine reports beside moves: a name for conditions, and the line of a story, in which a
# subject without a place of its own stands in brackets.
DEED_WORDS = {
    "negotiation_round": ("a session of talks", "Session of talks"),
    "summit": ("a leaders’ meeting", "Leaders’ meeting"),
    "summit_with_document": (
        "a leaders’ meeting with a joint document",
        "The leaders sign a joint document",
    ),
    "agreement": ("an agreement", "Agreement signed"),
    "arms_text": (
        "an arms-control text signed, extended or in force",
        "An arms-control text is signed or enters into force",
    ),
    "new_arms_agreement": ("a new arms-control agreement", "A new arms-control agreement"),
    "treaty_exit_notice": ("notice of leaving a treaty", "notice of leaving"),
    "treaty_left": ("a treaty left", "its exit takes effect"),
    "treaty_expired": ("a treaty expired", "{subject} expires"),
    "mass_expulsion": (
        "twenty or more diplomats expelled at once",
        "twenty or more diplomats expelled at once",
    ),
    "ladder_rise": ("a rise of the escalation ladder", "The escalation ladder rises"),
    "ladder_fall": ("a fall of the escalation ladder", "The escalation ladder falls"),
    "protest_attempt": (
        "mass protest against the government",
        "mass protest aims at the government",
    ),
    "overthrow": ("the fall of the government", "the head of government falls"),
    "project_completed": ("a project completed", "Completed"),
    "proposal_lapsed": (
        "a proposal lapsed without an answer",
        "{actor}’s proposal of {subject} lapses",
    ),
    "talks_opened": ("talks opened", "Talks open"),
    "talks_called_off": (
        "prepared talks called off",
        "The talks that were prepared are called off",
    ),
    "meeting_called_off": (
        "a prepared leaders’ meeting called off",
        "The leaders’ meeting that was prepared is called off",
    ),
    "talks_broken_down": ("talks ended without agreement", "Talks end without agreement"),
    "collision": ("a collision", "Collision"),
    "opening": ("an opening of a shared issue", "Opening"),
    "treaty_suspended": ("a treaty suspended", "no longer keeps to it"),
    "treaty_in_force": ("a treaty entered into force", "{subject} enters into force"),
    "treaty_kept": ("a treaty kept to after all", "keeps to it after all"),
}
SERIES_NAMES = {
    "index": "relations index",
    "flow": "net Goldstein flow",
    "rung": "rung of the escalation ladder",
    "hostile": "strong hostile moves",
    "cooperative": "cooperative moves",
}
# Weeks of a yes-or-no series read as what they have.
WEEKS_WITH = {"hostile": "a strong hostile move", "cooperative": "a cooperative move"}
PROPOSED = {"talks": "talks", "summit": "a leaders’ meeting"}  # as subjects of deeds
OF_A_COUNTRY = {"protest_attempt", "overthrow"}  # deeds in a country, not by its government
STATUS_WORDS = {
    "in_force": "in force",
    "leaving": "in force with notice given",
    "left": "left",
    "lapsed": "no longer in force",
    "suspended": "suspended",
}


def day_words(when: date) -> str:
    """A date in a running text.

    Examples
    --------
    >>> day_words(date(2021, 4, 6))
    '6 April 2021'
    """
    return f"{when.day} {when:%B %Y}"


def signed(value: float, places: int = 2) -> str:
    """A number with its sign.

    Examples
    --------
    >>> signed(-8.04, 1), signed(0.3), signed(-0.001)
    ('−8.0', '+0.30', '0.00')
    """
    text = f"{abs(value):.{places}f}"
    if not text.strip("0."):
        return text
    return f"{'−' if value < 0 else '+'}{text}"


def listed(words: Iterable[str]) -> str:
    """Words in a row.

    Examples
    --------
    >>> listed(["one", "two", "three"])
    'one, two and three'
    """
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def move_words(scenario: Scenario, move: str) -> str:
    """A move of the catalogue, by its own name there: ``"impose sanctions"``."""
    treaty = scenario.moves[move].treaty
    if treaty is not None and move.endswith(treaty):
        return f"{_spaced(move.removesuffix(treaty))} {scenario.treaties[treaty].name}"
    return _spaced(move)


def subject_words(scenario: Scenario, subject: str) -> str:
    """What a deed is about: a treaty, issue, region, project, rung or proposal, by its name."""
    for group in (scenario.treaties, scenario.issues, scenario.regions, scenario.projects):
        if subject in group:
            return str(group[subject].name)
    if subject in PROPOSED:
        return PROPOSED[subject]
    if subject.isdecimal():
        return f"rung {subject}, {scenario.ladder.rungs[int(subject)]}"
    return _spaced(subject)


def _spaced(name: str) -> str:
    return name.replace("_", " ").strip()


def deed_words(kind: str) -> tuple[str, str]:
    """What the engine reports beside moves: its name in a condition, and as the line of a story."""
    name = _spaced(kind)
    return DEED_WORDS.get(kind, (name, name.capitalize()))


def is_made_of_others(condition: Condition) -> bool:
    """Whether there are conditions inside a condition."""
    return any(True for _ in asked.subconditions(condition))


def condition_words(condition: Condition, scenario: Scenario) -> str:
    """What a condition asks, in words; those inside it have words of their own."""
    match condition:
        case asked.Happened(happened=deed):
            return _deed(deed, scenario)
        case asked.Sustained(sustained=spell):
            return f"{_level(spell, scenario)} for {spell.for_} on end{_window(spell)}"
        case asked.WeeksAt(weeks=count):
            weeks = _at_least(count.in_at_least, "week")
            return f"{weeks} {_with(count, scenario)}{_window(count)}"
        case asked.Mean(mean=mean):
            return f"mean of the {_level(mean, scenario)}{_window(mean)}"
        case asked.Share(share=share):
            return _share(share, scenario)
        case asked.Status(status=status):
            return _status(status, scenario)
        case asked.Each(each=each):
            return f"in {_at_least(each.in_at_least, 'period')} of {each.period}"
        case asked.AtLeast(at_least=several):
            return f"at least {several.n} of {len(several.of)}"
        case asked.AllOf(all=parts):
            return f"all {len(parts)}" if len(parts) > 1 else "all"
        case asked.AnyOf(any=parts):
            return f"any of {len(parts)}"
        case asked.Not(not_=inner):
            return "not" if is_made_of_others(inner) else f"not: {condition_words(inner, scenario)}"
        case asked.Then(then=pair):
            within = "" if pair.within is None else f", within {pair.within}"
            return f"the first and, strictly later, the second{within}"
        case asked.FirstWeek(first_week=watch):
            return _first_week(watch)
    raise TypeError(f"no condition: {condition!r}")


def _deed(deed: Deed, scenario: Scenario) -> str:
    moves = scenario.moves
    alone = {kind for kind in deed.kinds if kind in moves and not moves[kind].joint}
    words = " or ".join(
        move_words(scenario, kind) if kind in alone else deed_words(kind)[0] for kind in deed.kinds
    )
    preposition = "in" if OF_A_COUNTRY.intersection(deed.kinds) else "by"
    by = "" if deed.by is None else f" {preposition} {scenario.actors[deed.by].name}"
    of = "" if deed.of is None else f" ({subject_words(scenario, deed.of)})"
    return f"{words}{of}{by}{_window(deed)}"


def _level(body: OfSeries, scenario: Scenario) -> str:
    bounded = [
        f"{_spaced(side)} {f'{bound:g}'.replace('-', '−')}{_rung(body.series, bound, scenario)}"
        for side in ("at_least", "above", "at_most", "below")
        if (bound := getattr(body, side)) is not None
    ]
    return f"{SERIES_NAMES.get(body.series, _spaced(body.series))} {listed(bounded)}"


def _rung(series: str, bound: float, scenario: Scenario) -> str:
    rungs = scenario.ladder.rungs
    named = series == "rung" and bound in range(len(rungs))
    return f" ({rungs[int(bound)]})" if named else ""


def _with(body: OfSeries, scenario: Scenario) -> str:
    if body.series in WEEKS_WITH and (body.above, body.upper) == (0, None):
        return f"with {WEEKS_WITH[body.series]}"
    return f"with the {_level(body, scenario)}"


def _window(body: Between) -> str:
    in_last = body.in_last if isinstance(body, InDays) else None
    words = "" if body.from_ is None else f" from {day_words(body.from_)}"
    words += "" if body.until is None else f" until {day_words(body.until)}"
    return words + ("" if in_last is None else f" in the last {in_last}")


def _at_least(count: int, what: str) -> str:
    return f"at least {count} {what}{'' if count == 1 else 's'}"


def _share(share: Blocks, scenario: Scenario) -> str:
    portion, more = share.more_than or share.in_at_least, share.in_at_least is None
    length = "weeks" if share.per is None else f"blocks of {share.per}"
    summed = " in sum" if share.per is not None and share.take == "sum" else ""
    wish = "in more than" if more else "in at least"
    return f"{_level(share, scenario)}{summed} {wish} {portion} {length}{_window(share)}"


def _status(status: TreatyStatus, scenario: Scenario) -> str:
    treaty = scenario.treaties[status.treaty].name
    by = "" if status.by is None else f" for {scenario.actors[status.by].name}"
    if status.is_ == "left" and status.by is not None:
        return f"{scenario.actors[status.by].name} has left: {treaty}"
    return f"{treaty} {STATUS_WORDS[status.is_]}{by}"


def _first_week(watch: asked.Watch) -> str:
    words = "a week at whose end all of this holds"
    words += "" if watch.from_ is None else f", from {day_words(watch.from_)}"
    words += "" if watch.until is None else f", until {day_words(watch.until)}"
    if watch.onset is not None:
        words += f" (dated at the beginning of the {watch.onset} that end with it)"
    if watch.onset_from is not None:
        words += f"; the first such date on or after {day_words(watch.onset_from)}"
    return words
