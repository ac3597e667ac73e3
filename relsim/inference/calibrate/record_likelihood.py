"""How likely draws of the parameters find a record of moves: a nested particle filter.

Each draw has some inner runs, which make what is recorded on its days and differ in what nobody
recorded: domestic politics, openings, talks between their sessions, parameters that are not
learned. They are weighted by how likely their actors found each move, and each silent day, and
resampled within their draw alone. The mean of their weights estimates the draw's likelihood without
bias, so that Metropolis–Hastings moves on the estimates have the exact posterior (Andrieu & Roberts
2009, Annals of Statistics 37:697-725).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np

from relsim.array_types import Doubles, Floats, Integers
from relsim.processes.recorded import LEAST, Look, Recorded, RecordOfMoves
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK
from relsim.worlds.randomness.streams import Succession
from relsim.worlds.stage import Stage, stage_of
from relsim.worlds.worlds import Worlds

__all__ = ["STATE", "Filtered", "Observation", "Record", "filter_record"]

# What a draw's own run had in memory and stock on a day; the start values of a scenario.
STATE = ("hostility", "goodwill", "stock", "index")
ANSWERED_ANYWAY = 0.5  # answers a day where nothing was proposed, if the model is wrong
TO_THE_TABLE = 3  # days, on average, until the weekly table lets a proposal lapse that is too old
MOST_A_DAY = np.float32(1000)  # rates beyond are taken for this one; float32 still tells one move
MOST_INTENSE = np.float32(20)  # ln ω beyond is taken for this: float32 holds the rates it makes
MET_ANYWAY = 0.1  # chance of a joint move that nothing had prepared, where the model is wrong


@dataclass(frozen=True)
class Observation:
    """What a record shows of what happens.

    A move that an actor expects at a rate r is recorded at the rate ω ((1 − ε) r + ε r°): r° is
    its routine rate, so that a move which the model thinks impossible costs bits but is possible,
    and ω is the coding intensity of its era, since a coder who notes more is no sign of warmth or
    hostility.

    Attributes
    ----------
    unmodelled : float
        ε.
    detected : float
        The share of proposals without an acceptance that is recorded; of those accepted all are
        recorded or implied. Both are judgements, from proposals in the record of 1993–2020.
    """

    unmodelled: float = 0.01
    detected: float = 0.15


@dataclass(frozen=True)
class Record:
    """A record to learn from.

    Attributes
    ----------
    moves : tuple of Recorded
        In order, days counted from the start of the scenario that is led along it.
    first_day, last_day : int
        The likelihood counts from the one to the other, in whole weeks from the scenario's start:
        a last week that is not whole does not count. Before, the runs are led along only.
    eras : tuple of int
        First days of the eras of coding; the first is 0.
    ages : float64, (weeks,), optional
        Weight of each week's log-likelihood, at most 1: a power prior that forgets.
    state_day : int, optional
        Day whose end's state is kept.
    """

    moves: tuple[Recorded, ...]
    first_day: int
    last_day: int
    eras: tuple[int, ...] = (0,)
    ages: Doubles | None = None
    state_day: int | None = None


@dataclass(frozen=True)
class Filtered:
    """What a record says of draws.

    Attributes
    ----------
    log_likelihood : float64, (draws,)
        Weighted by age, if weeks are.
    weekly : float64, (weeks, draws)
        Log-likelihood of each week given those before, unweighted; 0 before the first day.
    states : dict of float32 (..., draws, states)
        Of some runs of each draw at the end of the state's day, drawn by weight at the end.
    """

    log_likelihood: Doubles
    weekly: Doubles
    states: dict[str, Floats]


class NestedFilter:
    """Weighs inner runs as a record is made, week by week; a `Watch` of `RecordOfMoves`.

    Parameters
    ----------
    stage : Stage
    record : Record
    observation : Observation
    shape : (int, int)
        Draws, and inner runs of each: column draw × runs + run, unless `place` says otherwise.
    log_intensity : float32, (eras, columns)
        ln ω.
    lifetime : float32
        Weeks after which a proposal lapses, () or (columns,).
    seed : int
    place : int64, (draws, runs), optional
        The columns of each draw's runs.
    by_move : bool, optional
        Keep the moves that count, in `moves`, and the log-likelihood of each given all before it,
        in `by_move`, (draws,) each: of a side's own move, per day.
    equal_at : int, optional
        At the end of this day, the last of a week or of the record, the runs of all draws are
        resampled, so that they weigh the same.
    """

    # Weights of a day before the last are used for nothing but to resample.
    foresight: ClassVar[bool] = True

    def __init__(
        self,
        stage: Stage,
        record: Record,
        observation: Observation,
        shape: tuple[int, int],
        log_intensity: Floats,
        lifetime: Floats,
        seed: int,
        place: Integers | None = None,
        equal_at: int | None = None,
        by_move: bool = False,
    ) -> None:
        self._stage, self._record, self._of, self._shape = stage, record, observation, shape
        self._intensity = np.clip(log_intensity, -MOST_INTENSE, MOST_INTENSE)
        self._pending = WEEK * lifetime + np.float32(TO_THE_TABLE)
        self._agreed = agreed_proposals(record.moves, stage)
        self._asked = [False] * len(stage.actors)  # by what stands as such in the record
        self._morning: Sequence[Look] = ()  # the latest looks of which silence was counted
        self._random = Succession(seed, "nested filter")
        actors, width = len(stage.actors), shape[0] * shape[1]
        effects = [move.effect for move in stage.moves]
        self._accept, self._reject = effects.index("accept"), effects.index("reject")
        self._proposing = [m.index for m in stage.moves if m.proposes]
        self._day = 0
        self._week = np.zeros((actors, width))  # of each side's own moves, this week
        self._joint = np.zeros(width)
        self._weights = np.zeros(width)  # log weights since the runs were last resampled
        self._place = np.arange(width).reshape(shape) if place is None else place
        self._equal_at, self._by_move = equal_at, by_move
        self.moves: list[Recorded] = []
        self.by_move: list[Doubles] = []
        self.log_likelihood = np.zeros(shape[0])
        self.weekly: list[Doubles] = []
        self.state: dict[str, Floats] = {}

    @property
    def _counts(self) -> bool:
        return self._day >= self._record.first_day

    @property
    def _omega(self) -> Floats:
        era = int(np.searchsorted(self._record.eras, self._day, side="right")) - 1
        intensity: Floats = self._intensity[era]
        return intensity

    def _rates(self, look: Look) -> Floats:
        """Rates a day with what the model leaves out, (moves, columns)."""
        few = np.float32(self._of.unmodelled)
        rates: Floats = look.odds * look.available
        rates *= 1 - few
        rates += few * look.routine
        return np.minimum(rates, MOST_A_DAY, out=rates)

    def _answered(self, look: Look) -> tuple[Floats, Floats]:
        """The chances that a proposal is accepted and rejected, before it lapses.

        Two risks that compete: with rates a and r a day it is accepted within n days with chance
        (1 − exp(−(a + r) n)) a / (a + r).
        """
        accept, reject = look.odds[self._accept], look.odds[self._reject]
        both = np.maximum(accept + reject, LEAST)
        share = -np.expm1(-both * self._pending) / both
        return accept * share, reject * share

    def _softened(self, chance: Floats, anyway: float) -> Floats:
        few = np.float32(self._of.unmodelled)
        softened: Floats = (1 - few) * chance + few * np.float32(anyway)
        return softened

    def days_passed(self, looks: Sequence[Look], days: int) -> None:
        """Nothing but what is recorded happened: minus the number of moves to be expected."""
        self._morning = looks
        if self._counts:
            for actor, looked in enumerate(looks):
                self._week[actor] -= days * self._expected(actor, looked, looks).sum(axis=0)
        self._day += days

    def _expected(self, actor: int, look: Look, looks: Sequence[Look]) -> Floats:
        """How many rows of an actor's moves a day lets expect in the record, (moves, columns)."""
        rates = self._rates(look)
        accepted, _ = self._answered(looks[self._stage.opponent(actor)])
        shown = accepted + np.float32(self._of.detected) * (1 - accepted)
        expected = rates * np.exp(self._omega)
        expected[self._proposing] *= shown
        answers = [self._accept, self._reject]
        expected[answers] = rates[answers] * look.available[answers]
        if not self._asked[self._stage.opponent(actor)]:
            expected[answers] = 0
        expected[0] = 0
        return expected

    def day_began(self, looks: Sequence[Look]) -> None:
        """The likelihood looks before each move."""

    def moved(self, move: Recorded, looks: Sequence[Look]) -> None:
        """One side's move: the log of the rate at which it is recorded."""
        if not self._counts or move.actor is None:
            return
        with self._noted(move):
            self._make(move, move.actor, looks)

    def _so_far(self) -> Doubles:
        """Log weights with this week's so far, (draws, runs)."""
        so_far: Doubles = (self._weights + self._week.sum(axis=0) + self._joint)[self._place]
        return so_far

    @contextmanager
    def _noted(self, move: Recorded) -> Iterator[None]:
        """Note what a move says of the draws, if asked to."""
        before = self._so_far() if self._by_move else None
        yield
        if before is not None:
            self.moves.append(move)
            self.by_move.append(log_sums(self._so_far()) - log_sums(before))

    def _make(self, move: Recorded, name: str, looks: Sequence[Look]) -> None:
        actor = self._stage.actor(name)
        row, look = self._stage.move(move.move).index, looks[actor]
        if row in (self._accept, self._reject):
            if self._asked[self._stage.opponent(actor)] or not move.implied:
                self._week[actor] += self._log_of_answer(row, look)
            self._asked[self._stage.opponent(actor)] = False
        elif move in self._agreed:
            # Who proposed is not known: either may have, and the other accepted.
            omega = np.exp(self._omega)
            each = [
                log_of_one(omega * self._rates(one)[row])
                + np.log(np.maximum(self._answered(looks[self._stage.opponent(side)])[0], LEAST))
                for side, one in enumerate(looks)
            ]
            self._joint += np.logaddexp(*each)
            self._asked[actor] = False
        else:
            self._week[actor] += self._log_of_move(actor, row, look)
            if row in self._proposing:
                self._asked[actor] = True

    def _log_of_answer(self, row: int, look: Look) -> Doubles:
        """The first answer ends the day's others: of a + r expected a comes first, or r."""
        both = np.clip(look.odds[[self._accept, self._reject]].sum(axis=0), LEAST, MOST_A_DAY)
        anyway = self._of.unmodelled * ANSWERED_ANYWAY
        rate = np.where(look.available[row], self._rates(look)[row] / both, anyway)
        log: Doubles = np.log(rate) + np.where(look.available[row], log_of_one(both), 0)
        return log

    def _log_of_move(self, actor: int, row: int, look: Look) -> Doubles:
        """The log of the rate at which a move is recorded.

        An answer in kind comes once: of u expected on a day one is made with chance 1 − exp(−u),
        and u of the morning are in what silence counted. So does a proposal.
        """
        rate = np.exp(self._omega) * self._rates(look)[row]
        answering = look.answering.get(row)
        if answering is not None:
            modelled = np.exp(self._omega) * np.float32(1 - self._of.unmodelled)
            push = np.minimum(modelled * answering, rate)
            other = rate - push
            morning = self._morning[actor].answering.get(row, np.float32(0))
            counted = np.minimum(modelled * morning, np.exp(self._omega) * MOST_A_DAY)
            once = -np.expm1(-push) + other * np.exp(-push)
            log_once: Doubles = counted + np.log(np.maximum(once, LEAST))
            return log_once
        if row in self._proposing:
            return log_of_one(rate)
        log: Doubles = np.log(np.maximum(rate, LEAST))  # what is impossible has been seen
        return log

    def met(self, move: Recorded, chance: Floats) -> None:
        """A joint move: the log of the chance that the table gave it."""
        if self._counts and not np.isnan(chance).any():
            with self._noted(move):
                self._joint += np.log(self._softened(chance, MET_ANYWAY))

    def unrecorded(self, idx: Integers, chance: Floats) -> None:
        """What came about unseen: the log of its chance."""
        if self._counts:
            self._joint[idx] += np.log(chance)

    def week_ended(self, day: int, worlds: Worlds) -> None:
        """Add the week to the weights; resample the draws whose runs weigh too unequally."""
        self._day = day + 1
        before = log_sums(self._weights[self._place])
        self._weights += self._week.sum(axis=0) + self._joint
        week = log_sums(self._weights[self._place]) - before
        self.weekly.append(week)
        ages, number = self._record.ages, len(self.weekly) - 1
        self.log_likelihood += week if ages is None else ages[number] * week
        for part in (self._week, self._joint):
            part[:] = 0
        weights = normalised(self._weights[self._place])
        low = 1 / (weights**2).sum(axis=1) < self._shape[1] / 2
        low |= day == self._equal_at
        if low.any():
            self._resample(weights, low, worlds)
        if self._record.state_day is not None and day <= self._record.state_day:
            self.state = {name: getattr(worlds, name).copy() for name in STATE}

    def _resample(self, weights: Doubles, low: Integers, worlds: Worlds) -> None:
        index, own = np.arange(weights.size), self._place[low]
        index[own] = np.take_along_axis(own, systematic(weights[low], self._random), axis=1)
        worlds.take(index, same_parameters=True)
        self.state = {name: array[..., index] for name, array in self.state.items()}
        self._weights[own] = 0

    def some_of_each(self, number: int) -> dict[str, Floats]:
        """The states of some runs of each draw, drawn by weight: (..., draws, number)."""
        if not self.state:
            return {}
        chosen = systematic(normalised(self._weights[self._place]), self._random, number)
        columns = np.take_along_axis(self._place, chosen, axis=1)
        return {name: array[..., columns] for name, array in self.state.items()}


