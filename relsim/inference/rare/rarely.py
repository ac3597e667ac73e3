"""How likely an outcome is that hardly any run meets: `rare`, and what it returns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from relsim.arguments import seed_of, whole_number
from relsim.array_types import Integers
from relsim.brief import Brief
from relsim.ensemble.data import EnsembleData, check_outcome
from relsim.ensemble.opening import open_result
from relsim.ensemble.summary import Instead
from relsim.errors import RelsimError, SimulationError, UsageError
from relsim.estimates import formatting
from relsim.estimates.deconvolution import Interval
from relsim.estimates.over_draws import Spread
from relsim.estimates.probability import estimate
from relsim.inference.rare.led import Led, Task, led, led_after
from relsim.inference.rare.numbers import FEW_DRAWS, NOT_REACHED, Mean, mean_of, spread_of
from relsim.inference.rare.outline import Outline
from relsim.inference.rare.ways import PLAIN, SPLITTING, Way, of_update, way_of
from relsim.inference.update.leading import Work
from relsim.inference.update.onward_file import ONWARD_FILE, Onward, read_onward
from relsim.inference.update.update import Update
from relsim.runs.chunk_result import NOT_RUN, failure_of
from relsim.runs.plan import CHUNK_WIDTH, Plan
from relsim.runs.provenance import UPDATED_THROUGH, provenance
from relsim.runs.workers import check_workers, chunks_done
from relsim.scenario.files.places import local_path
from relsim.scenario.schema import Scenario, scenario_of
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, different_draws

__all__ = ["DRAWS", "RUNS", "Rare", "instead_of_plain", "plan_of", "rare", "rare_after"]

RUNS, DRAWS = 32_768, 512
RUNS_PER_DRAW = 32  # of the runs that show how far draws differ
FEWEST_CHUNKS = 16  # with 8 a 90% interval held the truth in .75 to .89 of cases
FEWEST = FEWEST_CHUNKS * DRAWS_PER_BATCH
OUTLINED_CHUNKS = 2  # of which it is told what the runs did
FEW_HITS = 10  # runs of an ensemble that hit; with fewer `relsim run` looks for other means
FROM_RUNS = 32_768  # of the ensemble: who simulates fewer wants a quick look

ANEW = -1024  # number of an evaluation that no update makes: other random numbers

Progress = Callable[[int, int], None]


@dataclass(frozen=True, repr=False)
class Rare(Brief):
    """The probability of a rare outcome.

    Attributes
    ----------
    scenario : Scenario
    outcome : str
    way : Way
        How it was estimated, and why so.
    value : float
        The probability by the end of the term.
    mc_error : float
        Standard error, since the runs are finitely many; infinite where no run reached it.
    mc_interval_90 : (float, float) or None
        For the Monte Carlo error alone.
    refused : str
        Why there is no such interval, or empty.
    bounds : (float, float)
        Of plain Monte Carlo without an interval: what the probability is above and below, each with
        95% confidence.
    interval_90, interval_50 : (float, float) or None
        5% and 95% points, and the middle half, of the probability over draws.
    interval_note : str
        Why there are none, or empty.
    effective_draws : float
        How many draws, if they were alike, would carry the figure; one divided by its square root
        is the relative error that they allow.
    gain : float or None
        Runs of plain Monte Carlo that are as precise as one of these.
    outlines : tuple of Outline
        What some runs did that met it, drawn by weight; of splitting alone.
    runs, draws : int
        Runs, one a draw but for those of an update, for the probability; and draws of 32 runs for
        the interval over draws.
    failed_runs : int
        Runs in which a number is not finite, which are left out.
    seed : int
    provenance : dict
    elapsed_seconds : float
    """

    scenario: Scenario
    outcome: str
    way: Way
    value: float
    mc_error: float
    mc_interval_90: Interval | None
    refused: str
    bounds: Interval
    interval_90: Interval | None
    interval_50: Interval | None
    interval_note: str
    effective_draws: float
    gain: float | None
    outlines: tuple[Outline, ...]
    runs: int
    draws: int
    failed_runs: int
    seed: int
    provenance: dict[str, object] = field(compare=False)
    elapsed_seconds: float = field(compare=False)

    @property
    def title(self) -> str:
        """What the outcome is called."""
        return self.scenario.outcomes[self.outcome].title

    @property
    def through(self) -> str | None:
        """Until which day, in ISO form, it knows what happened; None if it is of no update."""
        day = self.provenance.get(UPDATED_THROUGH)
        return None if day is None else str(day)

    @property
    def _is_bound(self) -> bool:
        return self.value == 0 or (self.way.method == PLAIN and self.mc_interval_90 is None)

    @property
    def value_text(self) -> str:
        """The probability in the digits that its error supports, or a bound."""
        if not self._is_bound:
            return formatting.rare(self.value, self.mc_error)[0]
        nothing = self.value < 0.5 and self.bounds[1] >= 1
        return NOT_REACHED if nothing else formatting.bound(self.value, *self.bounds)

    @property
    def error_text(self) -> str:
        """The standard error in one digit; empty beside a bound."""
        return "" if self._is_bound else "± " + formatting.rare(self.value, self.mc_error)[1]

    @property
    def interval_text(self) -> str:
        """The 90% interval over draws, or why there is none."""
        if self.interval_90 is None or self.interval_note:
            return self.interval_note
        return formatting.rare_between(*self.interval_90)

    @property
    def instead(self) -> Instead:
        """What `relsim run` says of it in place of a plain estimate."""
        how = f"by {self.way.method}, {self.runs:,} further runs, as fewer than {FEW_HITS} runs hit"
        carried = f"{self.effective_draws:.0f} effective draws"
        note = f"; {self.refused}" if self.refused else ""
        return Instead(
            self.value_text, self.error_text, self.interval_text,
            f"{how}; {carried}{note}. More by relsim rare --outcome {self.outcome}",
        )  # fmt: skip

    def __str__(self) -> str:
        said = " ".join(filter(None, (self.value_text, self.error_text)))
        return f"{said} ({self.refused})" if self.refused else said

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON (format relsim.rare/1); null where something is not known."""
        from relsim.inference.rare.table import to_json

        return to_json(self)


