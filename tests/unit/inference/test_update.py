"""A forecast that moves with the news: exact where it can be enumerated, whole in what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import relsim
from relsim.array_types import Doubles
from relsim.errors import UsageError
from relsim.history.events import Event
from relsim.history.forced import recorded_moves
from relsim.inference.calibrate.record_likelihood import Observation
from relsim.inference.update import leading, setting
from relsim.inference.update.density import density_of
from relsim.inference.update.leading import Columns, Leading, columns_of, daily
from relsim.inference.update.surprise import bits_of_rates
from relsim.inference.update.table import page
from relsim.inference.update.update import IMPOSSIBLE, Update, _days, update
from relsim.inference.update.weekly import Evaluate, Found, Population, filter_weeks
from relsim.runs.driven import drive
from relsim.runs.workers import KeptPool
from relsim.scenario.schema import Scenario, load
from relsim.tables import Table, page_text
from tests.properties.comparing import shortened
from tests.unit.inference.test_record_likelihood import CERTAIN, medians
from tests.unit.short_scenario import of_some_weeks


def happened(
    when: str, actor: str, move: str, target: str = "", size: float | None = None
) -> Event:
    other = {"US": "RU", "RU": "US", "both": "both"}[actor]
    return Event(
        date=date.fromisoformat(when), actor=actor, target=target or other, move=move, size=size,
        what="it happened", source="a newspaper", confidence=1.0, kind="recorded",
    )  # fmt: skip


# --- the weeks, against a posterior that is known ---


CHAINS = 512


def measured(seen: Doubles, sd: float) -> tuple[Population, Evaluate]:
    """Draws of N(0, 1) in three coordinates; week t measures the first as seen[t]."""

    def evaluate(w: Doubles, others: Columns, number: int) -> Found:
        off = (seen[:, np.newaxis] - w[:, 0]) / sd
        weekly = -0.5 * off**2 - np.log(sd * np.sqrt(2 * np.pi))
        return Found(weekly, weekly[-1:])

    draws = 9 * CHAINS
    w = np.random.Generator(np.random.Philox(1)).standard_normal((draws, 3))
    start = Population(w, {"mark": w[:, 0].copy()}, np.zeros(draws), evaluate(w, {}, 0))
    return start, evaluate


@pytest.mark.parametrize("sd", [1.5, 0.1])
def test_weeks_give_the_exact_posterior_and_evidence(sd: float) -> None:
    """With an sd of .1 the first week alone leaves few draws: it comes in by degrees."""
    seen = np.array([1.2, 0.9, 1.1, 1.4])
    start, evaluate = measured(seen, sd)
    found = filter_weeks(evaluate, start, 0, [3], [1, 3], seed=1, moves=8, learned=3)
    precision = 1 + 4 / sd**2
    mean, deviation = seen.sum() / sd**2 / precision, precision**-0.5
    now = found.kept[3]
    x, weights = now.w[:, 0], now.weights
    assert weights @ x == pytest.approx(mean, abs=0.2 * deviation)
    assert np.sqrt(weights @ (x - mean) ** 2) == pytest.approx(deviation, rel=0.2)
    assert weights @ now.w[:, 1] ** 2 == pytest.approx(1, abs=0.3)
    covariance = sd**2 * np.eye(4) + 1
    _, logdet = np.linalg.slogdet(2 * np.pi * covariance)
    exact = -0.5 * (seen @ np.linalg.solve(covariance, seen) + logdet)
    assert found.log_predictive.sum() == pytest.approx(exact, abs=0.4)
    # The last week is the last move's, as one is all that happened in it.
    assert found.by_move[0] == pytest.approx(found.log_predictive[3], abs=0.1)
    assert found.least > 0.49 * CHAINS
    assert bool(found.rejuvenations) == (sd < 1)
    assert found.effective[-1] > 0.49 * CHAINS
    assert found.distinct[-1] > CHAINS


def test_what_was_known_is_no_evidence_again() -> None:
    seen = np.array([9.0, 1.2])
    start, evaluate = measured(seen, 1.5)
    found = filter_weeks(evaluate, start, 1, [1], [1], seed=1, moves=8, learned=3)
    assert found.log_predictive[0] == 0
    assert found.log_predictive[1] > -3
    assert found.kept[1].weights @ found.kept[1].w[:, 0] < 1


def test_what_has_no_density_stays_with_its_draw() -> None:
    start, evaluate = measured(np.array([2.5]), 0.2)
    now = filter_weeks(evaluate, start, 0, [0], [0], seed=1, moves=8, learned=3).kept[0]
    assert set(now.others["mark"]) <= set(start.others["mark"])
    assert len(set(now.others["mark"])) < CHAINS


# --- what draws had learned, as a density ---


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load("us-russia-2021")


def test_a_draw_has_its_own_place(baseline: Scenario) -> None:
    density = density_of(baseline)
    columns = columns_of(baseline, 1, 128)
    w = density.start(columns, 1, 128)
    back = density.values(w)
    for path, values in back.items():
        np.testing.assert_allclose(values, columns[path], rtol=1e-6, atol=1e-9, err_msg=path)
    assert w.shape == (128, density.size)
    assert density.size == len(back) + 1
    # Whatever differs between draws has a place: else copies of a draw would share it for good.
    assert {path for path, v in columns.items() if np.ptp(v)} == back.keys() == density.paths
    # What the record fixed for all draws (the stock of sanctions) is no coordinate.
    assert "actors.US.sanctions_stock" not in back
    assert np.isfinite(density.root).all()
    assert np.isfinite(density.inverse).all()
    assert abs(w.mean()) < 0.1
    assert 0.8 < w.std() < 1.1
    np.testing.assert_array_equal(density.log_intensity(w), 0.6 * w[:, density.learned - 1])


def test_draws_of_the_density_have_the_means_and_spreads_of_the_rows(baseline: Scenario) -> None:
    density, rows = density_of(baseline), columns_of(baseline, 1, 768)
    w = np.random.Generator(np.random.Philox(2)).standard_normal((768, density.size))
    drawn = density.values(w)
    for path in ("dyad.rivalry", "actors.US.gain", "talks.responsiveness"):
        for share in (0.25, 0.5, 0.75):
            theirs = (rows[path] <= np.quantile(drawn[path], share)).mean()
            assert theirs == pytest.approx(share, abs=0.08), path
    pair = ("dyad.rivalry", "actors.RU.gain")
    together = [np.corrcoef(*(one[path] for path in pair))[0, 1] for one in (rows, drawn)]
    assert together[0] == pytest.approx(together[1], abs=0.2)
    # Correlations are shrunk by design: the draws have those that the density holds.
    place, covariance = list(density.scales).index, density.root @ density.root.T
    i, j = map(place, pair)
    held = covariance[i, j] / np.sqrt(covariance[i, i] * covariance[j, j])
    assert together[1] == pytest.approx(held, abs=0.08)


def test_without_joint_draws_each_parameter_has_its_prior() -> None:
    scenario = load("us-russia-2021-prior")
    density, columns = density_of(scenario), columns_of(scenario, 1, 64)
    assert density.learned == 1
    w = density.start(columns, 1, 64)
    for path, values in density.values(w).items():
        np.testing.assert_allclose(values, columns[path], rtol=1e-6, atol=1e-9, err_msg=path)
    w[:, :2] = 1.0
    np.testing.assert_allclose(density.log_intensity(w), 0.6)
    first, *others = density.alone
    median = scenario.parameters()[first].distribution.quantile(np.array([0.8413447]))
    now = density.values(w)
    np.testing.assert_allclose(now[first], median[0], rtol=1e-6)
    assert all(np.ptp(now[path]) > 0 for path in others)


# --- the whole, against an enumeration ---

NEWS = (
    happened("2021-03-01", "US", "threaten"),
    happened("2021-04-10", "US", "threaten"),
    happened("2021-05-20", "US", "threaten"),
    happened("2021-06-11", "RU", "criticize"),
)
THROUGH = date(2021, 6, 30)
RATE = "moves.threaten.rate.US"


@pytest.fixture(scope="module")
def two_rates(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """All numbers are certain but one, which has two values."""
    file = tmp_path_factory.mktemp("update") / "certain.yaml"
    file.write_text(CERTAIN, "utf-8")
    return shortened(medians(load(file)), "2021-07-31").vary({RATE: "choice(1, 6)"})


@pytest.fixture(scope="module")
def some_weeks(two_rates: Scenario) -> Scenario:
    """The same until the middle of March."""
    return of_some_weeks(two_rates, date(2021, 3, 15))


@pytest.fixture(scope="module")
def news(two_rates: Scenario) -> Update:
    return update(two_rates, NEWS, THROUGH, draws=256, runs=2, moves=3)


def rates_of(update: Update) -> Doubles:
    """The uncertain rate in each draw."""
    return density_of(update.scenario).values(update.population.w)[RATE]


def enumerated(scenario: Scenario) -> tuple[float, float]:
    """Probability of the higher rate, and evidence in nats: a sum over rates and intensities."""
    z = np.linspace(-4, 4, 81)
    led, log_likelihood = of_news(scenario), []
    for rate in sorted(set(columns_of(scenario, 1, 64)[RATE].tolist())):
        columns = {RATE: np.full(128, rate)}
        intensity = np.zeros(128)
        intensity[: z.size] = 0.6 * z
        weekly, _, _ = led.weekly(columns, intensity, 0, KeptPool(1))
        log_likelihood.append(weekly.sum(axis=0)[: z.size])
    prior = np.exp(-0.5 * z**2)
    joint = np.exp(np.array(log_likelihood)) * prior / prior.sum() / 2
    return float(joint[1].sum() / joint.sum()), float(np.log(joint.sum()))


def test_an_update_is_exact_where_it_can_be_enumerated(two_rates: Scenario, news: Update) -> None:
    higher, evidence = enumerated(two_rates)
    assert 0.6 < higher < 0.97
    rates = rates_of(news)
    assert news.population.weights @ (rates == rates.max()) == pytest.approx(higher, abs=0.08)
    assert -news.bits * np.log(2) == pytest.approx(evidence, abs=0.3)
    assert np.mean(news.ensemble.parameters[RATE] == rates.max()) == pytest.approx(higher, abs=0.1)


@pytest.mark.slow
def test_the_same_numbers_with_two_workers_in_six_weeks(
    two_rates: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "FEWEST_RUNS", 1)  # so that there are two parts
    one, two = (
        update(two_rates, NEWS[:1], date(2021, 3, 5), draws=64, runs=2, moves=1, workers=workers)
        for workers in (1, 2)
    )
    np.testing.assert_array_equal(one.ensemble.first_day, two.ensemble.first_day)
    assert one.bits == two.bits


@pytest.mark.slow
def test_the_same_numbers_with_more_workers(
    two_rates: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "FEWEST_RUNS", 1)
    news = update(two_rates, NEWS, THROUGH, draws=256, runs=2, moves=3)
    other = update(two_rates, NEWS, THROUGH, draws=256, runs=2, moves=3, workers=2)
    np.testing.assert_array_equal(other.ensemble.first_day, news.ensemble.first_day)
    assert other.bits == news.bits


def test_what_it_says_of_dates_weeks_and_moves(news: Update) -> None:
    assert [stage.date for stage in news.stages] == [date(2021, 1, 20), THROUGH]
    assert [(m.date.isoformat(), m.actor, m.move) for m in news.moves] == [
        (e.date.isoformat(), e.actor, e.move) for e in NEWS
    ]
    assert len(news.weeks) == 24  # the last of one day
    assert all(week.bits >= 0 for week in news.weeks)
    assert max(news.weeks, key=lambda week: week.bits).bits > min(m.bits for m in news.moves)
    assert news.weeks[-1].excess is None
    assert news.weeks[0].excess is None  # its first day is known
    assert news.weeks[1].excess is not None
    assert not news.impossible
    assert news.ensemble.runs == 512
    assert news.through == THROUGH
    stage = news.stages[-1]
    assert 128 <= stage.effective <= stage.distinct <= 1024  # 256 chains of four states
    name = news.scenario.headline
    assert stage.probabilities[name] == news.ensemble.probability(name)


def test_what_rates_cost_rests_on_what_is_known_and_on_the_events_alone(
    baseline: Scenario,
) -> None:
    """Known until 1 March 2020: what the packaged record has later did not happen here."""
    days = {
        "start": date(2020, 1, 1), "end": date(2021, 1, 1), "known_until": date(2020, 3, 1),
        "count_from": None,
    }  # fmt: skip
    scenario = baseline.model_copy(update={"horizon": baseline.horizon.model_copy(update=days)})
    known, through = date(2020, 3, 1), date(2020, 12, 31)
    nothing = bits_of_rates(scenario, (), known, through)
    # Weeks begin on Wednesdays, as the term does; that of 1 March, a Sunday, is known in part.
    assert min(nothing) == date(2020, 3, 4)
    assert max(nothing) == date(2020, 12, 23)
    falling = list(nothing.values())
    assert falling == sorted(falling, reverse=True)
    late = happened("2020-12-25", "US", "criticize")
    with_it = bits_of_rates(scenario, [late], known, through)
    assert {day for day in nothing if with_it[day] != nothing[day]} == {date(2020, 12, 23)}
    assert bits_of_rates(scenario, (), known, date(2020, 3, 2)) == {}


def test_its_table_is_whole_at_80_columns_and_its_json_plain(news: Update) -> None:
    tables = [part for part in page(news) if isinstance(part, Table)]
    text = page_text(tables)
    assert max(map(len, text.splitlines())) <= 80
    assert len(tables) == 3
    assert "2021-06-30" in text
    assert str(news).startswith(news.scenario.title)
    told = json.loads(json.dumps(news.to_json(), allow_nan=False))
    assert told["format"] == "relsim.update/1"
    assert told["stages"][-1]["outcomes"].keys() == news.scenario.outcomes.keys()
    assert len(told["moves"]) == len(NEWS)


def test_weeks_are_weighed_in_blocks(two_rates: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting, "BLOCK", 8 * 7)
    blocks = setting.blocks(of_news(two_rates), 0)
    assert [len(leading.periods) for leading in blocks] == [9, 17, 24]
    by_blocks = update(two_rates, NEWS[:1], date(2021, 3, 31), draws=64, runs=2, moves=1)
    assert len(by_blocks.weeks) == 11  # the last of one day
    assert by_blocks.bits > 0


@pytest.mark.slow
def test_weeks_weighed_block_by_block_say_what_they_say_at_once(
    two_rates: Scenario, news: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is hidden here, so that what a new filter says of later weeks is the same."""
    monkeypatch.setattr(setting, "BLOCK", 8 * 7)
    by_blocks = update(two_rates, NEWS, THROUGH, draws=256, runs=2, moves=3)
    assert by_blocks.bits == pytest.approx(news.bits, abs=0.01)
    for one, other in zip(by_blocks.weeks, news.weeks, strict=True):
        assert one.bits == pytest.approx(other.bits, abs=0.01)
        assert one.effective == pytest.approx(other.effective, rel=0.01)
    higher, _ = enumerated(two_rates)
    rates = rates_of(by_blocks)
    assert by_blocks.population.weights @ (rates == rates.max()) == pytest.approx(higher, abs=0.08)


