"""Changes relative to the draws at a terminal, and what is said of what leaves a posterior."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relsim.scenario.files.writing import to_yaml
from relsim.scenario.schema import load
from tests.cli.calling import SHORT, Relsim
from tests.properties.comparing import shortened

SCENARIO = "us-russia-2021"
SMALL = ("--runs", "128", "--draws", "64", "--workers", "1")
TRUST, GAIN = "actors.US.trust", "actors.RU.gain"
LEFT = f"No longer drawn from the posterior: {TRUST}"


def test_a_run_says_what_it_does_not_draw_from_the_posterior(relsim_: Relsim) -> None:
    done = relsim_("run", SHORT, *SMALL, "--set", f"{TRUST}=0.3", "--out", "set")
    assert f"\n{LEFT}\n" in done.stdout
    record = json.loads(Path("set/record.json").read_text("utf-8"))
    assert record["no_longer_from_posterior"] == [TRUST]
    setting = f"{TRUST}={{scale: 0.5}}"
    done = relsim_("run", SHORT, *SMALL, "--set", setting, "--out", "halved")
    assert "No longer drawn" not in done.stdout
    assert (
        json.loads(Path("halved/record.json").read_text("utf-8"))["no_longer_from_posterior"] == []
    )
    prior = shortened(load(f"{SCENARIO}-prior"), "2021-07-31")
    Path("prior.yaml").write_text(to_yaml(prior), "utf-8")
    again = relsim_("run", "prior.yaml", *SMALL, "--set", f"{TRUST}=0.3", "--json")
    assert json.loads(again.stdout)["no_longer_from_posterior"] == []


def test_a_comparison_says_it_of_its_variant(relsim_: Relsim) -> None:
    settings = ("--set", f"{TRUST}=0.3", "--set", f"{GAIN}={{shift: -0.43}}")
    done = relsim_("compare", SHORT, *settings, *SMALL, "--no-attribution", "--json")
    found = json.loads(done.stdout)
    (variant,) = found["variants"].values()
    assert variant["no_longer_from_posterior"] == [TRUST]
    assert found["no_longer_from_posterior"] == []


@pytest.mark.slow
def test_a_comparison_says_it_of_each_variant(relsim_: Relsim) -> None:
    settings = ("--set", f"{TRUST}=0.3", "--set", f"{GAIN}={{shift: -0.43}}")
    quick = (*SMALL, "--no-attribution")
    done = relsim_("compare", SCENARIO, f"{SCENARIO}-war-scare", *settings, *quick)
    assert done.stdout.count("No longer drawn") == 1
    lines = done.stdout.splitlines()
    left = lines.index(LEFT)
    assert lines[left - 1] == (
        "  gain seen in ending the stalemate (Russia): normal(0, 0.7) log-odds → "
        "normal(0, 0.7) log-odds - 0.43 log-odds"
    )
    assert (
        "  calendar: collisions a year (Europe): × 8 from 2021-05-01, then × 1 from 2021-11-01"
        in lines
    )
    found = json.loads(relsim_("compare", SCENARIO, *settings, *quick, "--json").stdout)
    (variant,) = found["variants"].values()
    assert variant["no_longer_from_posterior"] == [TRUST]
    assert found["no_longer_from_posterior"] == []


def test_what_is_shown_says_it_and_can_be_run_again(relsim_: Relsim) -> None:
    settings = ("--set", f"{TRUST}=0.3", "--set", f"{GAIN}={{shift: -0.43}}")
    done = relsim_("show", f"{SCENARIO}-prior", *settings)
    assert "No longer drawn" not in done.stdout
    Path("shown.yaml").write_text(done.stdout, encoding="utf-8")
    assert relsim_("show", "shown.yaml").stdout == done.stdout
    assert '    gain:\n      value: "normal(0, 0.7)' in done.stdout
    assert '      shift: "-0.43 log-odds"\n' in done.stdout
    shown = relsim_("show", SCENARIO, *settings).stdout.splitlines()
    assert shown[0].startswith("# scenario_hash: ")
    assert shown[1] == f"# {LEFT}"


def test_sources_name_the_change(relsim_: Relsim) -> None:
    done = relsim_(
        "sources", SCENARIO, "--no-influence", "--set", f"{TRUST}={{scale: 0.5}}", "--json"
    )
    rows = {row["parameter"]: row for row in json.loads(done.stdout)["parameters"]}
    assert rows[TRUST]["value"] == "0.15 to 0.6 share × 0.5"
    assert rows[TRUST]["source"] == "order"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (f"{TRUST}={{scale: 2}}", f"--set:1:25: {TRUST}.scale: must be at most 1 (got 0.15 to 0.6"),
        (f"{TRUST}={{same_as: x}}", f"--set:1:27: {TRUST}.same_as: unknown parameter 'x'"),
        (f"{TRUST}={{scale: }}", "scale: null deletes an entry, and the base has none of this"),
    ],
)
def test_a_mistake_is_one_message(relsim_: Relsim, setting: str, message: str) -> None:
    done = relsim_("run", SHORT, *SMALL, "--set", setting)
    assert done.exit_code == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
