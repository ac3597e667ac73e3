"""Changes relative to the draws: a multiple, a shift, another's draw; kept, replaced, refused."""

from __future__ import annotations

import json
import pickle
from functools import cache
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import relsim
from relsim.array_types import Doubles
from relsim.errors import ScenarioError, UsageError
from relsim.inference.calibrate.history import setup_of
from relsim.inference.calibrate.posterior_file import write_rows
from relsim.scenario.canonical import canonical_json, json_schema, scenario_hash
from relsim.scenario.diff import lines_of, mixed
from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.fields.values import Number
from relsim.scenario.files.writing import to_yaml
from relsim.scenario.relative import held_jointly, taken_out, taken_out_text
from relsim.scenario.schema import Scenario, load
from relsim.story.replay import replay
from relsim.worlds.parameters import (
    calendar_columns,
    once_each,
    parameter_columns,
    parameter_draws,
)
from tests.properties.comparing import shortened
from tests.unit.scenario.small_term import BASE, Term
from tests.unit.scenario.test_lists import term

POSTERIOR, PRIOR = "us-russia-2021", "us-russia-2021-prior"
TRUST, GAIN, RIVALRY = "actors.US.trust", "actors.RU.gain", "dyad.rivalry"
STAKE, OTHER_STAKE = "actors.US.stake", "actors.RU.stake"
EXPOSURE, OTHER_EXPOSURE = "actors.RU.exposure", "actors.US.exposure"  # not in the posterior
RATE = "moves.impose_sanctions.rate.US"
BATCHES = range(4)
END = "2021-07-31"  # of what is simulated


@cache
def scenario(name: str = POSTERIOR) -> Scenario:
    return load(name)


@cache
def usual(name: str = POSTERIOR) -> dict[str, Doubles]:
    return parameter_draws(scenario(name), 1, BATCHES)


def drawn(changed: Scenario) -> dict[str, Doubles]:
    return parameter_draws(changed, 1, BATCHES)


def extending(folder: Path, text: str, base: str = POSTERIOR) -> Path:
    file = folder / "variant.yaml"
    file.write_text(f"schema: relsim/1\nextends: {base}\nname: variant\n{text}", encoding="utf-8")
    return file


DISTRIBUTIONS = [
    Distribution("normal", (1.0, 2.0)),
    Distribution("beta", (2.0, 3.0)),
    Distribution("uniform", (-1.0, 3.0)),
    Distribution("choice", (1.0, 4.0, 2.0)),
    Distribution("point", (3.0,)),
]


@pytest.mark.parametrize("base", DISTRIBUTIONS)
@pytest.mark.parametrize(("scale", "shift"), [(2.0, 0.0), (1.0, -0.5), (-0.5, 3.0), (0.0, 4.0)])
def test_a_changed_distribution_is_that_of_the_changed_number(
    base: Distribution, scale: float, shift: float
) -> None:
    changed, u = base.then(scale, shift), np.linspace(0.01, 0.99, 197)
    np.testing.assert_array_equal(changed.quantile(u), base.quantile(u) * scale + shift)
    assert changed.mean == pytest.approx(base.mean * scale + shift)
    assert changed.median == pytest.approx(base.median * scale + shift)
    low, high = changed.support
    assert low <= changed.quantile(u).min() <= changed.quantile(u).max() <= high
    assert changed.base == base
    assert (changed.constant is None) == (base.kind != "point" and scale != 0)
    if changed.constant is not None:
        assert (changed.quantile(u) == changed.constant).all()
        assert not changed.open
    else:
        np.testing.assert_allclose(changed.undone(changed.quantile(u)), base.quantile(u))
    again = changed.then(3.0, 1.0)
    np.testing.assert_allclose(again.quantile(u), changed.quantile(u) * 3 + 1)


