"""Views for tests of rules: what an actor might see, without an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from relsim.array_types import Floats
from relsim.rules import View

HOLD, SCOLD, STRIKE, GIVE, MEET, NOTE = range(6)
MOVES = ("hold", "scold", "strike", "give", "meet", "note")
KINDS = ("neutral", "hostile", "strong_hostile", "cooperative", "cooperative", "neutral")
PER_YEAR = (0.0, 4.0, 2.0, 1.0, 3.0, 5.0)
REVIEWS = 365.25 / 7  # a year
PARAMETERS: Mapping[str, Floats] = {
    name: np.asarray(value, np.float32)
    for name, value in {
        "stake": 3.0, "belief_felt": 1.0, "pressure_works": 0.4, "trust_value": 2.0, "trust": 0.3,
    }.items()
}  # fmt: skip


def routine(per_year: Sequence[float] = PER_YEAR) -> Floats:
    """Log-odds of the moves for weekly reviews, (moves, 1)."""
    with np.errstate(divide="ignore"):
        rows = np.log(np.array(per_year) / REVIEWS)
    rows[HOLD] = 0
    return rows.astype(np.float32)[:, np.newaxis]


def calm(runs: int = 1, **changes: Any) -> View:
    """Nothing has happened, everything can be done; `changes` are scalars or arrays."""
    nothing = np.zeros(runs, np.float32)
    view = View(
        actor="A",
        opponent="B",
        day=70,
        moves=MOVES,
        kinds=KINDS,
        available=np.ones((len(MOVES), runs), np.bool_),
        routine=routine(),
        expresses=np.zeros((len(MOVES), 4), np.float32),
        drivers=np.zeros((4, runs), np.float32),
        urges={},
        pressure_works=nothing + np.float32(0.4),
        trust=nothing + np.float32(0.3),
        hostility=nothing,
        goodwill=nothing,
        own_last=nothing.astype(np.int8),
        last_of_opponent=nothing.astype(np.int8),
        own_last_day=nothing.astype(np.int16) - np.int16(1),
        last_day_of_opponent=nothing.astype(np.int16) - np.int16(1),
        unanswered=nothing.astype(np.int16),
        script=(),
        script_done=np.zeros((0, runs), np.bool_),
    )
    shaped = {
        name: np.broadcast_to(
            np.asarray(value, getattr(view, name).dtype), getattr(view, name).shape
        )
        if isinstance(getattr(view, name), np.ndarray) and np.ndim(value) < 2
        else value
        for name, value in changes.items()
    }
    return replace(view, **shaped)


def random_view(seed: int, runs: int = 300) -> View:
    """Anything an actor might see; odd seeds have a routine of their own in each run."""
    rng = np.random.default_rng(seed)
    moves = len(MOVES)
    available = rng.random((moves, runs)) < 0.6
    available[HOLD] = True
    rates = rng.exponential(5, (moves, runs if seed % 2 else 1)) * (rng.random((moves, 1)) < 0.8)
    with np.errstate(divide="ignore"):
        odds = np.log(rates / REVIEWS)
    odds[HOLD] = 0
    expresses = rng.normal(size=(moves, 4))
    expresses[HOLD] = 0
    script = tuple((int(day), int(rng.integers(1, moves))) for day in (10, 50, 50, 69, 70, 71))
    return calm(
        runs,
        available=available,
        routine=odds.astype(np.float32),
        expresses=expresses.astype(np.float32),
        drivers=rng.normal(0, 3, (4, runs)).astype(np.float32),
        urges={STRIKE: rng.exponential(3, runs).astype(np.float32)},
        pressure_works=rng.random(runs),
        trust=rng.random(runs),
        hostility=rng.exponential(5, runs),
        goodwill=rng.exponential(5, runs),
        own_last=rng.integers(0, NOTE, runs),
        last_of_opponent=rng.integers(0, NOTE, runs),
        own_last_day=rng.integers(-1, 70, runs),
        last_day_of_opponent=rng.integers(-1, 70, runs),
        unanswered=rng.integers(0, 8, runs),
        script=script,
        script_done=rng.random((len(script), runs)) < 0.4,
    )


def taken(view: View, runs: Any) -> View:
    """The view of some of the runs only."""
    width = view.available.shape[-1]
    arrays = {
        field.name: value[..., runs]
        for field in fields(view)
        if isinstance(value := getattr(view, field.name), np.ndarray) and value.shape[-1] == width
        and field.name != "expresses"
    }  # fmt: skip
    urges = {row: urge[runs] for row, urge in view.urges.items()}
    return replace(view, **arrays, urges=urges)
