"""A record of events as a timeline: a lane for each side, cooperative moves up, hostile down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.history.event_counts import COOPERATIVE, HOSTILE, class_of, counted_by
from relsim.history.events import BOTH, Event
from relsim.plots import style
from relsim.plots.number_words import counted, day
from relsim.plots.paper import drawing, inside

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = ["RecordBars", "record_bars", "record_timeline"]

SPANS = {"month": 1, "quarter": 3, "year": 12, "decade": 120}  # months
MOST_BARS = 120  # in a lane, so that each can be distinguished from its neighbours
MOST_LANES = 4
GAP = 0.25  # between two lanes, over the height of one
ROOM = 0.15  # of a lane's height, that a number beside the name of the side needs
LANE_HEIGHT = 1.5  # inches
FRAME = 2.2  # inches of title, legend, axis and footer


@dataclass(frozen=True, repr=False)
class RecordBars(Brief):
    """What a record's timeline shows: numbers of recorded moves by side and span.

    Attributes
    ----------
    span : str
        ``"month"``, ``"quarter"``, ``"year"`` or ``"decade"``.
    starts, ends : tuple of date
        First day of each span, and of the one after it.
    lanes : tuple of str
        The sides, the most active first.
    hostile, cooperative, joint : dict of str to tuple of int
        By side. Joint moves that are cooperative count in each lane; hostile ones are among the
        hostile.
    events, implied, others : int
        How many events are drawn; how many implied ones, and of sides or classes without a place,
        are not.
    """

    span: str
    starts: tuple[date, ...]
    ends: tuple[date, ...]
    lanes: tuple[str, ...]
    hostile: Mapping[str, tuple[int, ...]]
    cooperative: Mapping[str, tuple[int, ...]]
    joint: Mapping[str, tuple[int, ...]]
    events: tuple[Event, ...]
    implied: int
    others: int
    scenario: Scenario | None = None


def record_bars(events: Sequence[Event], scenario: Scenario | None = None) -> RecordBars:
    """Count the recorded moves of each side by month, quarter, year or decade.

    Parameters
    ----------
    events : sequence of Event
        Those that are only implied are left out: many stand for one meeting.
    scenario : Scenario, optional
        Whose catalogue says which moves are hostile.

    Raises
    ------
    UsageError
        If no event is recorded.
    """
    recorded = [event for event in events if event.kind == "recorded"]
    sides = [actor for actor in counted_by(recorded, "actor") if actor != BOTH][:MOST_LANES]
    drawn = [
        event
        for event in recorded
        if event.actor in (*sides, BOTH) and class_of(event, scenario) in (HOSTILE, COOPERATIVE)
    ]
    if not drawn or not sides:
        raise UsageError("there is no recorded move of a side to draw")
    first, last = min(event.date for event in drawn), max(event.date for event in drawn)
    span = next((s for s, n in SPANS.items() if _number(first, last, n) <= MOST_BARS), "decade")
    months = SPANS[span]
    begin, length = _month(first) // months, _number(first, last, months)
    cells = Counter[tuple[str, str, int]]()
    for event in drawn:
        kind = class_of(event, scenario)
        for side in sides if event.actor == BOTH else (event.actor,):
            shown = "joint" if event.actor == BOTH and kind == COOPERATIVE else kind
            cells[side, shown, _month(event.date) // months - begin] += 1

    def of(kind: str) -> dict[str, tuple[int, ...]]:
        return {side: tuple(cells[side, kind, n] for n in range(length)) for side in sides}

    edges = [_first_day((begin + number) * months) for number in range(length + 1)]
    return RecordBars(
        span, tuple(edges[:-1]), tuple(edges[1:]), tuple(sides),
        of(HOSTILE), of(COOPERATIVE), of("joint"), tuple(drawn),
        implied=len(events) - len(recorded), others=len(recorded) - len(drawn), scenario=scenario,
    )  # fmt: skip


def _number(first: date, last: date, months: int) -> int:
    """How many spans of so many months two days and all between them lie in."""
    return _month(last) // months - _month(first) // months + 1


def _month(when: date) -> int:
    return 12 * when.year + when.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def finding(drawn: RecordBars) -> str:
    """What the bars show, in words."""
    classes = Counter(class_of(event, drawn.scenario) for event in drawn.events)
    hostile, cooperative = classes[HOSTILE], classes[COOPERATIVE]
    words = "outnumber" if hostile > cooperative else "are outnumbered by"
    if hostile == cooperative:
        words = "are as many as"
    years = Counter(
        event.date.year for event in drawn.events if class_of(event, drawn.scenario) == HOSTILE
    )
    dates = [event.date for event in drawn.events]
    said = f"Hostile moves {words} cooperative ones, {hostile} to {cooperative}, "
    said += f"{day(min(dates))} to {day(max(dates))}"
    if len({when.year for when in dates}) > 1 and years:
        worst, most = max(years.items(), key=lambda item: (item[1], -item[0]))
        said += f"; the most hostile year is {worst}, with {most}"
    return said


@drawing
def record_timeline(
    events: Sequence[Event],
    ax: Axes | None = None,
    *,
    scenario: Scenario | None = None,
    source: str = "",
) -> Axes:
    """Draw a record of events.

    Parameters
    ----------
    events : sequence of Event
        See `relsim.history.events.read_events`.
    ax : Axes, optional
        Where to draw; by default a new figure.
    scenario : Scenario, optional
        Names the sides in full, and says which moves are hostile.
    source : str
        What the events are of, for the line below the figure.

    Returns
    -------
    Axes
    """
    drawn = record_bars(events, scenario)
    if ax is None:
        ax = style.axes(FRAME + LANE_HEIGHT * len(drawn.lanes))
    style.clean(ax, grid="x")
    style.dated(ax, drawn.starts[0], drawn.ends[-1])
    inks = inside(ax)
    colours = {
        "joint": inks.mark(style.GREEN),
        COOPERATIVE: inks.mark(style.BLUE),
        HOSTILE: inks.mark(style.VERMILLION),
    }
    lefts = [style.place(when) for when in drawn.starts]
    widths = [style.place(end) - left for left, end in zip(lefts, drawn.ends, strict=True)]
    up, down = _heights(drawn)
    ticks: list[tuple[float, str]] = []
    colours_of_names: dict[str, str] = {}
    zero = 0.0
    for number, side in enumerate(drawn.lanes):
        zero = -number * (up + down) * (1 + GAP)
        colour = inks.ink
        if scenario is not None and side in scenario.actors:
            colour = inks.mark(style.actor_colour(scenario, side))
            colours_of_names[_name(side, scenario)] = colour
        ax.axhline(zero, color=colour, linewidth=1.6, zorder=3)
        joint, own = drawn.joint[side], drawn.cooperative[side]
        for counts, below, kind in (
            (joint, [0] * len(joint), "joint"),
            (own, joint, COOPERATIVE),
            ([-count for count in drawn.hostile[side]], [0] * len(joint), HOSTILE),
        ):
            bottom = [zero + height for height in below]
            ax.bar(
                lefts, counts, widths, bottom, align="edge", color=colours[kind], linewidth=0.0,
                zorder=2,
            )  # fmt: skip
        ticks.append((zero, _name(side, scenario)))
        ends = ((zero + up, up), (zero - down, down))
        ticks += [(at, str(height)) for at, height in ends if height >= ROOM * (up + down)]
    ax.set_yticks([at for at, _ in ticks], [style.literal(label) for _, label in ticks])
    style.names_in_colour(ax, colours_of_names)
    ax.set_ylim(zero - down - 0.06 * (up + down), up + 0.06 * (up + down))
    ax.tick_params(axis="y", length=0.0)
    ax.spines["left"].set_visible(False)
    ax.set_ylabel(f"Moves a {drawn.span}")
    labels = ("Cooperative, own", "Cooperative, joint", "Hostile (down)")
    handles = [Patch(facecolor=colours[kind]) for kind in (COOPERATIVE, "joint", HOSTILE)]
    style.headline(ax, finding(drawn), style.legend_above(ax, handles, labels))
    _footnote(ax, drawn, source)
    return ax


def _heights(drawn: RecordBars) -> tuple[int, int]:
    """How high the highest bar of any lane is, and how low the lowest; at least one move."""
    up = max(
        own + joint
        for side in drawn.lanes
        for own, joint in zip(drawn.cooperative[side], drawn.joint[side], strict=True)
    )
    return max(up, 1), max(1, *(count for side in drawn.lanes for count in drawn.hostile[side]))


def _name(side: str, scenario: Scenario | None) -> str:
    return scenario.actors[side].name if scenario is not None and side in scenario.actors else side


def _footnote(ax: Axes, drawn: RecordBars, source: str) -> None:
    from importlib.metadata import version

    parts = [f"n = {len(drawn.events)} recorded events"]
    if drawn.implied:
        parts.append(f"{counted(drawn.implied, 'implied one')} left out")
    if drawn.others:
        parts.append(f"{drawn.others} without a place here left out")
    style.footnote(ax, [*parts, *filter(None, [source]), f"relsim {version('relsim-ir')}"])