def log_of_one(expected: Floats) -> Doubles:
    """ln(eˣ − 1): of x moves expected one is made or none, and silence has counted −x."""
    x = np.maximum(expected, LEAST).astype(np.float64)
    log: Doubles = x + np.log(-np.expm1(-x))
    return log


def agreed_proposals(moves: Sequence[Recorded], stage: Stage) -> set[Recorded]:
    """Implied proposals whose acceptance is implied, too: of these the dates are constructed."""
    effects = {move.name: move.effect for move in stage.moves}
    proposing = {move.name for move in stage.moves if move.proposes}
    pending: dict[str, Recorded] = {}
    found = set()
    for move in moves:
        if move.actor is None:
            continue
        if move.move in proposing:
            pending[move.actor] = move
        elif effects.get(move.move) in ("accept", "reject"):
            asked = [actor for actor in pending if actor != move.actor]
            if not asked:
                continue
            answered = pending.pop(asked[0])
            agreed = [answered] if effects[move.move] == "accept" and move.implied else []
            own = pending.get(move.actor)
            if agreed and own is not None and own.move == answered.move:
                agreed.append(pending.pop(move.actor))  # both had proposed the same
            found |= {proposal for proposal in agreed if proposal.implied}
    return found


def normalised(log_weights: Doubles) -> Doubles:
    """Weights that sum to 1 in each row."""
    weights: Doubles = np.exp(log_weights - log_sums(log_weights)[:, np.newaxis])
    return weights


