"""The packaged record against the chronology and tables it was made from, and who may read it."""

from __future__ import annotations

import ast
import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from relsim.history.coded_files import read_coded
from relsim.history.event_counts import class_of
from relsim.history.events import (
    BOTH,
    COLLISION,
    Event,
    events_until,
    held_out_record,
    packaged_record,
)
from relsim.history.targets import YEARS_OBSERVED
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import load

PACKAGE = Path(__file__).resolve().parents[3] / "relsim"
LEFT_OUT = Path(__file__).with_name("chronology_left_out.csv")
ACTORS = {"USA": "US", "RUS": "RU", "BOTH": BOTH}
CHRONOLOGY, HISTORIAN, TREATIES = "chronology", "Office of the Historian", "treaty dates"
IMPLIED = "implied by what followed"
KNOWN_UNTIL = load("us-russia-2021").horizon.known_until
assert KNOWN_UNTIL is not None

# What a row of the chronology may have become, by its own code; `other` needed a hand.
BECAME = {
    "sanctions_imposed": {"impose_sanctions"},
    "sanctions_eased": {"ease_sanctions"},
    "expulsion": {"expel_diplomats"},
    "summit": {"summit"},
    "treaty_signed": {"agreement"},
    "prisoner_swap": {"release_prisoners"},
    "accusation": {"criticize"},
    "talks_proposed": {"propose_talks"},
    "talks_rejected": {"reject_proposal", "suspend_talks", "reduce_relations"},
    "talks_held": {"negotiation_round", "agreement"},
    "military_posture": {"military_posture", "threaten", COLLISION},
    "military_drawdown": {"goodwill_gesture"},
    "cooperation": {"goodwill_gesture", "agreement"},
    "treaty_ratified": {"goodwill_gesture", "agreement"},
}


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def record() -> tuple[Event, ...]:
    return packaged_record()


def on(events: tuple[Event, ...], day: str, actor: str, move: str) -> bool:
    key = (date.fromisoformat(day), actor, move)
    return key in {(event.date, event.actor, event.move) for event in events}


# Against what it was made from.


def test_every_row_of_the_chronology_is_an_event_or_is_left_out_for_a_reason(
    shared_data: Path, record: tuple[Event, ...]
) -> None:
    chronology = table(shared_data / "chronology-1993-2020" / "chronology_1993_2020.csv")
    left_out = table(LEFT_OUT)
    assert all(row["reason"] for row in left_out)
    rows = Counter((row["date"], ACTORS[row["actor"]]) for row in chronology)
    missing = Counter((row["date"], ACTORS[row["actor"]]) for row in left_out)
    taken = [event for event in record if CHRONOLOGY in event.source]
    events = Counter((str(event.date), event.actor) for event in taken)
    swap = ("2010-07-09", BOTH)  # a release by each side
    assert events.pop(("2010-07-09", "US")) == events.pop(("2010-07-09", "RU")) == 1
    events[swap] += 1
    assert events + missing == rows
    assert (len(chronology), len(left_out)) == (255, 21)
    guide = (PACKAGE.parent / "docs" / "guides" / "events.md").read_text("utf-8")
    assert f"{len(left_out)} of its {len(chronology)} rows" in guide
    reasons = Counter(row["reason"] for row in left_out)
    assert reasons["a meeting of ministers"] == 9  # "Nine are meetings of ministers"
    effects = [row for row in left_out if "earlier" in row["reason"]]
    assert len(effects) == 5  # "five are the effect of a notice, a decree or a suspension"


def test_moves_are_what_the_chronology_says(shared_data: Path, record: tuple[Event, ...]) -> None:
    chronology = table(shared_data / "chronology-1993-2020" / "chronology_1993_2020.csv")
    said = {(row["date"], ACTORS[row["actor"]]): set[str]() for row in chronology}
    for row in chronology:
        said[row["date"], ACTORS[row["actor"]]].add(row["move"])
    for event in record:
        codes = said.get((str(event.date), event.actor))
        if CHRONOLOGY in event.source and codes and codes <= set(BECAME):
            assert any(event.move in BECAME[code] for code in codes), event
    descriptions = {row["description"] for row in chronology}
    assert not any(event.what in descriptions for event in record)


# Meetings of the Historian's list that are none of the two presidents.
NO_MEETING = {
    "1993-08-31": "prime minister", "1996-01-28": "prime minister", "1996-06-27": "prime minister",
    "1997-02-05": "prime minister", "1998-03-09": "prime minister", "1999-07-26": "prime minister",
    "1999-11-01": "prime minister", "2002-01-30": "prime minister", "2008-08-07": "prime minister",
    "2012-05-18": "prime minister", "2008-11-14": "both at a larger meeting",
    "2009-09-24": "the visit of the day before", "2010-04-12": "both at a larger meeting",
}  # fmt: skip


