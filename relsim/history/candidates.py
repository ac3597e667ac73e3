"""Candidates for events from machine-coded files, for a person to confirm.

A machine that codes news finds nearly all salient moves and much else: it codes what is spoken of,
and a sanction is spoken of for days. So nothing here is an event. Each candidate is a day on which
codes that may stand for a move were reported, with the codes, their number and the reason.
Whoever knows what happened writes ``recorded`` and a confidence into the rows that are right, in
few words what it was, and removes the others; `read_events` refuses what is left as ``candidate``.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relsim import cameo
from relsim.escaping import csv_text
from relsim.history.coded_files import CodedCounts
from relsim.history.events import BOTH, CANDIDATE, HEADER, OF_CANDIDATES

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario

__all__ = ["Candidate", "Candidates", "candidates_of", "candidates_text", "move_of"]

# The move that a code may stand for, by the beginning of the code; the longest one counts.
# "both" marks joint moves: what is coded in the two directions is one event.
CAMEO_MOVES: Mapping[str, str] = {
    "036": "propose_talks", "042": "summit", "043": "summit", "044": "summit",
    "046": "negotiation_round", "05": "goodwill_gesture", "051": "", "057": "agreement",
    "06": "goodwill_gesture", "07": "goodwill_gesture", "08": "goodwill_gesture",
    "084": "release_prisoners", "0842": "goodwill_gesture", "085": "ease_sanctions",
    "11": "criticize", "125": "reject_proposal", "126": "reject_proposal",
    "127": "reject_proposal", "13": "threaten", "15": "military_posture",
    "16": "reduce_relations", "161": "expel_diplomats", "163": "impose_sanctions",
    "164": "suspend_talks", "166": "expel_diplomats", "172": "impose_sanctions",
    "174": "expel_diplomats", "18": "military_posture", "19": "military_posture",
    "20": "military_posture",
}  # fmt: skip
PLOVER_MOVES: Mapping[str, str] = {
    "AGREE": "propose_talks", "CONSULT": "negotiation_round", "CONSULT visit": "summit",
    "CONSULT third-party": "summit", "CONSULT phone": "", "SUPPORT": "goodwill_gesture",
    "CONCEDE": "goodwill_gesture", "COOPERATE": "goodwill_gesture", "AID": "goodwill_gesture",
    "RETREAT": "goodwill_gesture", "RETREAT release": "release_prisoners",
    "ACCUSE": "criticize", "REJECT meet": "reject_proposal", "THREATEN": "threaten",
    "SANCTION": "impose_sanctions", "SANCTION expel": "expel_diplomats",
    "SANCTION withdraw": "reduce_relations", "SANCTION cancel": "reduce_relations",
    "SANCTION sever": "reduce_relations", "SANCTION convict": "",
    "MOBILIZE": "military_posture", "COERCE restrict": "impose_sanctions",
    "COERCE deport": "expel_diplomats", "ASSAULT": "military_posture",
}  # fmt: skip
JOINT = ("summit", "negotiation_round", "agreement")
CAUTIONS: Mapping[str, str] = {
    "161": "or relations reduced without an expulsion",
    "18": "force, often towards others; a collision if in a third country",
    "19": "force, often towards others; a collision if in a third country",
    "20": "force, often towards others; a collision if in a third country",
    "042": "a leaders' meeting only if the heads met",
    "043": "a leaders' meeting only if the heads met",
    "044": "a leaders' meeting only if the heads met",
    "046": "a round only if delegations negotiated",
    "057": "signed now, or spoken of",
    "172": "administrative, perhaps no round of sanctions",
    "AGREE": "an offer of any kind",
    "CONSULT": "a round only if delegations negotiated",
    "CONSULT visit": "a leaders' meeting only if the heads met",
    "CONSULT third-party": "a leaders' meeting only if the heads met",
    "SANCTION": "any reduction of relations",
    "COERCE restrict": "perhaps no round of sanctions",
    "ASSAULT": "force, often towards others; a collision if in a third country",
}


@dataclass(frozen=True)
class Candidate:
    """A day on which a move may have been made.

    Attributes
    ----------
    date : date
    actor, target, move : str
    code : str
        The codes reported, the most frequent first.
    count : int
        Reports of that day; of a joint move in the direction that has more.
    what : str
        The words of the first code.
    reason : str
        Why it is one: the reports, and whether they go on from the day before.
    """

    date: datetime.date
    actor: str
    target: str
    move: str
    code: str
    count: int
    what: str
    reason: str


@dataclass(frozen=True)
class Candidates:
    """The candidates of a file, and the codes that stand for no move.

    Attributes
    ----------
    rows : tuple of Candidate
    without_move : dict of str to int
        Events by code.
    source : str
    """

    rows: tuple[Candidate, ...]
    without_move: dict[str, int]
    source: str


def move_of(code: str, moves: Iterable[str] | None = None) -> str | None:
    """The move that a CAMEO code, or a PLOVER type and mode, may stand for; None if there is none.

    Parameters
    ----------
    code : str
        ``"163"``, ``"SANCTION expel"``.
    moves : iterable of str, optional
        The catalogue: a move that it lacks is none.

    Examples
    --------
    >>> move_of("1621"), move_of("010"), move_of("SANCTION expel")
    ('reduce_relations', None, 'expel_diplomats')
    """
    found = _longest(code, CAMEO_MOVES if code[:1].isdigit() else PLOVER_MOVES)
    return found if found and (moves is None or found in moves) else None


def _longest(code: str, table: Mapping[str, str]) -> str:
    """What a table has for the longest beginning of a code."""
    for end in range(len(code), 0, -1):
        if code[:end] in table:
            return table[code[:end]]
    return ""


def candidates_of(coded: CodedCounts, scenario: Scenario | None = None) -> Candidates:
    """Make candidates of the events of a coded file.

    Parameters
    ----------
    coded : CodedCounts
        See `read_coded`.
    scenario : Scenario, optional
        Whose catalogue has the moves; without one, all moves of the table.

    Returns
    -------
    Candidates
        By date, then by actor and move.
    """
    moves = None if scenario is None else scenario.moves
    by_day: dict[tuple[str, str], dict[datetime.date, Counter[str]]]
    by_day = defaultdict(lambda: defaultdict(Counter))
    without = Counter[str]()
    for (day, actor, code), count in coded.counts.items():
        move = move_of(code, moves)
        if move is None:
            without[code] += count
        elif move in JOINT:
            codes = by_day[BOTH, move][day]
            codes[code] = max(codes[code], count)
        else:
            by_day[actor, move][day][code] += count
    rows = [
        _candidate(day, actor, _other(actor, coded.actors), move, codes, place)
        for (actor, move), days in by_day.items()
        for day, codes, place in _runs(days)
    ]
    rows.sort(key=lambda row: (row.date, row.actor, row.move))
    source = f"{coded.format}, {Path(coded.file).name}"
    return Candidates(tuple(rows), dict(without.most_common()), source)


def _other(actor: str, actors: Iterable[str]) -> str:
    return BOTH if actor == BOTH else next(one for one in actors if one != actor)


def _runs(
    days: Mapping[datetime.date, Counter[str]],
) -> Iterable[tuple[datetime.date, Counter[str], tuple[int, int]]]:
    """Each day with its codes, its place in the run of days on end, and the run's length."""
    run: list[datetime.date] = []
    for day in [*sorted(days), None]:
        if run and (day is None or (day - run[-1]).days > 1):
            for place, one in enumerate(run, start=1):
                yield one, days[one], (place, len(run))
            run = []
        if day is not None:
            run.append(day)


def _candidate(
    day: datetime.date,
    actor: str,
    target: str,
    move: str,
    codes: Counter[str],
    place: tuple[int, int],
) -> Candidate:
    first = codes.most_common(1)[0][0]
    ordered = [code for code, _ in codes.most_common()]
    count = codes.total()
    at, length = place
    reason = [f"{count} {'report' if count == 1 else 'reports'} of {', '.join(ordered)}"]
    if length > 1 and at == 1:
        reason.append(f"the first of {length} days on end")
    elif length > 1:
        reason.append(f"day {at} of {length} on end: perhaps the same event")
    if caution := _longest(first, CAUTIONS):
        reason.append(caution)
    what = cameo.words(first) if first[:1].isdigit() else first.lower()
    return Candidate(day, actor, target, move, " ".join(ordered), count, what, "; ".join(reason))


def candidates_text(found: Candidates) -> str:
    """Candidates as CSV: the columns of a file of events, then code, count and reason."""
    rows = [
        (c.date, c.actor, c.target, c.move, "", c.what, found.source, "", CANDIDATE, c.code,
         c.count, c.reason)
        for c in found.rows
    ]  # fmt: skip
    plain = [[cell if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    return csv_text([(*HEADER, *OF_CANDIDATES), *plain])