def log_sums(log_weights: Doubles) -> Doubles:
    """The log of the sum of each row's weights.

    SciPy's `logsumexp` costs more here than all else that is done with the weights.
    """
    sums: Doubles = np.logaddexp.reduce(log_weights, axis=1)
    return sums


def systematic(weights: Doubles, random: Succession, number: int | None = None) -> Integers:
    """Systematic resampling in each row of weights: as many columns as there are, or `number`."""
    rows, columns = weights.shape
    number = number or columns
    cumulated = np.cumsum(weights, axis=1)
    cumulated /= cumulated[:, -1:]
    points = (random.uniforms((rows, 1)) + np.arange(number)) / number
    chosen: Integers = (cumulated[:, None, :] <= points[:, :, None]).sum(axis=2)
    return np.asarray(np.minimum(chosen, columns - 1))


def filter_record(
    past: Scenario,
    record: Record,
    observation: Observation,
    drawn: Mapping[str, Doubles],
    log_intensity: Doubles,
    runs: int,
    seed: int,
    states: int = 1,
) -> Filtered:
    """Lead inner runs of each draw along a record, and weigh them by it.

    Parameters
    ----------
    past : Scenario
        Daily reviews; ends soon after the record does.
    record : Record
        What is recorded.
    observation : Observation
        What it shows of what happens.
    drawn : mapping of dotted path, or ``path@date``, to float64 (draws,)
        Every parameter that is uncertain, in the engine's units: the inner runs of a draw share it.
    log_intensity : float64, (eras, draws)
        ln ω.
    runs : int
        Inner runs of each draw.
    seed : int
        Of all random numbers; another number gives independent ones.
    states : int
        Of each draw, that are kept.

    Returns
    -------
    Filtered
    """
    watch = led(
        NestedFilter, past, record, observation, drawn, log_intensity, runs, seed,
    )  # fmt: skip
    return Filtered(
        watch.log_likelihood,
        np.array(watch.weekly),
        watch.some_of_each(states),
    )


Kind = TypeVar("Kind", bound=NestedFilter)


def led(
    kind: type[Kind],
    past: Scenario,
    record: Record,
    observation: Observation,
    drawn: Mapping[str, Doubles],
    log_intensity: Doubles,
    runs: int,
    seed: int,
) -> Kind:
    """A filter of some kind that has gone through a record; arguments as for `filter_record`."""
    draws = log_intensity.shape[1]
    width = draws * runs
    plan = Plan(past, seed, width, runs, width=width, kept=())
    given = {path: np.repeat(v, runs).astype(np.float32) for path, v in drawn.items()}
    intensity = np.repeat(log_intensity, runs, axis=1).astype(np.float32)
    lifetime = past.parameters()["talks.proposal_lifetime"].distribution.quantile(np.array([0.5]))
    watch = kind(
        stage_of(past), record, observation, (draws, runs), intensity,
        np.asarray(lifetime, dtype=np.float32), seed,
    )  # fmt: skip
    led_along = RecordOfMoves(
        record.moves, record.last_day, watch=watch, foresight=kind.foresight,
        watched_from=record.first_day,
    )  # fmt: skip
    simulate_chunks(plan, (0,), given, led_along)
    return watch