@pytest.mark.parametrize("name", [POSTERIOR, PRIOR])
def test_scale_and_shift_are_of_each_draw(name: str, tmp_path: Path) -> None:
    settings = [f"{TRUST}={{scale: 0.5}}", f"{GAIN}={{shift: -0.43, scale: 2}}"]
    text = "actors: {US: {trust: {scale: 0.5}}, RU: {gain: {scale: 2, shift: -0.43}}}\n"
    for changed in (
        load(name, settings),
        scenario(name).vary({TRUST: {"scale": 0.5}, GAIN: {"scale": 2, "shift": -0.43}}),
        load(extending(tmp_path, text, name)),
    ):
        expected = {
            **usual(name), TRUST: usual(name)[TRUST] * 0.5, GAIN: usual(name)[GAIN] * 2 - 0.43,
        }  # fmt: skip
        for path, values in drawn(changed).items():
            np.testing.assert_array_equal(values, expected[path])
        assert held_jointly(changed) == held_jointly(scenario(name))
        assert taken_out(changed) == ()
        values = changed.parameters()
        assert str(values[TRUST]) == "0.15 to 0.6 share × 0.5"
        assert str(values[GAIN]) == "normal(0, 0.7) log-odds × 2 - 0.43 log-odds"
        assert values[TRUST].source == scenario(name).parameters()[TRUST].source
    columns = parameter_columns(load(name, settings), 1, np.arange(256))
    np.testing.assert_array_equal(columns[TRUST], (usual(name)[TRUST] * 0.5).astype(np.float32))


@pytest.mark.parametrize("name", [POSTERIOR, PRIOR])
@pytest.mark.parametrize(("path", "other"), [(OTHER_STAKE, STAKE), (EXPOSURE, OTHER_EXPOSURE)])
def test_a_number_may_be_another_draw_of_the_same_run(name: str, path: str, other: str) -> None:
    changed = scenario(name).vary({path: {"same_as": other}})
    for column, values in drawn(changed).items():
        np.testing.assert_array_equal(values, usual(name)[other if column == path else column])
    columns = parameter_columns(changed, 1, np.arange(256))
    np.testing.assert_array_equal(columns[path], columns[other])
    tripled = scenario(name).vary({path: {"same_as": other, "scale": 3}, other: {"scale": 9}})
    np.testing.assert_array_equal(drawn(tripled)[path], usual(name)[other] * 3)
    assert path not in once_each(changed)
    assert {path, other} - once_each(scenario(name)).keys() == set()


@pytest.mark.parametrize("name", [POSTERIOR, PRIOR])
def test_two_numbers_may_exchange_their_draws(name: str) -> None:
    changed = scenario(name).vary(
        {STAKE: {"same_as": OTHER_STAKE}, OTHER_STAKE: {"same_as": STAKE}}
    )
    np.testing.assert_array_equal(drawn(changed)[STAKE], usual(name)[OTHER_STAKE])
    np.testing.assert_array_equal(drawn(changed)[OTHER_STAKE], usual(name)[STAKE])
    assert {STAKE, OTHER_STAKE} <= once_each(changed).keys()
    assert taken_out(changed) == ()


def test_a_number_that_is_the_same_as_one_set_later_is_that() -> None:
    changed = scenario().vary({OTHER_STAKE: {"same_as": STAKE}, STAKE: "2 to 3"})
    assert taken_out(changed) == (STAKE, OTHER_STAKE)
    np.testing.assert_array_equal(drawn(changed)[OTHER_STAKE], drawn(changed)[STAKE])
    assert (drawn(changed)[STAKE] != usual()[STAKE]).all()


def test_a_later_change_replaces_the_one_before(tmp_path: Path) -> None:
    """Whatever it says is of the draws, and nothing is left of what another one said."""
    middle = extending(tmp_path, "actors: {US: {stake: {scale: 2, shift: 1}}}\n")
    middle.rename(tmp_path / "middle.yaml")
    for text, expected in (
        ("{scale: 3}", usual()[STAKE] * 3),
        ("{shift: 1}", usual()[STAKE] + 1),
        ("{scale: 1}", usual()[STAKE]),
        (f"{{same_as: {OTHER_STAKE}}}", usual()[OTHER_STAKE]),
        ("{why: a reason alone}", usual()[STAKE] * 2 + 1),
        ("{scale: null}", usual()[STAKE] + 1),
    ):
        file = extending(tmp_path, f"actors: {{US: {{stake: {text}}}}}\n", "middle.yaml")
        for changed in (load(file), load(tmp_path / "middle.yaml", [f"{STAKE}={text}"])):
            np.testing.assert_array_equal(drawn(changed)[STAKE], expected)
    back = load(tmp_path / "middle.yaml", [f"{STAKE}={{scale: 1}}", "name=us-russia-2021"])
    assert scenario_hash(back) == scenario_hash(scenario())


