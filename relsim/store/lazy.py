"""Columns that are made, or read, when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from relsim.array_types import Array

__all__ = ["BLOCK", "Columns", "at_once"]

Load = Callable[[Sequence[str]], Mapping[str, Array]]

BLOCK = 2**22  # bytes that are loaded at a time


def at_once(bytes_each: int) -> int:
    """Columns that fill a block."""
    return max(BLOCK // max(bytes_each, 1), 1)


class Columns(Mapping[str, Array]):
    """Columns by name, all of one size.

    Few large ones are in memory at a time, so that it does not grow with the runs. A copy that is
    pickled holds them all.

    Parameters
    ----------
    names : sequence of str
    bytes_each : int
        Size of one column.
    load : callable
        Called with some of the names; returns their columns.
    kept : int
        Bytes: columns that are smaller together are loaded at once and stay.

    Attributes
    ----------
    source : object
        What must live as long as the columns do.
    """

    def __init__(
        self, names: Sequence[str], bytes_each: int, load: Load, kept: int = 4 * BLOCK
    ) -> None:
        self._place = {name: number for number, name in enumerate(names)}
        self._names, self._load = tuple(names), load
        self._kept: dict[str, Array] = {}
        self.source: object = None
        whole = len(names) * bytes_each <= kept
        self._step = max(len(names), 1) if whole else at_once(bytes_each)

    def __getitem__(self, name: str) -> Array:
        if name not in self._kept:
            first = self._place[name] // self._step * self._step
            self._kept = {}  # before the next are loaded, not after
            self._kept = dict(self._load(self._names[first : first + self._step]))
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._place  # Mapping's own would load the column

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return list(self) == list(other) and all(np.array_equal(self[n], other[n]) for n in self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} columns: {', '.join(self._names[:3])}, ...>"

    def __reduce__(self) -> tuple[type, tuple[dict[str, Array]]]:
        return dict, (dict(self.items()),)