def of_news(scenario: Scenario) -> Leading:
    last = (THROUGH - scenario.horizon.start).days
    moves = recorded_moves(NEWS, daily(scenario))
    return Leading(daily(scenario), moves, 1, last, (last,), Observation(), 1, 3)


def test_an_updated_ensemble_is_kept_like_any_other(news: Update, tmp_path: Path) -> None:
    news.ensemble.save(tmp_path / "result")
    back = relsim.open(tmp_path / "result")
    np.testing.assert_array_equal(back.first_day, news.ensemble.first_day)
    np.testing.assert_array_equal(back.parameters[RATE], news.ensemble.parameters[RATE])
    with pytest.raises(UsageError, match="cannot be replayed"):
        relsim.replay(back, run=0)
    with pytest.raises(UsageError, match="cannot be extended"):
        import_module("relsim.simulate").extend(back, 4096)


def test_what_takes_a_scenario_works_on_the_updated_one(
    two_rates: Scenario, news: Update, tmp_path: Path
) -> None:
    file = news.save_scenario(tmp_path / "news.yaml")
    scenario = load(file)
    assert scenario.horizon.known_until == THROUGH
    dated = [(one.date.isoformat(), one.actor, one.move) for one in scenario.calendar]
    assert [(e.date.isoformat(), e.actor, e.move) for e in NEWS] == [d for d in dated if d[2]]
    plain = relsim.simulate(scenario, runs=1024, draws=512)
    higher, _ = enumerated(two_rates)
    rates = plain.parameters[RATE]
    assert np.mean(rates == rates.max()) == pytest.approx(higher, abs=0.1)
    name = scenario.headline
    one, other = plain.probability(name), news.ensemble.probability(name)
    assert one.value == pytest.approx(other.value, abs=4 * (one.mc_error + other.mc_error))
    story = relsim.replay(plain, run=5)
    told = {(one.date, one.actor, one.kind) for one in story.happenings}
    assert {(e.date, e.actor, e.move) for e in NEWS} <= told
    variant = scenario.vary({"actors.US.belief_felt": 0})
    paired = relsim.compare(scenario, variant, runs=256, draws=64)
    assert abs(paired[name].difference.value) < 0.5
    with pytest.raises(UsageError, match="exists already"):
        news.save_scenario(file)
    with pytest.raises(UsageError, match="Update.save_scenario"):
        relsim.replay(news.ensemble, run=0)
    for refused in (relsim.drivers, relsim.compare):
        with pytest.raises(UsageError, match="save_scenario"):
            refused(news.ensemble)


