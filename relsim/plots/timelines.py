"""Figure 5: one run's timeline: index, both sides' moves, talks, treaties, collisions."""

from __future__ import annotations

from typing import cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relsim.plots import fonts, style
from relsim.plots.canvas import BAR, CLASSES, MEETINGS, Canvas, height_of, named
from relsim.plots.ink import Inks, inside
from relsim.plots.number_words import counted, day, number, together
from relsim.plots.paper import drawing
from relsim.plots.runs import by_deadline
from relsim.plots.swimlanes import Timeline, timeline_of
from relsim.story.story import Story

__all__ = ["Timeline", "timeline", "timeline_of"]

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
    counts = ", ".join(
        [
            together(counted(len(drawn.meetings), "leaders’ meeting")),
            together(counted(len(drawn.agreements), "agreement")),
            together(counted(strong, "strong hostile move")),
        ]
    )
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
    ax = style.axes((height_of(drawn) + INDEX + FRAME) / style.INCH) if ax is None else ax
    style.clean(ax, grid="x")
    style.dated(ax, drawn.dates[0].item(), drawn.dates[-1].item())
    ax.set_xlim(style.place(story.scenario.horizon.start), style.place(drawn.dates[-1]))
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0.0, pad=7.0)  # a mark on the first day is as wide
    handles, labels = _legend(drawn, inside(ax))
    known = []
    if drawn.known_until is not None:
        known = [style.known_line(ax, drawn.known_until)]
        labels.append(f"Known until {day(drawn.known_until)}")
    names = [MEETINGS, *(lane.name for lane in drawn.lanes)]
    # As wide as the names will be, so that the layout settles before places are found.
    ax.set_yticks([0.5] * len(names), [named(name) for name in names])
    style.headline(ax, finding(story), style.legend_above(ax, [*handles, *known], labels))
    _footnote(ax, story)
    fonts.fit(ax)
    cast("Figure", ax.get_figure(root=True)).draw_without_rendering()
    Canvas(ax, drawn).draw()
    return ax


def _footnote(ax: Axes, story: Story) -> None:
    versions = cast("dict[str, str]", story.provenance["versions"])
    parts = [
        story.scenario.name,
        f"run {story.run} of draw {story.draw}",
        f"{counted(story.runs_per_draw, 'run')} a draw",
        f"seed {story.seed}",
        f"scenario hash {str(story.provenance['scenario_hash'])[:8]}",
        f"relsim {versions['relsim-ir']}",
    ]
    if story.forced is not None:
        forced = story.forced
        parts.insert(4, f"{forced.actor} made to {forced.move} on {forced.date}")
    style.footnote(ax, parts)


def _legend(drawn: Timeline, inks: Inks) -> tuple[list[object], list[str]]:
    """Handles and labels of what there is in this run."""

    def mark(shape: str, colour: str, size: float, face: str | None = None) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=shape, markersize=size, color=inks.mark(colour),
            markerfacecolor=face or inks.mark(colour), markeredgewidth=1.4 if face else 0.8,
        )  # fmt: skip

    kinds = {one.kind for lane in drawn.lanes for one in lane.marks}
    found: list[tuple[object, str]] = [
        (mark(shape, colour, size), words)
        for kind, (shape, colour, size, _, words) in CLASSES.items()
        if kind in kinds
    ]
    if any(signed for _, signed in drawn.meetings):
        found.append((mark("D", style.GREEN, 6.0), "Joint document"))
    if any(not signed for _, signed in drawn.meetings):
        found.append((mark("D", style.GREEN, 6.0, inks.ground), "No document"))
    if drawn.talks:
        found.append((Patch(facecolor=inks.mark(style.SKY)), "Talks"))
    if drawn.sessions:
        found.append((mark("|", inks.ink, BAR), "Session"))
    if drawn.agreements:
        found.append((mark("*", style.GREEN, 11.0), "Agreement"))
    if drawn.collisions:
        found.append((mark("|", style.VERMILLION, BAR), "Collision"))
    if drawn.ladder:
        found.append((Patch(facecolor=inks.mark(style.PURPLE)), "Escalation"))
    return [handle for handle, _ in found], [words for _, words in found]
