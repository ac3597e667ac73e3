"""The figure of a probability through time: its numbers, and that it can be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import pytest
from matplotlib.figure import Figure

from relsim.errors import UnknownName
from relsim.inference.update.surprise import MoveSurprise
from relsim.inference.update.update import Update
from relsim.plots import (
    course,
    distribution_of,
    dots_of,
    fan_of,
    news_course,
    probability_through_time,
    timeline_of,
)  # fmt: skip
from relsim.plots.style import finished
from relsim.story.kept_run import kept_runs, kept_story
from tests.figures.ensembles import simulated
from tests.figures.test_drivers_figures import collisions
from tests.unit.report.pages import moved_by_news

DAYS = (date(2021, 4, 6), date(2021, 4, 30), date(2021, 5, 4))


@pytest.fixture(scope="module")
def news() -> Update:
    """An update that is planted: three days, of which the second is of a condition, two moves."""
    planted = moved_by_news()
    first = planted.stages[0]
    frozen = simulated().given("freeze")
    other = {name: frozen.probability(name) for name in frozen.outcomes}
    stages = [replace(first, date=day) for day in DAYS]
    stages[1] = replace(stages[1], probabilities=other)
    moves = (
        MoveSurprise(date(2021, 4, 10), "US", "impose_sanctions", 4.5, False, -0.02, 0.005),
        MoveSurprise(date(2021, 4, 16), "RU", "goodwill_gesture", 2.5, False, 0.01, 0.005),
    )
    return replace(planted, stages=tuple(stages), moves=moves)


def test_its_numbers_are_those_of_the_update(news: Update) -> None:
    drawn = news_course(news)
    name = news.scenario.headline
    assert drawn.dates.astype(str).tolist() == ["2021-04-06", "2021-04-30", "2021-05-04"]
    assert drawn.probability.tolist() == [s.probabilities[name].value for s in news.stages]
    low, high = news.stages[0].probabilities[name].interval_90 or (np.nan, np.nan)
    assert (drawn.low[0], drawn.high[0]) == (low, high)
    assert drawn.hostile.astype(str).tolist() == ["2021-04-10"]
    assert drawn.cooperative.astype(str).tolist() == ["2021-04-16"]
    assert drawn.bits_hostile[0] == news.moves[0].bits
    other = news_course(news, "direct_war")
    assert other.probability[0] < drawn.probability[0]
    with pytest.raises(UnknownName):
        news_course(news, "detante")


@pytest.mark.parametrize("came", [None, True, False])
def test_it_can_be_read_at_half_size(news: Update, came: bool | None) -> None:
    axes = probability_through_time(news, came=came)
    told = [text.get_text() for text in axes.get_legend().get_texts()]  # type: ignore[union-attr]
    assert ("It came about" in told) == (came is True)
    assert ("It did not come about" in told) == (came is False)
    assert "90% over draws" in told
    assert collisions(cast("Figure", finished(axes))) == []


def test_a_band_that_cannot_be_estimated_is_not_promised(news: Update) -> None:
    stages = tuple(
        replace(
            stage,
            probabilities={
                name: replace(one, interval_90=None, interval_note="under 8 runs a draw")
                for name, one in stage.probabilities.items()
            },
        )
        for stage in news.stages
    )
    axes = probability_through_time(replace(news, stages=stages))
    told = [text.get_text() for text in axes.get_legend().get_texts()]  # type: ignore[union-attr]
    assert "No band over draws" in told


def test_figures_of_an_update_know_what_happened_until_its_last_day() -> None:
    base = simulated()
    headline, through = base.scenario.headline, date(2021, 12, 31)
    told = replace(base, provenance=base.provenance | {"updated_through": through.isoformat()})
    for ensemble, known in ((base, base.scenario.horizon.known_until), (told, through)):
        drawn = (
            course(ensemble, headline), dots_of(ensemble, headline), fan_of(ensemble),
            distribution_of(ensemble, headline),
            timeline_of(kept_story(ensemble, kept_runs(ensemble)[0])),
        )  # fmt: skip
        assert [one.known_until for one in drawn] == [known] * len(drawn)
