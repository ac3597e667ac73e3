"""What hangs together, what to watch, what is rare; records of them, also from strangers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import relsim
from relsim.ensemble.conditioning import conditional
from relsim.errors import StoreError, UsageError
from relsim.estimates.probability import Difference
from relsim.inference.rare.rarely import Rare
from relsim.inference.score.scoring import Marks, ScoredNumber, ScoredOutcome, Scores, Skill
from relsim.inference.signposts.information import Information
from relsim.inference.signposts.interventions import Doing
from relsim.inference.signposts.signposts import Signpost, Signposts
from relsim.inference.signposts.watchable import candidates, declared
from relsim.inference.update.update import Update
from relsim.plots.number_words import in_percent, title_and_unit
from relsim.report.records import LARGEST
from relsim.report.reporting import page_of
from relsim.report.subject import Subject, subject_of
from relsim.report.typical import typical_runs
from relsim.runs.provenance import as_json
from relsim.story.kept_run import kept_runs
from tests.figures.ensembles import simulated
from tests.properties.comparing import shortened
from tests.unit.inference.climbing import found as climbed
from tests.unit.report.pages import EVIL, Page, hostile, hostile_result, moved_by_news, only, plain
from tests.unit.report.test_page import OBEYED, assert_harmless

BY = date(2022, 7, 1)


@cache
def signs() -> Signposts:
    """Two signposts of the baseline, planted: a move that can be done, and a level."""
    ensemble = simulated()
    asked = ensemble.scenario
    listed = {one.name: one for one in candidates(asked, BY)}
    chance, low = (ensemble.probability(name) for name in (asked.headline, "detente"))
    told = Information(0.4, 0.5, 0.2, 0.1, (0.05, 0.15), 2.0, (1.5, 2.5), 0.5, (0.4, 0.6), 1e-6)
    effect = Difference(0.25, 0.02, (0.21, 0.29), None, "too few", 2048, 600, 0.5)
    doing = Doing(low, chance, low, effect, 0.9, 0.0, date(2021, 9, 1))
    names = "seen_US_ease_sanctions_1", "seen_index_over_minus_1_0"
    return Signposts(
        scenario=declared(asked, BY), outcome=asked.headline, by=BY, probability=chance,
        signposts=(
            Signpost(listed[names[0]], told, chance, low, doing, ""),
            Signpost(listed[names[1]], told, chance, low, None, "no move of either side"),
        ),
        candidates=len(listed), settled=0.02, condition=None, seed=ensemble.seed,
        runs=4096, draws=256, failures=(), provenance=dict(ensemble.provenance),
        elapsed_seconds=1.0,
    )  # fmt: skip


@cache
def war() -> Rare:
    """Splitting of the baseline's direct war, made by hand."""
    base = simulated()
    return replace(
        climbed(), scenario=base.scenario, seed=base.seed, provenance=dict(base.provenance)
    )


def page(**beside: Any) -> Page:
    return Page(page_of(subject_of(simulated(), **beside), only("watch", "rare")))


def words(found: Page, name: str) -> str:
    return " ".join(found.by_id(name).text.split())


def test_the_headline_is_told_given_each_other_outcome() -> None:
    ensemble = simulated()
    said = words(plain(), "together")
    for name in ensemble.outcomes:
        if name == ensemble.scenario.headline:
            continue
        pair = conditional(ensemble, ensemble.scenario.headline, {name: True})
        assert ensemble.scenario.outcomes[name].title in said
        for one in (pair.yes, pair.no):
            if one is not None:
                assert in_percent(one.value_text) in said
    assert "~ " in said  # that a colour revolution goes with it is noise
    assert plain().by_id("together-finding").text


def test_what_hangs_together_needs_enough_runs() -> None:
    few = relsim.simulate(shortened(relsim.load("us-russia-2021")), runs=64, draws=64)
    assert "together" not in {
        one.attributes["id"] for one in Page(page_of(Subject(few), only("together"))).all("section")
    }


def test_what_to_watch_is_said_in_words_and_in_a_table() -> None:
    found = page(signposts=signs())
    said = words(found, "watch")
    chance, low = signs().probability, signs().signposts[0].unseen
    assert f"it falls to {in_percent(low.value_text)}. If it is forced in all runs" in said
    assert "(difference +25 ± 2 points; it then comes about in only 90% of the runs)" in said
    assert "What doing it would bring about is not known: no move of either side." in said
    (row,) = (
        cell
        for cell in found.all("th", scope="row")
        if cell.text == "United States: ease sanctions"
    )
    place = found.elements.index(row)
    cells = [cell.text for cell in found.elements[place + 1 : place + 6]]
    percent = [in_percent(one.value_text) for one in (chance, low)]
    assert cells == ["40%", *percent, *percent]
    assert "In 2% of the histories it had come about by then" in said


