"""Updates over a few weeks: the short forms of tests of `test_update.py` that are marked slow."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from relsim.errors import UsageError
from relsim.inference.update.update import IMPOSSIBLE, update
from relsim.scenario.schema import Scenario, load
from tests.unit.inference.test_record_likelihood import CERTAIN, medians
from tests.unit.inference.test_update import RATE, happened
from tests.unit.short_scenario import of_some_weeks

SMALL: dict[str, Any] = {"draws": 64, "runs": 2, "moves": 1}
NEWS = happened("2021-01-26", "US", "threaten"), happened("2021-02-08", "RU", "criticize")


@pytest.fixture(scope="module")
def two_rates(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Until 20 February all numbers are certain but one, which has two values."""
    file = tmp_path_factory.mktemp("update") / "certain.yaml"
    file.write_text(CERTAIN, "utf-8")
    early = of_some_weeks(load(file), date(2021, 2, 20))
    expelled = {"happened": {"deed": "expel_diplomats"}}  # the event that a test has later
    return medians(early.with_outcome("expelled", expelled)).vary({RATE: "choice(1, 6)"})


def test_a_forecast_knows_nothing_of_what_came_after_its_date(two_rates: Scenario) -> None:
    """Two histories part on 1 February, in the week of 31 January: forecasts of that day agree."""
    later = happened("2021-02-01", "US", "expel_diplomats")
    with_it, without = (
        update(two_rates, events, date(2021, 2, 3), every="month", **SMALL)
        for events in ((NEWS[0], later), NEWS[:1])
    )
    dates = [stage.date.isoformat() for stage in with_it.stages]
    assert dates == ["2021-01-20", "2021-01-31", "2021-02-03"]
    assert with_it.stages[-1].effective != without.stages[-1].effective
    for one, other in zip(with_it.stages[:-1], without.stages[:-1], strict=True):
        assert one.effective == other.effective
        assert one.probabilities == other.probabilities


def test_an_update_goes_on_from_its_file(two_rates: Scenario, tmp_path: Path) -> None:
    half, through = date(2021, 2, 3), date(2021, 2, 10)
    file = tmp_path / "news.npz"
    first = update(two_rates, NEWS, half, state=file, **SMALL)
    then = update(two_rates, NEWS, through, state=file, **SMALL)
    assert [stage.date for stage in then.stages] == [date(2021, 1, 20), through]
    assert then.stages[0].probabilities == first.stages[0].probabilities
    assert [m.move for m in then.moves] == [event.move for event in NEWS]
    assert then.weeks[:2] == first.weeks[:2]
    with pytest.raises(UsageError, match="stands on 2021-02-10: through must be later"):
        update(two_rates, NEWS, through, state=file, **SMALL)


def test_an_absurd_history_is_marked(two_rates: Scenario) -> None:
    """Six warm moves of a side in the week in which it expels diplomats."""
    kinds = ("goodwill_gesture", "release_prisoners", "ease_sanctions", "expel_diplomats")
    absurd = tuple(
        happened(f"2021-01-{day}", side, kind)
        for day in range(21, 23)
        for side in ("US", "RU")
        for kind in kinds
    )
    found = update(two_rates, absurd, date(2021, 1, 26), **SMALL)
    assert [week.begins for week in found.impossible] == [date(2021, 1, 20)]
    assert found.impossible[0].bits > IMPOSSIBLE
    assert "Nearly impossible to the model: the week from 2021-01-20" in str(found)
