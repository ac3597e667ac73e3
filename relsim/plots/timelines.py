"""Figure 5: one run's timeline: index, both sides' moves, talks, treaties, collisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relsim.array_types import Dates, Floats
from relsim.brief import Brief
from relsim.plots import fonts, style
from relsim.plots.canvas import BAR, CLASSES, MEETINGS, Canvas, height_of, named
from relsim.plots.number_words import by_deadline, counted, day, number, together, versions
from relsim.plots.paper import Inks, drawing, inside
from relsim.runs.provenance import known_until
from relsim.scenario.schema import Scenario
from relsim.story.happenings import Happening
from relsim.story.story import Story
from relsim.story.wording import move_words, subject_words

# What a strong move is called where room is short, by its effect; the most important ones first.
SHORT = {
    "leave": "leaves",
    "expel": "expulsion",
    "suspend": "ends talks",
    "threat": "threat",
    "posture": "posture",
    "sanction": "sanctions",
}
MASS = "mass expulsion"
ENDS = ("treaty_left", "treaty_expired", "treaty_suspended")  # of a party being bound by a treaty
RETURN = "treaty_kept"


@dataclass(frozen=True)
class Mark:
    """A move of one side.

    Attributes
    ----------
    when : date
    kind : str
        Class of the move: strong_hostile, hostile, neutral or cooperative.
    label : str
        Short words for strong hostile moves and for concessions, else nothing.
    rank : int
        The lower, the more important its label.
    """

    when: date
    kind: str
    label: str
    rank: int


@dataclass(frozen=True, repr=False)
class Lane(Brief):
    """All moves of one side, and its colour."""

    name: str
    colour: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Bar:
    """A span of days, the last one included, its label, and how it is drawn."""

    first: date
    last: date
    label: str
    kind: str


@dataclass(frozen=True, repr=False)
class Timeline(Brief):
    """What a run's timeline shows.

    Attributes
    ----------
    dates : datetime64 (weeks,)
    index : float32 (weeks,)
    known_until : date or None
    lanes : tuple of Lane
    talks, ladder : tuple of Bar
    treaties : dict of tuple of Bar
    sessions, agreements, collisions : tuple of date
    meetings : tuple of (date, bool)
        Leaders' meetings, with a joint document or without.
    """

    dates: Dates
    index: Floats
    known_until: date | None
    lanes: tuple[Lane, ...]
    talks: tuple[Bar, ...]
    ladder: tuple[Bar, ...]
    treaties: dict[str, tuple[Bar, ...]]
    sessions: tuple[date, ...]
    agreements: tuple[date, ...]
    collisions: tuple[date, ...]
    meetings: tuple[tuple[date, bool], ...]


def timeline_of(story: Story) -> Timeline:
    """The numbers of a run's timeline."""
    start = np.datetime64(story.scenario.horizon.start, "D")
    signed = {one.day for one in story.log if one.kind == "summit_with_document"}

    def dates(kind: str) -> tuple[date, ...]:
        return tuple(one.date for one in story.log if one.kind == kind)

    return Timeline(
        dates=start + story.week_days,
        index=story.series["index"],
        known_until=known_until(story.scenario, story.provenance),
        lanes=tuple(
            Lane(
                spec.name,
                style.actor_colour(story.scenario, actor),
                tuple(_marks(story, actor)),
            )
            for actor, spec in story.scenario.actors.items()
        ),
        talks=talks_bars(story),
        ladder=ladder_bars(story),
        treaties=treaty_bars(story),
        sessions=dates("negotiation_round"),
        agreements=dates("agreement"),
        collisions=dates("collision"),
        meetings=tuple((one.date, one.day in signed) for one in story.log if one.kind == "summit"),
    )


def _marks(story: Story, actor: str) -> Iterable[Mark]:
    mass = {one.day for one in story.log if one.kind == "mass_expulsion" and one.actor == actor}
    for happening in story.log:
        spec = story.scenario.moves.get(happening.kind)
        if happening.actor == actor and spec is not None:
            label, rank = _short(story.scenario, happening, mass=happening.day in mass)
            yield Mark(happening.date, spec.kind, label, rank)