def test_observed_deeds_count_for_outcomes_though_the_model_has_no_way_to_them(
    tmp_path: Path,
) -> None:
    """Nothing was proposed, and yet an acceptance is recorded."""
    asked = "{title: accepted, resolves: by a deed, when: {happened: {deed: accept_proposal}}}"
    file = tmp_path / "accepted.yaml"
    file.write_text(f"{CERTAIN}outcomes: {{accepted: {asked}}}\n", "utf-8")
    scenario = load(file)
    horizon = scenario.horizon.model_copy(update={"end": date(2021, 3, 1)})
    outcomes = {"accepted": scenario.outcomes["accepted"]}
    rest = {"headline": "accepted", "forecasts": {}}
    changes = {"horizon": horizon, "outcomes": outcomes, **rest}
    scenario = scenario.model_copy(update=changes)
    (move,) = recorded_moves([happened("2021-02-10", "US", "accept_proposal")], scenario)
    found = drive(
        scenario, [(date(2021, 2, 10), "US", "accept_proposal", None, None)], runs=64, draws=64
    )
    assert not found.made.any()
    days = found.results[0].first_day[list(scenario.outcomes).index("accepted")]
    assert (days == move.day).all()


def test_weeks_in_which_nothing_happens_are_evidence(some_weeks: Scenario) -> None:
    found = update(some_weeks, (), date(2021, 3, 5), draws=64, runs=2, moves=1)
    assert not found.moves
    assert len(found.weeks) == 7
    assert found.bits > 0
    rates = rates_of(found)
    assert found.population.weights @ (rates == rates.max()) < 0.5
    assert "0 moves in 7 weeks" in str(found)


