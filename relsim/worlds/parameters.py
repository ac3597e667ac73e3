"""Parameters of the runs: one number, or one number a run, under each dotted path.

Distributions are drawn for the draws that the runs belong to (`parameter_columns`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np

from relsim.array_types import Doubles, Floats, Integers
from relsim.scenario.catalogue import CalendarEntry
from relsim.scenario.fields.distributions import Distribution
from relsim.scenario.fields.values import Change, Number, change_of, is_relative
from relsim.scenario.relative import drawn_as, held_jointly
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, draw_parameters, joint_of

T = TypeVar("T")


class Parameters(Mapping[str, Floats]):
    """Columns by path: shape () where all runs share the value, (runs,) where it is drawn.

    A dated change replaces columns and raises `version`; what was derived from the old values
    is then derived anew (see `Derived`).
    """

    def __init__(self, columns: Mapping[str, Floats]) -> None:
        self._columns = dict(columns)
        self.version = 0

    def __getitem__(self, path: str) -> Floats:
        return self._columns[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def under(self, prefix: str) -> dict[str, Floats]:
        """The columns below a path, by what is left of their paths."""
        head = prefix + "."
        return {
            path.removeprefix(head): column
            for path, column in self._columns.items()
            if path.startswith(head)
        }

    def rows(self, paths: Iterable[str], width: int) -> Floats:
        """The columns of some paths as one array, shape (paths, runs)."""
        columns = [np.broadcast_to(self._columns[path], (width,)) for path in paths]
        return np.stack(columns) if columns else np.empty((0, width), dtype=np.float32)

    def change(self, values: Mapping[str, Floats]) -> None:
        """Replace columns from now on."""
        self._columns.update(values)
        self.version += 1

    def take(self, index: Integers) -> None:
        """Let run k carry the parameters of run index[k]."""
        self.change({path: c[index] for path, c in self._columns.items() if c.ndim})


class Derived(Generic[T]):
    """What a process derives from the parameters, kept until they change."""

    def __init__(self, parameters: Parameters, derive: Callable[[Parameters], T]) -> None:
        self._parameters, self._derive = parameters, derive
        self._version = -1
        self._value: T

    def __call__(self) -> T:
        """The derived value for the parameters as they stand."""
        if self._version != self._parameters.version:
            self._value = self._derive(self._parameters)
            self._version = self._parameters.version
        return self._value


def at(parameter: Floats, runs: Integers | slice) -> Floats:
    """A parameter's values in some runs (a scalar where all runs share it)."""
    return parameter[runs] if parameter.ndim else parameter


def keep(half_life: Floats, weeks: float) -> Floats:
    """The share that is left of a quantity after some weeks, given its half-life in weeks."""
    result: Floats = np.power(np.float32(0.5), np.float32(weeks) / half_life)
    return result


def column(values: Doubles) -> Floats:
    """A column as the engine wants it: float32, a scalar where all runs agree."""
    if values.size and (values == values.flat[0]).all():
        return np.asarray(values.flat[0], dtype=np.float32)
    return values.astype(np.float32)


def parameter_distributions(scenario: Scenario) -> dict[str, Distribution]:
    """The distribution of every parameter, in the engine's units."""
    return {path: value.distribution for path, value in scenario.parameters().items()}


def parameter_columns(scenario: Scenario, seed: int, of_run: Integers) -> dict[str, Floats]:
    """Parameter columns of the runs whose draws are `of_run`: () where fixed, else (runs,)."""
    distributions, joint = parameter_distributions(scenario), joint_of(scenario)
    own = drawn_as(scenario)
    if joint is None:
        return columns(distributions, seed, of_run, own)
    alone = {path: d for path, d in distributions.items() if path not in joint.values}
    batches, rows = _places(of_run)
    together = joint.draws(seed, batches)
    result = columns(alone, seed, of_run, own)
    result |= {path: column(values[rows]) for path, values in together.items()}
    return {path: result[path] for path in distributions}  # in the order of the schema


