"""Records of several runs, given to monitors and to brute force alike; a case for each operator."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from relsim.scenario.conditions.conditions import Condition
from relsim.scenario.conditions.windows import Term
from relsim.worlds.monitors import Monitors
from tests.verification.slow_outcomes import Run

START = datetime.date(2021, 1, 20)
KINDS = ("summit", "agreement", "exit")
ACTORS = (None, "US", "RU")
SUBJECTS = (None, "pipe")
SERIES = ("index", "rung")
HALVES = (-1.0, -0.5, 0.0, 0.5, 1.0)  # exact in binary, so that ties are ties
TREATY_WORDS = ("in_force", "leaving", "left", "lapsed")
read: Callable[[object], Condition] = TypeAdapter(Condition).validate_python

Deed = tuple[int, str, str | None, str | None, npt.NDArray[np.int64]]


@dataclass
class Records:
    """What happened in `width` runs."""

    term: Term
    width: int
    deeds: list[Deed]
    series: dict[str, npt.NDArray[np.float32]]
    treaty: npt.NDArray[np.int64]  # word of the treaty's status, by run

    def run(self, number: int) -> Run:
        status = {
            ("pact", word, by): TREATY_WORDS[self.treaty[number]] == word
            for word in TREATY_WORDS
            for by in ACTORS
        }
        deeds = [deed[:4] for deed in self.deeds if number in deed[4]]
        series = {name: values[:, number].tolist() for name, values in self.series.items()}
        term = self.term
        return Run(term.start, term.days, term.count_day, deeds, series, status)

    def of_one(self, number: int) -> Records:
        """The record of one run alone."""
        mine = np.zeros(1, np.int64)
        deeds = [(*deed[:4], mine) for deed in self.deeds if number in deed[4]]
        series = {name: values[:, [number]] for name, values in self.series.items()}
        return Records(self.term, 1, deeds, series, self.treaty[[number]])

    def status(self, treaty: str, word: str, by: str | None) -> npt.NDArray[np.bool_]:
        held: npt.NDArray[np.bool_] = self.treaty == TREATY_WORDS.index(word)
        return held

    def report(self, monitors: Monitors, weeks: range) -> None:
        """Report some weeks to monitors, deeds of a day in the order of the list."""
        for week in weeks:
            last = self.term.record_day(week)
            for day in range(7 * week, last + 1):
                for deed_day, kind, actor, subject, runs in self.deeds:
                    if deed_day == day:
                        monitors.happened(kind, actor, runs, day, subject)
            monitors.week(last, {name: values[week] for name, values in self.series.items()})

    @property
    def weeks(self) -> int:
        return -(-self.term.days // 7)


def monitored(conditions: Mapping[str, Any], records: Records) -> npt.NDArray[np.int16]:
    monitors = Monitors(
        {name: read(condition) for name, condition in conditions.items()},
        records.term,
        records.width,
    )
    records.report(monitors, range(records.weeks))
    return monitors.finish(records.status)


def by_brute_force(conditions: Mapping[str, Any], records: Records) -> npt.NDArray[np.int16]:
    runs = [records.run(number) for number in range(records.width)]
    days = [[run.first_day(condition) for run in runs] for condition in conditions.values()]
    return np.array(days, np.int16)


# The days about the bounds of `CASES`: where a slip of a day would show.
EDGES = (16, 17, 20, 21, 100, 101, 111, 112, 120, 121)


def random_records(seed: int, width: int = 400, days: int = 152, number: int = 220) -> Records:
    """Records in which `CASES` are met in some runs and not in others; half the deeds on edges."""
    rng = np.random.default_rng(seed)
    deeds = [
        (
            int(rng.choice(EDGES) if rng.random() < 0.5 else rng.integers(days)),
            KINDS[rng.integers(3)],
            ACTORS[rng.integers(3)],
            SUBJECTS[rng.integers(2)],
            np.flatnonzero(rng.random(width) < 0.02),
        )
        for _ in range(number)
    ]
    weeks = -(-days // 7)
    series = {name: rng.choice(HALVES, (weeks, width)).astype(np.float32) for name in SERIES}
    series["index"] = np.repeat(series["index"][::2], 2, axis=0)[:weeks]  # so that spells last
    return Records(Term(START, days, 17), width, deeds, series, rng.integers(4, size=width))


# A condition for each operator whose every bound matters.
CASES: dict[str, dict[str, Any]] = {
    "happened": {
        "happened": {"deed": "summit", "by": "US", "from": "2021-02-10", "until": "2021-05-20"}
    },
    "happened in_last": {"happened": {"deed": ["exit"], "of": "pipe", "in_last": "40 days"}},
    "sustained": {"sustained": {"series": "index", "at_least": 0, "for": "6 weeks"}},
    "weeks": {"weeks": {"series": "rung", "above": 0.5, "in_at_least": 4, "in_last": "15 weeks"}},
    "mean": {"mean": {"series": "index", "below": 0, "in_last": "8 weeks"}},
    "share": {
        "share": {
            "series": "rung", "below": -0.5, "per": "3 weeks", "take": "sum",
            "in_at_least": "3 of 7", "from": "2021-01-27",
        }
    },
    "share more_than": {"share": {"series": "rung", "at_most": 0, "more_than": "50%"}},
    "status": {"status": {"treaty": "pact", "is": "left", "by": "RU"}},
    "each": {
        "each": {
            "period": "1 month",
            "in_at_least": 2,
            "of": {"weeks": {"series": "rung", "at_least": 0.5, "in_at_least": 2}},
        }
    },
    "at_least": {
        "at_least": {"n": 2, "of": [{"happened": {"deed": kind}} for kind in KINDS]}
    },
    "all": {"all": [{"happened": {"deed": kind}} for kind in KINDS]},
    "any": {"any": [{"happened": {"deed": kind, "by": "RU"}} for kind in KINDS]},
    "not": {"not": {"happened": {"deed": "summit", "until": "2021-05-01"}}},
    "then": {
        "then": {
            "first": {"happened": {"deed": "summit"}},
            "second": {"happened": {"deed": ["agreement", "exit"]}},
            "within": "20 days",
        }
    },
    "then a spell": {
        "then": {
            "first": {"happened": {"deed": "summit"}},
            "second": {"sustained": {"series": "index", "above": 0, "for": "2 weeks"}},
            "within": "10 days",
        }
    },
    "first_week": {
        "first_week": {
            "of": {
                "all": [
                    {"sustained": {"series": "index", "at_least": 0, "for": "4 weeks"}},
                    {"happened": {"deed": ["summit", "agreement"], "in_last": "6 weeks"}},
                    {"not": {"happened": {"deed": "exit", "in_last": "4 weeks"}}},
                ]
            },
            "onset": "4 weeks",
        }
    },
    "first_week onset_from": {
        "first_week": {
            "of": {"mean": {"series": "index", "above": 0.25, "in_last": "5 weeks"}},
            "onset": "5 weeks",
            "onset_from": "2021-02-24",
        }
    },
    "first_week at_least": {
        "first_week": {
            "of": {
                "at_least": {
                    "n": 2,
                    "of": [{"happened": {"deed": kind, "in_last": "5 weeks"}} for kind in KINDS],
                }
            },
        }
    },
    "first_week any": {
        "first_week": {
            "of": {
                "any": [
                    {"happened": {"deed": "summit", "by": "US", "in_last": "1 week"}},
                    {"sustained": {"series": "rung", "above": 0, "for": "4 weeks"}},
                ]
            },
            "until": "2021-05-01",
        }
    },
    "first_week weeks": {
        "first_week": {
            "of": {"weeks": {"series": "rung", "at_least": 1, "in_at_least": 3,
                             "in_last": "4 weeks"}},
            "from": "2021-03-01",
        }
    },
}  # fmt: skip
