"""Variants against a baseline, paired run by run by common random numbers, and what was found."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TYPE_CHECKING, TypedDict, TypeVar, Unpack, overload

from relsim.arguments import callable_or_none, seed_of
from relsim.brief import Brief
from relsim.errors import UnknownName, UsageError, unknown
from relsim.escaping import visible
from relsim.estimates.probability import Difference, Estimate
from relsim.inference.compare.attribution import Attribution, Breakdown
from relsim.inference.compare.table import full_table, page
from relsim.inference.paired_runs import PairedRuns, simulate_together
from relsim.runs.chunk_result import Failure
from relsim.runs.jobs import Progress
from relsim.runs.plan import RunCounts, Size
from relsim.runs.provenance import provenance
from relsim.runs.workers import check_workers
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.diff import Line, common_outcomes, lines_of
from relsim.scenario.relative import taken_out
from relsim.scenario.schema import Scenario, scenario_of
from relsim.simulate import CHUNK_WIDTH, plan_runs
from relsim.tables import page_html, page_text

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["FORMAT", "Comparison", "Contrast", "Variant", "WithOne", "WithSeveral", "compare"]

FORMAT = "relsim.compare/1"
ATTRIBUTED = 8_192  # runs of each combination of lines, in whole batches
LONGEST_NAME = 60

T = TypeVar("T")
Given = Scenario | str | os.PathLike[str]
# What is simulated: a variant's name, and which groups of its lines it has, if not all.
Key = tuple[str, frozenset[int] | None]
BASELINE: Key = ("", None)


@dataclass(frozen=True, repr=False)
class Contrast(Brief):
    """One outcome in a variant and in the baseline.

    Attributes
    ----------
    name, title : str
    baseline, variant : Estimate
    difference : Difference
        Probability in the variant less that in the baseline, paired run by run.
    attribution : Attribution or None
        None if it was not asked for, or nothing differs.
    """

    name: str
    title: str
    baseline: Estimate
    variant: Estimate
    difference: Difference
    attribution: Attribution | None

    def __str__(self) -> str:
        return f"{self.title}: {self.difference}"

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        shared_out = None if self.attribution is None else self.attribution.to_json()
        return {
            "baseline": self.baseline.to_json(),
            "variant": self.variant.to_json(),
            **self.difference.to_json(),
            "attribution": shared_out,
        }


@dataclass(frozen=True, repr=False)
class Variant(Brief):
    """A variant beside the baseline.

    Attributes
    ----------
    name : str
    scenario : Scenario
    lines : tuple of Line
        In which it differs from the baseline.
    outcomes : dict of Contrast
    left_out : tuple of str
        Outcomes that only one of the two asks, or that they define differently.
    failed_runs : int
        Runs of the variant that are left out.
    failures : tuple of Failure
        Chunks of it that broke off.
    """

    name: str
    scenario: Scenario
    lines: tuple[Line, ...]
    outcomes: Mapping[str, Contrast]
    left_out: tuple[str, ...]
    failed_runs: int = 0
    failures: tuple[Failure, ...] = ()

    def __getitem__(self, outcome: str) -> Contrast:
        return _found(outcome, self.outcomes, "outcome")

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "scenario": self.scenario.name,
            "scenario_hash": scenario_hash(self.scenario),
            "lines": [str(line) for line in self.lines],
            "no_longer_from_posterior": list(taken_out(self.scenario)),
            "left_out": list(self.left_out),
            "failed_runs": self.failed_runs,
            "outcomes": {name: contrast.to_json() for name, contrast in self.outcomes.items()},
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Variants compared with a baseline.

    Attributes
    ----------
    baseline : Scenario
    variants : dict of Variant
        By name.
    size : Size
        Runs, draws and seed of each scenario.
    provenance : dict
        Hash of the baseline, versions, time.
    failed_runs : int
        Runs of the baseline and of the variants that are left out.
    failures : tuple of Failure
        Chunks of the baseline that broke off.
    elapsed_seconds : float
    """

    baseline: Scenario
    variants: Mapping[str, Variant]
    size: Size
    provenance: Mapping[str, object]
    failed_runs: int
    failures: tuple[Failure, ...]
    elapsed_seconds: float

    def __getitem__(self, name: str) -> Variant | Contrast:
        """A `Variant` by its name; with one variant alone, the `Contrast` of an outcome.

        Parameters
        ----------
        name : str
            Of a variant, or with one variant of an outcome.

        Returns
        -------
        Variant or Contrast

        Raises
        ------
        UnknownName
            If there is none of that name.
        """
        if len(self.variants) == 1 and name not in self.variants:
            return next(iter(self.variants.values()))[name]
        return _found(name, self.variants, "variant")

    @property
    def all_failures(self) -> tuple[Failure, ...]:
        """Chunks of the baseline and of the variants that broke off."""
        return (*self.failures, *(f for v in self.variants.values() for f in v.failures))

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON (format relsim.compare/1); null where something is not known.

        Returns
        -------
        dict
            Provenance, sizes, and for each variant its lines, outcomes and attributions.
        """
        return {
            "format": FORMAT,
            "baseline": self.baseline.name,
            **self.provenance,
            "runs": self.size.runs,
            "draws": self.size.draws,
            "no_longer_from_posterior": list(taken_out(self.baseline)),
            "failed_runs": self.failed_runs,
            "elapsed_seconds": round(self.elapsed_seconds, 3),
            "variants": {name: variant.to_json() for name, variant in self.variants.items()},
        }

    def to_dataframe(self) -> DataFrame:
        """One row for each variant and outcome as a pandas.DataFrame.

        Returns
        -------
        pandas.DataFrame
            Columns: variant, outcome, title, baseline and in_variant (probabilities), difference,
            mc_error, mc_low_90, mc_high_90, low_90, high_90, spread (why there is no interval over
            draws), flips, runs, variance_saved.
        """
        return full_table(self).dataframe()

    def __str__(self) -> str:
        return visible(page_text(page(self, self.baseline.headline)))

    def __repr__(self) -> str:
        return (
            f"<Comparison of {self.baseline.name} with {', '.join(self.variants)}: "
            f"{self.size.runs:,} runs over {self.size.draws:,} draws, seed {self.size.seed}>"
        )

    def _repr_html_(self) -> str:
        return page_html(page(self, self.baseline.headline))


class WithOne(Comparison):
    """One variant compared with a baseline; its outcomes stand under their names."""

    if TYPE_CHECKING:

        def __getitem__(self, name: str) -> Contrast: ...


class WithSeveral(Comparison):
    """Several variants compared with a baseline, under their names."""

    if TYPE_CHECKING:

        def __getitem__(self, name: str) -> Variant: ...


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
    -.23 ± .05 (under 16 runs a draw)
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
    estimates = {outcome: usual.probability(outcome) for outcome in usual.happened}
    found = {pair.name: pair.variant(paired, estimates) for pair in pairs}
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
    listed = (given if isinstance(given, (list, tuple)) else (given,) for given in variants)
    return [scenario_of(one) for one in chain.from_iterable(listed)]


def _wanted(
    baseline: Scenario, pairs: Sequence[_Pair], size: Size
) -> dict[Key, tuple[Scenario, Size]]:
    """All that must be simulated, each at its size."""
    small = replace(size, runs=_attributed(size))
    wanted: dict[Key, tuple[Scenario, Size]] = {BASELINE: (baseline, size)}
    wanted |= {(pair.name, None): (pair.changed, size) for pair in pairs}
    return wanted | {
        (pair.name, chosen): (scenario, small)
        for pair in pairs
        for chosen, scenario in pair.between.items()
    }


class _Pair:
    """A variant beside its baseline: what both ask, what must be simulated, what comes out."""

    def __init__(self, baseline: Scenario, name: str, variant: Scenario, attribution: bool) -> None:
        self.name, self.baseline, self.changed = name, baseline, variant
        self.outcomes = common_outcomes(baseline, variant)
        if not self.outcomes:
            raise UsageError(
                f"{name} asks nothing that {baseline.name} asks: its outcomes are "
                f"{', '.join(variant.outcomes)}; a variant that extends the baseline keeps its "
                "outcomes"
            )
        self.breakdown = Breakdown(baseline, variant)
        self.attributes = attribution and bool(self.breakdown.lines)
        self.between = self.breakdown.scenarios() if self.attributes else {}

    def variant(
        self, paired: Mapping[Key, PairedRuns], estimates: Mapping[str, Estimate]
    ) -> Variant:
        """What the variant changes, once all is simulated."""
        usual, changed = paired[BASELINE], paired[self.name, None]
        inside = {chosen: paired[self.name, chosen] for chosen in self.between}
        ends = [found.first(_attributed(found.plan)) for found in (usual, changed)]
        outcomes = {
            name: Contrast(
                name=name,
                title=self.baseline.outcomes[name].title,
                baseline=estimates[name],
                variant=changed.probability(name),
                difference=changed.less(usual, name),
                attribution=(
                    self.breakdown.attribution(name, inside, *ends) if self.attributes else None
                ),
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


def _attributed(size: RunCounts) -> int:
    """Runs of what is simulated for attributions: the first batches, which are the same."""
    batches = max(1, ATTRIBUTED // size.runs_per_batch)
    return min(size.runs, batches * size.runs_per_batch)


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


def _found(name: str, known: Mapping[str, T], what: str) -> T:
    if name not in known:
        raise UnknownName(unknown(what, name, known))
    return known[name]
