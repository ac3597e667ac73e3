"""The lines in which scenarios differ, found where they were planted, and what lies between."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from relsim.inference.compare.attribution import grouped
from relsim.scenario.diff import Line, lines_of, mixed
from relsim.scenario.files.joint_draws import place_of_draws
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import Scenario, load

BASELINE = "us-russia-2021"
OTHERS = (
    BASELINE, f"{BASELINE}-20y", f"{BASELINE}-prior", f"{BASELINE}-learned", "us-russia-1993",
)  # fmt: skip
VARIANTS = [name for name in packaged() if name not in OTHERS]


@cache
def baseline() -> Scenario:
    return load(BASELINE)


def edited(edit: Callable[[dict[str, Any]], object]) -> Scenario:
    """The baseline as plain data, edited."""
    data = baseline().model_dump(mode="json", exclude_none=True)
    edit(data)
    return Scenario.model_validate(data, context=place_of_draws(baseline().draws))


def as_text(variant: Scenario) -> list[str]:
    return [str(line) for line in lines_of(baseline(), variant)]


def reordered(data: dict[str, Any]) -> None:
    data["actors"] = dict(reversed(data["actors"].items()))


SUMMIT = {"date": "2021-05-01", "actor": "US", "move": "propose_summit"}
RATES = {"date": "2021-05-01", "set": {"actors.US.stake": 1, "actors.RU.stake": "2 to 3"}}
MORE = {"date": "2021-06-01", "set": {"actors.US.stake": 2}}
PLANTED: list[tuple[Callable[[dict[str, Any]], object], list[str]]] = [
    (lambda d: d["actors"]["US"].update(stake="0.5"),
     ["actors.US.stake: 1 to 10 log-odds → 0.5"]),
    (lambda d: d["index"].update(half_life="13.0 weeks"), []),
    (lambda d: d["index"]["half_life"].update(why="other words", source="fit"), []),
    (lambda d: d.update(title="Another", question="Why?"), []),
    (lambda d: d["treaties"]["open_skies"].update(name="Skies", why="other words"), []),
    (lambda d: d["outcomes"].pop("detente"), []),
    (lambda d: d["regions"].pop("europe"), ["regions.europe (taken away)"]),
    (lambda d: d["issues"].update(extra={**next(iter(d["issues"].values())), "standing": False}),
     ["issues.extra (added)"]),
    (lambda d: d["calendar"].append(SUMMIT), ["calendar: 2021-05-01 US propose_summit (added)"]),
    (lambda d: d["calendar"].extend([SUMMIT, SUMMIT]),
     ["calendar: 2021-05-01 US propose_summit (added)",
      "calendar: 2021-05-01 US propose_summit (2) (added)"]),
    (lambda d: d["calendar"].pop(1), ["calendar: 2021-02-03 agreement (taken away)"]),
    (lambda d: d["calendar"].pop(0), []),  # a note does nothing
    (lambda d: d["calendar"][1].update(date="2021-02-01"),
     ["calendar: 2021-02-03 agreement → 2021-02-01 agreement"]),
    (lambda d: d["calendar"].extend([RATES, MORE]),
     ["calendar: actors.US.stake: 1 from 2021-05-01, then 2 from 2021-06-01",
      "calendar: actors.RU.stake: 2 to 3 from 2021-05-01"]),
    (lambda d: d["actors"]["US"]["elections"].pop(0),
     ["actors.US.elections: 2022-05-01 to 2022-11-09 (taken away)"]),
    (lambda d: d["ladder"].update(rungs=[*d["ladder"]["rungs"][:-1], "war"]),
     ["ladder.rungs: "]),
    (lambda d: d["horizon"].update(end="2025-01-21"),
     ["horizon.end: 2025-01-20 → 2025-01-21"]),
    (reordered, ["actors.(order): US, RU → RU, US"]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "lines"), PLANTED)
def test_what_was_edited_is_found_and_nothing_else(
    edit: Callable[[dict[str, Any]], object], lines: list[str]
) -> None:
    found = as_text(edited(edit))
    assert len(found) == len(lines)
    for line, wanted in zip(found, lines, strict=True):
        assert line.startswith(wanted)


@pytest.mark.parametrize("edit", [edit for edit, lines in PLANTED if lines])
def test_all_lines_make_the_variant_and_none_the_baseline(
    edit: Callable[[dict[str, Any]], object],
) -> None:
    variant = edited(edit)
    lines = lines_of(baseline(), variant)
    assert lines_of(mixed(baseline(), variant, lines), variant) == ()
    assert lines_of(mixed(baseline(), variant, ()), baseline()) == ()


@pytest.mark.parametrize("name", VARIANTS)
def test_lines_of_packaged_variants_are_independent(name: str) -> None:
    """With some of its lines a scenario differs from the baseline in these, and in no other."""
    variant = load(name)
    lines = lines_of(baseline(), variant)
    assert lines
    for line in lines:
        assert lines_of(baseline(), mixed(baseline(), variant, {line})) == (line,)


def test_a_longer_term_asks_what_both_ask() -> None:
    """Outcomes that do not fit the longer term are not asked of what lies between."""
    data = baseline().model_dump(mode="json", exclude_none=True)
    kept = {name: data["outcomes"][name] for name in ("direct_war", "nord_stream_2_completed")}
    longer = Scenario.model_validate(
        {**data, "horizon": {**data["horizon"], "end": "2026-01-20"}, "outcomes": kept,
         "headline": "direct_war", "forecasts": {}},
        context=place_of_draws(baseline().draws),
    )  # fmt: skip
    (line,) = lines_of(baseline(), longer)
    assert tuple(mixed(baseline(), longer, [line]).outcomes) == tuple(kept)


def test_two_entries_of_one_number_are_one_line() -> None:
    lines = lines_of(baseline(), load(f"{BASELINE}-war-scare"))
    assert [line.path for line in lines] == [
        "calendar: regions.europe.rate",
        "calendar: moves.military_posture.rate.RU",
        "calendar: moves.military_posture.rate.US",
    ]
    only = mixed(baseline(), load(f"{BASELINE}-war-scare"), lines[:1])
    assert [entry.set for entry in only.calendar if entry.set] == [
        {"regions.europe.rate": {"scale": 8}},
        {"regions.europe.rate": {"scale": 1}},
    ]


@pytest.mark.parametrize(
    ("path", "value", "setting"),
    [
        ("actors.US.stake", 0.5, "actors.US.stake=0.5"),
        ("actors.US.stake", "1 to 8 log-odds", "actors.US.stake=1 to 8"),
        ("moves.summit.why", "another", None),
        ("regions.europe.rate", "3 per year", "regions.europe.rate=3"),
        ("regions.europe", None, "regions.europe (taken away)"),
    ],
)
def test_a_setting_in_a_few_words(path: str, value: object, setting: str | None) -> None:
    lines = lines_of(baseline(), baseline().vary({path: value}))
    assert [line.setting for line in lines] == [setting] * len(lines)
    assert bool(lines) == bool(setting)


# --- groups of lines that need each other -----------------------------------------------------

LINES = [Line(name) for name in "abcdefgh"]


def names(groups: tuple[tuple[Line, ...], ...]) -> list[str]:
    return ["".join(line.path for line in group) for group in groups]


@pytest.mark.parametrize(
    ("count", "needs", "wanted"),
    [
        (3, {}, ["a", "b", "c"]),
        (3, {"c": "a"}, ["ac", "b"]),
        (4, {"c": "a", "d": "c"}, ["acd", "b"]),
        (4, {"d": "abc"}, ["abcd"]),
        (8, {"h": "b", "g": "b"}, ["a", "bgh", "c", "d", "e", "f"]),
        (1, {}, ["a"]),
        (0, {}, []),
    ],
)
def test_lines_that_need_others_are_merged_with_them(
    count: int, needs: dict[str, str], wanted: list[str]
) -> None:
    def valid(chosen: Any) -> bool:
        there = {line.path for line in chosen}
        return all(set(others) <= there for line, others in needs.items() if line in there)

    groups = grouped(LINES[:count], valid)
    assert names(groups) == wanted
    for number in range(len(groups) + 1):
        for chosen in combinations(groups, number):
            assert valid([line for group in chosen for line in group])


def test_lines_that_exclude_each_other_without_a_third() -> None:
    """Two new ends and a new beginning: the first two are valid alone, but not without `c`."""

    def valid(chosen: Any) -> bool:
        there = {line.path for line in chosen}
        return not {"a", "b"} <= there or "c" in there

    assert names(grouped(LINES[:4], valid)) == ["abc", "d"]