def _short(scenario: Scenario, happening: Happening, *, mass: bool) -> tuple[str, int]:
    """Words for a mark, and their rank."""
    spec = scenario.moves[happening.kind]
    ranks = list(SHORT)
    if spec.effect == "expel" and mass:
        return MASS, 0
    if spec.treaty is not None:
        return f"{SHORT['leave']} {scenario.treaties[spec.treaty].name}", 0
    if spec.concession:
        return move_words(scenario, happening.kind), 0
    if spec.kind != "strong_hostile":
        return "", len(ranks)
    if spec.effect in SHORT:
        return SHORT[spec.effect], 1 + ranks.index(spec.effect)
    return move_words(scenario, happening.kind), 1


def talks_bars(story: Story) -> tuple[Bar, ...]:
    """Talks from their opening to their end."""
    bars, begun = [], None
    for happening in story.log:
        if happening.kind == "talks_opened":
            begun = happening
        ended = happening.kind == "talks_broken_down" or (
            happening.kind == "agreement" and not happening.dated
        )
        if ended and begun is not None:
            bars.append(_talks(story, begun, happening.date))
            begun = None
    if begun is not None:
        bars.append(_talks(story, begun, story.scenario.date_of(story.days - 1)))
    return tuple(bars)


def _talks(story: Story, begun: Happening, last: date) -> Bar:
    issue = subject_words(story.scenario, str(begun.subject))
    return Bar(begun.date, last, issue, "talks")


def treaty_bars(story: Story) -> dict[str, tuple[Bar, ...]]:
    """For each treaty with a party, spans by who keeps to it: ``"both"``, or ``"one"`` of them."""
    found = {}
    for treaty, spec in story.scenario.treaties.items():
        inside = {actor: party.status != "left" for actor, party in spec.parties.items()}
        first, bars = story.scenario.horizon.start, []
        for happening in story.happenings:
            if happening.subject != treaty or happening.kind not in (*ENDS, RETURN):
                continue
            bars += _members(story, treaty, inside, first, happening.date)
            first = happening.date
            for actor in inside if happening.actor is None else [happening.actor]:
                inside[actor] = happening.kind == RETURN
        last = story.scenario.date_of(story.days - 1)
        bars += _members(story, treaty, inside, first, last)
        if bars:
            found[treaty] = tuple(bars)
    return found


def _members(
    story: Story, treaty: str, inside: dict[str, bool], first: date, last: date
) -> list[Bar]:
    name = story.scenario.treaties[treaty].name
    those = [story.scenario.actors[actor].name for actor, is_in in inside.items() if is_in]
    if not those:
        return []
    if len(those) == 1:
        return [Bar(first, last, f"{name}, {those[0]} alone", "one")]
    return [Bar(first, last, name, "both")]


def ladder_bars(story: Story) -> tuple[Bar, ...]:
    """Spans of weeks above the usual rung, with the highest rung that each reached."""
    rungs = story.series["rung"]
    days = [story.scenario.date_of(int(day)) for day in story.week_days]
    bars, start = [], story.scenario.horizon.start
    for above, weeks in groupby(range(len(rungs)), key=lambda week: rungs[week] > 0):
        span = list(weeks)
        if above:
            highest = int(max(rungs[week] for week in span))
            name = story.scenario.ladder.rungs[highest]
            first = days[span[0] - 1] + timedelta(days=1) if span[0] else start
            bars.append(Bar(first, days[span[-1]], name, "rung"))
    return tuple(bars)


INDEX = 120.0  # height of the index that a figure of its own plans for
FRAME = 190.0  # title, legend, date axis and footer of such a figure


