"""What a chunk costs to store does not grow with the chunks that are stored already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from relsim.ensemble.ensemble import parameters_of
from relsim.errors import StoreError
from relsim.runs.chunk_result import ChunkResult
from relsim.runs.engine import simulate_chunks
from relsim.runs.provenance import provenance
from relsim.scenario.schema import load
from relsim.simulate import Plan, simulate
from relsim.store import expected, manifest
from relsim.store.folder import write_scenario
from relsim.store.manifest import MOST_CHUNKS, Manifest
from relsim.store.writer import Result
from tests.properties.comparing import shortened

WIDTH, CHUNKS = 64, 40_010


@pytest.fixture(scope="module")
def plan() -> Plan:
    scenario = shortened(load("us-russia-2021"), "2021-07-31")
    return Plan(scenario, 1, WIDTH * CHUNKS, CHUNKS, width=WIDTH)


@pytest.fixture(scope="module")
def part(plan: Plan) -> ChunkResult:
    """A true chunk, of which all others are made."""
    return simulate_chunks(plan, (0,))[0]


@contextmanager
def with_stored(plan: Plan, part: ChunkResult, folder: Path, stored: int) -> Iterator[Result]:
    """A result of which the manifest says that so many chunks are stored."""
    folder.mkdir()
    begun = Manifest.begun(
        seed=1, runs=plan.runs, runs_per_draw=plan.runs_per_draw, chunk_width=WIDTH,
        log_all=False, saved=False, provenance=provenance(plan.scenario, 1, WIDTH, ()),
    )  # fmt: skip
    write_scenario(plan.scenario, begun, folder)
    with Result(folder, plan.scenario, begun, parameters_of(plan)) as result:
        result.add(part)
        begun.chunks |= dict.fromkeys(range(1, stored), "0" * 64)
        begun.write(folder)
        yield result


def written(result: Result, part: ChunkResult) -> int:
    """Bytes that are written to files as a chunk is added."""
    before = sizes(result.folder)
    result.add(part)
    total = 0
    for key, (size, time) in sizes(result.folder).items():
        earlier = before.get(key)
        if earlier is None:
            total += size
        elif earlier[1] != time:
            total += size - earlier[0] if key[0] == manifest.JOURNAL else size
    return total


def sizes(folder: Path) -> dict[tuple[str, int], tuple[int, int]]:
    """Size and time of each file, by name and inode: one that is replaced has another."""
    before = {file: file.stat() for file in folder.rglob("*") if file.is_file()}
    return {
        (file.relative_to(folder).as_posix(), one.st_ino): (one.st_size, one.st_mtime_ns)
        for file, one in before.items()
    }


def test_a_chunk_writes_as_much_after_forty_thousand_as_after_four_hundred(
    plan: Plan, part: ChunkResult, tmp_path: Path
) -> None:
    work = {}
    for stored in (400, 40_000):
        with with_stored(plan, part, tmp_path / str(stored), stored) as result:
            result.add(replace(part, chunk=stored))  # begins the journal
            work[stored] = [written(result, replace(part, chunk=stored + n)) for n in (1, 2, 3)]
        there = manifest.read(tmp_path / str(stored)).chunks
        assert list(there) == list(range(stored + 4))
    assert sum(work[40_000]) <= 1.5 * sum(work[400])
    whole = (tmp_path / "40000" / "manifest.json").stat().st_size
    assert max(work[40_000]) < whole / 10  # it could be seen if the manifest were among it


def test_what_a_reader_of_many_chunks_counts_is_right(
    plan: Plan, part: ChunkResult, tmp_path: Path
) -> None:
    with with_stored(plan, part, tmp_path / "result", 40_000):
        found = manifest.read(tmp_path / "result")
    assert found.unfinished == 10 * WIDTH


def test_more_chunks_than_a_result_can_have_are_reported_at_once(
    plan: Plan, tmp_path: Path
) -> None:
    most = MOST_CHUNKS * 8192
    with pytest.raises(StoreError, match=f"at most {most:,} runs .got {2 * most:,}.: simulate sev"):
        simulate(plan.scenario, 2 * most, 64, folder=tmp_path / "result")
    assert list(tmp_path.iterdir()) == []


def test_more_memory_than_there_is_is_reported(
    plan: Plan, part: ChunkResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few finished chunks of many runs are small on a disk, and large in memory."""
    import relsim

    folder = tmp_path / "result"
    with with_stored(plan, part, folder, 1):
        pass
    with pytest.warns(UserWarning, match="is not finished"):
        relsim.open(folder)
    monkeypatch.setattr(expected, "_memory", lambda: 20e6)
    with pytest.raises(StoreError, match=r"holds 2,560,640 runs, for which .* of memory"):
        relsim.open(folder)
