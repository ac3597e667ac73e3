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

WIDEST = 80  # characters of a line
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

    Actors for whom a line of 80 characters has no room share a column.
    """
    totals, actors = counted_by(events, way), list(counted_by(events, "actor"))
    cells = Counter((WAYS[way](event), event.actor) for event in events)
    first = max(map(len, (way, *totals)), default=0)
    shown = next(n for n in range(len(actors), -1, -1) if _fits(first, actors, n))
    others = ["others"] if shown < len(actors) else []
    rows = []
    for name, total in totals.items():
        numbers = [cells[name, actor] for actor in actors[:shown]]
        rest = [total - sum(numbers)] if others else []
        rows.append((name, *(number or None for number in (*numbers, *rest)), total))
    return Table((way.capitalize(), *actors[:shown], *others, "all"), rows)


def _fits(first: int, actors: Sequence[str], shown: int) -> bool:
    """Whether so many actors have room beside a first column of some width."""
    headings = [*actors[:shown], *(["others"] if shown < len(actors) else []), "all"]
    return first + sum(2 + max(len(heading), 6) for heading in headings) <= WIDEST or not shown
