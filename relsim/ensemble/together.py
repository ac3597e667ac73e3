"""How outcomes hang together: the probability of each, given each other one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from relsim.brief import Brief
from relsim.ensemble.conditioning import (
    Conditional,
    condition_of,
    conditional,
    heading_of,
    too_few,
)
from relsim.ensemble.data import EnsembleData, check_outcome
from relsim.errors import UsageError
from relsim.estimates import formatting
from relsim.estimates.conditional import conditional_share, contrast
from relsim.estimates.confidence import Confidence
from relsim.estimates.probability import Estimate
from relsim.scenario.schema import Scenario
from relsim.tables import Page, Table, page_html, page_text

__all__ = ["FORMAT", "Cell", "Together", "pairs_page", "together", "together_page"]

FORMAT = "relsim.together/1"
LEVEL = 0.05  # chance that any pair of independent outcomes of a table is not marked as noise
COLUMNS = 8  # of a table that is whole at 80 characters
NOISE, NONE = "~", "-"


class Cell(NamedTuple):
    """The probability of one outcome, the row, given another, the column.

    Attributes
    ----------
    value : float
    confidence : Confidence
        Monte Carlo error and interval.
    p_value : float or None
        Chance of a difference as large between the runs with the column and those without, if
        there were none; None where one of the four kinds of runs is too rare to say.
    seen : bool
        Whether the column says something of the row, beyond what chance shows in such a table.
    """

    value: float
    confidence: Confidence
    p_value: float | None
    seen: bool

    @property
    def text(self) -> str:
        """``".54"``, ``"~.54"`` within noise, or a bound where few draws hold hits or misses."""
        low, high = self.confidence.bounds
        if not self.confidence.refused:
            text = _short(self.value)
        else:
            text = formatting.bound(self.value, low, high)
        return text if self.seen else NOISE + text


def _short(value: float) -> str:
    """A probability in two digits, and never as one that it is not."""
    if 0 < value < 0.005:
        return "<.01"
    return ">.99" if 0.995 <= value < 1 else formatting.text(value, 2)


@dataclass(frozen=True, repr=False)
class Together(Brief):
    """How outcomes hang together.

    Attributes
    ----------
    scenario : Scenario
    outcomes : tuple of str
    probabilities : mapping of str to Estimate
        Of each outcome.
    cells : mapping of (row, column) to Cell
        Probability of the row given the column. One is missing where the column leaves under 100
        runs or 20 effective draws.
    runs, draws, seed : int
    condition : str or None
        What all of it is given, in words with the number of runs.
    provenance : mapping
    """

    scenario: Scenario
    outcomes: tuple[str, ...]
    probabilities: Mapping[str, Estimate]
    cells: Mapping[tuple[str, str], Cell]
    runs: int
    draws: int
    seed: int
    condition: str | None
    provenance: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON (format relsim.together/1)."""
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            **self.provenance,
            "runs": self.runs,
            "draws": self.draws,
            "outcomes": {name: one.to_json() for name, one in self.probabilities.items()},
            "pairs": [
                {
                    "outcome": row,
                    "given": column,
                    "probability": cell.value,
                    "mc_error": cell.confidence.error,
                    "mc_interval_90": cell.confidence.interval and list(cell.confidence.interval),
                    "mc_bounds_95": list(cell.confidence.bounds),
                    "p_value": cell.p_value,
                    "seen": cell.seen,
                }
                for (row, column), cell in self.cells.items()
            ],
        }

    def __str__(self) -> str:
        return page_text(together_page(self))

    def _repr_html_(self) -> str:
        return page_html(together_page(self))


def together(ensemble: EnsembleData, outcomes: Sequence[str] | None = None) -> Together:
    """How the outcomes of an ensemble hang together.

    Parameters
    ----------
    ensemble : Ensemble
        Of a simulation, an update, or of the runs that meet a condition.
    outcomes : sequence of str, optional
        All by default.

    Returns
    -------
    Together

    Raises
    ------
    UnknownName
        If the scenario has no such outcome.
    UsageError
        If the outcomes are no list of names.

    Notes
    -----
    A pair is within noise unless p₁ − p₀, the row's probability with the column less that without
    it, differs from nothing at 5% over all cells together (Bonferroni). Where one of the four
    kinds of runs (row or not, column or not) is held by under 10 draws, there is no such test. The
    cell is then seen if the bounds of the row's probability given the column, each at 95%, exclude
    those of its probability; of these cells the 5% of the whole table are not kept.

    Examples
    --------
    >>> import relsim
    >>> ensemble = relsim.simulate("us-russia-2021-prior", runs=1024, draws=256)
    >>> found = together(ensemble, ["detente", "freeze"])
    >>> found.cells["detente", "freeze"].value < found.probabilities["detente"].value
    True
    """
    if isinstance(outcomes, str):
        raise UsageError(f"outcomes are a list of names, [{outcomes!r:.60}, ...]")
    names = tuple(ensemble.outcomes if outcomes is None else outcomes)
    for name in names:
        check_outcome(name, ensemble.outcomes)
    probabilities = {name: ensemble.probability(name) for name in names}
    level = LEVEL / max(len(names) * (len(names) - 1), 1)
    cells = {
        (row, column): cell
        for row in names
        for column in names
        if row != column
        and (cell := _cell(ensemble, row, column, probabilities[row], level)) is not None
    }
    condition = condition_of(ensemble)
    return Together(
        scenario=ensemble.scenario,
        outcomes=names,
        probabilities=probabilities,
        cells=cells,
        runs=ensemble.runs,
        draws=ensemble.draws,
        seed=ensemble.seed,
        condition=None if condition is None else str(condition),
        provenance=ensemble.provenance,
    )


