"""``relsim update``: a forecast that moves with a file of events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import relsim
from relsim.cli.events_command import HELD_OUT, RECORD, read_record
from relsim.history.events import HEADER, held_out_record, packaged_record
from tests.cli.calling import SHORT, Relsim

HEAD = ",".join(HEADER)
LINES = (
    "2021-04-15,US,RU,impose_sanctions,,over a hack,newspaper,0.9,recorded",
    "2021-04-16,RU,US,expel_diplomats,10,in answer,newspaper,0.9,recorded",
    "2021-04-18,RU,US,leave_cfe,,no move of the baseline,newspaper,0.9,recorded",
)
SMALL = ("--draws", "64", "--runs", "2", "--moves", "1", "--workers", "1")


@pytest.fixture
def news(tmp_path: Path) -> Path:
    file = tmp_path / "news.csv"
    file.write_text("\n".join((HEAD, *LINES)) + "\n", "utf-8")
    return file


def test_it_prints_writes_and_draws(relsim_: Relsim, news: Path, tmp_path: Path) -> None:
    done = relsim_(
        "update", SHORT, "--events", "news.csv", "--through", "2021-04-22", *SMALL,
        "--out", "result", "--plot", "news.png", "--as-scenario", "news.yaml",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    checked = relsim_("check", "news.yaml")
    assert checked.exit_code == 0, checked.stderr
    calendar = [(str(one.date), one.move) for one in relsim.load(tmp_path / "news.yaml").calendar]
    assert calendar[-2:] == [("2021-04-15", "impose_sanctions"), ("2021-04-16", "expel_diplomats")]
    assert "Outcome" in done.stdout
    assert "2021-04-06" in done.stdout
    assert "Least expected moves" in done.stdout
    assert "1 event (leave_cfe)" in done.stdout
    tables = done.stdout[done.stdout.index("Outcome") : done.stdout.index("Not counted")]
    assert max(map(len, tables.splitlines())) <= 80
    told = json.loads((tmp_path / "result" / "update.json").read_text("utf-8"))
    assert told["through"] == "2021-04-22"
    assert [move["move"] for move in told["moves"]] == ["impose_sanctions", "expel_diplomats"]
    ensemble = relsim.open(tmp_path / "result")
    stated = told["stages"][-1]["outcomes"]["detente"]["probability"]
    assert ensemble.probability("detente").value == stated
    assert (tmp_path / "news.png").stat().st_size > 10_000
    again = relsim_("plot", "result", "--out", "drawn")
    assert again.exit_code == 0, again.stderr


def test_a_scenario_that_is_there_already_stays(
    relsim_: Relsim, news: Path, tmp_path: Path
) -> None:
    (tmp_path / "news.yaml").write_text("mine", "utf-8")
    done = relsim_(
        "update", SHORT, "--events", "news.csv", "--through", "2021-04-22", *SMALL,
        "--as-scenario", "news.yaml",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "news.yaml exists already" in done.stderr
    assert (tmp_path / "news.yaml").read_text("utf-8") == "mine"


def test_json(relsim_: Relsim, news: Path) -> None:
    done = relsim_(
        "update", SHORT, "--events", "news.csv", "--through", "2021-05-02", *SMALL,
        "--every", "month", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [stage["date"] for stage in told["stages"]] == ["2021-04-06", "2021-04-30", "2021-05-02"]
    (other,) = told["not_counted"]
    assert (other["date"], other["actor"], other["move"]) == ("2021-04-18", "RU", "leave_cfe")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--events", "news.csv", "--through", "2021-04-06"), "through must be a day from"),
        (("--events", "none.csv", "--through", "2021-04-22"), "there is no file none.csv"),
        (("--events", "news.csv", "--through", "soon"), "must be a date such as"),
        (
            ("--events", "news.csv", "--through", "2021-04-22", "--every", "day"),
            "every must be one of month, quarter, none",
        ),
    ],
)
def test_mistakes_are_told_in_one_message(
    relsim_: Relsim, news: Path, words: tuple[str, ...], told: str
) -> None:
    done = relsim_("update", SHORT, *words, *SMALL)
    assert done.exit_code in (1, 2)
    assert told in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_record_of_other_days_or_other_actors_is_no_quiet_term(
    relsim_: Relsim, news: Path
) -> None:
    through = ("--through", "2021-04-10", *SMALL)
    done = relsim_("update", SHORT, "--events", "news.csv", *through)
    assert done.exit_code == 0, done.stderr
    assert "none of the 3 events of news.csv lies in 2021-04-07 to 2021-04-10" in done.stderr
    news.write_text(news.read_text("utf-8").replace("RU,US,expel", "XX,US,expel"), "utf-8")
    done = relsim_("update", SHORT, "--events", "news.csv", *through)
    assert done.exit_code == 1
    assert "news.csv:3:12: actor: unknown actor 'XX'; known: US, RU, both" in done.stderr


def test_packaged_records_may_have_moves_that_the_scenario_lacks() -> None:
    scenario = relsim.load("us-russia-2021")
    assert read_record(RECORD, scenario, in_term=True) == packaged_record()
    assert read_record(HELD_OUT, scenario, in_term=True) == held_out_record()
