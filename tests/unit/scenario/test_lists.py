"""A variant that adds to a list of its base, or takes entries from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relsim.errors import Problem, ScenarioError
from relsim.scenario.canonical import canonical_json, json_schema, scenario_hash
from relsim.scenario.diff import acting
from relsim.scenario.files import extending
from relsim.scenario.files.extending import changed_list
from relsim.scenario.files.parsing import Entry, Place, entry_of, plain
from relsim.scenario.files.places import packaged
from relsim.scenario.files.reading import read, validated
from relsim.scenario.files.settings import vary
from relsim.scenario.files.writing import yaml_lines
from relsim.scenario.schema import Scenario, load
from tests.unit.scenario.small_term import BASE, Term

HEAD = "extends: base.yaml\n"
# Days of the calendars as if each variant repeated the baseline's entries.
BEFORE = ["2021-01-26", "2021-02-03", "2021-03-02", "2021-03-02", "2021-03-17", "2021-03-17",
          "2021-03-18", "2021-03-30"]  # fmt: skip
CALENDARS = {
    "us-russia-2021-20y": [
        *BEFORE, "2025-01-20", "2029-01-20", "2033-01-20", "2036-05-07", "2037-01-20",
    ],
    "us-russia-2021-allied-support-lost": [*BEFORE, "2021-06-01"],
    "us-russia-2021-early-summit": [*BEFORE, "2021-04-20", "2021-04-22"],
    "us-russia-2021-maximum-pressure": [*BEFORE, "2021-05-01"],
    "us-russia-2021-new-start-not-extended": BEFORE[2:],
    "us-russia-2021-no-learning": BEFORE,
    "us-russia-2021": BEFORE,
    "us-russia-2021-relief-offered": [*BEFORE, "2021-06-07", "2021-06-07"],
    "us-russia-2021-war-scare": [*BEFORE, "2021-05-01", "2021-11-01"],
}  # fmt: skip


def term(folder: Path, text: str, base: str = BASE, *settings: str) -> Term:
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    (folder / "term.yaml").write_text(text, encoding="utf-8")
    return validated(read(folder / "term.yaml"), Term, settings)


def complaints(folder: Path, text: str, base: str = BASE) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        term(folder, text, base)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def days(found: Term) -> list[tuple[str, str]]:
    return [(entry.date.isoformat(), entry.actor) for entry in found.calendar]


def test_dated_entries_are_added_in_order_of_date(tmp_path: Path) -> None:
    found = term(
        tmp_path,
        f"{HEAD}calendar:\n  add:\n"
        "    - {date: 2021-03-19, actor: NO}\n"
        "    - {date: 2021-03-18, actor: NO, by: 2}\n"
        "    - {date: 2024-01-01, actor: US}\n",
    )
    assert days(found) == [
        ("2021-03-18", "US"), ("2021-03-18", "NO"), ("2021-03-19", "NO"), ("2021-03-20", "NO"),
        ("2024-01-01", "US"),
    ]  # fmt: skip


def test_an_entry_is_removed_by_some_of_its_keys(tmp_path: Path) -> None:
    found = term(tmp_path, f"{HEAD}calendar:\n  remove: [{{date: 2021-03-18}}]\n")
    assert days(found) == [("2021-03-20", "NO")]
    both = f"{HEAD}calendar:\n  remove: [{{actor: NO}}]\n  add: [{{date: 2021-03-20, actor: US}}]\n"
    assert days(term(tmp_path, both)) == [("2021-03-18", "US"), ("2021-03-20", "US")]


def test_scalars_are_added_at_the_end_and_removed_by_value(tmp_path: Path) -> None:
    base = BASE.replace('codes: ["010", 163-ish]', 'codes: ["010", "036"]')
    assert base != BASE
    variant = "extends: base.yaml\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    changed = term(tmp_path, variant, base, 'calendar.0.codes={add: ["057"], remove: ["010"]}')
    assert changed.calendar[0].codes == ("036", "057")


def test_it_is_the_same_scenario_as_one_that_repeats_the_entries(tmp_path: Path) -> None:
    added = term(tmp_path, f"{HEAD}calendar: {{add: [{{date: 2021-04-01, actor: US}}]}}\n")
    repeated = term(
        tmp_path,
        f"{HEAD}calendar:\n"
        '  - {date: 2021-03-18, actor: US, codes: ["010", 163-ish]}\n'
        "  - {date: 2021-03-20, actor: NO}\n"
        "  - {date: 2021-04-01, actor: US}\n",
    )
    assert scenario_hash(added) == scenario_hash(repeated)
    assert scenario_hash(added) != scenario_hash(term(tmp_path, HEAD))


@pytest.mark.parametrize("name", CALENDARS)
@pytest.mark.default_cases(2)
def test_packaged_variants_hold_what_they_held(name: str, tmp_path: Path) -> None:
    """And resolve to the same hash as a file that repeats every entry of every list."""
    found = load(name)
    assert [entry.date.isoformat() for entry in found.calendar] == CALENDARS[name]
    baseline = load("us-russia-2021")
    kept = [entry for entry in found.calendar if entry in baseline.calendar]
    assert len(kept) == sum(day in BEFORE for day in CALENDARS[name])
    data = found.model_dump(mode="json", exclude_none=True)
    whole = {
        "extends": name,
        "name": name,
        "calendar": data["calendar"],
        "actors": {actor: {"elections": of["elections"]} for actor, of in data["actors"].items()},
    }
    file = tmp_path / "whole.yaml"
    file.write_text("\n".join(yaml_lines(whole)) + "\n", encoding="utf-8")
    assert scenario_hash(load(file)) == scenario_hash(found)
    assert acting(json.loads(canonical_json(load(file)))) == acting(
        json.loads(canonical_json(found))
    )


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("calendar: {remove: [{date: 2021-03-19}]}",
         "term.yaml:2:21: calendar.remove.0: fits no entry of the base's list"),
        ("calendar: {remove: [{by: 1}, {}]}",
         "term.yaml:2:21: calendar.remove.0: fits no entry of the base's list"),
        ("calendar:\n  add: [{date: 2021-04-01, actor: UK}]",
         "term.yaml:3:35: calendar.2.actor: unknown actor 'UK'"),
        ("calendar:\n  add:\n    - {date: 2021-04-01, acter: US}",
         "term.yaml:4:26: calendar.2.acter: "),
        ("calendar: {ad: []}", "term.yaml:2:11: calendar: must be a list"),
        ("calendar: {add: 3}", "term.yaml:2:11: calendar: must be a list"),
        ("calendar: {}", "term.yaml:2:11: calendar: must be a list"),
        ("actors: {NO: {rates: {add: [1]}}}",
         "term.yaml:2:15: actors.NO.rates: adds to a list of the base, which has none here"),
    ],
)  # fmt: skip
def test_a_slip_is_reported_where_it_stands(tmp_path: Path, lines: str, problem: str) -> None:
    found = complaints(tmp_path, f"{HEAD}{lines}\n")
    assert any(one.startswith(problem) for one in found), found


def test_a_key_that_fits_two_entries(tmp_path: Path) -> None:
    base = BASE.replace("    actor: NO\n", "    actor: US\n")
    found = complaints(tmp_path, f"{HEAD}calendar: {{remove: [{{actor: US}}]}}\n", base)
    wanted = "calendar.remove.0: fits 2 entries of the base's list: give more of its keys"
    assert found == [f"term.yaml:2:21: {wanted}"]


def test_settings_and_vary_add_to_a_list_too(tmp_path: Path) -> None:
    setting = "calendar={add: [{date: 2021-03-19, actor: US}]}"
    assert len(term(tmp_path, HEAD, BASE, setting).calendar) == 3
    varied: Term = vary(
        term(tmp_path, HEAD), {"calendar": {"add": [{"date": "2021-03-19", "actor": "US"}]}}
    )
    assert [entry.actor for entry in varied.calendar] == ["US", "US", "NO"]


def test_a_file_on_its_own_has_nothing_to_add_to(tmp_path: Path) -> None:
    text = BASE[: BASE.index("calendar:")] + "calendar: {add: [{date: 2021-04-01, actor: US}]}\n"
    assert complaints(tmp_path, text) == [
        "term.yaml:12:11: calendar: must be a list (got a mapping)"
    ]


def test_the_json_schema_knows_the_notation() -> None:
    check = jsonschema.Draft202012Validator(json_schema(Scenario))

    def variant(calendar: Any) -> bool:
        return bool(check.is_valid({"extends": "us-russia-2021", "calendar": calendar}))

    assert variant({"add": [{"date": "2021-05-01", "note": "x"}]})
    assert variant({"remove": [{"date": "2021-05-01"}], "add": []})
    assert variant([])
    assert variant(None)
    assert not variant({"ad": []})
    assert not variant({"add": [{"dat": "2021-05-01"}]})
    assert not variant({})
    baseline = load("us-russia-2021").model_dump(mode="json", exclude_none=True)
    assert check.is_valid(baseline)
    assert not check.is_valid({**baseline, "calendar": {"add": []}})


def test_every_packaged_variant_of_the_calendar_says_only_what_is_new() -> None:
    for name, file in packaged().items():
        if name in CALENDARS:
            assert "2021-03-18" not in file.read_text("utf-8"), "it repeats the baseline's entries"


def test_the_work_of_changing_a_list_grows_as_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry is looked at twice, not once for every other."""
    looked = 0

    def counted(entry: Entry) -> Any:
        nonlocal looked
        looked += 1
        return plain(entry)

    monkeypatch.setattr(extending, "plain", counted)
    here = Place("x.yaml", 1, 1)
    data = [{"date": f"2021-{n:04}", "note": n} for n in range(1_000)]
    gone, new = [{"note": n} for n in range(0, 1_000, 2)], data[:500]
    problems: list[Problem] = []
    change = entry_of({"remove": gone, "add": new}, here)
    found = changed_list(entry_of(data, here), change, problems, "calendar")
    assert problems == []
    assert sorted(item["date"] for item in plain(found)) == [item["date"] for item in plain(found)]
    assert len(plain(found)) == 1_000
    assert looked < 4 * (len(data) + len(gone))


DATED = st.lists(
    st.one_of(
        st.builds(lambda day: {"date": f"2021-01-{day:02}"}, st.integers(1, 9)),
        st.just({"note": 1}),
    ),
    max_size=8,
)


@given(DATED, DATED)
def test_each_is_added_before_the_first_that_is_dated_later(
    base: list[dict[str, Any]], added: list[dict[str, Any]]
) -> None:
    wanted = list(base)
    for new in added:
        later = (n for n, one in enumerate(wanted) if one.get("date", "") > new.get("date", "~"))
        wanted.insert(next(later, len(wanted)), new)
    here = Place("x.yaml", 1, 1)
    found = changed_list(entry_of(base, here), entry_of({"add": added}, here), [], "calendar")
    assert plain(found) == wanted
