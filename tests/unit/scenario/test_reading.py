"""Scenario files: YAML 1.2 with positions, variants, settings, hash and JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import jsonschema
import pytest

from relsim.errors import MOST_COMPARED, Problem, ScenarioError, UnknownName, nearest
from relsim.scenario.canonical import canonical_json, json_schema, scenario_hash
from relsim.scenario.fields.values import Number
from relsim.scenario.files import extending, parsing
from relsim.scenario.files.parsing import parse, plain
from relsim.scenario.files.places import packaged, resolve
from relsim.scenario.files.reading import read, validated
from relsim.scenario.files.settings import vary
from relsim.scenario.schema import load
from tests.unit.scenario.costs import BOUNDED, cost
from tests.unit.scenario.small_term import BASE, Term


def written(folder: Path, text: str, name: str = "term.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def term(folder: Path, text: str = BASE, *settings: str) -> Term:
    return validated(read(written(folder, text)), Term, settings)


def complaints(folder: Path, text: str, *settings: str) -> list[str]:
    """Return the problems as relsim prints them, without the folder."""
    with pytest.raises(ScenarioError) as caught:
        term(folder, text, *settings)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def changed(old: str, new: str, text: str = BASE) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


# --- what is read -----------------------------------------------------------------------------


def test_a_scenario_is_read(tmp_path: Path) -> None:
    ours = term(tmp_path)
    assert ours.name == "term"  # the file's, since it gives none
    assert list(ours.actors) == ["US", "NO"]
    assert ours.actors["US"].stake.constant == 5.7
    assert ours.actors["US"].memory.constant == pytest.approx(38 / 7)
    assert ours.calendar[0].codes == ("010", "163-ish")


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("true", True),
        ("~", None),
        ("", None),
        ("null", None),
        ("'null'", "null"),
        ("010", 10),
        ("0o10", 8),
        ("0x1f", 31),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2021-01-20", "2021-01-20"),
        ("-1.5e3", -1500.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("6 to 16", "6 to 16"),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, content: object) -> None:
    entry, problems = parse(f"a: {text}".encode(), "x.yaml")
    assert not problems
    assert plain(entry) == {"a": content}
    assert type(plain(entry)["a"]) is type(content)


def test_keys_are_text_whatever_they_look_like() -> None:
    entry, _ = parse(b"010: a\nNO: b\ntrue: c\n1.0: d\n", "x.yaml")
    assert list(plain(entry)) == ["010", "NO", "true", "1.0"]


def test_80_kilobytes_do_not_hang_the_reader(tmp_path: Path) -> None:
    line = (
        '      S{}: {{value: "0.5 to 2", source: sui2021, claim: C12, why: "in so many words"}}\n'
    )
    rates = "".join(line.format(number) for number in range(1100))
    text = changed('    rates: {expel: 0.34, sanction: "5.6 per year"}\n', f"    rates:\n{rates}")
    assert len(text) > 80_000
    path = written(tmp_path, text)
    assert cost(lambda: validated(read(path), Term)) < BOUNDED


# --- what is wrong, and where -----------------------------------------------------------------

US_STAKE = "{value: 5.7, source: sui2021, claim: C12}"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("relsim/1", "relsim/9", "1:9: schema: must be one of relsim/1 (got 'relsim/9'); did you"),
        ("    name: Norway\n", "", "9:3: actors.NO.name: is missing"),
        ("    name: Norway", "    nam: Norway", "10:5: actors.NO.nam: unknown key 'nam'; did you"),
        ("name: Norway", "name: 7", '10:11: actors.NO.name: must be text: put it in quotes, "7"'),
        ("name: Norway", "name: [x]", "10:11: actors.NO.name: must be text (got a list)"),
        ("name: Norway", "name:", "10:5: actors.NO.name: must be text (got nothing)"),
        (
            "    name: Norway",
            "    name: x\n    rule: logic",
            "11:11: actors.NO.rule: must be one of logit, rou",
        ),
        ("0.5 to 2", "-1", "11:12: actors.NO.stake: must be positive or zero (got -1)"),
        ("0.5 to 2", "[1]", "11:12: actors.NO.stake: must be a number or a distribution"),
        ("value: 5.7", "value: x", "6:20: actors.US.stake.value: must be a number"),
        ("source: s", "sorce: s", "6:25: actors.US.stake.sorce: unknown key 'sorce'; did you mea"),
        ("unit: days", "unit: dayz", "7:31: actors.US.memory.unit: unit must be one of days,"),
        ("end: 2025", "end: 2020", "2:35: horizon.end: must be after start (got 2020-01-20)"),
        ("2025-01-20", "2025-02-30", "2:35: horizon.end: must be a day of the calendar"),
        ("2025-01-20", "20250120", "2:35: horizon.end: must be a date such as 2021-01-20 (got 2"),
        ("  NO:", "  N O:", "9:3: actors.N O: must be a name"),
        ("    actor: NO", "    actor: RU", "15:12: calendar.1.actor: unknown actor 'RU'; known"),
        ("    actor: NO", "    actor: us", "15:12: calendar.1.actor: unknown actor 'us'; did you"),
        ("    actor: NO", "    actor: NO\n    by: 1.5", "16:9: calendar.1.by: must be a whole"),
        ("    actor: NO", "    actor: NO\n    loud: no", "16:11: calendar.1.loud: must be true"),
        ('"010"', "010", '13:43: calendar.0.codes.0: must be text: put it in quotes, "010"'),
        ("0.34", ".nan", "8:20: actors.US.rates.expel: must be a finite number (got .nan)"),
        ("0.34", "1e400", "8:20: actors.US.rates.expel: must be a finite number (got 1e400)"),
        ("0.34", "9" * 500, "8:20: actors.US.rates.expel: must be a finite number (got 999"),
        ("0.34", "'1e400'", "8:20: actors.US.rates.expel: must be a finite number (got 1e400)"),
        (
            "    name: Norway",
            "    name: x\n    name: y",
            "11:5: actors.NO.name: the key stands twice; first at line 10",
        ),
        ("Norway", "&n Norway", "10:11: actors.NO.name: anchors are not used"),
        ("Norway", "*n", "10:11: actors.NO.name: aliases are not used in scenarios (got *n)"),
        ("Norway", "!!str Norway", "10:11: actors.NO.name: tags are not used"),
        ("Norway", "Norway: x", "10:17: is not valid YAML: mapping values are not allowed here"),
        ("Norway", '"Norway', "13:44: is not valid YAML: while parsing a block mapping"),
        ("calendar:", "? [a]\n: b\ncalendar:", "12:3: a key must be a word"),
        ("Norway", '"\\ud800"', "10:11: actors.NO.name: has an escape that is no character"),
        ("Norway", '"\\u202e"', "10:11: actors.NO.name: has a character that is no text (U+202E)"),
        ("Norway", '"\\e[2J"', "10:11: actors.NO.name: has a character that is no text (U+001B)"),
        ("Norway", '"a\\rb"', "10:11: actors.NO.name: has a character that is no text (U+000D)"),
        (
            "schema: relsim/1",
            "%YAML 1.1\n---\nschema: relsim/1",
            "2:1: directives (%...) are not used",
        ),
        ("actors:\n", "actors: [\n", "is not valid YAML"),
        ("  - {", "---\n  - {", "second document"),
        ("calendar:", "<<: {name: x}\ncalendar:", "12:1: <<: unknown key '<<'; known: schema"),
    ],
)
def test_a_problem_says_where_and_what(tmp_path: Path, old: str, new: str, problem: str) -> None:
    found = complaints(tmp_path, changed(old, new))
    assert len(found) == 1, found
    assert found[0].startswith("term.yaml:")
    assert problem in found[0]


def test_every_problem_is_reported_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed("0.34", ".inf")
    text = changed("0.5 to 2", "2 to 0.5", text)
    text = changed("    name: Norway", "    nmae: Norway\n    nmae: x", text)
    text = changed("end: 2025", "ned: 2025", text)
    found = [complaint.split(": ")[0] for complaint in complaints(tmp_path, text)]
    lines = [int(place.split(":")[1]) for place in found]
    assert lines == [2, 8, 10, 11, 12]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "1:1: is empty"),
        (b"# only a comment\n", "1:1: is empty"),
        (b"- a\n", "1:1: a scenario is a mapping of keys"),
        (b"words", "1:1: a scenario is a mapping of keys"),
        (b"a: b\nc: \xff\n", "2:4: is not UTF-8 text (byte 0xff): save it as UTF-8"),
        ("a: b\n".encode("utf-16"), "1:1: is UTF-16 text: save it as UTF-8"),
        (b"PK\x03\x04a: b\n", "1:1: is a workbook or archive, no text"),
        (b"a: b\nc: \x07\n", "2:4: has a character that is no text (U+0007)"),
        (b"a: " + b"x" * 1_000_000, "1:1: is larger than 1,000,000 bytes"),
        (b"a: " + b"[" * 10_000, "1:67: is nested deeper than 64 levels"),
        (b"- " * 10_000, "nested deeper than 64 levels"),
        (b"".join(b" " * n + b"a:\n" for n in range(99)), "nested deeper than 64 levels"),
        (b"a:\n" + b"- b\n" * 200_000, "has too many entries"),
        (b"a: !" + b"x" * 900_000, "1:4: has over 1,000 characters without a blank after a '!'"),
        (b'a: "\\UFFFFFFFF"', "1:1: is not valid YAML"),
        ("a: b\nc: d\u202e\n".encode(), "2:5: has a character that is no text (U+202E)"),
    ],
)
def test_what_is_no_scenario_is_refused_at_once(tmp_path: Path, raw: bytes, problem: str) -> None:
    path = tmp_path / "term.yaml"
    path.write_bytes(raw)

    def refused() -> None:
        with pytest.raises(ScenarioError, match=re.escape(problem)):
            read(path)

    assert cost(refused) < BOUNDED


@pytest.mark.parametrize(
    "raw",
    [
        b"a:\n" + b"- b\n" * 200_000,
        b"a: [" + b"b," * 200_000 + b"b]",
        b"".join(b"k%d: 1\n" % number for number in range(80_000)),
        b"k: 1\n" * 150_000,
        b"a: " + b"[],{}," * 50_000,
        b"a: |\n" + b"  x\n" * 200_000,
        b'a: "' + b"x\n" * 300_000 + b'"',
        b"a: 1\n" + b"# x\n" * 200_000,
        b"a: 1\n" + b"\n" * 900_000,
    ],
)
def test_the_parser_never_sees_hundreds_of_thousands_of_entries(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(parsing.YAML, "parse")
    with pytest.raises(ScenarioError, match=r"has too many entries for a scenario \(over 40,000\)"):
        parse(raw, "x.yaml")


@pytest.mark.parametrize(
    "raw",
    [
        b"a: [" + b"1," * 39_000 + b"1]",
        b"".join(b"k%d: 1\n" % number for number in range(39_000)),
        b"{" + b"? a," * 39_000 + b"}",
        b"".join(b"- - - a\n" for _ in range(39_000)),
    ],
)
@pytest.mark.default_cases(2)
def test_the_parser_stops_at_the_first_entry_too_many(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = 0
    events = parsing.YAML.parse

    def counted(self: parsing.YAML, stream: object) -> Iterator[object]:
        nonlocal seen
        for seen, event in enumerate(events(self, stream), start=1):  # noqa: B007
            yield event

    monkeypatch.setattr(parsing.YAML, "parse", counted)
    with pytest.raises(ScenarioError, match="has too many entries for a scenario$"):
        parse(raw, "x.yaml")
    assert seen == parsing.MOST_EVENTS + 1


def test_the_baseline_is_far_from_the_limits() -> None:
    raw = packaged()["us-russia-2021"].read_bytes()
    left = parsing.LIMITS.after(raw, parse(raw, "x.yaml")[0])
    assert left.events > parsing.MOST_EVENTS / 2
    assert left.size > parsing.LARGEST_FILE / 2


@pytest.mark.parametrize(
    ("each", "said"),
    [
        ("[" + "1," * 7_000 + "1]", "has too many entries for a scenario, together with the files"),
        ("x" * 400_000, "1:1: is larger than 1,000,000 bytes, together with the files that extend"),
    ],
)
@pytest.mark.default_cases(1)
def test_files_that_extend_each_other_have_one_room(tmp_path: Path, each: str, said: str) -> None:
    written(tmp_path, f"k: {each}\n", "base.yaml")
    written(tmp_path, f"extends: base.yaml\nk: {each}\n", "middle.yaml")
    read(tmp_path / "middle.yaml")
    with pytest.raises(ScenarioError, match=rf"base\.yaml.*{said}"):
        read(written(tmp_path, f"extends: middle.yaml\nk: {each}\n"))


def test_only_some_of_many_problems_name_the_nearest_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many comparisons of words are made, and no more, however many keys a file deletes."""
    compared = 0

    def counted(word: str, known: Iterable[str]) -> str | None:
        nonlocal compared
        compared += len(list(known))
        return nearest(word, known)

    monkeypatch.setattr(extending, "nearest", counted)
    written(tmp_path, "".join(f"key_{number}: 1\n" for number in range(2_000)), "base.yaml")
    nulls = "".join(f"kex_{number}: null\n" for number in range(2_000))
    found = read(written(tmp_path, f"extends: base.yaml\n{nulls}")).problems
    assert "did you mean 'key_0'?" in found[0].message
    assert len(found) == 2_000
    assert compared < 2 * MOST_COMPARED


