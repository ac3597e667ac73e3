"""Chunks that are simulated once for all tests of what is done with them.

The same plan gives the same bits, as tests/properties shows; who tests that must not come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

import numpy as np

from relsim.array_types import Floats
from relsim.processes.recorded import RecordOfMoves
from relsim.runs import engine
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.plan import Plan
from relsim.scenario.canonical import scenario_hash

MOST = 4096  # runs of a chunk that is kept
simulate_chunks = engine.simulate_chunks
_known: dict[tuple[object, ...], ChunkResult] = {}


def remembered_chunks(
    plan: Plan,
    chunks: Sequence[int],
    given: Mapping[str, Floats] | None = None,
    record_of_moves: RecordOfMoves | None = None,
) -> list[ChunkResult]:
    """What `simulate_chunks` gives; of a plan without rules of its own, from memory."""
    special = plan.rules or plan.forced or given or plan.intervention or record_of_moves is not None
    if special or min(plan.width, plan.runs) > MOST:
        return simulate_chunks(plan, chunks, given, record_of_moves)
    plain = (plan.seed, plan.runs, plan.runs_per_draw, plan.width, plan.kept, plan.log_all)
    key = (scenario_hash(plan.scenario), *plain)
    if missing := [chunk for chunk in chunks if (*key, chunk) not in _known]:
        for result in simulate_chunks(plan, missing):
            protect(result)
            _known[*key, result.chunk] = result
    return [_known[*key, chunk] for chunk in chunks]


def protect(held: object) -> None:
    """Let nobody write to the arrays that something holds: other tests look at them, too."""
    if isinstance(held, np.ndarray):
        held.flags.writeable = False
    elif isinstance(held, Mapping):
        for item in held.values():
            protect(item)
    elif isinstance(held, tuple):
        for item in held:
            protect(item)
    elif is_dataclass(held):
        for field in fields(held):
            protect(getattr(held, field.name))