def test_without_uncertain_parameters_the_coding_intensity_learns_alone(
    some_weeks: Scenario,
) -> None:
    certain = some_weeks.vary({RATE: 3.0})
    found = update(certain, NEWS[:1], date(2021, 3, 5), draws=64, runs=2, moves=1)
    assert found.population.others == {}
    assert found.bits > 0


@pytest.mark.slow
def test_an_absurd_history_is_marked(two_rates: Scenario) -> None:
    """Twelve warm moves of a side in the week in which it expels diplomats."""
    kinds = ("goodwill_gesture", "release_prisoners", "ease_sanctions", "expel_diplomats")
    absurd = tuple(
        happened(f"2021-02-{day:02d}", side, kind)
        for day in range(3, 9)
        for side in ("US", "RU")
        for kind in kinds
    )
    found = update(two_rates, absurd, date(2021, 2, 28), draws=64, runs=2, moves=1)
    assert [week.begins for week in found.impossible] == [date(2021, 2, 3)]
    assert found.impossible[0].bits > IMPOSSIBLE
    assert "Nearly impossible to the model: the week from 2021-02-03" in str(found)
    assert found.to_json()["nearly_impossible"] == ["2021-02-03"]
    assert np.isfinite(found.bits)


def test_moves_that_a_scenario_lacks_are_named(some_weeks: Scenario) -> None:
    strange = replace_move(happened("2021-03-02", "US", "threaten"), "leave_cfe")
    found = update(some_weeks, (NEWS[0], strange), date(2021, 3, 5), draws=64, runs=2, moves=1)
    assert found.left_out == (strange,)
    assert "has no such move: 1 event (leave_cfe)" in str(found)
    with pytest.raises(UsageError, match="no event of the span is a move of"):
        update(some_weeks, (strange,), date(2021, 3, 5), draws=64, runs=2)