def test_quotes_and_block_text_may_hold_what_is_refused_elsewhere(tmp_path: Path) -> None:
    text = changed("name: Norway", 'name: "&a *b !c [[ {{ <<"')
    assert term(tmp_path, text).actors["NO"].name == "&a *b !c [[ {{ <<"


def test_no_more_problems_than_can_be_read(tmp_path: Path) -> None:
    many = "".join(f"  X{number}: 1\n" for number in range(3000))
    found = complaints(tmp_path, changed("  NO:\n", f"{many}  NO:\n"))
    assert len(found) == 101
    assert "and more" in found[-1]


# --- variants ---------------------------------------------------------------------------------


def test_a_variant_merges_maps_replaces_lists_and_deletes_with_null(tmp_path: Path) -> None:
    written(tmp_path, BASE, "base.yaml")
    ours = term(
        tmp_path,
        "extends: base.yaml\n"
        "actors: {US: {stake: {value: 2}, rates: {expel: null}}, NO: null}\n"
        "calendar: [{date: 2022-01-01, actor: US}]\n",
    )
    base = validated(read(tmp_path / "base.yaml"), Term)
    assert list(ours.actors) == ["US"]
    assert ours.actors["US"].stake.constant == 2
    assert ours.actors["US"].stake.source == "sui2021"
    assert list(ours.actors["US"].rates) == ["sanction"]
    assert ours.actors["US"].memory == base.actors["US"].memory
    assert [str(dated.date) for dated in ours.calendar] == ["2022-01-01"]
    assert (ours.name, base.name) == ("term", "base")


