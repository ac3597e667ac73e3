"""Replay: what it refuses, what one forced move changes, and how it reads as text."""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import SimulationError, StoreError, UnknownName, UsageError
from relsim.processes import talks
from relsim.processes.actor import Forced
from relsim.rules import logit
from relsim.rules.view import View
from relsim.scenario.catalogue import DEEDS
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate, simulate_chunk
from relsim.story import replay as module
from relsim.story.happenings import IMPLIED, Choice, Happening
from relsim.story.one_run import simulate_again
from relsim.story.replay import replay
from relsim.story.story import Story, choice_words
from relsim.story.wording import DEED_WORDS
from tests.properties.comparing import narrow, shortened

WIDTH = 128
RUN = 13


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return shortened(load("us-russia-2021"), "2022-04-02")


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Plan", partial(Plan, width=WIDTH))
    narrow(monkeypatch, WIDTH)


@pytest.fixture(scope="module")
def plan(scenario: Scenario) -> Plan:
    return Plan(scenario, seed=1, runs=2048, runs_per_draw=32, width=WIDTH)


@pytest.fixture(scope="module")
def story(scenario: Scenario) -> Story:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "Plan", partial(Plan, width=WIDTH))
        return replay(scenario, RUN)


def chosen(story: Story, kind: str = "") -> Happening:
    """The first move that an actor chose, of this kind if named, and chose alone that day."""
    made = [h for h in story.log if h.choice is not None]
    several = Counter((h.day, h.actor) for h in made)
    return next(h for h in made if kind in ("", h.kind) and several[h.day, h.actor] == 1)


# What is asked


