"""Typical histories: kept runs as stories, and which of them is shown."""

from __future__ import annotations

import numpy as np
import pytest

from relsim.errors import UsageError
from relsim.plots import timeline_of
from relsim.report.typical import main_happenings, nearest, typical_runs
from relsim.simulate import simulate
from relsim.story.kept_run import kept_runs, kept_story
from relsim.story.replay import replay
from tests.figures.ensembles import simulated
from tests.unit.short_scenario import short


def test_the_story_of_a_kept_run_is_that_of_its_replay() -> None:
    ensemble = simulate(short(), runs=128, draws=64)
    kept, again = kept_story(ensemble, 5), replay(ensemble, 5)
    assert [(one.day, one.kind, one.words, one.changed) for one in kept.log] == [
        (one.day, one.kind, one.words, one.changed) for one in again.log
    ]
    assert [(o.name, o.day) for o in kept.outcomes.values()] == [
        (o.name, o.day) for o in again.outcomes.values()
    ]
    shown, wanted = timeline_of(kept), timeline_of(again)
    np.testing.assert_array_equal(shown.index, wanted.index)
    assert (shown.lanes, shown.treaties, shown.talks) == (
        wanted.lanes, wanted.treaties, wanted.talks,
    )  # fmt: skip
    assert kept.parameters == pytest.approx(again.parameters, rel=1e-6)


def test_a_run_that_was_not_kept_is_refused() -> None:
    with pytest.raises(UsageError, match="run 64 was not kept whole"):
        kept_story(simulated(), 64)


def test_typical_runs_are_nearest_to_the_median_of_their_group() -> None:
    ensemble = simulated()
    outcome = ensemble.scenario.headline
    found = typical_runs(ensemble, outcome)
    came = ensemble.happened(outcome)
    assert [one.among for one in found] == [64, came[:64].sum(), (~came[:64]).sum()]
    runs = [one.story.run for one in found]
    assert len(set(runs)) == 3
    assert list(came[runs[1:]]) == [True, False]
    series = ensemble.sample.series["index"].astype(float)
    distance = np.abs(series - np.median(series, axis=1)[:, None]).mean(axis=0)
    assert runs[0] == int(distance.argmin())


def test_what_was_shown_is_not_shown_again() -> None:
    series = np.array([[0.0, 1.0, 2.0, 9.0]])
    assert nearest(series) == 1
    assert nearest(series, [1]) == 2
    assert nearest(series, [0, 1, 2, 3]) is None


def test_main_happenings_are_the_heaviest_in_order() -> None:
    story = kept_story(simulated(), kept_runs(simulated())[0])
    shown = main_happenings(story, 5)
    assert [one.day for one in shown] == sorted(one.day for one in shown)
    rest = [one for one in story.log if not one.beside and one not in shown]
    assert min(abs(one.weight) for one in shown) >= max(abs(one.weight) for one in rest)
