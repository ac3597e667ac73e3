"""The stage: what a scenario fixes for all runs, as tuples and tables."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from relsim.array_types import Booleans, Floats
from relsim.scenario.schema import Scenario

HOLD = 0
MOTIVES = ("pressure", "engagement", "retaliation", "reciprocation")
# What a deed is to the record: the strong ones count as ruptures of tone, `hostile` alone does not.
STRONG, HOSTILE, NEUTRAL, COOPERATIVE = "strong_hostile", "hostile", "neutral", "cooperative"
# Effects that propose without saying what.
PROPOSING = {"propose_talks": "talks", "propose_summit": "summit"}


@dataclass(frozen=True)
class Move:
    """One row of the catalogue.

    Attributes
    ----------
    weight : float
        Goldstein weight of the move's CAMEO code (GDELT table).
    effect : str
        What it does besides its weight; a name of `relsim.processes.effects.EFFECTS`.
    treaty : int
        Index of the treaty that the move leaves or suspends, or -1.
    proposes : int
        Place of what it proposes in `Stage.proposals`, from 1; 0 if it proposes nothing.
    includes : int
        Row of the move of each side that a joint one includes, or -1.
    answered : int
        Row of the debts that it opens in the target (kinds answered in kind), or -1.
    felt : float
        Share of the weight that enters the other side's perception (1 but for joint moves).
    concession : float
        How much of a costly concession it is to the other side (0 to 1).
    """

    name: str
    index: int
    weight: float
    kind: str
    effect: str
    treaty: int
    proposes: int
    includes: int
    answered: int
    joint: bool
    felt: float
    concession: float

    @property
    def strong(self) -> bool:
        """Whether it is a strong hostile move."""
        return self.kind == STRONG

    @property
    def cooperative(self) -> bool:
        """Whether it is a cooperative move."""
        return self.kind == COOPERATIVE


class MoveTable:
    """The unilateral moves sorted by class, as columns; each of shape (moves,).

    Attributes
    ----------
    row : int8
        Row of each in the catalogue.
    place : int8
        Where each row of the catalogue stands in this table.
    strong, hostile, lasting : int
        How many are strong hostile, hostile in any way, and take a side: these stand in front, the
        cooperative ones being the last that take a side.
    weight : float32
    trials : float32
        What each counts as evidence on whether cooperation is reciprocated: treaty exits and
        suspensions twice.
    """

    def __init__(self, moves: tuple[Move, ...]) -> None:
        classes = (STRONG, HOSTILE, COOPERATIVE, NEUTRAL)
        ordered = sorted(moves, key=lambda move: classes.index(move.kind))
        self.row = np.array([move.index for move in ordered], dtype=np.int8)
        self.place = np.argsort(self.row).astype(np.int8)
        kinds = [classes.index(move.kind) for move in ordered]
        self.strong, self.hostile, self.lasting = np.searchsorted(kinds, (1, 2, 3)).tolist()
        self.weight = np.array([move.weight for move in ordered], dtype=np.float32)
        self.trials = np.array([1 + (move.treaty >= 0) for move in ordered], dtype=np.float32)


@dataclass(frozen=True)
class Stage:
    """Names and tables of a scenario; indices are the rows of the arrays in `Worlds`."""

    actors: tuple[str, ...]
    moves: tuple[Move, ...]
    joint: dict[str, Move]
    proposals: tuple[str, ...]
    treaties: tuple[str, ...]
    issues: tuple[str, ...]
    regions: tuple[str, ...]
    third_parties: tuple[str, ...]
    projects: tuple[str, ...]
    rupture_at: int
    start: date
    days: int
    known_day: int  # the last day that the calendar alone makes (-1: none)
    count_day: int  # the first day whose deeds count
    scripts: tuple[tuple[tuple[int, int], ...], ...] = ((), ())  # (day, row of the move), by actor

    @cached_property
    def table(self) -> MoveTable:
        """The unilateral moves as columns, sorted by class."""
        return MoveTable(self.moves)

    @cached_property
    def hostile_rows(self) -> tuple[int, ...]:
        """Rows of the hostile and strong hostile moves."""
        return tuple(move.index for move in self.moves if move.kind in (STRONG, HOSTILE))

    @cached_property
    def is_cooperative(self) -> Booleans:
        """Which unilateral moves are cooperative, by their rows."""
        return np.array([move.cooperative for move in self.moves])

    @cached_property
    def mutual(self) -> tuple[Move, ...]:
        """Joint moves that include a move of each side."""
        return tuple(move for move in self.joint.values() if move.includes >= 0)

    def actor(self, name: str) -> int:
        """Row of an actor."""
        return self.actors.index(name)

    def opponent(self, actor: int) -> int:
        """The other side of the dyad."""
        return 1 - actor

    def move(self, name: str) -> Move:
        """A unilateral or joint move by its name."""
        return {**self.joint, **{move.name: move for move in self.moves}}[name]

    @cached_property
    def move_names(self) -> tuple[str, ...]:
        """Names of the unilateral moves, hold first."""
        return tuple(move.name for move in self.moves)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Classes of the unilateral moves."""
        return tuple(move.kind for move in self.moves)

    @property
    def debt_kinds(self) -> int:
        """How many kinds of moves are answered in kind."""
        return sum(move.answered >= 0 for move in self.moves)

    def expression(self, scenario: Scenario) -> Floats:
        """W: how far each move expresses each motive, shape (moves, 4)."""
        rows = [scenario.moves[move.name].expression() for move in self.moves]
        return np.asarray(rows, dtype=np.float32)


def stage_of(scenario: Scenario) -> Stage:
    """The stage that a scenario sets; unilateral moves keep the file's order, hold first."""
    unilateral: list[Move] = []
    joint: dict[str, Move] = {}
    answered = 0
    treaties, proposals = tuple(scenario.treaties), scenario.proposals
    own = [name for name, spec in scenario.moves.items() if not spec.joint]
    for name, spec in scenario.moves.items():
        proposed = spec.proposes or PROPOSING.get(spec.effect)
        move = Move(
            name=name,
            index=len(joint) if spec.joint else len(unilateral),
            weight=spec.weight,
            kind=spec.kind,
            effect=spec.effect,
            treaty=treaties.index(spec.treaty) if spec.treaty else -1,
            proposes=proposals.index(proposed) + 1 if proposed else 0,
            includes=own.index(spec.includes) if spec.includes else -1,
            answered=answered if spec.answered else -1,
            joint=spec.joint,
            felt=spec.felt,
            concession=spec.concession,
        )
        answered += bool(spec.answered)
        if spec.joint:
            joint[name] = move
        else:
            unilateral.append(move)
    horizon = scenario.horizon
    row = {move.name: move.index for move in unilateral}
    return Stage(
        actors=tuple(scenario.actors),
        moves=tuple(unilateral),
        joint=joint,
        proposals=proposals,
        treaties=treaties,
        issues=tuple(scenario.issues),
        regions=tuple(scenario.regions),
        third_parties=tuple(scenario.third_parties),
        projects=tuple(scenario.projects),
        rupture_at=scenario.ladder.rupture_at,
        start=horizon.start,
        days=(horizon.end - horizon.start).days,
        known_day=(horizon.known_until - horizon.start).days if horizon.known_until else -1,
        count_day=horizon.term.count_day,
        scripts=tuple(
            tuple(((line.date - horizon.start).days, row[line.move]) for line in actor.script)
            for actor in scenario.actors.values()
        ),
    )
