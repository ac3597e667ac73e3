"""The errors of relsim. Each message says where, what is wrong, and what would be right.

Every error can be rebuilt from its ``args``: SimPy does so when one is raised inside a process,
and pickle does so when one travels back from a worker.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from relsim.brief import Brief
from relsim.escaping import one_line, visible

__all__ = [
    "Problem",
    "RelsimError",
    "ScenarioError",
    "SimulationError",
    "StoreError",
    "UnknownName",
    "UsageError",
    "nearest",
    "unknown",
]

LONGEST_WORD = 80  # beyond this a word is no typing slip, and difflib's cost is quadratic
# Problems times known words of a file; beyond this the nearest is not looked for.
MOST_COMPARED = 20_000


@dataclass(frozen=True, repr=False)
class Problem(Brief):
    """One thing wrong with a scenario, and where it stands.

    Attributes
    ----------
    file : str
        The file as the user named it, or ``"--set"`` for a setting of the command line.
    line, column : int
        Position, counted from 1.
    path : str
        Dotted path of the offending entry, ``"actors.US.stake"``; empty for the whole file.
    message : str
        What is wrong, and what would be right.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: "
        return one_line(where + (f"{self.path}: {self.message}" if self.path else self.message))


class RelsimError(Exception):
    """Base of all errors that relsim raises on purpose."""

    def __str__(self) -> str:
        return visible(super().__str__())


class ScenarioError(RelsimError):
    """A scenario cannot be used; lists every problem that was found.

    Parameters
    ----------
    problems : tuple of Problem
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem found, in the order of the file."""
        found: tuple[Problem, ...] = self.args[0]
        return found

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UnknownName(RelsimError):
    """No scenario, actor, move, outcome, parameter, ... of that name exists."""


class SimulationError(RelsimError):
    """A simulation cannot go on: the message names the process and the day.

    Parameters
    ----------
    message : str
    column : int, optional
        The column of the chunk that is at fault, if it is one.
    """

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message, column)

    @property
    def column(self) -> int | None:
        """The column of the chunk that is at fault, or None."""
        found: int | None = self.args[1]
        return found

    def __str__(self) -> str:
        return visible(str(self.args[0]))


class StoreError(RelsimError):
    """A stored ensemble cannot be read or written."""


class UsageError(RelsimError):
    """A call or a command line asks for something that cannot be done."""


def unknown(what: str, word: str, known: Iterable[str], *, hinted: bool = True) -> str:
    """Say that a word names nothing: with the nearest right word, or with those known.

    Examples
    --------
    >>> unknown("key", "staek", ["name", "stake", "rule"])
    "unknown key 'staek'; did you mean 'stake'?"
    """
    names = list(known)
    if hinted and (hint := nearest(word, names)):
        return f"unknown {what} {word[:60]!r}; did you mean {hint!r}?"
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"unknown {what} {word[:60]!r}; known: {listed or 'none'}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like `word`, or None.

    Capitals do not count.

    Examples
    --------
    >>> nearest("staek", ["name", "stake", "rule"])
    'stake'
    """
    if len(word) > LONGEST_WORD:
        return None
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