def test_a_term_that_cannot_be_is_one_mistake(tmp_path: Path) -> None:
    packaged = "extends: us-russia-2021\ncalendar: []\nhorizon: "

    def said(horizon: str) -> list[str]:
        with pytest.raises(ScenarioError) as error:
            load(written(tmp_path, f"{packaged}{horizon}\n"))
        return [problem.message for problem in error.value.problems]

    assert said("{end: 2020-01-01}") == ["must be after start (2021-01-20; got 2020-01-01)"]
    (long,) = said("{end: 2121-01-20}")
    assert long == "a term is at most 32,000 days long, some 88 years (got 36,524 days)"


def test_positions_survive_merging(tmp_path: Path) -> None:
    written(tmp_path, changed("0.5 to 2", "-1"), "base.yaml")
    found = complaints(tmp_path, "extends: base.yaml\nactors:\n  US: {name: 3}\n")
    assert found == [
        "base.yaml:11:12: actors.NO.stake: must be positive or zero (got -1)",
        'term.yaml:3:14: actors.US.name: must be text: put it in quotes, "3"',
    ]


def test_deleting_what_is_not_there_is_a_slip(tmp_path: Path) -> None:
    written(tmp_path, BASE, "base.yaml")
    found = complaints(tmp_path, "extends: base.yaml\ncalender: null\n")
    assert len(found) == 1
    assert found[0].startswith("term.yaml:2:1: calender: null deletes an entry")
    assert found[0].endswith("did you mean 'calendar'?")


