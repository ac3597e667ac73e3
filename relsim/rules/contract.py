"""What the engine asks of every rule, and how it picks a move from the probabilities."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from relsim.array_types import Bytes, Floats
from relsim.errors import SimulationError
from relsim.rules.view import Rule, View
from relsim.worlds.parameters import at

TOLERANCE = 1e-5


def checked(
    probabilities: object, view: View, rule: str, known: bool = False
) -> tuple[Floats, Floats]:
    """The probabilities of a rule, if they keep the contract, and the sum of each run's.

    A rule that is `known`, one of relsim's own, is held by tests to give no negative chances and
    none to unavailable moves: these are not looked for.

    Raises
    ------
    SimulationError
        Naming the rule, the actor and the week: wrong shape, not finite, negative, columns
        that do not sum to 1, or a chance for a move that is not available.
    """
    place = f"rule {rule!r} of {view.actor} in week {view.day // 7 + 1}"
    shape = view.available.shape
    if not isinstance(probabilities, np.ndarray) or probabilities.shape != shape:
        got = getattr(probabilities, "shape", type(probabilities).__name__)
        raise SimulationError(f"{place}: must return an array of shape {shape} (got {got})")
    if probabilities.dtype.kind not in "biuf":
        raise SimulationError(f"{place}: must return numbers (got {probabilities.dtype})")
    p: Floats = probabilities.astype(np.float32, copy=False)
    total = p.sum(axis=0)
    # A comparison with NaN is false, so this also catches what is not finite.
    if not (total.max() <= 1 + TOLERANCE and total.min() >= 1 - TOLERANCE):
        if not np.isfinite(total).all():
            column = int(np.isfinite(total).argmin())
            raise SimulationError(f"{place}: returned numbers that are not finite", column)
        column = int(np.abs(total - 1).argmax())
        raise SimulationError(
            f"{place}: the probabilities of a run sum to {total[column]:g}", column
        )
    if known:
        return p, total
    if p.min() < 0:
        column = int(p.min(axis=0).argmin())
        raise SimulationError(f"{place}: returned a negative probability ({p.min():g})", column)
    impossible = (p > 0) > view.available
    if impossible.any():
        row, column = (int(places[0]) for places in np.nonzero(impossible))
        raise SimulationError(
            f"{place}: gave a chance to {view.moves[row]}, which is unavailable", column
        )
    return p, total


def chances(
    rule: Rule, view: View, own: Mapping[str, Floats], name: str, width: int, known: bool
) -> tuple[Floats, Floats]:
    """What a rule says, and the sum of each run's probabilities.

    A rule of one's own is asked of each chunk of `width` runs by itself, as it may look across the
    runs that it sees, and what a chunk gives must not hang on those beside it.
    """
    runs = view.available.shape[1]
    if known or runs <= width:
        return checked(rule(view, own), view, name, known)
    asked = []
    for first in range(0, runs, width):
        chunk = slice(first, first + width)
        of_chunk = {path: at(column, chunk) for path, column in own.items()}
        seen = view.of(chunk)
        asked.append(checked(rule(seen, of_chunk), seen, name))
    p, total = (np.concatenate(parts, axis=-1) for parts in zip(*asked, strict=True))
    return p, total


def added_up(p: Floats) -> Floats:
    """Cumulated rows, written in place."""
    for before, row in pairwise(p):
        row += before
    return p


def row_at(cumulated: Floats, target: Floats) -> Bytes:
    """The row of each column in whose part of the cumulated rows a target lies.

    Parameters
    ----------
    cumulated : float32, (moves, runs)
        Sums down the rows, as `added_up` makes them.
    target : float32, (runs,)
        From 0 to the last of the cumulated rows.

    Returns
    -------
    int8, (runs,)
        A row with a part of its own, also where rounding lets the target reach the last one.
    """
    passed = cumulated <= target
    found: Bytes = passed.view(np.int8).sum(axis=0, dtype=np.int8)
    for run in np.flatnonzero(found == len(cumulated)):
        found[run] = np.flatnonzero(np.diff(cumulated[:, run], prepend=0))[-1]
    return found


def pick(p: Floats, uniforms: Floats, total: Floats | None = None) -> Bytes:
    """The move of each run: the count of cumulated rows ≤ u · total.

    Parameters
    ----------
    p : float32, (moves, runs)
        Probability of each move.
    uniforms : float32, (runs,)
        Uniforms in [0, 1).
    total : float32, (runs,), optional
        Sums of `p`, if they are at hand.

    Returns
    -------
    int8, (runs,)
        A row with positive probability, also at u = 0 and where rounding lets u · total reach
        the last cumulated row.
    """
    target = uniforms * (p.sum(axis=0) if total is None else total)
    choice = np.zeros(uniforms.shape, dtype=np.int8)
    beyond = np.flatnonzero(p[0] <= target)  # most hold: the rest of the rows is for the others
    choice[beyond] = row_at(added_up(p.take(beyond, axis=1)), target[beyond])
    return choice
