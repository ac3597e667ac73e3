"""The evidence of a record: which events of which years, and what they say of draws.

The scenario's actors are led through the past: another scenario with the treaties, leaders and
elections of its time, in which what is recorded happens (`relsim.inference.calibrate.past`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from relsim.array_types import Doubles, Floats
from relsim.errors import UnknownName, UsageError, unknown
from relsim.history.events import Event, events_until
from relsim.history.forced import recorded_moves
from relsim.inference.calibrate.coordinates import Coordinates, coordinates_of
from relsim.inference.calibrate.past import past_of
from relsim.inference.calibrate.record_likelihood import (
    Filtered,
    Observation,
    Record,
    filter_record,
)
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.relative import drawn_as
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import WEEK

__all__ = ["HistorySetup", "filtered", "known_day", "parameters_of", "setup_of", "start_values"]

RUNS = 16  # inner runs of a draw: the sd of a term's log-likelihood is then about .7
WINDOW = 8  # years of the record before a scenario, by default
LEAD_IN = 4  # years of the record before it counts: memories are weeks long, stocks some years
YEAR = 365.25
STARTS = {
    "hostility": "hostility_at_start",
    "goodwill": "goodwill_at_start",
    "stock": "sanctions_stock",
}


@dataclass(frozen=True)
class HistorySetup:
    """All that the likelihood of a draw needs.

    Attributes
    ----------
    past : Scenario
    record : Record
    observation : Observation
    coordinates : Coordinates
    runs : int
        Inner runs of each draw.
    seed : int
    """

    past: Scenario
    record: Record
    observation: Observation
    coordinates: Coordinates
    runs: int
    seed: int

    @cached_property
    def fingerprint(self) -> str:
        """What tells this setup from others: the evidence's hash."""
        text = json.dumps(
            [
                scenario_hash(self.past), [list(move) for move in self.record.moves],
                self.record.first_day, self.record.last_day, self.record.eras,
                None if self.record.ages is None else self.record.ages.tolist(),
                asdict(self.observation), self.coordinates.names,
            ]
        )  # fmt: skip
        return hashlib.sha256(text.encode()).hexdigest()


def setup_of(
    scenario: Scenario,
    past: Scenario,
    events: Iterable[Event],
    since: date | None = None,
    through: date | None = None,
    carry: Collection[str] = (),
    half_life: float | None = None,
    runs: int = RUNS,
    seed: int = 1,
    observation: Observation | None = None,
) -> HistorySetup:
    """Lay out what is to be learned from which events; see `calibrate_to_history`.

    Raises
    ------
    UsageError
        If a date lies outside the past scenario, or after what the scenario knows, or no event is
        left; if a number is the same as another.
    UnknownName
        If `carry` names no parameter.
    """
    shared = [path for path, other in drawn_as(scenario).items() if other != path]
    if shared:
        raise UsageError(
            f"{shared[0]} is the same as another number: a record can teach only numbers of their "
            "own"
        )
    known = known_day(scenario)
    through = through or known
    if through > known:
        raise UsageError(
            f"{scenario.name} knows what happened until {known}: nothing later may set its "
            f"parameters (through is {through})"
        )
    unknown_paths = [path for path in carry if path not in past.parameters()]
    if unknown_paths:
        what = unknown("parameter", unknown_paths[0], past.parameters())
        raise UnknownName(f"carry of {past.name}: {what}")
    first = past.horizon.start
    since = since or max(first, years_before(scenario.horizon.start, WINDOW))
    if not first <= since < through:
        raise UsageError(
            f"the record must begin from {first} on, where {past.name} does, and before {through} "
            f"(got {since})"
        )
    start = max(first, years_before(since, LEAD_IN))
    events = events_until(events, through)
    end = min(through + timedelta(days=WEEK + 1), past.horizon.end)
    led = past_of(scenario, past, start, end, events, carry)
    moves = recorded_moves(events, led)

    def day(when: date) -> int:
        return (when - start).days

    if not any(day(since) <= move.day for move in moves):
        raise UsageError(f"no event lies between {since} and {through}")
    changes = [e.date for e in led.calendar if e.new_government == next(iter(led.actors))]
    eras = (0, *(day(change) for change in changes if change > since))
    last = day(through)
    weeks = np.arange(last // WEEK + 1)
    ages = None if half_life is None else 0.5 ** ((last - WEEK * weeks) / YEAR / half_life)
    begins = scenario.horizon.start
    state_day = day(begins) - 1 if start < begins <= through else last
    record = Record(moves, day(since), last, eras, ages, state_day)
    in_record = {move.move for move in moves if day(since) <= move.day}
    return HistorySetup(
        led,
        record,
        observation or Observation(),
        coordinates_of(led, scenario.parameters(), len(eras), in_record),
        runs,
        seed,
    )


def known_day(scenario: Scenario) -> date:
    """The last day of which a scenario knows what happened."""
    return scenario.horizon.known_until or scenario.horizon.start


def years_before(when: date, years: int) -> date:
    """The same day some years earlier; 28 February for a leap day."""
    day = 28 if (when.month, when.day) == (2, 29) else when.day
    return when.replace(year=when.year - years, day=day)


def parameters_of(setup: HistorySetup, scenario: Scenario, z: Doubles) -> dict[str, Doubles]:
    """The learned parameters of a scenario itself: of its path's latest leadership, if dated."""
    values = setup.coordinates.values(z)
    latest = {name.partition("@")[0]: column for name, column in values.items()}  # in order of date
    return {path: latest[path] for path in uncertain_paths(scenario) if path in latest}


def start_values(
    setup: HistorySetup, scenario: Scenario, state: Mapping[str, Floats]
) -> dict[str, Doubles]:
    """The state of each draw when the scenario begins, as start values of those it leaves open."""
    found = {"index.start": state["index"]}
    for what, key in STARTS.items():
        for actor, name in enumerate(setup.past.actors):
            found[f"actors.{name}.{key}"] = state[what][actor]
    wanted = uncertain_paths(scenario)
    return {path: column.astype(np.float64) for path, column in found.items() if path in wanted}


def uncertain_paths(scenario: Scenario) -> list[str]:
    """Parameters with a distribution, in the schema's order."""
    return [path for path, value in scenario.parameters().items() if value.constant is None]


def filtered(setup: HistorySetup, z: Doubles, seed: int, states: int = 1) -> Filtered:
    """Weigh draws by the record, and keep so many states of each.

    The inner runs' random numbers are those of the seed.
    """
    of = setup.coordinates
    drawn = of.values(z) | of.others(len(z))
    return filter_record(
        setup.past, setup.record, setup.observation, drawn, of.log_intensity(z), setup.runs, seed,
        states,
    )  # fmt: skip
