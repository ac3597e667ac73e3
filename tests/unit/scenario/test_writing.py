"""YAML that relsim writes: its reader reads the same data back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relsim.scenario.files.parsing import no_text, parse, plain
from relsim.scenario.files.writing import WIDTH, yaml_lines

AWKWARD = (
    "", " ", "~", "null", "true", "NO", "1", "1.5", "1e3", "0x1f", ".inf", "- a", "a: b", "a #b",
    "#a", "a, b", "[a]", "{a}", "&a", "*a", "!a", "'a'", 'a "b"', "a\nb", "a\tb", " a", "a ", "---",
    "? a", "%a", "@a", "`a", "a:", ":a", "010", "163", "2021-01-20", "é–ü", "a\n\tb",
    "a\u200cb", "a  b", "6 to 16 weeks", "a'b", "\\", "\U0001f600",
)  # fmt: skip
texts = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs"]).filter(lambda c: not no_text(c)), max_size=20),
)
keys = texts.filter(bool)
scalars = st.one_of(
    texts, st.booleans(), st.none(), st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=25,
)


def read(data: Any) -> Any:
    entry, problems = parse("\n".join(yaml_lines(data)).encode(), "written.yaml")
    assert problems == []
    return plain(entry)


@settings(max_examples=15)
@given(st.dictionaries(keys, trees, min_size=1, max_size=6))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    found = read(data)
    assert found == data
    assert repr(found) == repr(data)  # 1 is not 1.0, nor is it true


@pytest.mark.parametrize("word", AWKWARD)
def test_awkward_words_stay_words(word: str) -> None:
    data = {"key": word, "list": [word, [word]], "map": {"a": {word or "-": word}}}
    assert read(data) == data


def test_short_mappings_stand_on_one_line() -> None:
    data = {"a": {"b": "two words", "c": [1, 2.5]}, "long": {"k": "x" * WIDTH}, "list": [{"d": 1}]}
    assert yaml_lines(data) == [
        "a: {b: two words, c: [1, 2.5]}",
        "long:",
        f"  k: {'x' * WIDTH}",
        "list: [{d: 1}]",
    ]


def test_deep_data_are_written_at_once() -> None:
    data: Any = "x" * WIDTH
    for _ in range(30):
        data = {"k": data}
    assert len(yaml_lines(data)) == 30
