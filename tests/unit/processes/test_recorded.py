"""A record that all runs make on its dates: order, chances, refusals, and what follows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, partial

import numpy as np
import pytest

from relsim import Scenario, load
from relsim.array_types import Floats
from relsim.errors import UnknownName, UsageError
from relsim.rules import View, logit, several_moves
from relsim.runs.driven import Driven, RecordedMove, drive
from relsim.worlds.worlds import Worlds
from tests.properties.comparing import shortened

LAST = date(2022, 12, 30)
SMALL = {"runs": 64, "draws": 64}


@cache
def scenario() -> Scenario:
    asked = shortened(load("us-russia-2021"), "2022-12-31")
    for deed in ("mass_expulsion", "summit", "accept_proposal", "agreement"):
        when = {"happened": {"deed": deed, "from": "2021-05-01"}}
        asked = asked.with_outcome(f"any_{deed}", when)
    return asked


def moved(when: date, actor: str | None, move: str, size: float | None = None) -> RecordedMove:
    return when, actor, move, size, None


def driven(*record: RecordedMove, until: date = LAST, **more: object) -> Driven:
    return drive(scenario(), record, until=until, **{**SMALL, **more})  # type: ignore[arg-type]


def days(found: Driven, outcome: str) -> set[int]:
    (result,) = found.results
    return set(result.first_day[list(found.scenario.outcomes).index(outcome)].tolist())


def counts(found: Driven, actor: int) -> dict[str, set[int]]:
    """Moves that an actor made at all, each with its counts by draw (of one run)."""
    (result,) = found.results
    own = [name for name, move in found.scenario.moves.items() if not move.joint]
    each = {name: set(result.move_counts[:, actor, row].tolist()) for row, name in enumerate(own)}
    return {name: number for name, number in each.items() if number != {0}}


def day(when: date) -> int:
    return (when - date(2021, 1, 20)).days


def test_all_runs_make_the_record_and_nothing_else() -> None:
    found = driven(
        moved(date(2021, 5, 3), "US", "impose_sanctions"),
        moved(date(2021, 5, 5), "RU", "threaten"),
        moved(date(2022, 5, 5), "US", "impose_sanctions"),
    )
    assert counts(found, 0) == {"impose_sanctions": {2}}
    assert counts(found, 1) == {"threaten": {1}}
    assert found.made.all()
    assert found.made.shape == found.odds.shape == (3, 64)
    assert found.refused == ()
    assert (found.probability > 0).all()
    assert (found.probability < 1).all()
    np.testing.assert_allclose(found.probability, -np.expm1(-found.odds), rtol=1e-4)
    assert found.log_none.shape == (102, 2, 64)
    assert (found.log_none <= 0).all()


def test_what_happened_on_one_day_is_made_in_order() -> None:
    meeting = date(2021, 6, 16)
    proposed = moved(date(2021, 5, 3), "RU", "propose_summit")
    accepted = moved(date(2021, 5, 3), "US", "accept_proposal")
    found = driven(proposed, accepted, moved(meeting, None, "summit"))
    assert found.refused == ()
    assert (found.probability[2] > 0).all()  # a meeting was in preparation
    assert days(found, "any_accept_proposal") == {day(date(2021, 5, 3))}
    assert days(found, "any_summit") == {day(meeting)}
    # The packaged calendar has a proposal of 18 March 2021: by summer it has lapsed.
    late = (date(2021, 9, 6), *proposed[1:]), (date(2021, 9, 6), *accepted[1:])
    inverted = driven(late[1], late[0], moved(date(2021, 12, 16), None, "summit"))
    (refused,) = inverted.refused
    assert (refused.day, refused.actor, refused.move) == (
        day(date(2021, 9, 6)),
        "US",
        "accept_proposal",
    )
    assert refused.share == 1
    assert "cannot accept_proposal at its review of 2021-09-06" in refused.reason
    assert inverted.made.all(axis=1).tolist() == [False, True, True]
    assert not inverted.made[0].any()
    assert not inverted.probability[[0, 2]].any()  # nothing pending, nothing in preparation


def even(view: View, parameters: Mapping[str, Floats]) -> Floats:
    """A tenth for each of criticize and threaten, else hold."""
    p = np.zeros(view.available.shape, np.float32)
    p[view.moves.index("criticize")] = p[view.moves.index("threaten")] = 0.1
    p[0] = 0.8
    return p


@several_moves
def several(view: View, parameters: Mapping[str, Floats]) -> Floats:
    return even(view, parameters)


@pytest.mark.parametrize(
    ("rule", "chance", "none"),
    [(even, 0.1, np.log(0.8)), (several, -np.expm1(-0.125), -0.25)],
)
def test_the_chance_is_that_which_the_rule_gives(rule: object, chance: float, none: float) -> None:
    found = driven(
        moved(date(2021, 5, 3), "US", "criticize"),
        moved(date(2021, 5, 3), "US", "criticize"),
        moved(date(2021, 5, 4), "US", "goodwill_gesture"),
        rules={"US": rule},
        until=date(2021, 5, 11),
    )
    np.testing.assert_allclose(found.probability[:2], chance, rtol=1e-5)
    np.testing.assert_allclose(found.odds[:2], 0.125, rtol=1e-5)
    assert not found.probability[2].any()  # made although the rule would not have
    assert found.made.all()
    np.testing.assert_allclose(found.log_none[:, 0], 7 * none, rtol=1e-4)
    assert found.log_none.shape[0] == 16


def test_an_expulsion_has_its_size_and_a_collision_its_severity() -> None:
    few = moved(date(2021, 5, 3), "US", "expel_diplomats", 5)
    many = moved(date(2021, 6, 3), "US", "expel_diplomats", 20)
    assert days(driven(few), "any_mass_expulsion") == {-1}
    found = driven(
        few, many, (date(2022, 5, 3), "RU", "collision", 9.0, "europe"),
        (date(2022, 8, 3), None, "collision", None, "europe"),
    )  # fmt: skip
    assert days(found, "any_mass_expulsion") == {day(date(2021, 6, 3))}
    (result,) = found.results
    flow = result.sample.series["flow"]
    assert (flow[day(date(2022, 5, 3)) // 7] == -9).all()
    assert (flow[day(date(2022, 8, 3)) // 7] < 0).all()
    assert np.isnan(found.probability[2:]).all()


def test_after_the_record_the_actors_go_on() -> None:
    until = date(2022, 7, 1)
    found = driven(moved(date(2021, 5, 3), "US", "criticize"), until=until)
    assert len(found.log_none) == -(-(day(until) + 1) // 7)
    assert len(counts(found, 0)) > 5
    (result,) = found.results
    assert result.sample.series["cooperative"][: day(until) // 7].sum() == 0


def test_talks_go_on_between_what_is_recorded() -> None:
    record = [
        moved(date(2021, 5, 3), "US", "propose_talks"),
        moved(date(2021, 5, 4), "RU", "accept_proposal"),
        moved(date(2021, 12, 1), None, "agreement"),
        moved(
            date(2021, 12, 8), "US", "propose_talks"
        ),  # talks may be under way elsewhere: not here
    ]
    found = driven(*record)
    assert found.refused == ()
    chance = found.probability[2]
    assert (chance > 0).any()  # talks opened, and may have broken down since
    assert (chance < 1).all()
    assert days(found, "any_agreement") == {day(date(2021, 12, 1))}


def test_each_week_can_resample_the_runs() -> None:
    called = []

    def each_week(now: int, worlds: Worlds) -> None:
        called.append(now)
        if now == 69:
            worlds.take(np.zeros(worlds.width, dtype=np.int64))
            assert (worlds.hostility == worlds.hostility[:, [0]]).all()

    found = driven(moved(date(2021, 5, 3), "US", "criticize"), each_week=each_week)
    assert called == [*range(6, day(LAST) + 1, 7)][: len(called)]
    assert len(called) >= 100
    # One draw is left, so the rule gives one probability but for what chance has done since.
    assert (
        found.probability[0].std()
        < 0.2 * driven(moved(date(2021, 5, 3), "US", "criticize")).probability[0].std()
    )


@pytest.mark.slow
def test_the_same_bits_at_each_call() -> None:
    one, two = (
        driven(moved(date(2021, 5, 3), "US", "criticize"), until=date(2021, 6, 1)) for _ in "ab"
    )
    np.testing.assert_array_equal(one.probability, two.probability)
    np.testing.assert_array_equal(one.results[0].first_day, two.results[0].first_day)


@pytest.mark.parametrize(
    ("record", "error", "message"),
    [
        ([moved(date(2020, 5, 3), "US", "criticize")], UsageError, "must lie within the term"),
        (
            [moved(date(2021, 5, 3), "US", "threaten"), moved(date(2021, 5, 2), "US", "threaten")],
            UsageError,
            "entries stand in order of date",
        ),
        ([moved(date(2021, 5, 3), "UK", "criticize")], UnknownName, "unknown actor 'UK'"),
        (
            [moved(date(2021, 5, 3), "US", "summit")],
            UnknownName,
            "unknown move of an actor 'summit'",
        ),
        ([moved(date(2021, 5, 3), None, "threaten")], UnknownName, "unknown joint move 'threaten'"),
        ([moved(date(2021, 5, 3), None, "collision")], UnknownName, "unknown region"),
    ],
)
def test_a_wrong_entry_is_refused(
    record: list[RecordedMove], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        drive(scenario(), record)


def test_a_record_ends_when_it_says() -> None:
    record = [moved(date(2021, 5, 3), "US", "criticize")]
    with pytest.raises(UsageError, match="must not lie before the last entry"):
        drive(scenario(), record, until=date(2021, 5, 2))
    with pytest.raises(UsageError, match="until must lie within the term"):
        drive(scenario(), record, until=date(2031, 5, 2))


def test_a_partial_of_a_marked_rule_makes_several_moves() -> None:
    rule = partial(logit, rationality=0.5)
    found = driven(
        moved(date(2021, 5, 3), "US", "criticize"), rules={"US": rule}, until=date(2021, 5, 9)
    )
    np.testing.assert_allclose(found.probability, -np.expm1(-found.odds), rtol=1e-4)