def test_leaders_meetings_are_those_of_the_historian(
    shared_data: Path, record: tuple[Event, ...]
) -> None:
    rows = [
        row
        for row in table(
            shared_data / "us-russia-summits" / "us_soviet_russian_leader_meetings.csv"
        )
        if row["leader_meeting"] == "1" and "1993" <= row["start"] <= str(KNOWN_UNTIL)
    ]
    spans = [(date.fromisoformat(row["start"]), date.fromisoformat(row["end"])) for row in rows]
    meetings = [event for event in record if event.move == "summit"]
    for first, last in spans:
        held = [event for event in meetings if first <= event.date <= last]
        assert bool(held) != (str(first) in NO_MEETING), first
        assert all(HISTORIAN in event.source for event in held), first
    for event in record:
        if HISTORIAN in event.source:
            assert event.move == "summit"
            assert any(first <= event.date <= last for first, last in spans), event


def test_meetings_of_ministers_are_no_rounds_but_open_talks(
    shared_data: Path, record: tuple[Event, ...]
) -> None:
    folder = shared_data / "us-russia-summits"
    contacts = table(folder / "us_secretary_of_state_russia_contacts_to_2021.csv")

    def met(day: str) -> bool:
        return any(row["start"] <= day <= row["end"] for row in contacts)

    ministers = [row["date"] for row in table(LEFT_OUT) if "ministers" in row["reason"]]
    abroad = [day for day in ministers if met(day)]
    assert set(ministers) - set(abroad) == {"2017-05-10", "2019-12-10"}  # Lavrov in Washington
    rounds = {str(event.date) for event in record if event.move == "negotiation_round"}
    assert rounds.isdisjoint(ministers)
    opened = [e for e in record if e.kind == "implied" and "inisters meet" in e.what]
    opened += [e for e in record if e.kind == "implied" and "Lavrov meet" in e.what]
    assert len(opened) == 5
    assert all(met(str(event.date)) for event in opened)


def test_treaties_are_signed_and_left_on_their_dates(
    shared_data: Path, record: tuple[Event, ...]
) -> None:
    rows = table(
        shared_data / "arms-control-treaties" / "us_russia_arms_control_treaties_to_2021.csv"
    )
    dates = {row["treaty"]: row for row in rows}
    for name in ("START II", "Strategic Offensive Reductions Treaty (SORT)", "New START"):
        assert on(record, dates[name]["signed"], BOTH, "agreement")
    assert on(record, dates["START I"]["entered_into_force"], BOTH, "agreement")
    assert on(record, dates["START II"]["ended_or_withdrawn"], "RU", "leave_start_2")
    notes = {name: row["status_note_to_2021"] for name, row in dates.items()}
    for name, day, actor, move in (
        ("Anti-Ballistic Missile (ABM) Treaty", "2001-12-13", "US", "leave_abm"),
        ("Intermediate-Range Nuclear Forces (INF) Treaty", "2019-02-01", "US", "leave_inf"),
        ("START II", "1996-01-26", "US", "goodwill_gesture"),
        ("START II", "2000-04-14", "RU", "goodwill_gesture"),
    ):
        assert day in notes[name]
        assert on(record, day, actor, move)
    ends = {row["ended_or_withdrawn"] for row in rows}
    assert {"2002-06-13", "2019-08-02", "2020-11-22"} <= ends  # effects of notices: no moves
    for day in ("2002-06-13", "2019-08-02", "2020-11-22"):
        moves = {e.move for e in record if e.date == date.fromisoformat(day)}
        assert not any(move.startswith("leave_") for move in moves)


def test_authorities_for_sanctions_are_rounds(shared_data: Path, record: tuple[Event, ...]) -> None:
    rows = table(
        shared_data / "us-sanctions-authorities" / "us_russia_sanctions_authorities_2014_2021.csv"
    )
    later = held_out_record()
    exact = [row for row in rows if len(row["date"]) == 10]
    assert len(exact) == 3
    for row in exact:
        assert on((*record, *later), row["date"], "US", "impose_sanctions"), row
    for row in rows:  # a month or a year is all that the table has
        months = {str(e.date)[: len(row["date"])] for e in record if e.move == "impose_sanctions"}
        assert row["date"] in months or row["date"] > str(KNOWN_UNTIL)


ROOTS = {  # of the codes that may stand for a move
    "impose_sanctions": ("163",), "expel_diplomats": ("161", "166", "174"),
    "reduce_relations": ("160", "161"), "military_posture": ("15", "190", "195"),
    "criticize": ("11",), "threaten": ("13",), "reject_proposal": ("12",), "summit": ("04",),
    "agreement": ("057",), "propose_summit": ("036", "02"), "propose_talks": ("036", "03"),
    "goodwill_gesture": ("05", "06", "07"), "leave_inf": ("12", "16"),
}  # fmt: skip


