"""What a crowd said, day by day: a YAML file.

::

    schema: relsim.crowd/1
    crowds:
      - scenario: us-russia-2021
        outcome: nord_stream_2_completed
        name: forecasters
        series: {2021-03-01: 0.72, 2021-04-05: 0.8}

The last probability on or before the day that a forecast is of stands beside it: a crowd that knew
more would be no fair reference.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, model_validator

from relsim.inference.score.yaml_files import read_yaml
from relsim.scenario.fields.section import Date, Findings, Name, Section

__all__ = ["Crowd", "read_crowds"]

SCHEMA = "relsim.crowd/1"


class Crowd(Section):
    """The probabilities of one crowd for one question.

    Attributes
    ----------
    scenario, outcome : str
    name : str
        Whose they are.
    series : dict of date to float
    source : str or None
    """

    scenario: Annotated[str, Field(min_length=1, max_length=200)]
    outcome: Name
    name: Annotated[str, Field(min_length=1, max_length=40)] = "crowd"
    series: Annotated[dict[Date, Annotated[float, Field(ge=0, le=1)]], Field(min_length=1)]
    source: Annotated[str, Field(max_length=400)] | None = None

    @model_validator(mode="after")
    def _is_asked(self, info: ValidationInfo) -> Crowd:
        known = (info.context or {}).get("questions", {}).get(self.scenario)
        with Findings() as found:
            if known is not None:
                found.check_name(self.outcome, known[0], "outcome", what="outcome")
        return self

    def at(self, day: datetime.date) -> float | None:
        """The last probability on or before a day, None if there is none."""
        before = [when for when in self.series if when <= day]
        return self.series[max(before)] if before else None


class Crowds(Section):
    """The crowds of a file."""

    schema_: Literal["relsim.crowd/1"] = Field(alias="schema")
    crowds: tuple[Crowd, ...]


def read_crowds(
    path: str | os.PathLike[str], questions: Mapping[str, tuple[Collection[str], Collection[str]]]
) -> tuple[Crowd, ...]:
    """Read a file of crowds' probabilities.

    Parameters
    ----------
    path : str or path
        Of the file.
    questions : mapping of str to (outcomes, quantities)
        What is asked, by scenario; crowds of other scenarios are not checked.

    Raises
    ------
    ScenarioError
        If anything is wrong: lists every problem, each with its line and column.
    """
    return read_yaml(path, Crowds, {"questions": questions}, f"schema: {SCHEMA}").crowds
