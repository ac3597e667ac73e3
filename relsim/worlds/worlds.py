"""Worlds: every array of the runs that are simulated together, the runs on the last axis."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.worlds.clock import WEEK
from relsim.worlds.parameters import Derived, Parameters, at, keep
from relsim.worlds.randomness.numbered import NumberedUniforms
from relsim.worlds.randomness.streams import Streams
from relsim.worlds.stage import Stage

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
NEVER = np.int16(-1)

# Membership of a party in a treaty.
OUT, IN_FORCE, NOTICE_GIVEN, EXPIRED = 0, 1, 2, 3
# Where talks stand.
NO_TALKS, PREPARING, UNDER_WAY = 0, 1, 2
# What a pending proposal asks for.
NOTHING, TALKS, SUMMIT = 0, 1, 2
PROPOSALS = {TALKS: "talks", SUMMIT: "summit"}  # what a deed about a proposal is of


def _fading(half_life: Floats) -> Callable[[int], Floats]:
    """What is left after some days, worked out once for each number of days."""

    @cache
    def left(days: int) -> Floats:
        return keep(half_life, days / WEEK)

    return left


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
        self._memory_left = Derived(
            parameters,
            lambda p: [_fading(p[f"actors.{name}.memory_half_life"]) for name in stage.actors],
        )
        actors = len(stage.actors)

        def zeros(*shape: int, kind: Any = np.float32) -> npt.NDArray[Any]:
            return np.zeros((*shape, width), dtype=kind)

        def never(*shape: int) -> npt.NDArray[np.int16]:
            return np.full((*shape, width), NEVER, dtype=np.int16)

        # What each actor feels of the other (perception.feel writes, perceive lets it fade).
        self.hostility: Floats = zeros(actors)  # Goldstein points, H
        self.goodwill: Floats = zeros(actors)  # Goldstein points, K
        self.debt: Floats = zeros(actors, stage.debt_kinds)  # B in [0, 1]
        self.mass_owed = zeros(actors, kind=np.bool_)  # the debt of expulsions is a mass one
        # What stands of each actor (perception.stand writes): its latest move that took a side,
        # the day of it, its cooperative moves since the other's latest one.
        self.last_move = zeros(actors, kind=np.int8)
        self.last_day = never(actors)
        self.unanswered = zeros(actors, kind=np.int16)
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
        self.chill: Floats = zeros()  # recent expulsions, fading
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
        # Draws that moves need at the moment they are made.
        self.expulsion_sizes = [
            NumberedUniforms(streams.stream(f"actor {name}", "expulsion size"))
            for name in stage.actors
        ]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Every array by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def take(self, index: Index) -> None:
        """Let run k become a copy of run index[k]; later draws belong to the slot, not the copy."""
        for name, array in self.arrays().items():
            # Row after row in memory, as before: flat views of an array must not become copies.
            setattr(self, name, array.take(index, axis=-1))
        self.election = [at(cost, index) for cost in self.election]
        self.parameters.take(index)

    def trust(self, actor: int) -> Floats:
        """Mean of the belief that cooperation is reciprocated, shape (runs,)."""
        c, d = self.trust_belief[actor]
        mean: Floats = c / (c + d)
        return mean

    def pressure_works(self, actor: int) -> Floats:
        """Mean of the belief that pressure works, shape (runs,)."""
        a, b = self.pressure_belief[actor]
        mean: Floats = a / (a + b)
        return mean

    def memory_left(self, actor: int, days: int) -> Floats:
        """The share of an actor's memory that is left after some days; () or (runs,)."""
        return self._memory_left()[actor](days)

    @property
    def calm(self) -> npt.NDArray[np.bool_]:
        """Whether the escalation ladder stands below a rupture, shape (runs,)."""
        result: npt.NDArray[np.bool_] = self.rung < self.stage.rupture_at
        return result

    def in_force(self, treaty: int) -> npt.NDArray[np.bool_]:
        """Whether a treaty binds all parties (a notice of exit still binds), shape (runs,)."""
        members = self.membership[treaty]
        result: npt.NDArray[np.bool_] = ((members == IN_FORCE) | (members == NOTICE_GIVEN)).all(
            axis=0
        )
        return result

    def stands(self, treaty: str, word: str, party: str | None) -> npt.NDArray[np.bool_]:
        """Whether a treaty stands so today, for one party or for the dyad, shape (runs,).

        Parameters
        ----------
        treaty : str
            Its name.
        word : str
            in_force, leaving, left or lapsed (for the dyad lapsed: no longer in force).
        party : str or None
            An actor; None for the dyad.
        """
        number = self.stage.treaties.index(treaty)
        members = self.membership[number]
        if party is not None:
            members = members[[self.stage.actor(party)]]
        in_force = ((members == IN_FORCE) | (members == NOTICE_GIVEN)).all(axis=0)
        found = {
            "in_force": in_force,
            "leaving": in_force & (members == NOTICE_GIVEN).any(axis=0),
            "left": (members == OUT).any(axis=0),
            "lapsed": ~in_force,
        }
        result: npt.NDArray[np.bool_] = found[word]
        return result
