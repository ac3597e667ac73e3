"""Every packaged scenario is valid, runs, asks something of its own, and changes what it says."""

from datetime import date
from functools import cache

import numpy as np
import pytest

from relsim.audit import moved
from relsim.runs.chunk_result import ChunkResult
from relsim.scenario.files.places import packaged
from relsim.scenario.files.reading import read
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate_chunk
from relsim.worlds.stage import stage_of

BASELINE, PAST = "us-russia-2021", "us-russia-1993"
PRIOR = f"{BASELINE}-prior"
VARIANTS = [name for name in packaged() if name not in (BASELINE, PAST, PRIOR)]
LONG = f"{BASELINE}-20y"
QUICK = [pytest.param(n, marks=[pytest.mark.slow] * (n == LONG)) for n in VARIANTS]
RUNS = 128


@cache
def scenario(name: str) -> Scenario:
    return load(name)


@cache
def record(name: str) -> ChunkResult:
    """A small chunk, every run kept whole."""
    plan = Plan(scenario(name), 1, RUNS, RUNS // 64, width=RUNS, kept=tuple(range(RUNS)))
    return simulate_chunk(plan, 0)


def first_change(name: str) -> date | None:
    """The date from which a variant differs, if all that it changes is dated: calendar entries."""
    ours, theirs = (scenario(which).model_dump(mode="json") for which in (name, BASELINE))
    words = {"name", "title", "question", "headline", "calendar", "outcomes", "forecasts"}
    if any(ours[key] != theirs[key] for key in ours if key not in words):
        return None
    entries = [[e for e in which["calendar"] if not is_note(e)] for which in (ours, theirs)]
    for mine, base in zip(*entries, strict=False):
        if facts(mine) != facts(base):
            return date.fromisoformat(min(mine["date"], base["date"]))
    longer = max(entries, key=len)
    return date.fromisoformat(longer[min(map(len, entries))]["date"])


def is_note(entry: dict[str, object]) -> bool:
    return not (entry["move"] or entry["set"] or entry["new_government"])


def facts(entry: dict[str, object]) -> dict[str, object]:
    """What an entry does, without the words about it."""
    return {k: v for k, v in entry.items() if k not in ("note", "why", "claim", "source")}


@pytest.mark.parametrize(
    "name", [BASELINE, PRIOR, *QUICK]
)  # of 1993: tests/unit/scenario/test_past_scenario
@pytest.mark.default_cases(2)
def test_it_runs(name: str) -> None:
    chunk = record(name)
    assert chunk.first_day.shape == (len(scenario(name).outcomes), RUNS)
    assert (chunk.first_day >= -1).all()  # -2: a run that failed
    assert all(np.isfinite(series).all() for series in chunk.sample.series.values())


@pytest.mark.parametrize("name", packaged())
def test_its_name_is_that_of_its_file(name: str) -> None:
    assert scenario(name).name == name
    assert packaged()[name].stem.replace("_", "-") == name


@pytest.mark.parametrize("key", ["title", "question"])
def test_no_two_have_the_same_words(key: str) -> None:
    words = [getattr(scenario(name), key) for name in packaged()]
    assert len(set(words)) == len(words)


def test_variants_extend_the_baseline_and_this_its_priors() -> None:
    texts = {name: file.read_text("utf-8") for name, file in packaged().items()}
    assert "\nextends:" not in texts[PRIOR]
    assert "\nextends:" not in texts[PAST], "its numbers rest on nothing later than 1993"
    assert f"\nextends: {PRIOR}\n" in texts[BASELINE]
    assert all(f"\nextends: {BASELINE}\n" in texts[name] for name in VARIANTS)


def test_the_baseline_is_its_priors_with_draws() -> None:
    prior, learned = (scenario(name).model_dump(mode="json") for name in (PRIOR, BASELINE))
    differ = {key for key in prior if prior[key] != learned[key]}
    assert differ == {"name", "title", "question", "draws"}


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.default_cases(1)
def test_a_variant_differs_from_the_baseline(name: str) -> None:
    assert read(name).data != read(BASELINE).data
    assert any(
        not np.array_equal(record(name).sample.series[key][: len(series)], series)
        for key, series in record(BASELINE).sample.series.items()
    )


DATED = [name for name in VARIANTS if first_change(name) is not None]


def test_most_variants_change_something_from_a_date() -> None:
    assert set(VARIANTS) - set(DATED) == {
        "us-russia-2021-20y",
        "us-russia-2021-new-start-not-extended",
        "us-russia-2021-no-learning",
    }


@pytest.mark.parametrize("name", DATED)
@pytest.mark.default_cases(1)
def test_nothing_differs_before_the_date_of_the_first_change(name: str) -> None:
    changed = first_change(name)
    assert changed is not None
    day = (changed - stage_of(scenario(name)).start).days
    weeks = day // 7  # recorded on the last day of each, all before `day`
    assert weeks > 0
    base, variant = record(BASELINE), record(name)
    for key, series in variant.sample.series.items():
        assert np.array_equal(series[:weeks], base.sample.series[key][:weeks]), key
    assert log_before(variant, day) == log_before(base, day)
    # Not all need differ later: leaders who have agreed to meet need no second proposal.
    assert moved(variant, base).mean() > 0.5


def log_before(chunk: ChunkResult, day: int) -> list[tuple[object, ...]]:
    return [
        (entry.day, entry.kind, entry.actor, entry.subject, entry.runs.tobytes())
        for entry in chunk.log
        if entry.day < day
    ]


@pytest.mark.slow
def test_the_twenty_years_begin_as_the_term_does() -> None:
    term, long = record(BASELINE), record("us-russia-2021-20y")
    weeks = stage_of(scenario(BASELINE)).days // 7  # whole ones; the term ends within one
    assert log_before(long, 7 * weeks) == log_before(term, 7 * weeks)
    for key, series in term.sample.series.items():
        assert np.array_equal(series[:weeks], long.sample.series[key][:weeks]), key


def test_what_the_baseline_learned_is_small_and_has_enough_rows() -> None:
    """Rows of equal weight, with six digits, of which enough differ."""
    draws = scenario(BASELINE).draws
    assert draws is not None
    assert draws.path.stat().st_size <= 600_000
    lines = draws.path.read_text("utf-8").splitlines()[2:]
    assert len(lines) <= 1024
    assert len({line.partition(",")[0] for line in lines}) == 1
    copies = np.unique(lines, return_counts=True)[1]
    assert copies.size >= 400
    assert copies.sum() ** 2 / (copies**2).sum() >= 200
    assert max(len(cell.lstrip("-0.").split("e")[0].replace(".", "")) for cell in
               ",".join(lines[:20]).split(",")) <= 10  # fmt: skip
    assert {one.kind for one in draws.evidence or ()} == {"history", "forecasts"}
    assert str(scenario(BASELINE).horizon.known_until) in (draws.why or "")