@pytest.mark.parametrize(
    "setting", [f"{STAKE}=2", f"{STAKE}={{value: 2}}", f"{STAKE}.value=2", f"{STAKE}=2 log-odds"]
)
def test_a_number_set_later_clears_the_change(setting: str, tmp_path: Path) -> None:
    middle = extending(tmp_path, "actors: {US: {stake: {scale: 2, shift: 1}}}\n")
    assert load(middle, [setting]).parameters()[STAKE].constant == 2
    assert taken_out(load(middle, [setting])) == (STAKE,)
    both = load(middle, [setting, f"{STAKE}={{scale: 2}}"])  # relative to the number set
    assert both.parameters()[STAKE].constant == 4


def test_one_key_can_be_set_by_its_path() -> None:
    changed = load(POSTERIOR, [f"{STAKE}={{scale: 2}}", f"{STAKE}.shift=1"])
    np.testing.assert_array_equal(drawn(changed)[STAKE], usual()[STAKE] * 2 + 1)


def test_a_bare_number_is_changed_as_one_with_notes_is(tmp_path: Path) -> None:
    found = term(tmp_path, "extends: base.yaml\nactors: {NO: {stake: {scale: 2}}}\n")
    assert isinstance(found, Term)
    assert str(found.actors["NO"].stake) == "0.5 to 2 log-odds × 2"
    settings = ("actors.US.rates.sanction={shift: 1}", "actors.US.memory={shift: 4, scale: 0.5}")
    found = term(tmp_path, BASE, BASE, *settings)
    assert found.actors["US"].rates["sanction"].constant == pytest.approx(6.6)
    assert found.actors["US"].memory.constant == pytest.approx(23 / 7)  # 38 days, 4 more


@pytest.mark.parametrize("unit", ["share", "1", "weeks", "percent of GDP"])
def test_a_change_reads_back(unit: str) -> None:
    number = Number(unit)
    value = number.parse({"value": "0.2 to 0.7", "scale": 0.5, "shift": 0.125, "why": "so"})
    assert number.parse(value) == value
    assert number.parse({"value": value.with_unit, **value.changes, "why": "so"}) == (
        number.parse({"value": value.with_unit, "scale": 0.5, "shift": 0.125, "why": "so"})
    )


def test_what_is_changed_is_dumped_hashed_stored_and_seen(tmp_path: Path) -> None:
    changes = {
        TRUST: {"scale": 0.5}, GAIN: {"shift": "-0.43 log-odds"}, RIVALRY: {"scale": 0, "shift": 1},
        EXPOSURE: {"same_as": OTHER_EXPOSURE, "scale": 2},
        "actors.US.trust_half_life": {"shift": "2 years"},
    }  # fmt: skip
    changed = scenario().vary(changes)
    data = changed.model_dump(mode="json", exclude_none=True)
    copies = [
        Scenario.model_validate(data, context={"draws": changed.draws and changed.draws.path}),
        pickle.loads(pickle.dumps(changed)),
        changed.vary({path: changed.parameters()[path] for path in (EXPOSURE,)}),
        scenario().vary({path: data_at(data, path) for path in changes}),
    ]
    for copy in copies[:3]:
        assert scenario_hash(copy) == scenario_hash(changed)
    assert taken_out(copies[3]) == tuple(
        path
        for path in scenario().draws.columns
        if path in changes  # type: ignore[union-attr]
    )
    hashes = {scenario_hash(scenario().vary(dict([item]))) for item in changes.items()}
    assert len(hashes | {scenario_hash(scenario())}) == len(changes) + 1
    assert json.loads(canonical_json(changed))["actors"]["US"]["trust"]["scale"] == 0.5
    ensemble = relsim.simulate(shortened(changed, END), runs=64, draws=64)
    ensemble.save(tmp_path / "result")
    opened = relsim.open(tmp_path / "result")
    assert opened == ensemble
    assert scenario_hash(opened.scenario) == scenario_hash(shortened(changed, END))
    np.testing.assert_array_equal(opened.parameters[TRUST], ensemble.parameters[TRUST])
    assert replay(opened, run=3).parameters[TRUST] == np.float32(ensemble.parameters[TRUST][3])


