"""Numbers of a scenario: notation, units, distributions, bounds."""

from __future__ import annotations

import math
import pickle
import re
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import integrate, stats

from relsim.scenario.fields.distributions import KINDS, Distribution, interval
from relsim.scenario.fields.notation import conversion
from relsim.scenario.fields.section import Section
from relsim.scenario.fields.values import Number, Value, values_of

SHARES = np.array([1e-4, 0.05, 0.3, 0.5, 0.77, 0.95, 1 - 1e-4])

# What scipy.stats says of the same distribution: another road to every quantile.
PEERS = {
    "point(3)": None,
    "normal(1, 2)": stats.norm(1, 2),
    "lognormal(5, 0.4)": stats.lognorm(0.4, scale=5),
    "logit-normal(0.3, 1.2)": None,
    "beta(4, 6)": stats.beta(4, 6),
    "gamma(2, 3)": stats.gamma(2, scale=3),
    "triangular(1, 2, 5)": stats.triang(0.25, loc=1, scale=4),
    "uniform(-1, 3)": stats.uniform(-1, 4),
    "choice(1, 2, 5)": None,
}
WITH_PEER = [text for text, peer in PEERS.items() if peer is not None]


def distribution(text: str) -> Distribution:
    kind, numbers = text.rstrip(")").split("(")
    return Distribution(kind, tuple(float(number) for number in numbers.split(",")))


def test_the_examples_cover_every_kind() -> None:
    assert {text.split("(")[0] for text in PEERS} == set(KINDS)


@pytest.mark.parametrize("text", WITH_PEER)
def test_quantile_mean_and_support_agree_with_scipy_stats(text: str) -> None:
    peer, ours = PEERS[text], distribution(text)
    np.testing.assert_allclose(ours.quantile(SHARES), peer.ppf(SHARES), rtol=1e-12)
    assert ours.mean == pytest.approx(peer.mean(), rel=1e-12)
    assert ours.median == pytest.approx(peer.median(), rel=1e-12)
    assert ours.support == pytest.approx(peer.support())


@pytest.mark.parametrize("text", PEERS)
def test_the_mean_is_the_integral_of_the_quantile(text: str) -> None:
    ours = distribution(text)
    edges = np.linspace(0, 1, 200_001)
    middles = (edges[1:] + edges[:-1]) / 2
    assert ours.mean == pytest.approx(ours.quantile(middles).mean(), rel=2e-4)


def test_the_mean_of_a_logit_normal_is_accurate() -> None:
    def density(x: float) -> float:
        return float(stats.norm.pdf(x, 0.3, 1.2) / (1 + math.exp(-x)))

    exact, _ = integrate.quad(density, -12, 12)
    assert distribution("logit-normal(0.3, 1.2)").mean == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("text", PEERS)
def test_quantiles_are_finite_float64_of_the_given_shape_and_never_fall(text: str) -> None:
    u = np.linspace(0, 1, 12).reshape(3, 4)
    values = distribution(text).quantile(u)
    assert values.shape == (3, 4)
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    assert (np.diff(values.ravel()) >= 0).all()
    np.testing.assert_array_equal(values, distribution(text).quantile(u))


def test_choice_gives_each_value_its_share() -> None:
    u = (np.arange(3000) + 0.5) / 3000
    values, counts = np.unique(distribution("choice(1, 2, 5)").quantile(u), return_counts=True)
    assert values.tolist() == [1, 2, 5]
    assert counts.tolist() == [1000, 1000, 1000]


@pytest.mark.parametrize(
    ("low", "high", "share", "kind"),
    [
        (6, 16, False, "lognormal"),
        (0.2, 0.5, False, "lognormal"),
        (0.2, 0.5, True, "logit-normal"),
        (-2, 3, False, "normal"),
        (-3, -2, False, "normal"),
        (0, 3, False, "normal"),
    ],
)
def test_an_interval_has_its_ends_as_5_and_95_percent_points(
    low: float, high: float, share: bool, kind: str
) -> None:
    ours = interval(low, high, share=share)
    assert ours.kind == kind
    np.testing.assert_allclose(ours.quantile(np.array([0.05, 0.95])), [low, high], atol=1e-12)


