"""The record of a term: what happened, for the outcome monitors and the event log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from relsim.array_types import Booleans, Floats, Integers, Shorts

Values = Floats | Shorts | Booleans  # numbers, days, yes or no


class Listener(Protocol):
    """Who wants to know of happenings: the outcome monitors."""

    def happened(
        self, kind: str, actor: str | None, idx: Integers, day: int, subject: str | None = None
    ) -> None:
        """Something of this kind happened on this day in the runs idx."""
        ...


class Watcher(Listener, Protocol):
    """A listener that is also shown the weekly series."""

    def week(self, day: int, series: Mapping[str, Floats]) -> None:
        """The series as they stand at the end of a week."""
        ...


class RunWatcher(Watcher, Protocol):
    """A watcher that remembers something of each run."""

    def take(self, index: Integers) -> None:
        """Run k becomes a copy of run index[k]."""
        ...


@dataclass(frozen=True)
class Entry:
    """One line of the log: the same happening on one day in several runs.

    `probability` is the chance that the mover gave the move, shape like `runs`; None where
    nobody chose (dated moves, meetings, collisions). `drivers` has shape (4, runs). `value`,
    shape like `runs`, is the number that belongs to the happening, None if it has none:

    - of a proposal the day until which it is pending at most,
    - of an acceptance the day for which what was proposed is prepared (NaN: agreed on before),
    - of talks that open, and of a session, the day of the next session (if the talks go on),
    - of an exit from a treaty, move and notice, the day on which it takes effect,
    - of an expulsion of diplomats 1 if it is of twenty or more, else 0,
    - of a collision its severity.
    """

    day: int
    kind: str
    actor: str | None
    subject: str | None
    runs: Integers
    weight: float
    probability: Floats | None = None
    drivers: Floats | None = None
    value: Floats | None = None

    def within(self, columns: slice) -> "Entry | None":
        """The same of the runs in these columns alone, counted from the first of them."""
        if columns.start == 0 and self.runs[-1] < columns.stop:
            return self
        first, last = np.searchsorted(self.runs, (columns.start, columns.stop))
        if first == last:
            return None
        return self.at(np.arange(first, last), self.runs[first:last] - columns.start)

    def at(self, places: Integers, runs: Integers) -> "Entry":
        """The same of what stands at these places of `runs`, as that of other runs."""
        return replace(
            self,
            runs=runs,
            probability=None if self.probability is None else self.probability[places],
            drivers=None if self.drivers is None else self.drivers[:, places],
            value=None if self.value is None else self.value[places],
        )


# Kind of deed, actor, day, and the chance that it then happened in each run, shape (runs,).
ChanceListener = Callable[[str, str, int, Floats], None]


@dataclass
class Record:
    """Passes happenings on; keeps a log for the runs in `logged` (boolean, shape (runs,)).

    `taken` has, for each time that runs became copies of others, the entries there were and the
    run that each became a copy of. `chances`, if there is one, is told each week how
    likely an attempted and a successful colour revolution were, whether they happened or not.
    """

    listener: Listener
    logged: Booleans
    chances: ChanceListener | None = None
    entries: list[Entry] = field(default_factory=list)
    taken: list[tuple[int, Integers]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._logs = bool(self.logged.any())

    def take(self, index: Integers) -> None:
        """Let run k have the log of run index[k]; of one that is not logged nothing is known."""
        if self._logs:
            self.taken.append((len(self.entries), index.copy()))

    def by_lineage(self) -> list[Entry]:
        """The entries of the runs as they stand now, each with what its forebears did."""
        return self.history(np.flatnonzero(self.logged)) if self.taken else self.entries

    def history(
        self, runs: Integers, entries: int | None = None, takes: int | None = None
    ) -> list[Entry]:
        """The entries of some runs (rising columns), each with what its forebears did.

        They are the runs as they stood once there were so many `entries`, and runs had become
        copies of others so many times (`takes`); by default as they stand now.
        """
        found = list[Entry]()
        forebear, end = runs, len(self.entries) if entries is None else entries
        for first, index in reversed(self.taken[:takes]):
            found[:0] = self._of(runs, forebear, first, end)
            forebear, end = index[forebear], first
        return self._of(runs, forebear, 0, end) + found

    def _of(self, runs: Integers, forebear: Integers, first: int, end: int) -> list[Entry]:
        """Some entries, of the runs whose forebear then is in them."""
        found = list[Entry]()
        for entry in self.entries[first:end]:
            places = np.minimum(entry.runs.searchsorted(forebear), entry.runs.size - 1)
            if (there := entry.runs[places] == forebear).any():
                found.append(entry.at(places[there], runs[there]))
        return found

    def happened(
        self,
        kind: str,
        actor: str | None,
        idx: Integers,
        day: int,
        subject: str | None = None,
        weight: float = 0.0,
        probability: Floats | None = None,
        drivers: Floats | None = None,
        value: Values | None = None,
    ) -> None:
        """Report a happening in the runs idx (sorted columns).

        `probability` and `drivers` are of all runs, (runs,) and (4, runs): only what is logged
        is taken from them. `value` is of the runs idx, in their order.
        """
        if not idx.size:
            return
        self.listener.happened(kind, actor, idx, day, subject)
        if not self._logs:
            return
        logged = self.logged[idx]
        kept = idx[logged]
        if kept.size:
            self.entries.append(
                Entry(
                    day,
                    kind,
                    actor,
                    subject,
                    kept,
                    weight,
                    None if probability is None else probability[kept],
                    None if drivers is None else drivers[:, kept],
                    None if value is None else value[logged].astype(np.float32),
                )
            )
