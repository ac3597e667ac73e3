"""An author's forecasts beside the model's: what was said, what was meant, what the draws say."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from relsim.array_types import Doubles, Integers
from relsim.brief import Brief
from relsim.ensemble.ensemble import Ensemble
from relsim.estimates import formatting
from relsim.estimates.deconvolution import FEWEST, DrawPosterior, OverDraws, over_draws
from relsim.lexicons.meaning import Meant, Points
from relsim.scenario.catalogue import Forecast
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH

__all__ = [
    "Judged", "Level", "Said", "Tally", "half_of_run", "judged", "level_of", "said_by", "tally",
]  # fmt: skip


TAILS = (0.05, 0.5, 0.95)
REACHED = (0.005, 0.995)  # what lies beyond these points of the draws no draw reaches
UNREACHED = 0.25  # of what was meant, from which on it is a conflict


@dataclass(frozen=True, repr=False)
class Said(Brief):
    """One forecast as its author made it.

    Attributes
    ----------
    name : str
        Its key in the scenario.
    outcome, given : str or None
    says : str
        The words.
    lexicon : str or None
    points : tuple of float
        5, 50 and 95% points of the probability meant.
    """

    name: str
    outcome: str | None
    given: str | None
    says: str
    lexicon: str | None
    points: Points

    @property
    def meant(self) -> Meant:
        """The distribution of the probability meant."""
        return Meant(self.points)


@dataclass(frozen=True)
class Level:
    """What the draws say of a forecast's probability, before or after calibration.

    Attributes
    ----------
    mean : float
        Over draws. Of a conditional forecast: the mean of the draws' conditional probabilities.
    points : tuple of float
        5, 50 and 95% points over draws, sampling noise removed.
    inside : bool
        Whether the mean lies in the author's 90% interval.
    overlap : float
        Area that the draws' density of log-odds shares with the author's: 1 if alike, 0 if apart.
    """

    mean: float
    points: Points
    inside: bool
    overlap: float


@dataclass(frozen=True, repr=False)
class Judged(Brief):
    """One forecast, and what calibration on it came to.

    Attributes
    ----------
    said : Said
    skipped : str
        Why it was not calibrated on; empty if it was. The attributes below are then None.
    prior, posterior : Level
    exponent : float
        Its share in the composite likelihood, 1 over the number of forecasts like it.
    information_bits : float
        What it alone would give, with exponent 1.
    unreached : float
        Share of what was meant that lies beyond the draws, 99% of them.
    conflict : str
        What keeps the model from what was meant, with its size; empty if nothing does.
    """

    said: Said
    skipped: str = ""
    prior: Level | None = None
    posterior: Level | None = None
    exponent: float | None = None
    information_bits: float | None = None
    unreached: float | None = None
    conflict: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain data for JSON."""
        data = asdict(self)
        said = data.pop("said")
        del said["name"]
        empty = {key: data[key] or None for key in ("skipped", "conflict")}
        return {**said, **data, **empty}


def said_by(name: str, forecast: Forecast) -> Said:
    """A scenario's forecast, with its words turned into numbers: `means` wins over the lexicon.

    Raises
    ------
    UnknownName
        If the lexicon has no number for the words.
    """
    return Said(
        name, forecast.outcome, forecast.given, forecast.says, forecast.lexicon, forecast.points
    )


@dataclass(frozen=True, eq=False)
class Tally:
    """Hits of a forecast's outcome in each draw, the runs of a draw in two halves.

    Weights from one half's hits meet the other half's hits, so that Monte Carlo noise is not
    counted twice.

    Attributes
    ----------
    hits, runs : int64 (2, draw)
        Of a conditional forecast, runs in which its condition came about.
    over : OverDraws
        The prior distribution of the probability over draws.
    """

    hits: Integers
    runs: Integers
    over: OverDraws

    @property
    def whole(self) -> DrawPosterior:
        """What all runs show."""
        return DrawPosterior(self.hits.sum(axis=0), self.runs.sum(axis=0), self.over)

    @property
    def halves(self) -> tuple[DrawPosterior, DrawPosterior]:
        """What each half of the runs shows."""
        (a, b), (n, m) = self.hits, self.runs
        return DrawPosterior(a, n, self.over), DrawPosterior(b, m, self.over)

    def weighted(self, halves: Doubles) -> tuple[float, OverDraws]:
        """Share of hits, and the distribution of the probability, in weighted draws.

        Parameters
        ----------
        halves : float64 (2, draw)
            Weights made from the hits of each half.
        """
        other = halves[::-1]
        share = float((other * self.hits).sum() / (other * self.runs).sum())
        return share, over_draws(self.hits.ravel(), self.runs.ravel(), other.ravel())


