"""The headline: its lines and their order, the parameter that matters, the range over rules."""

import json
import sys
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import relsim
from relsim.ensemble import over_rules as module
from relsim.ensemble.over_rules import COMPARED, OverRules, as_stored, stored_over_rules, under
from relsim.ensemble.summary import page
from relsim.estimates.thirds import NONE
from relsim.scenario.files.places import packaged_over_rules
from tests.unit.short_scenario import KEPT, short, shortened

pytestmark = pytest.mark.usefixtures("remembered")

BASELINE = "us-russia-2021"
ABOUT = ["Probability", "Middle half over draws", "Matters most", "90% over draws"]


@cache
def prior() -> relsim.Ensemble:
    return relsim.simulate("us-russia-2021-prior", runs=2048, draws=512, seed=2)


def some_months() -> relsim.Scenario:
    return shortened(relsim.load("us-russia-2021-prior"), date(2021, 8, 1)).model_copy(
        update={"headline": KEPT[2], "forecasts": {}}
    )


@cache
def ranged() -> OverRules:
    return relsim.over_rules(some_months(), runs=64, draws=64, seed=5)


@cache
def small_term(rule: str) -> relsim.Ensemble:
    """The term of the baseline under a rule, on fewer runs and another seed than are stored."""
    return relsim.simulate(under(relsim.load(BASELINE), rule), runs=1024, draws=512, seed=8)


# The stored figure


def test_the_stored_range_is_of_the_present_baseline() -> None:
    scenario = relsim.load(BASELINE)
    found = stored_over_rules(scenario)
    assert found is not None, "the scenario has changed: run `python -m docs.over_rules`"
    assert tuple(found.probabilities) == COMPARED
    assert found.outcome == scenario.headline
    assert (found.runs, found.seed) == (4096, 1)
    assert json.loads(json.dumps(as_stored(scenario, found))) == json.loads(
        packaged_over_rules()[BASELINE].read_text("utf-8")
    )


@pytest.mark.parametrize("rule", ["logit", "expected_utility", "win_stay_lose_shift"])
@pytest.mark.default_cases(1)
def test_a_small_range_agrees_with_the_stored_one(rule: str) -> None:
    """Two rules that differ much and one that the baseline has, on fewer runs of another seed."""
    scenario = relsim.load(BASELINE)
    stored = stored_over_rules(scenario)
    assert stored is not None
    once = small_term(rule)
    here, there = once.probability(stored.outcome), stored.probabilities[rule]
    assert abs(here.value - there.value) < 4 * np.hypot(here.mc_error, there.mc_error)


def test_another_scenario_has_no_stored_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = relsim.load(BASELINE, ["actors.US.stake=0.5"])
    assert stored_over_rules(changed) is None
    assert stored_over_rules(some_months()) is None
    scenario = some_months()
    file = tmp_path / "range.json"
    monkeypatch.setattr(module, "packaged_over_rules", lambda: {scenario.name: file})
    right = as_stored(scenario, ranged())
    file.write_text(json.dumps(right), "utf-8")
    assert stored_over_rules(scenario) == ranged()
    planted = ({"scenario_hash": "0" * 64}, {"rules": {}}, {"format": "other"})
    for text in ("", "{", "[]", *(json.dumps(right | wrong) for wrong in planted)):
        file.write_text(text, "utf-8")
        assert stored_over_rules(scenario) is None, text


# The range over rules


def test_each_rule_is_simulated_with_the_same_draws_and_streams() -> None:
    found = ranged()
    assert tuple(found.probabilities) == COMPARED
    scenario = some_months()
    for rule in ("logit", "grit"):
        alone = relsim.simulate(under(scenario, rule), runs=64, draws=64, seed=5)
        assert alone.probability(scenario.headline) == found.probabilities[rule]
    values = [one.value for one in found.probabilities.values()]
    assert found.range == (min(values), max(values))
    assert found.range[0] < found.range[1]
    least = found.ends[0]
    assert str(found).startswith(f"{found.probabilities[least].value_text} ({least}) to ")
    assert OverRules.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_an_unknown_outcome() -> None:
    with pytest.raises(relsim.UnknownName, match="unknown outcome 'detent'"):
        relsim.over_rules(BASELINE, runs=64, outcome="detent")


