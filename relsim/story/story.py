"""A run as a story, as text and as plain data, and beside the same run with one move changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from textwrap import wrap
from typing import Any

import numpy as np

from relsim.array_types import Floats, Integers
from relsim.errors import UsageError
from relsim.escaping import markup, visible
from relsim.scenario.schema import Scenario
from relsim.scenario.titles import titles_of
from relsim.story.happenings import Choice, Happening
from relsim.story.reasons import OutcomeInRun, Reason
from relsim.story.wording import day_words, move_words, signed

__all__ = ["FORMAT", "Divergence", "ForcedMove", "Story"]

FORMAT, CHANGE_FORMAT = "relsim.replay/2", "relsim.replay-change/2"
DATE_WIDTH = len("30 Sep  ")
SMALL = 0.005  # log-odds: less pushes nobody
UNUSUAL = 5  # parameters of a draw that are named
GRID = np.arange(1, 1000) / 1000
# A line, and by how much further lines are indented if it is wrapped.
Line = tuple[str, int]


@dataclass(frozen=True)
class ForcedMove:
    """A move that was forced on an actor, at its first review on or after a date.

    `probability` is what its rule gave the move then.
    """

    actor: str
    move: str
    asked: date
    day: int
    date: date
    probability: float


@dataclass(frozen=True, eq=False)
class Story:
    """One run: what happened in it, what came of it, and why.

    Attributes
    ----------
    scenario : Scenario
    seed, run, draw, runs_per_draw : int
    parameters : dict of float
        The draw's parameters by path, on the first day, in the engine's units.
    happenings : tuple of Happening
        In order of time.
    series : dict of float32 (weeks,)
        Every weekly series that is kept of a run.
    week_days : int64 (weeks,)
        The day on which each week was recorded.
    outcomes : dict of OutcomeInRun
    forced : ForcedMove or None
    provenance : dict
        Hash of the scenario, versions, chunk width, time.
    """

    scenario: Scenario
    seed: int
    run: int
    draw: int
    runs_per_draw: int
    parameters: Mapping[str, float]
    happenings: tuple[Happening, ...]
    series: Mapping[str, Floats]
    week_days: Integers
    outcomes: Mapping[str, OutcomeInRun]
    forced: ForcedMove | None
    provenance: Mapping[str, object]

    @property
    def log(self) -> tuple[Happening, ...]:
        """The happenings that the event log has, in its order."""
        return tuple(happening for happening in self.happenings if happening.logged)

    @property
    def days(self) -> int:
        """Days of the term."""
        return int(self.week_days[-1]) + 1

    def index_of_years(self) -> dict[int, float]:
        """The relations index at the last record of each calendar year of the term."""
        dates = (self.scenario.date_of(int(day)) for day in self.week_days)
        return {
            when.year: float(value) for when, value in zip(dates, self.series["index"], strict=True)
        }

    def text(self, width: int | None = None) -> str:
        """Return the story in lines, wrapped at `width` characters if one is given."""
        return wrapped(_story_lines(self), width)

    def against(self, before: Story) -> Divergence:
        """What differs from the same run without the forced move.

        Raises
        ------
        UsageError
            If it is not the same run, or nothing was forced in this one.
        """
        return Divergence(before, self)

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON (format relsim.replay/2); null where something is not known."""
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            **self.provenance,
            "runs_per_draw": self.runs_per_draw,
            "run": self.run,
            "draw": self.draw,
            "forced": plain(self.forced),
            "parameters": dict(self.parameters),
            "happenings": plain(self.happenings),
            "weeks": [plain(self.scenario.date_of(int(day))) for day in self.week_days],
            "series": {name: values.tolist() for name, values in self.series.items()},
            "outcomes": plain(self.outcomes),
        }

    def __repr__(self) -> str:
        return (
            f"<Story of {self.scenario.name}: run {self.run} of draw {self.draw}, "
            f"seed {self.seed}, {len(self.happenings)} happenings>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{markup(self.text(100))}</pre>"


def wrapped(lines: Iterable[Line], width: int | None) -> str:
    """Lines as text, wrapped if there is a width, with nothing in it that a terminal obeys."""
    text = []
    for line, hang in lines:
        if width is None or len(line) <= width:
            text.append(line)
            continue
        # The line's own indent is text to `wrap`.
        body = line.lstrip(" ")
        own = " " * (len(line) - len(body))
        text += wrap(body, width, initial_indent=own, subsequent_indent=" " * hang)
    return visible("\n".join(text))


def _story_lines(story: Story) -> Iterator[Line]:
    """The whole story; see `Story.text`."""
    yield from ((line, 2) for line in _heading(story))
    yield "", 0
    yield from _year_lines(story)
    yield from (("", 0), ("Why each outcome came about, or did not", 0), ("", 0))
    for outcome in story.outcomes.values():
        yield from outcome_lines(outcome)


def _heading(story: Story) -> Iterator[str]:
    scenario = story.scenario
    yield scenario.title
    yield (
        f"Run {story.run} of {scenario.name}: draw {story.draw}, seed {story.seed}, "
        f"{story.runs_per_draw} {'run' if story.runs_per_draw == 1 else 'runs'} a draw"
    )
    if story.forced is not None:
        yield f"Changed: {forced_words(story)}"
    if parts := unusual(story):
        yield f"Unusual in this draw: {'; '.join(parts)}"


def forced_words(story: Story) -> str:
    """The move that was forced; nothing if none was."""
    forced, scenario = story.forced, story.scenario
    if forced is None:
        return ""
    move = move_words(scenario, forced.move)
    return (
        f"{scenario.actors[forced.actor].name} is made to {move} on {day_words(forced.date)}, "
        f"which had a probability of {share(forced.probability)}"
    )


def unusual(story: Story) -> list[str]:
    """The parameters that lie farthest out in their distributions, with the share below them."""
    found, titles = [], titles_of(story.scenario)
    for path, parameter in story.scenario.parameters().items():
        if parameter.constant is not None:
            continue
        value = story.parameters[path]
        # Where a discrete value stands on a step, the middle of the step.
        points = parameter.distribution.quantile(GRID)
        below = float(((points < value).mean() + (points <= value).mean()) / 2)
        unit = "" if parameter.unit in ("1", "share") else f" {parameter.unit}"
        rest = min(max(below, 1 - below), 0.99)
        outer = f"{rest:.0%} are {'lower' if below > 0.5 else 'higher'}"
        found.append((-abs(below - 0.5), f"{titles[path]}: {value:.3g}{unit}, {outer}"))
    return [words for _, words in sorted(found)[:UNUSUAL]]


def _year_lines(story: Story) -> Iterator[Line]:
    """The happenings year by year."""
    shown = [happening for happening in story.happenings if not happening.beside]
    last = story.scenario.date_of(story.days - 1).year
    for year, index in story.index_of_years().items():
        yield f"{year}", 0
        for happening in shown:
            if happening.date.year == year:
                yield from happening_lines(happening)
        end = "the term" if year == last else f"{year}"
        line = f"Relations index at the end of {end}: {signed(index)}"
        yield " " * DATE_WIDTH + line, DATE_WIDTH
        yield "", 0


def happening_lines(happening: Happening) -> Iterator[Line]:
    """When, who, what, and what it changed; below it how it came to be chosen."""
    when = f"{happening.date.day:>2} {happening.date:%b}"
    line = f"{when:{DATE_WIDTH}}{happening.words}"
    if happening.weight:
        line += f" ({signed(happening.weight, 1)})"
    if happening.dated and happening.logged:
        line += ", as the scenario has it"
    if happening.changed:
        line += f": {'; '.join(happening.changed)}"
    yield line, DATE_WIDTH
    if happening.choice is not None:
        yield " " * DATE_WIDTH + choice_words(happening.choice), DATE_WIDTH + 2


def choice_words(choice: Choice) -> str:
    """Probability, and what pushed for the move and against it.

    A motive below its reference state is called low: that is what pushes for a move that
    expresses the opposite of the motive.
    """
    words = "forced, " if choice.forced else ""
    words += f"probability {share(choice.probability)}"
    if choice.rule != "logit":
        return f"{words} by rule {choice.rule}"
    pushes = {
        f"low {name}" if choice.motives[name] < 0 else name: push
        for name, push in choice.pushes.items()
    } | {"unanswered move": choice.answer, "what was done of late": choice.recent}
    ordered = sorted(pushes.items(), key=lambda push: -abs(push[1]))
    parts = []
    for side, sign in (("for it", 1), ("against it", -1)):
        if pushing := [f"{name} {signed(p)}" for name, p in ordered if sign * p > SMALL]:
            parts.append(f"{side} {', '.join(pushing)}")
    return f"{words} (routine {share(choice.routine)}): {'; '.join(parts) or 'nothing pushed'}"


def share(probability: float) -> str:
    """A probability in percent, two digits of it.

    Examples
    --------
    >>> share(0.01234), share(0.5), share(0.9996), share(0.0)
    ('1.2%', '50%', '99.960%', '0%')
    """
    if probability in (0, 1):
        return f"{100 * probability:.0f}%"
    places = max(0, 1 - int(np.floor(np.log10(100 * min(probability, 1 - probability)))))
    return f"{100 * probability:.{places}f}%"


def outcome_lines(outcome: OutcomeInRun) -> Iterator[Line]:
    """An outcome, its day, and the conditions inside it."""
    when = "never" if outcome.date is None else day_words(outcome.date)
    yield f"{outcome.title}: {when}", 2
    yield from _reason_lines(outcome.reason, 1)
    yield "", 0


def _reason_lines(reason: Reason, depth: int) -> Iterator[Line]:
    mark = "met   " if reason.met else "unmet "
    line = f"{'  ' * depth}{mark}{reason.asks}"
    when = "" if reason.date is None else day_words(reason.date)
    parts = [f"met on {when}"] * bool(when and when not in reason.evidence)
    parts += [reason.evidence] * bool(reason.evidence)
    if parts:
        line += f": {'; '.join(parts)}"
    yield line, 2 * depth + len(mark)
    for part in reason.parts:
        yield from _reason_lines(part, depth + 1)


@dataclass(frozen=True, eq=False)
class Divergence:
    """A run as it was, and as it is with one move forced, all chance kept.

    Attributes
    ----------
    before, after : Story
    """

    before: Story
    after: Story

    def __post_init__(self) -> None:
        one, other = self.before, self.after
        if (one.run, one.seed, one.scenario) != (other.run, other.seed, other.scenario):
            raise UsageError("two stories are compared only of one run of one ensemble")
        if other.forced is None:
            raise UsageError("the second story has no forced move")

    @property
    def forced(self) -> ForcedMove:
        """The move that was forced."""
        assert self.after.forced is not None  # as was checked
        return self.after.forced

    @property
    def gone(self) -> tuple[Happening, ...]:
        """Happenings that the change took away."""
        return _without(self.before.happenings, self.after.happenings)

    @property
    def new(self) -> tuple[Happening, ...]:
        """Happenings that the change brought."""
        return _without(self.after.happenings, self.before.happenings)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes whose day differs."""
        return tuple(
            name
            for name, outcome in self.before.outcomes.items()
            if outcome.day != self.after.outcomes[name].day
        )

    def text(self, width: int | None = None) -> str:
        """What differs, in lines; − stands before what is gone, + before what is new."""
        return wrapped(_lines(self), width)

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON (format relsim.replay-change/2)."""
        return {
            "format": CHANGE_FORMAT,
            "forced": plain(self.forced),
            "gone": plain(self.gone),
            "new": plain(self.new),
            "outcomes": {
                name: {
                    "before": plain(self.before.outcomes[name].date),
                    "after": plain(self.after.outcomes[name].date),
                }
                for name in self.outcomes
            },
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }

    def __repr__(self) -> str:
        return (
            f"<Divergence of run {self.before.run}: {len(self.gone)} happenings gone, "
            f"{len(self.new)} new, {len(self.outcomes)} outcomes differ>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{markup(self.text(100))}</pre>"


def _key(happening: Happening) -> tuple[object, ...]:
    return happening.day, happening.kind, happening.actor, happening.subject


def _without(those: tuple[Happening, ...], others: tuple[Happening, ...]) -> tuple[Happening, ...]:
    """What is in one story and not in the other; a forced hold is no happening of its own."""
    there = Counter(map(_key, others))
    found = []
    for happening in those:
        key = _key(happening)
        if there[key]:
            there[key] -= 1
        elif happening.kind != "hold":
            found.append(happening)
    return tuple(found)


def _lines(divergence: Divergence) -> Iterator[Line]:
    before, after, forced = divergence.before, divergence.after, divergence.forced
    yield f"Run {before.run} of {before.scenario.name}, seed {before.seed}, with one change", 2
    first = f"at its first review on or after {day_words(forced.asked)}"
    yield f"{forced_words(after)}, {first}. All chance is as it was.", 2
    yield "", 0
    if not (divergence.gone or divergence.new or divergence.outcomes):
        yield "Nothing differs.", 0
        return
    yield from _happenings(divergence)
    yield from (("", 0), ("Relations index at the end of", 0))
    then = after.index_of_years()
    for year, value in before.index_of_years().items():
        yield f"  {year}: {signed(value)}, with the change {signed(then[year])}", 2
    yield from (("", 0), ("Outcomes", 0))
    if not divergence.outcomes:
        yield "  All come about as before, or do not.", 2
    for name in divergence.outcomes:
        was = before.outcomes[name].date
        (head, hang), *why = outcome_lines(after.outcomes[name])
        yield f"{head} (before the change: {'never' if was is None else day_words(was)})", hang
        yield from why


def _happenings(divergence: Divergence) -> Iterator[Line]:
    marked = [(one, "−") for one in divergence.gone] + [(one, "+") for one in divergence.new]
    year = None
    for happening, mark in sorted(marked, key=lambda pair: pair[0].day):
        if happening.beside:
            continue
        if happening.date.year != year:
            year = happening.date.year
            yield f"{year}", 0
        for text, hang in happening_lines(happening):
            yield f"{mark} {text}", hang + 2
            mark = " "


def plain(thing: Any) -> Any:
    """Objects of a story as mappings, lists, numbers and text.

    Examples
    --------
    >>> plain(Reason("all 2", met=False, date=None, evidence=""))
    {'asks': 'all 2', 'met': False, 'date': None, 'evidence': '', 'parts': []}
    """
    if isinstance(thing, date):
        return thing.isoformat()
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        return [plain(item) for item in thing]
    if hasattr(thing, "__dataclass_fields__"):
        return {one.name: plain(getattr(thing, one.name)) for one in fields(thing)}
    return thing
