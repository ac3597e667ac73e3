"""Scenario files from a fuzzer: never a traceback or a hang, always file, line and column."""

from __future__ import annotations

import random
import re
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from relsim.errors import ScenarioError
from relsim.scenario.fields.section import Section
from relsim.scenario.files.parsing import Entry, parse
from relsim.scenario.files.places import packaged, resolve
from relsim.scenario.files.problems import keys_of, types_at
from relsim.scenario.files.reading import read, validated
from relsim.scenario.schema import Scenario
from tests.unit.scenario.costs import BOUNDED, cost
from tests.unit.scenario.small_term import BASE, Term

SHORTEST = 300  # bytes; what was cut below this has no words left to change
BASELINE = "us-russia-2021"

NASTY = [
    "-1", "0", "1e400", ".nan", "-.inf", "9" * 400, "0x" + "f" * 300, "true", "~", "''", "[]", "{}",
    "[[[[1]]]]", "{a: {b: {c: 1}}}", "[" * 100, "{a: " * 100, "- " * 100, "&a [*a]", "*x", "&x 1",
    "!!python/object:os.system x", "!!binary aGk=", "<<: *x", "? a", ": b", "%TAG", "---", "...",
    "2025-02-30", "1821-01-20", "0001-01-01", "9999-12-31", "20210120", "16 to 6",
    "6 to 16 parsecs", "beta(1", "beta(-1, 2)", "normal(0, 0)", "choice()", "lognormal(1e99, 20)",
    "163", "010", "NO", "us", "extends: term.yaml", "\\u0000", '"\\ud800"', '"\\UFFFFFFFF"',
    "\t", "\x07", "\x85", "\u2028", "#", "|", ">", "'", '"', "`", "@", "x" * 5000, "1 " * 2000,
    "\uff41", "\U0001f600", "\uff11\uff12",
]  # fmt: skip


def flip_a_byte(raw: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(raw))
    return raw[:place] + bytes([raw[place] ^ (1 << rng.randrange(8))]) + raw[place + 1 :]


def cut_the_end(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(len(raw))]


def cut_a_piece(raw: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(raw))
    return raw[:start] + raw[start + rng.randrange(1, 40) :]


def replace_a_word(raw: bytes, rng: random.Random) -> bytes:
    words = list(re.finditer(rb"[\w.-]+", raw))
    word = rng.choice(words)
    return raw[: word.start()] + rng.choice(NASTY).encode() + raw[word.end() :]


def insert_something(raw: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(raw))
    return raw[:place] + rng.choice(NASTY).encode() + raw[place:]


def replace_a_value(raw: bytes, rng: random.Random) -> bytes:
    values = list(re.finditer(rb"(?<=: )[^\n,{}\[\]]+", raw))
    value = rng.choice(values)
    return raw[: value.start()] + rng.choice(NASTY).encode() + raw[value.end() :]


def exchange_two_values(raw: bytes, rng: random.Random) -> bytes:
    """Wrong types, reversed dates, names of other things."""
    values = list(re.finditer(rb"(?<=: )[^\n,{}\[\]]+", raw))
    one, two = sorted(rng.sample(values, 2), key=lambda found: found.start())
    return (
        raw[: one.start()] + two[0] + raw[one.end() : two.start()] + one[0] + raw[two.end() :]
    )  # fmt: skip


def misspell_a_key(raw: bytes, rng: random.Random) -> bytes:
    key = rng.choice(list(re.finditer(rb"\w+(?=:)", raw)))
    place = rng.randrange(key.start(), key.end())
    return raw[:place] + raw[place + 1 :]


def shift_a_line(raw: bytes, rng: random.Random) -> bytes:
    lines = raw.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    lines[place] = b" " * rng.randrange(1, 9) + lines[place].lstrip(b" ")
    return b"".join(lines)


def repeat_a_line(raw: bytes, rng: random.Random) -> bytes:
    lines = raw.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return b"".join(lines)


def nest_deeply(raw: bytes, rng: random.Random) -> bytes:
    depth = rng.choice([30, 64, 100, 1000])
    bomb = rng.choice(["[" * depth, "{x: " * depth, "[" * depth + "]" * depth, "- " * depth])
    return raw + b"\ncalendar_2: " + bomb.encode()


def alias_bomb(raw: bytes, rng: random.Random) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return raw + "\n".join(lines).encode()


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    flip_a_byte, cut_the_end, cut_a_piece, replace_a_word, insert_something, replace_a_value,
    exchange_two_values, misspell_a_key, shift_a_line, repeat_a_line, nest_deeply, alias_bomb,
]  # fmt: skip


def fuzz(text: str, model: type[Section], folder: Path, count: int, seed: int) -> float:
    """Read `count` mutants of a scenario, and return the share of them that was refused."""
    rng = random.Random(seed)
    path = folder / "term.yaml"
    refused = 0
    for _ in range(count):
        raw = text.encode()
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            if len(raw) > SHORTEST:
                raw = rng.choice(MUTATIONS)(raw, rng)
        path.write_bytes(raw)
        errors: list[ScenarioError] = []
        assert cost(lambda found=errors: found.extend(faults(path, model))) < BOUNDED
        for error in errors:
            refused += 1
            check_message(error, path, raw)
    return refused / count


