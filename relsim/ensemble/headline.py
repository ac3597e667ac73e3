"""The headline: what one outcome's probability is, how sure it is, and on what it hangs.

In the order in which a reader needs it: the predictive probability, which is what is scored, with
its Monte Carlo error; the middle half over draws; the parameter that matters most; the 90% range
over draws; the range over decision rules. What more runs would shrink, what evidence would, and
what neither would stand apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from relsim.brief import Brief
from relsim.ensemble.data import EnsembleData
from relsim.ensemble.over_rules import PROVENANCE, OverRules, stored_over_rules
from relsim.estimates.probability import Estimate
from relsim.estimates.thirds import NONE, Thirds
from relsim.scenario.titles import title_of

__all__ = ["Headline", "headline_of"]


@dataclass(frozen=True, repr=False)
class Headline(Brief):
    """What is said of one outcome before all others.

    Attributes
    ----------
    outcome, title : str
    probability : Estimate
    strongest : Thirds or None
        The parameter that matters most; None where none is to be seen.
    parameter_title : str
        What that is called; empty without one.
    over_rules : OverRules or None
    """

    outcome: str
    title: str
    probability: Estimate
    strongest: Thirds | None
    parameter_title: str
    over_rules: OverRules | None

    @property
    def matters_most(self) -> str:
        """``"rivalry in its lowest third: .71; in its highest: .21"``, or that none stands out."""
        if self.strongest is None or not self.stands_out:
            return NONE
        return self.strongest.said(self.parameter_title)

    @property
    def stands_out(self) -> bool:
        """Whether a parameter is seen to matter, beyond what chance shows among so many."""
        return self.strongest is not None and self.strongest.stands_out

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """What each line is about, and what it says."""
        found = self.probability
        error = f" {found.error_text} (Monte Carlo error)" if found.error_text else ""
        said = [
            ("Probability", f"{found.value_text}{error}"),
            ("Middle half over draws", found.middle_half_text),
            ("Matters most", self.matters_most),
            ("90% over draws", found.interval_text),
        ]
        if self.over_rules is not None:
            runs = f"{self.over_rules.runs:,} runs under each"
            said.append(("Over decision rules", f"{self.over_rules}, {runs}"))
        return tuple(said)

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"  {about}: {said}" for about, said in self.lines)])

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON, in the order of the lines: null for what is not known."""
        found, best = self.probability.to_json(), self.strongest
        title = {"title": self.parameter_title}
        return {
            "outcome": self.outcome,
            "title": self.title,
            **{key: found[key] for key in ("probability", "mc_error", "interval_50")},
            "strongest_parameter": None if best is None else {**best.to_json(), **title},
            **{key: found[key] for key in ("interval_90", "spread")},
            "over_rules": None if self.over_rules is None else self.over_rules.to_json(),
        }


def headline_of(ensemble: EnsembleData) -> Headline | None:
    """What is said of the scenario's headline outcome; None if the ensemble does not hold it."""
    scenario, name = ensemble.scenario, ensemble.scenario.headline
    if name not in ensemble.outcomes:
        return None
    best = ensemble.strongest_parameter(name)
    return Headline(
        outcome=name,
        title=scenario.outcomes[name].title,
        probability=ensemble.probability(name),
        strongest=best,
        parameter_title="" if best is None else title_of(scenario, best.parameter),
        over_rules=_over_rules(ensemble),
    )


def _over_rules(ensemble: EnsembleData) -> OverRules | None:
    """What was simulated with it, else what comes with relsim for its scenario."""
    if PROVENANCE in ensemble.provenance:
        return OverRules.from_json(cast("dict[str, Any]", ensemble.provenance[PROVENANCE]))
    if ensemble.weights is not None or ensemble.provenance["custom_rules"]:
        return None  # another forecast than that of the scenario
    return stored_over_rules(ensemble.scenario)
