"""Sanctions at work: old rounds lose bite, hardship follows, third parties support or evade."""

from collections.abc import Generator, Mapping

import numpy as np
import simpy

from relsim.scenario.actors import ThirdParty
from relsim.worlds.clock import WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, Floats, Parameters, keep
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
