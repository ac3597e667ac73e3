"""The parameter that matters most, by thirds: planted effects, none at all, copies of rows."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from relsim.estimates.thirds import strongest

Doubles = npt.NDArray[np.float64]
R = 32


def parameters(rng: np.random.Generator, draws: int, number: int = 30) -> dict[str, Doubles]:
    return {f"p{k}": rng.normal(size=draws) for k in range(number)}


def hits(rng: np.random.Generator, chance: Doubles) -> npt.NDArray[np.int64]:
    return rng.binomial(R, chance)


def test_a_planted_effect_is_found_and_its_means_are_right() -> None:
    """p3 alone moves the chance, from .2 to .6 by rank: .2667 and .5333 in the outer thirds."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        values = parameters(rng, 1024)
        rank = stats.rankdata(values["p3"]) / 1024
        found = strongest(hits(rng, 0.2 + 0.4 * rank), np.full(1024, R), values)
        assert found is not None
        assert (found.parameter, found.parameters, found.stands_out) == ("p3", 30, True)
        assert found.low == pytest.approx(0.2 + 0.4 / 6, abs=0.025)
        assert found.high == pytest.approx(0.6 - 0.4 / 6, abs=0.025)
        assert 0.003 < found.low_error < 0.008
        below, above = np.quantile(values["p3"], [1 / 3, 2 / 3])
        assert found.below == pytest.approx(below, abs=0.02)
        assert found.above == pytest.approx(above, abs=0.02)


def test_what_it_says() -> None:
    values = np.arange(300.0)
    found = strongest(np.where(values < 100, 8, 24) + values % 2, np.full(300, R), {"a": values})
    assert found is not None
    assert found.said("rivalry") == "rivalry in its lowest third: .266; in its highest: .766"
    assert found.to_json()["stands_out"] is True


def seen_by_chance(
    chance: str = "beta", rows: int | None = None, uneven: bool = False, as_copies: bool = True
) -> int:
    """In how many of 150 sets of draws something stands out though nothing matters.

    With `rows`, draws are rows of a file, drawn with replacement, whose chances are their own; half
    of the parameters stand in the file, half are drawn apart.
    """
    seen = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        weights = rng.exponential(size=rows or 1) ** (2 if uneven else 0)
        row = np.arange(512) if rows is None else rng.choice(rows, 512, p=weights / weights.sum())
        kinds = {
            "beta": rng.beta(0.5, 1.5, row.max() + 1),
            "rare": np.where(rng.random(row.max() + 1) < 0.05, rng.random(row.max() + 1), 0.0),
        }
        values = parameters(rng, row.max() + 1, 10)
        values = {name: column[row] for name, column in values.items()}
        values |= {f"own {name}": column for name, column in parameters(rng, 512, 10).items()}
        unit = row if as_copies else None
        found = strongest(hits(rng, kinds[chance][row]), np.full(512, R), values, unit)
        seen += found is not None and found.stands_out
    return seen


MOST = int(stats.binom.ppf(0.999, 150, 0.05))  # of 150, where at most one in 20 is


@pytest.mark.parametrize(
    "sampler",
    [{}, {"chance": "rare"}, {"rows": 200}, {"rows": 200, "uneven": True}],
    ids=["independent", "rare outcome", "rows that repeat", "rows of uneven weight"],
)
def test_without_an_effect_nothing_stands_out(sampler: dict[str, object]) -> None:
    assert seen_by_chance(**sampler) <= MOST


def test_planted_error_copies_taken_for_draws() -> None:
    assert seen_by_chance(rows=200, as_copies=False) > 3 * MOST


def test_planted_error_no_guard_against_many_parameters() -> None:
    passing = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        found = strongest(hits(rng, rng.beta(0.5, 1.5, 256)), np.full(256, R), parameters(rng, 256))
        passing += found is not None and found.p_value <= 0.05
    assert passing > 50


def test_an_effect_among_copies_is_still_found() -> None:
    rng = np.random.default_rng(1)
    values = parameters(rng, 300)
    row = rng.integers(0, 300, 1024)
    chance = np.where(values["p7"] > 0, 0.6, 0.3)[row]
    drawn = {name: column[row] for name, column in values.items()}
    found = strongest(hits(rng, chance), np.full(1024, R), drawn, row)
    assert found is not None
    assert (found.parameter, found.stands_out) == ("p7", True)


