"""How many events there are, by year, actor, move, kind, source and confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from relsim.history.events import COLLISION, Event
from relsim.tables import Table

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = ["COOPERATIVE", "HOSTILE", "OTHER", "WAYS", "class_of", "counted_by", "cross_table"]

MOST_COLUMNS = 6  # actors that have a column of their own; more would not fit 80 characters
CONFIDENT = (0.9, 0.7)  # lower ends of classes of confidence

HOSTILE, COOPERATIVE, OTHER = "hostile", "cooperative", "other"
HOSTILE_MOVES = frozenset({
    "criticize", "threaten", "impose_sanctions", "expel_diplomats", "military_posture",
    "suspend_talks", "reject_proposal", "reduce_relations", COLLISION,
})  # fmt: skip
COOPERATIVE_MOVES = frozenset({
    "propose_talks", "propose_summit", "accept_proposal", "goodwill_gesture", "release_prisoners",
    "ease_sanctions", "negotiation_round", "summit", "agreement",
})  # fmt: skip
HOSTILE_BEGINNINGS = ("leave_", "suspend_")  # of moves against a treaty


def class_of(event: Event, scenario: Scenario | None = None) -> str:
    """Whether an event is ``"hostile"``, ``"cooperative"`` or ``"other"``.

    A scenario says it of its moves; without one it is known of the moves of the packaged record.
    """
    move = None if scenario is None else scenario.moves.get(event.move)
    if move is not None:
        return next((kind for kind in (HOSTILE, COOPERATIVE) if move.kind.endswith(kind)), OTHER)
    if event.move in HOSTILE_MOVES or event.move.startswith(HOSTILE_BEGINNINGS):
        return HOSTILE
    return COOPERATIVE if event.move in COOPERATIVE_MOVES else OTHER


def _confidence(event: Event) -> str:
    high, low = CONFIDENT
    if event.confidence >= high:
        return f"{high:g} or more"
    return f"{low:g} to {high:g}" if event.confidence >= low else f"below {low:g}"


WAYS: dict[str, Callable[[Event], str]] = {
    "year": lambda event: str(event.date.year),
    "actor": lambda event: event.actor,
    "move": lambda event: event.move,
    "kind": lambda event: event.kind,
    "confidence": _confidence,
    "source": lambda event: event.source,
}


def counted_by(events: Iterable[Event], way: str) -> dict[str, int]:
    """Number of events by one of `WAYS`: years in order, else the most frequent first."""
    found = Counter(map(WAYS[way], events))
    if way == "year":
        return dict(sorted(found.items()))
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def cross_table(events: Sequence[Event], way: str) -> Table:
    """A row for each year or move, a column for each actor, and one for all.

    With more actors than fit a line of 80 characters the rest of them share a column.
    """
    actors = list(counted_by(events, "actor"))
    shown = actors if len(actors) <= MOST_COLUMNS else actors[: MOST_COLUMNS - 1]
    cells = Counter((WAYS[way](event), event.actor) for event in events)
    rows = []
    for name, total in counted_by(events, way).items():
        row: list[object] = [name, *(cells[name, actor] or None for actor in shown)]
        if len(shown) < len(actors):
            row.append(total - sum(cells[name, actor] for actor in shown) or None)
        rows.append((*row, total))
    others = ["others"] if len(shown) < len(actors) else []
    return Table((way.capitalize(), *shown, *others, "all"), rows)