def test_nothing_to_watch_is_said() -> None:
    said = words(page(signposts=replace(signs(), signposts=())), "watch")
    assert f"Nothing among {signs().candidates} candidates" in said


def test_a_rare_outcome_has_its_number_and_paths() -> None:
    found = page(rare=war())
    said = words(found, "rare")
    assert "Its probability is 0.00025 ± 0.00003%, about one in 400,000." in said
    assert "began with a collision" in said
    assert "half of the weight climbs" in found.by_id("rare-1-finding").text


def test_records_say_the_same_as_what_was_found(tmp_path: Path) -> None:
    files = {"signposts": tmp_path / "signs.json", "rare": tmp_path / "rare.json"}
    files["signposts"].write_text(as_json(signs().to_json()), "utf-8")
    files["rare"].write_text(as_json(war().to_json()), "utf-8")
    read, direct = page(**files), page(signposts=signs(), rare=[war()])
    assert read.source == direct.source
    assert_harmless(read)


def test_records_of_something_else_are_refused(tmp_path: Path) -> None:
    other = simulated().scenario.model_copy(update={"title": "Another one"})
    with pytest.raises(UsageError, match="is of another scenario than the result"):
        page(rare=replace(war(), scenario=other))
    with pytest.raises(UsageError, match="is of another scenario than the result"):
        page(signposts=replace(signs(), scenario=other))
    with pytest.raises(UsageError, match="is of detente, and the report is about the headline"):
        page(signposts=replace(signs(), outcome="detente"))
    known = {**signs().provenance, "updated_through": "2021-05-31"}
    with pytest.raises(UsageError, match="with what happened through 2021-05-31, and the result"):
        page(signposts=replace(signs(), provenance=known))
    with pytest.raises(UsageError, match="give one record of each"):
        page(rare=[war(), war()])


def changed(record: dict[str, Any], path: str, value: object) -> str:
    """A record with one entry changed."""
    data = json.loads(json.dumps(record))
    *above, last = path.split(".")
    inner = data
    for key in above:
        inner = inner[int(key) if key.isdecimal() else key]
    inner[last] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("signposts", "format", "relsim.signposts/2"),
        ("signposts", "signposts", 5),
        ("signposts", "signposts.0.signpost", "seen_nothing"),
        ("signposts", "signposts.0.seen.probability", "nan"),
        ("signposts", "signposts.0.seen.mc_error", 0),
        ("signposts", "signposts.0.doing.effect.mc_error", 0),
        ("signposts", "signposts.1.why_not_done", "x" * 10_000),
        ("signposts", "versions", None),
        ("signposts", "seed", 1e400),
        ("rare", "format", 7),
        ("rare", "method", "plain Monte Carlo"),
        ("rare", "probability", -1),
        ("rare", "mc_error", None),
        ("rare", "mc_interval_90", [2, 1]),
        ("rare", "paths.0.deeds", []),
        ("rare", "paths.0.deeds.0.kind", "$\\frac$"),
        ("rare", "paths.0.deeds.0.actor", "XX"),
        ("rare", "paths.0.deeds.0.subject", EVIL),
        ("rare", "paths.0.deeds.1.subject", "99"),
        ("rare", "paths.0.began", "0000-00-00"),
        ("rare", "outcome", ["direct_war"]),
    ],
)
def test_a_changed_record_is_refused_in_one_message(
    tmp_path: Path, kind: str, path: str, value: object
) -> None:
    record = {"signposts": signs, "rare": war}[kind]().to_json()
    file = tmp_path / "record.json"
    file.write_text(changed(record, path, value), "utf-8")
    with pytest.raises(StoreError, match=f"record.json is no record of `relsim {kind} --json`"):
        subject_of(simulated(), **{kind: file})


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "not json", "[" * 10_000, '{"format": 1}'])
@pytest.mark.parametrize("kind", ["signposts", "rare", "drivers"])
def test_what_is_no_record_is_refused(tmp_path: Path, kind: str, text: str) -> None:
    file = tmp_path / "record.json"
    file.write_text(text, "utf-8")
    with pytest.raises(StoreError, match="is no record of"):
        subject_of(simulated(), **{kind: file})


