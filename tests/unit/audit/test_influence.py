"""Influence of parameters: each of the baseline has some, and one without any is found."""

import numpy as np
import pytest

from relsim import audit
from relsim.audit import Unchanged, moved, parameters_without_influence, shifts, unchanged
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate_chunk
from tests.properties.comparing import shortened

BASELINE = "us-russia-2021"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(BASELINE)


@pytest.fixture(scope="module")
def short(scenario: Scenario) -> Scenario:
    return shortened(scenario, "2021-09-30")


@pytest.mark.slow
@pytest.mark.parametrize("step", [12, 1])
def test_every_number_of_the_baseline_moves_something(scenario: Scenario, step: int) -> None:
    calls: list[tuple[int, int]] = []
    paths = tuple(scenario.parameters())[::step]
    progress = lambda done, total: calls.append((done, total))  # noqa: E731
    assert parameters_without_influence(scenario, progress, paths) == ()
    assert calls == sorted(calls)
    assert calls[-1] == (len(paths), len(paths))


def test_a_parameter_without_influence_is_found(
    short: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SEEDS", (1,))  # quicker, and no more is found with the others
    idle = short.vary({"actors.US.rule": "always_hold"})
    # Its rounds of sanctions still bite, but what it wants from them no longer matters.
    paths = ("actors.US.stake", "actors.US.sanctions_stock", "actors.US.review_every")
    assert parameters_without_influence(idle, paths=paths) == ("actors.US.stake",)


@pytest.fixture(scope="module")
def small(short: Scenario) -> Unchanged:
    return unchanged(short, 64)


@pytest.mark.parametrize("path", ["actors.RU.stake", "talks.trust_weight", "regions.africa.rate"])
def test_a_shift_in_some_runs_is_the_shift_in_all_seen_in_these(
    short: Scenario, small: Unchanged, path: str
) -> None:
    base, own = small, slice(16, 48)
    far = shifts(short, path, short.parameters()[path])[0]
    given = dict(base.columns)
    given[path] = base.columns[path].copy()
    given[path][own] = far
    here = simulate_chunk(base.plan, 0, given)
    everywhere = unchanged(short.vary({path: far}), 64).record
    touched = moved(here, base.record)
    assert touched[own].any()
    assert not touched[: own.start].any()
    assert not touched[own.stop :].any()
    assert not moved(here, everywhere)[own].any()


def test_shifts_stay_within_bounds(scenario: Scenario) -> None:
    for path in ("actors.US.belief_felt", "actors.US.first_review", "regions.europe.severity_low"):
        value = scenario.parameters()[path]
        far = shifts(scenario, path, value)
        assert far
        for number in far:
            assert number != value.constant
            assert audit.fits(scenario, path, number)
    assert not audit.fits(scenario, "actors.US.belief_felt", 2)


def test_like_logs_give_like_numbers(small: Unchanged) -> None:
    sums = audit.tally(small.record, 64)
    again = audit.tally(simulate_chunk(small.plan, 0, small.columns), 64)
    assert np.array_equal(sums, again)
    assert np.unique(sums).size == 64