def half_of_run(ensemble: Ensemble) -> Integers:
    """Which half of its draw's runs each run belongs to, (run,): every other one."""
    repetition = np.arange(ensemble.runs) // DRAWS_PER_BATCH % ensemble.runs_per_draw
    return np.asarray(repetition % 2, dtype=np.int64)


def tally(ensemble: Ensemble, said: Said) -> Tally | str:
    """Hits of a forecast's outcome, or why they cannot be used."""
    if said.outcome is None:
        return "no outcome of this scenario answers it"
    hit = ensemble.happened(said.outcome)
    asked = ensemble.valid
    if said.given is not None:
        asked = asked & ensemble.happened(said.given)
    cell = half_of_run(ensemble) * ensemble.draws + ensemble.draw_of_run
    hits, runs = (
        np.bincount(cell[which], minlength=2 * ensemble.draws).reshape(2, -1)
        for which in (hit & asked, asked)
    )
    try:
        return Tally(hits, runs, over_draws(hits.sum(axis=0), runs.sum(axis=0)))
    except ValueError as error:
        return f"too few runs: {error}, and {FEWEST} hits and as many misses are needed"


def judged(
    said: Said, seen: Tally, halves: Doubles, exponent: float, information_bits: float
) -> Judged:
    """A forecast beside the draws, before and after they are weighted.

    Parameters
    ----------
    said : Said
        The forecast, and what its words mean.
    seen : Tally
        Hits of each draw.
    halves : float64 (2, draw)
        Weights of the draws, made from the hits of each half of the runs.
    exponent, information_bits : float
        Power to which its likelihood is raised, under 1 where errors are correlated, and what the
        forecast says by itself, with power 1.
    """
    low, high = seen.over.quantiles(REACHED)
    below, above = float(said.meant.share_below(low)), 1 - float(said.meant.share_below(high))
    after = level_of(said, *seen.weighted(halves))
    return Judged(
        said=said,
        prior=level_of(said, float(seen.hits.sum() / seen.runs.sum()), seen.over),
        posterior=after,
        exponent=exponent,
        information_bits=information_bits,
        unreached=below + above,
        conflict="; ".join(_conflicts(said, after, below, above, (float(low), float(high)))),
    )


def level_of(said: Said, share: float, over: OverDraws) -> Level:
    """What draws say of a forecast, from the share of hits and the distribution over draws."""
    mean = share if said.given is None else over.mean  # draws ask a condition unequally often
    low, middle, high = (float(p) for p in over.quantiles(TAILS))
    cell = over.grid[1] - over.grid[0]
    overlap = np.minimum(np.exp(said.meant.log_density(over.grid)) * cell, over.mass).sum()
    inside = said.points[0] <= mean <= said.points[2]
    return Level(mean, (low, middle, high), inside, float(overlap))


def _conflicts(
    said: Said, after: Level, below: float, above: float, reach: tuple[float, float]
) -> list[str]:
    """Each conflict in words, with its size."""
    found = []
    low, _, high = said.points
    if not after.inside:
        end, side = (low, "below") if after.mean < low else (high, "above")
        gap = abs(after.mean - end)
        size = formatting.text(gap, formatting.decimals(gap) + 1)
        found.append(f"the mean stays {size} {side} the author's 90% interval")
    if below + above >= UNREACHED:
        found.append(
            f"{below + above:.0%} of what was meant lies where no draw does "
            f"(99% of draws: {formatting.between(*reach)})"
        )
    return found