@pytest.mark.parametrize("year", [2018, 2021])
def test_what_icews_is_cited_for_is_coded_there(
    shared_data: Path, record: tuple[Event, ...], year: int
) -> None:
    coded = read_coded(shared_data / "icews-tkg" / f"icews{year % 100}_us_russia.csv").counts
    cited = [event for event in record if f"ICEWS {year}" in event.source]
    assert len(cited) >= 8
    for event in cited:
        sides = ("US", "RU") if event.actor == BOTH else (event.actor,)
        assert any(
            day in (event.date, event.date + timedelta(1))
            and side in sides
            and code.startswith(ROOTS[event.move])
            for day, side, code in coded
        ), event


# What it says of itself.


def test_marks_of_a_row() -> None:
    for event in (*packaged_record(), *held_out_record()):
        assert (event.kind == "implied") == (event.source == IMPLIED), event
        if event.kind == "implied":
            assert event.confidence <= 0.85
            assert event.move in ("propose_talks", "propose_summit", "accept_proposal")
        if event.move == COLLISION:
            assert event.size is not None
            assert 3 <= event.size <= 16
        assert class_of(event) != "other"
    recorded = [event for event in packaged_record() if event.kind == "recorded"]
    assert {event.source for event in recorded if event.date.year == 2021} <= {
        "general knowledge", "general knowledge; ICEWS 2021",
        "general knowledge; treaty dates", "general knowledge; treaty dates; ICEWS 2021",
    }  # fmt: skip
    assert {e.source for e in held_out_record()} <= {
        "general knowledge", "general knowledge; Office of the Historian", IMPLIED,
    }  # fmt: skip


def unavailable(events: tuple[Event, ...], lifetime: int = 45) -> Iterator[Event]:
    """Events that the table of talks would not allow: nothing pending, talks under way, ..."""
    other = {"US": "RU", "RU": "US"}
    pending: dict[str, tuple[str, date] | None] = {"US": None, "RU": None}
    talks = meeting = False
    for event in events:
        for actor, asked in pending.items():
            if asked is not None and (event.date - asked[1]).days > lifetime:
                pending[actor] = None
        if event.move in ("propose_talks", "propose_summit"):
            busy = talks if event.move == "propose_talks" else meeting
            if busy or pending[event.actor] is not None:
                yield event
            pending[event.actor] = event.move, event.date
        elif event.move in ("accept_proposal", "reject_proposal"):
            asked = pending[other[event.actor]]
            if asked is None:
                yield event
            elif event.move == "accept_proposal":
                talks, meeting = (
                    talks or asked[0] == "propose_talks",
                    meeting or asked[0] != "propose_talks",
                )
            pending[other[event.actor]] = None
        elif event.move == "summit":
            if not meeting:
                yield event
            meeting = False
        elif event.move in ("agreement", "negotiation_round", "suspend_talks"):
            if not talks:
                yield event
            talks = event.move == "negotiation_round"


def test_proposals_and_acceptances_explain_what_followed(record: tuple[Event, ...]) -> None:
    """But for the first day, and for three offers made while talks were under way."""
    found = [(str(event.date), event.actor, event.move) for event in unavailable(record)]
    assert found == [
        ("1993-01-03", BOTH, "agreement"),
        ("1993-01-03", BOTH, "summit"),
        ("2020-10-16", "RU", "propose_talks"),
        ("2020-10-20", "RU", "propose_talks"),
        ("2021-01-21", "US", "propose_talks"),
    ]
    without = tuple(event for event in record if event.kind == "recorded")
    assert len(list(unavailable(without))) > 70


def test_the_calendar_of_the_baseline_is_in_the_record(record: tuple[Event, ...]) -> None:
    dated = [entry for entry in load("us-russia-2021").calendar if entry.move is not None]
    assert len(dated) >= 6
    for entry in dated:
        assert on(record, str(entry.date), entry.actor or BOTH, str(entry.move)), entry


# No event after known_until sets a parameter.


def test_the_two_files_part_where_the_baseline_stops_to_know() -> None:
    assert KNOWN_UNTIL is not None
    assert max(event.date for event in packaged_record()) <= KNOWN_UNTIL
    assert min(event.date for event in held_out_record()) > KNOWN_UNTIL
    assert events_until((*packaged_record(), *held_out_record()), KNOWN_UNTIL) == packaged_record()


