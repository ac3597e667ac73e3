"""What figures draw: the numbers behind them by a second road, and the words in their titles."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import SimulationError, UnknownName, UsageError
from relsim.estimates.over_draws import interval_over_draws
from relsim.plots import course, distribution_of, fan_of, rows
from relsim.plots.courses import _levelled, finding
from relsim.plots.fans import finding as fan_finding
from relsim.plots.forest import outcomes_finding
from relsim.plots.histograms import even_edges
from relsim.plots.histograms import finding as distribution_finding
from relsim.plots.number_words import QUANTITIES, SERIES, in_percent, number
from relsim.plots.style import even_dates, text_width, wrapped
from tests.figures.ensembles import FAILED, SHARES, planted, simulated


def with_days(days: dict[str, np.ndarray]) -> Ensemble:
    """The planted ensemble with the days of some outcomes set, failed runs and all."""
    base = planted()
    first_day = base.first_day.copy()
    for name, row in days.items():
        first_day[base.outcomes.index(name)] = row
    return replace(base, first_day=first_day)


# Outcomes


def test_outcomes_stand_by_probability_and_are_the_ensembles() -> None:
    drawn = rows(planted())
    values = [row.estimate.value for row in drawn]
    assert values == sorted(values, reverse=True)
    assert {row.name for row in drawn} == set(planted().outcomes)
    for row in drawn:
        assert row.estimate == planted().probability(row.name)
        assert row.asked == (row.name == planted().scenario.headline)


def test_rare_outcomes_are_written_in_the_digits_of_their_error() -> None:
    by_name = {row.name: row for row in rows(planted())}
    never, rare = by_name["planted_0"], by_name["planted_1"]
    assert never.value_text == "<2.4%"  # -ln .05 / 128 draws
    assert 0 < rare.estimate.value < 0.003
    assert rare.estimate.refused == "under 10 draws hold hits"
    bound = float(rare.value_text.removeprefix("<").removesuffix("%"))
    assert bound == pytest.approx(100 * rare.estimate.mc_bounds[1], rel=0.1)
    seldom = by_name["planted_2"]
    value, error = seldom.value_text.removesuffix("%").split(" ± ")
    assert float(value) == pytest.approx(100 * seldom.estimate.value, abs=float(error))
    assert float(value) > 0
    assert rare.interval_text == "under 50 hits"


def test_the_count_of_likely_outcomes_leaves_out_what_is_too_close() -> None:
    drawn = rows(planted())
    likely = sum(row.estimate.mc_bounds[0] > 0.5 for row in drawn)
    close = sum(row.estimate.mc_bounds[0] <= 0.5 <= row.estimate.mc_bounds[1] for row in drawn)
    assert close, "the planted shares hold one half"
    assert f"{likely} of {len(SHARES)} outcomes are likelier than not" in outcomes_finding(drawn)
    assert f"{close} too close to call" in outcomes_finding(drawn)


# Courses


@pytest.mark.parametrize("outcome", ["planted_0", "planted_7", "planted_14"])
def test_a_course_by_counting_run_after_run(outcome: str) -> None:
    drawn = course(planted(), outcome)
    days = [day for day in planted().days(outcome).tolist() if day != -2]
    assert len(days) == planted().runs - (FAILED.stop - FAILED.start)
    for day in (0, 300, 730, len(drawn.dates) - 2, len(drawn.dates) - 1):
        share = sum(0 <= first <= day for first in days) / len(days)
        assert drawn.probability[day] == pytest.approx(share, abs=1e-12)
        assert drawn.dates[day] == np.datetime64(planted().start + timedelta(days=day))


def test_a_course_ends_at_the_estimate_and_its_interval() -> None:
    known = 0
    for name in planted().outcomes:
        drawn, estimate = course(planted(), name), planted().probability(name)
        assert drawn.probability[-1] == pytest.approx(estimate.value, abs=1e-12)
        assert drawn.estimate == estimate
        ends = (float(drawn.low[-1]), float(drawn.high[-1]))
        if estimate.interval_90 is None or estimate.interval_note:
            assert np.isnan(ends).all()
        else:
            known += 1
            assert ends == pytest.approx(estimate.interval_90)
    assert known >= 5


def test_a_band_is_the_interval_of_the_runs_so_far() -> None:
    """Each point of the band lies within the range of the plain estimates around it."""
    base, name = planted(), "planted_7"
    drawn = course(base, name)
    valid = base.days(name) != -2
    runs = np.bincount(base.draw_of_run[valid])
    plain = []
    for when in drawn.band_dates:
        last = int((when - drawn.dates[0]).astype(int))
        hits = np.bincount(
            base.draw_of_run[(base.days(name) >= 0) & (base.days(name) <= last)],
            minlength=runs.size,
        )
        interval, reason = interval_over_draws(hits, runs)
        plain.append((np.nan, np.nan) if interval is None or reason else interval)
    for drawn_end, estimates in zip((drawn.low, drawn.high), np.array(plain).T, strict=True):
        assert np.array_equal(np.isnan(drawn_end), np.isnan(estimates))
        assert np.nanmax(np.abs(drawn_end - estimates)) < 0.05
    known = ~np.isnan(drawn.high)
    at = drawn.probability[(drawn.band_dates - drawn.dates[0]).astype(int)]
    assert known.sum() > 30
    assert (drawn.low[known] <= at[known]).all()
    assert (at[known] <= drawn.high[known]).all()


def test_a_band_has_the_eve_of_a_jump() -> None:
    day = np.full(planted().runs, -1)
    day[::2] = 900
    drawn = course(with_days({"planted_3": day}), "planted_3")
    at = (drawn.band_dates - drawn.dates[0]).astype(int).tolist()
    assert {899, 900} <= set(at)


@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=30))
def test_levelled_curves_rise_within_their_estimates(values: list[float]) -> None:
    ends = np.array(values, dtype=np.float64)
    level = _levelled(ends)
    known = ~np.isnan(ends)
    assert np.array_equal(known, ~np.isnan(level))
    assert (np.diff(level[known]) >= 0).all()
    if known.any():
        assert level[known][-1] == ends[known][-1]
        assert ends[known].min() <= level[known].min() <= level[known].max() <= ends[known].max()
    rising = np.sort(ends[known])
    assert np.allclose(_levelled(rising), rising)


def test_the_halves_part_the_term_in_the_middle() -> None:
    drawn = course(simulated(), simulated().scenario.headline)
    horizon = simulated().scenario.horizon
    middle = horizon.start + (horizon.end - horizon.start) / 2
    assert drawn.half.item() == middle


def test_a_course_in_words() -> None:
    runs, finished = planted().runs, planted().runs - (FAILED.stop - FAILED.start)
    end = f"{planted().scenario.horizon.end - timedelta(days=1):%B %Y}"
    never, at_once = np.full(runs, -1), np.full(runs, -1)
    at_once[::4] = 1000
    spread_out = np.where(np.arange(runs) % 2, np.arange(runs) % 1000 + 100, -1)
    ensemble = with_days({"planted_1": never, "planted_2": at_once, "planted_3": spread_out})
    texts = [
        finding(course(ensemble, f"planted_{k}")).replace("\N{NO-BREAK SPACE}", " ")
        for k in (1, 2, 3)
    ]
    assert f"in none of {finished:,} runs by {end} (<2.4%)" in texts[0]
    day = ensemble.scenario.date_of(1000)
    assert texts[1].endswith(f"all of that on {day.day} {day:%B %Y}")
    share = in_percent(ensemble.probability("planted_2").value_text)
    assert f": {share} (" in texts[1]
    assert f"over draws) by {end}, " in texts[1]
    median = ensemble.median_date("planted_3")
    assert texts[2].endswith(f"median date in {median:%B %Y}")


# Fans


def test_a_fan_is_the_ensembles_quantiles_and_its_first_runs() -> None:
    ensemble = simulated()
    drawn = fan_of(ensemble)
    for level, line in zip((0.05, 0.25, 0.5, 0.75, 0.95), drawn.quantiles, strict=True):
        assert np.array_equal(line, ensemble.quantile("index", level))
    assert (np.diff(drawn.quantiles, axis=0) >= 0).all()
    for column, run in enumerate(drawn.runs):
        place = ensemble.sample.runs.tolist().index(run)
        assert np.array_equal(drawn.single[:, column], ensemble.sample.series["index"][:, place])
    assert drawn.dates[-1] == np.datetime64(ensemble.scenario.horizon.end - timedelta(days=1))
    assert drawn.dates.size == drawn.quantiles.shape[1]


def test_a_fan_ends_where_the_runs_do() -> None:
    """The histogram's road and the runs' own: apart by less than a bin."""
    ensemble = simulated()
    drawn = fan_of(ensemble)
    at_end = np.quantile(ensemble.quantities["index_at_end"], (0.05, 0.25, 0.5, 0.75, 0.95))
    width = float(np.diff(ensemble.edges["index"])[0])
    assert np.abs(drawn.quantiles[:, -1] - at_end).max() < width


def test_a_fan_in_words() -> None:
    drawn = fan_of(simulated())
    assert drawn.known_until is not None
    flat, rising = np.ones_like(drawn.quantiles), np.ones_like(drawn.quantiles)
    rising[:, -1] = [-2.0, 1.0, 3.0, 4.0, 6.0]
    texts = [
        fan_finding(replace(drawn, quantiles=lines)).replace("\N{NO-BREAK SPACE}", " ")
        for lines in (flat, rising)
    ]
    start, end = f"{drawn.known_until:%B %Y}", f"{drawn.dates[-1].item():%B %Y}"
    assert f"the median is 1 both in {start} and in {end}" in texts[0]
    assert f"goes from 1.0 in {start} to 3.0 in {end}" in texts[1]
    assert texts[1].endswith("90% of runs lie between −2.0 and 6.0")


# Distributions


def test_shares_add_up_to_the_runs_that_have_it() -> None:
    for name in (*simulated().quantities, *simulated().outcomes):
        drawn = distribution_of(simulated(), name)
        never = 0.0 if drawn.never is None else drawn.never.value
        assert drawn.share.sum() == pytest.approx(1 - never, abs=1e-12)
        assert drawn.share.size <= 61
        assert (np.diff(drawn.edges) > 0).all()


def test_dates_of_an_outcome_agree_with_the_ensemble() -> None:
    for name in planted().outcomes:
        drawn, median = distribution_of(planted(), name), planted().median_date(name)
        assert drawn.never is not None
        assert drawn.never.value == pytest.approx(1 - planted().probability(name).value)
        assert (drawn.median is None) == (median is None)
        if drawn.median is not None:
            assert planted().start + timedelta(days=drawn.median) == median


def test_bars_of_counts_by_counting() -> None:
    name = "leaders_meetings"
    drawn = distribution_of(simulated(), name)
    values = simulated().quantities[name].tolist()
    for left, right, share in zip(drawn.edges, drawn.edges[1:], drawn.share, strict=False):
        assert share == pytest.approx(sum(left < v < right for v in values) / len(values))
    ordered = sorted(values)
    assert drawn.median == ordered[(len(ordered) - 1) // 2]
    assert drawn.low in ordered
    assert drawn.high in ordered


def test_failed_runs_have_no_part() -> None:
    values = np.zeros(planted().runs, dtype=np.float32)
    values[FAILED] = np.nan
    ensemble = replace(planted(), quantities={"odd": values})
    drawn = distribution_of(ensemble, "odd")
    assert drawn.runs == planted().runs - (FAILED.stop - FAILED.start)
    assert drawn.share.tolist() == [1.0]
    assert (drawn.low, drawn.median, drawn.high) == (0.0, 0.0, 0.0)


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=50),
    st.booleans(),
)
def test_bins_are_few_even_and_hold_all(values: list[float], whole: bool) -> None:
    array = np.round(values) if whole else np.array(values)
    if not whole and np.ptp(array) < 1e-6 * max(1.0, np.abs(array).max()):
        array = array[:1]  # closer than bins can tell apart
    edges = even_edges(array, whole)
    assert 2 <= edges.size <= 61
    widths = np.diff(edges)
    assert np.allclose(widths, widths[0])
    assert edges[0] <= array.min() + 1e-9 * widths[0]
    assert array.max() <= edges[-1]
    if whole:
        assert widths[0] >= 1
        assert np.allclose(edges % 1, 0.5)


def test_distributions_in_words() -> None:
    runs = planted().runs
    name = "sanctions_rounds." + next(iter(planted().scenario.actors))
    counts = np.arange(runs, dtype=np.float32) % 100
    same = np.full(runs, 4.0, dtype=np.float32)
    ensemble = replace(planted(), quantities={name: counts, "agreements": same})
    text = distribution_finding(distribution_of(ensemble, name)).replace("\xa0", " ")
    actor = next(iter(planted().scenario.actors.values())).name
    assert text == f"Sanctions rounds, {actor}: 49 in the median run, 4–94 in 90% of runs"
    text = distribution_finding(distribution_of(ensemble, "agreements"))
    assert text == "Agreements: 4 in at least 90% of runs"
    dated = distribution_of(ensemble, "planted_8")
    assert dated.never is not None
    said = distribution_finding(dated).replace("\xa0", " ")
    assert f"not by January 2025 in {in_percent(dated.never.value_text)} of runs" in said


# What all share


def test_unknown_names_are_answered_by_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'index_at_end'"):
        distribution_of(simulated(), "index_at_the_end")
    with pytest.raises(UnknownName, match="did you mean 'index'"):
        fan_of(simulated(), "indx")
    with pytest.raises(UnknownName):
        course(simulated(), "no_such_thing")


def test_a_weighted_ensemble_is_refused() -> None:
    weighted = replace(planted(), weights=np.arange(planted().runs) + 1.0)
    for make in (
        lambda: course(weighted, "planted_3"),
        lambda: fan_of(weighted),
        lambda: distribution_of(weighted, "planted_3"),
    ):
        with pytest.raises(UsageError, match="unweighted"):
            make()


def test_an_ensemble_without_a_finished_run_is_refused() -> None:
    dead = replace(planted(), first_day=np.full_like(planted().first_day, -2))
    with pytest.raises(SimulationError, match="nothing to draw"):
        course(dead, "planted_3")


def test_everything_recorded_has_a_title() -> None:
    assert {name.split(".")[0] for name in simulated().quantities} <= QUANTITIES.keys()
    assert {name.split(".")[0] for name in simulated().histograms} <= SERIES.keys()


def test_numbers_keep_two_digits_of_their_interval() -> None:
    assert [number(0.123456, width) for width in (0.5, 0.05, 5.0)] == ["0.12", "0.123", "0.1"]
    assert number(-0.04, 4.0) == "0.0"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2021, 1, 20), date(2025, 1, 19)),
        (date(2021, 1, 20), date(2041, 1, 19)),
        (date(2021, 1, 20), date(2121, 1, 19)),
        (date(2021, 1, 20), date(2021, 9, 1)),
        (date(2021, 1, 5), date(2021, 1, 20)),
    ],
)
def test_dates_of_an_axis_are_few_and_even(first: date, last: date) -> None:
    ticks = even_dates(first, last, most=8)
    assert 1 <= len(ticks) <= 8
    assert all(first <= tick <= last for tick in ticks)
    assert len(even_dates(first, last, most=3)) <= 3
    months = np.diff([12 * tick.year + tick.month for tick in ticks])
    assert len(set(months.tolist())) <= 1


@given(st.text(alphabet="abc W-", max_size=120), st.floats(30, 300))
def test_wrapping_keeps_every_letter_within_the_width(text: str, width: float) -> None:
    lines = wrapped(text, width, 10.0).split("\n")
    assert all(text_width(line, 10.0) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