def test_an_ensemble_keeps_its_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module_of_simulate = sys.modules["relsim.simulate"]
    monkeypatch.setattr(module_of_simulate, "over_rules", lambda *_, **__: ranged())
    scenario = some_months()
    ensemble = relsim.simulate(scenario, runs=64, draws=64, compare_rules=True)
    assert ensemble.headline.over_rules == ranged()
    assert ensemble.headline.lines[-1][0] == "Over decision rules"
    assert str(ranged()) in str(page(ensemble)[1])
    folder = ensemble.save(tmp_path / "saved")
    assert relsim.open(folder).headline.over_rules == ranged()
    # A result that is written as it goes.
    simulated = {"runs": 64, "draws": 64, "folder": tmp_path / "simulated"}
    relsim.simulate(scenario, **simulated, compare_rules=True)
    record = json.loads((tmp_path / "simulated" / "record.json").read_text("utf-8"))
    assert record["headline"]["over_rules"] == json.loads(json.dumps(ranged().to_json()))
    without = relsim.simulate(scenario, runs=64, draws=64).headline
    assert without is not None
    assert without.over_rules is None
    assert [about for about, _ in without.lines] == ABOUT
    assert without.to_json()["over_rules"] is None


def test_rules_of_ones_own_have_no_stored_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relsim.ensemble.headline.stored_over_rules", lambda _: ranged())
    scenario = some_months()
    own = {"US": relsim.rules.logit}
    assert relsim.simulate(scenario, runs=64, draws=64, rules=own).headline.over_rules is None
    assert relsim.simulate(scenario, runs=64, draws=64).headline.over_rules == ranged()


# The parameter that matters most


def test_the_parameter_that_matters_by_hand() -> None:
    ensemble = prior()
    best = ensemble.headline.strongest
    assert best is not None
    assert best.stands_out
    assert best.parameter == "dyad.rivalry"
    drawn = ensemble.parameters[best.parameter]
    met = ensemble.happened(ensemble.scenario.headline)
    at_ends = drawn <= best.below, drawn >= best.above
    low, high = (side[ensemble.draw_of_run] for side in at_ends)
    assert best.low == pytest.approx(met[low].mean())
    assert best.high == pytest.approx(met[high].mean())
    assert low.mean() == pytest.approx(1 / 3, abs=0.01)
    uncertain = [v for v in ensemble.scenario.parameters().values() if v.constant is None]
    assert best.parameters == len(uncertain)
    said = ensemble.headline.matters_most
    assert said.startswith("US–Russian rivalry in its lowest third: .")


def test_copies_of_a_row_are_one_observation(tmp_path: Path) -> None:
    """The baseline's draws repeat rows of a file: the error is that of as many rows."""
    ensemble = small_term("logit")
    best = ensemble.headline.strongest
    assert best is not None
    from relsim.estimates.thirds import strongest

    met = np.bincount(ensemble.draw_of_run, ensemble.happened(ensemble.scenario.headline))
    plain = strongest(met, np.full(512, 2), {best.parameter: ensemble.parameters[best.parameter]})
    assert plain is not None
    assert (plain.low, plain.high) == (best.low, best.high)
    assert abs(plain.standardised) > abs(best.standardised)


def test_too_few_runs_for_any_parameter() -> None:
    whole_year = shortened(relsim.load("us-russia-2021-prior"))  # sooner the pace alone decides
    scenario = whole_year.model_copy(update={"headline": KEPT[2], "forecasts": {}})
    ensemble = relsim.simulate(scenario, runs=64, draws=64)
    assert ensemble.headline.matters_most == NONE
    assert NONE in str(ensemble.headline)


def test_lines_and_json_are_in_order() -> None:
    headline = prior().headline
    assert [about for about, _ in headline.lines] == ABOUT
    found = prior().probability(prior().scenario.headline)
    said = dict(headline.lines)
    assert said["Probability"] == f"{found.value_text} {found.error_text} (Monte Carlo error)"
    assert said["Middle half over draws"] == found.middle_half_text
    assert said["90% over draws"] == found.interval_text
    data = json.loads(json.dumps(prior().record()["headline"], allow_nan=False))
    assert list(data) == [
        "outcome", "title", "probability", "mc_error", "interval_50", "strongest_parameter",
        "interval_90", "spread", "over_rules",
    ]  # fmt: skip
    assert data["strongest_parameter"]["parameter"] == "dyad.rivalry"
    assert data["strongest_parameter"]["title"] == "US–Russian rivalry"


def test_the_page_without_the_headline_outcome() -> None:
    assert len(page(prior())) == len(page(prior(), ["detente"])) + 1
    without = relsim.simulate(short(), runs=64, draws=64)
    assert without.headline is None
    assert without.record()["headline"] is None
    assert len(page(without)) == 3
