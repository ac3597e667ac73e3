"""What drives an outcome: chance or parameters, which parameters, which claims.

1. One ensemble of many draws with few runs each: the split of variance, the first-order effect of
   every parameter, and the probability along those that matter.
2. The same runs with one parameter drawn again: total effects, of those that matter.
3. The same runs with one claim taken away: ablations.

Runs of all three share draws and random streams, run by run. Given a condition there is the first
alone, from the runs that meet it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from relsim.arguments import callable_or_none, seed_of, whole_number
from relsim.array_types import Doubles, Floats
from relsim.brief import Brief
from relsim.ensemble.conditioning import PROVENANCE, Left, holds_in, refuse_few
from relsim.ensemble.data import check_outcome
from relsim.errors import UsageError
from relsim.escaping import visible
from relsim.estimates.probability import Difference, Estimate, estimate
from relsim.inference.drivers.ablations import Ablation, yoked
from relsim.inference.drivers.ablations import ablations as listed
from relsim.inference.drivers.given_runs import Kept, screen_given
from relsim.inference.drivers.indices import FEWEST_BATCHES, Curve, Tally, curve
from relsim.inference.drivers.screening import Index, Row, Screening, Split, screen, total_effect_of
from relsim.inference.drivers.table import page
from relsim.inference.paired_runs import PairedRuns, simulate_jobs_paired
from relsim.runs.chunk_result import Failure
from relsim.runs.jobs import Job, Progress, lean_plan, shortened
from relsim.runs.provenance import provenance
from relsim.runs.workers import check_workers
from relsim.scenario.given import Given, Premise, premise_of
from relsim.scenario.relative import drawn_as, held_jointly, taken_out
from relsim.scenario.schema import Scenario, scenario_of
from relsim.scenario.titles import titles_of
from relsim.simulate import DEFAULT_RUNS, Plan
from relsim.tables import page_html, page_text
from relsim.worlds.parameters import (
    columns,
    once_each,
    parameter_columns,
    parameter_distributions,
)
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, different_draws

__all__ = ["FORMAT", "Ablated", "Drivers", "Effect", "drivers", "sizes"]

FORMAT = "relsim.drivers/1"
BEYOND = 2.0  # standard errors
RUNS_A_DRAW = 8  # few runs of many draws say most about parameters
RUNS_A_DRAW_GIVEN = 16  # so that most runs that meet a condition have another of their draw
LEAST_RUNS_A_DRAW, MOST_RUNS_A_DRAW = 2, 128
FEWEST_DRAWS = 2 * FEWEST_BATCHES * DRAWS_PER_BATCH  # half of them are simulated again
AGAIN = "~"  # names the stream of a parameter that is drawn again


@dataclass(frozen=True, repr=False)
class Effect(Brief):
    """What one parameter does to the probability.

    Attributes
    ----------
    first : Row
        Its first-order effect, and whether chance would show as much.
    unit, title : str
        The title is what tables and figures call it.
    total : Index or None
        Its total effect, with all its interactions; None if it was not asked for.
    curve : Curve or None
        The probability along it.
    """

    first: Row
    unit: str
    title: str
    total: Index | None
    curve: Curve | None

    @property
    def parameter(self) -> str:
        """Dotted path."""
        return self.first.parameter

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        first, total = self.first.first_order, self.total
        return {
            "parameter": self.parameter,
            "title": self.title,
            "unit": self.unit,
            "first_order": first.value,
            "first_order_error": first.error,
            "first_order_interval_90": list(first.interval_90),
            "p_value": self.first.p_value,
            "seen": self.first.seen,
            "total": None if total is None else total.value,
            "total_error": None if total is None else total.error,
            "total_interval_90": None if total is None else list(total.interval_90),
            "curve": None if self.curve is None else self.curve.to_json(),
        }


@dataclass(frozen=True, repr=False)
class Ablated(Brief):
    """What changes when a claim is taken away.

    Attributes
    ----------
    claim, off : str
        The claim, and in words what holds instead.
    settings : mapping of dotted path to str
        The changes to the scenario; an empty text where an entry is taken away.
    differences : mapping of outcome to Difference
        Probability without the claim less that with it, paired run by run.
    control : mapping of outcome to Difference, or None
        Of the control that stands beside it: an actor yoked to another run's belief.
    """

    claim: str
    off: str
    settings: Mapping[str, str]
    differences: Mapping[str, Difference]
    control: Mapping[str, Difference] | None = None

    def to_json(self, outcome: str) -> dict[str, object]:
        """Plain data for JSON; the first keys are those of the outcome that was asked for."""
        control = self.control
        return {
            "claim": self.claim,
            **self.differences[outcome].to_json(),
            "off": self.off,
            "set": {path: text or None for path, text in self.settings.items()},
            "yoked": None if control is None else control[outcome].to_json(),
            "outcomes": {name: found.to_json() for name, found in self.differences.items()},
        }


@dataclass(frozen=True)
class Drivers:
    """What drives an outcome.

    Attributes
    ----------
    scenario : Scenario
    outcome : str
    seed, runs, draws : int
    paired_runs : int
        The first of the runs, which total effects and ablations simulate again.
    probability : Estimate
    split : Split
        The indicator's variance between draws (parameters) and within them (chance).
    chance : float or None
        A first-order index that chance alone seldom shows; see
        `relsim.inference.drivers.screening`.
    additive : Index or None
        What the first-order effects of all parameters make together; the rest is interaction.
    effects : tuple of Effect
        Of all uncertain parameters, the largest first-order effect first; none if draws do not
        differ beyond the noise.
    ablations : tuple of Ablated
        In the order of their list; none given a condition.
    condition : Left or None
        What all of it is given, and how many runs meet that; `runs` and `draws` are all of them.
    failures : tuple of Failure
        Chunks that broke off, of any of the ensembles; their runs are left out.
    provenance : dict
    elapsed_seconds : float
    """

    scenario: Scenario
    outcome: str
    seed: int
    runs: int
    draws: int
    paired_runs: int
    probability: Estimate
    split: Split
    chance: float | None
    additive: Index | None
    effects: tuple[Effect, ...]
    ablations: tuple[Ablated, ...]
    condition: Left | None
    failures: tuple[Failure, ...]
    provenance: Mapping[str, object]
    elapsed_seconds: float

    @property
    def seen(self) -> tuple[Effect, ...]:
        """Parameters whose first-order effect differs from nothing beyond chance."""
        return tuple(effect for effect in self.effects if effect.first.seen)

    @property
    def moving(self) -> tuple[Ablated, ...]:
        """Ablations that change the probability by more than two standard errors."""
        found = ((one, one.differences[self.outcome]) for one in self.ablations)
        return tuple(one for one, d in found if abs(d.value) > BEYOND * d.mc_error)

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON (format relsim.drivers/1): null for what is not known."""
        split, share_of = self.split, self.split.parameters
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            **self.provenance,
            **({} if self.condition is None else {PROVENANCE: self.condition.to_json()}),
            "outcome": self.outcome,
            "runs": self.runs,
            "draws": self.draws,
            "dependent_parameters": self.dependent,
            "no_longer_from_posterior": list(taken_out(self.scenario)),
            "paired_runs": self.paired_runs,
            "failed_chunks": len(self.failures),
            "elapsed_seconds": round(self.elapsed_seconds, 3),
            "probability": self.probability.to_json(),
            "variance": {
                "parameters": share_of and share_of.value,
                "parameters_error": share_of and share_of.error,
                "parameters_interval_90": share_of and list(share_of.interval_90),
                "chance": share_of and 1 - share_of.value,
                "between_draws": split.between,
                "between_draws_error": split.between_error,
                "within_draws": split.within,
                "resolved": split.resolved,
            },
            "chance": self.chance,
            "seen": len(self.seen),
            "first_order_sum": self.additive and self.additive.value,
            "first_order_sum_error": self.additive and self.additive.error,
            "indices": [effect.to_json() for effect in self.effects],
            "ablations": [one.to_json(self.outcome) for one in self.ablations],
        }

    @property
    def dependent(self) -> int:
        """Number of parameters that are drawn together, from the scenario's joint draws."""
        return len(held_jointly(self.scenario))

    def __repr__(self) -> str:
        return (
            f"<Drivers of {self.outcome} in {self.scenario.name}: {self.runs:,} runs over "
            f"{self.draws:,} draws, seed {self.seed}>"
        )

    def __str__(self) -> str:
        return visible(page_text(page(self)))

    def _repr_html_(self) -> str:
        return page_html(page(self))