def parameter_draws(
    scenario: Scenario, seed: int, batches: range, names: Sequence[str] | None = None
) -> dict[str, Doubles]:
    """The values of parameters, by default of all, each of shape (64 × number of batches,)."""
    distributions = parameter_distributions(scenario)
    wanted = tuple(distributions if names is None else names)
    together = set(held_jointly(scenario)) & set(wanted)
    joint = joint_of(scenario) if together else None  # its file is read only if it is needed
    alone = {path: distributions[path] for path in wanted if path not in together}
    drawn = draw_parameters(alone, seed, batches, drawn_as(scenario))
    if joint is not None:
        drawn |= joint.draws(seed, batches, together)
    return {path: drawn[path] for path in wanted}


def once_each(scenario: Scenario) -> dict[str, Distribution]:
    """The parameters that differ between draws, without those that repeat another's draw."""
    values, own = scenario.parameters(), drawn_as(scenario)
    return {
        path: value.distribution
        for path, value in values.items()
        if value.constant is None
        and (own[path] == path or own[own[path]] == path or values[own[path]].constant is not None)
    }


def columns(
    distributions: Mapping[str, Distribution],
    seed: int,
    of_run: Integers,
    drawn_as: Mapping[str, str] | None = None,
) -> dict[str, Floats]:
    """Draw each distribution for the draws `of_run`, float32; see `draw_parameters`."""
    batches, rows = _places(of_run)
    fixed = {p: d.constant for p, d in distributions.items() if d.constant is not None}
    drawn = {p: d for p, d in distributions.items() if p not in fixed}
    values = draw_parameters(drawn, seed, (int(batch) for batch in batches), drawn_as)
    result = {p: np.asarray(number, dtype=np.float32) for p, number in fixed.items()}
    result |= {path: column(value[rows]) for path, value in values.items()}
    return result


def calendar_columns(
    scenario: Scenario,
    seed: int,
    of_run: Integers,
    given: Mapping[str, Floats] | None = None,
    start: Mapping[str, Floats] | None = None,
) -> dict[int, dict[str, Floats]]:
    """Columns that dated changes set, by the entry's number; those `given` as ``path@date``.

    They keep their path's random stream, unless the entry says that they are drawn anew; changes
    relative to the draws are made of the columns with which the runs `start`, by default those of
    `parameter_columns`.
    """
    start = parameter_columns(scenario, seed, of_run) if start is None else start
    units = {path: value.unit for path, value in scenario.parameters().items()}
    changes = {}
    for number, entry in enumerate(scenario.calendar):
        if not entry.set:
            continue
        mark = f"@{entry.date}" if entry.drawn_anew else ""
        drawn = columns(drawn_by(entry, units, mark), seed, of_run)
        drawn |= {
            path + mark: _changed(start, path, change_of(written, units[path]))
            for path, written in entry.set.items()
            if isinstance(written, Mapping) and is_relative(written)
        }
        changes[number] = {
            path: (given or {}).get(f"{path}@{entry.date}", drawn[path + mark])
            for path in entry.set
        }
    return changes


def drawn_by(
    entry: CalendarEntry, units: Mapping[str, str], mark: str = ""
) -> dict[str, Distribution]:
    """The distributions that a dated entry sets, by path and mark; no relative changes."""
    return {
        path + mark: Number(units[path]).parse(written).distribution
        for path, written in (entry.set or {}).items()
        if not is_relative(written)
    }


def _changed(start: Mapping[str, Floats], path: str, change: Change) -> Floats:
    """What a change relative to the draws makes of the columns with which runs start."""
    number = start[change.same_as or path]
    return np.asarray(number * np.float32(change.scale) + np.float32(change.shift), np.float32)


def take_columns(changes: dict[int, dict[str, Floats]], index: Integers) -> None:
    """Let run k carry what dated changes set for run index[k]."""
    for columns_set in changes.values():
        columns_set.update({p: column[index] for p, column in columns_set.items() if column.ndim})


def _places(of_run: Integers) -> tuple[Integers, Integers]:
    """The batches that draws are in, and the row of each draw among the draws of these."""
    batches, place = np.unique(of_run // DRAWS_PER_BATCH, return_inverse=True)
    return batches, place * DRAWS_PER_BATCH + of_run % DRAWS_PER_BATCH
