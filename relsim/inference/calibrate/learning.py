"""Draws that learn: from the record of moves, then from an author's forecasts.

Draws are moved from the prior to the posterior by tempered sequential Monte Carlo
(`relsim.inference.calibrate.tempering`) on estimates of how likely they find the record
(`relsim.inference.calibrate.history`). An author's forecasts enter last, in the same way, while
the record counts in full; `relsim.inference.calibrate.weights` says how likely a draw finds them.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from relsim.arguments import seed_of, whole_number
from relsim.array_types import Doubles, Floats, Integers
from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.escaping import visible
from relsim.estimates import formatting
from relsim.history.events import Event, events_until, packaged_record
from relsim.inference.calibrate.calibration import RELIABILITY, level, reliability_of
from relsim.inference.calibrate.coordinates import SIGMA_OF_INTENSITY
from relsim.inference.calibrate.evidence import evidence_of
from relsim.inference.calibrate.forecasts import TAILS, Level, Said, said_by
from relsim.inference.calibrate.history import (
    RUNS,
    HistorySetup,
    known_day,
    parameters_of,
    setup_of,
    start_values,
)
from relsim.inference.calibrate.posterior_file import write_rows
from relsim.inference.calibrate.tempering import LogLikelihoods, State, Step, Tempered, temper
from relsim.inference.calibrate.tempering_file import read_state, write_state
from relsim.inference.calibrate.weighing import levels_of, weigh, words_of
from relsim.inference.calibrate.weights import effective_size
from relsim.lexicons.meaning import Points
from relsim.runs.workers import KeptPool, check_workers
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.joint_draws import Evidence
from relsim.scenario.files.places import local_path
from relsim.scenario.schema import Scenario, scenario_of
from relsim.scenario.titles import title_of
from relsim.simulate import Progress
from relsim.tables import Page, Table, page_html, page_text
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH
from relsim.worlds.randomness.streams import Succession

__all__ = ["HistoryCalibration", "Learned", "calibrate_to_history"]

FORMAT = "relsim.calibrate-history/1"
PAST, HISTORY = "us-russia-1993", "history"
DRAWS = 512
MOVES = 6
LITTLE_LEARNED, LITTLE_MOVED = 0.97, 0.1  # of the prior's standard deviation
MUCH_LEARNED = 0.9
MOST_SHOWN = 16
DIGITS = 6
# Evaluations are numbered, and the seeds of their random numbers with them.
OF_FORECASTS, OF_STATE = 100_000, 200_000


@dataclass(frozen=True, repr=False)
class Learned(Brief):
    """What the record taught of one coordinate.

    Attributes
    ----------
    parameter : str
        Dotted path, ``path@date`` of a leadership of the past, or the coding intensity of an era.
    unit, title : str
        The title is what tables call it.
    mean, sd : float
        After, in standard deviations of the prior (on the scale on which the prior is normal).
    before, after : tuple of float
        5, 50 and 95% points.
    information_bits : float
        Of a normal distribution of that mean and sd against the prior's.
    """

    parameter: str
    unit: str
    title: str
    mean: float
    sd: float
    before: Points
    after: Points
    information_bits: float


@dataclass(frozen=True, eq=False, repr=False)
class HistoryCalibration(Brief):
    """Draws of a scenario that have learned from a record, and perhaps from forecasts.

    Attributes
    ----------
    scenario : Scenario
        What was calibrated.
    setup : HistorySetup
        The record.
    z : float64, (draws, coordinates)
        Draws of equal weight.
    columns : dict of float64 (draws,)
        The scenario's own parameters that learned something, and its start values.
    steps : tuple of Step
        Of the record.
    log_evidence : float
        Of the record, in nats: the log of its mean likelihood under the prior.
    forecasts : dict of (Said, tuple of Level)
        By name: what the draws say of it after the record and, if it was learned from, after the
        forecasts.
    forecast_steps : tuple of Step
    seed : int
    elapsed_seconds : float
    """

    scenario: Scenario
    setup: HistorySetup
    z: Doubles
    columns: dict[str, Doubles]
    steps: tuple[Step, ...]
    log_evidence: float
    forecasts: dict[str, tuple[Said, tuple[Level, ...]]]
    forecast_steps: tuple[Step, ...]
    seed: int
    elapsed_seconds: float

    @property
    def draws(self) -> int:
        """Number of rows."""
        return len(self.z)

    @property
    def distinct(self) -> int:
        """How many rows differ: copies count once."""
        return distinct_rows(self.z)[0]

    @property
    def effective_draws(self) -> float:
        """Kish's effective number of distinct rows, weighted by their copies."""
        return distinct_rows(self.z)[1]

    @cached_property
    def learned(self) -> tuple[Learned, ...]:
        """What each coordinate learned, most first."""
        return learned_of(self.setup, self.z)

    def save(
        self,
        file: str | os.PathLike[str],
        base: str | os.PathLike[str] | None = None,
        rows: int | None = None,
    ) -> Path:
        """Write a scenario file that extends the calibrated one, and its draws beside it.

        Parameters
        ----------
        file : str or path
            A new file, ``learned.yaml``; the draws go to ``learned.draws.csv``.
        base : str or path, optional
            Name or file of the calibrated scenario, to extend. Without one the new file holds it
            whole.
        rows : int, optional
            Draws to write, evenly spaced among all; by default all.

        Returns
        -------
        Path

        Raises
        ------
        UsageError
            If a file exists already, cannot be written, or cannot extend `base`.
        """
        rows = self.draws if rows is None else whole_number("rows", rows, most=self.draws)
        kept = np.arange(rows) * self.draws // rows
        columns = {path: column[kept] for path, column in self.columns.items()}
        weights, why = np.full(rows, 1 / rows), _why(self, kept)
        return write_rows(
            self.scenario, columns, weights, why, evidence(self), local_path(file), base, DIGITS
        )

    def __str__(self) -> str:
        return visible(page_text(page(self)))

    def _repr_html_(self) -> str:
        return page_html(page(self))

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON (format relsim.calibrate-history/1)."""
        record, start = self.setup.record, self.setup.past.horizon.start
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            "past": self.setup.past.name,
            "seed": self.seed,
            "from": str(self.setup.past.date_of(record.first_day)),
            "through": str(self.setup.past.date_of(record.last_day)),
            "led_from": str(start),
            "evidence": self.setup.fingerprint,
            "draws": self.draws,
            "inner_runs": self.setup.runs,
            "distinct_rows": self.distinct,
            "effective_draws": self.effective_draws,
            "log_evidence": self.log_evidence,
            "steps": [dataclasses.asdict(step) for step in self.steps],
            "forecast_steps": [dataclasses.asdict(step) for step in self.forecast_steps],
            "forecasts": {
                name: {"says": said.says, "means": said.points,
                       "stages": [dataclasses.asdict(one) for one in levels]}
                for name, (said, levels) in self.forecasts.items()
            },
            "columns": list(self.columns),
            "parameters": [dataclasses.asdict(one) for one in self.learned],
            "elapsed_seconds": round(self.elapsed_seconds, 3),
        }  # fmt: skip


def distinct_rows(z: Doubles) -> tuple[int, float]:
    """How many rows differ, and Kish's effective number of them, weighted by their copies."""
    copies = np.unique(z, axis=0, return_counts=True)[1]
    return len(copies), effective_size(copies / len(z))