def sizes(runs: int | None, draws: int | None, *, given: bool = False) -> tuple[int, int]:
    """Runs and draws of the ensemble: 8 runs a draw if nothing else is wished, 16 with a condition.

    Runs a draw are a power of two, so that batches fill chunks.

    Raises
    ------
    UsageError
        If there are too few draws, or too few runs for them.
    """
    wished = DEFAULT_RUNS if runs is None else whole_number("runs", runs)
    draws = None if draws is None else whole_number("draws", draws)
    if draws is None:
        most = RUNS_A_DRAW_GIVEN if given else RUNS_A_DRAW
        each = min(max(wished // FEWEST_DRAWS, LEAST_RUNS_A_DRAW), most)
        draws = -(-wished // each)
    if draws < FEWEST_DRAWS:
        raise UsageError(
            f"indices need {FEWEST_DRAWS:,} draws at least, of {LEAST_RUNS_A_DRAW} runs each: "
            f"{LEAST_RUNS_A_DRAW * FEWEST_DRAWS:,} runs (got {wished:,} runs, {draws:,} draws)"
        )
    each = -(-wished // draws)
    each = 1 << max(each - 1, LEAST_RUNS_A_DRAW - 1).bit_length()
    if each > MOST_RUNS_A_DRAW:
        raise UsageError(
            f"at most {MOST_RUNS_A_DRAW} runs a draw: ask for {-(-wished // MOST_RUNS_A_DRAW):,} "
            f"draws or more (got {wished:,} runs over {draws:,} draws)"
        )
    batches = -(-draws // DRAWS_PER_BATCH)
    return batches * DRAWS_PER_BATCH * each, batches * DRAWS_PER_BATCH


def drivers(
    scenario: Scenario | str | os.PathLike[str],
    outcome: str | None = None,
    runs: int | None = None,
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
    ablations: Sequence[Ablation] | None = None,
    top: int = 12,
    given: Given | None = None,
    progress: Progress | None = None,
) -> Drivers:
    """Say what drives an outcome of a scenario.

    Parameters
    ----------
    scenario : Scenario, or str or path
        Or the name of a packaged one, or its file.
    outcome : str, optional
        By default the scenario's headline.
    runs, draws : int, optional
        Of the ensemble: 32,768 runs, 8 a draw. Total effects and ablations take the first half,
        8,192 runs at the least.
    seed : int
        As for `simulate`.
    workers : int
        Processes; the numbers do not hang on it.
    ablations : sequence of Ablation, optional
        Claims to take away (see `relsim.ablations`); by default the scenario's packaged list.
    top : int
        Of how many parameters, those of the largest first-order effects, to find total effect and
        curve. Of a scenario with a joint posterior total effects are not found, since its numbers
        hang together.
    given : str or mapping, optional
        Only the runs in which this holds, as `relsim.Ensemble.given` takes it: what the outcome
        depends on given that it comes about. There are then 16 runs a draw, no total effects, and
        no claim is taken away; see `relsim.inference.drivers.given_runs`.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Returns
    -------
    Drivers

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    UsageError
        If there are too few draws for an index, or a number makes no sense; if too few runs or
        draws meet the condition, or claims are to be taken away under one.
    SimulationError
        If all chunks of an ensemble break off.

    Examples
    --------
    The fewest runs there can be, which show little; without total effects and ablations.

    >>> import relsim
    >>> found = relsim.drivers("us-russia-2021", "detente", runs=2048, ablations=(), top=0)
    >>> found
    <Drivers of detente in us-russia-2021: 2,048 runs over 1,024 draws, seed 1>
    >>> found.effects[0].parameter
    'actors.US.gain'
    """
    began = time.perf_counter()
    scenario, seed = scenario_of(scenario), seed_of(seed)
    name = scenario.headline if outcome is None else outcome
    check_outcome(name, scenario.outcomes)
    top, workers = whole_number("top", top, least=0), check_workers(workers)
    callable_or_none("progress", progress)
    premise = None if given is None else premise_of(scenario, given)
    if premise is not None:
        if ablations:
            raise UsageError("no claim is taken away given a condition: leave out the ablations")
        size = sizes(runs, draws, given=True)
        return _given(scenario, premise, name, size, seed, workers, top, progress)
    plan, paired = _plans(scenario, runs, draws, seed)
    claims = tuple(listed(scenario) if ablations is None else ablations)
    jobs = [Job(plan), *_jobs(paired, claims)]
    first = plan.runs + paired.runs * len(jobs[1:])
    total = first + paired.runs * top
    whole, *changed = simulate_jobs_paired(jobs, workers, _from(progress, 0, total))
    hits = _hits(whole, name)
    values = _values(plan)
    found = screen(Tally.of(hits, plan.runs_per_draw), values, seed, held_jointly(scenario))
    largest = [row.parameter for row in found.ranked[:top]]
    # Numbers of a joint posterior hang together: one cannot be drawn again without the others.
    alone = largest if scenario.draws is None else []
    redrawn = [Job(paired, partial(_redrawn, path)) for path in alone]
    again = simulate_jobs_paired(redrawn, workers, _from(progress, first, total))
    totals = {
        path: total_effect_of(
            found, Tally.of(hits[: paired.runs] - _hits(one, name), plan.runs_per_draw)
        )
        for path, one in zip(alone, again, strict=True)
    }
    curves = {path: curve(values[path], hits, *whole.sampling) for path in largest}
    return Drivers(
        scenario=scenario,
        outcome=name,
        seed=seed,
        runs=plan.runs,
        draws=plan.draws,
        paired_runs=paired.runs,
        probability=whole.probability(name),
        split=found.split,
        chance=found.chance,
        additive=found.additive,
        effects=_effects(scenario, found, totals, curves),
        ablations=tuple(_ablated(claims, changed, whole.first(paired.runs))),
        condition=None,
        failures=tuple(f for runs in (whole, *changed, *again) for f in runs.failures),
        provenance=provenance(scenario, seed, plan.width, ()),
        elapsed_seconds=time.perf_counter() - began,
    )


def _given(
    scenario: Scenario, premise: Premise, outcome: str, size: tuple[int, int], seed: int,
    workers: int, top: int, progress: Progress | None,
) -> Drivers:  # fmt: skip
    """What drives an outcome in the runs that meet a condition."""
    began = time.perf_counter()
    plan = lean_plan(premise.scenario, *size, seed)
    (whole,) = simulate_jobs_paired([Job(plan)], workers, progress)
    holds = holds_in(whole.happened, premise) & whole.valid
    draw, per_batch = whole.sampling
    values, jointly = _values(plan), held_jointly(scenario)
    row = different_draws([values[path] for path in jointly if path in values], plan.draws)
    weights, happened = holds.astype(np.float64), whole.happened[outcome]
    left = Left.of(str(premise), weights, int(whole.valid.sum()), draw)
    refuse_few(left, plan.runs)
    of_draw, hits_of_draw = (
        np.bincount(draw, x, plan.draws).astype(np.float64) for x in (weights, weights * happened)
    )
    found = screen_given(Kept(of_draw, hits_of_draw, row), values, seed)
    hits = np.where(holds, happened, np.nan)
    curves = {
        one.parameter: curve(values[one.parameter], hits, draw, per_batch)
        for one in found.ranked[:top]
    }
    return Drivers(
        scenario=scenario,
        outcome=outcome,
        seed=seed,
        runs=plan.runs,
        draws=plan.draws,
        paired_runs=0,
        probability=estimate(happened, draw, per_batch, valid=holds, by_runs=True),
        split=found.split,
        chance=found.chance,
        additive=found.additive,
        effects=_effects(scenario, found, {}, curves),
        ablations=(),
        condition=left,
        failures=whole.failures,
        provenance=provenance(scenario, seed, plan.width, ()),
        elapsed_seconds=time.perf_counter() - began,
    )


def _effects(
    scenario: Scenario,
    found: Screening,
    totals: Mapping[str, Index],
    curves: Mapping[str, Curve],
) -> tuple[Effect, ...]:
    """What each parameter does, the largest first-order effect first."""
    units = {path: value.unit for path, value in scenario.parameters().items()}
    titles = titles_of(scenario)
    return tuple(
        Effect(row, units[path], titles[path], totals.get(path), curves.get(path))
        for row in found.ranked
        for path in (row.parameter,)
    )


def _plans(scenario: Scenario, runs: int | None, draws: int | None, seed: int) -> tuple[Plan, Plan]:
    """The plan of the ensemble, and that of its first runs, which are simulated again and again."""
    plan = lean_plan(scenario, *sizes(runs, draws), seed)
    # Half of the runs, or all of a chunk, which is simulated whole anyhow.
    fewest = max(plan.width, FEWEST_BATCHES * plan.runs_per_batch)
    return plan, shortened(plan, max(plan.runs // 2, fewest))


def _from(progress: Progress | None, done: int, runs: int) -> Progress | None:
    """Progress of a part of all runs, after those that are done already."""
    return None if progress is None else lambda more, _: progress(done + more, runs)


def _jobs(plan: Plan, claims: Sequence[Ablation]) -> list[Job]:
    """An ensemble for each claim taken away, then one for each control."""
    lean = partial(lean_plan, runs=plan.runs, draws=plan.draws, seed=plan.seed)
    control = yoked(plan.runs_per_draw)
    return [Job(lean(claim.scenario)) for claim in claims] + [
        Job(lean(plan.scenario, rules={claim.yoked: control})) for claim in claims if claim.yoked
    ]


def _ablated(
    claims: Sequence[Ablation], changed: Sequence[PairedRuns], usual: PairedRuns
) -> Iterator[Ablated]:
    """What each ablation changes of every outcome, and its control."""
    controls = iter(changed[len(claims) :])
    for claim, without in zip(claims, changed, strict=False):
        yield Ablated(
            claim=claim.claim,
            off=claim.off,
            settings=claim.settings,
            differences=_differences(without, usual),
            control=_differences(next(controls), usual) if claim.yoked else None,
        )


def _differences(changed: PairedRuns, usual: PairedRuns) -> dict[str, Difference]:
    """Paired differences, changed less usual, of all outcomes."""
    return {outcome: changed.less(usual, outcome) for outcome in usual.happened}


def _hits(runs: PairedRuns, outcome: str) -> Doubles:
    """1 for a run in which the outcome came about, 0 for others, NaN for one that failed."""
    return np.where(runs.valid, runs.happened[outcome], np.nan)


def _values(plan: Plan) -> dict[str, Doubles]:
    """The uncertain parameters of every draw, as the runs have them."""
    drawn = parameter_columns(plan.scenario, plan.seed, np.arange(plan.draws))
    named = once_each(plan.scenario)
    return {path: drawn[path].astype(np.float64) for path in named if drawn[path].ndim}


def _redrawn(path: str, plan: Plan, chunks: Sequence[int]) -> dict[str, Floats]:
    """The column of one parameter in some chunks, drawn again from its own distribution.

    With it those of the parameters that are the same as it.
    """
    own, distributions = drawn_as(plan.scenario), parameter_distributions(plan.scenario)
    again = {other: own[path] + AGAIN for other in own if own[other] == own[path]}
    wanted = {other: distributions[other] for other in again}
    return columns(wanted, plan.seed, plan.draw_of_column(chunks), again)
