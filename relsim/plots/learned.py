"""What the numbers of a scenario have learned: prior and posterior of each, from its joint draws.

Every number is shown on the scale on which its prior is a standard normal distribution, so that
rates, shares and log-odds stand side by side: 0 is the prior's median, one unit its standard
deviation there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from scipy.special import ndtr

from relsim.array_types import Doubles
from relsim.brief import Brief
from relsim.errors import UsageError
from relsim.estimates.deconvolution import Interval
from relsim.plots import style
from relsim.plots.forest import ForestRow, forest
from relsim.plots.number_words import counted
from relsim.plots.paper import drawing
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.fields.distributions import Z_95
from relsim.scenario.fields.values import Value
from relsim.scenario.schema import Scenario
from relsim.scenario.titles import titles_of
from relsim.worlds.randomness.draws import joint_of

__all__ = ["LearnedRow", "learned", "learned_rows"]

TAILS = np.array([0.05, 0.5, 0.95])
KNOWN_BETTER = 0.9  # of the prior's standard deviation
WIDEST = 6.0  # standard deviations: beyond it a prior's quantiles are not told apart
GRID = np.linspace(-WIDEST, WIDEST, 2401)
MOST = 16
# What each draw's own run had in memory and stock when the scenario begins: no number that learned.
STARTS = (".hostility_at_start", ".goodwill_at_start", ".sanctions_stock", "index.start")


@dataclass(frozen=True, repr=False)
class LearnedRow(Brief):
    """One number: before and after.

    Attributes
    ----------
    parameter, title, unit : str
    before, after : tuple of float
        5, 50 and 95% points in its unit.
    mean, sd : float
        After, in standard deviations of the prior, on the scale on which the prior is normal.
    middle : float
        The median there.
    interval : (float, float)
        5 and 95% points there.
    """

    parameter: str
    title: str
    unit: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    mean: float
    sd: float
    middle: float
    interval: Interval

    @property
    def information(self) -> float:
        """Nats of a normal distribution of this mean and sd against the prior's."""
        return (self.mean**2 + self.sd**2 - 1) / 2 - float(np.log(max(self.sd, 1e-9)))

    @property
    def known_better(self) -> bool:
        """Whether its spread is under 9/10 of the prior's."""
        return self.sd < KNOWN_BETTER


def learned_rows(scenario: Scenario) -> tuple[LearnedRow, ...]:
    """The numbers that are drawn from a scenario's joint draws, that which learned most first.

    Start values, the state of each draw's own run when the scenario begins, are left out.

    Parameters
    ----------
    scenario : Scenario
        With joint draws, as `relsim.calibrate` and `relsim.calibrate_to_history` write them.

    Returns
    -------
    tuple of LearnedRow

    Raises
    ------
    UsageError
        If the scenario has no joint draws.

    Examples
    --------
    >>> import relsim
    >>> from relsim.plots import learned_rows
    >>> rows = learned_rows(relsim.load("us-russia-2021"))
    >>> rows[0].parameter, round(rows[0].mean, 1)
    ('moves.reduce_relations.rate.RU', 1.3)
    """
    joint = joint_of(scenario)
    if joint is None:
        raise UsageError(
            f"{scenario.name} has no joint draws, so none of its numbers have learned: calibrate it"
        )
    parameters, titles = scenario.parameters(), titles_of(scenario)
    weights = np.diff(joint.cumulated, prepend=0.0)
    rows = [
        _row(path, titles[path], parameters[path], column, weights)
        for path, column in joint.values.items()
        if not path.endswith(STARTS)
    ]
    return tuple(sorted(rows, key=lambda row: -row.information))


def _row(path: str, title: str, value: Value, column: Doubles, weights: Doubles) -> LearnedRow:
    prior = value.distribution.base
    z = np.interp(column, prior.quantile(ndtr(GRID)), GRID)
    mean = float(weights @ z)
    after, on_scale = _points(column, weights), _points(z, weights)
    return LearnedRow(
        path, title, value.unit, tuple(prior.quantile(TAILS).tolist()), after, mean,
        float(np.sqrt(weights @ (z - mean) ** 2)), on_scale[1], (on_scale[0], on_scale[2]),
    )  # fmt: skip


def _points(values: Doubles, weights: Doubles) -> tuple[float, ...]:
    """5, 50 and 95% points of weighted values."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    places = np.minimum(np.searchsorted(below, TAILS), len(values) - 1)
    return tuple(values[order][places].tolist())


def finding(rows: Sequence[LearnedRow]) -> str:
    """What the figure shows, in words."""
    better = sum(row.known_better for row in rows)
    return (
        f"{better} of {counted(len(rows), 'number')} are known better than before the evidence; "
        f"most was learned about: {rows[0].title}"
    )


@drawing
def learned(scenario: Scenario, ax: Axes | None = None, most: int = MOST) -> Axes:
    """Draw prior and posterior of the numbers that learned most.

    Parameters
    ----------
    scenario : Scenario
        With joint draws.
    ax : Axes, optional
        Where to draw, in a figure with constrained layout; by default a new figure, as high as
        the rows need.
    most : int
        Rows to draw.

    Returns
    -------
    Axes
        With the numbers in two columns to its right.

    Raises
    ------
    UsageError
        If the scenario has no joint draws.
    """
    rows = learned_rows(scenario)
    drawn = [
        ForestRow(
            row.title, row.middle, row.interval, (-Z_95, Z_95),
            (_span(row.before), f"{_span(row.after)} {row.unit.removesuffix('1')}".rstrip()), False,
        )
        for row in rows[:most]
    ]  # fmt: skip
    legend = ("After: median and 90% interval", "Before: 90% interval")
    ax = forest(drawn, ("Before", "After"), 0.0, ax, finding(rows), legend)
    ends = [end for row in drawn for end in row.sampling]
    ax.set_xlim(min(-2.0, *ends) - 0.1, max(2.0, *ends) + 0.1)
    ax.set_xlabel("Standard deviations of the prior")
    assert scenario.draws is not None
    evidence = " and ".join(dict.fromkeys(one.kind for one in scenario.draws.evidence or ()))
    style.footnote(
        ax,
        [
            scenario.name,
            *([f"learned from {evidence}"] if evidence else []),
            f"{min(most, len(rows))} of {len(rows)} numbers, start values left out",
            f"scenario hash {scenario_hash(scenario)[:8]}",
        ],
    )
    return ax


def _span(points: Sequence[float]) -> str:
    low, middle, high = (f"{point:.2g}".replace("-", "−") for point in points)
    return f"{middle} ({low} to {high})"
