"""Every path of a command line: ``~`` is the home folder, a URL works or is refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import relsim
from tests.cli.calling import SHORT, Relsim

SCENARIO = "us-russia-2021"
SMALL = ("--runs", "128", "--draws", "64", "--workers", "1")
ENOUGH = ("--runs", "2048", "--draws", "1024", "--top", "0")
URL = "s3://bucket/x"
NEWS = ("--events", "us-russia-held-out", "--through", "2021-05-01")


@pytest.fixture
def home(relsim_: Relsim, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("run", SHORT, "--precision", "0.1", "--max-runs", "2048", "--out"), "x"),
        (("compare", SHORT, "--set", "actors.US.stake=1", *SMALL, "--out"), "x"),
        (("compare", SHORT, "--set", "actors.US.stake=1", *SMALL, "--figure"), "x.png"),
        (("drivers", SHORT, *SMALL, "--out"), "x"),
        (("calibrate", SHORT, *SMALL, "--out"), "x.yaml"),
        (("replay", SHORT, "--run", "0", *SMALL[:4], "--figure"), "x.png"),
        (("update", SHORT, *NEWS, "--out"), "x"),
        (("update", SHORT, *NEWS, "--as-scenario"), "x.yaml"),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_simulated(
    relsim_: Relsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...],
    name: str,
) -> None:  # fmt: skip
    def simulated(*_: object, **__: object) -> None:
        raise AssertionError("simulated before the place was looked at")

    monkeypatch.setattr("relsim.runs.engine.simulate_chunks", simulated)
    (tmp_path / "file").write_text("mine", "utf-8")
    done = relsim_(*words, f"file/below/{name}")
    assert done.exit_code == 1
    assert done.stderr.strip().endswith("cannot be written: file is a file and no folder")
    assert (tmp_path / "file").read_text("utf-8") == "mine"


@pytest.mark.parametrize("place", [URL, "s3:/bucket/x", "file:///tmp/relsim-never-written"])
@pytest.mark.parametrize(
    "words",
    [
        ("run", SCENARIO, *SMALL, "--out"),
        ("run", SCENARIO, *SMALL, "--resume", "--out"),
        ("run", SCENARIO, "--precision", "0.1", "--max-runs", "2048", "--out"),
        ("compare", SCENARIO, "--set", "actors.US.stake=1", *SMALL, "--out"),
        ("compare", SCENARIO, "--set", "actors.US.stake=1", *SMALL, "--figure"),
        ("drivers", SCENARIO, *SMALL, "--out"),
        ("drivers", SCENARIO, "--ablations"),
        ("calibrate", SCENARIO, *SMALL, "--out"),
        ("replay", SCENARIO, "--run", "0", *SMALL[:4], "--figure"),
        ("new",),
        ("check",),
        ("run",),
        ("show",),
        ("sources",),
        ("compare", SCENARIO),
        ("plot",),
    ],
    ids=" ".join,
)
def test_a_url_where_it_does_not_work_is_refused(
    relsim_: Relsim, words: tuple[str, ...], place: str
) -> None:
    suffix = {"--figure": ".png", "new": ".yaml"}.get(words[-1], "")
    done = relsim_(*words, place + suffix)
    assert done.exit_code == 1
    assert "URL" in done.output
    assert "Traceback" not in done.output
    assert list(Path().iterdir()) == []


def test_results_are_read_from_a_url(relsim_: Relsim) -> None:
    pytest.importorskip("fsspec", reason="fsspec is not installed (extra `remote`)")
    url = "memory://bucket/of-the-command-line"
    relsim.simulate(SHORT, 64, 64).save(url)
    replayed = relsim_("replay", url, "--run", "3", "--json")
    assert json.loads(replayed.stdout)["run"] == 3
    assert "with --out" in relsim_("plot", url).stderr
    assert relsim_("plot", url, "--out", "drawn").exit_code == 0
    assert Path("drawn/outcomes.png").is_file()


@pytest.mark.parametrize("most", [4, pytest.param(7, marks=pytest.mark.slow)], ids=["some", "all"])
def test_the_home_folder_is_known_to_every_command(relsim_: Relsim, home: Path, most: int) -> None:
    assert relsim_("new", "~/mine.yaml").exit_code == 0
    assert relsim_("check", "~/mine.yaml").exit_code == 0
    setting = ("--set", "actors.A.stake=1")
    commands = (
        ("run", "~/mine.yaml", *SMALL, "--out", "~/kept"),
        ("run", "~/mine.yaml", *SMALL, "--out", "~/kept", "--resume"),
        ("plot", "~/kept", "--out", "~/drawn"),
        ("plot", "~/kept", "--figure", "outcomes.svg"),
        ("replay", "~/kept", "--run", "0", "--figure", "~/run.png"),
        ("compare", "~/mine.yaml", *setting, *SMALL, "--out", "~/compared", "--figure", "~/c.png"),
        ("drivers", "~/mine.yaml", *ENOUGH, "--no-ablations", "--out", "~/driven"),
    )
    for words in commands[:most]:
        done = relsim_(*words)
        assert done.exit_code == 0, done.output
    assert list(Path().iterdir()) == []
    made = {place.name for place in home.iterdir()}
    assert made >= {"mine.yaml", "kept", "drawn"}
    assert most < 7 or made >= {"run.png", "compared", "c.png", "driven"}
