"""What became of each question: a YAML file that an analyst writes.

::

    schema: relsim.resolutions/1
    resolutions:
      - {scenario: us-russia-2021, outcome: nord_stream_2_completed, answer: 2021-09-10}
      - {scenario: us-russia-2021, outcome: new_start_in_force, answer: yes, on: 2025-01-19}
      - {scenario: us-russia-2021, outcome: colour_revolution, answer: no}
      - {scenario: us-russia-2021, quantity: leaders_meetings, answer: 1}

=========== ==================================================================================
key         holds
=========== ==================================================================================
scenario    the name in the record
outcome     the name of a question in the record; or
quantity    the name of a quantity in the record
answer      of an outcome ``yes``, ``no``, ``void``, or the day on which it came about, so yes; of a
            quantity its number, or ``void``. What is void is not scored
on          the day on which the answer was known; by default the day on which it came about
source      where that is known from, for readers
=========== ==================================================================================
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from relsim.inference.score.yaml_files import read_yaml
from relsim.scenario.fields.section import Date, Findings, Name, Section

__all__ = ["VOID", "Resolution", "Resolutions", "read_resolutions"]

SCHEMA = "relsim.resolutions/1"
VOID = "void"
WORDS = ("yes", "no", VOID)
WISH = "must be yes, no, void, a number, or a day such as 2021-09-10"

Answer = str | float | datetime.date
Words = Annotated[str, Field(min_length=1, max_length=400)]


def _answer(written: object) -> Answer:
    """Yes, no and void as text, numbers as float, days as dates."""
    if isinstance(written, str):
        if written in WORDS:
            return written
        try:
            return datetime.date.fromisoformat(written)
        except ValueError:
            pass
    elif isinstance(written, (int, float)) and not isinstance(written, bool):
        return float(written)
    elif isinstance(written, datetime.date):
        return written
    raise ValueError(f"{WISH} (got {str(written)[:60]!r})")


class Resolution(Section):
    """The answer to one question.

    Attributes
    ----------
    scenario : str
    outcome, quantity : str or None
        One of the two.
    answer : str, date or float
        ``"yes"``, ``"no"``, ``"void"``, a day, a number.
    on : date or None
        When it was known.
    source : str or None
    """

    scenario: Annotated[str, Field(min_length=1, max_length=200)]
    outcome: Name | None = None
    quantity: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    answer: Annotated[Answer, BeforeValidator(_answer)]
    on: Date | None = None
    source: Words | None = None

    @property
    def question(self) -> tuple[str, str]:
        """Its scenario, and the name of the outcome or the quantity."""
        return self.scenario, self.outcome or self.quantity or ""

    @property
    def answer_text(self) -> str:
        """The answer as a file writes it."""
        return f"{self.answer:g}" if isinstance(self.answer, float) else str(self.answer)

    @property
    def known(self) -> datetime.date | None:
        """When the answer was known, if that is said."""
        return self.on or (self.answer if isinstance(self.answer, datetime.date) else None)

    @property
    def happened(self) -> bool | None:
        """Whether an outcome came about; None if it is void."""
        return None if self.answer == VOID else self.answer != "no"

    @property
    def day(self) -> datetime.date | None:
        """The day on which an outcome came about, if that is said."""
        return self.answer if isinstance(self.answer, datetime.date) else None

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Resolution:
        known = (info.context or {}).get("questions", {}).get(self.scenario)
        with Findings() as found:
            if (self.outcome is None) == (self.quantity is None):
                found.add("names an outcome or a quantity, and not both", of_key=True)
            elif self.quantity is None and isinstance(self.answer, float):
                found.add(f"must be yes, no, void or a day (got {self.answer:g})", "answer")
            elif self.quantity is not None and not (
                isinstance(self.answer, float) or self.answer == VOID
            ):
                found.add(f"must be a number, or void (got {self.answer})", "answer")
            if self.on is not None and self.day is not None and self.on < self.day:
                found.add(f"must not lie before the answer, {self.day} (got {self.on})", "on")
            if known is not None:
                outcomes, quantities = known
                found.check_name(self.outcome, outcomes, "outcome", what="outcome")
                found.check_name(self.quantity, quantities, "quantity", what="quantity")
        return self


class Resolutions(Section):
    """The resolutions of a file."""

    schema_: Literal["relsim.resolutions/1"] = Field(alias="schema")
    resolutions: tuple[Resolution, ...]

    @model_validator(mode="after")
    def _once(self) -> Resolutions:
        with Findings() as found:
            first = dict[tuple[str, str], int]()
            for place, one in enumerate(self.resolutions):
                if one.question in first:
                    number = first[one.question] + 1
                    found.add(f"answers the same question as number {number}", "resolutions", place)
                first.setdefault(one.question, place)
        return self


def read_resolutions(
    path: str | os.PathLike[str],
    questions: Mapping[str, tuple[Collection[str], Collection[str]]] | None = None,
) -> tuple[Resolution, ...]:
    """Read a file of resolutions.

    Parameters
    ----------
    path : str or path
        A YAML file in the format above.
    questions : mapping, optional
        By scenario the names of its outcomes, and of its quantities: other names in a resolution of
        that scenario are refused.

    Returns
    -------
    tuple of Resolution
        In the order of the file.

    Raises
    ------
    ScenarioError
        If anything is wrong: lists every problem, each with its line and column.
    """
    context = {"questions": questions or {}}
    return read_yaml(path, Resolutions, context, f"schema: {SCHEMA}").resolutions
