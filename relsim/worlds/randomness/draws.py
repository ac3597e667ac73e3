"""Draws: parameter vectors, in batches of 64, each parameter by its own Latin hypercube column."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from relsim.worlds.randomness.keys import key_of

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
    return latin_columns(seed, path, (batch,))


def latin_columns(seed: int, path: str, batches: Sequence[int]) -> Doubles:
    """The columns of one parameter in some batches one after the other, (64 × batches,)."""
    uniforms = np.empty((len(batches), 2, DRAWS_PER_BATCH))
    # One generator that is given each batch's key: to make another takes longer than to draw.
    bits = np.random.Philox(key=0)
    generator, state = np.random.Generator(bits), bits.state
    for batch, numbers in zip(batches, uniforms, strict=True):
        state["state"]["key"] = key_of(seed, "draw", path, batch)
        bits.state = state
        generator.random(out=numbers)
    order, place = uniforms[:, 0], uniforms[:, 1]
    columns: Doubles = (order.argsort(axis=1, kind="stable") + place) / DRAWS_PER_BATCH
    return columns.ravel()


def draw_parameters(
    distributions: Mapping[str, Quantile], seed: int, batches: Iterable[int]
) -> dict[str, Doubles]:
    """Parameter values for some batches, each of shape (64 × number of batches,)."""
    wanted = list(batches)
    return {
        path: distribution.quantile(latin_columns(seed, path, wanted))
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
