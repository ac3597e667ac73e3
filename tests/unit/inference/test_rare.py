"""Rare outcomes in simulations: copies, chances, and what is said where nothing is proven."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import relsim
from relsim.errors import SimulationError, UnknownName, UsageError
from relsim.inference.rare.led import Chances, Led, Split, Task, led
from relsim.inference.rare.numbers import FEW_DRAWS, NOT_REACHED, mean_of, spread_of
from relsim.inference.rare.outline import RISE
from relsim.inference.rare.table import page
from relsim.inference.rare.ways import CHANCES, PLAIN, SPLITTING, way_of
from relsim.processes.domestic import success_chance
from relsim.runs.chunk_result import ChunkState
from relsim.runs.engine import simulate_state
from relsim.runs.plan import Plan
from relsim.scenario.conditions.conditions import Happened
from relsim.scenario.schema import Scenario
from relsim.tables import page_text
from tests.unit.inference.climbing import climbing

WAR, REVOLUTION = "direct_war", "colour_revolution"


@cache
def short() -> Scenario:
    """The baseline's first year, in which the ladder is climbed far more easily."""
    return climbing()


def plan(chunks: int = 2, width: int = 128, per_draw: int = 1) -> Plan:
    return Plan(short(), 1, chunks * width, per_draw, width=width, kept=())


def split(of: Plan, chunks: tuple[int, ...], *, even: bool = False) -> tuple[Split, ChunkState]:
    top = len(of.scenario.ladder.rungs) - 1
    one = Split(WAR, top, of.columns_of(chunks), even=even)
    return one, simulate_state(of, chunks, watching=one)


def assert_same(found: Led, other: Led) -> None:
    np.testing.assert_array_equal(found.by_draw, other.by_draw)
    np.testing.assert_array_equal(found.first_day, other.first_day)
    np.testing.assert_array_equal(found.weights, other.weights)
    assert found.outlines == other.outlines


def test_with_all_runs_at_one_level_the_bits_are_those_of_plain_runs() -> None:
    usual = simulate_state(plan(), (0, 1))
    one, state = split(plan(), (0, 1), even=True)
    np.testing.assert_array_equal(state.first_day, usual.first_day)
    for name, array in usual.worlds.arrays().items():
        np.testing.assert_array_equal(state.worlds.arrays()[name], array, err_msg=name)
    hits = usual.first_day[list(short().outcomes).index(WAR)] >= 0
    assert sum(p.probability for p in one.populations.values()) / 2 == hits.mean()


def test_chunks_give_the_same_side_by_side_and_alone() -> None:
    task = Task(WAR, way_of(short(), WAR), plan(3, 64))
    together = led(task, (0, 1, 2))
    assert sum(part.by_draw.sum() for part in together) > 0
    for part in together:
        assert_same(part, led(task, (part.chunk,))[0])


def test_a_chunk_that_is_not_full_leaves_its_padding_alone() -> None:
    task = Task(WAR, way_of(short(), WAR), replace(plan(2, 128), runs=192))
    first, second = led(task, (0, 1))
    assert (first.runs, second.runs) == (128, 64)
    assert_same(second, led(task, (1,))[0])


def test_split_runs_have_the_probability_of_plain_ones() -> None:
    """Of each outcome, weighted, where the runs stay that met the one that was split for."""
    task = Task(WAR, way_of(short(), WAR), plan(16, 128), leave=False)
    parts, names = led(task, tuple(range(16))), list(short().outcomes)
    usual = simulate_state(plan(16, 128), tuple(range(16))).first_day >= 0
    shares = np.array([(p.weights * (p.first_day >= 0)).sum(axis=1) / p.runs for p in parts])
    plain = usual.reshape(len(names), 16, 128).mean(axis=2).T
    error = np.sqrt((shares.var(axis=0, ddof=1) + plain.var(axis=0, ddof=1)) / 16)
    apart = np.abs(shares.mean(axis=0) - plain.mean(axis=0))
    assert plain.mean(axis=0)[names.index(WAR)] > 0.001
    assert (apart <= 3.5 * error + 1e-12).all(), dict(zip(names, apart / error, strict=True))