def counts(events: tuple[Event, ...]) -> dict[str, int]:
    """The counts that numbers of the scenarios and targets rest on."""

    def number(actor: str, *moves: str, since: int = 2014, kind: str = "recorded") -> int:
        return sum(
            e.actor == actor and e.move in moves and e.date.year >= since and e.kind == kind
            for e in events
        )

    return {
        "US rounds since 1993": number("US", "impose_sanctions", since=1993),
        "US rounds": number("US", "impose_sanctions"),
        "Russian rounds": number("RU", "impose_sanctions"),
        "US expulsions": number("US", "expel_diplomats"),
        "Russian expulsions": number("RU", "expel_diplomats"),
        "US shows of force": number("US", "military_posture"),
        "Russian shows of force": number("RU", "military_posture", COLLISION),
        "Russian proposals": number("RU", "propose_talks", "propose_summit"),
        "easings": number("US", "ease_sanctions", since=1993),
    }


LAST_COUNTED = date(2020, 12, 31)  # the scenarios' figures are of 2014-20, or of all until then


def test_figures_in_the_scenario_and_the_targets_come_from_what_was_known() -> None:
    """Each count is written down where it is used; later events would change most of them."""
    known = counts(events_until((*packaged_record(), *held_out_record()), LAST_COUNTED))
    assert known == {
        "US rounds since 1993": 37,
        "US rounds": 31,
        "Russian rounds": 6,
        "US expulsions": 4,
        "Russian expulsions": 3,
        "US shows of force": 4,
        "Russian shows of force": 5,
        "Russian proposals": 3,
        "easings": 4,
    }
    later = counts((*packaged_record(), *held_out_record()))
    assert all(later[name] > known[name] for name in known)
    scenario = (PACKAGE.parent / "scenarios" / "us_russia_2021_prior.yaml").read_text("utf-8")
    targets = (PACKAGE / "history" / "targets.py").read_text("utf-8")
    for cited in (
        "out of {US rounds since 1993} US rounds since 1993",
        "salient shows of force: {US shows of force} American and {Russian shows of force} Russian",
        "{Russian proposals} Russian proposals of record in 2014–20 and no American one",
    ):
        assert cited.format(**known) in scenario, cited
    for name, actor in (("US", "us"), ("Russian", "russia")):
        for what, moves in (("rounds", "rounds"), ("expulsions", "expulsions")):
            number = known[f"{name} {what}"]
            (line,) = (
                line
                for line in targets.splitlines()
                if f", {moves}, {actor}, " in line and line.rstrip().endswith(f", {number}),")
            )
            observed = float(line.split(", ")[-2])
            assert observed == pytest.approx(number / YEARS_OBSERVED, abs=0.06)


@pytest.mark.parametrize("name", packaged())
def test_no_source_of_a_scenario_is_later_than_what_it_knows(name: str) -> None:
    scenario = load(name)
    known = scenario.horizon.known_until
    if known is None:
        pytest.skip("the scenario knows nothing by date")
    for key, source in scenario.sources.items():
        assert source.date is None or source.date <= known, key
        assert source.year is None or source.year <= known.year, key


READERS = {"read_events", "packaged_record", "held_out_record"}
# These define them, offer them to users, and check and count files.
FREE = {"history/events.py", "history/__init__.py", "cli/events_command.py"}
LATER = ("update", "score")  # rooms or files whose business is what happened after a forecast


def unguarded(file: str, source: str) -> list[str]:
    """Calls that read events and do not stop at a scenario's `known_until`."""
    if file in FREE:
        return []
    tree = ast.parse(source)
    guarded = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node.func) == "events_until"
        for argument in node.args
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in READERS and id(node) not in guarded:
            found.append(f"{file}:{node.lineno}: {name_of(node.func)} without events_until")
        names = [getattr(node, part, "") for part in ("id", "attr", "name", "value")]
        if "held_out_record" in names or any("2021_2025" in str(name) for name in names):
            found.append(f"{file}:{getattr(node, 'lineno', 0)}: the held-out record")
    if any(word in Path(file).parts or Path(file).stem.startswith(word) for word in LATER):
        return []
    return found


def name_of(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def test_nothing_reads_events_past_what_is_known() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 100
    found = [
        line
        for file in files
        for line in unguarded(file.relative_to(PACKAGE).as_posix(), file.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "events = packaged_record()",
        "events = history.events.read_events(file)",
        "events = events_until(later, day); more = read_events(file)",
        "from relsim.history.events import held_out_record\nevents = held_out_record()",
        "reader = events.held_out_record",
        "from relsim.history.events import held_out_record as later",
        "path = folder / 'us_russia_2021_2025.csv'",
    ],
)
def test_reading_past_it_would_be_seen(planted: str) -> None:
    assert unguarded("inference/calibrate/history.py", planted)
    assert unguarded("history/targets.py", planted)


def test_reading_until_it_is_fine() -> None:
    guarded = "events = events_until(packaged_record(), scenario.horizon.known_until)"
    assert unguarded("inference/calibrate/history.py", guarded) == []
    assert unguarded("inference/update/filtering.py", "events = held_out_record()") == []
    assert unguarded("inference/score.py", "events = held_out_record()") == []
