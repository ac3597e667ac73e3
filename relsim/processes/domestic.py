"""Domestic politics: each side's constraint on warmth, and its election season."""

from collections.abc import Generator

import numpy as np
import simpy

from relsim.scenario.actors import Actor
from relsim.worlds.clock import WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, Floats, Parameters
from relsim.worlds.worlds import Worlds

ZERO = np.zeros((), np.float32)


def domestic(
    worlds: Worlds, clock: Clock, actor: int, spec: Actor
) -> Generator[simpy.Event, None, None]:
    """Domestic constraint N of one actor, once a week.

    N ← r N + sqrt(1 − r²) z with r = exp(−Δ / tau): an Ornstein-Uhlenbeck process of unit
    variance, begun in its stationary law since nobody observes where it stands.
    """
    name = worlds.stage.actors[actor]
    stream = worlds.streams.stream(f"domestic {name}", "constraint")
    days = [(clock.day_of(season.begins), clock.day_of(season.ends)) for season in spec.elections]

    def relaxation(parameters: Parameters) -> tuple[Floats, Floats]:
        r = np.exp(-1 / parameters[f"actors.{name}.constraint_relaxation"])
        return r, np.sqrt(1 - r * r)

    derived = Derived(worlds.parameters, relaxation)
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.WORLD)
        z = stream.normals(clock.now)
        if day == 0:
            worlds.constraint[actor] = z
        else:
            r, spread = derived()
            worlds.constraint[actor] *= r
            worlds.constraint[actor] += spread * z
        season = any(begins <= day < ends for begins, ends in days)
        weight = worlds.parameters[f"actors.{name}.election_weight"]
        worlds.election[actor] = weight if season else ZERO
