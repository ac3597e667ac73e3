"""Outcome monitors against brute force, on random records and random nested conditions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

from relsim.array_types import Shorts
from relsim.scenario.conditions.conditions import OPERATORS, Condition
from relsim.scenario.conditions.windows import Range, Term
from relsim.worlds.monitors import Monitors, leaves, operators, replay_log
from tests.verification.cases import Case, Result, z
from tests.verification.outcome_conditions import OUTCOMES, records
from tests.verification.outcome_records import CASES as CONDITIONS
from tests.verification.outcome_records import (
    START,
    Records,
    by_brute_force,
    monitored,
    random_records,
    read,
)


def test_cases_hold_every_operator() -> None:
    assert {case.split()[0] for case in CONDITIONS} == set(OPERATORS)


@functools.cache
def records_and_expected(case: str) -> tuple[Records, npt.NDArray[np.int16]]:
    given = random_records(seed=1)
    return given, by_brute_force({case: CONDITIONS[case]}, given)


def on_the_day(case: str) -> Result:
    """Runs in which a condition came about: those dated by brute force, less those that differ."""
    given, expected = records_and_expected(case)
    assert 0.03 < (expected >= 0).mean() < 0.97, "the case decides nothing"
    apart = int(np.count_nonzero(monitored({case: CONDITIONS[case]}, given) != expected))
    dated = int(np.count_nonzero(expected >= 0))
    return z(dated - apart, dated, 0.1, "runs")


@settings(max_examples=60)
@given(asked=OUTCOMES, given=records())
def test_monitors_equal_brute_force(asked: dict[str, Any], given: Records) -> None:
    np.testing.assert_array_equal(monitored(asked, given), by_brute_force(asked, given))


@settings(max_examples=20)
@given(asked=OUTCOMES, given=records())
def test_run_by_run_and_replayed_from_the_log(asked: dict[str, Any], given: Records) -> None:
    together = monitored(asked, given)
    compiled = {name: read(condition) for name, condition in asked.items()}
    log = [Line(*deed) for deed in given.deeds]
    np.testing.assert_array_equal(replayed(compiled, log, given), together)
    for run in range(given.width):
        alone = monitored(asked, given.of_one(run))
        np.testing.assert_array_equal(alone[:, 0], together[:, run])


def replayed(outcomes: dict[str, Condition], log: list[Line], given: Records) -> Shorts:
    """Days of outcomes by monitors that follow a log."""
    monitors = Monitors(outcomes, given.term, given.width)
    replay_log(monitors, given.term, log, given.series)
    return monitors.finish(given.status)


class Line(NamedTuple):
    """A line of a log."""

    day: int
    kind: str
    actor: str | None
    subject: str | None
    runs: npt.NDArray[np.int64]


def test_cases_replayed_from_the_log() -> None:
    given = random_records(seed=5)
    log = [Line(*deed) for deed in reversed(given.deeds)]
    found = replayed({case: read(asked) for case, asked in CONDITIONS.items()}, log, given)
    np.testing.assert_array_equal(found, monitored(CONDITIONS, given))


def test_runs_gathered_midway_take_their_past_along() -> None:
    given, later = random_records(seed=2), random_records(seed=3)
    chosen = np.random.default_rng(4).integers(given.width, size=given.width)
    half = given.weeks // 2
    monitors = Monitors(
        {case: read(asked) for case, asked in CONDITIONS.items()}, given.term, given.width
    )
    given.report(monitors, range(half))
    monitors.take(chosen)
    later.report(monitors, range(half, given.weeks))
    found = monitors.finish(later.status)
    expected = by_brute_force(CONDITIONS, spliced(given, later, chosen, 7 * half))
    np.testing.assert_array_equal(found, expected)


def spliced(given: Records, later: Records, chosen: npt.NDArray[np.int64], day: int) -> Records:
    """Runs with the past of the chosen ones and, from `day` on, a future of their own."""
    past = [(*d[:4], np.flatnonzero(np.isin(chosen, d[4]))) for d in given.deeds if d[0] < day]
    future = [deed for deed in later.deeds if deed[0] >= day]
    series = {
        name: np.concatenate([values[: day // 7][:, chosen], later.series[name][day // 7 :]])
        for name, values in given.series.items()
    }
    return Records(given.term, given.width, past + future, series, later.treaty)


def test_identical_questions_share_their_arrays() -> None:
    term = Term(START, 152)
    once = Monitors({"a": read(CONDITIONS["first_week"])}, term, 1)
    late = {"first_week": CONDITIONS["first_week"]["first_week"] | {"onset_from": "2021-03-01"}}
    both = Monitors({"a": read(CONDITIONS["first_week"]), "b": read(late)}, term, 1)
    assert len(both.arrays()) == len(once.arrays())


# Planted errors: each is a likely slip, and the case that must show it.


def longer(cls: Any, name: str, by: int) -> Callable[[pytest.MonkeyPatch], None]:
    """Let a number that objects of `cls` are made with be wrong by `by`."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        make = cls.__init__

        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            make(self, *args, **kwargs)
            object.__setattr__(self, name, getattr(self, name) + by)

        patch.setattr(cls, "__init__", init)

    return plant


