"""The order of business in a day, as a small run of the engine shows it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from types import ModuleType
from unittest import mock

import simpy

from docs.pages.markdown import first_sentence, note, table
from relsim.runs import engine as chunks
from relsim.runs.plan import Plan
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import TICKS_PER_DAY, Clock, Phase

INTRODUCTION = """
# The order of business in a day

One SimPy environment carries all runs of some chunks side by side. Its time is a whole number, the
tick: the day times {ticks} plus the phase. A process waits for its day and phase, reads the arrays
of all runs, draws by name, and writes its own arrays; what differs between runs is a mask. Phases
of one day follow one another, so that actors due on the same day perceive and choose on the same
past and then move in the order in which the file declares them (`effects` takes a tick an actor).

The table was made by listening to a small run of `{name}`. Days count from 0, the first day of the
term. Processes of one phase and day run in the order of the table.

"""

LATER = """
Day 0 is {start}; the last simulated day is {last}, {date}. Until `horizon.known_until`, {known}
(day {known_day}), only the calendar's moves happen: actors perceive and forget but do not choose;
collisions, talks, meetings, the ladder and protest wait. Memories, beliefs, openings, sanctions,
third parties, domestic constraint and the work on projects go on all the while.
"""

WORDS = {
    Phase.CALENDAR: "dated entries of the scenario",
    Phase.WORLD: "what neither side chooses",
    Phase.PERCEIVE: "what was remembered and believed fades; rounds that are due are judged",
    Phase.CHOOSE: "each actor's rule gives probabilities, and its moves are drawn from them",
    Phase.EFFECTS: "the moves take effect",
    Phase.TABLE: "proposals, talks, leaders' meetings",
    Phase.RECORD: "the week's series, the index, the outcome monitors",
}


@dataclass
class Wakings:
    """On which days a process asked for a phase, and what it says of itself."""

    says: str
    days: list[int] = field(default_factory=list)


def listen(scenario: Scenario) -> dict[tuple[Phase, str], Wakings]:
    """Simulate one small chunk and note who wakes when, in the order of the first waking."""
    found: dict[tuple[Phase, str], Wakings] = {}

    class Listening(Clock):
        def until(self, day: int, phase: Phase, order: int = 0) -> simpy.Timeout:
            frame = sys._getframe(1)
            name = frame.f_code.co_name.replace("process", "recorder")
            function = process_of(sys.modules[frame.f_globals["__name__"]], name)
            says = first_sentence(inspect.getdoc(function))
            if "reviewing" in frame.f_locals:
                name += f" {frame.f_locals['reviewing'].name}"
            found.setdefault((phase, name), Wakings(says)).days.append(day)
            return super().until(day, phase, order)

    with mock.patch.object(chunks, "Clock", Listening):
        chunks.simulate_chunk(Plan(scenario, seed=1, runs=64, runs_per_draw=1, width=64), 0)
    return found


def process_of(module: ModuleType, name: str) -> Callable[..., object] | None:
    """The process function of a name."""
    found: Callable[..., object] | None = (
        module.Recorder.process if name == "recorder" else getattr(module, name, None)
    )
    return found


def page(scenario: Scenario) -> str:
    """The page, as Markdown."""
    found = listen(scenario)
    horizon = scenario.horizon
    last = (horizon.end - horizon.start).days - 1
    known = horizon.known_until
    return "".join(
        [
            note(),
            INTRODUCTION.lstrip().format(ticks=TICKS_PER_DAY, name=scenario.name),
            table(("phase", "tick", "what it is for"),
                  ((phase.name.lower(), ticks(phase, len(scenario.actors)), WORDS[phase])
                   for phase in Phase)),
            "\n## Who wakes when\n\n",
            table(("phase", "process", "days", "does"), wakings(found)),
            LATER.format(
                start=horizon.start, last=last, date=scenario.date_of(last),
                known=known, known_day=(known - horizon.start).days if known else -1,
            ),
        ]
    )  # fmt: skip


def ticks(phase: Phase, actors: int) -> str:
    """The ticks of a phase."""
    return f"{phase.value} to {phase + actors - 1}" if phase is Phase.EFFECTS else str(phase.value)


def wakings(found: dict[tuple[Phase, str], Wakings]) -> Iterator[tuple[str, ...]]:
    """A row for each process and phase, by phase."""
    for (phase, name), waking in sorted(found.items(), key=lambda item: item[0][0]):
        yield phase.name.lower(), f"`{name}`", cadence(sorted(set(waking.days))), waking.says


def cadence(days: list[int]) -> str:
    """Days in words: their interval, or the list of them."""
    steps = {later - earlier for earlier, later in pairwise(days)}
    if days[-1] - days[-2] < days[1] - days[0] and len(steps) == 2:  # the short last week
        return f"every {days[1] - days[0]} from {days[0]}, and the last day"
    if len(steps) == 1:
        return f"every {steps.pop()} from {days[0]}"
    if len(days) <= 12:
        return ", ".join(map(str, days))
    return f"{len(days)} days from {days[0]}"
