"""A scenario: what is asked, frozen and validated, with no arrays; and how one is loaded."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from relsim.errors import UsageError
from relsim.scenario.actors import Actor, Dyad, InternalOrder, ThirdParty
from relsim.scenario.catalogue import CalendarEntry, Forecast, MoveSpec, Outcome, Source
from relsim.scenario.checks import check_scenario, check_text
from relsim.scenario.conditions.windows import Term
from relsim.scenario.fields.section import Date, Findings, Name, Section
from relsim.scenario.fields.values import Value, values_of
from relsim.scenario.files.joint_draws import Draws
from relsim.scenario.files.reading import read, validated
from relsim.scenario.files.settings import vary, with_entry
from relsim.scenario.relative import with_draws_of_others
from relsim.scenario.world import Bursts, Index, Issue, Ladder, Project, Region, Talks, Treaty
from relsim.tables import Table

LONGEST_TERM = 32_000  # days: they are stored in 16 bits


class Horizon(Section):
    """The term: from its first day to the day after its last; how far it is known; what counts.

    Attributes
    ----------
    start, end : date
    known_until : date or None
        The last day that the calendar alone makes.
    count_from : date or None
        The first day whose deeds count for outcomes; None: the start.
    """

    start: Date
    end: Date
    known_until: Date | None = None
    count_from: Date | None = None

    @property
    def last(self) -> date:
        """The last day of the term."""
        return self.end - timedelta(days=1)

    @model_validator(mode="after")
    def _in_order(self) -> "Horizon":
        with Findings() as found:
            if self.end <= self.start:
                found.add(f"must be after start ({self.start}; got {self.end})", "end")
                return self  # no day lies within such a term
            if (days := (self.end - self.start).days) > LONGEST_TERM:
                longest = f"{LONGEST_TERM:,} days long, some {LONGEST_TERM / 365.25:.0f} years"
                found.add(f"a term is at most {longest} (got {days:,} days)", "end")
            for key in ("known_until", "count_from"):
                day = getattr(self, key)
                if day is not None and not self.start <= day < self.end:
                    term = f"the term, from {self.start} to the day before {self.end}"
                    found.add(f"must lie within {term}, or be null (got {day})", key)
        return self

    @property
    def term(self) -> Term:
        """Its days, as conditions count them."""
        return Term.between(self.start, self.end, self.count_from)


class Scenario(Section):
    """A question about two governments, and every number that its answer rests on.

    Load one with `relsim.load`; it is frozen, and `vary` makes another.
    """

    schema_: Literal["relsim/1"] = Field(alias="schema")
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]
    title: str
    question: str
    headline: Name
    sources: dict[Name, Source]
    horizon: Horizon
    dyad: Dyad
    actors: dict[Name, Actor]
    third_parties: dict[Name, ThirdParty] = Field(default_factory=dict)
    talks: Talks
    treaties: dict[Name, Treaty] = Field(default_factory=dict)
    issues: dict[Name, Issue]
    regions: dict[Name, Region] = Field(default_factory=dict)
    bursts: Bursts | None = None
    projects: dict[Name, Project] = Field(default_factory=dict)
    internal_order: dict[Name, InternalOrder] = Field(default_factory=dict)
    ladder: Ladder
    moves: dict[Name, MoveSpec]
    index: Index
    calendar: tuple[CalendarEntry, ...] = ()
    outcomes: dict[Name, Outcome]
    forecasts: dict[Name, Forecast] = Field(default_factory=dict)
    draws: Draws | None = None

    @model_validator(mode="before")
    @classmethod
    def _text(cls, data: Any) -> Any:
        with Findings() as found:
            check_text(data, found)
        return data

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        check_scenario(self)
        return self

    def parameters(self) -> dict[str, Value]:
        """Every number with a unit, by dotted path, in the order of the schema.

        One that is the same as another has that one's distribution.
        """
        return with_draws_of_others(dict(values_of(self)))

    def vary(self, changes: Mapping[str, object]) -> "Scenario":
        """Another scenario with some numbers changed; unit and source of each are kept.

        Parameters
        ----------
        changes : mapping of dotted path to number, text or mapping
            As a file writes them, a number or a distribution, or a change relative to the draws:
            ``{"scale": 2}``.

        Returns
        -------
        Scenario

        Raises
        ------
        ScenarioError
            If a path or a value is wrong.

        Examples
        --------
        >>> import relsim
        >>> scenario = relsim.load("us-russia-2021")
        >>> changed = scenario.vary({"actors.US.stake": 0.5, "actors.RU.stake": "0.2 to 0.8"})
        >>> print(changed.parameters()["actors.RU.stake"])
        0.2 to 0.8 log-odds
        >>> halved = scenario.vary({"actors.US.trust": {"scale": 0.5}})
        >>> print(halved.parameters()["actors.US.trust"])
        0.15 to 0.6 share × 0.5
        """
        return vary(self, changes)

    def with_outcome(
        self,
        name: str,
        when: Mapping[str, object],
        title: str | None = None,
        resolves: str | None = None,
    ) -> "Scenario":
        """Another scenario that asks one question more.

        Parameters
        ----------
        name : str
            Name of the outcome; an outcome of that name is replaced.
        when : mapping
            The condition, as a scenario file would hold it:
            ``{"happened": {"deed": "summit", "until": "2022-01-01"}}``.
        title, resolves : str, optional
            By default the name, and that the condition is met.

        Raises
        ------
        ScenarioError
            If the condition is wrong.
        """
        words = resolves or f"The condition of {name} is met."
        return with_entry(
            self, "outcomes", name, {"title": title or name, "resolves": words, "when": when}
        )

    def __repr__(self) -> str:
        title = self.title if len(self.title) <= 100 else f"{self.title[:97]}..."
        return (
            f"<Scenario {self.name}: {title}; {self.horizon.start} to "
            f"{self.horizon.last}, {len(self.outcomes)} outcomes>"
        )

    def _repr_html_(self) -> str:
        horizon = self.horizon
        rows = [
            ("question", self.question),
            ("term", f"{horizon.start} to {self.horizon.last}"),
            ("known until", str(horizon.known_until or "")),
            ("actors", ", ".join(actor.name for actor in self.actors.values())),
            *((f"outcome {name}", outcome.title) for name, outcome in self.outcomes.items()),
        ]
        return Table((), rows).html(f"{self.name}: {self.title}")

    @property
    def proposals(self) -> tuple[str, ...]:
        """What can be proposed: talks, a leaders' meeting, joint moves that a move proposes."""
        joint = (move.proposes for move in self.moves.values() if move.proposes is not None)
        return tuple(dict.fromkeys(("talks", "summit", *joint)))

    @property
    def subjects(self) -> tuple[str, ...]:
        """What deeds can be of: treaties, issues, regions, projects, rungs, proposals."""
        groups = (self.treaties, self.issues, self.regions, self.projects)
        rungs = map(str, range(len(self.ladder.rungs)))
        named = (*(name for group in groups for name in group), *rungs, *self.proposals)
        return tuple(dict.fromkeys(named))

    def date_of(self, day: int) -> date:
        """The date of a day of the term."""
        return date.fromordinal(self.horizon.start.toordinal() + day)

    def claims(self) -> Iterator[tuple[str, str]]:
        """Every citation of a claim, as (dotted path of what cites it, claim)."""
        for path, value in values_of(self):
            for claim in value.claim:
                yield path, claim
        for group in ("treaties", "moves", "outcomes", "forecasts"):
            for name, entry in getattr(self, group).items():
                yield from ((f"{group}.{name}", claim) for claim in entry.claim)
        for number, dated in enumerate(self.calendar):
            yield from ((f"calendar.{number}", claim) for claim in dated.claim)

    def sources_of_entries(self) -> Iterator[str]:
        """Sources named by entries that are no numbers: treaties, moves, outcomes, and so on."""
        for group in (self.treaties, self.moves, self.outcomes, self.forecasts):
            yield from (entry.source for entry in group.values() if entry.source)
        yield from (entry.source for entry in self.calendar if entry.source)


