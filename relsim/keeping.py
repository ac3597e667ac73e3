"""What is kept of an ensemble under way: its draws, its folder, and what is told if it breaks."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from relsim.ensemble.lazy import Columns
from relsim.errors import SimulationError
from relsim.plan import Plan
from relsim.workers import ExecutorBroke
from relsim.worlds.columns import parameter_distributions, parameter_draws
from relsim.worlds.draws import DRAWS_PER_BATCH

if TYPE_CHECKING:
    from relsim.ensemble.store import Result

KEPT = 2**26  # bytes: the parameters of a million runs, at 32 a draw; to draw them takes seconds

__all__ = ["parameters_of", "stored_result", "told_what_is_kept"]


def parameters_of(plan: Plan, kept: int = KEPT) -> Columns:
    """The parameter values of every draw of a plan, drawn when they are asked for.

    Parameters
    ----------
    plan : Plan
    kept : int
        Bytes: if they are smaller together they are drawn once.
    """
    names = list(parameter_distributions(plan.scenario))
    return Columns(names, 8 * plan.draws, partial(_drawn, plan), kept)


def _drawn(plan: Plan, names: Sequence[str]) -> dict[str, npt.NDArray[np.float64]]:
    batches = range(plan.draws // DRAWS_PER_BATCH)
    return parameter_draws(plan.scenario, plan.seed, batches, names)


def stored_result(
    plan: Plan,
    folder: str | os.PathLike[str],
    origin: Mapping[str, object],
    resume: bool,
) -> Result:
    """The result folder of a plan, begun or gone on with."""
    from relsim.ensemble.manifest import Manifest
    from relsim.ensemble.store import begin

    asked = Manifest.begun(
        seed=int(plan.seed),
        runs=plan.runs,
        runs_per_draw=plan.runs_per_draw,
        chunk_width=plan.width,
        log_all=plan.log_all,
        saved=False,
        provenance=dict(origin),
    )
    # What is written once need not stay.
    return begin(folder, plan.scenario, asked, parameters_of(plan, kept=0), resume)


@contextmanager
def told_what_is_kept(plan: Plan, folder: str | os.PathLike[str] | None) -> Iterator[None]:
    """Add to the error of a broken executor what is kept, and how to go on."""
    try:
        yield
    except ExecutorBroke as error:
        if folder is None:
            raise SimulationError(f"{error}; nothing is kept, as no folder was given") from error
        how = "go on by the same call of simulate with resume=True"
        if not plan.rules and not plan.log_all:
            sizes = {"--runs": plan.runs, "--draws": plan.draws, "--seed": plan.seed}
            words = [str(word) for pair in sizes.items() for word in pair]
            name = plan.scenario.name
            command = shlex.join(["relsim", "run", name, *words, "--out", str(folder), "--resume"])
            how += f", or of the same scenario by {command}"
        raise SimulationError(f"{error}; finished chunks are kept in {folder}: {how}") from error