def finding(story: Story) -> str:
    """What happened in the run, in words."""
    outcome = story.outcomes[story.scenario.headline]
    by = by_deadline(story.scenario, story.scenario.headline)
    when = f"did not come about{by}" if by else "never came about"
    if outcome.date is not None:
        when = f"came about on {together(day(outcome.date))}"
    drawn = timeline_of(story)
    strong = sum(mark.kind == "strong_hostile" for lane in drawn.lanes for mark in lane.marks)
    happened = {
        "leaders’ meeting": len(drawn.meetings),
        "agreement": len(drawn.agreements),
        "strong hostile move": strong,
    }
    counts = ", ".join(together(counted(count, what)) for what, count in happened.items())
    first, last = (number(float(drawn.index[week]), 4.0) for week in (0, -1))
    return (
        f"Run {story.run}: “{outcome.title}” {when}; {counts}; "
        f"the relations index went from {first} to {last}"
    )


@drawing
def timeline(story: Story, ax: Axes | None = None) -> Axes:
    """Draw one run's timeline.

    Parameters
    ----------
    story : Story
        See `relsim.replay`.
    ax : Axes, optional
        Where to draw; by default a new figure, as high as its lanes need. The relations index
        stands on inset axes above the lanes.

    Returns
    -------
    Axes
    """
    drawn = timeline_of(story)
    height = (height_of(drawn) + INDEX + FRAME) / style.INCH
    ax = style.axes_for(ax, grid="x", height=height)
    style.dated(ax, drawn.dates[0].item(), drawn.dates[-1].item())
    ax.set_xlim(style.place(story.scenario.horizon.start), style.place(drawn.dates[-1]))
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0.0, pad=7.0)  # a mark on the first day is as wide
    legend = _legend(drawn, inside(ax)) | style.day_lines(ax, drawn.known_until)
    names = [MEETINGS, *(lane.name for lane in drawn.lanes)]
    # As wide as the names will be, so that the layout settles before places are found.
    ax.set_yticks([0.5] * len(names), [named(name) for name in names])
    style.title_and_legend(ax, finding(story), legend)
    _footnote(ax, story)
    fonts.fit(ax)
    cast("Figure", ax.get_figure(root=True)).draw_without_rendering()
    Canvas(ax, drawn).draw()
    return ax


def _footnote(ax: Axes, story: Story) -> None:
    forced = story.forced
    parts = [
        story.scenario.name,
        f"run {story.run} of draw {story.draw}",
        f"{counted(story.runs_per_draw, 'run')} a draw",
        f"seed {story.seed}",
        *([f"{forced.actor} made to {forced.move} on {forced.date}"] if forced else []),
        *versions(story.provenance),
    ]
    style.footnote(ax, parts)


def _legend(drawn: Timeline, inks: Inks) -> dict[str, object]:
    """Handles, by their labels, of what there is in this run."""

    def mark(shape: str, colour: str, size: float, face: str | None = None) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=shape, markersize=size, color=inks.mark(colour),
            markerfacecolor=face or inks.mark(colour), markeredgewidth=1.4 if face else 0.8,
        )  # fmt: skip

    kinds = {one.kind for lane in drawn.lanes for one in lane.marks}
    signed = {document for _, document in drawn.meetings}
    entries: list[tuple[object, str, object]] = [
        *(
            (kind in kinds, words, mark(shape, colour, size))
            for kind, (shape, colour, size, _, words) in CLASSES.items()
        ),
        (True in signed, "Joint document", mark("D", style.GREEN, 6.0)),
        (False in signed, "No document", mark("D", style.GREEN, 6.0, inks.ground)),
        (drawn.talks, "Talks", Patch(facecolor=inks.mark(style.SKY))),
        (drawn.sessions, "Session", mark("|", inks.ink, BAR)),
        (drawn.agreements, "Agreement", mark("*", style.GREEN, 11.0)),
        (drawn.collisions, "Collision", mark("|", style.VERMILLION, BAR)),
        (drawn.ladder, "Escalation", Patch(facecolor=inks.mark(style.PURPLE))),
    ]
    return {words: handle for there, words, handle in entries if there}