@pytest.mark.parametrize("unread", [".nan", ".inf", "1e999", "*a"])
def test_what_cannot_be_read_is_no_null_that_deletes(tmp_path: Path, unread: str) -> None:
    written(tmp_path, BASE, "base.yaml")
    for key in ("scale", "stake"):  # one the base has not got, and one that it has
        inside = f"stake: {{{key}: {unread}}}" if key == "scale" else f"stake: {unread}"
        (found,) = complaints(tmp_path, f"extends: base.yaml\nactors: {{US: {{{inside}}}}}\n")
        assert "must be a finite number" in found or "aliases are not used" in found


def test_chains_of_variants(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    written(tmp_path / "below", BASE, "base.yaml")
    written(tmp_path, "extends: below/base.yaml\nactors: {US: {stake: 2}}\n", "middle.yaml")
    ours = term(tmp_path, "extends: middle.yaml\nactors: {NO: {stake: 3}}\n")
    assert [actor.stake.constant for actor in ours.actors.values()] == [2, 3]


@pytest.mark.parametrize(
    ("extends", "problem"),
    [
        ("term.yaml", "1:10: extends: goes in a circle: term.yaml -> term.yaml"),
        ("other.yaml", "1:10: extends: goes in a circle: term.yaml -> other.yaml -> term.yaml"),
        ("../secret.yaml", "1:10: extends: must be in the folder of this file or below"),
        ("/etc/passwd.yaml", "1:10: extends: must be in the folder of this file or below"),
        ("otter.yaml", "1:10: extends: there is no file 'otter.yaml' beside this one; did you"),
        ("no-such-scenario", "1:10: extends: unknown scenario 'no-such-scenario'"),
        ("[a]", "1:10: extends: must name a scenario or a file"),
        ("7", "1:10: extends: must name a scenario or a file (got '7')"),
        ("broken.yaml", "broken.yaml:1:5: is not valid YAML"),
        ("list.yaml", "list.yaml:1:1: a scenario is a mapping of keys"),
        ("loop.yaml", "extends:"),
    ],
)
def test_what_may_not_be_extended(tmp_path: Path, extends: str, problem: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    written(tmp_path, BASE, "secret.yaml")
    written(folder, "extends: term.yaml\n", "other.yaml")
    written(folder, "a: b: c\n", "broken.yaml")
    written(folder, "- a\n", "list.yaml")
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    found = complaints(folder, f"extends: {extends}\n")
    assert len(found) == 1
    assert problem in found[0]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(written(tmp_path, BASE, "secret.yaml"))
    found = complaints(folder, "extends: link.yaml\n")
    assert "must be in the folder of this file or below" in found[0]


def test_a_chain_has_an_end(tmp_path: Path) -> None:
    for number in range(40):
        written(tmp_path, f"extends: v{number + 1}.yaml\n", f"v{number}.yaml")
    with pytest.raises(ScenarioError, match="the chain of files is longer than 16"):
        read(tmp_path / "v0.yaml")


# --- files and names --------------------------------------------------------------------------


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=":1:1: is no file"):
        read(tmp_path)
    for name in (str(tmp_path / "none.yaml"), "no-such-scenario", "a\0b", "x" * 5000):
        with pytest.raises(UnknownName, match="there is no file|unknown scenario"):
            read(name)


def test_the_names_of_packaged_scenarios_resolve_to_their_files() -> None:
    for name, path in packaged().items():
        assert resolve(name) == path
        assert path.stem.replace("_", "-") == name


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "text", "source"),
    [
        ("actors.US.stake=2", "2", "sui2021"),
        ("actors.US.stake=0.5 to 2", "0.5 to 2", "sui2021"),
        ("actors.US.stake={value: 3, source: me}", "3", "me"),
        ("actors.US.stake.value=3", "3", "sui2021"),
        ("actors.US.stake.source=me", "5.7", "me"),
        ("actors.NO.stake.source=me", "0.5 to 2", "me"),
        ("actors.NO.stake=lognormal(1, 0.2)", "lognormal(1, 0.2)", None),
    ],
)
def test_a_number_that_is_set_keeps_its_source(
    tmp_path: Path, setting: str, text: str, source: str | None
) -> None:
    actor = setting.split(".")[1]
    stake = term(tmp_path, BASE, setting).actors[actor].stake
    assert (stake.text, stake.source) == (text, source)


