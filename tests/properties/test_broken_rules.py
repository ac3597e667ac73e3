"""Rules that break their contract are named, rules that kill their process are survived."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.errors import SimulationError
from relsim.rules import Rule, View, logit, several_moves
from relsim.runs.chunk_result import NOT_RUN
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate
from tests.properties.comparing import assert_same, narrow, shortened

WIDTH = 128


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return shortened(load("us-russia-2021"))


# A rule travels to worker processes by value, and what it calls with it; this module cannot be
# imported there, so each rule is made by a function.


def breaks(week: int, spoil: Callable[[Floats, View], object]) -> Rule:
    """A rule that follows the routine until it gives something else, in one week."""

    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        chances = logit(view, parameters)
        return spoil(chances, view) if view.day // 7 + 1 == week else chances  # type: ignore[return-value]

    return rule


def unavailable(chances: Floats, view: View) -> Floats:
    """All chances to breaking off talks, in the runs where there are none."""
    row = view.moves.index("suspend_talks")
    chances[:, ~view.available[row]] = 0
    chances[row, ~view.available[row]] = 1
    return chances


def not_a_number(chances: Floats, view: View) -> Floats:
    chances[3, 5] = np.nan
    return chances


def negative(chances: Floats, view: View) -> Floats:
    chances[0] += 0.5
    chances[1] -= 0.5
    return chances


SHAPE = r"must return an array of shape \(17, 128\)"
BROKEN: dict[str, tuple[Callable[[Floats, View], object], str]] = {
    "transposed": (lambda p, view: p.T, SHAPE + r" \(got \(128, 17\)\)"),
    "one run": (lambda p, view: p[:, 0], SHAPE + r" \(got \(17,\)\)"),
    "a list": (lambda p, view: p.tolist(), SHAPE + r" \(got list\)"),
    "nothing": (lambda p, view: None, SHAPE + r" \(got NoneType\)"),
    "text": (lambda p, view: p.astype(str), "must return numbers"),
    "nan": (not_a_number, "returned numbers that are not finite"),
    "negative": (negative, "returned a negative probability"),
    "halves": (lambda p, view: p / 2, "the probabilities of a run sum to 0.5"),
    "unavailable": (unavailable, "gave a chance to suspend_talks, which is unavailable"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize(("actor", "week"), [("US", 12), ("RU", 30)])
@pytest.mark.default_cases(9)
def test_a_broken_rule_is_named_with_its_actor_and_week(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, name: str, actor: str, week: int
) -> None:
    narrow(monkeypatch, WIDTH)
    spoil, said = BROKEN[name]
    with pytest.raises(SimulationError, match=f"^rule 'custom' of {actor} in week {week}: {said}"):
        simulate(scenario, WIDTH, 64, rules={actor: breaks(week, spoil)})


@pytest.mark.slow
def test_a_broken_rule_is_named_from_worker_processes_too(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, WIDTH)
    rule = breaks(20, lambda chances, view: chances[:-1])
    said = rf"^rule 'custom' of RU in week 20: {SHAPE} \(got \(16, 128\)\)$"
    with pytest.raises(SimulationError, match=said):
        simulate(scenario, 512, 64, workers=2, rules={"RU": rule})


def in_the_second_chunk(spoil: Callable[[Floats], None]) -> Rule:
    """A rule that spoils its chances in the second of two chunks simulated in one process."""
    stakes: list[float] = []

    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        chances = logit(view, parameters)
        stakes.append(float(parameters["stake"][0]))
        if stakes[-1] != stakes[0]:
            spoil(chances)
        return chances

    return several_moves(rule)  # as the rule that it spoils is marked


def too_much(chances: Floats) -> None:
    chances[0, 7] += 0.1


def raises(chances: Floats) -> None:
    raise ValueError("a slip of one's own")


@pytest.mark.parametrize(
    ("spoil", "run", "said"),
    [
        (too_much, 135, "rule 'custom' of US in week 12: the probabilities of a run sum to 1.1"),
        (raises, 128, "actor US on 2021-04-07, day 77: ValueError: a slip of one's own"),
    ],
)
def test_one_wrong_run_costs_its_chunk_and_is_named(
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Floats], None],
    run: int,
    said: str,
) -> None:
    narrow(monkeypatch, WIDTH)
    whole = simulate(scenario, 256, 256)
    part = simulate(scenario, 256, 256, rules={"US": in_the_second_chunk(spoil)})
    [failure] = part.failures
    assert (failure.chunk, failure.first_run, failure.last_run) == (1, 128, 255)
    assert (failure.run, failure.draw, failure.message) == (run, run, said)
    assert (part.first_day[:, :WIDTH] == whole.first_day[:, :WIDTH]).all()
    assert (part.first_day[:, WIDTH:] == NOT_RUN).all()


# Rules whose worker dies.


def kills(mark: Path | None) -> Rule:
    """A rule that kills its process in week 20: once if there is a file to mark that, or always."""

    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        if view.day // 7 + 1 == 20 and not (mark and mark.exists()):
            if mark:
                mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return logit(view, parameters)

    return several_moves(rule)  # as the model's own is


@pytest.mark.slow
def test_a_worker_that_dies_is_recovered_to_the_same_bits(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    narrow(monkeypatch, WIDTH)
    mark = tmp_path / "died"
    recovered = simulate(scenario, 512, 64, workers=2, rules={"RU": kills(mark)})
    assert mark.exists()
    assert_same(recovered, simulate(scenario, 512, 64, rules={"RU": logit}))


@pytest.mark.slow
def test_a_worker_that_always_dies_ends_in_an_error(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, WIDTH)
    with pytest.raises(SimulationError, match="chunk 0: its worker process died twice"):
        simulate(scenario, 256, 64, workers=2, rules={"RU": kills(None)})
