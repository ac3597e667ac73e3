"""Sensitivity indices of the Ishigami and Sobol's g functions, by the code that relsim's runs go.

As numbers, where nothing is random but the draws; as numbers with noise; and as probabilities of
an outcome, of which runs show only whether it happened.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from relsim.inference.drivers import screening
from relsim.inference.drivers.indices import Tally
from relsim.inference.drivers.screening import Index, Screening, screen, total_effect_of
from relsim.worlds.randomness.draws import DRAWS_PER_BATCH, latin_column
from tests.verification.cases import Case, Check, Result, with_planted, z

Doubles = npt.NDArray[np.float64]

BATCHES, RUNS = 64, 8
SEED = 3


@dataclass(frozen=True)
class Function:
    """A function of uniforms whose indices are known.

    `low` and `span` bring its values into [0, 1], as probabilities.
    """

    of: Callable[[Doubles], Doubles]
    first: tuple[float, ...]
    total: tuple[float, ...]
    low: float
    span: float


def ishigami() -> Function:
    """Ishigami & Homma 1990, with a = 7 and b = 0.1; x uniform on (-π, π)."""
    a, b = 7.0, 0.1
    parts = (
        (1 + b * np.pi**4 / 5) ** 2 / 2, a**2 / 8, b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    )  # fmt: skip
    whole = sum(parts)
    first = (parts[0] / whole, parts[1] / whole, 0.0)
    total = ((parts[0] + parts[2]) / whole, parts[1] / whole, parts[2] / whole)

    def of(u: Doubles) -> Doubles:
        x = np.pi * (2 * u - 1)
        value: Doubles = np.sin(x[0]) + a * np.sin(x[1]) ** 2 + b * x[2] ** 4 * np.sin(x[0])
        return value

    return Function(of, first, total, low=-10.75, span=28.5)


def sobol_g(a: tuple[float, ...] = (0.0, 1.0, 4.5, 9.0)) -> Function:
    """Sobol' 1993: the product of (|4u − 2| + a) / (1 + a); parts V_i = 1 / (3 (1 + a)²)."""
    parts = 1 / (3 * (1 + np.array(a)) ** 2)
    whole = float(np.prod(1 + parts) - 1)
    others = np.prod(1 + parts) / (1 + parts)

    def of(u: Doubles) -> Doubles:
        shift = np.array(a)[:, np.newaxis]
        value: Doubles = np.prod((np.abs(4 * u - 2) + shift) / (1 + shift), axis=0)
        return value

    span = float(np.prod((2 + np.array(a)) / (1 + np.array(a))))
    return Function(of, tuple(parts / whole), tuple(parts * others / whole), low=0.0, span=span)


FUNCTIONS: Mapping[str, Function] = {"Ishigami": ishigami(), "Sobol g": sobol_g()}
WAYS = ("numbers", "noisy numbers", "hits")


def columns(dimensions: int, mark: str, batches: int, seed: int) -> Doubles:
    """Latin hypercube columns as relsim draws them, (dimensions, draws)."""
    return np.array(
        [
            np.concatenate([latin_column(seed, f"x{n}{mark}", b) for b in range(batches)])
            for n in range(dimensions)
        ]
    )


def runs_of(function: Function, u: Doubles, way: str, seed: int) -> Doubles:
    """What the runs show, in their order; the same random numbers for the same seed."""
    values = function.of(u).reshape(-1, 1, DRAWS_PER_BATCH)
    shape = (values.shape[0], RUNS, DRAWS_PER_BATCH)
    rng = np.random.default_rng(seed)
    if way == "hits":
        return ((rng.random(shape) < (values - function.low) / function.span) * 1.0).ravel()
    if way == "numbers":
        return np.broadcast_to(values, shape).ravel()
    # Noise that differs where the function differs: that of a pair does not cancel.
    one, other = rng.standard_normal((2, *shape)) * 1.5 * values.std()
    turn = 20 * values / values.std()
    return (values + one * np.cos(turn) + other * np.sin(turn)).ravel()


