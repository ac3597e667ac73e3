"""Projects that one side builds and the other would stop: completion against disruption."""

from collections.abc import Generator

import numpy as np
import simpy

from relsim.processes.effects import Scene
from relsim.scenario.world import Project
from relsim.worlds.clock import WEEK, YEARS_A_WEEK, Clock, Phase, day_after
from relsim.worlds.parameters import Derived, at
from relsim.worlds.randomness.uniforms import rest
from relsim.worlds.worlds import Worlds

ABANDONED = np.float32(-1)
DONE = np.float32(1)


def project(
    worlds: Worlds, clock: Clock, scene: Scene, number: int, spec: Project
) -> Generator[simpy.Event, None, None]:
    """Work advances each week unless a disruption halts it; each opponent's round may be one.

    One uniform a run and week: what is not abandoned leaves the rest of it to the disruption.
    `progress` counts up to 1 (done); an abandoned project has progress −1.
    """
    name = worlds.stage.projects[number]
    opponent = worlds.stage.actor(spec.opposed_by)
    own = Derived(worlds.parameters, lambda parameters: parameters.under(f"projects.{name}"))
    abandoning = Derived(
        worlds.parameters, lambda _: -np.expm1(-own()["abandonment"] * YEARS_A_WEEK)
    )
    stream = worlds.streams.stream(f"project {name}", "abandonment, then disruption")
    for day in clock.every(WEEK, first=WEEK - 1):
        yield clock.until(day, Phase.WORLD)
        p = own()
        progress, halted = worlds.progress[number], worlds.halted_until[number]
        fresh = worlds.rounds_of[opponent] - worlds.rounds_seen[number]
        worlds.rounds_seen[number] = worlds.rounds_of[opponent]
        if not clock.after_known(day):
            continue  # `progress` is as of the known date
        alive = (progress >= 0) & (progress < DONE)
        if not alive.any():
            continue
        uniforms, given_up = stream.uniforms(clock.now), abandoning()
        lost = np.flatnonzero(alive & (uniforms < given_up))
        progress[lost] = ABANDONED
        alive[lost] = False
        tried = np.flatnonzero(alive & (fresh > 0))
        halts = 1 - (1 - at(p["disruption"], tried)) ** fresh[tried]
        hit = tried[rest(uniforms[tried], at(given_up, tried), 1) < halts]
        halted[hit] = day_after(day, at(p["delay"], hit))
        at_work = alive & (halted <= day)  # NEVER lies before every day
        progress += p["pace"] * at_work
        done = np.flatnonzero(at_work & (progress >= DONE))
        progress[done] = DONE
        scene.record.happened("project_completed", None, done, day, name)
