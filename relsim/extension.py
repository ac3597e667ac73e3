"""More runs of an ensemble that is there."""

from __future__ import annotations

import time
from dataclasses import replace

from relsim.arguments import whole_number
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.parts import Gathering, whole
from relsim.errors import UsageError
from relsim.keeping import parameters_of
from relsim.plan import Plan
from relsim.simulate import Progress, lived_chunks
from relsim.workers import check_workers

__all__ = ["extend"]


def extend(
    ensemble: Ensemble, runs: int, workers: int = 1, progress: Progress | None = None
) -> Ensemble:
    """The ensemble with more batches: that of `runs` runs and as many a draw, to the bit.

    Chunks that were lived whole are kept.

    Parameters
    ----------
    ensemble : Ensemble
        By the scenario's own rules, without the event log of all runs.
    runs : int
        Rounded up to whole batches.
    workers, progress
        As for `relsim.simulate`.

    Raises
    ------
    UsageError
        If it has as many runs already, or rules of one's own.
    SimulationError
        If every new chunk breaks off.
    """
    began = time.perf_counter()
    runs, workers = whole_number("runs", runs), check_workers(workers)
    if runs <= ensemble.runs:
        raise UsageError(f"runs must be more than {ensemble.runs:,} (got {runs:,})")
    if ensemble.provenance["custom_rules"]:
        raise UsageError("an ensemble by rules of one's own cannot be extended: simulate it anew")
    total = -(-runs // ensemble.runs_per_batch) * ensemble.runs_per_batch
    plan = Plan(ensemble.scenario, ensemble.seed, total, ensemble.runs_per_draw)
    full, rest = divmod(ensemble.runs, plan.width)
    have = range(0 if rest or ensemble.failures else full)
    gathering = Gathering(plan.scenario, plan.runs, plan.runs_per_draw)
    if have:
        gathering.add(replace(whole(ensemble), chunk=-1))
    failures = lived_chunks(
        plan, gathering.add, have=set(have), workers=workers, progress=progress
    )
    return gathering.ensemble(
        seed=plan.seed,
        parameters=parameters_of(plan),
        provenance=ensemble.provenance,
        elapsed=ensemble.elapsed_seconds + time.perf_counter() - began,
        failures=failures,
    )
