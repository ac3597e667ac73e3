"""A small schema with one of everything that the reader must handle, and a file for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from relsim.scenario.fields.section import Date, Findings, Flag, Name, Section, Whole
from relsim.scenario.fields.values import Number, Value


class Horizon(Section):
    start: Date
    end: Date

    @model_validator(mode="after")
    def _in_order(self) -> Horizon:
        with Findings() as found:
            if self.end <= self.start:
                found.add(f"must be after start (got {self.end})", "end")
        return self


class Actor(Section):
    name: str
    rule: Literal["logit", "routine"] = "logit"
    stake: Annotated[Value, Number("log-odds", minimum=0)]
    memory: Annotated[Value, Number("weeks")] = Number("weeks").parse("5.4 weeks")
    rates: dict[Name, Annotated[Value, Number("per year", minimum=0)]] = Field(default_factory=dict)


class Dated(Section):
    date: Date
    actor: str
    by: Whole = 1
    loud: Flag = False
    codes: tuple[str, ...] = ()


class Term(Section):
    schema_: Literal["relsim/1"] = Field(alias="schema")
    name: str
    horizon: Horizon
    actors: dict[Name, Actor]
    calendar: tuple[Dated, ...] = ()

    @model_validator(mode="after")
    def _actors_exist(self) -> Term:
        with Findings() as found:
            for place, dated in enumerate(self.calendar):
                found.check_name(dated.actor, self.actors, "calendar", place, "actor", what="actor")
        return self


BASE = """\
schema: relsim/1
horizon: {start: 2021-01-20, end: 2025-01-20}
actors:
  US:
    name: United States
    stake: {value: 5.7, source: sui2021, claim: C12}
    memory: {value: 38, unit: days}
    rates: {expel: 0.34, sanction: "5.6 per year"}
  NO:
    name: Norway
    stake: 0.5 to 2
calendar:
  - {date: 2021-03-18, actor: US, codes: ["010", 163-ish]}
  - date: 2021-03-20
    actor: NO
"""
