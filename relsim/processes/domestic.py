"""Domestic politics: constraint on warmth, election seasons, mass protest against a government."""

from collections.abc import Generator, Mapping

import numpy as np
import simpy

from relsim.array_types import Floats, Integers
from relsim.processes.effects import Scene
from relsim.scenario.actors import Actor
from relsim.worlds.clock import WEEK, YEARS_A_WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, Parameters, at
from relsim.worlds.randomness.streams import rest
from relsim.worlds.worlds import Worlds

ZERO = np.zeros((), np.float32)
LARGEST_SHIFT = np.float32(80)  # of log odds: more would run over, and makes a chance of 1 anyhow


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
            r, scale = derived()
            worlds.constraint[actor] *= r
            worlds.constraint[actor] += scale * z
        season = any(begins <= day < ends for begins, ends in days)
        weight = worlds.parameters[f"actors.{name}.election_weight"]
        worlds.election[actor] = weight if season else ZERO


def internal_order(
    worlds: Worlds, clock: Clock, scene: Scene, actor: int
) -> Generator[simpy.Event, None, None]:
    """Mass-protest attempts against one government, and their success, once a week.

    Attempts come at a rate that rises with hardship and domestic constraint; success given an
    attempt falls with the government's support, which hardship hardly moves (claim C23).
    """
    name = worlds.stage.actors[actor]
    stream = worlds.streams.stream(f"internal order {name}", "attempt, then success")
    own = Derived(worlds.parameters, lambda parameters: parameters.under(f"internal_order.{name}"))
    for day in clock.every(WEEK, first=WEEK - 1):
        yield clock.until(day, Phase.WORLD)
        if not clock.after_known(day):
            continue
        p = own()
        strain = worlds.hardship[actor] - worlds.parameters[f"actors.{name}.reference.hardship"]
        expected = p["hardship_weight"] * strain
        expected += p["constraint_weight"] * worlds.constraint[actor]
        np.exp(expected, out=expected)
        expected *= p["attempt_rate"]
        expected *= YEARS_A_WEEK
        if scene.record.chances is not None:
            # As if it had not happened yet, wherever it has.
            attempted = -np.expm1(-expected)
            scene.record.chances("protest_attempt", name, day, attempted)
            everywhere = attempted * success_chance(p, strain, np.arange(worlds.width))
            scene.record.chances("overthrow", name, day, everywhere)
        uniforms = stream.uniforms(clock.now)
        # Few: as 1 − exp(−m) ≤ m, the chance itself is needed for these alone.
        idx = np.flatnonzero((uniforms < expected) & ~worlds.overthrown[actor])
        chance = -np.expm1(-expected[idx])
        tried = uniforms[idx] < chance
        idx, success = idx[tried], rest(uniforms[idx[tried]], 0, chance[tried])
        scene.record.happened("protest_attempt", name, idx, day)
        won = idx[success < success_chance(p, strain, idx)]
        worlds.overthrown[actor, won] = True
        scene.record.happened("overthrow", name, won, day)


def success_chance(own: Mapping[str, Floats], strain: Floats, idx: Integers) -> Floats:
    """The chance that an attempt succeeds in the runs idx.

    Parameters
    ----------
    own : mapping
        Parameters of the internal order by name.
    strain : float32, (runs,)
        Hardship above its reference, in percent of GDP.
    idx : int64, (n,)
        Columns of the runs.
    """
    lost = at(own["support_lost"], idx) * strain[idx] - at(own["support"], idx)
    usual = at(own["success"], idx)  # may be one: no odds of it are taken
    shift = at(own["support_weight"], idx) * (lost + at(own["support_usual"], idx))
    odds = usual * np.exp(np.minimum(shift, LARGEST_SHIFT))
    chance: Floats = odds / (1 - usual + odds)
    return chance