def data_at(data: object, path: str) -> object:
    for part in path.split("."):
        assert isinstance(data, dict)
        data = data[part]
    return data


def test_a_scenario_with_changes_is_written_whole(tmp_path: Path) -> None:
    changed = scenario(PRIOR).vary({TRUST: {"scale": 0.5}, EXPOSURE: {"same_as": OTHER_EXPOSURE}})
    file = tmp_path / "whole.yaml"
    file.write_text(to_yaml(changed), encoding="utf-8")
    assert scenario_hash(load(file)) == scenario_hash(changed)


def test_editors_know_the_keys() -> None:
    check = jsonschema.Draft202012Validator(json_schema(Scenario))
    whole = scenario(PRIOR).vary({TRUST: {"scale": 0.5}}).model_dump(mode="json", exclude_none=True)
    part = {
        "schema": "relsim/1", "extends": PRIOR,
        "actors": {"RU": {"exposure": {"same_as": OTHER_EXPOSURE, "scale": 2}}},
        "calendar": {"add": [{"date": "2021-05-01", "set": {RATE: {"scale": 2}}}]},
    }  # fmt: skip
    for fine in (whole, part):
        check.validate(fine)
    part["actors"] = {"RU": {"exposure": {"skale": 2}}}
    assert not check.is_valid(part)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (f"{TRUST}={{scale: 2}}", ":25: actors.US.trust.scale: must be at most 1 (got 0.15 to 0.6"),
        (f"{TRUST}={{shift: -0.1}}", ":25: actors.US.trust.shift: must be positive or zero (got"),
        (f"{STAKE}={{scale: -1}}", "must be positive or zero (got 1 to 10 log-odds × -1)"),
        (f"{TRUST}={{scale: much}}", "actors.US.trust.scale: must be a number"),
        (f"{TRUST}={{scale: 1 to 2}}", "actors.US.trust.scale: must be one number (got '1 to 2')"),
        (f"{TRUST}={{shift: 1 week}}", "unit must be one of share, percent (got 'weeks')"),
        (f"{TRUST}={{skale: 2}}", "unknown key 'skale'; did you mean 'scale'?"),
        (f"{TRUST}={{shift: 1, unit: percent}}", "unit: is that of the value"),
        (f"{TRUST}={{same_as: actors.US.truts}}", "unknown parameter 'actors.US.truts'; did you"),
        (f"{TRUST}={{same_as: 3}}", "same_as: must be the path of a parameter (got 3)"),
        (f"{TRUST}={{same_as: {STAKE}}}", "of the same unit (actors.US.stake is in log-odds, act"),
        (f"{TRUST}={{same_as: {TRUST}}}", "same_as: is the number itself"),
        ("actors.US.review_every={same_as: actors.RU.review_every}", "since it is not drawn"),
        ("actors.US.review_every={scale: 0.5}", "must be a whole number (got 7 days × 0.5)"),
        ("ladder.posture_chance={same_as: talks.summit_held, scale: 2}", "must be at most 1 (got"),
    ],
)
def test_a_mistake_has_its_place(setting: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(PRIOR, [setting])
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1
    assert str(caught.value).startswith("--set:1:")


def test_there_are_no_chains() -> None:
    first, second, third = (f"actors.{path}" for path in ("US.trust", "RU.trust", "US.breakeven"))
    with pytest.raises(ScenarioError, match="is the same as actors.US.breakeven itself: name th"):
        scenario().vary({first: {"same_as": second}, second: {"same_as": third}})
    circle = {first: {"same_as": second}, second: {"same_as": third}, third: {"same_as": first}}
    with pytest.raises(ScenarioError) as caught:
        scenario().vary(circle)
    assert len(caught.value.problems) == 3


def test_bounds_hold_for_the_joint_draws_too(tmp_path: Path) -> None:
    """The prior of what is shifted fits; one row of the posterior does not."""
    allowed = Number("share").parse({"value": "0.15 to 0.6", "scale": 1, "shift": 0}).distribution
    scale = 0.999 / float(allowed.quantile(np.array([1 - 1e-4]))[0])
    rows = np.array([[0.2], [0.5], [0.9999]])
    file = write_rows(
        scenario(PRIOR), {TRUST: rows[:, 0]}, np.full(3, 1 / 3), "three rows", (),
        tmp_path / "own.yaml", PRIOR,
    )  # fmt: skip
    assert held_jointly(load(file)) == (TRUST,)
    variant = extending(tmp_path, f"actors:\n  US:\n    trust: {{scale: {scale}}}\n", "own.yaml")
    with pytest.raises(ScenarioError) as caught:
        load(variant)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.path) == (6, 20, f"{TRUST}.scale")
    assert problem.message.startswith("must be at most 1 (got 1.")
    assert f"the draw of {TRUST} at own.draws.csv:5:" in problem.message
    calendar = (
        f"calendar:\n  add:\n    - {{date: 2021-05-01, set: {{{TRUST}: {{scale: {scale}}}}}}}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load(extending(tmp_path, calendar, "own.yaml"))
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (6, f"calendar.8.set.{TRUST}.scale")
    assert f"the draw of {TRUST} at own.draws.csv:5:" in problem.message


def test_a_posterior_of_changed_numbers_holds_what_was_drawn(tmp_path: Path) -> None:
    """So that the scenario's change is made of it once, and can be taken back."""
    changes = {
        STAKE: {"scale": 2, "shift": 1}, OTHER_STAKE: {"same_as": STAKE},
        "actors.US.trust": {"same_as": "actors.RU.trust"},
        "actors.RU.trust": {"same_as": "actors.US.trust"},
    }  # fmt: skip
    changed = scenario(PRIOR).vary(changes)
    columns = {path: drawn(changed)[path] for path in changes}
    weights = np.full(256, 1 / 256)
    file = write_rows(changed, columns, weights, "learned", (), tmp_path / "own.yaml", None)
    learned = load(file)
    assert set(held_jointly(learned)) == set(changes)
    together = {path: drawn(learned)[path] for path in changes}
    np.testing.assert_allclose(together[STAKE], 2 * together[OTHER_STAKE] + 1, rtol=1e-6)
    both = np.stack([columns[path] for path in changes], axis=1)
    again = np.stack([together[path] for path in changes], axis=1)
    assert np.isclose(again[:, None], both[None], rtol=1e-5).all(axis=2).any(axis=1).all()
    back = drawn(learned.vary({STAKE: {"scale": 1}}))[STAKE]
    np.testing.assert_allclose(back, together[OTHER_STAKE], rtol=1e-6)


def dated(*entries: tuple[str, dict[str, object]], name: str = POSTERIOR) -> Scenario:
    data = scenario(name).model_dump(mode="json", exclude_none=True)
    data["calendar"] += [{"date": date, **content} for date, content in entries]
    draws = scenario(name).draws
    return Scenario.model_validate(data, context={"draws": draws.path} if draws else None)


@pytest.mark.parametrize("name", [POSTERIOR, PRIOR])
def test_a_dated_change_is_of_what_the_run_began_with(name: str) -> None:
    changed = dated(
        ("2021-05-01", {"set": {RATE: {"scale": 2}, "actors.US.gain": {"same_as": GAIN}}}),
        ("2021-11-01", {"set": {RATE: {"scale": 1}, "actors.US.gain": {"shift": "0.5 log-odds"}}}),
        name=name,
    ).vary({RATE: {"scale": 3}})
    of_run = np.arange(128)
    first, second = calendar_columns(changed, 1, of_run).values()
    start = parameter_columns(changed, 1, of_run)
    np.testing.assert_array_equal(start[RATE], (usual(name)[RATE][:128] * 3).astype(np.float32))
    np.testing.assert_array_equal(first[RATE], start[RATE] * np.float32(2))
    np.testing.assert_array_equal(second[RATE], start[RATE])
    np.testing.assert_array_equal(first["actors.US.gain"], start[GAIN])
    np.testing.assert_array_equal(
        second["actors.US.gain"], start["actors.US.gain"] + np.float32(0.5)
    )
    assert taken_out(changed) == ()
    given = {RATE: np.full(128, 7, dtype=np.float32)}
    first, _ = calendar_columns(changed, 1, of_run, start={**start, **given}).values()
    assert (first[RATE] == 14).all()


def test_a_dated_change_is_replayed_and_told() -> None:
    changed = dated(("2021-05-01", {"set": {RATE: {"scale": 2}}}))
    ensemble = relsim.simulate(shortened(changed, END), runs=64, draws=64)
    story = replay(ensemble, run=5)
    twice = 2 * np.float32(ensemble.parameters[RATE][5])
    assert f"{RATE} is {twice:.3g} from now on" in [
        happening.words for happening in story.happenings
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"set": {RATE: {"scale": -1}}}, "must be positive or zero (got 1 to 10 per year × -1)"),
        ({"set": {TRUST: {"shift": 0.9}}}, "must be at most 1 (got 0.15 to 0.6 share + 0.9)"),
        ({"set": {RATE: {"scale": "x"}}}, "must be a number"),
        ({"set": {RATE: {"scale": 2, "wy": "x"}}}, "unknown key 'wy'"),
        ({"set": {RATE: {"scale": 2}}, "drawn_anew": True}, "drawn_anew makes another"),
        ({"set": {RATE: {"value": 2, "same_as": STAKE}}}, "goes with no value"),
        ({"set": {RATE: {"same_as": "nowhere"}}}, "unknown parameter 'nowhere'"),
        ({"set": {RATE: {"same_as": TRUST}}}, "must name a number of the same unit"),
    ],
)
def test_a_wrong_dated_change_is_refused(content: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match="1 validation error") as caught:
        dated(("2021-05-01", content))
    (error,) = caught.value.errors()  # type: ignore[attr-defined]
    (finding,) = error["ctx"]["findings"]
    assert said in finding.message
    assert finding.path[:3] == ("calendar", len(scenario().calendar), "set")


