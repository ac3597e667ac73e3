"""Lists of ablations: the packaged one takes every claim away, and mistakes have messages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from relsim.audit import moved, plan_of
from relsim.errors import ScenarioError, UnknownName
from relsim.inference.drivers.ablations import Ablation, ablations
from relsim.runs.chunk_result import ChunkResult
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.places import packaged, packaged_ablations
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate_chunk
from relsim.worlds.parameters import parameter_draws
from tests.unit.short_scenario import shortened

SCENARIO = "us-russia-2021"
CLAIMS = [f"C{number:02d}" for number in range(1, 31)]
RUNS = 256


@cache
def baseline() -> Scenario:
    return load(SCENARIO)


@cache
def listed(name: str = SCENARIO, file: str | None = None) -> dict[str, Ablation]:
    """The ablations of a packaged scenario, by its own list or by another."""
    return {one.claim: one for one in ablations(load(name), file)}


@cache
def usual() -> ChunkResult:
    return simulated(baseline())


def simulated(scenario: Scenario) -> ChunkResult:
    """The first year, in all that is recorded."""
    return simulate_chunk(plan_of(shortened(scenario), RUNS), 0)


def test_every_claim_of_the_article_is_taken_away_and_the_cause_of_its_forecast() -> None:
    assert list(listed()) == [*CLAIMS, "F4"]
    known = baseline().sources["sui2021"].claims
    assert set(listed()) <= set(known)
    assert listed()["F4"].yoked == "US"


@pytest.mark.parametrize("claim", [*CLAIMS, "F4"])
def test_an_ablation_is_in_words_and_changes_the_scenario(claim: str) -> None:
    one = listed()[claim]
    assert len(one.off.split()) >= 4
    assert one.off[0].isupper()
    assert not one.off.endswith(".")
    assert scenario_hash(one.scenario) != scenario_hash(baseline())


# What cites C08 is the rivalry of both; Russia's part in it can be taken from its own gain alone.
ELSEWHERE = {"C08": "actors.RU.gain"}


@pytest.mark.parametrize("claim", [*CLAIMS, "F4"])
def test_an_ablation_touches_what_cites_its_claim(claim: str) -> None:
    """Something it changes stands in an entry, such as a region or a move, that cites the claim."""
    cited = {entry(path) for path, of in baseline().claims() if of == claim}
    touched = {entry(path) for path in listed()[claim].settings}
    assert touched & cited or ELSEWHERE[claim] in listed()[claim].settings


def entry(path: str) -> str:
    """The first two parts of a path: an actor, a region, a move, a dated entry."""
    return ".".join(path.split(".")[:2])


@pytest.mark.parametrize("claim", [*CLAIMS, "F4"])
@pytest.mark.default_cases(3)
def test_an_ablation_changes_what_is_recorded(claim: str) -> None:
    share = moved(simulated(listed()[claim].scenario), usual()).mean()
    assert share > 0.02, f"{claim} moves {share:.3f} of the runs"


def test_a_placebo_changes_nothing(tmp_path: Path) -> None:
    placebo = written(tmp_path, "placebo: {off: Nothing, set: {actors.US.stake: {scale: 1}}}")
    (one,) = ablations(baseline(), placebo)
    assert not moved(simulated(one.scenario), usual()).any()


def test_the_first_ablation_is_the_packaged_variant() -> None:
    variant = load(f"{SCENARIO}-new-start-not-extended")
    assert not moved(simulated(listed()["C01"].scenario), simulated(variant)).any()


def test_mirrored_and_borrowed_numbers_are_what_the_words_say() -> None:
    """Draw by draw, of the priors and of what they have learned."""
    us, ru = "actors.US", "actors.RU"
    prior = f"{SCENARIO}-prior"
    for name, given in ((SCENARIO, listed()), (prior, listed(prior, SCENARIO))):
        usual = parameter_draws(load(name), 1, range(2))
        drawn = {
            claim: parameter_draws(one.scenario, 1, range(2))
            for claim, one in given.items()
            if claim in ("C02", "C08", "C10", "C11", "C12", "C15", "C18", "C22", "C24", "C26")
        }
        talks, rivalry, trust = "moves.propose_talks.rate", "dyad.rivalry", f"{us}.trust"
        for claim, path, expected in (
            ("C02", trust, usual[trust] * 0.5),
            ("C02", f"{talks}.RU", usual[f"{talks}.RU"] * 0.5),
            ("C08", f"{ru}.gain", usual[f"{ru}.gain"] + 0.9),
            ("C10", f"{us}.gain", usual[f"{us}.gain"] - 0.7),
            ("C11", f"{talks}.RU", usual[f"{talks}.US"]),
            ("C12", f"{us}.pressure_works", 1 - usual[f"{us}.pressure_works"]),
            ("C15", rivalry, usual[rivalry] - 0.9),
            ("C18", f"{ru}.exposure", usual[f"{us}.exposure"]),
            ("C22", "index.start", -usual["index.start"]),
            ("C22", f"{ru}.hostility_at_start", usual[f"{ru}.goodwill_at_start"]),
            ("C22", f"{ru}.goodwill_at_start", usual[f"{ru}.hostility_at_start"]),
            ("C24", f"{ru}.relief", usual[f"{ru}.relief"] * 10),
            ("C26", "ladder.posture_chance", usual["ladder.posture_chance"] * 5),
        ):
            np.testing.assert_allclose(drawn[claim][path], expected, err_msg=f"{name} {claim}")


def test_a_standard_deviation_of_the_words_is_the_priors() -> None:
    """What is shifted is shifted by one, and whole sentences of the words say so."""
    values = load(f"{SCENARIO}-prior").parameters()
    sd = {key: values[path].distribution.parameters[1] for key, path in
          (("rivalry", "dyad.rivalry"), ("gain", "actors.US.gain"))}  # fmt: skip
    shifts = {
        claim: {one.scenario.parameters()[path].distribution.shift for path in one.settings}
        for claim, one in listed().items()
        if "one standard deviation" in one.off
    }
    assert shifts == {"C08": {sd["rivalry"]}, "C10": {-sd["gain"]}, "C15": {-sd["rivalry"]}}


def test_what_answers_in_kind_is_all_taken_away() -> None:
    kinds = [name for name, move in baseline().moves.items() if move.answered]
    for claim, sides in (("C04", ("RU",)), ("C05", ("US", "RU"))):
        wanted = {f"moves.{kind}.answered.{side}" for kind in kinds for side in sides}
        assert wanted <= listed()[claim].settings.keys()


def test_packaged_lists_are_of_packaged_scenarios() -> None:
    assert set(packaged_ablations()) <= set(packaged())
    for name in packaged_ablations():
        assert listed() if name == SCENARIO else ablations(load(name))


def test_a_scenario_without_a_list_has_none() -> None:
    assert ablations(load(f"{SCENARIO}-war-scare")) == ()
    by_name = ablations(load(f"{SCENARIO}-war-scare"), SCENARIO)
    assert [one.claim for one in by_name] == list(listed())


HEAD = "schema: relsim.ablations/1\nscenario: us-russia-2021\nablations:\n"


def written(folder: Path, *entries: str, head: str = HEAD) -> Path:
    file = folder / "claims.yaml"
    file.write_text(head + "".join(f"  {entry}\n" for entry in entries), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("entry", "place", "words"),
    [
        ("C1: {off: No stake, set: {actors.US.staek: 0}}", "4:", "did you mean 'actors.US.stake'"),
        ("C1: {off: No stake, set: {actors.US.stake: -1}}", "4:", "must be positive or zero"),
        ("C1: {off: No stake, set: {actors.US.stake: 3 weeks}}", "4:", "weeks"),
        ("C1: {off: Nothing, set: {}}", "4:", "set"),
        ("C1: {set: {actors.US.stake: 0}}", "4:", "off: is missing"),
        ("C1: {of: No stake, set: {actors.US.stake: 0}}", "4:", "did you mean 'off'"),
        ("C1: {off: Who, set: {actors.US.stake: 0}, yoked: USA}", "4:", "did you mean 'US'?"),
        ("C1: {off: Gone, set: {calendar.99: null}}", "4:", "list of 8"),
        ("C1: {off: Gone, set: {actors.US: null}}", "4:", "two actors"),
        ("C1: *alias", "4:", "alias"),
        ("C1: {off: Gone, set: {outcomes.freeze: null}}", "4:", "keeps the outcomes"),
    ],
)
def test_a_mistake_has_its_place_in_the_message(
    tmp_path: Path, entry: str, place: str, words: str
) -> None:
    with pytest.raises(ScenarioError) as raised:
        ablations(baseline(), written(tmp_path, entry))
    assert f"claims.yaml:{place}" in str(raised.value)
    assert words in str(raised.value)


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "C1: {off: No stake, set: {actors.US.staek: 0}}",
        "C2: {off: No rivalry, set: {dyad.rivalri: 0}}",
    )
    with pytest.raises(ScenarioError) as raised:
        ablations(baseline(), file)
    assert [problem.line for problem in raised.value.problems] == [4, 5]


@pytest.mark.parametrize("head", ["", "[1, 2]\n", "schema: relsim/1\n", "\x00", "a: [\n"])
def test_what_is_no_list_is_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(ScenarioError, match=r"claims\.yaml:"):
        ablations(baseline(), written(tmp_path, head=head))


def test_an_unknown_list_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="did you mean 'us-russia-2021'"):
        ablations(baseline(), "us-rusia-2021")
    with pytest.raises(UnknownName, match="there is no file none.yaml"):
        ablations(baseline(), "none.yaml")