def learned_of(setup: HistorySetup, z: Doubles) -> tuple[Learned, ...]:
    """What each coordinate learned, by the information that it gained."""
    units = {path: value.unit for path, value in setup.past.parameters().items()}
    coordinates = setup.coordinates
    values, found = coordinates.values(z), []
    for place, name in enumerate(coordinates.names):
        mean, sd = float(z[:, place].mean()), float(z[:, place].std())
        if name in values:
            before = coordinates.learned[name].quantile(np.array(TAILS))
            after = np.quantile(values[name], TAILS)
        else:
            before = SIGMA_OF_INTENSITY * ndtri(TAILS)
            after = SIGMA_OF_INTENSITY * np.quantile(z[:, place], TAILS)
        nats = (mean**2 + sd**2 - 1 - 2 * np.log(max(sd, 1e-9))) / 2
        unit = units.get(name.partition("@")[0], "")
        bits = float(nats / np.log(2))
        spans = _points(before), _points(after)
        found.append(Learned(name, unit, title_of(setup.past, name), mean, sd, *spans, bits))
    return tuple(sorted(found, key=lambda one: -one.information_bits))


def columns_of(
    setup: HistorySetup, scenario: Scenario, z: Doubles, state: dict[str, Floats]
) -> dict[str, Doubles]:
    """Draws of the scenario's own parameters that learned something, and of its start values.

    A parameter is left out, and so drawn from its prior, where neither its spread nor its mean has
    moved.
    """
    own = parameters_of(setup, scenario, z)
    starts = start_values(setup, scenario, state)
    latest = {name.partition("@")[0]: name for name in setup.coordinates.learned}
    moved = [
        one.parameter.partition("@")[0]
        for one in learned_of(setup, z)
        if latest.get(one.parameter.partition("@")[0]) == one.parameter
        and (one.sd < LITTLE_LEARNED or abs(one.mean) > LITTLE_MOVED)
    ]
    return {path: column for path, column in own.items() if path in moved} | starts


