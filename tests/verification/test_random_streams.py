"""Random numbers have names: none depends on what the runs do, and columns stay in place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from relsim.array_types import Floats
from relsim.runs import engine
from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.schema import Scenario
from relsim.simulate import Plan, simulate_chunk
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_parameters
from relsim.worlds.randomness.streams import Stream, Streams
from tests.verification.cases import Case, Result, differences, planted, rounding, with_planted
from tests.verification.stage import scenario

Doubles = npt.NDArray[np.float64]
Drawn = dict[tuple[str, str, int], bytes]
Draw = Callable[[Mapping[str, Distribution], int, Iterable[int]], dict[str, Doubles]]

WIDTH = 64


class RecordedStreams(Streams):
    """Streams that keep what they gave, by process, purpose and tick."""

    def __init__(
        self, seed: int, chunks: Sequence[int], width: int, columns: int | None = None
    ) -> None:
        super().__init__(seed, chunks, width, columns)
        self.drawn: Drawn = {}
        self.shapes: set[tuple[int, ...]] = set()

    def stream(self, process: str, purpose: str, rows: int = 1) -> Stream:
        stream = super().stream(process, purpose, rows)
        for kind in ("uniforms", "normals"):
            setattr(stream, kind, self._recording(getattr(stream, kind), process, purpose))
        return stream

    def _recording(self, draw: object, process: str, purpose: str) -> object:
        assert callable(draw)

        def recorded(now: int) -> Floats:
            numbers: Floats = draw(now)
            self.drawn[process, purpose, now] = numbers.tobytes()
            self.shapes.add(numbers.shape)
            return numbers

        return recorded


def term_of(settings: Mapping[str, object], known_until: str = "2021-04-06") -> RecordedStreams:
    """What a whole term drew."""
    plain = scenario().vary(settings).model_dump(by_alias=True, mode="json")
    horizon = plain["horizon"] | {"known_until": known_until}
    asked = Scenario.model_validate(plain | {"horizon": horizon})
    plan = Plan(asked, seed=1, runs=WIDTH, runs_per_draw=1, width=WIDTH)
    streams: list[RecordedStreams] = []

    def recorded(seed: int, chunks: Sequence[int], width: int, columns: int) -> RecordedStreams:
        streams.append(RecordedStreams(seed, chunks, width, columns))
        return streams[-1]

    with planted(engine, "Streams", recorded):
        simulate_chunk(plan, 0)
    return streams[0]


# Another world: chance begins later, hardly any collisions, many more meetings, other moves.
LATER = "2021-05-04"
OTHER = {
    "regions.europe.rate": 0.01,
    "moves.propose_summit.rate.US": 8.0,
    "moves.impose_sanctions.rate.US": 0.1,
    "moves.expel_diplomats.rate.RU": 5.0,
    "issues.cyber.opening_rate": 6.0,
}


def independent_of_masks() -> Result:
    """Draws of one name and tick that differ between two worlds."""
    here, there = term_of({}), term_of(OTHER, LATER)
    shared = here.drawn.keys() & there.drawn.keys()
    asked_by_one = here.drawn.keys() ^ there.drawn.keys()
    assert len(shared) > 2000
    assert asked_by_one, "the two worlds ask for the same draws: they prove nothing"
    assert {shape[-1] for shape in here.shapes | there.shapes} == {WIDTH}
    return differences(sum(here.drawn[name] != there.drawn[name] for name in shared))


def goes_on(self: Stream, chunk: int, now: int) -> None:
    """Planted error: a stream goes on where the last draw ended."""


PATHS = ("actors.US.stake", "actors.RU.stake", "dyad.rivalry", "regions.europe.rate")


@functools.cache
def distributions() -> dict[str, Distribution]:
    named = scenario().parameters()
    return {path: named[path].distribution for path in PATHS}


def stays_in_place(draw: Draw = draw_parameters) -> Result:
    """A column is the same with other parameters beside it and without them, in any batches."""
    stake = PATHS[0]
    whole = draw(distributions(), 3, range(3))[stake]
    alone = draw({stake: distributions()[stake]}, 3, range(3))[stake]
    last = draw(distributions(), 3, [2])[stake]
    return max(
        rounding(alone, whole, unit=1e-12),
        rounding(last, whole[2 * DRAWS_PER_BATCH :], unit=1e-12),
    )


def one_hypercube(
    wanted: Mapping[str, Distribution], seed: int, batches: Iterable[int]
) -> dict[str, Doubles]:
    """Planted error: all columns of a hypercube are drawn together."""
    rng = np.random.default_rng(seed)
    count = DRAWS_PER_BATCH * len(list(batches))
    strata = np.argsort(rng.random((len(wanted), count)), axis=1)
    u = (strata + rng.random(strata.shape)) / count
    return {path: d.quantile(row) for (path, d), row in zip(wanted.items(), u, strict=True)}


CASES = (
    Case(
        "draws are independent of masks",
        independent_of_masks,
        {
            "streams go on": with_planted(independent_of_masks, Stream, "_seek", goes_on),
        },
    ),
    Case(
        "columns of draws stay in place",
        stays_in_place,
        {"one hypercube": lambda: stays_in_place(one_hypercube)},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.default_cases(1)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit
