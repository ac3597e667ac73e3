"""A run as a story: numbers first, in frozen objects that others tell or draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from relsim.brief import Brief
from relsim.escaping import markup, visible
from relsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from relsim.story.divergence import Divergence

__all__ = ["FORMAT", "Choice", "ForcedMove", "Happening", "OutcomeTold", "Reason", "Story"]

FORMAT = "relsim.replay/1"


@dataclass(frozen=True, repr=False)
class Choice(Brief):
    """How a move came to be made.

    Attributes
    ----------
    rule : str
        By which the actor chose.
    probability : float
        That the rule gave the move at this review.
    routine : float
        That the routine alone would have given it: drivers at their reference, nothing unanswered.
    drivers : dict of float
        The mover's pressure, engagement, retaliation, reciprocation, in log-odds from the
        reference state.
    pushes : dict of float
        What each driver added to the log-odds of this move against hold; empty for other rules
        than logit.
    answer : float
        What unanswered moves of the same kind added to them.
    forced : bool
        It was made whatever the actor would have picked.
    """

    rule: str
    probability: float
    routine: float
    drivers: Mapping[str, float]
    pushes: Mapping[str, float]
    answer: float
    forced: bool = False


@dataclass(frozen=True, repr=False)
class Happening(Brief):
    """Something that happened in a run.

    Attributes
    ----------
    day : int
        Days from the start of the term.
    date : date
    kind : str
        A move of the catalogue, a deed that the engine reports, or one of `IMPLIED`.
    actor, subject : str or None
    weight : float
        Goldstein points that it added to the flow.
    words : str
    changed : tuple of str
        What it changed, in words.
    choice : Choice or None
        None where nobody chose: dated moves, meetings, collisions.
    dated : bool
        The scenario's calendar has it.
    logged : bool
        False for what the log does not say itself: notes of the scenario, and `IMPLIED`.
    beside : bool
        Reported beside another one of the same day: a mass expulsion beside the expulsion.
    """

    day: int
    date: date
    kind: str
    actor: str | None
    subject: str | None
    weight: float
    words: str
    changed: tuple[str, ...] = ()
    choice: Choice | None = None
    dated: bool = False
    logged: bool = True
    beside: bool = False


@dataclass(frozen=True, repr=False)
class Reason(Brief):
    """A condition as a run met it or not, with those inside it.

    Attributes
    ----------
    asks : str
        The condition in words.
    met : bool
        Inside a week that is looked for: whether it held at the end of that week, or, if there is
        none, of the week that came closest.
    date : date or None
        When it was met.
    evidence : str
        What the run had of it, in words.
    parts : tuple of Reason
    """

    asks: str
    met: bool
    date: date | None
    evidence: str
    parts: tuple[Reason, ...] = ()


@dataclass(frozen=True, repr=False)
class OutcomeTold(Brief):
    """An outcome in one run: its day, -1 if never, and why."""

    name: str
    title: str
    day: int
    date: date | None
    reason: Reason


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
    """One run, told.

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
    outcomes : dict of OutcomeTold
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
    series: Mapping[str, npt.NDArray[np.float32]]
    week_days: npt.NDArray[np.int64]
    outcomes: Mapping[str, OutcomeTold]
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
        """Tell the story in lines, wrapped at `width` characters if one is given."""
        from relsim.story.text import story_text

        return visible(story_text(self, width))

    def against(self, before: Story) -> Divergence:
        """What differs from the same run without the forced move.

        Raises
        ------
        UsageError
            If it is not the same run, or nothing was forced in this one.
        """
        from relsim.story.divergence import Divergence

        return Divergence(before, self)

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON (format relsim.replay/1); null where something is not known."""
        weeks = [self.scenario.date_of(int(day)).isoformat() for day in self.week_days]
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            **self.provenance,
            "runs_per_draw": self.runs_per_draw,
            "run": self.run,
            "draw": self.draw,
            "forced": None if self.forced is None else plain(self.forced),
            "parameters": dict(self.parameters),
            "happenings": [plain(happening) for happening in self.happenings],
            "weeks": weeks,
            "series": {name: plain(values.tolist()) for name, values in self.series.items()},
            "outcomes": {name: plain(outcome) for name, outcome in self.outcomes.items()},
        }

    def __repr__(self) -> str:
        return (
            f"<Story of {self.scenario.name}: run {self.run} of draw {self.draw}, "
            f"seed {self.seed}, {len(self.happenings)} happenings>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{markup(self.text(100))}</pre>"


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