def off_by(right: Callable[..., Any], name: str, by: int) -> Callable[[pytest.MonkeyPatch], None]:
    """Let an operator be made with a number that is off by some."""

    def wrong(*args: Any) -> Any:
        given = inspect.signature(right).bind(*args).arguments
        return right(**given | {name: given[name] + by})

    return lambda patch: patch.setattr(operators, right.__name__, wrong)


def wrong_range(name: str, first: int, last: int) -> Callable[[pytest.MonkeyPatch], None]:
    """Let a window of `Term` begin or end some days off."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        right = getattr(Term, name)

        def wrong(self: Term, *args: Any) -> Range:
            found = right(self, *args)
            return Range(found.first + first, found.last + last)

        patch.setattr(Term, name, wrong)

    return plant


def wrong_span(patch: pytest.MonkeyPatch) -> None:
    right = Term.before
    patch.setattr(Term, "before", lambda self, day, span: right(self, day, span) - 1)


def not_strictly_after(patch: pytest.MonkeyPatch) -> None:
    right = leaves.ThenDay.first
    patch.setattr(leaves.ThenDay, "first", lambda self, idx, day: right(self, idx, day - 1))


def strict_bounds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        leaves.Level, "holds", lambda self, values, count=1: values > (self.at_least or 0) * count
    )


def first_of_all(patch: pytest.MonkeyPatch) -> None:
    right = operators.nth_of
    patch.setattr(operators, "nth_of", lambda n, parts: right(1, parts))


def all_of_any(patch: pytest.MonkeyPatch) -> None:
    right = operators.nth_of
    patch.setattr(operators, "nth_of", lambda n, parts: right(len(parts), parts))


PLANTED: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "deeds a day too early": ("happened", wrong_range("window", -1, 0)),
    "deeds a day too late": ("happened", wrong_range("window", 0, 1)),
    "deeds in the last days, one too many": ("happened in_last", wrong_range("deed_days", -1, 0)),
    "a deed of the last known day": ("then", wrong_range("deed_days", -1, 0)),
    "a spell one week short": ("sustained", longer(leaves.SpellEnds, "needed", -1)),
    "strict instead of at least": ("sustained", strict_bounds),
    "one week too many": ("weeks", wrong_range("series_weeks", -1, 0)),
    "a mean without its first week": ("mean", wrong_range("series_weeks", 1, 0)),
    "blocks of four weeks": ("share", longer(leaves.BlockCount, "length", 1)),
    "as many instead of more": ("share more_than", off_by(operators.share_holds, "needed", -1)),
    "periods that begin late": ("each", wrong_range("weeks", 1, 0)),
    "the first instead of the second": ("at_least", first_of_all),
    "the first instead of the last": ("all", first_of_all),
    "a contrary known a day late": ("not", off_by(operators.not_met, "last_day", 1)),
    "on the same day": ("then", not_strictly_after),
    "within a day more": ("then", wrong_span),
    "a spell of the past one week short": ("first_week", off_by(operators.spell_now, "weeks", -1)),
    "a deed of the past a day too old": ("first_week", wrong_span),
    "an onset a week early": ("first_week", longer(operators.Watch, "onset", 1)),
    "onset_from a week early": (
        "first_week onset_from", off_by(operators.from_onset, "earliest", -7)
    ),
    "one week too few in the past": (
        "first_week weeks", off_by(operators.sum_in_last, "needed", -1)
    ),
    "a status a day late": ("status", off_by(operators.status_holds, "last_day", 1)),
    "all instead of any": ("any", all_of_any),
    "a second part one week short": ("then a spell", longer(leaves.SpellEnds, "needed", -1)),
    "one too many in the past": ("first_week at_least", off_by(operators.nth_past, "n", 1)),
    "a spell in the past one week short": (
        "first_week any", off_by(operators.spell_now, "weeks", -1)
    ),
}  # fmt: skip


def slipped(case: str, plant: Callable[[pytest.MonkeyPatch], None]) -> Result:
    records_and_expected(case)  # of the right windows
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        return on_the_day(case)


CASES = tuple(
    Case(
        f"outcome operator: {case}",
        functools.partial(on_the_day, case),
        {
            slip: functools.partial(slipped, case, plant)
            for slip, (slips_in, plant) in PLANTED.items()
            if slips_in == case
        },
    )
    for case in CONDITIONS
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.default_cases(10)
def test_each_operator_alone(case: Case) -> None:
    assert case.check().deviation <= case.limit
