"""Sanctions at work, third parties that support or evade them, projects that they may stop."""

from collections.abc import Generator, Mapping

import numpy as np
import simpy

from relsim.array_types import Floats
from relsim.processes.effects import Scene
from relsim.scenario.actors import ThirdParty
from relsim.scenario.world import Project
from relsim.worlds.clock import WEEK, YEARS_A_WEEK, Clock, Phase, day_after
from relsim.worlds.parameters import Derived, Parameters, at, keep
from relsim.worlds.randomness.streams import rest
from relsim.worlds.worlds import Worlds

LEAST = np.float32(1e-30)  # has a logarithm, and is nothing beside one


def bite(worlds: Worlds, sender: int, specs: Mapping[str, ThirdParty]) -> Floats:
    """Hardship that the sender's stock would do to its target if it lasted, percent of GDP.

    exposure · S / (S + s) · (what the sender does alone + what each supporter adds) · what each
    party that is aligned with the target leaves of it. At level 0 a party changes nothing.
    """
    stage, parameters = worlds.stage, worlds.parameters
    name, target = stage.actors[sender], stage.actors[stage.opponent(sender)]
    stock = worlds.stock[sender]
    half = parameters[f"actors.{name}.bite_saturation"]
    hardship: Floats = parameters[f"actors.{target}.exposure"] * stock / (stock + half)
    together = parameters[f"actors.{name}.bite_alone"]
    for level, spec in zip(worlds.third_party, specs.values(), strict=True):
        if spec.supports == name:
            together = together + level
        if spec.aligns_with == target:
            hardship *= 1 - level
    hardship *= together
    return hardship


def third_party(
    worlds: Worlds, number: int, spec: ThirdParty, left: Floats, log_resisted: Floats
) -> None:
    """A third party's level: pulled up by what it answers to, leaking down to its floor.

    A supporter of the sender is pulled by strong moves of the target (an ally rallies); a party
    aligned with the target by the sender's rounds (containment brings the contained together).
    `log_resisted` is log(1 − pull): what one such move leaves of the room to the ceiling.
    """
    prefix = f"third_parties.{worlds.stage.third_parties[number]}"
    stage, parameters, level = worlds.stage, worlds.parameters, worlds.third_party[number]
    if spec.supports:
        so_far = worlds.strong_of[stage.opponent(stage.actor(spec.supports))]
    else:
        assert spec.aligns_with is not None  # the schema asks for one of the two
        so_far = worlds.rounds_of[stage.opponent(stage.actor(spec.aligns_with))]
    fresh = so_far - worlds.third_party_seen[number]
    worlds.third_party_seen[number] = so_far
    floor = parameters[f"{prefix}.floor"]
    level -= floor
    level *= left
    level += floor
    # In all runs at once: to look up those with fresh moves takes as long.
    share = 1 - np.exp(fresh * log_resisted)
    level += np.maximum(parameters[f"{prefix}.ceiling"] - level, 0) * share


def sanctions(
    worlds: Worlds, clock: Clock, specs: Mapping[str, ThirdParty]
) -> Generator[simpy.Event, None, None]:
    """Once a week: stocks lose bite, third parties move, hardship follows with a lag."""
    actors = worlds.stage.actors

    def fading(parameters: Parameters) -> tuple[list[Floats], ...]:
        pulls = [parameters[f"third_parties.{name}.pull"] for name in specs]
        return (
            [keep(parameters[f"actors.{name}.round_half_life"], 1) for name in actors],
            [keep(parameters[f"actors.{name}.hardship_lag"], 1) for name in actors],
            [keep(parameters[f"third_parties.{name}.half_life"], 1) for name in specs],
            [np.log(np.maximum(1 - pull, LEAST)) for pull in pulls],
        )

    derived = Derived(worlds.parameters, fading)
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.WORLD)
        stock_left, hardship_left, party_left, log_resisted = derived()
        for number, spec in enumerate(specs.values()):
            third_party(worlds, number, spec, party_left[number], log_resisted[number])
        for sender in range(len(actors)):
            worlds.stock[sender] *= stock_left[sender]
            target = worlds.stage.opponent(sender)
            full, hardship = bite(worlds, sender, specs), worlds.hardship[target]
            hardship -= full
            hardship *= hardship_left[target]
            hardship += full


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