@pytest.mark.parametrize("run", [-1, 32_768, 10**9])
def test_a_run_that_is_not_there(scenario: Scenario, run: int) -> None:
    with pytest.raises(UsageError, match=r"run must be from 0 to 32,767 \(got"):
        replay(scenario, run)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ("2021-11-01 US", UsageError, 'a change is "DATE ACTOR MOVE"'),
        ("2022-02-30 US hold", UsageError, 'a change is "DATE ACTOR MOVE"'),
        ("01.05.2022 US hold", UsageError, 'a change is "DATE ACTOR MOVE"'),
        ("2021-11-01 USA hold", UnknownName, "unknown actor 'USA'; did you mean 'US'"),
        ("2021-11-01 US impose_sanction", UnknownName, "did you mean 'impose_sanctions'"),
        ("2021-11-01 US summit", UnknownName, "unknown move of an actor 'summit'"),
        ("2021-04-06 US hold", UsageError, "until 2021-04-06 only dated moves happen"),
        ("2019-01-01 US hold", UsageError, "until 2021-04-06 only dated moves happen"),
        ("2022-03-31 US hold", UsageError, "US has no review on or after 2022-03-31"),
        ("2030-01-01 RU hold", UsageError, "RU has no review on or after 2030-01-01"),
    ],
)
def test_a_change_that_makes_no_sense(
    scenario: Scenario, change: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        replay(scenario, RUN, change=change)


def test_a_move_that_is_not_available_then(scenario: Scenario, story: Story) -> None:
    first = chosen(story, "accept_proposal")
    assert first.actor is not None
    day = first.date + timedelta(days=7)  # its next review: nothing is left to accept
    with pytest.raises(UsageError, match=rf"cannot accept_proposal at its review of {day}.*hold"):
        replay(scenario, RUN, change=f"{day} {first.actor} accept_proposal")


def test_a_move_whose_object_goes_away_on_the_day(plan: Plan) -> None:
    record = simulate_again(plan, RUN)
    day = next(iter(record.reviews["US"]))
    gone = replace(record, log=())
    with pytest.raises(UsageError, match="went away earlier on that day"):
        module._made(gone, date(2021, 4, 7), Forced(day, "US", "criticize"))


def test_a_result_knows_its_seed(scenario: Scenario) -> None:
    small = simulate(scenario, 64, 64)
    with pytest.raises(UsageError, match="a result knows its seed"):
        replay(small, 0, seed=1)


def test_a_result_of_other_versions_is_refused(scenario: Scenario) -> None:
    small = simulate(scenario, 64, 64)
    first_day = small.first_day.copy()
    first_day[3, 5] += 1
    with pytest.raises(StoreError, match=rf"run 5 .*\({small.outcomes[3]}\).*numpy"):
        replay(replace(small, first_day=first_day), 5)
    assert replay(replace(small, first_day=first_day), 4).run == 4


def test_a_failed_run_is_refused(scenario: Scenario) -> None:
    small = simulate(scenario, 64, 64)
    first_day = small.first_day.copy()
    first_day[:, 5] = -2
    with pytest.raises(UsageError, match="run 5 failed"):
        replay(replace(small, first_day=first_day), 5)


# Rules of one's own


def eager(view: View, parameters: Mapping[str, Floats]) -> Floats:
    return logit(view, parameters, rationality=3.0)


def test_rules_of_ones_own_are_needed_again(scenario: Scenario) -> None:
    small = simulate(scenario, 64, 64, rules={"RU": eager})
    with pytest.raises(UsageError, match="rules of its own for RU"):
        replay(small, 3)
    found = replay(small, 3, rules={"RU": eager})
    assert {h.choice.rule for h in found.log if h.choice and h.actor == "RU"} == {"custom"}
    assert "by rule custom" in found.text()


def test_a_broken_rule_is_named_by_the_engine(scenario: Scenario) -> None:
    def broken(view: View, parameters: Mapping[str, Floats]) -> Floats:
        return np.ones(3, np.float32)

    with pytest.raises(SimulationError, match="of US in week .* must return an array"):
        replay(scenario, 0, rules={"US": broken})


# One forced move


def test_a_forced_move_changes_its_own_run_from_its_day_on(plan: Plan) -> None:
    forced = replace(plan, forced={RUN: Forced(300, "US", "leave_new_start")}, log_all=True)
    before, after = simulate_chunk(replace(plan, log_all=True), 0), simulate_chunk(forced, 0)
    others = np.arange(WIDTH) != RUN
    np.testing.assert_array_equal(before.first_day[:, others], after.first_day[:, others])
    for name, values in before.quantities.items():
        np.testing.assert_array_equal(values[others], after.quantities[name][others])
    review = next(day for day in range(0, 400, 7) if day >= 300)
    for name, series in before.sample.series.items():
        np.testing.assert_array_equal(
            series[: review // 7], after.sample.series[name][: review // 7]
        )
    one, other = (
        [(e.day, e.kind) for e in result.log if RUN in e.runs] for result in (before, after)
    )
    assert (review, "leave_new_start") in other
    assert (review, "leave_new_start") not in one
    assert [row for row in one if row[0] < review] == [row for row in other if row[0] < review]


def test_a_run_of_another_chunk_is_left_alone(plan: Plan) -> None:
    forced = replace(plan, forced={RUN + WIDTH: Forced(300, "US", "leave_new_start")})
    np.testing.assert_array_equal(
        simulate_chunk(plan, 0).first_day, simulate_chunk(forced, 0).first_day
    )


def test_forcing_the_move_that_was_made_changes_nothing(scenario: Scenario, story: Story) -> None:
    move = chosen(story, "impose_sanctions")
    again = replay(scenario, RUN, change=f"{move.date} {move.actor} {move.kind}")
    differing = again.against(story)
    assert (differing.gone, differing.new, differing.outcomes) == ((), (), ())
    assert "Nothing differs." in differing.text()
    for name, values in story.series.items():
        np.testing.assert_array_equal(values, again.series[name])
    assert again.forced is not None
    assert move.choice is not None
    assert again.forced.probability == move.choice.probability
    assert [h for h in again.log if h.choice and h.choice.forced] == [
        replace(move, choice=replace(move.choice, forced=True))
    ]


def test_forcing_an_actor_to_hold_that_held_changes_nothing(
    scenario: Scenario, story: Story
) -> None:
    moved = {h.day for h in story.log if h.actor == "US"}
    day = next(day for day in range(140, 420, 7) if day not in moved)
    again = replay(scenario, RUN, change=f"{scenario.date_of(day - 3)} US hold")
    assert again.forced is not None
    assert again.forced.day == day
    assert again.against(story).to_json()["new"] == []
    found = [h for h in again.happenings if h.kind == "hold"]
    assert [(h.day, h.logged) for h in found] == [(day, False)]


def test_what_one_move_changes(scenario: Scenario, story: Story) -> None:
    move = chosen(story, "impose_sanctions")
    held = replay(scenario, RUN, change=f"{move.date} {move.actor} hold")
    differing = held.against(story)
    assert differing.gone[0] == move
    assert all(h.day >= move.day for h in (*differing.gone, *differing.new))
    week = move.day // 7
    np.testing.assert_array_equal(held.series["index"][:week], story.series["index"][:week])
    assert held.series["index"][week] == pytest.approx(
        story.series["index"][week] + 8 * (1 - 0.5 ** (1 / 13)), abs=1e-4
    )
    text = differing.text(80)
    name = scenario.actors[str(move.actor)].name
    assert f"− {move.date.day:>2} {move.date:%b}  {name}: impose sanctions" in text
    assert max(map(len, text.splitlines())) <= 80
    plain = json.loads(json.dumps(differing.to_json(), allow_nan=False))
    assert plain["format"] == "relsim.replay-change/2"
    assert plain["forced"]["move"] == "hold"
    assert plain["outcomes"].keys() == set(differing.outcomes)


def test_only_one_run_is_compared_with_itself(scenario: Scenario, story: Story) -> None:
    other = replay(scenario, RUN + 1, change="2021-11-01 US hold")
    with pytest.raises(UsageError, match="only of one run"):
        other.against(story)
    with pytest.raises(UsageError, match="no forced move"):
        story.against(story)


def test_a_forced_move_stands_in_for_all_of_its_review(scenario: Scenario, story: Story) -> None:
    made = [h for h in story.log if h.choice is not None]
    several = Counter((h.day, h.actor) for h in made)
    (day, actor), number = several.most_common(1)[0]
    assert number > 1  # this run has a review with more than one move
    of_review = [h for h in made if (h.day, h.actor) == (day, actor)]
    again = replay(scenario, RUN, change=f"{of_review[0].date} {actor} criticize")
    left = [h.kind for h in again.log if (h.day, h.actor) == (day, actor) and h.choice is not None]
    assert left == ["criticize"]
    gone = Counter(h.kind for h in again.against(story).gone if (h.day, h.actor) == (day, actor))
    for kind, times in Counter(h.kind for h in of_review).items():
        assert gone[kind] == times - (kind == "criticize")


# How it reads


def test_what_pushed_adds_up_to_the_probability(plan: Plan, story: Story) -> None:
    """Logit choice once more, from what the review log holds, at every review of a run."""
    record = simulate_again(plan, RUN)
    for actor, reviews in record.reviews.items():
        assert len(reviews) >= 50
        for review in reviews.values():
            felt = np.array(list(review.motives.values()))
            odds = {
                move: np.exp(routine + felt @ review.expresses[move] + review.urges.get(move, 0.0))
                for move, routine in review.available.items()
            }
            for move, share in odds.items():
                wanted = -np.expm1(-share)
                if move == "hold":
                    wanted = np.exp(1 - sum(odds.values()))
                assert review.probabilities[move] == pytest.approx(wanted, rel=1e-4), actor
    found = [h for h in story.log if h.choice is not None]
    assert found
    for happening in found:
        choice, review = happening.choice, record.reviews[str(happening.actor)][happening.day]
        assert choice is not None
        assert choice.probability == review.probabilities[happening.kind]
        pushed = review.available[happening.kind] + sum(choice.pushes.values()) + choice.answer
        assert np.log(-np.log1p(-choice.probability)) == pytest.approx(pushed, abs=1e-4)


def test_the_text_has_every_happening_and_outcome_once(story: Story) -> None:
    text = story.text()
    for outcome in story.outcomes.values():
        assert f"\n{outcome.title}: " in text
    moves = [h for h in story.log if h.actor and h.kind in story.scenario.moves]
    lines = [line for line in text.splitlines() if line[2:6].strip() and line[6:8] == "  "]
    assert sum("United States: " in line or "Russia: " in line for line in lines) >= len(moves)
    assert [line for line in text.splitlines() if line.isdecimal()] == [
        "2021", "2022",
    ]  # fmt: skip
    assert text.count("Relations index at the end of") == 2
    assert f"{story.index_of_years()[2022]:.2f}".replace("-", "−") in text
    assert max(map(len, story.text(72).splitlines())) <= 72


def test_the_story_is_plain_json(story: Story) -> None:
    plain = json.loads(json.dumps(story.to_json(), allow_nan=False))
    assert plain["format"] == "relsim.replay/2"
    assert (plain["run"], plain["draw"], plain["seed"]) == (RUN, story.draw, 1)
    assert len(plain["happenings"]) == len(story.happenings)
    assert plain["series"]["index"] == story.series["index"].tolist()
    assert len(plain["weeks"]) == len(plain["series"]["flow"]) == 63
    assert plain["outcomes"]["detente"]["reason"]["parts"]
    assert plain["scenario_hash"]
    assert f"run {RUN}" in repr(story)
    assert story._repr_html_().startswith("<pre>US–Russia")


def test_other_rules_have_no_pushes() -> None:
    choice = Choice("tit_for_tat", 0.25, 0.1, {"pressure": 1.0}, {"pressure": 1.0}, 0.0)
    assert choice_words(choice) == "probability 25% by rule tit_for_tat"
    pushed = replace(
        choice, rule="logit", motives={"a": 1.0, "b": 1.0}, pushes={"a": -0.2, "b": 0.001},
        answer=2.0, forced=True,
    )  # fmt: skip
    assert choice_words(pushed) == (
        "forced, probability 25% (routine 10%): for it unanswered move +2.00; against it a −0.20"
    )


def test_a_driver_that_pushes_by_being_low_is_called_so() -> None:
    choice = Choice("logit", 0.25, 0.1, {"engagement": -1.2, "pressure": -0.1},
                    {"engagement": 0.6, "pressure": -0.1}, 0.0)  # fmt: skip
    assert choice_words(choice) == (
        "probability 25% (routine 10%): for it low engagement +0.60; against it low pressure −0.10"
    )


def test_every_deed_has_words() -> None:
    assert DEED_WORDS.keys() == DEEDS.keys()
    assert not IMPLIED.keys() & DEEDS.keys()


@pytest.mark.parametrize("later", [28, pytest.param(0, marks=pytest.mark.slow)])
def test_another_rule_of_the_engine_is_followed(
    scenario: Scenario, plan: Plan, later: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proposals lapse 28 days later: replay says the later day, since the engine records it."""
    rule = inspect.getsource(talks.lapse)
    assert "until <= day" in rule
    planted: dict[str, Any] = {}
    exec(rule.replace("until <= day", f"until <= day - {later}"), dict(vars(talks)), planted)
    monkeypatch.setattr(talks, "lapse", planted["lapse"])
    log = simulate_chunk(replace(plan, log_all=True), 0).log
    runs = dict.fromkeys(int(e.runs[0]) for e in log if e.kind == "proposal_lapsed")
    assert len(runs) >= 2
    for run in list(runs)[:2]:
        story = replay(scenario, run)
        lapse = next(h for h in story.log if h.kind == "proposal_lapsed")
        made = [h for h in story.log if h.actor == lapse.actor and h.kind.startswith("propose_")]
        proposal = [h for h in made if h.day < lapse.day][-1]
        assert proposal.subject == lapse.subject
        until = proposal.day + 7 * story.parameters["talks.proposal_lifetime"]
        assert -1 <= lapse.day - until - later <= 7
        assert f"{lapse.date.day:>2} {lapse.date:%b}  {lapse.words}" in story.text()


def test_outcomes_can_ask_for_what_came_to_nothing(scenario: Scenario, plan: Plan) -> None:
    deeds: dict[str, dict[str, object]] = {
        "proposal_lapsed": {"by": "RU", "of": "talks"},
        "talks_called_off": {},
        "meeting_called_off": {},
        "ladder_fall": {"of": "0"},
        "treaty_expired": {"of": "new_start"},
    }
    asking = scenario
    for deed, more in deeds.items():
        asking = asking.with_outcome(deed, {"happened": {"deed": deed, **more}})
    result = simulate_chunk(replace(plan, scenario=asking, log_all=True), 0)
    days = dict(zip(asking.outcomes, result.first_day, strict=True))
    for deed, more in deeds.items():
        first = np.full(WIDTH, -1)
        for entry in reversed(result.log):
            if entry.kind == deed and more in (
                {},
                {"of": entry.subject},
                {"by": entry.actor, "of": entry.subject},
            ):
                first[entry.runs] = entry.day
        np.testing.assert_array_equal(days[deed], first)
        assert (first >= 0).any() or deed == "treaty_expired"


def test_what_an_expulsion_of_the_calendar_changed(scenario: Scenario) -> None:
    entry = {"date": "2021-06-02", "actor": "RU", "move": "expel_diplomats", "note": "planted"}
    data: dict[str, Any] = scenario.model_dump(by_alias=True, mode="json")
    data["calendar"].append(entry)
    found = replay(Scenario.model_validate(data), RUN).log
    (dated,) = [h for h in found if h.dated and h.kind == "expel_diplomats" and h.day == 133]
    assert dated.changed in (("twenty or more at once",), ("fewer than twenty",))


@pytest.mark.parametrize("name", ["us-russia-2021-early-summit", "us-russia-2021-war-scare"])
@pytest.mark.default_cases(1)
def test_variants_can_be_replayed(name: str) -> None:
    story = replay(shortened(load(name), "2021-11-05"), 3)
    assert story.text(100)
    assert all(o.reason.date == o.date for o in story.outcomes.values())


def planted(scenario: Scenario, rule: str) -> Scenario:
    """The scenario with another rule for Russia."""
    data: dict[str, Any] = scenario.model_dump(by_alias=True, mode="json")
    data["actors"]["RU"]["rule"] = rule
    return Scenario.model_validate(data)


def test_a_built_in_rule_is_named(scenario: Scenario) -> None:
    story = replay(planted(scenario, "tit_for_tat"), 3)
    assert {h.choice.rule for h in story.log if h.choice and h.actor == "RU"} == {"tit_for_tat"}


def test_ensembles_and_scenarios_give_one_story(scenario: Scenario) -> None:
    small: Ensemble = simulate(scenario, 128, 64, seed=5)
    one = replay(small, 100)
    other = replay(scenario, 100, seed=5, runs=128, draws=64)
    assert one.happenings == other.happenings
    assert {n: o.day for n, o in one.outcomes.items()} == {
        name: outcome.day for name, outcome in other.outcomes.items()
    }