@pytest.mark.parametrize(
    ("unit", "written", "kind", "parameters"),
    [
        ("weeks", 5.4, "point", (5.4,)),
        ("weeks", "5.4", "point", (5.4,)),
        ("weeks", "5.4 weeks", "point", (5.4,)),
        ("weeks", "14 days", "point", (2.0,)),
        ("weeks", "1 week", "point", (1.0,)),
        ("weeks", {"value": 7, "unit": "days"}, "point", (1.0,)),
        ("days", "1 year", "point", (365.25,)),
        ("days", "2 months", "point", (2 * 365.25 / 12,)),
        ("per year", "5 per month", "point", (60.0,)),
        ("per year", "1 per day", "point", (365.25,)),
        ("per week", "365.25 per year", "point", (7.0,)),
        ("share", "40%", "point", (0.4,)),
        ("share", "40 percent", "point", (0.4,)),
        ("percent", "0.4 share", "point", (40.0,)),
        ("log-odds", "-1.5e-1 log-odds", "point", (-0.15,)),
        ("percent of GDP", "2 percent of GDP", "point", (2.0,)),
        ("weeks", "normal(14, 7) days", "normal", (2.0, 1.0)),
        ("weeks", "lognormal(14, 0.5) days", "lognormal", (2.0, 0.5)),
        ("weeks", "gamma(2, 7) days", "gamma", (2.0, 1.0)),
        ("weeks", "triangular(7, 14, 21) days", "triangular", (1.0, 2.0, 3.0)),
        ("weeks", "choice(7, 14, 21, 28) days", "choice", (1.0, 2.0, 3.0, 4.0)),
        ("weeks", "Uniform( 7 ,14 )days", "uniform", (1.0, 2.0)),
        ("share", "logit_normal(0, 1)", "logit-normal", (0.0, 1.0)),
        ("share", "beta(4, 6)", "beta", (4.0, 6.0)),
    ],
)
def test_what_can_be_written(
    unit: str, written: object, kind: str, parameters: tuple[float, ...]
) -> None:
    value = Number(unit).parse(written)
    assert value.distribution.kind == kind
    assert value.distribution.parameters == pytest.approx(parameters)
    assert value.unit == unit
    assert (value.constant is None) == (kind != "point")


def test_an_interval_in_another_unit_keeps_its_points() -> None:
    value = Number("share").parse("30 to 50 percent")
    assert value.distribution.kind == "logit-normal"
    points = value.distribution.quantile(np.array([0.05, 0.95]))
    np.testing.assert_allclose(points, [0.3, 0.5])


def test_the_notes_of_a_value() -> None:
    value = Number("weeks").parse(
        {"value": "3 to 7", "unit": "weeks", "source": "sui2021", "claim": "C12", "why": "so"}
    )
    assert (value.text, value.source, value.claim) == ("3 to 7 weeks", "sui2021", ("C12",))
    assert (value.reference, value.why) == (None, "so")
    assert Number("1").parse({"value": 1, "claim": ["C1", "C2"]}).claim == ("C1", "C2")


