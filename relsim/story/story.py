"""A run as a story: its numbers in one frozen object, which text, JSON and figures are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relsim.escaping import markup, visible
from relsim.scenario.schema import Scenario
from relsim.story.divergence import Divergence
from relsim.story.run_record import ForcedMove, Happening, OutcomeInRun, plain
from relsim.story.text import story_text

__all__ = ["FORMAT", "Story"]

FORMAT = "relsim.replay/1"


@dataclass(frozen=True, eq=False)
class Story:
    """One run: what happened in it, what came of it, and why.

    Attributes
    ----------
    scenario : Scenario
    seed, run, draw, runs_per_draw : int
    parameters : dict of float
        The draw's parameters by path, on the first day, in the engine's units.
    happenings : tuple of Happening
        In order of time.
    series : dict of float32 (weeks,)
        Every weekly series that is kept of a run.
    week_days : int64 (weeks,)
        The day on which each week was recorded.
    outcomes : dict of OutcomeInRun
    forced : ForcedMove or None
    provenance : dict
        Hash of the scenario, versions, chunk width, time.
    """

    scenario: Scenario
    seed: int
    run: int
    draw: int
    runs_per_draw: int
    parameters: Mapping[str, float]
    happenings: tuple[Happening, ...]
    series: Mapping[str, npt.NDArray[np.float32]]
    week_days: npt.NDArray[np.int64]
    outcomes: Mapping[str, OutcomeInRun]
    forced: ForcedMove | None
    provenance: Mapping[str, object]

    @property
    def log(self) -> tuple[Happening, ...]:
        """The happenings that the event log has, in its order."""
        return tuple(happening for happening in self.happenings if happening.logged)

    @property
    def days(self) -> int:
        """Days of the term."""
        return int(self.week_days[-1]) + 1

    def index_of_years(self) -> dict[int, float]:
        """The relations index at the last record of each calendar year of the term."""
        dates = (self.scenario.date_of(int(day)) for day in self.week_days)
        return {
            when.year: float(value) for when, value in zip(dates, self.series["index"], strict=True)
        }

    def text(self, width: int | None = None) -> str:
        """Return the story in lines, wrapped at `width` characters if one is given."""
        return visible(story_text(self, width))

    def against(self, before: Story) -> Divergence:
        """What differs from the same run without the forced move.

        Raises
        ------
        UsageError
            If it is not the same run, or nothing was forced in this one.
        """
        return Divergence(before, self)

    def to_json(self) -> dict[str, Any]:
        """Plain data for JSON (format relsim.replay/1); null where something is not known."""
        weeks = [self.scenario.date_of(int(day)).isoformat() for day in self.week_days]
        return {
            "format": FORMAT,
            "scenario": self.scenario.name,
            **self.provenance,
            "runs_per_draw": self.runs_per_draw,
            "run": self.run,
            "draw": self.draw,
            "forced": None if self.forced is None else plain(self.forced),
            "parameters": dict(self.parameters),
            "happenings": [plain(happening) for happening in self.happenings],
            "weeks": weeks,
            "series": {name: plain(values.tolist()) for name, values in self.series.items()},
            "outcomes": {name: plain(outcome) for name, outcome in self.outcomes.items()},
        }

    def __repr__(self) -> str:
        return (
            f"<Story of {self.scenario.name}: run {self.run} of draw {self.draw}, "
            f"seed {self.seed}, {len(self.happenings)} happenings>"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{markup(self.text(100))}</pre>"
