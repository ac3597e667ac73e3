"""Typical histories: runs chosen by a rule, not by hand, from those that were kept whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from relsim.array_types import Doubles
from relsim.ensemble.ensemble import Ensemble
from relsim.story.happenings import Happening
from relsim.story.kept_run import kept_runs, kept_story
from relsim.story.story import Story

__all__ = ["MOST_HAPPENINGS", "RULE", "Typical", "main_happenings", "nearest", "typical_runs"]

SERIES = "index"
MOST_HAPPENINGS = 12
RULE = (
    "Nobody picked these runs. Which runs are kept whole is settled before any is simulated: here "
    "{kept}, over {draws} of the sets of parameters. Among them a run is typical of a group if "
    "its relations index, week by week, lies nearest to the group’s weekly median: by the mean "
    "distance over all weeks. The groups are all of them, those in which the outcome came about, "
    "and those in which it did not; a run is shown once, and the next nearest stands in for it."
)


@dataclass(frozen=True)
class Typical:
    """A typical history.

    Attributes
    ----------
    of : str
        Of which runs it is typical, in words.
    among : int
        How many these are.
    story : Story
    """

    of: str
    among: int
    story: Story


def nearest(series: Doubles, left_out: Collection[int] = ()) -> int | None:
    """The place of the column that lies nearest to the median of all columns.

    Parameters
    ----------
    series : float64 (weeks, runs)
        One column a run.
    left_out : collection of int
        Places that do not count as an answer, though they do for the median.

    Returns
    -------
    int or None
        By the mean absolute distance over the weeks, the first of those alike; None if there is no
        column left.

    Examples
    --------
    >>> nearest(np.array([[0.0, 1.0, 5.0], [0.0, 2.0, 5.0]])), nearest(np.zeros((2, 0)))
    (1, None)
    """
    if series.shape[1] == 0:
        return None
    distance = np.abs(series - np.median(series, axis=1, keepdims=True)).mean(axis=0)
    distance[list(left_out)] = np.inf
    place = int(distance.argmin())
    return place if np.isfinite(distance[place]) else None


def typical_runs(ensemble: Ensemble, outcome: str) -> list[Typical]:
    """Up to three typical histories, by `RULE`.

    Parameters
    ----------
    ensemble : Ensemble
        Of which some runs were kept whole.
    outcome : str
        By which runs are grouped.
    """
    kept = np.array(kept_runs(ensemble), dtype=np.int64)
    kept = kept[ensemble.run_weights[kept] > 0]  # those that meet a condition, if there is one
    if not kept.size:
        return []
    places = np.searchsorted(ensemble.sample.runs, kept)
    series = ensemble.sample.series[SERIES][:, places].astype(np.float64)
    came = ensemble.happened(outcome)[kept]
    groups = {
        "all runs": np.ones(kept.size, dtype=np.bool_),
        "those in which it came about": came,
        "those in which it did not": ~came,
    }
    found, taken = list[Typical](), set[int]()
    for words, group in groups.items():
        runs = kept[group]
        shown = [place for place, run in enumerate(runs) if int(run) in taken]
        place = nearest(series[:, group], shown)
        if place is not None:
            run = int(runs[place])
            taken.add(run)
            found.append(Typical(words, runs.size, kept_story(ensemble, run)))
    return found


def main_happenings(story: Story, most: int = MOST_HAPPENINGS) -> Sequence[Happening]:
    """The happenings of the largest Goldstein weight, hostile or not, in order of time."""
    alone = [one for one in story.log if not one.beside]
    largest = sorted(alone, key=lambda one: -abs(one.weight))[:most]
    return sorted(largest, key=lambda one: one.day)
