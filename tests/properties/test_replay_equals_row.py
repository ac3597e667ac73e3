"""A replayed run is the ensemble's: log, outcomes, series, parameters; and its story holds up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest

from relsim.ensemble.ensemble import Ensemble
from relsim.scenario.schema import load
from relsim.simulate import CHUNK_WIDTH, simulate
from relsim.story.replay import replay
from relsim.story.story import Story
from tests.properties.comparing import narrow, shortened

WIDTH = 128
ODD = 5  # runs a draw: a batch of 320 ends inside a chunk, and the last chunk is padded
RUNS = 2 * 64 * ODD
BACK = ("treaty_kept", "treaty_in_force")
ENDS = ("treaty_left", "treaty_expired", "treaty_suspended")  # of a treaty's being in force
BOUNDARIES = (0, WIDTH - 1, WIDTH, WIDTH + 1, RUNS - 1)
RANDOM = np.random.default_rng(11).choice(RUNS, 100, replace=False).tolist()


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    return logged_until("2021-09-30")


@pytest.fixture(scope="module")
def longer() -> Ensemble:
    """Until the end of 2022, in which treaties end and more comes to nothing."""
    return logged_until("2022-12-31")


def logged_until(end: str) -> Ensemble:
    """Two batches in narrow chunks, every run logged."""
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, WIDTH)
        scenario = shortened(load("us-russia-2021"), end)
        return simulate(scenario, RUNS, 128, seed=3, log_all=True)


def rows_of(story: Story) -> list[tuple[object, ...]]:
    """The story's happenings as rows of the log."""
    return [
        (h.day, h.kind, h.actor, h.subject, np.float32(h.weight), *_choice(h.choice))
        for h in story.log
    ]


def severities(story: Story) -> dict[int, float]:
    """Of the collisions of each week, as the story says them."""
    found: Counter[int] = Counter()
    for h in story.log:
        if h.kind == "collision":
            (said,) = h.changed
            found[week_of(story, h.day)] += float(said.removeprefix("severity "))  # type: ignore[assignment]
    return dict(found)


def week_of(story: Story, day: int) -> int:
    return int(np.searchsorted(story.week_days, day))


def _choice(choice: object) -> tuple[object, ...]:
    if choice is None:
        return (None, None)
    probability, drivers = choice.probability, choice.motives  # type: ignore[attr-defined]
    return np.float32(probability), tuple(np.float32(value) for value in drivers.values())


def rows_in(ensemble: Ensemble, run: int) -> list[tuple[object, ...]]:
    """The same of the ensemble's event log."""
    words, log = ensemble.sample.words, ensemble.sample.log
    named = [(*names, None) for names in (words.kinds, words.actors, words.subjects)]
    found: list[tuple[object, ...]] = []
    for row in log[log["run"] == run]:
        kind, actor, subject = (
            names[row[column]]
            for names, column in zip(named, ("kind", "actor", "subject"), strict=True)
        )
        chosen = not np.isnan(row["probability"])
        choice = (row["probability"], tuple(row["drivers"])) if chosen else (None, None)
        found.append((int(row["day"]), kind, actor, subject, row["weight"], *choice))
    return found


def check(story: Story, ensemble: Ensemble) -> None:
    run = story.run
    assert rows_of(story) == rows_in(ensemble, run)
    assert len(story.log) > 10
    days = {name: outcome.day for name, outcome in story.outcomes.items()}
    assert days == dict(zip(ensemble.outcomes, ensemble.first_day[:, run].tolist(), strict=True))
    assert story.draw == ensemble.draw_of_run[run]
    for path, column in ensemble.parameters.items():
        assert story.parameters[path] == np.float32(column[story.draw])
    for place in np.flatnonzero(ensemble.sample.runs == run):
        for name, values in ensemble.sample.series.items():
            np.testing.assert_array_equal(story.series[name], values[:, place])
    check_reasons(story)
    check_table(story)


def check_reasons(story: Story) -> None:
    """Each reason names the outcome's own day."""
    for outcome in story.outcomes.values():
        assert outcome.reason.date == outcome.date
        assert outcome.reason.met == (outcome.day >= 0)