@pytest.mark.parametrize(
    ("setting", "weeks"),
    [
        ("actors.US.memory=14", 2.0),  # the unit stands beside it: days
        ("actors.US.memory=3 weeks", 3.0),
        ("actors.NO.memory=3", 3.0),  # not in the file: the declared unit
        ("actors.NO.memory=21 days", 3.0),
    ],
)
def test_a_number_that_is_set_keeps_its_unit(tmp_path: Path, setting: str, weeks: float) -> None:
    ours = term(tmp_path, BASE, setting)
    assert ours.actors[setting.split(".")[1]].memory.constant == weeks


def test_a_unit_inside_the_text_is_kept(tmp_path: Path) -> None:
    text = changed("5.6 per year", "1 per month")
    assert term(tmp_path, text, "actors.US.rates.sanction=2").actors["US"].rates[
        "sanction"
    ].constant == pytest.approx(24)


def test_other_entries_are_set_by_their_kind(tmp_path: Path) -> None:
    ours = term(
        tmp_path,
        BASE,
        "actors.NO.name=007",
        "calendar.1.loud=true",
        "calendar.0.codes=['010', '020']",
        "actors.US.rates={new: 3}",
        "actors.US.rates.expel=null",
    )
    assert ours.actors["NO"].name == "007"
    assert ours.calendar[1].loud is True
    assert ours.calendar[0].codes == ("010", "020")
    assert list(ours.actors["US"].rates) == ["sanction", "new"]


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("actors.US.stake=-1", "--set:1:17: actors.US.stake.value: must be positive or zero (g"),
        ("actors.US.staek=1", "--set:1:1: actors.US.staek: there is no such entry; did you mean"),
        ("actors.USA.stake=1", "actors.USA.stake: there is no such entry; did you mean 'actors.US"),
        ("actors.China.stake=1", "unknown key 'China'; known: US, NO"),
        ("calendar.9.actor=US", "calendar is a list of 2, counted from 0 (got '9')"),
        ("calendar.x=US", "calendar is a list of 2, counted from 0 (got 'x')"),
        ("actors.US.name.x=1", "there is nothing below actors.US.name"),
        ("actors.US.stake", "must be written PATH=VALUE"),
        ("=3", "must be written PATH=VALUE"),
        ("name=", "must be written PATH=VALUE"),
        ("name={a: [}", "--set:1:11: name: is not valid YAML"),
        ("actors.NO.stake=.nan", "--set:1:17: actors.NO.stake: must be a finite number"),
        ("name=*x", "--set:1:6: name: aliases are not used"),
        ("actors.NO.name=null", "actors.NO.name: is missing"),
    ],
)
def test_a_setting_that_is_wrong(tmp_path: Path, setting: str, problem: str) -> None:
    found = complaints(tmp_path, BASE, setting)
    assert len(found) == 1, found
    assert problem in found[0]


