"""The calendar: dated moves and dated changes of parameters, the same in every run."""

from collections.abc import Generator, Mapping, Sequence

import numpy as np
import simpy

from relsim.processes.effects import Scene
from relsim.processes.making import make_joint, make_move
from relsim.scenario.catalogue import CalendarEntry
from relsim.worlds.clock import Clock, Phase
from relsim.worlds.parameters import Floats
from relsim.worlds.start import start_beliefs
from relsim.worlds.worlds import Worlds


def calendar(
    worlds: Worlds,
    clock: Clock,
    scene: Scene,
    entries: Sequence[CalendarEntry],
    changes: Mapping[int, Mapping[str, Floats]],
) -> Generator[simpy.Event, None, None]:
    """Carry out each entry on its day; notes are for readers only.

    Parameters
    ----------
    worlds : Worlds
        Arrays of the runs.
    clock : Clock
        Of the term.
    scene : Scene
        Through which moves are made.
    entries : sequence of CalendarEntry
        In order of date.
    changes : mapping
        Number of the entry to the new parameter columns it sets.
    """
    everyone = np.arange(worlds.width)
    for number, entry in enumerate(entries):
        day = clock.day_of(entry.date)
        yield clock.until(day, Phase.CALENDAR)
        if number in changes:
            worlds.parameters.change(changes[number])
        if entry.new_government is not None:
            start_beliefs(worlds, worlds.stage.actor(entry.new_government))
        if entry.move is None:
            continue
        if entry.actor is None:
            make_joint(scene, entry.move, everyone, day)
        else:
            actor = worlds.stage.actor(entry.actor)
            make_move(scene, actor, worlds.stage.move(entry.move), everyone, day)
