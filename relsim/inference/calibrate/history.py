"""Calibration to history: draws of the parameters that have learned from a record of moves.

The scenario's actors live through the past: another scenario with the treaties, leaders and elections of
its time, in which what is recorded happens (`relsim.inference.calibrate.past`). Draws are moved from
the prior to the posterior by tempered sequential Monte Carlo (`relsim.inference.calibrate.tempering`)
on estimates of their likelihood by a nested filter (`relsim.inference.calibrate.record_likelihood`).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from scipy.special import ndtri

from relsim.array_types import Doubles, Floats
from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.history.events import Event
from relsim.history.forced import recorded_moves
from relsim.inference.calibrate.coordinates import (
    SIGMA_OF_INTENSITY,
    Coordinates,
    coordinates_of,
)
from relsim.inference.calibrate.past import past_of
from relsim.inference.calibrate.record_likelihood import Filtered, Observation, Record, filter_record
from relsim.inference.calibrate.tempering import State, Step, temper
from relsim.runs.workers import chunks_done
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK
from relsim.worlds.randomness.streams import key_of

__all__ = ["HistoryCalibration", "HistorySetup", "Learned", "calibrate_to_history", "setup_of"]

DRAWS, RUNS = 512, 8
MOVES = 5
WINDOW = 8  # years of the record before a scenario, by default
LEAD_IN = 4  # years in which runs are led along the record before it counts: memories are weeks long
TAILS = (0.05, 0.5, 0.95)
LITTLE_LEARNED, LITTLE_MOVED = 0.9, 0.25  # of the prior's standard deviation
MOST_COLUMNS = 60
LAST_EVALUATION = 1_000_000
YEAR = 365.25


@dataclass(frozen=True)
class HistorySetup:
    """All that the likelihood of a draw needs.

    Attributes
    ----------
    past : Scenario
    record : Record
    observation : Observation
    coordinates : Coordinates
    classes : dict of int
    runs : int
        Inner runs of each draw.
    seed : int
    """

    past: Scenario
    record: Record
    observation: Observation
    coordinates: Coordinates
    classes: dict[str, int]
    runs: int
    seed: int

    @cached_property
    def fingerprint(self) -> str:
        """What tells this setup from others: the evidence's hash."""
        text = json.dumps(
            [
                scenario_hash(self.past), [list(move) for move in self.record.moves],
                self.record.first_day, self.record.last_day, self.record.eras,
                None if self.record.ages is None else self.record.ages.tolist(),
                asdict(self.observation), self.coordinates.names,
            ]
        )  # fmt: skip
        return hashlib.sha256(text.encode()).hexdigest()