def replace_move(event: Event, move: str) -> Event:
    return event.model_copy(update={"move": move})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"through": date(2021, 1, 20)}, "through must be a day from 2021-01-21 on"),
        ({"through": date(2030, 1, 1)}, "the last day of its term"),
        ({"through": "2021-06-30"}, r"through must be a datetime.date \(got '2021-06-30'\)"),
        ({"through": datetime(2021, 6, 30)}, "through must be a datetime.date"),
        ({"state": "nowhere/news.npz"}, "cannot be written: there is no folder nowhere"),
        ({"events": ["x"]}, r"events must be a file of events, or a list .* \(got 'x'\)"),
        ({"events": 3}, r"\(got 3\)"),
        ({"every": "week"}, "every must be one of month, quarter, none"),
        ({"draws": 0}, "draws must be"),
        ({"moves": 1.5}, "moves must be"),
    ],
)
def test_what_makes_no_sense_is_refused(
    two_rates: Scenario, wrong: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        update(two_rates, **({"events": NEWS, "through": THROUGH} | wrong))


def test_ends_of_months_and_quarters() -> None:
    known, through = date(2021, 4, 6), date(2022, 1, 10)
    assert _days(known, through, "none") == [known, through]
    months = _days(known, through, "month")
    assert months[:3] == [known, date(2021, 4, 30), date(2021, 5, 31)]
    assert months[-2:] == [date(2021, 12, 31), through]
    assert _days(known, through, "quarter") == [
        known, date(2021, 6, 30), date(2021, 9, 30), date(2021, 12, 31), through,
    ]  # fmt: skip
    assert _days(known, date(2021, 4, 30), "month") == [known, date(2021, 4, 30)]


TALKING = (
    happened("2021-02-01", "US", "propose_talks"),
    happened("2021-02-03", "RU", "accept_proposal"),
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "later"),
    [
        (NEWS[:2], happened("2021-05-01", "US", "expel_diplomats")),
        (TALKING, happened("2021-05-01", "US", "suspend_talks")),  # so they had not broken down
    ],
)
def test_a_forecast_knows_nothing_of_what_came_after_its_date(
    two_rates: Scenario, before: tuple[Event, ...], later: Event
) -> None:
    """Two histories part on 1 May, in the week of 30 April: forecasts of that day are the same."""
    often = {"talks.preparation": 2, "talks.round_every": 2}  # weeks
    asked = two_rates.vary({"moves.propose_talks.rate.US": "2 per year", **often})
    with_it, without = (
        update(asked, events, date(2021, 5, 4), every="month", draws=64, runs=2, moves=1)
        for events in ((*before, later), before)
    )
    dates = [stage.date.isoformat() for stage in with_it.stages]
    assert dates == [
        "2021-01-20",
        "2021-01-31",
        "2021-02-28",
        "2021-03-31",
        "2021-04-30",
        "2021-05-04",
    ]
    assert with_it.stages[-1].effective != without.stages[-1].effective
    for one, other in zip(with_it.stages[:-1], without.stages[:-1], strict=True):
        assert one.effective == other.effective
    parted = date(2021, 4, 24)  # later weeks hold days after the two part
    for week, same in zip(with_it.weeks, without.weeks, strict=True):
        assert week.begins > parted or week.bits == same.bits


