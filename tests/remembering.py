"""What is made once for all tests of what is done with it: scenarios that are read, chunks.

The same plan gives the same bits, as tests/properties shows; who tests that must not come here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np

from relsim.array_types import Floats
from relsim.processes.recorded import RecordOfMoves
from relsim.runs import engine
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.plan import Plan
from relsim.scenario import schema
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.fields.section import Section
from relsim.scenario.files.places import resolve
from relsim.scenario.files.reading import Document, read, validated

ROOT = Path(__file__).resolve().parents[1]
# Whose files nobody changes while tests run.
STILL = (ROOT / "scenarios", ROOT / "tests" / "cli")
MOST = 4096  # runs of a chunk that is kept
simulate_chunks = engine.simulate_chunks
_known: dict[tuple[object, ...], ChunkResult] = {}
_documents: dict[Path, Document] = {}
_scenarios: dict[Path, Section] = {}


def remember_scenarios() -> None:
    """Let `relsim.load` read and check a file of the checkout once; it is frozen.

    Tests of reading and checking call `read` and `validated` themselves, which do their work.
    """
    schema.read = remembered_document
    schema.validated = remembered_scenario


def remembered_document(name_or_path: str | os.PathLike[str]) -> Document:
    """What `read` returns; of a file of the checkout, from memory."""
    path = resolve(name_or_path)
    if path.resolve().parent not in STILL:
        return read(name_or_path)
    if path not in _documents:
        _documents[path] = read(name_or_path)
    return _documents[path]


def remembered_scenario(
    document: Document, model: type[Section], settings: Iterable[str] = ()
) -> Section:
    """What `validated` returns; of a document from memory, without settings, from memory."""
    if settings or _documents.get(document.path) is not document:
        return validated(document, model, settings)
    if document.path not in _scenarios:
        _scenarios[document.path] = validated(document, model)
    return _scenarios[document.path]


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
