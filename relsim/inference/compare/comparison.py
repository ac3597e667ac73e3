"""What a comparison of variants found, frozen: differences, and what explains them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from relsim.brief import Brief
from relsim.errors import UnknownName, unknown
from relsim.escaping import visible
from relsim.estimates.probability import Difference, Estimate
from relsim.inference.compare.attribution import Attribution
from relsim.inference.compare.table import full_table, page
from relsim.runs.chunk_result import Failure
from relsim.runs.plan import Size
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.diff import Line
from relsim.scenario.schema import Scenario
from relsim.tables import page_html, page_text

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["FORMAT", "Comparison", "Contrast", "Variant", "WithOne", "WithSeveral"]

T = TypeVar("T")

FORMAT = "relsim.compare/1"


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


def _found(name: str, known: Mapping[str, T], what: str) -> T:
    if name not in known:
        raise UnknownName(unknown(what, name, known))
    return known[name]
