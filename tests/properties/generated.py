"""Scenarios from a generator: the baseline's term with parts, numbers and rules changed at random.

Every change is one that an author may write; what the schema refuses is not generated again.
"""

from __future__ import annotations

from functools import cache

from hypothesis import assume
from hypothesis import strategies as st

from relsim.errors import ScenarioError
from relsim.rules import RULES
from relsim.scenario.schema import Scenario, load
from tests.properties.comparing import shortened

ENDS = ("2021-06-30", "2021-09-01", "2021-12-31", "2022-01-03")
REVIEWS = ("13 days", "1 days", "3 days", "7 days", "30 days")  # the first is the quickest to try
# Rules that need nothing but the view; a script would need its moves.
PLAIN_RULES = sorted(set(RULES) - {"scripted"})
FACTORS = (0, 0.1, 0.5, 2, 10)


@cache
def base() -> Scenario:
    return shortened(load("us-russia-2021"))


@cache
def drawn_paths() -> tuple[str, ...]:
    """Paths of the numbers that differ over draws."""
    values = base().parameters().items()
    return tuple(path for path, value in values if value.constant is None)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, object]:
    """What `changed` takes: a few numbers, parts and rules, small enough to be printed."""
    found: dict[str, object] = {"horizon.end": draw(st.sampled_from(ENDS))}
    for actor in base().actors:
        found[f"actors.{actor}.review_every"] = draw(st.sampled_from(REVIEWS))
        if draw(st.booleans()):
            found[f"actors.{actor}.rule"] = draw(st.sampled_from(PLAIN_RULES))
    for path in draw(st.lists(st.sampled_from(drawn_paths()), max_size=6, unique=True)):
        middle = float(base().parameters()[path].distribution.mean)
        found[path] = middle * draw(st.sampled_from(FACTORS))
    for group in ("regions", "issues"):
        for name in draw(st.lists(st.sampled_from(sorted(getattr(base(), group))), max_size=1)):
            found[f"{group}.{name}"] = None
    return found


def changed(found: dict[str, object]) -> Scenario:
    """The short term with changes; those that the schema refuses are passed over."""
    try:
        return base().vary(found)
    except ScenarioError:
        assume(False)
        raise
