"""``relsim sources``: the provenance of every number, and an exit code for what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relsim import audit
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import load
from tests.cli.calling import Relsim

SCENARIO = "us-russia-2021"
FAULTY = f"""\
schema: relsim/1
extends: {SCENARIO}
sources:
  extra:
    title: A work that nothing names
    claims: {{X1: A claim that nothing cites}}
actors:
  US: {{stake: {{source: null}}}}
"""


def test_the_baseline_misses_nothing(relsim_: Relsim) -> None:
    done = relsim_("sources", SCENARIO, "--no-influence")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    values = load(SCENARIO).parameters()
    rows = lines[3 : 3 + len(values)]
    assert [row.split()[0] for row in rows] == list(values)
    for row, value in zip(rows, values.values(), strict=True):
        assert str(value) in row
        assert value.source is not None
        assert f"  {value.source}  " in row
        assert value.why is not None
        assert value.why in row
    assert lines[-1].endswith("nothing is missing")
    assert done.stderr == ""


def test_json_holds_all_of_it(relsim_: Relsim) -> None:
    done = relsim_("sources", SCENARIO, "--no-influence", "--json", "--set", "actors.US.stake=1.5")
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    scenario = load(SCENARIO, ["actors.US.stake=1.5"])
    assert set(record) == {
        "format", "scenario", "scenario_hash", "parameters", "sources", "cited", "uncited",
        "unsourced", "unused_sources", "dead", "aside", "resting", "origins", "unexplained",
    }  # fmt: skip
    assert record["format"] == "relsim.sources/1"
    assert record["scenario_hash"] == scenario_hash(scenario)
    assert record["dead"] is None
    (stake,) = (row for row in record["parameters"] if row["parameter"] == "actors.US.stake")
    assert stake["value"] == "1.5 log-odds"
    assert (stake["unit"], stake["source"], stake["claims"]) == ("log-odds", "order", ["C12", "F4"])
    assert "actors.US.stake" in record["cited"]["F4"]
    assert sum(record["sources"].values()) == len(record["parameters"])


def test_what_is_missing_is_reported_and_seen_in_the_exit_code(relsim_: Relsim) -> None:
    Path("faulty.yaml").write_text(FAULTY, encoding="utf-8")
    done = relsim_("sources", "faulty.yaml", "--no-influence")
    assert done.exit_code == 1
    for kind, name in (
        ("Claims that nothing cites", "X1"),
        ("Parameters without a source", "actors.US.stake"),
        ("Sources that nothing names", "extra"),
    ):
        assert f"\n\n{kind}:\n  {name}\n\n" in done.stdout
    assert "\n\nParameters without an origin:\n  actors.US.stake\n\n" in done.stdout
    assert done.stdout.endswith("missing: 4\n")
    record = json.loads(relsim_("sources", "faulty.yaml", "--no-influence", "--json").stdout)
    assert record["uncited"] == ["X1"]
    assert record["unsourced"] == ["actors.US.stake"]
    assert record["unused_sources"] == ["extra"]


ASIDE = f"""\
schema: relsim/1
extends: {SCENARIO}
sources: {{sui2021: {{aside: {{C16: nothing here is about it}}}}}}
"""


def test_a_claim_that_is_left_aside_says_why(relsim_: Relsim) -> None:
    done = relsim_("sources", "us-russia-2021-20y", "--no-influence")
    assert done.exit_code == 0
    assert "\n\nClaims left aside:\n  F2: about the term of 2021–25" in done.stdout
    assert done.stdout.endswith("nothing is missing\n")
    record = json.loads(relsim_("sources", "us-russia-2021-20y", "--no-influence", "--json").stdout)
    assert list(record["aside"]) == ["F2", "F3", "F5", "F6"]
    assert record["uncited"] == []


def test_a_claim_left_aside_that_is_cited_or_unknown(relsim_: Relsim) -> None:
    for claim, said in (("C12", "is not left aside: actors.US"), ("C99", "unknown claim 'C99'")):
        Path("aside.yaml").write_text(ASIDE.replace("C16", claim), encoding="utf-8")
        done = relsim_("check", "aside.yaml")
        assert done.exit_code == 1
        assert "aside.yaml:3:" in done.stdout + done.stderr
        assert f"sources.sui2021.aside.{claim}: {said}" in done.stdout + done.stderr


@pytest.mark.parametrize("expires", ["2021-02-05", "2026-02-05"])
def test_numbers_of_a_treaty_that_is_over_rest(
    expires: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those that the audit found to move nothing, and only if the treaty is over."""
    dead = ("actors.US.stake", "treaties.new_start.notice", "moves.leave_new_start.rate.US")
    monkeypatch.setattr(audit, "parameters_without_influence", lambda *_: dead)
    found = audit.audit(load(SCENARIO, [f"treaties.new_start.expires={expires}"]))
    over = expires == "2021-02-05"
    assert found.dead == (dead[:1] if over else dead)
    assert tuple(found.resting) == (dead[1:] if over else ())
    assert all("expires on 2021-02-05" in why for why in found.resting.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", packaged())
def test_no_packaged_scenario_misses_anything(name: str) -> None:
    # In 28 years of daily reviews, trying each number takes an hour.
    assert audit.audit(load(name), influence=name != "us-russia-1993").defects == {}


ORIGINS = ("published", "counted", "fitted", "judged")


def test_each_number_of_the_packaged_scenarios_says_how_it_came_about() -> None:
    for name in packaged():
        found = audit.audit(load(name), influence=False)
        assert found.unexplained == ()
        assert tuple(found.origins) == ORIGINS
        assert sum(found.origins.values()) == len(found.parameters)


def test_a_number_has_the_origin_of_its_source_or_its_own() -> None:
    rows = {row.parameter: row for row in audit.audit(load(SCENARIO), influence=False).parameters}
    assert rows["actors.US.stake"].origin == "judged"
    threat = rows["actors.US.threat_cost"]
    assert (threat.source, threat.origin) == ("fearon1994", "judged"), "its sign alone is published"


def test_a_number_without_an_origin_and_an_unknown_one_are_reported(relsim_: Relsim) -> None:
    Path("faulty.yaml").write_text(
        f"schema: relsim/1\nextends: {SCENARIO}\nsources:\n  order: {{origin: null}}\n", "utf-8"
    )
    done = relsim_("sources", "faulty.yaml", "--no-influence")
    assert done.exit_code == 1
    assert "Parameters without an origin:" in done.stdout
    Path("wrong.yaml").write_text(
        f"schema: relsim/1\nextends: {SCENARIO}\nactors:\n  US:\n    stake: {{origin: guessed}}\n",
        "utf-8",
    )
    done = relsim_("check", "wrong.yaml")
    assert done.exit_code == 1
    assert "wrong.yaml:5:21" in done.stdout + done.stderr
    assert "known: published, counted, fitted, judged" in done.stdout + done.stderr
