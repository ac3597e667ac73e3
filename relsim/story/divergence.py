"""What one changed move changes: two stories of one run, and where they differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from relsim.errors import UsageError
from relsim.story.run_record import ForcedMove, Happening, plain
from relsim.story.text import forced_words, happening_lines, outcome_lines, paragraph
from relsim.story.wording import day_words, signed

if TYPE_CHECKING:
    from relsim.story.story import Story

__all__ = ["Divergence"]

FORMAT = "relsim.replay-change/1"
Key = tuple[int, str, str | None, str | None]


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
        lines = []
        for text, hang in _lines(self):
            lines += paragraph(text, hang, width)
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON (format relsim.replay-change/1)."""
        return {
            "format": FORMAT,
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
        return f"<pre>{escape(self.text(100))}</pre>"


def _key(happening: Happening) -> Key:
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


def _lines(divergence: Divergence) -> list[tuple[str, int]]:
    before, after, forced = divergence.before, divergence.after, divergence.forced
    lines = [
        (f"Run {before.run} of {before.scenario.name}, seed {before.seed}, with one change", 2),
        (
            f"{forced_words(after)}, at its first review on or after {day_words(forced.asked)}. "
            "All chance is as it was.",
            2,
        ),
        ("", 0),
    ]
    if not (divergence.gone or divergence.new or divergence.outcomes):
        return [*lines, ("Nothing differs.", 0)]
    lines += _happenings(divergence)
    lines += [("", 0), ("Relations index at the end of", 0)]
    then = after.index_of_years()
    for year, value in before.index_of_years().items():
        lines.append((f"  {year}: {signed(value)}, with the change {signed(then[year])}", 2))
    lines += [("", 0), ("Outcomes", 0)]
    if not divergence.outcomes:
        lines.append(("  All come about as before, or do not.", 2))
    for name in divergence.outcomes:
        lines += _outcome(divergence, name)
    return lines


def _happenings(divergence: Divergence) -> list[tuple[str, int]]:
    marked = [(one, "−") for one in divergence.gone] + [(one, "+") for one in divergence.new]
    lines: list[tuple[str, int]] = []
    year = None
    for happening, mark in sorted(marked, key=lambda pair: pair[0].day):
        if happening.beside:
            continue
        if happening.date.year != year:
            year = happening.date.year
            lines.append((f"{year}", 0))
        for text, hang in happening_lines(happening):
            lines.append((f"{mark} {text}", hang + 2))
            mark = " "
    return lines


def _outcome(divergence: Divergence, name: str) -> list[tuple[str, int]]:
    was, now = divergence.before.outcomes[name], divergence.after.outcomes[name]
    when = "never" if was.date is None else day_words(was.date)
    (head, hang), *why = outcome_lines(now)
    return [(f"{head} (before the change: {when})", hang), *why]