def calibrate_to_history(
    scenario: Scenario | str | os.PathLike[str],
    past: Scenario | str | os.PathLike[str] | None = None,
    events: Iterable[Event] | None = None,
    since: date | None = None,
    through: date | None = None,
    carry: Collection[str] = (),
    half_life: float | None = None,
    draws: int = DRAWS,
    inner_runs: int = RUNS,
    seed: int = 1,
    workers: int = 1,
    forecasts: bool = False,
    reliability: float = RELIABILITY,
    moves: int = MOVES,
    state: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> HistoryCalibration:
    """Let draws of a scenario's parameters learn from a record of moves.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    past : Scenario, or str or path, optional
        The scenario of the time before, with its treaties, leaders and elections; by default the
        packaged ``us-russia-1993``.
    events : iterable of Event, optional
        The record, in order of date; by default the packaged one.
    since, through : date, optional
        From eight years before the scenario begins, to the last day that it knows of. The runs
        are led along the record for four years before it counts.
    carry : collection of str
        Dotted paths that a change of leaders leaves as they are.
    half_life : float, optional
        Years after which a week of the record counts half: a power prior (Ibrahim & Chen 2000,
        Statistical Science 15:46-60). By default all weeks count in full.
    draws, inner_runs : int
        Draws, 64 at the least, and inner runs of each.
    seed, workers
        As for `simulate`.
    forecasts : bool
        Learn from the scenario's forecasts afterwards.
    reliability : float
        See `relsim.calibrate`.
    moves : int
        Moves at each temperature.
    state : str or path, optional
        A file that keeps where the calculation stands after each temperature; if it is there
        already, the calculation goes on from it, to the same numbers. What is learned from
        forecasts has another file beside it, ``NAME-forecasts.npz``.
    progress : callable, optional
        Called with the thousandths done, an estimate, and 1,000.

    Returns
    -------
    HistoryCalibration

    Raises
    ------
    UsageError
        If the record lies outside what may be learned from, or the scenario holds joint draws.
    """
    began = time.perf_counter()
    asked, before = scenario_of(scenario), scenario_of(PAST if past is None else past)
    seed, workers = seed_of(seed), check_workers(workers)
    draws = whole_number("draws", draws, least=DRAWS_PER_BATCH)
    inner_runs = whole_number("inner_runs", inner_runs, least=2)
    moves, reliability = whole_number("moves", moves), reliability_of(reliability)
    if asked.draws is not None:
        raise UsageError(
            f"{asked.name} holds joint draws already: calibrate the scenario that it extends"
        )
    if events is None:
        events = events_until(packaged_record(), known_day(asked))
    setup = setup_of(asked, before, events, since, through, carry, half_life, inner_runs, seed)
    said = tuple(said_by(name, one) for name, one in asked.forecasts.items() if one.outcome)
    z = Succession(seed, "draws of z").normals((draws, len(setup.coordinates.names)))

    file = None if state is None else local_path(state)
    known = f"{setup.fingerprint} {draws} {inner_runs} {seed} {moves}"
    stage = _Stage(seed, moves, known, progress)

    with KeptPool(workers) as pool:

        def of_record(at: Doubles, evaluation: int) -> Doubles:
            found = weigh(setup, asked, at, evaluation, pool).log_likelihood
            return np.stack([np.zeros(len(at)), found], axis=1)

        done = stage.temper(of_record, z, file)
        weighed = weigh(setup, asked, done.z, OF_FORECASTS, pool, said)
        levels, later = [levels_of(said, weighed)], None
        if forecasts and said:
            words = words_of(said, weighed, reliability)

            def of_both(at: Doubles, evaluation: int) -> Doubles:
                found = weigh(setup, asked, at, OF_FORECASTS + evaluation, pool, said)
                heard = words.log_likelihood(found.hits, found.runs)
                return np.stack([found.log_likelihood, heard], axis=1)

            heard = words.log_likelihood(weighed.hits, weighed.runs)
            start = done.holding(heard)
            beside = None if file is None else file.with_name(f"{file.stem}-forecasts{file.suffix}")
            of_words = f"{known} {scenario_hash(asked)} {reliability}"
            stage = dataclasses.replace(stage, fingerprint=of_words)
            later = stage.temper(of_both, done.z, beside, start)
            weighed = weigh(setup, asked, later.z, OF_STATE, pool, said)
            levels.append(levels_of(said, weighed))
    last = done if later is None else later
    of_each = {
        one.name: (one, tuple(stage[one.name] for stage in levels if one.name in stage))
        for one in said
    }
    return HistoryCalibration(
        asked, setup, last.z, columns_of(setup, asked, last.z, weighed.state), done.steps,
        done.log_evidence, of_each, () if later is None else later.steps, seed,
        time.perf_counter() - began,
    )  # fmt: skip


@dataclass(frozen=True)
class _Stage:
    """How evidence is tempered in: with what seed and moves, kept in which file."""

    seed: int
    moves: int
    fingerprint: str
    progress: Progress | None

    def temper(
        self,
        log_likelihoods: LogLikelihoods,
        z: Doubles,
        file: Path | None,
        start: State | None = None,
    ) -> Tempered:
        """Begin from `start`, or go on from the file if it is there."""

        def report(state: State) -> None:
            if file is not None:
                write_state(state, file, self.fingerprint)
            if self.progress is not None:
                self.progress(round(1000 * state.done), 1000)

        if file is not None and file.exists():
            start = read_state(file, self.fingerprint)
        return temper(
            log_likelihoods, z, seed=self.seed, moves=self.moves, start=start, each_step=report
        )


def page(found: HistoryCalibration) -> Page:
    """What a reader gets: what was learned, the forecasts at each stage, how it was made."""
    record, past = found.setup.record, found.setup.past
    moves = sum(record.first_day <= move.day for move in record.moves)
    learned = sum(one.sd < MUCH_LEARNED for one in found.learned)
    about = (
        f"{moves:,} moves of {_years(found)}, in {past.name}; {found.draws:,} draws with "
        f"{found.setup.runs} inner runs each, {found.distinct:,} of them distinct, "
        f"{found.effective_draws:.0f} effective; log evidence {found.log_evidence:.1f}; seed "
        f"{found.seed}, in {found.elapsed_seconds:.0f} s. {learned} of {len(found.learned)} "
        f"coordinates learned (sd under {MUCH_LEARNED} of the prior's)"
    )
    return [found.scenario.title, learned_table(found), forecast_table(found), about]


def learned_table(found: HistoryCalibration, most: int = MOST_SHOWN) -> Table:
    """The coordinates that learned most: before, after, and how far."""
    rows = [
        (
            one.title, _span(one.before), f"{_span(one.after)} {one.unit}".rstrip(" 1"),
            f"{one.mean:+.2f}", f"{one.sd:.2f}",
        )
        for one in found.learned[:most]
    ]  # fmt: skip
    headings = ("Parameter", "Before: middle (5–95%)", "After", "Shift, sds", "Sd, of prior's")
    return Table(headings, rows)


def forecast_table(found: HistoryCalibration) -> Table:
    """Each forecast: the author's words, what the draws say after the record, and after it."""
    rows = []
    for said, levels in found.forecasts.values():
        means = "–".join(formatting.text(point, 2) for point in said.points)
        stages = [level(one) for one in levels] or ["too few runs"]
        rows.append((said.name, said.says, means, *stages, *[""] * (2 - len(stages))))
    headings = ("", "Says", "Means (5–50–95%)", "After the record", "After the forecasts")
    return Table(headings, rows)


def evidence(found: HistoryCalibration) -> list[Evidence]:
    """What the draws learned from: the record, and each forecast that was used."""
    scenario, span = found.scenario, _years(found)
    where = f"{scenario.name} ({scenario_hash(scenario)[:12]})"
    text = f"moves of {span} in {found.setup.past.name}, learned by {where}"
    learned = [Evidence(kind=HISTORY, text=text, hash=found.setup.fingerprint)]
    if found.forecast_steps:
        how = f"after the record, in the calibration of {where}"
        learned += [evidence_of(said, how) for said, levels in found.forecasts.values() if levels]
    return learned


def _years(found: HistoryCalibration) -> str:
    record, past = found.setup.record, found.setup.past
    return f"{past.date_of(record.first_day)} to {past.date_of(record.last_day)}"


def _span(points: Points) -> str:
    low, middle, high = (f"{point:.3g}" for point in points)
    return f"{middle} ({low}–{high})"


def _why(found: HistoryCalibration, kept: Integers) -> str:
    words = ", then from its forecasts" if found.forecast_steps else ""
    some = "" if len(kept) == found.draws else f" of {found.draws:,}"
    distinct, effective = distinct_rows(found.z[kept])
    return (
        f"posterior: {len(kept):,}{some} draws of {found.scenario.name}, seed {found.seed}, "
        f"learned from moves of {_years(found)} in {found.setup.past.name}{words}; "
        f"{distinct:,} distinct rows, {effective:.0f} effective"
    )


def _points(values: Doubles) -> Points:
    low, middle, high = (float(value) for value in values)
    return low, middle, high
