"""Random outcome conditions and records, for hypothesis."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from hypothesis import strategies as st

from relsim.scenario.conditions.windows import Term
from tests.verification.outcome_records import (
    ACTORS,
    HALVES,
    KINDS,
    SERIES,
    START,
    SUBJECTS,
    TREATY_WORDS,
    Records,
)

LEVELS = st.one_of(
    st.tuples(st.sampled_from(["at_least", "above", "at_most", "below"]), st.sampled_from(HALVES))
    .map(lambda pair: {pair[0]: pair[1]}),
    st.just({"above": -1.0, "at_most": 0.5}),
)  # fmt: skip
ON_SERIES = st.tuples(st.sampled_from(SERIES), LEVELS).map(lambda p: {"series": p[0], **p[1]})
WEEKS = st.sampled_from(["1 week", "2 weeks", "3 weeks", "35 days", "2 months"])
SPANS = st.one_of(WEEKS, st.sampled_from(["1 day", "10 days", "1 month", "1 year"]))
DATES = st.integers(-5, 140).map(lambda day: str(START + datetime.timedelta(days=day)))
COUNTS = st.integers(1, 4)


def some(strategies: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings with any of the keys."""
    return st.fixed_dictionaries({}, optional=strategies)


def merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {k: v for part in found for k, v in part.items()})


NO_DATES: st.SearchStrategy[dict[str, Any]] = st.just({})
BETWEEN = st.one_of(
    some({"from": DATES}),
    some({"until": DATES}),
    st.tuples(DATES, DATES).map(sorted).map(lambda pair: {"from": pair[0], "until": pair[1]}),
)
DEEDS = merged(
    st.fixed_dictionaries(
        {"deed": st.one_of(st.sampled_from(KINDS), st.lists(st.sampled_from(KINDS), min_size=1))},
        optional={"by": st.sampled_from(["US", "RU"]), "of": st.just("pipe")},
    )
)
PORTIONS = st.one_of(
    st.tuples(st.just("in_at_least"), st.sampled_from([1, 2, "50%", 0.3])),
    st.tuples(st.just("more_than"), st.sampled_from([0, 1, "25%", 0.5])),
).map(lambda pair: {pair[0]: pair[1]})


def one(operator: str, body: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return body.map(lambda found: {operator: found})


def in_last(spans: st.SearchStrategy[str], dates: st.SearchStrategy[Any]) -> Any:
    return st.one_of(dates, st.fixed_dictionaries({"in_last": spans}))


def combined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(parts, min_size=1, max_size=3)
    several = st.tuples(lists, COUNTS).map(lambda p: {"n": min(p[1], len(p[0])), "of": p[0]})
    return st.one_of(one("all", lists), one("any", lists), one("not", parts),
                     one("at_least", several))  # fmt: skip


def past() -> st.SearchStrategy[Any]:
    """What may stand inside `first_week`."""
    leaf = st.one_of(
        one("happened", merged(DEEDS, some({"in_last": SPANS}))),
        one("sustained", merged(ON_SERIES, st.fixed_dictionaries({"for": WEEKS}))),
        one("weeks", merged(ON_SERIES, st.fixed_dictionaries({"in_last": WEEKS}),
                            some({"in_at_least": COUNTS}))),
        one("mean", merged(ON_SERIES, st.fixed_dictionaries({"in_last": WEEKS}))),
    )  # fmt: skip
    return st.recursive(leaf, combined, max_leaves=4)


def conditions(*, dates: bool = True) -> st.SearchStrategy[Any]:
    """Any condition; without dates, as inside `each`."""
    between = BETWEEN if dates else NO_DATES
    happened = one("happened", merged(DEEDS, in_last(SPANS, between)))
    sustained = one("sustained", merged(ON_SERIES, between, st.fixed_dictionaries({"for": WEEKS})))
    dated = st.recursive(
        st.one_of(happened, sustained),
        lambda parts: st.one_of(
            one("any", st.lists(parts, min_size=1, max_size=2)),
            one("then", st.fixed_dictionaries({"first": parts, "second": parts},
                                              optional={"within": SPANS})),
        ),
        max_leaves=4,
    )  # fmt: skip
    watch = merged(
        st.fixed_dictionaries({"of": past()}, optional={"onset": WEEKS}),
        between,
        some({"onset_from": DATES}) if dates else NO_DATES,
    )
    weekly = in_last(WEEKS, between)
    share = merged(
        ON_SERIES, weekly, PORTIONS, some({"per": WEEKS, "take": st.sampled_from(["sum", "mean"])})
    )
    leaves_of = [
        dated,
        one("weeks", merged(ON_SERIES, weekly, some({"in_at_least": COUNTS}))),
        one("mean", merged(ON_SERIES, weekly)),
        one("share", share),
        one("first_week", watch),
    ]
    if not dates:
        return st.recursive(st.one_of(leaves_of), combined, max_leaves=4)
    status = st.fixed_dictionaries({"treaty": st.just("pact"), "is": st.sampled_from(TREATY_WORDS)})
    each = st.fixed_dictionaries({
        "period": st.sampled_from(["28 days", "5 weeks", "1 month"]),
        "in_at_least": COUNTS,
        "of": conditions(dates=False),
    })  # fmt: skip
    every = st.one_of(*leaves_of, one("status", status), one("each", each))
    return st.recursive(every, combined, max_leaves=5)


@st.composite
def records(draw: st.DrawFn) -> Records:
    days, width = draw(st.integers(50, 120)), draw(st.integers(1, 3))
    weeks = -(-days // 7)
    deed = st.tuples(
        st.integers(0, days - 1), st.sampled_from(KINDS), st.sampled_from(ACTORS),
        st.sampled_from(SUBJECTS), st.integers(1, 2**width - 1),
    )  # fmt: skip
    deeds = [
        (*found[:4], np.flatnonzero([found[4] >> run & 1 for run in range(width)]))
        for found in draw(st.lists(deed, max_size=15))
    ]
    bytes_drawn = draw(st.binary(min_size=2 * weeks * width, max_size=2 * weeks * width))
    values = np.take(HALVES, np.frombuffer(bytes_drawn, np.uint8) % 5).astype(np.float32)
    values = values.reshape(2, weeks, width)
    treaty = np.array([draw(st.integers(0, 3)) for _ in range(width)])
    term = Term(START, days, draw(st.sampled_from([0, 1, 21])))
    return Records(term, width, deeds, dict(zip(SERIES, values, strict=True)), treaty)


OUTCOMES = st.dictionaries(st.sampled_from("abcd"), conditions(), min_size=1)