def test_what_a_scenario_has_as_impossible_is_reported_with_its_bits(some_weeks: Scenario) -> None:
    """The rate of proposals is 0 there, the routine rate, too."""
    found = update(some_weeks, TALKING[:1], date(2021, 2, 5), draws=64, runs=2, moves=1)
    assert found.impossible
    assert np.isfinite(found.bits)


# --- the state file ---

HALF = date(2021, 4, 30)
# What a stranger may have made of a state file.
STRANGE: dict[str, Callable[[Any], Any]] = {
    "w": lambda w: w[:, :-1],
    "others": lambda others: np.ones((1, others.shape[1])),
    "log_weights": lambda weights: weights * np.nan,
    "by_move": lambda by_move: by_move[:, :-1],
    "effective": lambda effective: effective[:-1],
    "told": lambda told: np.array(str(told).replace('"least": ', '"last": ')),
}
SMALL: dict[str, Any] = {"draws": 64, "runs": 2, "moves": 1}


@pytest.mark.slow
def test_an_update_goes_on_from_its_file(two_rates: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "news.npz"
    first = update(two_rates, NEWS, HALF, state=file, **SMALL)
    then = update(two_rates, NEWS, THROUGH, state=file, **SMALL)
    whole = update(two_rates, NEWS, THROUGH, **SMALL)
    assert [stage.date for stage in then.stages] == [date(2021, 1, 20), THROUGH]
    assert then.stages[0].probabilities == first.stages[0].probabilities
    assert len(then.weeks) == len(whole.weeks)
    assert [m.move for m in then.moves] == [m.move for m in whole.moves]
    # Nothing is hidden here, so that new random numbers make no difference but by moves of draws.
    assert then.weeks[:14] == first.weeks[:14]
    assert then.bits == pytest.approx(whole.bits, abs=0.5)
    with pytest.raises(UsageError, match="stands on 2021-06-30: through must be later"):
        update(two_rates, NEWS, THROUGH, state=file, **SMALL)


def test_a_file_of_something_else_is_refused(two_rates: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "news.npz"
    update(two_rates, NEWS, HALF, state=file, **SMALL)
    content = file.read_bytes()
    with pytest.raises(UsageError, match="belongs to another update"):
        update(two_rates, NEWS, THROUGH, state=file, seed=2, **SMALL)
    with pytest.raises(UsageError, match="has seen other events until 2021-04-30"):
        update(two_rates, NEWS[2:], THROUGH, state=file, **SMALL)
    assert file.read_bytes() == content
    with np.load(file) as found:
        arrays = dict(found)
    for name, strange in STRANGE.items():
        np.savez(file, **arrays | {name: strange(arrays[name])})
        with pytest.raises(UsageError, match="is no whole file of an update"):
            update(two_rates, NEWS, THROUGH, state=file, **SMALL)
    for broken in (content[:-200], b"", b"relsim"):
        file.write_bytes(broken)
        with pytest.raises(UsageError, match="is no whole file of an update"):
            update(two_rates, NEWS, THROUGH, state=file, **SMALL)
    np.savez(file, fingerprint=np.array({"a": 1}, dtype=object))  # needs pickle
    with pytest.raises(UsageError, match="is no whole file of an update"):
        update(two_rates, NEWS, THROUGH, state=file, **SMALL)
