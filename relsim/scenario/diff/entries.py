"""Entries of two scenarios as plain data: what they do, which belong together, how they read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from relsim.scenario.numbers.distributions import shortest

__all__ = [
    "DATED", "Slot", "acting", "aligned", "alike", "brief", "dated", "is_listing", "is_section",
    "is_word", "only_sets", "set_paths", "with_sets",
]  # fmt: skip

WORDS = ("why", "claim", "source", "reference", "name", "note")
DATED = ("date", "drawn_anew")
SAME_DEED = ("actor", "move", "new_government")  # of two dated entries, one of which replaces one
LONGEST = 60  # characters of a value in a line

Slot = tuple[Any, Any]  # an entry of the baseline and its partner in the variant, or None


def aligned(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Slot]:
    """The two lists as pairs; None where only the other has an entry."""
    keys = [[json.dumps(acting(entry)) for entry in entries] for entries in (before, after)]
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for kind, b0, b1, a0, a1 in matcher.get_opcodes():
        ours, theirs = list(before[b0:b1]), list(after[a0:a1])
        if kind == "equal":
            yield from zip(ours, theirs, strict=True)
        else:
            yield from _matched(ours, theirs)


def _matched(before: list[Any], after: list[Any]) -> Iterator[Slot]:
    """Pair what was changed with what became of it; what has no partner stands alone."""
    for entry in before:
        partner = next((other for other in after if _deed(other) == _deed(entry)), None)
        if _deed(entry) is None or partner is None:
            yield entry, None
        else:
            after.remove(partner)
            yield entry, partner
    yield from ((None, entry) for entry in after)


def _deed(entry: Any) -> object:
    """What is done at a dated entry, whenever it is; None if it has no date or does nothing."""
    done = tuple(entry.get(key) for key in SAME_DEED) if "date" in entry else (None,)
    return None if not any(done) else done


def acting(entry: Any) -> Any:
    """An entry without its words."""
    if isinstance(entry, dict):
        return {k: acting(item) for k, item in entry.items() if not is_word(k, item)}
    return [acting(item) for item in entry] if isinstance(entry, list) else entry


def alike(one: Any, other: Any) -> bool:
    """Whether two entries do the same, in the same order."""
    return json.dumps(acting(one)) == json.dumps(acting(other))


def is_word(key: str, entry: Any) -> bool:
    return key in WORDS and not isinstance(entry, dict)  # a dict is something of that name


def _is_number(entry: Any) -> bool:
    return isinstance(entry, dict) and "value" in entry


def _is_scalar(entry: Any) -> bool:
    return not isinstance(entry, (dict, list))


def is_section(entry: Any) -> bool:
    return isinstance(entry, dict) and not _is_number(entry)


def is_listing(entry: Any) -> bool:
    return isinstance(entry, list) and all(isinstance(item, dict) for item in entry)


def only_sets(entry: Any) -> bool:
    """Whether a dated entry changes numbers and does nothing else."""
    return entry is not None and "set" in entry and set(acting(entry)) <= {"set", *DATED}


def set_paths(slots: Iterable[Slot]) -> list[str]:
    """The numbers that dated changes set, where the two lists differ."""
    entries = (
        e
        for ours, theirs in slots
        if ours is None or theirs is None
        for e in (ours, theirs)
        if only_sets(e)
    )
    return list(dict.fromkeys(path for entry in entries for path in entry["set"]))


def with_sets(entry: Any, paths: Collection[str]) -> Any:
    """A dated change of these numbers alone, None if it changes none of them."""
    kept = {path: new for path, new in (entry or {}).get("set", {}).items() if path in paths}
    return {**entry, "set": kept} if kept else None


def dated(path: str, entries: Iterable[Any]) -> str:
    """All that dated changes make of a number: ``"7.8 to 16.2 from 2021-05-01"``."""
    return ", then ".join(
        f"{brief(entry['set'][path])} from {entry['date']}"
        + (" (drawn anew)" if entry.get("drawn_anew") else "")
        for entry in entries
        if only_sets(entry) and path in entry["set"]
    )


def brief(entry: Any) -> str:
    """An entry in a few words."""
    if _is_number(entry):
        entry = entry["value"]
    elif isinstance(entry, dict) and "date" in entry:
        sets = (f"{path}={brief(new)}" for path, new in (entry.get("set") or {}).items())
        said = (str(entry[key]) for key in ("date", *SAME_DEED) if entry.get(key))
        entry = " ".join((*said, *sets))
    elif isinstance(entry, dict):
        entry = " to ".join(str(item) for item in acting(entry).values() if _is_scalar(item))
    elif isinstance(entry, list):
        entry = ", ".join(brief(item) for item in entry)
    elif isinstance(entry, float):
        entry = shortest(entry)
    text = str(entry)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
