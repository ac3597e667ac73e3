"""``check``, ``show``, ``list``, ``schema``, ``plot``, ``--version``, and the list of commands."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import jsonschema
import pytest

from relsim.scenario.canonical import scenario_hash
from relsim.scenario.files.places import packaged
from relsim.scenario.files.reading import read
from relsim.scenario.schema import load
from relsim.simulate import simulate
from tests.cli.calling import Relsim
from tests.properties.comparing import shortened

SCENARIO = "us-russia-2021"


def test_these_are_the_commands(relsim_: Relsim) -> None:
    asked = relsim_("--help").stdout
    listed = asked.partition("Commands:")[2].split("\n  ")[1:]
    assert {line.split()[0] for line in listed if line.strip()} == {
        "run", "check", "plot", "replay", "compare", "drivers", "calibrate", "words", "events",
        "update", "score", "ledger", "show", "report", "together", "signposts", "rare",
        "sources", "list", "schema", "new",
    }  # fmt: skip


def test_the_version_is_the_distributions(relsim_: Relsim) -> None:
    assert relsim_("--version").stdout == f"relsim {version('relsim-ir')}\n"


def test_an_unknown_command_is_a_usage_error(relsim_: Relsim) -> None:
    done = relsim_("rnu")
    assert done.exit_code == 2
    assert "rnu" in done.stderr


def test_check_prints_every_problem_of_every_file_with_its_place(relsim_: Relsim) -> None:
    text = packaged()[f"{SCENARIO}-prior"].read_text("utf-8")
    lines = text.splitlines()
    planted = {
        next(n for n, line in enumerate(lines) if line.startswith("headline:")): "headlin: x",
        next(n for n, line in enumerate(lines) if line.startswith("  US:")): "  US: &a",
    }
    for number, line in planted.items():
        lines[number] = line
    Path("bad.yaml").write_text("\n".join(lines), encoding="utf-8")
    done = relsim_("check", "bad.yaml", "none.yaml", SCENARIO)
    assert done.exit_code == 1
    for number in planted:
        assert f"bad.yaml:{number + 1}:" in done.stdout
    assert "none.yaml: there is no file none.yaml\n" in done.stdout
    assert done.stdout.endswith(f"{SCENARIO}: no problem found\n")


def test_check_is_content_with_a_good_file(relsim_: Relsim) -> None:
    done = relsim_("check", SCENARIO)
    assert (done.exit_code, done.stdout) == (0, f"{SCENARIO}: no problem found\n")
    assert relsim_("check").exit_code == 2


@pytest.mark.parametrize("name", packaged())
@pytest.mark.default_cases(3)
def test_what_show_prints_is_the_same_scenario(relsim_: Relsim, name: str) -> None:
    found = load(name)
    file = Path("shown.yaml")
    file.write_text(relsim_("show", name).stdout, encoding="utf-8")
    again = load(file)
    assert scenario_hash(again) == scenario_hash(found)
    assert again == found


def test_show_takes_settings(relsim_: Relsim) -> None:
    file = Path("shown.yaml")
    setting = "actors.US.stake=1.25"
    file.write_text(relsim_("show", SCENARIO, "--set", setting).stdout, encoding="utf-8")
    assert load(file) == load(SCENARIO, [setting])
    assert load(file).parameters()["actors.US.stake"].constant == 1.25


def test_list_has_each_packaged_scenario_with_its_title(relsim_: Relsim) -> None:
    lines = relsim_("list").stdout.splitlines()[1:]
    assert dict(line.split(None, 1) for line in lines) == {
        name: read(name).data["title"] for name in packaged()
    }


def test_a_title_may_be_inherited_or_go_on_in_the_next_line(
    relsim_: Relsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relsim.scenario.files import places

    Path("heir.yaml").write_text(f"extends: {SCENARIO}\n", encoding="utf-8")
    Path("long.yaml").write_text('title: "One\n  two"\n', encoding="utf-8")
    paths = {"heir": Path("heir.yaml"), "long": Path("long.yaml")} | places.packaged()
    monkeypatch.setattr(places, "packaged", lambda: paths)
    lines = relsim_("list").stdout.splitlines()
    titles = dict(line.split(None, 1) for line in lines)
    assert titles["heir"] == load(SCENARIO).title
    assert titles["long"] == "One two"


def test_the_schema_takes_a_packaged_scenario(relsim_: Relsim) -> None:
    schema = json.loads(relsim_("schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors(read(SCENARIO).data)) == []
    assert any("headlin'" in error.message for error in validator.iter_errors({"headlin": 1}))


@pytest.mark.slow
def test_the_schema_is_one_of_json_schema(relsim_: Relsim) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(relsim_("schema").stdout))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stored result without figures."""
    ensemble = simulate(shortened(load(SCENARIO), "2021-07-31"), 64, 64)
    return ensemble.save(tmp_path_factory.mktemp("plot") / "result")


STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def test_figures_take_the_format_of_their_suffix(relsim_: Relsim, result: Path) -> None:
    wishes = ("outcomes.svg", "fan:index.pdf", "cumulative:deadly_exchange", "fan.PNG")
    words = [word for wish in wishes for word in ("--figure", wish)]
    done = relsim_("plot", str(result), *words, "--out", "here")
    assert done.exit_code == 0
    files = [Path(line) for line in done.stdout.splitlines()]
    assert [str(file) for file in files] == [
        "here/outcomes.svg", "here/fan-index.pdf", "here/cumulative-deadly_exchange.png",
        "here/fan.PNG",
    ]  # fmt: skip
    for file in files:
        assert file.read_bytes().startswith(STARTS[file.suffix.lower()])


def test_a_redrawn_figure_leaves_the_result_as_it_was(relsim_: Relsim, result: Path) -> None:
    for _ in range(2):
        done = relsim_("plot", str(result), "--figure", "outcomes")
        assert done.stdout == f"{result / 'figures' / 'outcomes.png'}\n"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("fna", "unknown figure 'fna'; did you mean 'fan'?"),
        ("fan.gif", ".png, .svg, .pdf (got 'fan.gif')"),
        ("cumulative:detante", "unknown outcome 'detante'; did you mean 'detente'?"),
    ],
)
def test_a_figure_there_is_not_is_reported(
    relsim_: Relsim, result: Path, wish: str, said: str
) -> None:
    done = relsim_("plot", str(result), "--figure", wish, "--out", "here")
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""


def test_a_folder_that_is_no_result_is_reported(relsim_: Relsim) -> None:
    done = relsim_("plot", ".")
    assert done.exit_code == 1
    assert done.stderr == ". is no result of relsim: it has no manifest.json\n"
