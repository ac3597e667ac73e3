"""The numbers of an ensemble, frozen, with their provenance, and what is estimated from them."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from relsim.array_types import Booleans, Doubles, Floats, Integers
from relsim.brief import Brief
from relsim.errors import UnknownName, UsageError, unknown
from relsim.estimates.counts import FEWEST_BATCHES
from relsim.estimates.probability import Estimate, estimate
from relsim.estimates.thirds import Thirds, by_thirds
from relsim.estimates.weighted import weighted_estimate
from relsim.runs.chunk_result import NOT_RUN, ChunkResult, Failure, Sample
from relsim.runs.plan import RunCounts
from relsim.runs.provenance import UPDATED_THROUGH
from relsim.scenario.relative import held_jointly
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import record_days
from relsim.worlds.parameters import once_each, parameter_draws
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, different_draws

# What an ensemble holds of its runs as a chunk does of its own.
AS_IN_A_CHUNK = (
    "first_day", "quantities", "move_counts", "joint_counts", "histograms", "edges", "sample",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Health(Brief):
    """How many runs failed, or are not simulated yet.

    Attributes
    ----------
    failed : int
        Runs that are left out: a number in them was not finite, or their chunk broke off.
    runs : int
    unfinished : int
        Runs not simulated yet.
    chunks_failed : int
    """

    failed: int
    runs: int
    unfinished: int = 0
    chunks_failed: int = 0

    def __str__(self) -> str:
        said = []
        if self.failed:
            said.append(f"{self.failed:,} of {self.runs:,} runs failed")
        if self.chunks_failed:
            said[-1] += f" ({self.chunks_failed} chunk{'s' * (self.chunks_failed > 1)} broke off)"
        if self.unfinished:
            said.append(f"{self.unfinished:,} of {self.runs:,} runs not simulated yet")
        return "; ".join(said) or "all runs finite"


@dataclass(frozen=True, eq=False)
class EnsembleData(RunCounts):
    """All that an `Ensemble` holds, whose docstring says what the attributes are."""

    scenario: Scenario
    seed: int
    runs: int
    runs_per_draw: int
    outcomes: tuple[str, ...]
    first_day: npt.NDArray[np.int16]
    parameters: Mapping[str, Doubles]
    quantities: Mapping[str, Floats]
    move_counts: Integers
    joint_counts: Integers
    histograms: Mapping[str, Integers]
    edges: Mapping[str, Doubles]
    sample: Sample
    provenance: Mapping[str, object]
    elapsed_seconds: float
    weights: Doubles | None = field(default=None)
    failures: tuple[Failure, ...] = ()
    unfinished: int = 0

    @property
    def start(self) -> datetime.date:
        """Day 0."""
        return self.scenario.horizon.start

    @cached_property
    def week_days(self) -> Integers:
        """The day on which each week was recorded, int64 (weeks,)."""
        horizon = self.scenario.horizon
        return np.asarray(record_days((horizon.end - horizon.start).days))

    @property
    def health(self) -> Health:
        """How the runs fared."""
        left_out = int((~self.valid).sum())
        return Health(left_out - self.unfinished, self.runs, self.unfinished, len(self.failures))

    @property
    def failed_runs(self) -> Integers:
        """Numbers of the runs that are left out, int64 (failed,)."""
        return np.flatnonzero(~self.valid)

    @cached_property
    def valid(self) -> Booleans:
        """The runs that are not left out, bool (runs,)."""
        valid = np.ones(self.runs, dtype=np.bool_)
        for days in self.first_day:  # one by one, to save memory
            valid &= days != NOT_RUN
        return valid

    @cached_property
    def _estimates(self) -> dict[str, Estimate]:
        """Those that were asked for: record, table and whoever prints them ask for the same."""
        return {}

    def days(self, outcome: str) -> npt.NDArray[np.int16]:
        """The day on which an outcome came about in each run.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        int16 (runs,)
            Days from the start of the term; -1 never, -2 not run.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        check_outcome(outcome, self.outcomes)
        return np.asarray(self.first_day[self.outcomes.index(outcome)])

    def happened(self, outcome: str) -> Booleans:
        """Whether an outcome came about in each run.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        bool (runs,)
            False where the run failed.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        return np.asarray(self.days(outcome) >= 0)

    def probability(self, outcome: str) -> Estimate:
        """Probability of an outcome, with its Monte Carlo error and its interval over draws.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        Estimate
            Over the runs that did not fail; weighted if the runs have weights.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.

        Examples
        --------
        >>> import relsim
        >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
        >>> print(ensemble.probability("detente"))
        .16 ± .04 (under 8 runs a draw)
        """
        if outcome not in self._estimates:
            self._estimates[outcome] = self.probability_of(self.happened(outcome))
        return self._estimates[outcome]

    @cached_property
    def different_draw_of_run(self) -> Integers:
        """The draw of each run, where draws that are copies of one another are one, int64 (runs,).

        Draws of an update may be copies. Those of a simulation are drawn one by one: where two have
        the same row of joint draws, each was drawn.
        """
        if UPDATED_THROUGH not in self.provenance:
            return self.draw_of_run
        which = different_draws(self.parameters.values(), self.draws)
        return which[self.draw_of_run]

    @property
    def run_weights(self) -> Doubles:
        """What each run weighs, float64 (runs,); 0 for one that is left out."""
        return np.where(self.valid, 1.0 if self.weights is None else self.weights, 0.0)

    @cached_property
    def counted(self) -> Booleans | None:
        """The runs that count, bool (runs,), all of them alike; None if they have weights."""
        if self.weights is None:
            return self.valid
        alike = ((self.weights == 0) | (self.weights == 1)).all()
        return self.valid & (self.weights == 1) if alike else None

    def probability_of(self, happened: Booleans) -> Estimate:
        """Probability of whatever is given by run, as `probability` estimates that of an outcome.

        Parameters
        ----------
        happened : bool (runs,)
            Whether it came about in each run.

        Raises
        ------
        ValueError
            If it is not one boolean a run.
        """
        if self.counted is not None:
            parts = self.weights is not None
            return estimate(
                happened, self.different_draw_of_run if parts else self.draw_of_run,
                self.runs_per_batch, valid=self.counted,
                parameters=None if parts else self._stratified, by_runs=parts,
            )  # fmt: skip
        return weighted_estimate(
            happened, self.different_draw_of_run, self.runs_per_batch, self.run_weights
        )

    def strongest_parameter(self, outcome: str) -> Thirds | None:
        """The parameter that matters most to an outcome, by thirds of its draws.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        Thirds or None
            `Thirds.stands_out` says whether chance would show as much in one of so many
            parameters. None without uncertain parameters, hits, misses, or enough draws.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.

        Notes
        -----
        Draws with the same row of the scenario's joint draws are one observation.

        Examples
        --------
        >>> import relsim
        >>> ensemble = relsim.simulate("us-russia-2021-prior", runs=4096, draws=512)
        >>> ensemble.strongest_parameter("signs_of_detente").parameter
        'dyad.rivalry'
        """
        return next(iter(self.parameters_by_thirds(outcome)), None)

    def parameters_by_thirds(self, outcome: str) -> tuple[Thirds, ...]:
        """Parameters by how much they matter to an outcome, by thirds of their draws.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        tuple of Thirds
            Those that stand out first, of which the first is `strongest_parameter`; see
            `relsim.estimates.thirds.by_thirds` for the order.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        if outcome not in self._thirds:
            self._thirds[outcome] = tuple(self._by_thirds(self.happened(outcome)))
        return self._thirds[outcome]

    @cached_property
    def _thirds(self) -> dict[str, tuple[Thirds, ...]]:
        return {}

    def _by_thirds(self, happened: Booleans) -> list[Thirds]:
        weights, draw = self.run_weights, self.draw_of_run
        met, size = (np.bincount(draw, w, self.draws) for w in (weights * happened, weights))
        distributions = once_each(self.scenario)
        uncertain = {
            path: self.parameters[path][: self.draws]
            for path, distribution in distributions.items()
            if distribution.kind != "point" and path in self.parameters
        }
        jointly = [uncertain[path] for path in held_jointly(self.scenario) if path in uncertain]
        row = np.unique(jointly, axis=1, return_inverse=True)[1].ravel() if jointly else None
        return by_thirds(met, size, uncertain, row)

    @cached_property
    def draws_at_end(self) -> int:
        """Draws in which a parameter stands at an end that its distribution never reaches."""
        at_end = np.zeros(self.draws, dtype=np.bool_)
        for path, value in self.scenario.parameters().items():
            if value.distribution.open and path in self.parameters:
                drawn = self.parameters[path][: self.draws].astype(np.float32)
                for end in value.distribution.support:
                    at_end |= drawn == np.float32(end)
        return int(at_end.sum())

    @cached_property
    def _stratified(self) -> dict[str, Doubles]:
        return stratified(self.scenario, self.seed, self.draws)

    def median_date(self, outcome: str) -> datetime.date | None:
        """Median date of an outcome over the runs in which it came about.

        Parameters
        ----------
        outcome : str
            Its name.

        Returns
        -------
        datetime.date or None
            The lower median, a day on which it did come about; None if it never did.

        Raises
        ------
        UnknownName
            If the scenario has no such outcome.
        """
        days = self.days(outcome)
        came = days >= 0
        weights = None if self.weights is None else self.weights[came]
        # By day, so that no run needs a number of its own.
        by_day = np.bincount(days[came], weights)
        cumulated = np.cumsum(by_day)
        if not cumulated.size or cumulated[-1] == 0:
            return None
        # The lower median, so that it is a day on which it did come about.
        return self.scenario.date_of(int(np.searchsorted(cumulated, cumulated[-1] / 2)))

    def quantile(self, series: str, q: float) -> Doubles:
        """A quantile of a weekly series over all runs, from its histogram.

        Parameters
        ----------
        series : str
            One of `histograms`.
        q : float
            From 0 to 1.

        Returns
        -------
        float64 (weeks,)
            In the series' own unit, to within a bin.

        Raises
        ------
        UnknownName
            If there is no such series.
        UsageError
            If the runs have weights, of which the histograms know nothing.
        """
        if self.weights is not None:
            raise UsageError(
                "weekly histograms are of all runs alike: there are none of runs with weights, or "
                "of those that meet a condition"
            )
        if series not in self.histograms:
            raise UnknownName(unknown("series of all runs", series, self.histograms))
        counts, edges = self.histograms[series], self.edges[series]
        cumulated = np.cumsum(counts, axis=1) / counts.sum(axis=1, keepdims=True)
        below = np.concatenate([np.zeros((len(counts), 1)), cumulated], axis=1)
        return np.array([np.interp(q, row, edges) for row in below])

    def __repr__(self) -> str:
        rest = f", {self.unfinished:,} of them not simulated yet" if self.unfinished else ""
        return (
            f"<Ensemble of {self.scenario.name}: {self.runs:,} runs over {self.draws:,} draws, "
            f"seed {self.seed}{rest}>"
        )


def check_outcome(name: str, known: Collection[str]) -> None:
    """Raise UnknownName, with the nearest right word, unless a name is among those known."""
    if not isinstance(name, str):
        raise UsageError(f"an outcome is named by text (got {name!r:.60})")
    if name not in known:
        raise UnknownName(unknown("outcome", name, known))


def stratified(scenario: Scenario, seed: int, draws: int) -> dict[str, Doubles]:
    """The parameters that are stratified, in each draw; none where the batches do without them.

    Joint draws are rows of a file, in which no single parameter is stratified.
    """
    batches = draws // DRAWS_PER_BATCH
    if not 0 < batches < FEWEST_BATCHES:
        return {}
    jointly = held_jointly(scenario)
    wanted = [path for path in once_each(scenario) if path not in jointly]
    return parameter_draws(scenario, seed, range(batches), wanted)


def whole(ensemble: EnsembleData) -> ChunkResult:
    """A whole ensemble as one part."""
    same = {name: getattr(ensemble, name) for name in AS_IN_A_CHUNK}
    return ChunkResult(chunk=0, first_run=0, draws=np.arange(ensemble.draws), **same)
