"""Draws: parameter vectors, in batches of 64, each parameter by its own Latin hypercube column."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from relsim.worlds.streams import philox

DRAWS_PER_BATCH = 64

Doubles = npt.NDArray[np.float64]


class Quantile(Protocol):
    """A distribution as the draws need it: its inverse distribution function."""

    def quantile(self, u: Doubles) -> Doubles:
        """Values at probabilities u, same shape."""
        ...


def latin_column(seed: int, path: str, batch: int) -> Doubles:
    """64 stratified uniforms of one parameter in one batch, shape (64,).

    A column depends on seed, path and batch alone, so fixing or adding a parameter leaves every
    other column as it was, and the first batches of a larger ensemble are the smaller one.
    Source: McKay, Beckman & Conover 1979, Technometrics 21:239-245.
    """
    generator = np.random.Generator(philox(seed, "draw", path, batch))
    order, place = generator.random((2, DRAWS_PER_BATCH))
    column: Doubles = (order.argsort(kind="stable") + place) / DRAWS_PER_BATCH
    return column


def draw_parameters(
    distributions: Mapping[str, Quantile], seed: int, batches: Iterable[int]
) -> dict[str, Doubles]:
    """Parameter values for some batches, each of shape (64 × number of batches,)."""
    wanted = list(batches)
    return {
        path: distribution.quantile(
            np.concatenate([latin_column(seed, path, batch) for batch in wanted])
        )
        for path, distribution in distributions.items()
    }


def draw_of_run(runs: npt.NDArray[np.int64], runs_per_draw: int) -> npt.NDArray[np.int64]:
    """The draw of each run: batch r // (64 R), then draw r mod 64 within it (contracts: draws)."""
    result: npt.NDArray[np.int64] = (
        runs // (DRAWS_PER_BATCH * runs_per_draw) * DRAWS_PER_BATCH + runs % DRAWS_PER_BATCH
    )
    return result


def draw_of_all_runs(runs: int, runs_per_draw: int) -> npt.NDArray[np.int64]:
    """The draw of each of the first runs, int64 (runs,); whole batches take no further memory."""
    batch = DRAWS_PER_BATCH * runs_per_draw
    result = np.empty(runs, dtype=np.int64)
    for number, first in enumerate(range(0, runs, batch)):
        part = result[first : first + batch]
        part[:] = np.resize(np.arange(DRAWS_PER_BATCH), part.size)
        part += number * DRAWS_PER_BATCH
    return result
