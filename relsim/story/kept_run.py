"""The story of a run that an ensemble kept whole: nothing is simulated again.

It has the event log and the weekly series, and so what a timeline shows. It has no choices, no
notes of the calendar and no reasons of outcomes, which only a replay can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UsageError
from relsim.runs.chunk_result import NOT_RUN, Vocabulary
from relsim.runs.plan import Plan
from relsim.story.happenings import logged
from relsim.story.one_run import RunRecord
from relsim.story.reasons import OutcomeInRun, Reason
from relsim.story.story import Story
from relsim.worlds.record import Entry
from relsim.worlds.stage import stage_of

__all__ = ["kept_runs", "kept_story"]


def kept_runs(ensemble: Ensemble) -> list[int]:
    """Numbers of the runs that an ensemble kept whole and that did not fail, rising.

    Examples
    --------
    >>> import relsim
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> kept_runs(ensemble)[:3]
    [0, 1, 2]
    """
    if not ensemble.sample.series:
        return []
    finished = (ensemble.first_day[:, ensemble.sample.runs] != NOT_RUN).all(axis=0)
    return [int(run) for run in ensemble.sample.runs[finished]]


def kept_story(ensemble: Ensemble, run: int) -> Story:
    """The story of a run that an ensemble kept whole, from its event log and weekly series.

    Parameters
    ----------
    ensemble : Ensemble
        What kept it.
    run : int
        One of `kept_runs`.

    Returns
    -------
    Story
        Without choices and notes. The reason of an outcome is its resolution text, not the
        conditions inside it.

    Raises
    ------
    UsageError
        If the run was not kept, or failed.

    Examples
    --------
    >>> import relsim
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> kept_story(ensemble, 3)
    <Story of us-russia-2021: run 3 of draw 3, seed 1, ... happenings>
    """
    if run not in kept_runs(ensemble):
        raise UsageError(f"run {run} was not kept whole: replay it")
    record = _record(ensemble, run)
    scenario = ensemble.scenario
    dates = {
        name: None if day < 0 else scenario.date_of(day) for name, day in record.first_day.items()
    }
    return Story(
        scenario=scenario,
        seed=ensemble.seed,
        run=run,
        draw=record.draw,
        runs_per_draw=ensemble.runs_per_draw,
        parameters=cast("dict[str, float]", dict(record.values[0][1])),
        happenings=tuple(logged(record)),
        series=record.series,
        week_days=record.week_days,
        outcomes={
            name: OutcomeInRun(
                name, spec.title, record.first_day[name], dates[name],
                Reason(spec.resolves, dates[name] is not None, dates[name], ""),
            )
            for name, spec in scenario.outcomes.items()
        },
        forced=None,
        provenance=ensemble.provenance,
    )  # fmt: skip


def _record(ensemble: Ensemble, run: int) -> RunRecord:
    scenario, sample = ensemble.scenario, ensemble.sample
    column, draw = int(np.searchsorted(sample.runs, run)), int(ensemble.draw_of_run[run])
    rows = sample.log[sample.log["run"] == run]
    values = {path: np.float32(drawn[draw]) for path, drawn in ensemble.parameters.items()}
    return RunRecord(
        plan=Plan(scenario, ensemble.seed, ensemble.runs, ensemble.runs_per_draw, {}),
        run=run,
        draw=draw,
        term=scenario.horizon.term,
        stage=stage_of(scenario),
        log=tuple(_entry(row, sample.words) for row in rows),
        series={name: series[:, column] for name, series in sample.series.items()},
        week_days=ensemble.week_days,
        first_day={name: int(ensemble.days(name)[run]) for name in ensemble.outcomes},
        standing={},
        reviews={},
        values=((0, values),),
    )


def _entry(row: npt.NDArray[np.void], words: Vocabulary) -> Entry:
    """A row of the log as the engine reported it, of one run."""

    def number(field: str) -> npt.NDArray[np.float32] | None:
        return None if np.isnan(row[field]) else np.array([row[field]])

    return Entry(
        day=int(row["day"]),
        kind=words.kinds[row["kind"]],
        actor=_name(words.actors, int(row["actor"])),
        subject=_name(words.subjects, int(row["subject"])),
        runs=np.array([0]),
        weight=float(row["weight"]),
        probability=number("probability"),
        value=number("value"),
    )


def _name(names: Sequence[str], number: int) -> str | None:
    return names[number] if number >= 0 else None