def load(name_or_path: str | os.PathLike[str], settings: Sequence[str] = ()) -> Scenario:
    """Read and validate a scenario.

    Parameters
    ----------
    name_or_path : str or path
        Name of a packaged scenario, or a file.
    settings : sequence of str
        Changes, ``"actors.US.stake=0.5"``, as ``--set`` takes them.

    Returns
    -------
    Scenario

    Raises
    ------
    UnknownName
        If there is no such scenario.
    ScenarioError
        If it cannot be used; lists every problem with file, line and column.

    Examples
    --------
    >>> import relsim
    >>> scenario = relsim.load("us-russia-2021", ["actors.US.stake=0.5"])
    >>> scenario.headline
    'signs_of_detente'
    >>> scenario.parameters()["actors.US.stake"].constant
    0.5
    """
    return validated(read(name_or_path), Scenario, settings)


def scenario_of(given: object, settings: Sequence[str] = ()) -> Scenario:
    """Return a scenario as it is given: itself, or what a packaged name or a path leads to.

    Parameters
    ----------
    given : Scenario, or str or path
        A scenario, the name of a packaged one, or its file.
    settings : sequence of str
        Changes to what is read, as `load` takes them.

    Raises
    ------
    UsageError
        If it is neither.
    UnknownName, ScenarioError
        As `load` has them.
    """
    if isinstance(given, Scenario):
        return given
    if isinstance(given, (str, os.PathLike)):
        return load(given, settings)
    raise UsageError(
        "a scenario is what relsim.load returns, the name of a packaged one, or a file's path "
        f"(got {type(given).__name__}"
        + (": its scenario is its attribute `scenario`; after an update, Update.save_scenario "
           "writes the scenario with what was learned)" if hasattr(given, "scenario") else ")")
    )  # fmt: skip