def test_weights_count() -> None:
    """Half of the draws weigh nothing, and they alone say that `a` matters."""
    rng = np.random.default_rng(2)
    values = {"a": rng.random(800), "b": rng.random(800)}
    first = np.arange(800) < 400
    chance = np.where(first, 0.2 + 0.6 * values["a"], 0.2 + 0.6 * values["b"])
    met = hits(rng, chance)
    for weight, name in ((first, "a"), (~first, "b")):
        found = strongest(met * weight, R * weight, values)
        assert found is not None
        assert found.parameter == name
    # A weight of two is as good as a copy of the same unit.
    twice = strongest(np.tile(met, 2), np.full(1600, R), {k: np.tile(v, 2) for k, v in
                      values.items()}, np.tile(np.arange(800), 2))  # fmt: skip
    once = strongest(2 * met, np.full(800, 2 * R), values)
    assert twice == once


def test_ties_and_what_is_the_same_in_all_draws_are_left_out() -> None:
    rng = np.random.default_rng(3)
    values = {
        "same": np.ones(600),
        "two values": np.repeat([0.0, 1.0], 300),
        "nine in ten alike": np.where(rng.random(600) < 0.9, 0.0, rng.random(600)),
        "three values": np.repeat([0.0, 1.0, 2.0], 200),
        "free": rng.random(600),
    }
    met = hits(rng, np.where(values["three values"] == 2, 0.6, 0.3))
    found = strongest(met, np.full(600, R), values)
    assert found is not None
    assert (found.parameter, found.parameters) == ("three values", 2)
    assert (found.below, found.above) == (0.0, 2.0)
    for alone in ("same", "two values", "nine in ten alike"):
        assert strongest(met, np.full(600, R), {alone: values[alone]}) is None


def test_nothing_to_say() -> None:
    rng = np.random.default_rng(4)
    assert strongest(np.zeros(256), np.full(256, R), parameters(rng, 256)) is None
    assert strongest(np.full(256, R), np.full(256, R), parameters(rng, 256)) is None
    few = parameters(rng, 12)
    assert strongest(hits(rng, rng.random(12)), np.full(12, R), few) is None
    assert strongest(hits(rng, rng.random(256)), np.full(256, R), {}) is None


def test_the_order_of_draws_and_names_of_units_change_nothing() -> None:
    rng = np.random.default_rng(5)
    values = parameters(rng, 300, 5)
    row = rng.integers(0, 100, 300)
    met = hits(rng, rng.random(100)[row])
    order = rng.permutation(300)
    one = strongest(met, np.full(300, R), values, row)
    moved = {name: column[order] for name, column in values.items()}
    other = strongest(met[order], np.full(300, R), moved, 7 * row[order] + 3)
    assert one is not None
    assert other is not None
    assert one.parameter == other.parameter
    assert one.p_value == pytest.approx(other.p_value)
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_what_matters_more_goes_before_what_is_known_better() -> None:
    """Of two that stand out: one from few rows that moves much, one drawn apart that moves less."""
    rng = np.random.default_rng(7)
    rows = {"from the file": rng.normal(size=120)}
    row = rng.integers(0, 120, 4096)
    values = {"drawn apart": rng.normal(size=4096), "from the file": rows["from the file"][row]}
    noise = rng.normal(0, 0.12, 120)[row]  # of the rows
    chance = 0.5 + 0.09 * np.tanh(values["from the file"]) + 0.05 * np.tanh(values["drawn apart"])
    met = hits(rng, np.clip(chance + noise, 0, 1))
    found = strongest(met, np.full(4096, R), values, row)
    alone = {
        name: strongest(met, np.full(4096, R), {name: column}, row)
        for name, column in values.items()
    }
    file, apart = alone["from the file"], alone["drawn apart"]
    assert file is not None
    assert apart is not None
    assert apart.standardised > file.standardised > 2.5
    assert found is not None
    assert found.parameter == "from the file"