@functools.cache
def analysed(
    name: str, way: str, batches: int = BATCHES, seed: int = SEED
) -> tuple[Screening, tuple[Index, ...], tuple[Index, ...]]:
    """The screening, first-order effects and total effects of a function."""
    function = FUNCTIONS[name]
    dimensions = len(function.first)
    u, again = (columns(dimensions, mark, batches, seed) for mark in ("", "~"))
    shown = runs_of(function, u, way, seed)
    found = screen(Tally.of(shown, RUNS), {f"x{n}": column for n, column in enumerate(u)}, seed)
    first = {row.parameter: row.first_order for row in found.ranked}
    totals = []
    for n in range(dimensions):
        redrawn = u.copy()
        redrawn[n] = again[n]
        change = shown - runs_of(function, redrawn, way, seed)
        # Half of the runs, as relsim does it.
        half = change[: change.size // 2]
        totals.append(screening.total_effect_of(found, Tally.of(half, RUNS)))
    return found, tuple(first[f"x{n}"] for n in range(dimensions)), tuple(totals)


def index_z(name: str, way: str, kind: str, n: int) -> Result:
    _, first, total = analysed(name, way)
    index = (first if kind == "first" else total)[n]
    return z(index.value, getattr(FUNCTIONS[name], kind)[n], index.error, "mean")


def of_shares(tally: Tally, weights: Doubles) -> Doubles:
    """Planted error: the variance of the draws' shares of hits, Monte Carlo noise included."""
    spread = tally.means.var(axis=1)
    result: Doubles = (weights * spread).sum(axis=-1) / weights.sum(axis=-1)
    return result


def of_share_differences(tally: Tally, weights: Doubles) -> Doubles:
    """Planted error: Jansen's formula on shares of hits, Monte Carlo noise included."""
    squares = (tally.means**2).mean(axis=1)
    result: Doubles = (weights * squares).sum(axis=-1) / weights.sum(axis=-1) / 2
    return result


RIGHT_TOTAL, RIGHT_PRODUCTS = screening.total_effect, screening.coefficients


def without_the_half(tally: Tally, weights: Doubles) -> Doubles:
    return 2 * RIGHT_TOTAL(tally, weights)


def backwards(tally: Tally, parameter: Doubles) -> Doubles:
    """Planted error: the draws of each batch in reverse."""
    return RIGHT_PRODUCTS(tally, parameter[:, ::-1])


def first_order_of_all(tally: Tally, parameter: Doubles) -> Doubles:
    """Planted error: waves of the outcomes themselves, as if they were the parameter."""
    return RIGHT_PRODUCTS(tally, tally.means)


def planted(check: Check, way: str, kind: str, exact: float) -> dict[str, Check]:
    def wrong(name: str, instead: object) -> Check:
        return with_planted(check, screening, name, instead, analysed)

    errors: dict[str, Check] = {}
    if kind == "total":
        if exact > 0.2 or way == "numbers":
            errors["no half"] = wrong("total_effect", without_the_half)
        if way != "numbers":
            errors["noise left in the differences"] = wrong("total_effect", of_share_differences)
        return errors
    errors["another column"] = wrong(
        "coefficients", backwards if exact > 0.1 else first_order_of_all
    )
    if way == "hits" and exact > 0.1:
        errors["noise left in the variance"] = wrong("between", of_shares)
    return errors


def index_case(name: str, way: str, kind: str, n: int) -> Case:
    check = functools.partial(index_z, name, way, kind, n)
    exact = getattr(FUNCTIONS[name], kind)[n]
    words = "first-order" if kind == "first" else "total"
    return Case(f"{name}, {way}: {words} effect of x{n + 1}", check,
                planted(check, way, kind, exact))  # fmt: skip


@functools.cache
def split_of_uniform() -> Index:
    """p uniform on (0, 1): of the variance 1/4 of the indicator 1/12 is between draws."""
    p = columns(1, "", BATCHES, SEED)[0].reshape(-1, 1, DRAWS_PER_BATCH)
    uniforms = np.random.default_rng(SEED).random((BATCHES, RUNS, DRAWS_PER_BATCH))
    found = screen(Tally.of((uniforms < p).ravel() * 1.0, RUNS), {}, SEED)
    assert found.split.parameters is not None
    return found.split.parameters


def split_z() -> Result:
    index = split_of_uniform()
    return z(index.value, 1 / 3, index.error, "share")


SEEDS = range(200)
LEVEL = 0.9
COVERAGE = float(np.sqrt(LEVEL * (1 - LEVEL) / len(SEEDS)))


def coverage(kind: str, n: int) -> Result:
    """Share of 200 seeds, 16 batches each, whose 90% interval holds the index."""
    truth = getattr(FUNCTIONS["Ishigami"], kind)[n]
    found = [analysed("Ishigami", "hits", 16, seed)[1 if kind == "first" else 2] for seed in SEEDS]
    held = [low <= truth <= high for low, high in (indices[n].interval_90 for indices in found)]
    return z(float(np.mean(held)), LEVEL, COVERAGE, "share")


def coverage_case(kind: str, n: int, words: str) -> Case:
    check = functools.partial(coverage, kind, n)
    name = f"coverage of 90% intervals: {words} effect of x{n + 1}"
    wrong = with_planted(check, screening, "jackknifed", as_if_a_sample, analysed)
    return Case(name, check, {"spread of the left-out estimates": wrong}, 0.05 / COVERAGE + 1e-9)


def as_if_a_sample(estimates: Doubles, least: float = 0.0, most: float = 1.0) -> Index:
    """Planted error: estimates that leave out one batch each are nearly alike."""
    value, error = float(estimates[0]), float(estimates[1:].std(ddof=1))
    return Index(value, error, (value - 1.753 * error, value + 1.753 * error))


CASES = (
    *(
        index_case(name, way, kind, n)
        for name, function in FUNCTIONS.items()
        for way in WAYS
        for kind in ("first", "total")
        for n in range(len(function.first))
    ),
    Case(
        "variance: share of the parameters", split_z,
        {"noise left in": with_planted(split_z, screening, "between", of_shares, split_of_uniform)},
    ),
    coverage_case("first", 0, "first-order"),
    coverage_case("total", 2, "total"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case) -> None:
    assert case.check().deviation <= case.limit


@pytest.mark.parametrize("name", FUNCTIONS)
def test_runs_that_show_only_hits_give_errors_that_are_not_much_larger(name: str) -> None:
    """The noise is taken out, not merely spread: errors stay a few percent of the whole."""
    for indices in analysed(name, "hits")[1:]:
        assert max(index.error for index in indices) < 0.1


def family(seed: int, batches: int = 8, parameters: int = 20) -> tuple[Tally, dict[str, Doubles]]:
    """A probability that hangs on something else, and twenty parameters that do nothing."""
    hidden = columns(1, "hidden", batches, seed)[0].reshape(-1, 1, DRAWS_PER_BATCH)
    uniforms = np.random.default_rng(seed).random((batches, 4, DRAWS_PER_BATCH))
    idle = columns(parameters, "idle", batches, seed)
    return Tally.of((uniforms < hidden).ravel() * 1.0, 4), {f"x{n}": u for n, u in enumerate(idle)}


@pytest.mark.slow
def test_of_many_idle_parameters_none_is_seen_in_19_of_20_analyses() -> None:
    families = [family(seed) for seed in range(100)]
    alarms = [any(row.seen for row in screen(*each, seed=1).ranked) for each in families]
    assert np.mean(alarms) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
    assert any(alarms)  # nor is it never: the threshold is no higher than it says


def test_parameters_judged_one_by_one_raise_false_alarms() -> None:
    """The planted error: each parameter judged alone, at its own 5%."""
    alarms = [
        any(screen(tally, {path: u}, seed=1).ranked[0].seen for path, u in idle.items())
        for tally, idle in (family(seed) for seed in range(20))
    ]
    assert np.mean(alarms) > 0.3


def test_draws_that_do_not_differ_have_no_indices() -> None:
    uniforms = np.random.default_rng(SEED).random((16, 4, DRAWS_PER_BATCH))
    found = screen(Tally.of((uniforms < 0.3).ravel() * 1.0, 4), {"x": np.arange(1024.0)}, SEED)
    assert not found.split.resolved
    assert (found.ranked, found.chance, found.split.parameters) == ((), None, None)


def test_a_batch_with_failed_runs_is_left_out_and_changes_nothing_else() -> None:
    function = FUNCTIONS["Ishigami"]
    u = columns(3, "", 17, SEED)
    shown = runs_of(function, u, "numbers", SEED)
    whole = RUNS * DRAWS_PER_BATCH
    broken = shown.copy()
    broken[4 * whole : 5 * whole : DRAWS_PER_BATCH] = np.nan  # all runs of one draw
    parameters = {f"x{n}": column for n, column in enumerate(u)}
    found = screen(Tally.of(broken, RUNS), parameters, SEED)
    kept = np.arange(17) != 4
    assert (found.whole == kept).all()
    fewer = Tally.of(shown, RUNS).only(kept)
    assert found.split.between == pytest.approx(float(screening.between(fewer, np.ones(16))))
    change = np.where(np.isnan(broken), np.nan, 0.5)[: 8 * whole]
    total = total_effect_of(found, Tally.of(change, RUNS))
    assert total.value == pytest.approx(0.125 / found.split.between)
    assert np.isfinite([total.error, *total.interval_90]).all()
