"""``relsim calibrate``: forecasts beside the model, and a posterior scenario that runs."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

import relsim
from relsim.inference.calibrate import learning
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.relative import held_jointly
from relsim.worlds.parameters import parameter_draws
from tests.cli.calling import Relsim
from tests.properties.comparing import narrow
from tests.remembering import remembered_chunks

SCENARIO = PRIOR = "us-russia-2021-prior"
SMALL = ("--runs", "1024", "--draws", "64", "--max-runs", "1024")


@pytest.fixture(scope="module")
def posterior(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small calibration, its files and what was printed."""
    folder = tmp_path_factory.mktemp("calibrated")
    with pytest.MonkeyPatch.context() as patch:  # the chunks of the commands
        narrow(patch, 128)
        patch.setattr("relsim.runs.engine.simulate_chunks", remembered_chunks)
        found = relsim.calibrate(relsim.load(SCENARIO), runs=1024, draws=64, max_runs=1024)
    return {"found": found, "file": found.save(folder / "posterior.yaml", SCENARIO)}


def test_the_table_and_the_files(relsim_: Relsim) -> None:
    done = relsim_("calibrate", SCENARIO, "--to", "forecasts", *SMALL, "--workers", "1")
    assert done.exit_code == 0
    for words in ("unlikely to succeed", "may be signs", "may find hard to disrupt"):
        assert words in done.stdout
    assert "F7: not used, no outcome of this scenario answers it" in done.stdout
    assert "1,024 runs over 64 draws, seed 1" in done.stdout
    assert "draws bear weight: the forecasts lie far" in done.stderr
    assert done.stdout.endswith(
        f"wrote {SCENARIO}-calibrated.yaml, its draws and {SCENARIO}-calibrated.learned.png; "
        f"try: relsim run {SCENARIO}-calibrated.yaml\n"
    )
    assert relsim_("check", f"{SCENARIO}-calibrated.yaml").exit_code == 0
    again = relsim_("calibrate", SCENARIO, *SMALL)
    assert again.exit_code == 1
    assert "exists already: remove it, or name another file" in again.stderr
    twice = relsim_("calibrate", f"{SCENARIO}-calibrated.yaml", "--out", "twice.yaml")
    assert twice.exit_code == 1
    assert "holds joint draws already" in twice.stderr


@pytest.mark.slow
def test_json_holds_all_of_it_and_writes_nothing(relsim_: Relsim) -> None:
    setting = ("--set", "actors.US.stake=1.5")
    done = relsim_("calibrate", SCENARIO, *SMALL, "--workers", "1", "--json", *setting)
    assert done.exit_code == 0
    assert list(Path().iterdir()) == []
    data = json.loads(done.stdout)
    assert set(data) == {
        "format", "scenario", "scenario_hash", "seed", "versions", "created", "runs", "draws",
        "failed_runs", "elapsed_seconds", "to", "reliability", "effective_sample_size", "resolved",
        "information_bits", "effective_judgements", "forecasts", "correlation", "parameters",
        "file",
    }  # fmt: skip
    assert data["format"] == "relsim.calibrate/1"
    assert data["file"] is None
    assert data["scenario_hash"] == scenario_hash(relsim.load(SCENARIO, ["actors.US.stake=1.5"]))
    assert list(data["forecasts"]) == [f"F{number}" for number in range(1, 9)]
    one, seven = data["forecasts"]["F4"], data["forecasts"]["F7"]
    assert set(one) == set(seven) == {
        "outcome", "given", "says", "lexicon", "points", "skipped", "prior", "posterior",
        "exponent", "information_bits", "unreached", "conflict",
    }  # fmt: skip
    assert set(one["prior"]) == {"mean", "points", "inside", "overlap"}
    assert one["points"] == [0.15, 0.40, 0.70]
    assert (seven["prior"], seven["skipped"]) == (None, "no outcome of this scenario answers it")
    used = [f for f in data["forecasts"].values() if f["skipped"] is None]
    assert len(data["correlation"]) == len(used)
    assert sum(f["exponent"] for f in used) == pytest.approx(data["effective_judgements"])
    assert len(data["parameters"]) == 10
    assert set(data["parameters"][0]) == {
        "parameter", "title", "unit", "prior_mean", "prior_sd", "mean", "sd", "shift", "error"
    }  # fmt: skip


def test_a_posterior_of_another_base_holds_the_whole_scenario(
    posterior: dict[str, Any], tmp_path: Path
) -> None:
    """As it does after `--set`, which no base has."""
    file = posterior["found"].save(tmp_path / "whole.yaml", "us-russia-2021-no-learning")
    assert "extends" not in file.read_text(encoding="utf-8")
    whole, extending = relsim.load(file), relsim.load(posterior["file"])
    assert whole.parameters() == extending.parameters()
    assert held_jointly(whole) == held_jointly(extending)
    later = relsim.load(file, ["actors.US.stake=1.5"])
    assert "actors.US.stake" not in held_jointly(later)