def test_a_record_has_a_largest_size(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    with file.open("wb") as content:
        content.truncate(LARGEST + 1)
    with pytest.raises(StoreError, match="can have"):
        subject_of(simulated(), rare=file)


def test_drivers_of_another_shape_are_refused(tmp_path: Path) -> None:
    ensemble = simulated()
    record = {
        "format": "relsim.drivers/1", "scenario_hash": ensemble.provenance["scenario_hash"],
        "outcome": ensemble.scenario.headline, "indices": [5], "ablations": [],
    }  # fmt: skip
    file = tmp_path / "drivers.json"
    file.write_text(json.dumps(record), "utf-8")
    with pytest.raises(StoreError, match="is no record of `relsim drivers --json`"):
        subject_of(ensemble, file)


def hostile_scores() -> Scores:
    """What a ledger of a stranger came to, in which no name is one."""
    marks = Marks(0.25, 0.69, None, None)
    day = date(2021, 4, 6)
    outcome = ScoredOutcome(
        scenario=EVIL, outcome=EVIL, as_of=day, probability=0.5, happened=True, answered=day,
        early=False, clipped=False, marks=marks, references={EVIL: (0.5, marks)},
    )  # fmt: skip
    return Scores(
        outcomes=(outcome,),
        numbers=(ScoredNumber(EVIL, EVIL, day, 1.0, 2.0, 0.5),),
        skills=(Skill(EVIL, "brier", 1, 1, 0.25, 0.25, 0.0, None),),
        reliability=None, void=0, open=0, open_one_way=0, unasked=0, without_scenario=(EVIL,),
    )  # fmt: skip


def hostile_subject() -> Subject:
    """All that a report can be of, with hostile titles and names."""
    scenario = hostile(simulated().scenario)
    return Subject(
        hostile_result(),
        signposts=replace(signs(), scenario=scenario, condition=EVIL),
        rare=(replace(war(), scenario=scenario),),
        update=replace(moved_by_news(), scenario=scenario, asked=scenario),
        scores=hostile_scores(),
    )


def test_hostile_titles_stand_as_text() -> None:
    found = Page(page_of(hostile_subject(), only("together", "watch", "rare", "news", "scores")))
    assert_harmless(found)
    assert not OBEYED.search(found.source)
    for name in ("together", "watch", "rare", "news", "scores"):
        assert "<script>alert(1)</script>" in found.by_id(name).text


def test_scores_are_told_with_titles_and_their_references_explained() -> None:
    scenario = simulated().scenario
    known = replace(hostile_scores().outcomes[0], scenario=scenario.name, outcome="detente")
    other = replace(known, scenario="elsewhere")
    scores = replace(
        hostile_scores(),
        outcomes=(known, other),
        numbers=(ScoredNumber(scenario.name, "summits", known.as_of, 1.0, 2.0, 0.5),),
        skills=(Skill("EW4", "brier", 1, 1, 0.25, 0.25, 0.0, None),),
    )
    said = words(Page(page_of(Subject(simulated(), scores=scores), only("scores"))), "scores")
    assert f"{scenario.outcomes['detente'].title}, on 2021-04-06" in said
    assert "detente of elsewhere, on 2021-04-06" in said
    assert title_and_unit("summits", scenario).title in said
    assert "EW4, how often earlier terms" in said


@pytest.fixture(scope="module")
def conditional_page() -> Page:
    return Page(page_of(Subject(simulated().given("freeze")), only("question", "answer", "making")))


def test_a_condition_is_said_in_question_and_answer(conditional_page: Page) -> None:
    ensemble = simulated()
    holds = int(ensemble.happened("freeze").sum())
    of = f"{holds:,} of {ensemble.runs:,}"
    title = ensemble.scenario.outcomes["freeze"].title
    assert f"“{title}”, {of}." in words(conditional_page, "question")
    said = words(conditional_page, "answer")
    assert f"Given that “{title}” holds ({of} runs), “" in said
    value = ensemble.given("freeze").probability(ensemble.scenario.headline).value
    assert f"{value:.0%}" in said
    assert f"The page is about {holds:,} of these histories" in words(conditional_page, "making")
    assert "relsim run us-russia-2021" in words(conditional_page, "making")


def test_typical_histories_meet_the_condition() -> None:
    ensemble = simulated().given("freeze")
    shown = typical_runs(ensemble, ensemble.scenario.headline)
    kept = np.array(kept_runs(ensemble))
    assert shown[0].among == int(ensemble.happened("freeze")[kept].sum()) < kept.size
    assert all(ensemble.happened("freeze")[one.story.run] for one in shown)


def test_what_is_watched_is_no_outcome_of_a_report() -> None:
    ensemble = replace(simulated(), outcomes=(*simulated().outcomes[:-1], "seen_US_gesture_1"))
    assert Subject(ensemble).outcomes == simulated().outcomes[:-1]


def test_signposts_of_an_update_must_know_the_same() -> None:
    update: Update = moved_by_news()
    known = {**update.ensemble.provenance, "updated_through": "2021-05-31"}
    told = replace(update, ensemble=replace(update.ensemble, provenance=known))
    with pytest.raises(UsageError, match="made without news"):
        subject_of(told, signposts=signs())
    assert subject_of(told, signposts=replace(signs(), provenance=known)).signposts
