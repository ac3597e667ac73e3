"""A title names the outcome's own deadline, where it has one."""

from __future__ import annotations

from datetime import date

import pytest

from relsim.inference.compare.compare import Comparison
from relsim.plots import cumulative, distribution, draw
from relsim.plots.forest import differences_finding
from relsim.plots.number_words import between, by_deadline, deadline, in_percent, titled
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate

SUMMIT = {"deed": "summit"}
UNTIL = {**SUMMIT, "until": "2022-06-30"}
LONG_CALM = {"series": "index", "at_least": -5, "for": "4 weeks", "until": "2022-06-30"}


@pytest.mark.parametrize(
    ("when", "last"),
    [
        ({"happened": SUMMIT}, None),
        ({"happened": UNTIL}, date(2022, 6, 30)),
        ({"happened": {**SUMMIT, "until": "2025-01-19"}}, None),
        ({"not": {"happened": UNTIL}}, date(2022, 6, 30)),
        ({"sustained": LONG_CALM}, date(2022, 6, 30)),
        ({"any": [{"happened": UNTIL}, {"happened": SUMMIT}]}, None),
        ({"all": [{"happened": UNTIL}, {"not": {"happened": UNTIL}}]}, date(2022, 6, 30)),
        ({"then": {"first": {"happened": SUMMIT}, "second": {"happened": UNTIL}}},
         date(2022, 6, 30)),
        ({"first_week": {"of": {"happened": {**SUMMIT, "in_last": "4 weeks"}},
                         "until": "2023-03-01"}}, date(2023, 3, 1)),
    ],
)  # fmt: skip
def test_the_last_day_on_which_it_can_come_about(when: dict[str, object], last: date) -> None:
    scenario = load("us-russia-2021").with_outcome("asked", when)
    assert deadline(scenario, "asked") == last


@pytest.fixture(scope="module")
def asked() -> Scenario:
    found = load("us-russia-2021").with_outcome("asked", {"happened": UNTIL}, title="They meet")
    return found.model_copy(update={"headline": "asked"})


def test_titles_name_it(asked: Scenario) -> None:
    ensemble = simulate(asked, runs=128, draws=64)
    by = "by 30 June 2022"
    for ax in (cumulative(ensemble, "asked"), distribution(ensemble, "asked"),
               *draw("outcomes", ensemble).axes):  # fmt: skip
        title = ax.get_title(loc="left").replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")
        assert title.startswith("They meet: ")
        assert by in title
        assert "2025" not in title
    (ax,) = draw("cumulative:detente", ensemble).axes
    assert "2025" in ax.get_title(loc="left")
    assert by not in ax.get_title(loc="left")
    assert titled(asked, "asked").replace("\N{NO-BREAK SPACE}", " ") == f"They meet {by}"
    assert by_deadline(asked, "detente") == ""


@pytest.mark.slow
def test_a_comparison_of_one_outcome_names_it(asked: Scenario) -> None:
    from relsim.inference.compare.compare import compare

    found: Comparison = compare(
        asked, asked.vary({"actors.US.stake": 0.5}), runs=128, draws=64, attribution=False
    )
    title = differences_finding(found, "asked").replace("\N{NO-BREAK SPACE}", " ")
    assert title.startswith("They meet by 30 June 2022: ")


def test_intervals_are_written_with_a_dash() -> None:
    assert in_percent(".12–.49") == "12–49%"
    assert in_percent("-.12 – +.04") == "-12 – +4%"
    assert between("3 May 2021", "4 May 2022") == "3 May 2021 – 4 May 2022"
