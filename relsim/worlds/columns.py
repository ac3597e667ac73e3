"""Parameter columns of runs: each distribution drawn for the draws that the runs belong to."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.fields.values import Number
from relsim.scenario.schema import Scenario, held_jointly
from relsim.worlds.parameters import Floats, column
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_parameters
from relsim.worlds.randomness.joint import joint_of

__all__ = [
    "calendar_columns",
    "columns",
    "parameter_columns",
    "parameter_distributions",
    "parameter_draws",
]


def parameter_distributions(scenario: Scenario) -> dict[str, Distribution]:
    """The distribution of every parameter, in the engine's units."""
    return {path: value.distribution for path, value in scenario.parameters().items()}


def parameter_columns(
    scenario: Scenario, seed: int, of_run: npt.NDArray[np.int64]
) -> dict[str, Floats]:
    """Parameter columns of the runs whose draws are `of_run`: () where fixed, else (runs,)."""
    distributions, joint = parameter_distributions(scenario), joint_of(scenario)
    if joint is None:
        return columns(distributions, seed, of_run)
    alone = {path: d for path, d in distributions.items() if path not in joint.values}
    batches, rows = _places(of_run)
    together = joint.draws(seed, batches)
    result = columns(alone, seed, of_run)
    result |= {path: column(values[rows]) for path, values in together.items()}
    return {path: result[path] for path in distributions}  # in the order of the schema


def parameter_draws(
    scenario: Scenario, seed: int, batches: range, names: Sequence[str] | None = None
) -> dict[str, npt.NDArray[np.float64]]:
    """The values of parameters, by default of all, each of shape (64 × number of batches,)."""
    distributions = parameter_distributions(scenario)
    wanted = tuple(distributions if names is None else names)
    together = set(held_jointly(scenario)) & set(wanted)
    joint = joint_of(scenario) if together else None  # its file is read only if it is needed
    alone = {path: distributions[path] for path in wanted if path not in together}
    drawn = draw_parameters(alone, seed, batches)
    if joint is not None:
        drawn |= joint.draws(seed, batches, together)
    return {path: drawn[path] for path in wanted}


def columns(
    distributions: Mapping[str, Distribution], seed: int, of_run: npt.NDArray[np.int64]
) -> dict[str, Floats]:
    """Draw each distribution for the draws `of_run`, float32."""
    batches, rows = _places(of_run)
    fixed = {p: d for p, d in distributions.items() if d.kind == "point"}
    drawn = {p: d for p, d in distributions.items() if d.kind != "point"}
    values = draw_parameters(drawn, seed, (int(batch) for batch in batches))
    result = {p: np.asarray(d.parameters[0], dtype=np.float32) for p, d in fixed.items()}
    result |= {path: column(value[rows]) for path, value in values.items()}
    return result


def calendar_columns(
    scenario: Scenario, seed: int, of_run: npt.NDArray[np.int64]
) -> dict[int, dict[str, Floats]]:
    """Columns that dated changes set, by the entry's number.

    They keep their path's random stream, unless the entry says that they are drawn anew.
    """
    units = {path: value.unit for path, value in scenario.parameters().items()}
    changes = {}
    for number, entry in enumerate(scenario.calendar):
        mark = f"@{entry.date}" if entry.drawn_anew else ""
        wanted = {
            path + mark: Number(units[path]).parse(written).distribution
            for path, written in (entry.set or {}).items()
        }
        if wanted:
            drawn = columns(wanted, seed, of_run)
            changes[number] = {path.removesuffix(mark): c for path, c in drawn.items()}
    return changes


def _places(of_run: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The batches that draws are in, and the row of each draw among the draws of these."""
    batches, place = np.unique(of_run // DRAWS_PER_BATCH, return_inverse=True)
    return batches, place * DRAWS_PER_BATCH + of_run % DRAWS_PER_BATCH
