"""The escalation ladder and internal order: rare things, by small chances each week."""

from collections.abc import Generator

import numpy as np
import simpy

from relsim.processes.effects import Scene
from relsim.worlds.clock import WEEK, YEARS_A_WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, at
from relsim.worlds.randomness.uniforms import rest
from relsim.worlds.worlds import Worlds


def ladder(
    worlds: Worlds, clock: Clock, scene: Scene, top: int
) -> Generator[simpy.Event, None, None]:
    """Once a week a run climbs one rung, falls one, or stays; the top is absorbing.

    Chance up: (posture chance · postures + collision chance · collisions + momentum if above
    rung 0) · harder^rung; chance down above rung 0: settling.
    """
    stream = worlds.streams.stream("ladder", "rung")
    own = Derived(worlds.parameters, lambda parameters: parameters.under("ladder"))
    for day in clock.every(WEEK, first=WEEK - 1):
        yield clock.until(day, Phase.WORLD)
        p, rung = own(), worlds.rung
        moving = (worlds.incidents[0] > 0) | (worlds.incidents[1] > 0)
        moving |= rung > 0
        moving &= rung < top
        idx = np.flatnonzero(moving)
        postures, hits = worlds.incidents[0, idx], worlds.incidents[1, idx]
        worlds.incidents[:] = 0
        if not clock.after_known(day):
            continue
        step = rung[idx].astype(np.float32)
        above = step > 0
        up = at(p["posture_chance"], idx) * postures + at(p["collision_chance"], idx) * hits
        up = up + at(p["momentum"], idx) * above
        up = np.minimum(up, 1) * at(p["harder"], idx) ** step
        down = at(p["settling"], idx) * above
        u = stream.uniforms(clock.now)[idx]
        risen, fallen = idx[u < up], idx[(u >= up) & (u >= 1 - down)]
        worlds.rung[risen] += 1
        worlds.rung[fallen] -= 1
        for kind, idx in (("ladder_rise", risen), ("ladder_fall", fallen)):
            reached = rung[idx]
            for level in sorted(set(reached.tolist())):
                scene.record.happened(kind, None, idx[reached == level], day, str(level))


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
        uniforms = stream.uniforms(clock.now)
        # Few: as 1 − exp(−m) ≤ m, the chance itself is needed for these alone.
        idx = np.flatnonzero((uniforms < expected) & ~worlds.overthrown[actor])
        chance = -np.expm1(-expected[idx])
        tried = uniforms[idx] < chance
        idx, success = idx[tried], rest(uniforms[idx[tried]], 0, chance[tried])
        scene.record.happened("protest_attempt", name, idx, day)
        lost = at(p["support_lost"], idx) * strain[idx] - at(p["support"], idx)
        usual = at(p["success"], idx)  # may be one: no odds of it are taken
        odds = usual * np.exp(at(p["support_weight"], idx) * (lost + at(p["support_usual"], idx)))
        won = idx[success < odds / (1 - usual + odds)]
        worlds.overthrown[actor, won] = True
        scene.record.happened("overthrow", name, won, day)
