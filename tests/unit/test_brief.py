"""What prompts, notebooks and type checkers show of everything that a user meets."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from mypy import api

import relsim
from relsim.brief import LONGEST, Brief, brief
from relsim.inference.compare.compare import Comparison, Contrast, Variant, WithOne, WithSeveral
from relsim.plots import course, distribution_of, fan_of, rows
from relsim.scenario.schema import Scenario, load
from relsim.simulate import simulate
from tests.properties.comparing import shortened
from tests.unit.inference.small_drivers import claims, smallest

MOST = 300 + 20  # characters of a repr
PUBLIC = ("Ablation", "Comparison", "Difference", "Drivers", "Ensemble", "Estimate", "Problem",
          "Scenario", "Story")  # fmt: skip


def problem(message: str) -> relsim.Problem:
    return relsim.Problem("file.yaml", 1, 2, "a.b", message)


@cache
def simulated() -> relsim.Ensemble:
    """Some months of the baseline."""
    return simulate(shortened(load("us-russia-2021"), "2021-07-31"), runs=128, draws=64)


@cache
def roots() -> dict[str, object]:
    scenario = simulated().scenario
    found = relsim.compare(
        scenario, scenario.vary({"actors.US.stake": 0.2}), runs=64, draws=64, attribution=False
    )
    return {
        "Scenario": scenario,
        "Ensemble": simulated(),
        "Estimate": simulated().probability("detente"),
        "Comparison": found,
        "Variant": next(iter(found.variants.values())),
        "Contrast": found["detente"],
        "Difference": found["detente"].difference,
        "Drivers": smallest(),
        "Ablation": claims()[0],
        "Story": relsim.replay(simulated(), 3),
        "Problem": problem("a problem of <b>some</b> kind " * 40),
        "course": course(simulated(), "detente"),
        "fan": fan_of(simulated()),
        "distribution": distribution_of(simulated(), "index_at_end"),
        "rows": rows(simulated())[0],
    }


def below(thing: object, path: str, depth: int = 4) -> Iterator[tuple[str, object]]:
    """An object of relsim's and, a few levels down, those that its fields hold."""
    if isinstance(thing, Mapping) and type(thing).__module__.startswith(("builtins", "types")):
        things = [(f"[{key!r}]", value) for key, value in list(thing.items())[:3]]
    elif isinstance(thing, (tuple, list)):
        things = [(f"[{n}]", value) for n, value in enumerate(thing[:3])]
    elif type(thing).__module__.startswith("relsim"):
        yield path, thing
        names = list(getattr(type(thing), "model_fields", ()))
        if dataclasses.is_dataclass(thing):
            names = [field.name for field in dataclasses.fields(thing)]
        things = [(f".{name}", getattr(thing, name)) for name in names]
    else:
        return
    for name, inner in things if depth else ():
        yield from below(inner, path + name, depth - 1)


def test_nothing_prints_long() -> None:
    found = roots()
    assert set(PUBLIC) <= set(found)
    long = {
        where: len(repr(thing))
        for name, root in found.items()
        for where, thing in below(root, name)
        if len(repr(thing)) > MOST
    }
    assert long == {}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", PUBLIC)
def test_notebooks_get_html(name: str) -> None:
    thing = roots()[name]
    assert isinstance(thing, getattr(relsim, name))
    text = thing._repr_html_()  # type: ignore[attr-defined]
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.seen <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p", "pre", "b",
                         "br"}  # fmt: skip
    assert len(text) < 50_000


def test_html_is_escaped() -> None:
    wicked = "<script>alert(1)</script>"
    scenario = load("us-russia-2021").model_copy(update={"title": wicked, "question": wicked})
    for thing in (scenario, problem(wicked), scenario.outcomes["detente"].model_copy(
            update={"title": wicked})):  # fmt: skip
        assert "<script>" not in thing._repr_html_()
        assert "&lt;script&gt;" in thing._repr_html_()


def test_a_scenario_says_what_it_is() -> None:
    scenario = load("us-russia-2021")
    assert (
        repr(scenario)
        == str(scenario)
        == (
            "<Scenario us-russia-2021: US–Russia relations, January 2021 to January 2025; "
            "2021-01-20 to 2025-01-19, 15 outcomes>"
        )
    )
    assert scenario.question in scenario._repr_html_()


@dataclasses.dataclass(repr=False)
class Long(Brief):
    names: tuple[str, ...]
    values: np.ndarray
    words: str
    table: dict[str, int]


def test_long_fields_are_shown_by_their_size() -> None:
    thing = Long(("a",) * 1000, np.zeros((3, 4)), "w" * 5000, dict.fromkeys("abcdefg", 1))
    assert repr(thing).startswith("Long(names=<1000 entries>, values=<float64 (3, 4)>, words='www")
    assert repr(thing).endswith("...', table=<7 entries>)")
    made = dataclasses.make_dataclass("Wide", [f"field_{n}" for n in range(200)])
    assert len(brief(made(*range(200)))) <= LONGEST
    assert brief(made(*range(200))).endswith(", ...)")


SNIPPET = """\
import relsim

scenario = relsim.load("us-russia-2021")
one = relsim.compare(scenario, scenario, runs=64)
reveal_type(one["detente"])
reveal_type(one["detente"].difference)
reveal_type(one["detente"].difference.value)
two = relsim.compare(scenario, scenario, scenario, seed=2)
reveal_type(two["war-scare"])
reveal_type(two["war-scare"]["detente"].baseline)
reveal_type(two.variants["war-scare"].outcomes)
listed = relsim.compare(scenario, *[scenario])
reveal_type(listed.variants["x"]["detente"].title)
found: relsim.Comparison = one
"""


@pytest.mark.slow
def test_type_checkers_see_what_a_comparison_holds(tmp_path: typing.Any) -> None:
    file = tmp_path / "snippet.py"
    file.write_text(SNIPPET, encoding="utf-8")
    out, _, code = api.run(["--strict", "--cache-dir", str(tmp_path / "cache"),
                            "--follow-imports", "silent", str(file)])  # fmt: skip
    assert code == 0, out
    revealed = [line.split('"')[1] for line in out.splitlines() if "Revealed" in line]
    assert [kind.rsplit(".", 1)[-1].rstrip("]") for kind in revealed] == [
        "Contrast", "Difference", "float", "Variant", "Estimate", "Contrast", "str",
    ]  # fmt: skip


@pytest.mark.slow
def test_a_comparison_is_of_the_kind_that_it_says() -> None:
    scenario = load("us-russia-2021")
    hints = typing.get_type_hints(Comparison.__getitem__)
    assert set(typing.get_args(hints["return"])) == {Variant, Contrast}
    found = roots()["Comparison"]
    assert isinstance(found, WithOne)
    assert isinstance(found["detente"], Contrast)
    several = relsim.compare(
        scenario, scenario.vary({"actors.US.stake": 0.2}), scenario, runs=64, draws=64,
        attribution=False,
    )  # fmt: skip
    assert isinstance(several, WithSeveral)
    assert isinstance(several[next(iter(several.variants))], Variant)
    assert isinstance(scenario, Scenario)