def _cell(
    ensemble: EnsembleData, row: str, column: str, overall: Estimate, level: float
) -> Cell | None:
    happened, holds = ensemble.happened(row), ensemble.happened(column)
    weights, per_batch = ensemble.run_weights, ensemble.runs_per_batch
    draw = ensemble.different_draw_of_run
    kept = np.where(holds, weights, 0.0)
    if too_few(kept, draw):
        return None
    value, confidence = conditional_share(happened, draw, per_batch, kept)
    found = contrast(happened, holds, draw, per_batch, weights)
    if found is not None:
        return Cell(value, confidence, found.p_value, found.p_value < level)
    (low, high), (least, most) = confidence.bounds, overall.mc_bounds
    return Cell(value, confidence, None, low > most or high < least)


def together_page(found: Together) -> Page:
    """Outcomes by number, then the probability of each row given each column."""
    titles = [found.scenario.outcomes[name].title for name in found.outcomes]
    said = [found.probabilities[name] for name in found.outcomes]
    listed = Table(
        ("No.", "Outcome", "Probability", "MC error"),
        [
            (number, title, one.value_text, one.error_text)
            for number, (title, one) in enumerate(zip(titles, said, strict=True), start=1)
        ],
    )
    first = f"{found.scenario.title}\nHow outcomes hang together: a row's probability if the "
    first += "column comes about"
    first += heading_of(found.condition)
    legend = (
        f"P: the row's own probability. {NOISE} within noise: the column says nothing of the row "
        f"that chance would not show, at {LEVEL:.0%} over the whole table{_untested(found)}. "
        f"{NONE} the column leaves too few runs.\n"
        "What goes together need not cause one another.\n"
        f"{found.runs:,} runs over {found.draws:,} draws, seed {found.seed}"
    )
    columns = range(0, len(found.outcomes), COLUMNS)
    blocks = [_block(found, slice(start, start + COLUMNS)) for start in columns]
    return [first, listed, *blocks, legend]


def _untested(found: Together) -> str:
    """What is said of the cells that the whole table's level is not kept for; empty if none is."""
    number = sum(cell.p_value is None for cell in found.cells.values())
    if not number:
        return ""
    cells = f"{number} cell{'s' * (number > 1)}"
    return f" (but for {cells} with too few runs for a test, where its 95% bounds decide)"


def _block(found: Together, part: slice) -> Table:
    names = found.outcomes
    numbers = range(1, len(names) + 1)[part]

    def text(row: str, column: str) -> str:
        if row == column:
            return ""
        cell = found.cells.get((row, column))
        return NONE if cell is None else cell.text

    rows = [
        (number, _short(found.probabilities[row].value), *(text(row, c) for c in names[part]))
        for number, row in enumerate(names, start=1)
    ]
    return Table(("No.", "P", *map(str, numbers)), rows)


def pairs_page(ensemble: EnsembleData, outcome: str) -> Page:
    """One outcome's probability if each other comes about, and if it does not."""
    check_outcome(outcome, ensemble.outcomes)
    asked = ensemble.scenario.outcomes
    others = [name for name in ensemble.outcomes if name != outcome]
    table = Table(
        ("Given", "Share", "If yes", "If no", "Yes less no", "MC error"),
        [_pair(conditional(ensemble, outcome, {name: True})) for name in others],
    )
    overall = ensemble.probability(outcome)
    first = f"{asked[outcome].title}: {overall.value_text} {overall.error_text}".rstrip()
    first += heading_of(condition_of(ensemble))
    legend = (
        "Share: probability of what is given. If yes × share + if no × (1 − share) is the "
        f"outcome's probability, to rounding. {NONE} too few runs or draws.\n"
        f"{ensemble.runs:,} runs over {ensemble.draws:,} draws, seed {ensemble.seed}"
    )
    return [first, table, legend]


def _pair(found: Conditional) -> tuple[str, ...]:
    said = (NONE if one is None else one.value_text for one in (found.share, found.yes, found.no))
    apart = found.contrast
    if apart is None:
        return found.condition, *said, NONE, ""
    places = formatting.decimals(apart.mc_error)
    difference = formatting.text(apart.value, places, signed=True)
    return found.condition, *said, difference, "± " + formatting.text(apart.mc_error, places)