@pytest.mark.slow
def test_a_record_teaches(relsim_: Relsim, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few draws, one move a temperature, two months of the record: the files and the table."""
    few = partial(learning.calibrate_to_history, moves=1)
    monkeypatch.setattr(learning, "calibrate_to_history", few)
    small = ("--draws", "64", "--inner-runs", "2", "--from", "2021-02-01", "--workers", "1")
    done = relsim_("calibrate", PRIOR, "--to", "history", *small, "--out", "learned.yaml")
    assert done.exit_code == 0, done.stderr
    assert "moves of 2021-02-01 to 2021-04-06, in us-russia-1993" in done.stdout
    assert "may be signs" in done.stdout
    assert done.stdout.endswith("try: relsim run learned.yaml\n")
    assert "learned from moves of 2021-02-01" in Path("learned.yaml").read_text("utf-8")
    assert relsim_("check", "learned.yaml").exit_code == 0
    again = relsim_("calibrate", "learned.yaml", "--to", "history", *small, "--out", "twice.yaml")
    assert again.exit_code == 1
    assert "holds joint draws already" in again.stderr


def test_a_record_is_asked_for_as_the_command_says(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short form of what a record teaches: all but the tempering."""
    asked: list[tuple[object, ...]] = []

    def stopped(
        scenario: relsim.Scenario, past: object, record: object, *span: object, **rest: Any
    ):
        asked.append((scenario.name, record, span[0], rest["draws"], rest["inner_runs"]))
        raise relsim.UsageError("stopped here")

    monkeypatch.setattr(learning, "calibrate_to_history", stopped)
    small = ("--draws", "64", "--inner-runs", "2", "--from", "2021-02-01", "--workers", "1")
    done = relsim_("calibrate", PRIOR, "--to", "history", *small)
    assert (done.exit_code, done.stderr) == (1, "stopped here\n")
    assert asked == [(PRIOR, None, date(2021, 2, 1), 64, 2)]


def test_slips_are_reported(relsim_: Relsim) -> None:
    Path("none.yaml").write_text(
        f"schema: relsim/1\nextends: {SCENARIO}\nforecasts: {{F1: null, F2: null, F3: null, "
        "F4: null, F5: null, F6: null, F8: null}\n",
        encoding="utf-8",
    )
    for words, code, said in (
        ((SCENARIO, "--to", "hope"), 1, "--to takes forecasts, history or history,forecasts"),
        ((SCENARIO, "--to", "history", "--from", "soon"), 1, "--from takes a date such as"),
        ((SCENARIO, "--to", "history", "--from", "2022-01-01"), 1, "the record must begin from"),
        ((SCENARIO, "--to", "history", "--through", "2021-06-01"), 1, "nothing later may set"),
        ((SCENARIO, "--to", "history", "--runs", "64"), 1, "--runs goes with --to forecasts"),
        ((SCENARIO, "--to", "history", "--past", "us-russia-1994"), 1, "us-russia-1994"),
        ((SCENARIO, "--to", "history", "--events", "gone.csv"), 1, "gone.csv"),
        ((SCENARIO, "--to", "history", "--carry", "actors.US.gian"), 1, "actors.US.gian"),
        (("none.yaml",), 1, "none has no forecast of an outcome to calibrate on"),
        ((SCENARIO, "--reliability", "2"), 2, "reliability"),
        ((SCENARIO, "--runs", "128", "--draws", "64"), 1, "needs 16 runs a draw"),
        ((SCENARIO, "--out", "posterior.txt"), 1, "ends in .yaml or .yml"),
    ):
        done = relsim_("calibrate", *words)
        assert done.exit_code == code, words
        assert said in done.stderr
        assert [file.name for file in Path().iterdir()] == ["none.yaml"]


def test_the_posterior_is_what_was_weighed(posterior: dict[str, Any]) -> None:
    """Its draws in proportion to their weights, all parameters of a draw together."""
    found, scenario = posterior["found"], relsim.load(posterior["file"])
    uncertain = [p for p, v in scenario.parameters().items() if v.constant is None]
    assert held_jointly(scenario) == tuple(uncertain)
    assert scenario.draws is not None
    assert f"{found.effective_sample_size:.0f} effective draws" in (scenario.draws.why or "")
    drawn = parameter_draws(scenario, 1, range(64))
    stakes = found.ensemble.parameters["actors.US.stake"].astype(np.float32)
    order = stakes.argsort()
    place = order[stakes[order].searchsorted(drawn["actors.US.stake"].astype(np.float32))]
    for path in ("actors.RU.stake", "dyad.rivalry"):
        kept = found.ensemble.parameters[path].astype(np.float32)[place]
        assert (kept == drawn[path].astype(np.float32)).all()
    shares = np.bincount(place, minlength=found.weights.size) / place.size
    error = np.sqrt(found.weights / place.size) + 1 / place.size
    assert (np.abs(shares - found.weights) < 4 * error).all()


def test_a_posterior_cannot_be_where_its_base_is_out_of_reach(
    posterior: dict[str, Any], tmp_path: Path
) -> None:
    base = tmp_path / "base" / "base.yaml"
    base.parent.mkdir()
    base.write_text(f"schema: relsim/1\nextends: {SCENARIO}\nname: {SCENARIO}\n", "utf-8")
    with pytest.raises(relsim.UsageError, match="must lie in the folder of"):
        posterior["found"].save(tmp_path / "elsewhere" / "posterior.yaml", base)
    file = posterior["found"].save(tmp_path / "posterior.yaml", base)
    assert "extends: base/base.yaml" in file.read_text("utf-8")
    assert relsim.load(file).draws is not None
    with pytest.raises(relsim.UsageError, match="exists already"):
        posterior["found"].save(file, base)


def narrowed() -> float:
    """What a normal distribution shares with itself once it has learned what it said already.

    Its variance is halved, so of an overlap of 1 there is .83 left: densities of N(0, 1) and
    N(0, 1/2) cross where x² = ln 2. Draws that are as the words say have less overlap afterwards.
    """
    wide, narrow = ndtr(np.sqrt(np.log(2))), ndtr(np.sqrt(2 * np.log(2)))
    return float((2 * wide - 1) + 2 * (1 - narrow))


def test_what_a_normal_keeps_of_its_overlap() -> None:
    x = np.linspace(-8, 8, 16_001)
    prior = np.exp(-(x**2) / 2)
    learned = prior * prior
    both = (density / density.sum() for density in (prior, learned))
    assert np.minimum(*both).sum() == pytest.approx(narrowed(), abs=1e-3)


@pytest.mark.slow
def test_the_posterior_simulated_gives_what_the_weights_said(tmp_path: Path) -> None:
    """By another seed; and after calibration the means lie where the author's words say."""
    found = relsim.calibrate(relsim.load(SCENARIO), workers=2, max_runs=2**20)
    assert found.resolved
    weighted = found.weighted()
    scenario = relsim.load(found.save(tmp_path / "posterior.yaml", SCENARIO))
    fresh = relsim.simulate(scenario, seed=2, workers=2)
    apart = []
    for name in fresh.outcomes:
        one, other = weighted.probability(name), fresh.probability(name)
        apart.append((one.value - other.value) / (one.mc_error**2 + other.mc_error**2) ** 0.5)
        assert abs(apart[-1]) < 3.5, (name, str(one), str(other))
    prior = found.ensemble.probability("mixed_relations").value  # planted: without weights
    assert abs(prior - fresh.probability("mixed_relations").value) > 0.1
    assert len(found.used) == 7
    for forecast in found.used:
        assert forecast.posterior is not None
        assert forecast.posterior.inside or "the mean stays" in forecast.conflict
        assert forecast.prior is not None
        # Other forecasts narrow the draws too: a little more may be lost.
        least = min(forecast.prior.overlap - 0.02, narrowed() - 0.05)
        assert forecast.posterior.overlap > least, forecast.said.name


def _with_evidence(posterior: dict[str, Any], folder: Path, evidence: list[Any] | None) -> Path:
    """The posterior as a file whose draws have learned from something else."""
    draws = posterior["file"].with_suffix(".draws.csv")
    (folder / draws.name).write_bytes(draws.read_bytes())
    scenario = relsim.load(posterior["file"])
    assert scenario.draws is not None
    entry = {"file": draws.name, "sha256": scenario.draws.sha256, "evidence": evidence}
    file = folder / "other.yaml"
    lines = {"schema": "relsim/1", "extends": SCENARIO, "name": "other"}
    entry = {key: value for key, value in entry.items() if value is not None}
    file.write_text(json.dumps({**lines, "draws": entry}), "utf-8")
    return file


def test_the_file_says_what_its_draws_have_learned_from(posterior: dict[str, Any]) -> None:
    draws = relsim.load(posterior["file"]).draws
    assert draws is not None
    assert draws.evidence is not None
    names = [one.name for one in draws.evidence]
    assert names == [forecast.said.name for forecast in posterior["found"].used]
    with pytest.raises(relsim.UsageError, match="forecast F1 .*used in the calibration of us-ru"):
        relsim.calibrate(posterior["file"])


@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, True])
def test_other_evidence_is_kept_beside_the_forecasts(
    posterior: dict[str, Any], tmp_path: Path, whole: bool
) -> None:
    history = {"kind": "history", "text": "the record of 2000 to 2020", "hash": "0" * 64}
    base = _with_evidence(posterior, tmp_path, [history])
    found = relsim.calibrate(base, runs=1024, draws=64, max_runs=1024)
    file = found.save(tmp_path / "both.yaml", None if whole else base)
    draws = relsim.load(file).draws
    assert draws is not None
    assert draws.file == "both.draws.csv"
    kinds = [one.kind for one in draws.evidence or ()]
    assert kinds == ["history"] + ["forecasts"] * len(found.used)
    with pytest.raises(relsim.UsageError, match="count the same forecasts twice"):
        relsim.calibrate(file)


def test_draws_that_do_not_say_what_they_learned_from_are_refused(
    posterior: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(relsim.UsageError, match=r"does not say \(under draws.evidence\)"):
        relsim.calibrate(_with_evidence(posterior, tmp_path, None))