@pytest.mark.parametrize(
    ("number", "written", "message"),
    [
        (Number("weeks"), "16 to 6", "from the lower to the higher number (got 16 to 6)"),
        (Number("weeks"), "6 to 6", "from the lower to the higher"),
        (Number("share"), "0 to 0.5", "strictly between 0 and 1 (got 0 to 0.5)"),
        (Number("share"), "30 to 120 percent", "strictly between 0 and 1 (got 0.3 to 1.2)"),
        (Number("share"), 1.2, "must be at most 1 (got 1.2)"),
        (Number("weeks", positive=True), 0, "must be positive (got 0)"),
        (Number("weeks", positive=True), -1, "must be positive (got -1)"),
        (Number("weeks", positive=True), "uniform(0, 3)", "must be positive (got uniform(0, 3))"),
        (Number("weeks", positive=True), "-2 to 3", "must be positive (got -2 to 3)"),
        (Number("weeks", minimum=0), "-2 to 3", "must be positive or zero (got -2 to 3)"),
        (Number("weeks", minimum=0), "0 to 2", "between the two ends alone write uniform(0, 2)"),
        (Number("weeks", positive=True), "0 to 2", "a 90% interval from 0 or less reaches below 0"),
        (Number("weeks", maximum=10), "1 to 9", "(got 1 to 9): one value in ten of a 90% interval"),
        (Number("share"), "0 to 0.5", "between the two ends alone write uniform(0, 0.5)"),
        (Number("share"), "0 to 2", "strictly between 0 and 1 (got 0 to 2)"),
        (Number("share"), "20% to 50%", 'states its unit twice: write "20 to 50%"'),
        (Number("share"), "20 % to 50 %", 'states its unit twice: write "20 to 50%"'),
        (Number("weeks"), "2 weeks to 3 weeks", 'write "2 to 3 weeks"'),
        (Number("per year"), "1 per year to 2 per year", 'write "1 to 2 per year"'),
        (Number("weeks"), "2 days to 3 weeks", "has two units, 'days' and 'weeks'"),
        (Number("1"), "1,000", "write 1000 or, with a decimal point, 1.000 (got '1,000')"),
        (Number("1"), "1,000 to 2,000", "write 1000 to 2000 or"),
        (Number("weeks"), "1,000,000 weeks", "write 1000000 weeks (got"),
        (Number("1"), "6-16", "write \"6 to 16\" (got '6-16')"),
        (Number("weeks"), "6 – 16 weeks", 'write "6 to 16 weeks"'),
        (Number("share"), "20%-50%", 'write "20 to 50%"'),
        (Number("1"), "1_000", 'must be a number, "6 to 16", or a distribution'),
        (Number("weeks", minimum=2), "7 days", "must be at least 2 weeks (got 7 days)"),
        (Number("weeks", maximum=9), "6 to 16", "must be at most 9 weeks (got 6 to 16)"),
        (Number("share", maximum=0.5), "beta(4, 6)", "must be at most 0.5 (got beta(4, 6))"),
        (Number("days", fixed=True), "6 to 16", "must be one number, not a distribution"),
        (Number("days", whole=True), 1.5, "must be a whole number (got 1.5)"),
        (Number("days", whole=True), "6 to 16", "must be a whole number"),
        (Number("weeks"), "5 per year", "unit must be one of days, weeks, months, years"),
        (Number("goldstein"), "5 weeks", "unit must be goldstein (got 'weeks')"),
        (Number("weeks"), {"value": "5 weeks", "unit": "weeks"}, "give it once"),
        (Number("weeks"), {"value": 5, "unit": 7}, "must be text (got 7)"),
        (Number("weeks"), {"value": 5, "sorce": "x"}, "did you mean 'source'?"),
        (Number("weeks"), {"value": 5, "source": 3}, "must be text (got 3)"),
        (Number("weeks"), {"value": 5, "claim": [1]}, "must be text (got [1])"),
        (Number("weeks"), {"source": "x"}, "must have a `value`"),
        (Number("share"), "beta(4, 6) percent", "takes no unit"),
        (Number("share"), "bata(4, 6)", "unknown distribution 'bata'; did you mean 'beta'?"),
        (Number("share"), "beta(4)", "must be written beta(a, b) (got 1 numbers)"),
        (Number("share"), "beta(4, x)", "numbers in its brackets (got 'beta(4, x)')"),
        (Number("share"), "beta(-4, 6)", "must be positive"),
        (Number("1"), "normal(0, 0)", "sd must be positive (got normal(0, 0))"),
        (Number("1"), "lognormal(1, 50)", "sd at most 20"),
        (Number("1"), "triangular(3, 2, 1)", "must be in order"),
        (Number("1"), "uniform(2, 1)", "low must be below high"),
        (Number("1"), "choice()", "at least one value"),
        (Number("1"), "1e400", "must be a finite number (got 1e400)"),
        (Number("1"), 10**400, "must be a finite number"),
        (Number("1"), math.nan, "must be a finite number (got nan)"),
        (Number("1"), 1e200, "below 1e100"),
        (Number("1"), True, "must be a number or a distribution (got True)"),
        (Number("1"), None, "must have a `value`"),
        (Number("1"), [1], "must be a number or a distribution (got [1])"),
        (Number("1"), "eleven", 'must be a number, "6 to 16", or a distribution'),
        (Number("1"), "1.2.3", "must be a number"),
        (Number("1"), "1" * 300, "must be a number or a distribution"),
        (Number("1"), "", "must be a number"),
    ],
)
def test_what_is_refused_and_how(number: Number, written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        number.parse(written)


def test_a_bound_at_the_open_end_of_a_distribution_is_met() -> None:
    for text in ("lognormal(1, 2)", "gamma(0.1, 1)", "6 to 16", "beta(0.1, 3)"):
        assert Number("1", positive=True).parse(text).constant is None


class Dyad(Section):
    stake: Annotated[Value, Number("log-odds", minimum=0)]
    rates: dict[str, Annotated[Value, Number("per year")]]
    lags: tuple[Annotated[Value, Number("weeks")], ...] = ()
    memory: Annotated[Value, Number("weeks")] = Number("weeks").parse("5.4 weeks")
    trust: Annotated[Value, Number("share")] | None = None


def dyad(**changes: object) -> Dyad:
    written = {"stake": "1 to 3", "rates": {"US": "2 per month"}, "lags": [1, "2 weeks"]}
    return Dyad.model_validate({**written, **changes})


def test_all_values_of_a_section_by_dotted_path() -> None:
    paths = [path for path, _ in values_of(dyad(), "dyad")]
    assert paths == ["dyad.stake", "dyad.rates.US", "dyad.lags.0", "dyad.lags.1", "dyad.memory"]


def test_sections_are_frozen_hash_their_values_and_travel() -> None:
    ours = dyad(trust="beta(4, 6)")
    with pytest.raises(ValidationError):
        ours.stake = ours.memory
    assert hash(ours.stake) == hash(dyad().stake)
    assert pickle.loads(pickle.dumps(ours)) == ours


def test_a_value_without_declared_unit_is_a_mistake_of_the_schema() -> None:
    with pytest.raises(TypeError, match="declare the unit"):
        type("Wrong", (Section,), {"__annotations__": {"stake": Value}})


NUMBERS = st.floats(0.01, 50).map(lambda number: float(f"{number:.4g}"))
TEXTS = st.one_of(
    NUMBERS,
    NUMBERS.map(lambda n: f"{n} days"),
    st.tuples(NUMBERS, NUMBERS).map(lambda pair: f"{min(pair)} to {max(pair) + 1} months"),
    st.tuples(NUMBERS, NUMBERS).map(lambda pair: f"lognormal({pair[0]}, {pair[1] / 50})"),
    st.tuples(NUMBERS, NUMBERS).map(lambda pair: f"gamma({pair[0]}, {pair[1]}) years"),
)


@given(TEXTS, st.sampled_from(["", "C12"]))
def test_what_is_dumped_reads_back_to_the_same_value(written: object, claim: str) -> None:
    section = dyad(memory={"value": written, "claim": claim} if claim else written)
    assert Dyad.model_validate(section.model_dump(mode="json")) == section
    again = Dyad.model_validate(section.model_dump(mode="json", context={"canonical": True}))
    assert again.memory.distribution == section.memory.distribution
    assert again.memory.claim == section.memory.claim


@pytest.mark.parametrize("unit", ["1", "share", "weeks", "rounds", "percent of GDP"])
def test_a_unit_beside_the_value_reads_back(unit: str) -> None:
    number = Number(unit)
    value = number.parse({"value": "0.2 to 0.7", "unit": unit, "why": "so"})
    assert number.parse(value) == value
    assert number.parse(str(value)).distribution == value.distribution


def test_conversions_there_and_back() -> None:
    for one, other in [("days", "years"), ("per day", "per month"), ("share", "percent")]:
        assert conversion(one, other) * conversion(other, one) == pytest.approx(1, rel=1e-15)
    assert conversion("weeks", "days") == 7
    assert conversion("per week", "per year") == 365.25 / 7
