"""What drives an outcome, as it is handed back: the split, the parameters, the claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relsim.brief import Brief
from relsim.escaping import visible
from relsim.estimates.probability import Difference, Estimate
from relsim.inference.drivers.indices import Curve
from relsim.inference.drivers.screening import Index, Row, Split
from relsim.inference.drivers.table import page
from relsim.runs.chunk_result import Failure
from relsim.scenario.schema import Scenario
from relsim.tables import page_html, page_text

__all__ = ["FORMAT", "Ablated", "Drivers", "Effect"]

FORMAT = "relsim.drivers/1"
BEYOND = 2.0  # standard errors


@dataclass(frozen=True, repr=False)
class Effect(Brief):
    """What one parameter does to the probability.

    Attributes
    ----------
    first : Row
        Its first-order effect, and whether chance would show as much.
    unit : str
    total : Index or None
        Its total effect, with all its interactions; None if it was not asked for.
    curve : Curve or None
        The probability along it.
    """

    first: Row
    unit: str
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
        In the order of their list.
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
            "outcome": self.outcome,
            "runs": self.runs,
            "draws": self.draws,
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

    def __repr__(self) -> str:
        return (
            f"<Drivers of {self.outcome} in {self.scenario.name}: {self.runs:,} runs over "
            f"{self.draws:,} draws, seed {self.seed}>"
        )

    def __str__(self) -> str:
        return visible(page_text(page(self)))

    def _repr_html_(self) -> str:
        return page_html(page(self))
