"""Worlds on the first day of a term."""

import numpy as np

from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK, day_after
from relsim.worlds.parameters import Parameters
from relsim.worlds.randomness.streams import Streams
from relsim.worlds.stage import Stage
from relsim.worlds.worlds import IN_FORCE, NOTICE_GIVEN, OUT, Worlds

STATUS = {"in_force": IN_FORCE, "notice_given": NOTICE_GIVEN, "left": OUT}


def worlds_at_start(
    scenario: Scenario, stage: Stage, parameters: Parameters, streams: Streams, width: int
) -> Worlds:
    """Set the stage: beliefs at their priors, memories, stocks and treaties as the file says."""
    worlds = Worlds(stage, parameters, streams, width)
    make_rings(worlds, scenario)
    for actor, name in enumerate(stage.actors):
        start_actor(worlds, scenario, actor, name)
    for number, name in enumerate(stage.third_parties):
        worlds.third_party[number] = parameters[f"third_parties.{name}.level"]
    for number, name in enumerate(stage.projects):
        worlds.progress[number] = parameters[f"projects.{name}.progress"]
    start_treaties(worlds, scenario)
    worlds.index[:] = parameters["index.start"]
    return worlds


def reviews_every(scenario: Scenario, name: str) -> int:
    """Days between an actor's reviews."""
    return int(scenario.actors[name].review_every.constant or 1)


def make_rings(worlds: Worlds, scenario: Scenario) -> None:
    """Rings of trials, one slot a review within the window; both as long as the longer needs."""
    for actor, (name, spec) in enumerate(scenario.actors.items()):
        days = int(spec.trial_window.constant or 0) * WEEK
        worlds.windows[actor] = max(days // reviews_every(scenario, name), 1)
    shape = (len(worlds.stage.actors), max(worlds.windows), worlds.width)
    worlds.trials = np.zeros(shape, dtype=np.float32)
    worlds.trial_marks = np.zeros(shape, dtype=np.float32)


def start_actor(worlds: Worlds, scenario: Scenario, actor: int, name: str) -> None:
    """One actor's memories, beliefs and stock of sanctions on the first day."""
    own = worlds.parameters.under(f"actors.{name}")
    worlds.hostility[actor] = own["hostility_at_start"]
    worlds.goodwill[actor] = own["goodwill_at_start"]
    worlds.stock[actor] = own["sanctions_stock"]
    spec = scenario.actors[name]
    # Memories stand as of one review before the first.
    worlds.reviewed[actor] = int(spec.first_review.constant or 0) - reviews_every(scenario, name)
    worlds.hardship[actor] = own["reference.hardship"]
    start_beliefs(worlds, actor)


def start_beliefs(worlds: Worlds, actor: int) -> None:
    """Beliefs of a new government: its priors; rounds imposed before are not its trials."""
    own = worlds.parameters.under(f"actors.{worlds.stage.actors[actor]}")
    for belief, trials, mean in (
        (worlds.pressure_belief, own["pressure_trials"], own["pressure_works"]),
        (worlds.trust_belief, own["trust_trials"], own["trust"]),
    ):
        belief[actor, 0] = trials * mean
        belief[actor, 1] = trials * (1 - mean)
    worlds.trials[actor] = 0


def start_treaties(worlds: Worlds, scenario: Scenario) -> None:
    """Membership, exits already announced, and dates of expiry."""
    stage = worlds.stage
    for number, (name, treaty) in enumerate(scenario.treaties.items()):
        for actor, party in enumerate(stage.actors):
            spec = treaty.parties[party]
            worlds.membership[number, actor] = STATUS[spec.status]
            if spec.announced is not None:
                weeks = worlds.parameters[f"treaties.{name}.parties.{party}.leaves_after"]
                announced = (spec.announced - stage.start).days
                worlds.exit_due[number, actor] = day_after(announced, weeks)
        if treaty.expires is not None:
            day = (treaty.expires - stage.start).days
            worlds.expiry[number] = min(day, np.iinfo(np.int16).max)
