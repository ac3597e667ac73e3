"""Chunks that are simulated once for all tests of what is done with them.

The same plan gives the same bits, as tests/properties shows; who tests that must not come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy

from relsim.array_types import Floats
from relsim.processes.recorded import RecordOfMoves
from relsim.runs import engine
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.plan import Plan
from relsim.scenario.canonical import scenario_hash

MOST = 512  # runs of a chunk that is kept
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
            _known[*key, result.chunk] = result
    return [deepcopy(_known[*key, chunk]) for chunk in chunks]
