"""The lines in which one scenario differs from another, and the scenarios that lie between them.

Two scenarios are walked together, entry by entry. What differs is a *line*: a number, a whole
section that only one of them has, an entry of a list such as the calendar. Dated changes of numbers
are taken apart by the number that they change. Words are no lines: titles, reasons, sources; nor
are outcomes and forecasts, which ask and do not act.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from relsim.brief import Brief
from relsim.scenario.canonical import canonical_json
from relsim.scenario.fields.distributions import shortest
from relsim.scenario.fields.values import changed_text, is_relative
from relsim.scenario.files.joint_draws import LATER, place_of_draws
from relsim.scenario.schema import Scenario

__all__ = ["Line", "common_outcomes", "lines_of", "mixed"]

WORDS = ("why", "claim", "source", "reference", "name", "note", "title")
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
    return isinstance(entry, dict) and ("value" in entry or is_relative(entry))


def is_section(entry: Any) -> bool:
    return isinstance(entry, dict) and not _is_number(entry)


def is_listing(entry: Any) -> bool:
    return isinstance(entry, list) and all(isinstance(item, dict) for item in entry)


def only_sets(entry: Any) -> bool:
    """Whether a dated entry changes numbers and does nothing else."""
    return entry is not None and "set" in entry and set(acting(entry)) <= {"set", *DATED}


def set_paths(slots: Iterable[Slot]) -> list[str]:
    """The numbers that dated changes set, where the two lists differ."""
    entries = (entry for slot in slots if None in slot for entry in slot if only_sets(entry))
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
        entry = changed_text(brief(entry.get("value", "")), entry)
    elif isinstance(entry, dict) and "date" in entry:
        sets = (f"{path}={brief(new)}" for path, new in (entry.get("set") or {}).items())
        said = (str(entry[key]) for key in ("date", *SAME_DEED) if entry.get(key))
        entry = " ".join((*said, *sets))
    elif isinstance(entry, dict):
        items = acting(entry).values()
        entry = " to ".join(str(item) for item in items if not isinstance(item, (dict, list)))
    elif isinstance(entry, list):
        entry = ", ".join(brief(item) for item in entry)
    elif isinstance(entry, float):
        entry = shortest(entry)
    text = str(entry)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


ASKED = ("schema", "name", "title", "question", "headline", "sources", "outcomes", "forecasts")
ADDED, THERE = "added", "there"  # in place of the values of a section or an entry

Path = tuple[str, ...]
Choose = Callable[["Line"], bool]


@dataclass(frozen=True, repr=False)
class Line(Brief):
    """One thing in which a variant differs from its baseline.

    Attributes
    ----------
    path : str
        Dotted path, ``"actors.US.stake"``; of an entry of a list with what it says,
        ``"calendar: 2021-06-07 US ease_sanctions"``.
    before, after : str
        The value in each, empty where it has none.
    """

    path: str
    before: str = ""
    after: str = ""

    @property
    def setting(self) -> str:
        """In a few words: ``"actors.US.stake=0.5"``, without a unit, where a value is another."""
        if not (self.before and self.after):
            return str(self)
        return f"{self.path}={_without_unit(self.after, self.before)}"

    def __str__(self) -> str:
        if self.after == ADDED:
            return f"{self.path} (added)"
        if not self.after:
            return f"{self.path} (taken away)"
        before = f"{self.before} → " if self.before else ""
        return f"{self.path}: {before}{self.after}"


def lines_of(baseline: Scenario, variant: Scenario) -> tuple[Line, ...]:
    """The lines in which a variant differs from its baseline, in the order of the schema."""
    found: list[Line] = []

    def noted(line: Line) -> bool:
        found.append(line)
        return False

    _Walk(baseline, variant, noted).result()
    return tuple(found)


def mixed(baseline: Scenario, variant: Scenario, chosen: Collection[Line]) -> Scenario:
    """The baseline with some lines as the variant has them; it asks what both ask.

    Raises
    ------
    pydantic.ValidationError
        If these lines alone make no valid scenario.
    """
    data = _Walk(baseline, variant, lambda line: line in chosen).result()
    common = common_outcomes(baseline, variant)
    data["outcomes"] = {name: data["outcomes"][name] for name in common}
    if data["headline"] not in common:
        data["headline"] = common[0]
    meant = (data.get("draws") or {}).get("sha256")
    draws = (scenario.draws for scenario in (baseline, variant))
    file = next((one for one in draws if one is not None and one.sha256 == meant), None)
    return Scenario.model_validate({**data, "forecasts": {}}, context=place_of_draws(file))


def common_outcomes(baseline: Scenario, variant: Scenario) -> tuple[str, ...]:
    """Outcomes that both ask by the same condition."""
    theirs = variant.outcomes
    return tuple(
        name
        for name, asked in baseline.outcomes.items()
        if name in theirs and theirs[name].when == asked.when
    )


def _without_unit(text: str, other: str) -> str:
    """A number without the words at its end that the other one has, too."""
    words, there = text.split(), other.split()
    while len(words) > 1 and there and words[-1] == there[-1] and not words[-1][-1].isdigit():
        words, there = words[:-1], there[:-1]
    return " ".join(words)


def _data(scenario: Scenario) -> dict[str, Any]:
    """A scenario as plain data, numbers by their meaning; those that win over joint draws know it.

    So a number that two scenarios write alike is a line where only one takes it from its draws.
    """
    meant: dict[str, Any] = json.loads(canonical_json(scenario))
    for path in meant.get("draws", {}).pop(LATER, ()):
        _at(meant, path.split("."))[LATER] = True
    return meant


def _with_list(data: dict[str, Any]) -> dict[str, Any]:
    """What `_data` made, with the list of numbers that win over joint draws where it belongs."""
    later = tuple(_unmarked(data, ()))
    if not later or "draws" not in data:
        return data
    return {**data, "draws": {**data["draws"], LATER: later}}


def _unmarked(data: dict[str, Any], path: Path) -> Iterator[str]:
    if data.pop(LATER, False):
        yield ".".join(path)
    for key, item in data.items():
        if isinstance(item, dict):
            yield from _unmarked(item, (*path, key))


class _Walk:
    """Walks two scenarios together; at each line it asks which of the two to take."""

    def __init__(self, baseline: Scenario, variant: Scenario, choose: Choose) -> None:
        self._data = [_data(scenario) for scenario in (baseline, variant)]
        self._written = [s.model_dump(mode="json", exclude_none=True) for s in (baseline, variant)]
        self._choose = choose
        self._seen: Counter[str] = Counter()

    def result(self) -> dict[str, Any]:
        """The baseline with the lines that were chosen, as plain data."""
        before, after = (
            {key: item for key, item in data.items() if key not in ASKED} for data in self._data
        )
        return _with_list({**self._data[0], **self._mapping((), before, after)})

    def _chosen(self, path: str, before: str, after: str) -> bool:
        self._seen[path] += 1
        again = f" ({self._seen[path]})" if self._seen[path] > 1 else ""
        return self._choose(Line(path + again, before, after))

    def _either(self, path: Path, before: Any, after: Any) -> Any:
        """What stands at a path of which the two have something else, or one nothing."""
        texts = [
            "" if entry is None else brief(_at(written, path))
            for entry, written in zip((before, after), self._written, strict=True)
        ]
        later = [isinstance(entry, dict) and LATER in entry for entry in (before, after)]
        if texts[0] == texts[1] and any(later):
            texts = [
                f"{text} ({'set after' if wins else 'from'} the joint draws)"
                for text, wins in zip(texts, later, strict=True)
            ]
        if is_section(before) or is_section(after):
            texts = [THERE if before else "", ADDED if after else ""]
        return after if self._chosen(".".join(path), *texts) else before

    def _entry(self, path: Path, before: Any, after: Any) -> Any:
        if alike(before, after):
            return before
        if is_section(before) and is_section(after):
            return self._mapping(path, before, after)
        if is_listing(before) and is_listing(after):
            return self._list(".".join(path), before, after)
        return self._either(path, before, after)

    def _mapping(self, path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Any:
        result = {}
        for key in [*before, *(key for key in after if key not in before)]:
            ours, theirs = before.get(key), after.get(key)
            if is_word(key, theirs if ours is None else ours):
                taken = ours
            elif ours is None or theirs is None:
                taken = self._either((*path, key), ours, theirs)
            else:
                taken = self._entry((*path, key), ours, theirs)
            if taken is not None:
                result[key] = taken
        return self._ordered(path, result, before, after)

    def _ordered(
        self, path: Path, result: Mapping[str, Any], before: Iterable[str], after: Iterable[str]
    ) -> Any:
        """The order of names is that of effects: a line, if the two differ in it."""
        orders = [
            [key for key in names if key in both]
            for names, both in ((before, after), (after, before))
        ]
        if orders[0] == orders[1]:
            return result
        there = [key for key in after if key in result]
        texts = (brief(", ".join(order)) for order in orders)
        if not self._chosen(".".join((*path, "(order)")), *texts):
            return result
        return {key: result[key] for key in [*there, *(k for k in result if k not in there)]}

    def _list(self, path: str, before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
        """Two lists as one, with the lines that were chosen; dated entries in order of date."""
        slots = list(aligned(before, after))
        sets = {number: self._set(path, number, slots) for number in set_paths(slots)}
        result = []
        for ours, theirs in slots:
            if ours is not None and theirs is not None and alike(ours, theirs):
                result.append(ours)
            elif only_sets(ours) or only_sets(theirs):
                result += [
                    with_sets(entry, {number for number, new in sets.items() if new == is_new})
                    for entry, is_new in ((ours, False), (theirs, True))
                ]
            else:
                result.append(self._one(path, ours, theirs))
        there = [entry for entry in result if entry]
        dated = all("date" in entry for entry in there)
        return sorted(there, key=lambda entry: str(entry["date"])) if dated else there

    def _one(self, path: str, before: Any, after: Any) -> Any:
        """An entry that was added, taken away or changed."""
        if set(acting(after if before is None else before)) <= set(DATED):
            return before  # a note, which does nothing
        if before is not None and after is not None:
            return after if self._chosen(path, brief(before), brief(after)) else before
        added = before is None
        here = f"{path}: {brief(after if added else before)}"
        chosen = self._chosen(here, "" if added else THERE, ADDED if added else "")
        return after if chosen else before

    def _set(self, path: str, number: str, slots: Sequence[Slot]) -> bool:
        """Whether the dated changes of one number are taken from the variant."""
        before, after = (dated(number, (slot[side] for slot in slots)) for side in (0, 1))
        return before != after and self._chosen(f"{path}: {number}", before, after)


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        data = data[key]
    return data