def setup_of(
    scenario: Scenario,
    past: Scenario,
    events: Iterable[Event],
    since: date | None = None,
    through: date | None = None,
    carry: Collection[str] = (),
    half_life: float | None = None,
    runs: int = RUNS,
    seed: int = 1,
    observation: Observation | None = None,
) -> HistorySetup:
    """Lay out what is to be learned from which events; see `calibrate_to_history`.

    Raises
    ------
    UsageError
        If a date lies outside the past scenario, after the day up to which the scenario knows, or no
        event is left.
    """
    known = scenario.horizon.known_until or scenario.horizon.start
    through = through or known
    if through > known:
        raise UsageError(
            f"{scenario.name} knows what happened until {known}: nothing later may set its "
            f"parameters (through is {through})"
        )
    first = past.horizon.start
    since = since or max(first, years_before(scenario.horizon.start, WINDOW))
    if not first <= since < through:
        raise UsageError(
            f"the record must begin from {first} on, where {past.name} does, and before {through} "
            f"(got {since})"
        )
    start = max(first, years_before(since, LEAD_IN))
    events = [event for event in events if event.date <= through]
    end = min(through + timedelta(days=WEEK + 1), past.horizon.end)
    led = past_of(scenario, past, start, end, events, carry)
    moves = recorded_moves(events, led)

    def day(when: date) -> int:
        return (when - start).days

    if not any(day(since) <= move.day for move in moves):
        raise UsageError(f"no event lies between {since} and {through}")
    changes = [e.date for e in led.calendar if e.new_government == next(iter(led.actors))]
    eras = (0, *(day(change) for change in changes if change > since))
    last = day(through)
    weeks = np.arange(last // WEEK + 1)
    ages = None if half_life is None else 0.5 ** ((last - WEEK * weeks) / YEAR / half_life)
    begins = scenario.horizon.start
    state_day = day(begins) - 1 if start < begins <= through else last
    record = Record(moves, day(since), last, eras, ages, state_day)
    classes = {name: number for number, name in enumerate(led.moves)}
    return HistorySetup(
        led, record, observation or Observation(), coordinates_of(led, len(eras)), classes, runs, seed
    )


def years_before(when: date, years: int) -> date:
    """The same day some years earlier; 28 February for a leap day."""
    day = 28 if (when.month, when.day) == (2, 29) else when.day
    return when.replace(year=when.year - years, day=day)


def filtered(setup: HistorySetup, z: Doubles, number: int, workers: int = 1) -> Filtered:
    """Weigh draws by the record, spread over workers."""
    parts = min(workers, len(z))
    found = dict(chunks_done(_part, (setup, z, number, parts), list(range(parts)), workers))
    ordered = [found[part] for part in range(parts)]

    def beside(of: Callable[[Filtered], Doubles]) -> Doubles:
        return np.concatenate([of(one) for one in ordered], axis=-1)

    return Filtered(
        beside(lambda one: one.log_likelihood),
        beside(lambda one: one.weekly),
        beside(lambda one: one.scored),
        {
            name: np.concatenate([one.state[name] for one in ordered], axis=-1)
            for name in ordered[0].state
        },
        np.mean([one.effective_runs for one in ordered], axis=0),
    )


def _part(work: tuple[HistorySetup, Doubles, int, int], part: int) -> tuple[int, Filtered]:
    setup, z, number, parts = work
    own = np.array_split(z, parts)[part]
    seed = setup.seed + 1_000_003 * (number * parts + part + 1)
    of = setup.coordinates
    drawn = of.values(own) | of.others(len(own), seed)
    return part, filter_record(
        setup.past, setup.record, setup.observation, drawn, of.log_intensity(own), setup.runs, seed,
        setup.classes,
    )  # fmt: skip


@dataclass(frozen=True, repr=False)
class Learned(Brief):
    """What the record taught of one coordinate.

    Attributes
    ----------
    parameter : str
        Dotted path, ``path@date`` of a leadership of the past, or the coding intensity of an era.
    unit : str
    mean, sd : float
        After, in standard deviations of the prior (on the scale on which the prior is normal).
    before, after : tuple of float
        5, 50 and 95% points.
    information_bits : float
        Of a normal distribution of that mean and sd against the prior's.
    """

    parameter: str
    unit: str
    mean: float
    sd: float
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    information_bits: float


@dataclass(frozen=True, eq=False, repr=False)
class HistoryCalibration(Brief):
    """Draws of a scenario that have learned from a record.

    Attributes
    ----------
    scenario : Scenario
        What was calibrated.
    setup : HistorySetup
    z : float64, (draws, coordinates)
        Equal weights.
    log_likelihood : float64, (draws,)
        Estimates, of the record.
    state : dict of float32 (..., draws)
        Of each draw at the start of the scenario; see `STATE`.
    steps : tuple of Step
    log_evidence : float
        Of the record, in nats: the log of its mean likelihood under the prior.
    elapsed_seconds : float
    """

    scenario: Scenario
    setup: HistorySetup
    z: Doubles
    log_likelihood: Doubles
    state: dict[str, Floats]
    steps: tuple[Step, ...]
    log_evidence: float
    elapsed_seconds: float

    @property
    def distinct(self) -> int:
        """How many rows differ: copies count once."""
        return len(np.unique(self.z, axis=0))

    @property
    def effective_draws(self) -> float:
        """Kish's effective number of distinct rows, weighted by their copies."""
        copies = np.unique(self.z, axis=0, return_counts=True)[1]
        return float(copies.sum() ** 2 / (copies**2).sum())

    @cached_property
    def learned(self) -> tuple[Learned, ...]:
        """What each coordinate learned, most first."""
        units = {path: value.unit for path, value in self.setup.past.parameters().items()}
        coordinates = self.setup.coordinates
        values = coordinates.values(self.z)
        found = []
        for number, name in enumerate(coordinates.names):
            mean, sd = float(self.z[:, number].mean()), float(self.z[:, number].std())
            if name in values:
                before = coordinates.learned[name].quantile(np.array(TAILS))
                after = np.quantile(values[name], TAILS)
            else:
                before = SIGMA_OF_INTENSITY * ndtri(TAILS)
                after = SIGMA_OF_INTENSITY * np.quantile(self.z[:, number], TAILS)
            bits = (mean**2 + sd**2 - 1 - 2 * np.log(sd)) / 2 / np.log(2)
            found.append(
                Learned(
                    name, units.get(name.partition("@")[0], ""), mean, sd,
                    tuple(map(float, before)), tuple(map(float, after)), float(bits),
                )
            )  # fmt: skip
        return tuple(sorted(found, key=lambda one: -one.information_bits))

    def columns(self, most: int = MOST_COLUMNS) -> dict[str, Doubles]:
        """Draws of the scenario's own parameters that learned something, and of its start values.

        Of a parameter that a change of leaders draws anew the latest leadership's. A parameter is
        left out, and so drawn from its prior, where neither its spread nor its mean has moved.
        """
        uncertain = {p for p, v in self.scenario.parameters().items() if v.constant is None}
        values = self.setup.coordinates.values(self.z)
        latest = {name.partition("@")[0]: name for name in values}  # dates stand in order
        found = {}
        for one in self.learned:
            path = one.parameter.partition("@")[0]
            moved = one.sd < LITTLE_LEARNED or abs(one.mean) > LITTLE_MOVED
            if path in uncertain and latest[path] == one.parameter and moved:
                found[path] = values[one.parameter]
        starts = {path: column for path, column in start_values(self).items() if path in uncertain}
        kept = dict(list(found.items())[: most - len(starts)])
        return {path: column for path, column in kept.items() if path not in starts} | starts


def start_values(found: HistoryCalibration) -> dict[str, Doubles]:
    """The state of each draw when the scenario begins, as start values."""
    names = list(found.setup.past.actors)
    result = {"index.start": found.state["index"].astype(np.float64)} if found.state else {}
    for what, key in (
        ("hostility", "hostility_at_start"), ("goodwill", "goodwill_at_start"), ("stock", "sanctions_stock"),
    ):  # fmt: skip
        for actor, name in enumerate(names):
            if found.state:
                result[f"actors.{name}.{key}"] = found.state[what][actor].astype(np.float64)
    return result


def calibrate_to_history(
    scenario: Scenario,
    setup: HistorySetup,
    draws: int = DRAWS,
    workers: int = 1,
    moves: int = MOVES,
    start: State | None = None,
    each_step: Callable[[State], None] | None = None,
) -> HistoryCalibration:
    """Let draws of a scenario learn from the record that a setup lays out."""
    began = time.perf_counter()
    random = np.random.Generator(np.random.Philox(key=key_of(setup.seed, "draws of z")))
    z = random.standard_normal((draws, len(setup.coordinates.names)))

    def log_likelihoods(at: Doubles, number: int) -> Doubles:
        found = filtered(setup, at, number, workers).log_likelihood
        return np.stack([np.zeros(len(at)), found], axis=1)

    done = temper(
        log_likelihoods, z, seed=setup.seed, moves=moves, start=start, each_step=each_step
    )
    last = filtered(setup, done.z, LAST_EVALUATION, workers)
    return HistoryCalibration(
        scenario, setup, done.z, done.log_likelihood[:, 1], last.state, done.steps,
        done.log_evidence, time.perf_counter() - began,
    )  # fmt: skip