def test_changes_are_lines_between_which_scenarios_lie() -> None:
    changed = load(f"{POSTERIOR}-maximum-pressure").vary(
        {TRUST: {"scale": 0.5}, EXPOSURE: {"same_as": OTHER_EXPOSURE}}
    )
    lines = lines_of(scenario(), changed)
    assert [str(line) for line in lines] == [
        f"{TRUST}: 0.15 to 0.6 share → 0.15 to 0.6 share × 0.5",
        f"{EXPOSURE}: 1.5 to 9 percent of GDP → same as {OTHER_EXPOSURE}",
        f"calendar: {RATE}: × 2 from 2021-05-01",
        "calendar: moves.ease_sanctions.rate.US: 0 from 2021-05-01",
    ]
    half = mixed(scenario(), changed, lines[:1])
    np.testing.assert_array_equal(drawn(half)[TRUST], usual()[TRUST] * 0.5)
    assert lines_of(mixed(scenario(), changed, lines), changed) == ()


def test_a_comparison_takes_changes_apart() -> None:
    """Of two lines one sets a number, and one changes draws of the posterior."""
    base = shortened(scenario(), END)
    changed = base.vary({TRUST: {"scale": 0.5}, GAIN: "1 to 2"})
    (variant,) = relsim.compare(base, changed, runs=64, draws=64).variants.values()
    assert len(variant.lines) == 2
    detente = variant.outcomes["detente"]
    assert detente.attribution is not None
    shares = [share.value for share in detente.attribution.shares]
    assert sum(shares) == pytest.approx(detente.difference.value)


def test_a_record_teaches_only_numbers_of_their_own() -> None:
    with pytest.raises(UsageError, match="actors.RU.stake is the same as another number"):
        setup_of(
            scenario(PRIOR).vary({OTHER_STAKE: {"same_as": STAKE}}), load("us-russia-1993"), ()
        )


def test_what_leaves_the_posterior_is_named() -> None:
    assert taken_out(scenario()) == taken_out(scenario(PRIOR)) == ()
    changed = scenario().vary({TRUST: 0.3, RIVALRY: {"scale": 0}, GAIN: {"shift": 1}, EXPOSURE: 3})
    assert taken_out(changed) == (RIVALRY, TRUST)
    assert len(held_jointly(changed)) == len(held_jointly(scenario())) - 2
    assert taken_out_text(()) == ""
    assert taken_out_text([str(number) for number in range(9)]).endswith(
        ": 0, 1, 2, 3, 4, 5 and 3 more"
    )