def check_table(story: Story) -> None:
    """What the log says came to nothing is what the weekly series show."""
    weeks = {
        kind: [week_of(story, h.day) for h in story.log if h.kind == kind]
        for kind in ("talks_called_off", "ladder_fall")
    }
    assert weeks["talks_called_off"] == steps(story, before=1, after=0)
    assert weeks["ladder_fall"] == (np.flatnonzero(np.diff(story.series["rung"]) < 0) + 1).tolist()
    for treaty in story.scenario.treaties:
        of_it = [h for h in story.log if h.kind in ENDS and h.subject == treaty]
        ended = set((np.flatnonzero(np.diff(story.series[f"in_force.{treaty}"]) < 0) + 1).tolist())
        assert ended <= {week_of(story, h.day) for h in of_it}
        again = (np.flatnonzero(np.diff(story.series[f"in_force.{treaty}"]) > 0) + 1).tolist()
        back = [h for h in story.log if h.kind in BACK and h.subject == treaty]
        assert set(again) <= {week_of(story, h.day) for h in back}
        if all(h.kind != "treaty_suspended" for h in of_it):  # else it may have ended before
            assert ended >= {week_of(story, h.day) for h in of_it if h.kind == "treaty_expired"}
    for week, severity in severities(story).items():
        of_week = [h.weight for h in story.log if week_of(story, h.day) == week]
        days = story.week_days[week] - story.week_days[week - 1] if week else 7
        flow = story.series["flow"][week] * days / 7
        assert severity == pytest.approx(sum(of_week) - flow, abs=0.2)
    met = Counter(h.kind for h in story.happenings if not h.dated)
    prepared = [h for h in story.log if any("leaders’ meeting to be" in w for w in h.changed)]
    still_open = len(prepared) - met["summit"] - met["meeting_called_off"]
    assert still_open in (0, 1)


def steps(story: Story, before: int, after: int) -> list[int]:
    """Weeks in which talks go from one standing to another."""
    talks: npt.NDArray[np.float32] = story.series["talks"]
    found = np.flatnonzero((talks[:-1] == before) & (talks[1:] == after)) + 1
    return [int(week) for week in found]


@pytest.mark.parametrize("run", BOUNDARIES)
@pytest.mark.default_cases(2)
def test_runs_about_the_boundaries_of_chunks(ensemble: Ensemble, run: int) -> None:
    check(replay(ensemble, run), ensemble)


def test_some_runs_at_random(ensemble: Ensemble) -> None:
    for run in RANDOM[:1]:
        check(replay(ensemble, run), ensemble)


@pytest.mark.slow
def test_many_runs_at_random(longer: Ensemble) -> None:
    for run in RANDOM:
        check(replay(longer, run), longer)


def test_a_run_kept_whole_has_its_series(ensemble: Ensemble) -> None:
    assert 7 in ensemble.sample.runs
    check(replay(ensemble, 7), ensemble)


@pytest.mark.slow
def test_a_scenario_with_seed_and_draws_is_the_same_run() -> None:
    """At the product's own width, in the second chunk, with an odd number of runs a draw."""
    scenario, run = load("us-russia-2021"), CHUNK_WIDTH
    whole = simulate(scenario, CHUNK_WIDTH + 1, 576, seed=0)
    story = replay(scenario, run, seed=0, runs=CHUNK_WIDTH + 1, draws=576)
    assert story.runs_per_draw == whole.runs_per_draw == 15
    assert story.draw == whole.draw_of_run[run]
    days = [outcome.day for outcome in story.outcomes.values()]
    assert days == whole.first_day[:, run].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("run", [0, CHUNK_WIDTH - 1, CHUNK_WIDTH, CHUNK_WIDTH + 1])
def test_the_boundaries_of_a_full_chunk(run: int) -> None:
    scenario = load("us-russia-2021")
    whole = simulate(scenario, 2 * CHUNK_WIDTH, 512, seed=2, log_all=True)
    check(replay(whole, run), whole)
    alone = replay(scenario, run, seed=2, draws=512, runs=2 * CHUNK_WIDTH)
    assert rows_of(alone) == rows_in(whole, run)


def test_another_run_is_another_story(ensemble: Ensemble) -> None:
    """The comparison can fail: the next column, and the same number under another seed."""
    one, next_one = replay(ensemble, 1), rows_in(ensemble, 2)
    assert rows_of(one) != next_one


@pytest.mark.slow
def test_dated_changes_reach_the_story() -> None:
    """Twenty years with new governments: parameters as they stand on a day, treaties that end."""
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, WIDTH)
        long = simulate(load("us-russia-2021-20y"), 64, 64, seed=1, log_all=True)
    story = replay(long, 1)
    check(story, long)
    kinds = Counter(h.kind for h in story.happenings)
    assert kinds["treaty_expired"] + kinds["treaty_left"] >= 1
    assert kinds["note"] > 5
