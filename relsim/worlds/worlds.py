"""Worlds: every array of the runs that are simulated together, the runs on the last axis.

`worlds_at_start` fills them for the first day of a term.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from relsim.array_types import Array, Booleans, Bytes, Floats, Integers, Shorts
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK, day_after
from relsim.worlds.parameters import Derived, Parameters, at, keep
from relsim.worlds.randomness.streams import NumberedUniforms, Streams
from relsim.worlds.stage import Stage

NEVER = np.int16(-1)

# Membership of a party in a treaty; from OUT on it binds nobody.
IN_FORCE, NOTICE_GIVEN, SUSPENDED, OUT, EXPIRED, NOT_YET = range(6)
# Where talks stand.
NO_TALKS, PREPARING, UNDER_WAY = 0, 1, 2
# What a pending proposal asks for; from JOINT on the joint moves of `Stage.proposals`.
NOTHING, TALKS, SUMMIT, JOINT = 0, 1, 2, 3


Follower = Callable[[Integers, bool], None]  # given what `Worlds.take` is given


def _fadings(
    parameters: Parameters, stage: Stage, path: str
) -> list[Callable[[int], Floats] | None]:
    """By actor, what is left after some days, worked out once for each number of days."""
    halves = [parameters.get(f"actors.{name}.{path}") for name in stage.actors]
    return [None if half is None else cache(partial(_left, half)) for half in halves]


def _left(half_life: Floats, days: int) -> Floats:
    return keep(half_life, days / WEEK)


def _binds(members: Bytes) -> Booleans:
    """Whether a treaty binds all of these of its parties."""
    result: Booleans = np.logical_and.reduce(members <= NOTICE_GIVEN)
    return result


class Worlds:
    """The state of all runs simulated together; each array has one writer, or one function for all.

    First axes: actor (2), then what the comment names; last axis: run.

    Parameters
    ----------
    stage : Stage
    parameters : Parameters
        Parameters a run; they travel with `take`.
    streams : Streams
    width : int
        Number of runs.
    """

    def __init__(self, stage: Stage, parameters: Parameters, streams: Streams, width: int) -> None:
        self.stage, self.parameters, self.streams, self.width = stage, parameters, streams, width
        self._memory_left = Derived(parameters, lambda p: _fadings(p, stage, "memory_half_life"))
        self._momentum_left = Derived(
            parameters, lambda p: _fadings(p, stage, "momentum_half_life")
        )
        actors = len(stage.actors)

        def zeros(*shape: int, kind: Any = np.float32) -> Array:
            return np.zeros((*shape, width), dtype=kind)

        def never(*shape: int) -> Shorts:
            return np.full((*shape, width), NEVER, dtype=np.int16)

        # What each actor feels of the other (making.feel writes, a review lets it fade).
        self.hostility: Floats = zeros(actors)  # Goldstein points, H
        self.goodwill: Floats = zeros(actors)  # Goldstein points, K
        self.debt: Floats = zeros(actors, stage.debt_kinds)  # B in [0, 1]
        self.mass_owed = zeros(actors, kind=np.bool_)  # the debt of expulsions is a mass one
        # What stands of each actor (making.stand writes): its latest move that took a side,
        # the day of it, its cooperative moves since the other's latest one.
        self.last_move = zeros(actors, kind=np.int8)
        self.last_day = never(actors)
        self.unanswered = zeros(actors, kind=np.int16)
        self.own_hostile: Floats = zeros(actors)  # own hostile moves of late, fading
        longest = max(len(script) for script in stage.scripts)
        self.script_done = zeros(actors, longest, kind=np.bool_)  # entries made of own script
        # Beta beliefs: pressure works (a, b), cooperation is reciprocated (c, d).
        self.pressure_belief: Floats = zeros(actors, 2)
        self.trust_belief: Floats = zeros(actors, 2)
        self.trust_window = never(actors)  # day until which replies to an own offer are evidence
        self.conceded: Floats = zeros(actors)  # concessions received from the other, cumulated
        self.trials: Floats = zeros(actors, 0)  # rounds by review within the trial window
        self.trial_marks: Floats = zeros(actors, 0)  # `conceded` when they were imposed
        # Sanctions and the world around the dyad.
        self.stock: Floats = zeros(actors)  # rounds of sanctions that still bite, by sender
        self.hardship: Floats = zeros(actors)  # of the target, percent of GDP
        self.constraint: Floats = zeros(actors)  # domestic constraint N, unit variance
        self.committed: Floats = zeros(actors)  # own threats that still bind, fading
        self.openings: Floats = zeros(len(stage.issues))
        self.third_party: Floats = zeros(len(stage.third_parties))
        self.third_party_seen: Floats = zeros(len(stage.third_parties))
        self.rounds_of: Floats = zeros(actors)  # rounds imposed so far
        self.strong_of: Floats = zeros(actors)  # strong hostile moves made so far
        self.excitement: Floats = zeros(len(stage.regions))  # extra collisions a year
        # Proposals, talks, leaders' meetings.
        self.proposal = zeros(actors, kind=np.int8)
        self.proposal_until = never(actors)
        self.talks = zeros(kind=np.int8)
        self.talks_issue = zeros(kind=np.int8)
        self.talks_due = never()  # day of convening or of the next round
        self.summit_due = never()
        self.joint_due = never(len(stage.proposals) - 2)  # day of a joint move agreed on
        self.met_of_late: Floats = zeros()  # recent leaders' meetings, fading
        self.chill: Floats = zeros()  # recent expulsions, fading
        # Hot weeks: the day on which one ends, and the log of the factor on hostile routine rates.
        self.bursts = "bursts.start" in parameters
        self.hot_until = never()
        self.heat: Floats = zeros()
        # Treaties, escalation, internal order, projects.
        self.membership = zeros(len(stage.treaties), actors, kind=np.int8)
        self.exit_due = never(len(stage.treaties), actors)
        self.expiry = np.full((len(stage.treaties), width), np.iinfo(np.int16).max, np.int16)
        self.text_in_force_due = never()  # entry into force of the latest arms-control text
        self.rung = zeros(kind=np.int8)
        self.incidents: Floats = zeros(2)  # postures and collisions since the ladder's last week
        self.overthrown = zeros(actors, kind=np.bool_)
        self.progress: Floats = zeros(len(stage.projects))
        self.halted_until = never(len(stage.projects))
        self.rounds_seen: Floats = zeros(len(stage.projects))  # of the opponent, by the project
        # The week's record (the recorder reads and clears it) and the relations index.
        self.flow: Floats = zeros()
        self.strong_week = zeros(kind=np.bool_)
        self.cooperative_week = zeros(kind=np.bool_)
        self.index: Floats = zeros()
        self.move_counts = zeros(actors, len(stage.moves), kind=np.int16)
        self.joint_counts = zeros(len(stage.joint), kind=np.int16)
        # What all runs share: the day of each actor's last review, its place in the ring of
        # trials, the cost of warmth in an election season (a scalar, or one a run).
        self.reviewed = [0] * actors
        self.trial_slot = [0] * actors
        self.windows = [1] * actors  # reviews within which a round may show success
        self.election: list[Floats] = [np.zeros((), np.float32)] * actors
        # What else belongs to a run, and is kept elsewhere: outcomes met, series, the log.
        self.followers: list[Follower] = []
        # Draws that moves need at the moment they are made.
        self.expulsion_sizes = [
            NumberedUniforms(streams.stream(f"actor {name}", "expulsion size"))
            for name in stage.actors
        ]

    def arrays(self) -> dict[str, Array]:
        """Every array by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def take(self, index: Integers, same_parameters: bool = False) -> None:
        """Let run k become a copy of run index[k]; later draws belong to the slot, not the copy.

        All that belongs to a run comes along: what `followers` keep, too. Moves forced on a run,
        and what a rule of one's own remembers, stay with the slot.

        Parameters
        ----------
        index : int64, (runs,)
            The run that each becomes a copy of.
        same_parameters : bool
            The two have the same parameters, which then need not be copied.
        """
        changed = np.flatnonzero(index != np.arange(index.size))
        for array in self.arrays().values():
            array[..., changed] = array[..., index[changed]]
        if not same_parameters:
            self.election = [at(cost, index) for cost in self.election]
            self.parameters.take(index)
        for follower in self.followers:
            follower(index, same_parameters)

    def trust(self, actor: int) -> Floats:
        """Mean of the belief that cooperation is reciprocated, shape (runs,)."""
        c, d = self.trust_belief[actor]
        result: Floats = c / (c + d)
        return result

    def pressure_works(self, actor: int) -> Floats:
        """Mean of the belief that pressure works, shape (runs,)."""
        a, b = self.pressure_belief[actor]
        result: Floats = a / (a + b)
        return result

    def memory_left(self, actor: int, days: int) -> Floats:
        """The share of an actor's memory that is left after some days; () or (runs,)."""
        fading = self._memory_left()[actor]
        assert fading is not None  # every actor has a memory
        return fading(days)

    def stays(self, treaty: int) -> Booleans:
        """Whether nobody has left a treaty for good and it has not expired, shape (runs,)."""
        result: Booleans = np.logical_and.reduce(self.membership[treaty] < OUT)
        return result

    def momentum_left(self, actor: int, days: int) -> Floats | None:
        """The share that is left of an actor's momentum after some days; None if it has none."""
        fading = self._momentum_left()[actor]
        return None if fading is None else fading(days)

    @property
    def calm(self) -> Booleans:
        """Whether the escalation ladder stands below a rupture, shape (runs,)."""
        return self.rung < self.stage.rupture_at

    def in_force(self, treaty: int) -> Booleans:
        """Whether a treaty binds all parties (a notice of exit still binds), shape (runs,)."""
        return _binds(self.membership[treaty])

    def stands(self, treaty: str, word: str, party: str | None) -> Booleans:
        """Whether a treaty stands so today, for one party or for the dyad, shape (runs,).

        Parameters
        ----------
        treaty : str
            Its name.
        word : str
            in_force, leaving, left, lapsed (not in force) or suspended (by any of them).
        party : str or None
            An actor; None for the dyad.
        """
        number = self.stage.treaties.index(treaty)
        members = self.membership[number]
        if party is not None:
            members = members[[self.stage.actor(party)]]
        in_force = _binds(members)
        found = {
            "in_force": in_force,
            "leaving": in_force & (members == NOTICE_GIVEN).any(axis=0),
            "left": (members == OUT).any(axis=0),
            "lapsed": ~in_force,
            "suspended": (members == SUSPENDED).any(axis=0),
        }
        result: Booleans = found[word]
        return result


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
            later = treaty.in_force_from is not None and treaty.in_force_from > stage.start
            worlds.membership[number, actor] = NOT_YET if later else STATUS[spec.status]
            if spec.announced is not None:
                weeks = worlds.parameters[f"treaties.{name}.parties.{party}.leaves_after"]
                announced = (spec.announced - stage.start).days
                worlds.exit_due[number, actor] = day_after(announced, weeks)
        if treaty.expires is not None:
            day = (treaty.expires - stage.start).days
            worlds.expiry[number] = min(day, np.iinfo(np.int16).max)