def test_the_line_of_a_setting_is_its_ordinal(tmp_path: Path) -> None:
    found = complaints(tmp_path, BASE, "actors.US.stake=1", "actors.NO.stake=-1")
    assert found == ["--set:2:17: actors.NO.stake: must be positive or zero (got -1)"]


def test_vary_keeps_unit_and_source_and_everything_else(tmp_path: Path) -> None:
    ours = term(tmp_path)
    varied = vary(ours, {"actors.US.stake": 0.5, "actors.US.memory": 7})
    assert varied.actors["US"].stake.constant == 0.5
    assert varied.actors["US"].stake.source == "sui2021"
    assert varied.actors["US"].memory.constant == 1
    back = vary(varied, {"actors.US.stake": 5.7, "actors.US.memory": Number("days").parse(38)})
    assert scenario_hash(back) == scenario_hash(ours) != scenario_hash(varied)
    assert vary(ours, {}) == ours
    assert list(vary(ours, {"actors.NO": None, "calendar": []}).actors) == ["US"]


def test_vary_refuses_what_a_file_may_not_say(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        vary(term(tmp_path), {"actors.US.staek": 1, "actors.NO.stake": "many"})
    assert [problem.path for problem in caught.value.problems] == [
        "actors.US.staek",
        "actors.NO.stake.value",
    ]


# --- hash and schema --------------------------------------------------------------------------


def test_the_hash_is_of_the_meaning_not_of_the_writing(tmp_path: Path) -> None:
    ours = scenario_hash(term(tmp_path))
    same = changed("{value: 38, unit: days}", "38   days   # a comment")
    assert scenario_hash(term(tmp_path, same)) == ours
    written(tmp_path, BASE, "base.yaml")
    assert scenario_hash(term(tmp_path, "extends: base.yaml\n")) == ours
    for old, new in [("5.7", "5.70001"), ("sui2021", "sui2022"), ("0.5 to 2", "0.5 to 3")]:
        assert scenario_hash(term(tmp_path, changed(old, new))) != ours


def test_the_hash_knows_the_order_of_actors(tmp_path: Path) -> None:
    head, us, rest = BASE.partition("  US:\n")
    block, no, tail = rest.partition("  NO:\n    name: Norway\n    stake: 0.5 to 2\n")
    swapped = head + no + us + block + tail
    ours, theirs = term(tmp_path), term(tmp_path, swapped)
    assert ours.actors == theirs.actors
    assert scenario_hash(ours) != scenario_hash(theirs)


def test_canonical_json_reads_back(tmp_path: Path) -> None:
    ours = term(tmp_path)
    again = Term.model_validate(json.loads(canonical_json(ours)))
    assert canonical_json(again) == canonical_json(ours)


def test_the_json_schema_accepts_what_the_reader_accepts(tmp_path: Path) -> None:
    schema = json_schema(Term)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    data = read(written(tmp_path, BASE)).data
    assert check.is_valid(data)
    assert check.is_valid({"extends": "base.yaml", "actors": {"NO": None, "US": {"stake": 3}}})
    assert not check.is_valid({"extends": "base.yaml", "acters": {}})
    assert not check.is_valid({"extends": "base.yaml", "actors": {"US": {"staek": 3}}})
    assert not check.is_valid({key: data[key] for key in data if key != "horizon"})
    assert not check.is_valid({**data, "actors": {"US": {"name": "US"}}})


# --- words ------------------------------------------------------------------------------------


def test_the_nearest_word() -> None:
    assert nearest("us", ["RU", "US"]) == "US"
    assert nearest("expell", ["expel", "ease"]) == "expel"
    assert nearest("zebra", ["expel", "ease"]) is None
    assert nearest("x" * 10_000, ["x" * 9_999]) is None


def test_problems_and_errors_are_rebuilt_from_their_args() -> None:
    problem = Problem("us_russia.yaml", 14, 12, "actors.US.stake", "must be positive (got -1)")
    assert str(problem) == "us_russia.yaml:14:12: actors.US.stake: must be positive (got -1)"
    error = ScenarioError((problem,))
    assert type(error)(*error.args).problems == (problem,)
    assert str(error) == str(problem)
