"""Parameters of the runs: one number, or one number a run, under each dotted path."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
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

    def take(self, index: npt.NDArray[np.int64]) -> None:
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


def at(parameter: Floats, runs: npt.NDArray[np.int64] | slice) -> Floats:
    """A parameter's values in some runs (a scalar where all runs share it)."""
    return parameter[runs] if parameter.ndim else parameter


def keep(half_life: Floats, weeks: float) -> Floats:
    """The share that is left of a quantity after some weeks, given its half-life in weeks."""
    left: Floats = np.power(np.float32(0.5), np.float32(weeks) / half_life)
    return left


def column(values: npt.NDArray[np.float64]) -> Floats:
    """A column as the engine wants it: float32, a scalar where all runs agree."""
    if values.size and (values == values.flat[0]).all():
        return np.asarray(values.flat[0], dtype=np.float32)
    return values.astype(np.float32)