def faults(path: Path, model: type[Section]) -> list[ScenarioError]:
    """Why a file is refused, if it is."""
    try:
        validated(read(path), model)
    except ScenarioError as error:
        return [error]
    return []


def check_message(error: ScenarioError, path: Path, raw: bytes) -> None:
    assert error.problems
    lines = len(re.split("\r\n|[\n\r\x85\u2028\u2029]", raw.decode("utf-8", "replace")))
    for problem in error.problems:
        assert problem.file == str(path)
        assert 1 <= problem.line <= lines + 1
        assert problem.column >= 1
        assert problem.message
        assert len(str(problem)) < 1000 + len(problem.file)
        assert "\n" not in str(problem)
    str(error).encode()  # can be printed


def test_mutants_of_a_small_scenario(tmp_path: Path) -> None:
    assert fuzz(BASE, Term, tmp_path, 100, seed=1) > 0.5


def test_mutants_of_the_baseline(tmp_path: Path) -> None:
    text = resolve(BASELINE).read_text(encoding="utf-8")
    assert fuzz(text, Scenario, tmp_path, 12, seed=2) > 0.5


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_mutants(tmp_path: Path) -> None:
    assert fuzz(BASE, Term, tmp_path, 10_000, seed=3) > 0.5
    text = resolve(BASELINE).read_text(encoding="utf-8")
    assert fuzz(text, Scenario, tmp_path, 2_000, seed=4) > 0.5
    scale = 1024 if sys.platform != "darwin" else 1  # Linux counts kilobytes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale < 500e6


@pytest.mark.parametrize(
    "path", ["actors.US.stake", "calendar.1.actor", "actors.NO", "horizon.end"]
)
def test_nasty_settings(tmp_path: Path, path: str) -> None:
    file = tmp_path / "term.yaml"
    file.write_text(BASE, encoding="utf-8")
    document = read(file)
    blamed: list[set[str]] = []
    for text in NASTY:
        try:
            validated(document, Term, [f"{path}={text}"])
        except ScenarioError as error:
            blamed.append({problem.file for problem in error.problems})
    assert len(blamed) > len(NASTY) / 2
    assert set().union(*blamed) <= {"--set", str(file)}


# --- typing slips -----------------------------------------------------------------------------


def declared_keys(
    entry: Entry, model: type[Section], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str, Entry]]:
    """Yield the keys that the schema declares, not the author's own names, and what they hold."""
    if isinstance(entry.content, list):
        for index, child in enumerate(entry.content):
            yield from declared_keys(child, model, (*path, index))
    elif isinstance(entry.content, dict):
        known = keys_of(types_at(model, path))
        for key, child in entry.content.items():
            if key in known:
                yield key, child
            yield from declared_keys(child, model, (*path, key))


def misspelt(text: str, key: str, entry: Entry) -> str:
    """Return the text with one letter of a key doubled, where the key stands."""
    assert entry.key is not None
    lines = text.split("\n")
    line, start = lines[entry.key.line - 1], entry.key.column - 1
    assert line[start : start + len(key)] == key
    lines[entry.key.line - 1] = line[: start + 2] + line[start + 1 :]
    return "\n".join(lines)


def check_slips(text: str, model: type[Section], folder: Path, most: int) -> None:
    keys = list(declared_keys(parse(text.encode(), "x")[0], model))
    for key, entry in random.Random(5).sample(keys, min(most, len(keys))):
        path = folder / "term.yaml"
        path.write_text(misspelt(text, key, entry), encoding="utf-8")
        with pytest.raises(ScenarioError) as caught:
            validated(read(path), model)
        assert entry.key is not None
        here = [p for p in caught.value.problems if p.line == entry.key.line]
        said = "\n".join(p.message for p in here if p.column == entry.key.column)
        assert f"did you mean '{key}'?" in said, f"{key}, line {entry.key.line}: {caught.value}"


def test_each_misspelt_key_is_reported_where_it_stands(tmp_path: Path) -> None:
    check_slips(BASE, Term, tmp_path, most=1_000)


def test_misspelt_keys_of_the_baseline_are_reported_where_they_stand(tmp_path: Path) -> None:
    check_slips(resolve(BASELINE).read_text(encoding="utf-8"), Scenario, tmp_path, most=8)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_misspelt_key_of_the_baseline_is_reported(tmp_path: Path) -> None:
    check_slips(resolve(BASELINE).read_text(encoding="utf-8"), Scenario, tmp_path, most=10_000)


# --- what is packaged -------------------------------------------------------------------------


@pytest.mark.parametrize("name", packaged())
def test_packaged_scenarios_are_valid_and_bear_their_names(name: str) -> None:
    assert validated(read(name), Scenario).name == name


def test_circles_among_files_end(tmp_path: Path) -> None:
    names = ["term", "one", "two"]
    for name, next_name in zip(names, [*names[1:], names[0]], strict=True):
        (tmp_path / f"{name}.yaml").write_text(f"extends: {next_name}.yaml\n{BASE}")
    with pytest.raises(ScenarioError, match="goes in a circle: term.yaml -> one.yaml -> two.yaml"):
        read(tmp_path / "term.yaml")