def test_runs_that_met_it_are_told_from_a_week_before_their_climb() -> None:
    task = Task(WAR, way_of(short(), WAR), plan(1, 128), frozenset([0]))
    (part,) = led(task, (0,))
    assert part.outlines
    np.testing.assert_allclose(sum(o.weight for o in part.outlines), part.by_draw.sum())
    for outline in part.outlines:
        rises = [deed.subject for deed in outline.deeds if deed.kind == RISE]
        assert rises[0] == "1"
        assert {str(rung) for rung in range(1, 7)} <= set(rises)
        assert outline.deeds[0].day > outline.began - 7
        assert all(deed.day <= outline.day for deed in outline.deeds)
        assert [deed.day for deed in outline.deeds] == sorted(d.day for d in outline.deeds)


def test_chances_add_up_to_what_runs_show() -> None:
    often = short().vary({"internal_order.RU.attempt_rate": 1.5, "internal_order.RU.success": 0.4})
    for name in (REVOLUTION, "colour_revolution_attempt"):
        way = way_of(often, name)
        assert way.method == CHANCES
        of = Plan(often, 1, 4096, 1, width=4096, kept=())
        chances = Chances(way)
        state = simulate_state(of, (0,), watching=chances)
        hits = state.first_day[list(often.outcomes).index(name)] >= 0
        error = (hits.mean() * (1 - hits.mean()) / hits.size) ** 0.5
        assert hits.sum() > 100
        assert abs(chances.by_run.mean() - hits.mean()) <= 3 * error
        assert chances.by_run.var() < hits.var() / 4


def test_chances_of_a_late_window_leave_out_governments_that_fell_before_it() -> None:
    often = short().vary({"internal_order.RU.attempt_rate": 3.0, "internal_order.RU.success": 0.6})
    when, last = often.outcomes[REVOLUTION].when.happened, often.horizon.end  # type: ignore[union-attr]
    late = Happened(happened=when.model_copy(update={"from_": last - datetime.timedelta(days=120)}))
    outcome = often.outcomes[REVOLUTION].model_copy(update={"when": late})
    asked = often.model_copy(update={"outcomes": {**often.outcomes, REVOLUTION: outcome}})
    chances = Chances(way_of(asked, REVOLUTION))
    state = simulate_state(Plan(asked, 1, 4096, 1, width=4096, kept=()), (0,), watching=chances)
    hits = state.first_day[list(asked.outcomes).index(REVOLUTION)] >= 0
    error = (hits.mean() * (1 - hits.mean()) / hits.size) ** 0.5
    ever = np.mean(-np.expm1(chances.log_standing["RU"]))
    assert ever > 0.2
    assert abs(chances.by_run.mean() - hits.mean()) <= 3 * error


@pytest.mark.parametrize(
    ("name", "method", "said"),
    [
        (WAR, SPLITTING, "each rung of the escalation ladder"),
        ("deadly_exchange", SPLITTING, "each rung of the escalation ladder"),
        (REVOLUTION, CHANCES, "in one step"),
        ("detente", PLAIN, "no levels on the way are proven"),
        ("new_start_in_force", PLAIN, "no levels on the way are proven"),
    ],
)
def test_each_outcome_has_its_way(name: str, method: str, said: str) -> None:
    way = way_of(short(), name)
    assert way.method == method
    assert said in way.reason


def test_plain_monte_carlo_says_why() -> None:
    found = relsim.rare(short(), "open_skies_left_by_russia", runs=1024, draws=0)
    assert found.way.method == PLAIN
    assert found.mc_interval_90 is not None
    assert found.gain is None
    text = page_text(page(found))
    assert "no levels on the way are proven" in text
    assert (
        max(
            map(len, text[text.index("Russia has left the Open Skies treaty\n") :].splitlines()[:6])
        )
        <= 80
    )