def rare(
    scenario: Scenario | str | os.PathLike[str],
    outcome: str,
    *,
    runs: int = RUNS,
    draws: int = DRAWS,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> Rare:
    """Estimate the probability of an outcome that hardly any run meets.

    An outcome that is a rung of the escalation ladder is estimated by weighted splitting: runs that
    climb are copied, and weigh less for it. One that comes about by a weekly chance is estimated
    from these chances. For any other there is plain Monte Carlo, and the result says why.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged scenario, or its file.
    outcome : str
        Its name.
    runs : int
        Each of another draw, for the probability; at least 1,024, rounded up to whole chunks.
    draws : int
        Of 32 runs each, for how far the probability differs between draws; 0 to leave that out.
    seed, workers, progress
        As for `relsim.simulate`. The numbers do not depend on the workers.

    Returns
    -------
    Rare

    Raises
    ------
    UsageError
        If a number is too small or no whole number.
    UnknownName
        If the scenario has no such outcome.
    SimulationError
        If a chunk breaks off.

    Examples
    --------
    >>> import relsim
    >>> found = relsim.rare("us-russia-2021", "direct_war", runs=1024, draws=0)
    >>> found.way.method, found.runs
    ('splitting', 1024)
    """
    began = time.perf_counter()
    asked = scenario_of(scenario)
    check_outcome(outcome, asked.outcomes)
    runs, seed = whole_number("runs", runs, FEWEST), seed_of(seed)
    draws, workers = whole_number("draws", draws, 0), check_workers(workers)
    way = way_of(asked, outcome)
    plan = plan_of(asked, runs, seed)
    batches = -(-draws // DRAWS_PER_BATCH)
    apart = spread_plan(asked, batches, seed)
    tasks = [Task(outcome, way, plan, _outlined(way))]
    if draws:
        tasks.append(Task(outcome, way, apart))
    first, *second = _all_led(tasks, workers, progress)
    spread = Spread(None, None, "not asked for")
    if second:
        spread = spread_of(second[0], way.method == SPLITTING)
    return _found(plan, outcome, way, first, spread, batches * DRAWS_PER_BATCH, began)


def rare_after(
    update: Update | str | os.PathLike[str],
    outcome: str,
    *,
    runs: int = RUNS,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> Rare:
    """Estimate the probability of a rare outcome after what has happened.

    The draws of the update are led along what happened once more, with more runs of each: a nested
    filter resamples these until the last day of the update, as the update does. From then on runs
    that climb are copied, as in `rare`.

    Parameters
    ----------
    update : Update, str or path
        Or the folder that `relsim update --out` wrote.
    outcome : str
        Its name.
    runs : int
        Spread evenly over the draws of the update, rounded up.
    seed, workers, progress
        As for `rare`.

    Returns
    -------
    Rare
        Without an interval over draws. Chunks are 64 draws that stand beside each other, so that
        draws which are copies, or states of one chain, are nearly all in one of them.

    Raises
    ------
    UsageError
        If the update has under 1,024 draws with the states of its chains, or its folder does not
        hold them.
    UnknownName
        If the scenario has no such outcome.
    SimulationError
        If a chunk breaks off.
    """
    began = time.perf_counter()
    runs, seed = whole_number("runs", runs, FEWEST), seed_of(seed)
    workers = check_workers(workers)
    onward, origin = _onward(update)
    scenario, draws = onward.leading.scenario, onward.log_intensity.size
    check_outcome(outcome, scenario.outcomes)
    if draws < FEWEST:
        raise UsageError(
            f"the update keeps {draws:,} draws, and {FEWEST:,} are needed: as many as "
            "`relsim update` has with --draws times one more than --moves of at least that"
        )
    each = -(-runs // draws)
    leading = replace(onward.leading, seed=seed, runs=each)
    work = Work(leading, onward.columns, onward.log_intensity, ANEW, DRAWS_PER_BATCH, True)
    way, width = of_update(way_of(scenario, outcome)), DRAWS_PER_BATCH * each
    plan = Plan(scenario, seed, draws * each, each, width=width, kept=())
    task = Task(outcome, way, plan, _outlined(way))
    tasks = [(part,) for part in range(plan.chunks)]
    parts = _in_order(_led_after, (task, work), tasks, workers, progress, plan.runs)
    spread = Spread(None, None, "not found for an update")
    copies = different_draws([*onward.columns.values()], draws)
    found = _found(plan, outcome, way, parts, spread, 0, began, copies)
    return replace(found, provenance=found.provenance | origin)


def _outlined(way: Way) -> frozenset[int]:
    """The chunks of whose runs it is told what they did."""
    return frozenset(range(OUTLINED_CHUNKS) if way.method == SPLITTING else ())


def _found(
    plan: Plan, outcome: str, way: Way, parts: Sequence[Led], spread: Spread, draws: int,
    began: float, copies: Integers | None = None,
) -> Rare:  # fmt: skip
    """What the parts of a plan come to; `spread` is that of `draws` further draws."""
    mean, bounds = _mean(plan, outcome, way, parts, copies)
    if draws and mean.refused == FEW_DRAWS:
        spread = Spread(None, None, FEW_DRAWS)
    return Rare(
        scenario=plan.scenario,
        outcome=outcome,
        way=way,
        value=mean.value,
        mc_error=mean.error,
        mc_interval_90=mean.interval,
        refused=mean.refused,
        bounds=bounds,
        interval_90=spread.interval_90,
        interval_50=spread.interval_50,
        interval_note=spread.note,
        effective_draws=mean.effective_draws,
        gain=mean.gain,
        outlines=tuple(one for part in parts for one in part.outlines),
        runs=plan.runs,
        draws=draws,
        failed_runs=sum(part.failed for part in parts),
        seed=plan.seed,
        provenance=provenance(plan.scenario, plan.seed, plan.width, ()),
        elapsed_seconds=time.perf_counter() - began,
    )


def _onward(update: Update | str | os.PathLike[str]) -> tuple[Onward, dict[str, object]]:
    """The draws of an update, and what its provenance says of it."""
    if isinstance(update, str | os.PathLike):
        ensemble = open_result(update)
        if UPDATED_THROUGH not in ensemble.provenance:
            raise UsageError(
                f"{update} is no update: name its scenario, relsim rare {ensemble.scenario.name}"
            )
        onward = read_onward(local_path(update) / ONWARD_FILE, ensemble.scenario)
    else:
        ensemble = update.ensemble
        if update.onward is None:
            raise UsageError("an update that was read from a folder: name the folder")
        onward = update.onward
    kept = (UPDATED_THROUGH, "reproducible_from_the_file_alone")
    return onward, {name: ensemble.provenance[name] for name in kept}


def _led_after(given: tuple[Task, Work], part: tuple[int]) -> list[Led]:
    task, work = given
    with _failing(task.plan, *part):
        return [led_after(task, work, *part)]


def instead_of_plain(
    ensemble: EnsembleData,
    outcomes: Sequence[str] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Rare]:
    """Outcomes that an ensemble does not resolve, estimated by `rare` with as many runs.

    These are the outcomes that fewer than 10 of its runs hit, if it has 32,768 runs or more, its
    runs have no weights and choose by the scenario's own rules, and there is a better way than
    plain Monte Carlo. One of which the estimate fails is left out.

    Parameters
    ----------
    ensemble : EnsembleData
        As it was simulated.
    outcomes : sequence of str, optional
        All by default.
    workers, progress
        As for `rare`.
    """
    own = ensemble.weights is None and not ensemble.provenance["custom_rules"]
    if ensemble.runs < FROM_RUNS or not own:
        return {}
    found = {}
    for name in outcomes or ensemble.outcomes:
        better = way_of(ensemble.scenario, name).method != PLAIN
        if better and np.count_nonzero(ensemble.days(name) >= 0) < FEW_HITS:
            with suppress(SimulationError):  # what plain Monte Carlo says of it stays
                found[name] = rare(
                    ensemble.scenario, name, runs=max(ensemble.runs, FEWEST), seed=ensemble.seed,
                    workers=workers, progress=progress,
                )  # fmt: skip
    return found


def plan_of(scenario: Scenario, runs: int, seed: int) -> Plan:
    """One run a draw, in 16 chunks or more.

    Examples
    --------
    >>> import relsim
    >>> plan = plan_of(relsim.load("us-russia-2021"), 3000, 1)
    >>> plan.chunks, plan.width, plan.runs
    (16, 192, 3072)
    """
    batches = -(-runs // DRAWS_PER_BATCH)
    width = min(DRAWS_PER_BATCH * -(-batches // FEWEST_CHUNKS), CHUNK_WIDTH)
    return Plan(scenario, seed, -(-runs // width) * width, 1, width=width, kept=())


def spread_plan(scenario: Scenario, batches: int, seed: int) -> Plan:
    """32 runs a draw, those of each batch of draws in two chunks."""
    size = DRAWS_PER_BATCH * RUNS_PER_DRAW
    return Plan(scenario, seed, batches * size, RUNS_PER_DRAW, width=size // 2, kept=())


def _all_led(tasks: Sequence[Task], workers: int, progress: Progress | None) -> Iterator[list[Led]]:
    """The chunks of each task, in their order."""
    total, before = sum(task.plan.runs for task in tasks), 0
    for task in tasks:
        yield _in_order(_led, task, groups(task, workers), workers, progress, total, before)
        before += task.plan.runs


def _in_order(
    work: Callable[[Any, Any], list[Led]], plan: object, tasks: Sequence[tuple[int, ...]],
    workers: int, progress: Progress | None, total: int, before: int = 0,
) -> list[Led]:  # fmt: skip
    """What is led in some tasks, by chunk; `before` runs of the total were led already."""
    found: dict[int, Led] = {}
    for parts in chunks_done(work, plan, tasks, workers):
        found |= {part.chunk: part for part in parts}
        if progress is not None:
            progress(before + sum(one.runs + one.failed for one in found.values()), total)
    return [found[chunk] for chunk in sorted(found)]


def groups(task: Task, workers: int) -> list[tuple[int, ...]]:
    """Chunks that stand side by side; those that are told of apart, as their logs are large."""
    width = max(CHUNK_WIDTH // task.plan.width, 1)
    others = [n for n in range(task.plan.chunks) if n not in task.outlined]
    most = max(min(width, -(-len(others) // workers)), 1)
    rest = [tuple(others[first : first + most]) for first in range(0, len(others), most)]
    return [tuple(sorted(task.outlined))] * bool(task.outlined) + rest


def _led(task: Task, chunks: tuple[int, ...]) -> list[Led]:
    with _failing(task.plan, chunks[0]):
        return led(task, chunks)


@contextmanager
def _failing(plan: Plan, chunk: int) -> Iterator[None]:
    """Say in which chunk something broke off."""
    try:
        yield
    except RelsimError:
        raise
    except Exception as error:
        raise SimulationError(str(failure_of(error, plan, chunk))) from error


def _mean(
    plan: Plan, outcome: str, way: Way, parts: Sequence[Led], copies: Integers | None = None
) -> tuple[Mean, Interval]:
    """The probability; of plain Monte Carlo with the bounds that stand in for an interval.

    `copies` numbers the draws that differ, where some are copies of others. The draws of an update
    are states of chains: those that differ are alike, too, so that the error is seen between chunks
    alone, and bounds stay of draws.
    """
    found = mean_of(parts, copies)
    if way.method != PLAIN:
        return found, found.interval or (0.0, 1.0)
    place = list(plan.scenario.outcomes).index(outcome)
    days = np.concatenate([part.first_day[place] for part in parts])
    draw = plan.draw_of_run if copies is None else copies[plan.draw_of_run]
    plain = estimate(days >= 0, draw, plan.runs_per_batch, valid=days != NOT_RUN)
    if copies is not None and not plain.refused and not found.refused:
        return found._replace(gain=None), found.interval or plain.mc_bounds
    mean = found._replace(
        value=plain.value, error=plain.mc_error, interval=plain.mc_interval_90,
        refused=plain.refused, gain=None,
    )  # fmt: skip
    return mean, plain.mc_bounds
