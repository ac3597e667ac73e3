"""How unevenly moves fall over days, weeks and years: statistics of histories.

A history is what two sides did on each day of some years. One is the record, thousands are the runs
of an ensemble, others are bootstrap samples of the record's years. All functions here take them as
`Histories` and give one number for each, so that the record and the runs are counted by the same
code.

What counts: the moves of either side; a joint move once for each side. What does not: proposals and
their acceptance, which are hardly recorded; collisions, which are no moves; rows of the record that
are implied by others. Weights are Goldstein weights of the scenario's moves. Moves of the record
that the scenario lacks (relations reduced, treaties left or suspended) have that of CAMEO code 160
and are strong hostile ones, as ``leave_new_start`` is.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from relsim.array_types import Booleans, Doubles, Integers
from relsim.cameo import goldstein
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UsageError
from relsim.history.events import COLLISION, Event
from relsim.history.followups import SPAN, check_whole_log
from relsim.runs.chunk_result import NOT_RUN
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import draw_of_all_runs
from relsim.worlds.randomness.streams import fill, philox

__all__ = [
    "Histories",
    "clustering",
    "correlation",
    "histories_of_record",
    "histories_of_runs",
    "longest_quiet_spell",
    "most_in",
    "resampled_years",
    "several_in_a_week",
    "variance_over_mean",
    "weekly_counts",
    "worst_spell",
    "yearly_counts",
]

WEEK, YEAR = 7, 364  # days: a year is one of 52 whole weeks
OF_BOTH = -1  # the side of a joint move, before it is counted once a side
CODE_OF_OTHERS = "160"
OTHERS = ("reduce_relations", "leave_", "suspend_")  # what only the record has begins so
FLOW_DIGITS = 6  # weights have one digit: what differs beyond this is rounding


@dataclass(frozen=True, eq=False)
class Histories:
    """Moves of histories of equal length, in the order of histories, then of days.

    Attributes
    ----------
    history, day : int64 (moves,)
        Which history, and the day in it; both counted from 0.
    side, kind : int64 (moves,)
        Places in `sides` and `kinds`. A joint move stands there twice, once for each side.
    weight : float64 (moves,)
        Goldstein weight, per side.
    size, days : int
        How many histories, and how long each is.
    sides, kinds, strong, joint : tuple of str
        `strong` and `joint` are the names of the strong hostile and of the joint moves.
    """

    history: Integers
    day: Integers
    side: Integers
    kind: Integers
    weight: Doubles
    size: int
    days: int
    sides: tuple[str, ...]
    kinds: tuple[str, ...]
    strong: tuple[str, ...]
    joint: tuple[str, ...]

    @cached_property
    def keys(self) -> Integers:
        """Where the moves stand on one number line, on which histories never meet; rising."""
        return self.history * SPAN + self.day

    @property
    def counts(self) -> Integers:
        """Moves of each history, shape (histories,)."""
        return np.bincount(self.history, minlength=self.size)

    def where(self, chosen: Booleans) -> Histories:
        """The same histories with these moves alone; `chosen` has shape (moves,)."""
        columns = ("history", "day", "side", "kind", "weight")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    def of(self, side: str | None = None, kinds: Collection[str] | None = None) -> Histories:
        """Only the moves of one side, or of these kinds.

        Parameters
        ----------
        side : str, optional
            By default both.
        kinds : collection of str, optional
            By default all.
        """
        chosen = np.ones(self.day.size, dtype=np.bool_)
        if side is not None:
            chosen &= self.side == self.sides.index(side)
        if kinds is not None:
            chosen &= np.isin(self.kind, [self.kinds.index(k) for k in kinds if k in self.kinds])
        return self.where(chosen)


# Where histories come from.


def histories_of_record(
    record: Iterable[Event], scenario: Scenario, starts: Sequence[datetime.date], days: int
) -> Histories:
    """The recorded events of some periods of equal length, each period as one history.

    Parameters
    ----------
    record : iterable of Event
        Those of the kind ``"implied"`` are left out.
    scenario : Scenario
        Whose sides, classes and weights of moves are used.
    starts : sequence of date
        First days of the periods.
    days : int
        Their length.

    Raises
    ------
    UsageError
        If the record holds a move whose weight is not known.
    """
    events = [e for e in record if e.kind == "recorded" and _counts(e.move)]
    names = _names(scenario, {event.move for event in events})
    rows = [
        (
            number,
            (event.date - start).days,
            OF_BOTH if event.joint else names.sides.index(event.actor),
            names.kinds.index(event.move),
        )
        for number, start in enumerate(starts)
        for event in events
        if 0 <= (event.date - start).days < days
    ]
    return _histories(np.array(rows, dtype=np.int64).reshape(-1, 4).T, len(starts), days, names)


def histories_of_runs(ensemble: Ensemble, days: int) -> Histories:
    """The runs of an ensemble as histories of so many days, from the first day of free choice on.

    Runs that are shorter than that are put end to end: two, three, ... runs of the same draw make
    one history, as a record of several terms does. Runs that failed are left out.

    Parameters
    ----------
    ensemble : Ensemble
        Simulated with ``log_all=True``.
    days : int
        Length of a history.

    Raises
    ------
    UsageError
        If only a sample of the runs was logged, runs have weights, or the draws have too few runs
        for a history.
    """
    check_whole_log(ensemble)
    if ensemble.weights is not None:
        raise UsageError("each run counts as one here: give an ensemble without weights")
    first, free = free_days(ensemble)
    parts, length = _parts(days, free)
    history, place = _joined(ensemble, parts)
    names = _names(ensemble.scenario)
    log, words = ensemble.sample.log, ensemble.sample.words
    kinds = np.array([names.kinds.index(k) if k in names.kinds else -1 for k in words.kinds])
    day = log["day"].astype(np.int64) - first
    chosen = (kinds[log["kind"]] >= 0) & (day >= 0) & (day < length) & (history[log["run"]] >= 0)
    log = log[chosen]
    day, kind = day[chosen] + place[log["run"]] * length, kinds[log["kind"]]
    joint = np.array([name in names.joint for name in names.kinds])
    side = np.where(joint[kind], OF_BOTH, log["actor"].astype(np.int64))
    columns = np.stack([history[log["run"]], day, side, kind])[:, day < days]
    return _histories(columns, int(history.max()) + 1, days, names)


def resampled_years(history: Histories, samples: int, seed: int) -> Histories:
    """Block bootstrap: each sample is as many of a history's years, drawn with replacement.

    The years are laid end to end. What happens within a year keeps its days; clusters are cut
    only at the ends of years.

    Parameters
    ----------
    history : Histories
        One history of whole years.
    samples, seed : int
        The random stream has a name of its own and touches no simulation.
    """
    years = history.days // YEAR
    chosen = resampled(years, samples, seed)
    place = np.argsort(history.day // YEAR, kind="stable")
    per_year = np.bincount(history.day // YEAR, minlength=years)
    starts = np.cumsum(per_year) - per_year
    sizes = per_year[chosen].ravel()
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    at = place[np.repeat(starts[chosen].ravel(), sizes) + within]
    sample, year = np.divmod(np.repeat(np.arange(sizes.size), sizes), years)
    return replace(
        history,
        history=sample,
        day=year * YEAR + history.day[at] % YEAR,
        side=history.side[at],
        kind=history.kind[at],
        weight=history.weight[at],
        size=samples,
    )


def resampled(cases: int, samples: int, seed: int) -> Integers:
    """Numbers of `cases` cases drawn with replacement, shape (samples, cases)."""
    drawn = uniforms(samples * cases, "bootstrap", cases, seed) * cases
    return drawn.astype(np.int64).reshape(samples, cases)


def uniforms(size: int, *name: object) -> Doubles:
    """Uniforms in [0, 1) from a stream of this name, apart from those of all simulations."""
    out = np.empty(size, dtype=np.float32)
    fill(out, philox("dispersion", *name))
    return out.astype(np.float64)


def free_days(ensemble: Ensemble) -> tuple[int, int]:
    """The first day on which agents choose, counted from the start, and how many days they have."""
    horizon = ensemble.scenario.horizon
    known = horizon.known_until
    first = 0 if known is None else (known - ensemble.start).days + 1
    return first, (horizon.end - ensemble.start).days - first


def _counts(name: str) -> bool:
    """Whether a happening counts: no proposal, acceptance or collision."""
    return not name.startswith("propose_") and name not in ("accept_proposal", COLLISION, "hold")


@dataclass(frozen=True)
class _Names:
    """What the numbers of `Histories` stand for, and the weight of each kind."""

    sides: tuple[str, ...]
    kinds: tuple[str, ...]
    strong: tuple[str, ...]
    joint: tuple[str, ...]
    weights: Doubles


def _names(scenario: Scenario, moves: Collection[str] = ()) -> _Names:
    """The names of a scenario, and of further moves that only the record has."""
    catalogue = {name: move for name, move in scenario.moves.items() if _counts(name)}
    further = sorted(set(moves) - set(catalogue))
    for name in further:
        if not name.startswith(OTHERS):
            known = ", ".join(OTHERS)
            raise UsageError(
                f"the weight of {name!r} is not known: the scenario has no such move, and beside "
                f"its own only those are known that begin with {known}"
            )
    strong = (name for name, move in catalogue.items() if move.kind == "strong_hostile")
    weights = [*(m.weight for m in catalogue.values()), *[goldstein(CODE_OF_OTHERS)] * len(further)]
    return _Names(
        sides=tuple(scenario.actors),
        kinds=(*catalogue, *further),
        strong=(*strong, *further),
        joint=tuple(name for name, move in catalogue.items() if move.joint),
        weights=np.array(weights),
    )


def _histories(columns: Integers, size: int, days: int, names: _Names) -> Histories:
    """Histories of rows history, day, side or `OF_BOTH`, and kind, in any order."""
    twice = np.repeat(np.arange(columns.shape[1]), np.where(columns[2] == OF_BOTH, 2, 1))
    history, day, side, kind = columns[:, twice]
    again = np.diff(twice, prepend=-1) == 0
    side = np.where(side == OF_BOTH, again.astype(np.int64), side)
    order = np.lexsort((day, history))
    return Histories(
        history=history[order],
        day=day[order],
        side=side[order],
        kind=kind[order],
        weight=names.weights[kind[order]],
        size=size,
        days=days,
        sides=names.sides,
        kinds=names.kinds,
        strong=names.strong,
        joint=names.joint,
    )


def _parts(days: int, free: int) -> tuple[int, int]:
    """Of how many runs a history consists, and how many days of each."""
    if days <= free:
        return 1, days
    if free < WEEK:
        raise UsageError(f"agents choose on {free} days: a history needs a week of a run at least")
    parts = -(-days // (free // WEEK * WEEK))
    return parts, -(-days // (WEEK * parts)) * WEEK


def _joined(ensemble: Ensemble, parts: int) -> tuple[Integers, Integers]:
    """For each run the history that it is a part of, -1 for none, and its place in it."""
    runs = np.flatnonzero((ensemble.first_day != NOT_RUN).all(axis=0))
    draw = draw_of_all_runs(ensemble.runs, ensemble.runs_per_draw)[runs]
    order = np.argsort(draw, kind="stable")
    sizes = np.bincount(draw)
    rank = np.arange(draw.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    used = rank < np.repeat(sizes // parts * parts, sizes)
    if not used.any():
        raise UsageError(
            f"a history takes {parts} runs of one draw end to end: simulate more runs per draw "
            f"(got {ensemble.runs_per_draw}) or a longer horizon"
        )
    history, place = np.full((2, ensemble.runs), -1, np.int64)
    chosen = runs[order][used]
    place[chosen] = rank[used] % parts
    history[chosen] = np.arange(chosen.size) // parts
    return history, place


# Statistics: one number for each history, float64 (histories,).


def yearly_counts(histories: Histories) -> Integers:
    """Moves in each year of 52 weeks, shape (histories, years); what is left over is left out."""
    return _counted(histories, YEAR)


def weekly_counts(histories: Histories) -> Integers:
    """Moves in each week, counted from the first day, shape (histories, weeks)."""
    return _counted(histories, WEEK)


def _counted(histories: Histories, span: int) -> Integers:
    """Moves in each span of days."""
    spans = histories.days // span
    within = histories.day < spans * span
    at = histories.history[within] * spans + histories.day[within] // span
    return np.bincount(at, minlength=histories.size * spans).reshape(histories.size, spans)


def variance_over_mean(counts: Integers | Doubles) -> Doubles:
    """Variance over mean along the last axis: 1 for a Poisson process, NaN where nothing happened.

    The variance is the unbiased one.

    Examples
    --------
    >>> variance_over_mean(np.array([[2, 2, 2], [0, 0, 3], [0, 0, 0]])).tolist()
    [0.0, 3.0, nan]
    """
    mean = counts.mean(axis=-1)
    variance = counts.var(axis=-1, ddof=1)
    return _ratio(variance, mean)


def longest_quiet_spell(histories: Histories) -> Doubles:
    """The most days on end without a move, also before the first and after the last one."""
    ends = np.arange(histories.size) * SPAN  # the day before the first is number 0 of a history
    around = np.sort(np.concatenate([histories.keys + 1, ends, ends + histories.days + 1]))
    of, gap = around // SPAN, np.diff(around) - 1
    inside = of[1:] == of[:-1]
    longest = np.zeros(histories.size)
    np.maximum.at(longest, of[1:][inside], gap[inside])
    return longest


def most_in(histories: Histories, days: int) -> Doubles:
    """The most moves in any so many days on end."""
    keys = histories.keys
    within = np.searchsorted(keys, keys + days) - np.arange(keys.size)
    most = np.zeros(histories.size)
    np.maximum.at(most, histories.history, within)
    return most


def worst_spell(histories: Histories, days: int) -> Doubles:
    """The lowest sum of weights in any so many days on end, at least those of the history.

    Parameters
    ----------
    histories : Histories
        Of the moves that count.
    days : int
        For example 7, 91, 365.
    """
    days = min(days, histories.days)
    # The sum changes only where a spell's end meets a move, or where its start leaves one behind.
    last_start = histories.days - days
    own = histories.history
    starts = np.concatenate([np.zeros(histories.size, np.int64),
                             histories.day + 1, histories.day - days + 1])  # fmt: skip
    of = np.concatenate([np.arange(histories.size), own, own])
    fits = (starts >= 0) & (starts <= last_start)
    keys = of[fits] * SPAN + starts[fits]
    sums = np.append(0.0, np.cumsum(histories.weight))
    place = np.searchsorted(histories.keys, keys), np.searchsorted(histories.keys, keys + days)
    worst = np.full(histories.size, np.inf)
    np.minimum.at(worst, of[fits], sums[place[1]] - sums[place[0]])
    return np.round(worst, FLOW_DIGITS)


def clustering(histories: Histories, within: int = 14) -> Doubles:
    """Share of moves that have another one at most so many days before or after.

    NaN where there is no move.
    """
    near = np.append(np.diff(histories.keys) <= within, False)
    near[1:] |= near[:-1].copy()
    counts = histories.counts
    hits = np.bincount(histories.history, weights=near, minlength=histories.size)
    return _ratio(hits, counts)


def several_in_a_week(counts: Integers) -> Doubles:
    """Share of the weeks with a move that have two or more; NaN where there is none.

    Parameters
    ----------
    counts : int64 (histories, weeks)
        See `weekly_counts`.
    """
    active = (counts > 0).sum(axis=-1)
    return _ratio((counts > 1).sum(axis=-1), active)


def correlation(first: Integers, second: Integers, lag: int = 0) -> Doubles:
    """Pearson's correlation of one side's weekly counts with the other's, some weeks later.

    Parameters
    ----------
    first, second : int64 (histories, weeks)
        NaN where one of them does not vary.
    lag : int
        Weeks from the first to the second.
    """
    weeks = first.shape[-1]
    x, y = first[:, : weeks - lag].astype(np.float64), second[:, lag:].astype(np.float64)
    x -= x.mean(axis=-1, keepdims=True)
    y -= y.mean(axis=-1, keepdims=True)
    scale = np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    return _ratio((x * y).sum(axis=-1), scale)


def _ratio(part: Doubles | Integers, whole: Doubles | Integers) -> Doubles:
    """Part over whole, NaN where the whole is not above zero."""
    result = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result
