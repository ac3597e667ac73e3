"""Variants against a baseline, paired run by run by common random numbers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TypedDict, Unpack, overload

from relsim.arguments import callable_or_none, seed_of
from relsim.ensemble.data import stratified
from relsim.errors import UsageError
from relsim.estimates.probability import Estimate, difference, estimate
from relsim.inference.compare.attribution import Attribution, Breakdown
from relsim.inference.compare.comparison import Comparison, Contrast, Variant, WithOne, WithSeveral
from relsim.inference.compare.paired_runs import PairedRuns, simulate_together
from relsim.runs.jobs import Progress
from relsim.runs.plan import Size
from relsim.runs.provenance import provenance
from relsim.runs.workers import check_workers
from relsim.scenario.diff import common_outcomes, lines_of
from relsim.scenario.schema import Scenario, scenario_of
from relsim.simulate import CHUNK_WIDTH, plan_runs

__all__ = ["compare"]

ATTRIBUTED = 8_192  # runs of each combination of lines, in whole batches
LONGEST_NAME = 60

Given = Scenario | str | os.PathLike[str]
# What is simulated: a variant's name, and which groups of its lines it has, if not all.
Key = tuple[str, frozenset[int] | None]
BASELINE: Key = ("", None)


class _Options(TypedDict, total=False):
    """The keywords of `compare`, for type checkers."""

    runs: int | None
    draws: int | None
    seed: int
    workers: int
    attribution: bool
    progress: Progress | None


@overload
def compare(
    baseline: Scenario,
    one: Scenario,
    other: Scenario,
    /,
    *more: Scenario,
    **options: Unpack[_Options],
) -> WithSeveral: ...


@overload
def compare(baseline: Scenario, *variants: Scenario, **options: Unpack[_Options]) -> WithOne: ...


def compare(
    baseline: Scenario | str | os.PathLike[str],
    *variants: Given | Sequence[Given],
    runs: int | None = None,
    draws: int | None = None,
    seed: int = 1,
    workers: int = 1,
    attribution: bool = True,
    progress: Progress | None = None,
) -> Comparison:
    """Compare variants of a scenario with it, run by run.

    All share seed, draws and random streams, so that a run differs only by what a variant changes,
    and the error of a difference is smaller than that of two independent ensembles.

    Parameters
    ----------
    baseline : Scenario, or str or path
        Or the name of a packaged one, or its file.
    *variants : the same
        One by one or in lists. Named by their own names; one whose name is taken, by what it
        changes.
    runs, draws, seed, workers
        As for `relsim.simulate`, for each scenario.
    attribution : bool
        Also share out each difference over the lines that differ: with up to 6 lines by Shapley
        values over all their combinations, else one line at a time. Each combination is simulated
        in the first 8,192 runs, in whole batches.
    progress : callable, optional
        Called with the numbers of runs done and in all.

    Returns
    -------
    Comparison
        ``compare(a, b)["detente"].difference`` with one variant; with several
        ``compare(a, b, c)["name-of-b"]["detente"].difference``.

    Raises
    ------
    UsageError
        If there is no variant, an argument is of a wrong kind, or a variant asks nothing that the
        baseline asks.
    SimulationError
        If every chunk of a scenario breaks off.

    Examples
    --------
    >>> import relsim
    >>> scenario = relsim.load("us-russia-2021")
    >>> rivals = scenario.vary({"dyad.rivalry": 1})
    >>> found = relsim.compare(scenario, rivals, runs=128, draws=64, attribution=False)
    >>> print(found["detente"].difference)
    -.21 ± .05 (under 16 runs a draw)
    """
    began = time.perf_counter()
    baseline, changed = scenario_of(baseline), _each(variants)
    if not changed:
        raise UsageError("compare needs a variant beside the baseline")
    seed, workers = seed_of(seed), check_workers(workers)
    callable_or_none("progress", progress)
    size = Size(*plan_runs(runs, draws), seed)
    pairs = [
        _Pair(baseline, name, variant, attribution)
        for name, variant in _named(baseline, changed).items()
    ]
    paired = simulate_together(_wanted(baseline, pairs, size), workers, progress)
    usual = paired[BASELINE]
    estimates = _probabilities(baseline, usual, size, usual.happened)
    found = {pair.name: pair.variant(paired, estimates, size) for pair in pairs}
    kind = WithOne if len(found) == 1 else WithSeveral
    return kind(
        baseline=baseline,
        variants=found,
        size=size,
        provenance=provenance(baseline, seed, CHUNK_WIDTH, ()),
        failed_runs=usual.failed + sum(variant.failed_runs for variant in found.values()),
        failures=usual.failures,
        elapsed_seconds=time.perf_counter() - began,
    )


def _each(variants: Iterable[Given | Sequence[Given]]) -> list[Scenario]:
    """All variants, those in lists too."""
    found = []
    for given in variants:
        listed = given if isinstance(given, (list, tuple)) else (given,)
        found += [scenario_of(one) for one in listed]
    return found


def _wanted(
    baseline: Scenario, pairs: Sequence[_Pair], size: Size
) -> dict[Key, tuple[Scenario, Size]]:
    """All that must be simulated, each at its size."""
    small = _smaller(size)
    wanted: dict[Key, tuple[Scenario, Size]] = {BASELINE: (baseline, size)}
    wanted |= {(pair.name, None): (pair.changed, size) for pair in pairs}
    wanted |= {
        (pair.name, chosen): (scenario, small)
        for pair in pairs
        for chosen, scenario in pair.between.items()
    }
    return wanted


class _Pair:
    """A variant beside its baseline: what both ask, what must be simulated, what comes out."""

    def __init__(self, baseline: Scenario, name: str, variant: Scenario, attribution: bool) -> None:
        self.name, self.baseline, self.changed = name, baseline, variant
        self.outcomes = _common(baseline, name, variant)
        self.breakdown = Breakdown(baseline, variant)
        self._attributes = attribution and bool(self.breakdown.lines)
        self.between = self.breakdown.scenarios() if self._attributes else {}

    def variant(
        self, paired: Mapping[Key, PairedRuns], estimates: Mapping[str, Estimate], size: Size
    ) -> Variant:
        """What the variant changes, once all is simulated."""
        usual, changed = paired[BASELINE], paired[self.name, None]
        valid = usual.valid & changed.valid
        estimates_of = _probabilities(self.changed, changed, size, self.outcomes)
        parameters = stratified(self.baseline, size.seed, size.draws)
        outcomes = {
            name: Contrast(
                name=name,
                title=self.baseline.outcomes[name].title,
                baseline=estimates[name],
                variant=estimates_of[name],
                difference=difference(
                    changed.happened[name],
                    usual.happened[name],
                    size.draw_of_run,
                    size.runs_per_batch,
                    valid=valid,
                    parameters=parameters,
                ),
                attribution=self._attribution(name, paired, size) if self._attributes else None,
            )
            for name in self.outcomes
        }
        asked = {**self.baseline.outcomes, **self.changed.outcomes}
        return Variant(
            name=self.name,
            scenario=self.changed,
            lines=self.breakdown.lines,
            outcomes=outcomes,
            left_out=tuple(name for name in asked if name not in outcomes),
            failed_runs=changed.failed,
            failures=changed.failures,
        )

    def _attribution(
        self, outcome: str, paired: Mapping[Key, PairedRuns], size: Size
    ) -> Attribution:
        small = _smaller(size)
        inside = {chosen: paired[self.name, chosen] for chosen in self.between}
        usual, changed = (paired[key].first(small.runs) for key in (BASELINE, (self.name, None)))
        parameters = stratified(self.baseline, small.seed, small.draws)
        return self.breakdown.attribution(outcome, inside, usual, changed, small, parameters)


def _smaller(size: Size) -> Size:
    """The size of what is simulated for attributions: the first batches, which are the same."""
    batches = max(1, ATTRIBUTED // size.runs_per_batch)
    return replace(size, runs=min(size.runs, batches * size.runs_per_batch))


def _probabilities(
    scenario: Scenario, paired: PairedRuns, size: Size, outcomes: Iterable[str]
) -> dict[str, Estimate]:
    """The estimates of some outcomes of one scenario."""
    parameters = stratified(scenario, size.seed, size.draws)
    return {
        outcome: estimate(
            paired.happened[outcome], size.draw_of_run, size.runs_per_batch,
            valid=paired.valid, parameters=parameters,
        )
        for outcome in outcomes
    }  # fmt: skip


def _common(baseline: Scenario, name: str, variant: Scenario) -> tuple[str, ...]:
    """Outcomes that both ask by the same condition."""
    found = common_outcomes(baseline, variant)
    if not found:
        raise UsageError(
            f"{name} asks nothing that {baseline.name} asks: its outcomes are "
            f"{', '.join(variant.outcomes)}; a variant that extends the baseline keeps its outcomes"
        )
    return found


def _named(baseline: Scenario, variants: Sequence[Scenario]) -> dict[str, Scenario]:
    """The variants by name; where a name is taken, by what they change, or by a number."""
    named: dict[str, Scenario] = {}
    for variant in variants:
        changes = "; ".join(line.setting for line in lines_of(baseline, variant))
        name = variant.name
        if name in (baseline.name, *named) and changes and len(changes) <= LONGEST_NAME:
            name = changes
        numbers = count(2)
        unique = name
        while unique in (baseline.name, *named):
            unique = f"{name} ({next(numbers)})"
        named[unique] = variant
    return named