@pytest.mark.parametrize("given", [{"runs": 100}, {"runs": 2.5}, {"draws": -1}, {"seed": "x"}])
def test_mistakes_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        relsim.rare(short(), WAR, **given)  # type: ignore[arg-type]


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(UnknownName, match="direct_war"):
        relsim.rare(short(), "direct_wars")


def test_what_nearly_every_run_meets_is_said_by_a_lower_bound() -> None:
    found = relsim.rare(short(), "detente", runs=1024, draws=0)
    all_met = replace(
        found, value=1.0, mc_interval_90=None, refused="0 misses", bounds=(0.997, 1.0)
    )
    assert (all_met.value_text, all_met.error_text) == (">.9970", "")
    wide = replace(found, value=0.001, mc_interval_90=(0.0, 0.0021))
    assert ".0000–.0021" in page_text(page(wide))


def part(by_draw: np.ndarray, chunk: int = 0, runs_a_draw: int = 1) -> Led:
    draws = np.arange(by_draw.size)
    days = np.zeros((1, 0), np.int16)
    runs = by_draw.size * runs_a_draw
    return Led(chunk, draws, by_draw, by_draw**2, runs, 0, (), days, np.zeros(0))


def test_few_draws_carry_no_interval() -> None:
    random = np.random.default_rng(1)
    few = [part(np.where(np.arange(64) == 3, random.random(), 0)) for _ in range(16)]
    mean = mean_of(few)
    assert mean.refused == FEW_DRAWS
    assert mean.interval is None
    assert mean.effective_draws < 20
    many = mean_of([part(random.random(64)) for _ in range(16)])
    assert many.interval is not None
    assert many.interval[0] < many.value < many.interval[1]


def test_what_no_run_reached_has_no_error() -> None:
    mean = mean_of([part(np.zeros(64)) for _ in range(16)])
    assert (mean.value, mean.refused, mean.error) == (0, NOT_REACHED, np.inf)
    assert spread_of([part(np.zeros(64))] * 2, split=True).note == NOT_REACHED


def test_spread_over_draws_whose_chances_are_known() -> None:
    """Chances of a draw lognormal, what its runs bring as noisy as 400 plain ones."""
    random = np.random.default_rng(2)
    true = 0.01 * np.exp(0.8 * random.normal(size=1024))
    halves = [random.binomial(200, true) / 200 * 16 for _ in range(2)]
    parts = [
        part(half[64 * batch : 64 * batch + 64], runs_a_draw=16)
        for batch in range(16)
        for half in halves
    ]
    spread = spread_of(parts, split=True)
    assert spread.interval_90 is not None
    wanted = 0.01 * np.exp(0.8 * 1.645 * np.array([-1, 1]))
    np.testing.assert_allclose(spread.interval_90, wanted, rtol=0.35)


def test_an_estimate_that_fails_leaves_what_plain_monte_carlo_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = sys.modules["relsim.inference.rare.rarely"]

    def fails(*_: object, **__: object) -> None:
        raise SimulationError("a run is not finite")

    ensemble = relsim.simulate(short(), runs=64, draws=64)
    monkeypatch.setattr(module, "FROM_RUNS", 64)
    monkeypatch.setattr(module, "rare", fails)
    assert module.instead_of_plain(ensemble, ["direct_war"]) == {}


def test_a_number_without_error_and_a_chance_beyond_all_numbers_are_written() -> None:
    found = relsim.rare(short(), "detente", runs=1024, draws=0)
    exact = replace(
        found, way=way_of(short(), WAR), value=2e-7, mc_error=0.0, mc_interval_90=(2e-7, 2e-7)
    )
    assert (exact.value_text, exact.error_text) == ("2.0e-7", "± 0")
    own = {
        name: np.full(2, value, np.float32)
        for name, value in {
            "support_lost": 50.0, "support": 0.0, "support_weight": 1.0, "support_usual": 0.0,
            "success": 0.2,
        }.items()
    }  # fmt: skip
    with np.errstate(all="raise"):
        chance = success_chance(own, np.full(2, 10.0, np.float32), np.arange(2))
    np.testing.assert_allclose(chance, 1)
