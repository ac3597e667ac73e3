"""Rules within whole terms: how often they act, what stands, scripts, names, rules of one's own."""

from __future__ import annotations

import functools
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from relsim.array_types import Floats
from relsim.errors import ScenarioError, UnknownName, UsageError
from relsim.rules import RULES, Rule, View, rule_named
from relsim.runs.chunk_result import ChunkResult
from relsim.scenario import actors
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate_chunk
from tests.properties.comparing import shortened

CHECKOUT = Path(__file__).resolve().parents[3]
RUNS = 512
WEEKLY = {"actors.A.review_every": 7, "actors.B.review_every": 7}


@functools.cache
def game() -> Scenario:
    """A year in which two actors have one cooperative and one hostile move: 6 and 3 a year."""
    return load(CHECKOUT / "tests" / "verification" / "two_moves.yaml")


def simulated(
    scenario: Scenario, rules: Mapping[str, Rule] | None = None, runs: int = RUNS
) -> ChunkResult:
    plan = Plan(scenario, 1, runs, runs // 64, dict(rules or {}), width=runs, log_all=True)
    return simulate_chunk(plan, 0)


def only(move: str, chance: float = 1.0) -> Rule:
    """A rule that makes one move, or holds."""

    def rule(view: View, parameters: Mapping[str, Floats]) -> Floats:
        p = np.zeros(view.available.shape, np.float32)
        row = view.moves.index(move)
        p[row] = view.available[row] * np.float32(chance)
        p[0] = 1 - p[row]
        return p

    return rule


def deeds(result: ChunkResult, actor: str) -> list[tuple[str, int, int]]:
    """Kind, day and number of runs of an actor's moves, in order."""
    return [(e.kind, e.day, e.runs.size) for e in result.log if e.actor == actor]


# How often.


@pytest.mark.parametrize("name", ["tit_for_tat", "generous_tit_for_tat", "win_stay_lose_shift"])
@pytest.mark.default_cases(1)
def test_rates_a_year_do_not_hang_on_the_review_interval(name: str) -> None:
    """Nine moves a year, at reviews of one, seven or fourteen days."""
    years = 364 / 365.25
    for every in (1, 7, 14):
        spans = {f"actors.{a}.{k}": v for a in "AB" for k, v in
                 (("trial_window", 2), ("review_every", every))}  # fmt: skip
        scenario = game().vary(spans | {f"actors.{a}.rule": name for a in "AB"})
        moves = simulated(scenario).move_counts.sum() / RUNS / 2
        # Poisson at most: a standard error of 3 in the root of the number of moves.
        assert abs(moves - 9 * years) < 3 * np.sqrt(9 / (2 * RUNS))


@pytest.mark.parametrize("name", ["tit_for_tat", "generous_tit_for_tat", "win_stay_lose_shift",
                                  "grit", "expected_utility"])  # fmt: skip
@pytest.mark.default_cases(1)
def test_in_a_real_catalogue_most_weeks_pass_in_holding(name: str) -> None:
    """As many moves as under logit, within a half, and hold in two weeks of three."""
    scenario = shortened(load("us-russia-2021"))
    weeks = (scenario.horizon.end - scenario.horizon.start).days / 7
    logit = simulated(scenario, runs=128).move_counts.sum(axis=(0, 2)) / 128
    moves = (
        simulated(
            scenario.vary({"actors.US.rule": name, "actors.RU.rule": name}), runs=128
        ).move_counts.sum(axis=(0, 2))
        / 128
    )
    assert (moves < weeks / 3).all()
    assert 2 / 3 < moves.sum() / logit.sum() < 3 / 2


# What stands.


def test_what_stands_is_kept() -> None:
    """A moves each day; B answers in kind two days later, on the third, and so on."""
    seen: dict[int, list[int]] = {}

    def spy(view: View, parameters: Mapping[str, Floats]) -> Floats:
        seen[view.day] = [
            int(array[0])
            for array in (
                view.own_last, view.own_last_day, view.last_of_opponent,
                view.last_day_of_opponent, view.unanswered,
            )
        ]  # fmt: skip
        return only("give")(view, parameters)

    scenario = game().vary({"actors.B.rule": "scripted", "actors.B.script": [
        {"date": "2021-01-03", "move": "take"}, {"date": "2021-01-05", "move": "give"},
    ]})  # fmt: skip
    simulated(scenario, {"A": spy}, runs=64)
    give, take = 1, 2
    assert seen[0] == [0, -1, 0, -1, 0]
    assert seen[2] == [give, 1, 0, -1, 2]
    assert seen[3] == [give, 2, take, 2, 3]
    # Both gave on day 4: the two gifts answer each other.
    assert seen[5] == [give, 4, give, 4, 0]
    assert seen[6] == [give, 5, give, 4, 1]


def test_gifts_of_one_day_answer_each_other_on_both_sides() -> None:
    counts: dict[str, list[int]] = {"A": [], "B": []}

    def spy(view: View, parameters: Mapping[str, Floats]) -> Floats:
        counts[view.actor].append(int(view.unanswered.max()))
        return only("give")(view, parameters)

    simulated(game(), {"A": spy, "B": spy}, runs=64)
    assert set(counts["A"]) == set(counts["B"]) == {0}


@pytest.mark.parametrize(("reply", "steps"), [(0.3, 4), (0.1, 6)])
def test_grit_makes_as_many_steps_as_it_should(reply: float, steps: int) -> None:
    """Until the first answer or the end of the series: (1 - (1 - r)^k) / r steps on average.

    B answers each step with chance r, once in all; the answer opens a second series of k.
    """

    def hesitant(view: View, parameters: Mapping[str, Floats]) -> Floats:
        fresh = view.last_day_of_opponent > view.day - 7
        p = only("give", reply)(view, parameters)
        p[:, (view.own_last > 0) | ~fresh] = 0
        p[0, (view.own_last > 0) | ~fresh] = 1
        return p

    scenario = game().vary(WEEKLY | {"actors.B.first_review": 3})
    grit = partial(RULES["grit"].rule, steps=steps, pure=True)
    result = simulated(scenario, {"A": grit, "B": hesitant}, runs=2048)
    gave = np.zeros(2048)
    for entry in result.log:
        gave[entry.runs] += entry.actor == "A"
    answered = 1 - (1 - reply) ** steps
    expected = answered / reply + steps * answered
    assert abs(gave.mean() - expected) < 3 * gave.std() / np.sqrt(gave.size)


# Scripts.


def test_a_scripted_actor_moves_by_date() -> None:
    script = [
        {"date": "2021-02-01", "move": "give"},  # day 31, a Monday; reviews on days 0, 7, ...
        {"date": "2021-02-05", "move": "take", "why": "day 35 is a review"},
        {"date": "2021-02-05", "move": "take"},
    ]
    scenario = game().vary(WEEKLY | {
        "actors.A.rule": "scripted", "actors.A.script": script, "actors.B.rule": "always_hold",
    })  # fmt: skip
    result = simulated(scenario)
    assert deeds(result, "A") == [("give", 35, RUNS), ("take", 42, RUNS), ("take", 49, RUNS)]
    assert deeds(result, "B") == []


def test_a_move_that_is_not_available_waits() -> None:
    """Russia would accept in May, the US proposes in July; the threat of June is not delayed."""
    scenario = load("us-russia-2021").vary({
        "actors.RU.rule": "scripted",
        "actors.RU.script": [
            {"date": "2021-05-01", "move": "accept_proposal"},
            {"date": "2021-06-01", "move": "threaten"},
        ],
        "actors.US.rule": "scripted",
        "actors.US.script": [{"date": "2021-07-10", "move": "propose_talks"}],
    })  # fmt: skip
    result = simulated(scenario, runs=64)
    known = scenario.horizon.known_until
    assert known is not None
    first = (known - scenario.horizon.start).days
    ours = {
        kind: scenario.date_of(day).isoformat()
        for kind, day, runs in deeds(result, "RU") if day > first and runs == 64
    }  # fmt: skip
    assert list(ours) == ["threaten", "accept_proposal"]
    assert "2021-06-01" <= ours["threaten"] < "2021-06-08"
    assert "2021-07-10" < ours["accept_proposal"] < "2021-07-25"


# Names and scripts in files.


def problems(tmp_path: Path, actor: str) -> list[str]:
    """What is said of a file in which Russia is so."""
    file = tmp_path / "wrong.yaml"
    file.write_text(f"schema: relsim/1\nextends: us-russia-2021\nactors:\n  RU:\n{actor}", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    return [str(problem).removeprefix(str(tmp_path)).lstrip("/") for problem in
            caught.value.problems]  # fmt: skip


def test_an_unknown_rule_is_reported_with_its_place(tmp_path: Path) -> None:
    [said] = problems(tmp_path, "    rule: tit_for_tatt\n")
    assert "wrong.yaml:5:11: actors.RU.rule: unknown rule 'tit_for_tatt'" in said
    assert said.endswith("did you mean 'tit_for_tat'?")


SCRIPTS = {
    "rule: scripted": ("5:11: actors.RU.rule: needs a script",),
    "script: [{date: 2021-05-01, move: threaten}]": (
        "5:13: actors.RU.script: goes with rule scripted (got rule logit)",
    ),
    "rule: scripted\n    script:\n    - {date: 2021-05-01, move: threten}": (
        "7:32: actors.RU.script.0.move: unknown move of an actor 'threten'; did you mean "
        "'threaten'?",
    ),
    "rule: scripted\n    script:\n    - {date: 2021-03-01, move: summit}": (
        "7:14: actors.RU.script.0.date: must lie after known_until (2021-04-06)",
        "7:32: actors.RU.script.0.move: unknown move of an actor 'summit'",
    ),
    "rule: scripted\n    script:\n    - {date: 2021-06-01, move: threaten}\n"
    "    - {date: 2021-05-01, move: hold}": (
        "8:14: actors.RU.script.1.date: entries stand in order of date (2021-05-01 after "
        "2021-06-01)",
        "8:32: actors.RU.script.1.move: unknown move of an actor 'hold'",
    ),
    "rule: scripted\n    script:\n    - {date: 2031-06-01, move: threaten, when: soon}": (
        "7:42: actors.RU.script.0.when: unknown key 'when'",
    ),
    "rule: scripted\n    script:\n    - {date: 2031-06-01, move: threaten}": (
        "7:14: actors.RU.script.0.date: must lie within the term (got 2031-06-01)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("actor", SCRIPTS)
def test_a_wrong_script_is_reported_with_its_place(tmp_path: Path, actor: str) -> None:
    said = problems(tmp_path, f"    {actor}\n")
    assert len(said) == len(SCRIPTS[actor])
    for line, expected in zip(said, SCRIPTS[actor], strict=True):
        assert expected in line


# Rules of other packages.


def install(folder: Path, name: str, target: str, package: str = "foreign") -> None:
    """Put a package into `folder` that registers a rule."""
    about = folder / f"{package}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[relsim.rules]\n{name} = {target}\n")
    (folder / f"{package}_rules.py").write_text(
        textwrap.dedent("""
            import numpy as np

            number = 7

            def always_take(view, parameters):
                p = np.zeros(view.available.shape, np.float32)
                p[view.moves.index("take")] = 1
                return p
        """)
    )


def test_an_installed_rule_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ScenarioError, match="unknown rule 'always_take'"):
        game().vary({"actors.A.rule": "always_take"})
    install(tmp_path, "always_take", "foreign_rules:always_take")
    scenario = game().vary({"actors.A.rule": "always_take", "actors.B.rule": "always_hold"})
    result = simulated(scenario, runs=64)
    assert {(kind, runs) for kind, _, runs in deeds(result, "A")} == {("take", 64)}
    assert len(deeds(result, "A")) == 364
    with pytest.raises(ScenarioError, match="did you mean 'always_take'"):
        game().vary({"actors.A.rule": "always_tke"})


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("foreign_rules:nothing", "cannot be loaded"),
        ("no_such_module:rule", "cannot be loaded"),
        ("foreign_rules:number", "is no function"),
    ],
)
def test_an_installed_rule_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, said: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "broken", target)
    with pytest.raises(UsageError, match=f"rule 'broken', {target}, {said}"):
        rule_named("broken")


def test_two_packages_with_one_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "twice", "foreign_rules:always_take")
    install(tmp_path, "twice", "alien_rules:always_take", "alien")
    with pytest.raises(UsageError, match="alien_rules:always_take, foreign_rules:always_take"):
        rule_named("twice")
    with pytest.raises(UnknownName, match="'thrice'"):
        rule_named("thrice")


def test_packages_are_not_searched_for_a_built_in_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def search() -> tuple[str, ...]:
        raise LookupError("searched")

    monkeypatch.setattr("relsim.scenario.checks.installed_rule_names", search)
    for name in actors.RULE_NAMES:
        if name != actors.SCRIPTED:
            game().vary({"actors.A.rule": name})
    with pytest.raises(LookupError, match="searched"):
        game().vary({"actors.A.rule": "another"})


# The example.


@pytest.mark.slow
def test_the_example_of_a_rule_of_ones_own_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(CHECKOUT / "examples" / "own_rule.py")],
        capture_output=True, text=True, check=False, cwd=CHECKOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rounds = done.stdout.split("in the term: ")[1]
    usual, patient = (float(number) for number in rounds.split(", with patience "))
    assert patient < 0.8 * usual
