"""Momentum, hot weeks, heavy-tailed severities, meetings that make the next less urgent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from relsim import Scenario, load, replay, simulate
from relsim.array_types import Floats
from relsim.errors import ScenarioError
from relsim.processes.shocks import poisson_counts, severities
from relsim.rules import View, logit
from relsim.runs.engine import simulate_chunks
from relsim.runs.plan import Plan
from relsim.worlds.randomness.streams import rest
from tests.properties.comparing import shortened

BASE = "us-russia-2021"
MOMENTUM = "{momentum: 0.5 log-odds, momentum_half_life: 3 weeks}"
DATED = """\
horizon: {known_until: 2021-04-06, count_from: 2021-01-20}
calendar:
"""


def scenario(folder: Path, *sections: str, whole: bool = False) -> Scenario:
    file = folder / "bursts.yaml"
    text = "\n".join((f"schema: relsim/1\nextends: {BASE}\nname: bursts", *sections))
    file.write_text(text + "\n", "utf-8")
    return load(file) if whole else shortened(load(file))


class Holds:
    """Holds, and keeps what it sees on each day."""

    def __init__(self) -> None:
        self.seen: dict[int, View] = {}

    def __call__(self, view: View, parameters: Mapping[str, Floats]) -> Floats:
        self.seen[view.day] = view
        p = np.zeros(view.available.shape, np.float32)
        p[0] = 1
        return p


def seen(asked: Scenario, runs: int = 64, draws: int = 64) -> tuple[Holds, Holds]:
    """What the two sides see when both hold."""
    us, russia = Holds(), Holds()
    simulate(asked, runs=runs, draws=draws, rules={"US": us, "RU": russia})
    return us, russia


def hostile(view: View) -> list[int]:
    return [row for row, kind in enumerate(view.kinds) if kind in ("hostile", "strong_hostile")]


def test_nothing_moves_where_the_mechanisms_do_nothing(tmp_path: Path) -> None:
    plain = simulate(shortened(load(BASE)), runs=256, draws=64)
    without = simulate(
        scenario(
            tmp_path,
            "actors:",
            *(f"  {name}: {{momentum: 0, momentum_half_life: 3 weeks}}" for name in ("US", "RU")),
            "bursts: {start: 0.03, multiplier: 1, length: 1 week}",
            "talks: {summit_relief: 0, summit_relief_half_life: 52 weeks}",
        ),
        runs=256,
        draws=64,
    )
    np.testing.assert_array_equal(plain.first_day, without.first_day)
    np.testing.assert_array_equal(plain.move_counts, without.move_counts)
    for name, values in plain.sample.series.items():
        np.testing.assert_array_equal(values, without.sample.series[name])


def test_momentum_is_the_log_of_own_recent_hostile_moves(tmp_path: Path) -> None:
    lines = [
        "  - {date: 2021-03-01, actor: US, move: criticize}",
        "  - {date: 2021-03-25, actor: US, move: goodwill_gesture}",
        "  - {date: 2021-04-01, actor: US, move: impose_sanctions}",
        "  - {date: 2021-04-01, actor: RU, move: threaten}",
    ]
    us, russia = seen(scenario(tmp_path, f"actors: {{US: {MOMENTUM}}}", DATED + "\n".join(lines)))
    days = [40, 71]  # of its hostile moves, 1 March and 1 April
    for day, view in us.seen.items():
        recent = sum(0.5 ** ((day - made) / 21) for made in days)
        assert set(view.shifts) == set(hostile(view))
        for shift in view.shifts.values():
            np.testing.assert_allclose(shift, 0.5 * np.log(1 + recent), rtol=1e-4, atol=1e-6)
        assert not russia.seen or not next(iter(russia.seen.values())).shifts


def test_momentum_may_have_a_reference(tmp_path: Path) -> None:
    """Then the routine holds where as much was done of late as usual."""
    spec = MOMENTUM.replace("}", ", momentum_reference: 2}")
    line = "  - {date: 2021-04-06, actor: US, move: criticize}"
    us, _ = seen(scenario(tmp_path, f"actors: {{US: {spec}}}", DATED + line))
    for day, view in us.seen.items():
        recent = 0.5 ** ((day - 76) / 21)
        expected = 0.5 * np.log((1 + recent) / 3)
        np.testing.assert_allclose(next(iter(view.shifts.values())), expected, rtol=1e-4)


def test_a_replay_says_what_it_added(tmp_path: Path) -> None:
    both = f"actors: {{US: {MOMENTUM}, RU: {MOMENTUM}}}"
    bursts = "bursts: {start: 0.1, multiplier: 8, length: 1 week}"
    story = replay(scenario(tmp_path, both, bursts), 3, runs=64, draws=64)
    chosen = [one.choice for one in story.happenings if one.choice is not None]
    assert any(choice.recent for choice in chosen)
    for choice in chosen:
        if max(choice.probability, choice.routine) > 0.999:
            continue  # its last digits are gone
        # The chance is that of one at least, of a Poisson number.
        odds, usual = (-np.log1p(-p) for p in (choice.probability, choice.routine))
        added = sum(choice.pushes.values()) + choice.answer + choice.recent
        assert np.log(odds / usual) == pytest.approx(added, abs=1e-3)
    assert "what was done of late" in story.text(width=1000)


def test_the_rule_adds_what_momentum_says(tmp_path: Path) -> None:
    us, _ = seen(scenario(tmp_path, f"actors: {{US: {MOMENTUM}}}"))
    view = next(iter(us.seen.values()))
    pushed = logit(view, {})
    plain = logit(replace(view, shifts={}), {})
    row = view.moves.index("criticize")
    odds = (pushed[row] / pushed[0]) / (plain[row] / plain[0])
    np.testing.assert_allclose(np.log(odds), view.shifts[row], atol=1e-4)
    row = view.moves.index("goodwill_gesture")
    odds = (pushed[row] / pushed[0]) / (plain[row] / plain[0])
    np.testing.assert_allclose(odds, 1, rtol=1e-5)


@pytest.mark.parametrize("length", [1.0, 1.5, 2.0])
@pytest.mark.default_cases(2)
def test_hot_weeks_are_shared_and_leave_the_mean_rate_as_it_was(
    tmp_path: Path, length: float
) -> None:
    start, multiplier, runs = 0.03, 8.0, 2048
    spec = f"bursts: {{start: {start}, multiplier: {multiplier}, length: {length} weeks}}"
    sides = seen(scenario(tmp_path, spec), runs=runs)
    plain = seen(shortened(load(BASE)), runs=runs)
    share = start * length / (start * length + 1 - start)
    calm = 1 / (1 + share * (multiplier - 1))
    by_week: list[dict[int, npt.NDArray[np.bool_]]] = []
    for side, usual in zip(sides, plain, strict=True):
        weeks = {}
        for day, view in side.seen.items():
            more = view.routine - usual.seen[day].routine
            rows = hostile(view)
            assert not more[[row for row in range(1, len(view.moves)) if row not in rows]].any()
            factor = np.exp(more[rows, :runs])
            hot = factor[0] > 1
            one_of_two = np.broadcast_to(np.where(hot, multiplier * calm, calm), factor.shape)
            np.testing.assert_allclose(factor, one_of_two, rtol=1e-3)
            weeks[day // 7] = hot
        by_week.append(weeks)
    for week in set(by_week[0]) & set(by_week[1]):
        np.testing.assert_array_equal(by_week[0][week], by_week[1][week])  # shared by both
    hot = np.array([by_week[0][week] for week in sorted(by_week[0])])
    # Weeks of a spell hang together: at most the variance of as many spells.
    error = np.sqrt(2 * length * share * (1 - share) / hot.size)
    assert abs(hot.mean() - share) < 4 * error
    begins = hot[1:] & ~hot[:-1]
    spells = hot[1:].sum() / begins.sum()  # some follow on another without a calm week
    assert abs(spells / (length / (1 - start)) - 1) < 0.05


def test_severities_are_lognormal_with_the_mean_of_the_uniform_ones() -> None:
    n = 2**18
    uniforms = ((np.arange(n) + 0.5) / n).astype(np.float32)
    mean = np.broadcast_to(np.float32(0.3), (n,))
    counts, low, high = poisson_counts(uniforms, mean)
    for count in (1, 2):
        those = np.flatnonzero(counts == count)
        left = rest(uniforms[those], low[those], high[those])
        two, eight = np.full(those.size, 2, np.float32), np.full(those.size, 8, np.float32)
        for sigma in (0.4, 0.8):
            heavy = severities(
                left, counts[those], two, eight, np.full(those.size, sigma, np.float32)
            )
            assert abs(heavy.mean() / (5 * count) - 1) < 0.02
            if count == 1:
                logs = np.log(heavy)
                assert abs(logs.std() - sigma) < 0.01 * sigma + 0.003
                assert abs(logs.mean() - (np.log(5) - sigma**2 / 2)) < 0.01
    # Without a number it is uniform, bit for bit, beside others that are not.
    sigma = np.where(np.arange(n) % 2, 0.5, np.nan).astype(np.float32)
    one, few = np.ones(n, np.int8), np.full(n, 2, np.float32)
    mixed = severities(uniforms, one, few, 4 * few, sigma)
    plain = severities(uniforms, one, few, 4 * few)
    np.testing.assert_array_equal(mixed[::2], plain[::2])
    assert (mixed[1::2] != plain[1::2]).mean() > 0.99
    top = np.array([0, 1 - 2.0**-24], np.float32)
    ends = severities(top, one[:2], few[:2], few[:2], np.full(2, 0.8, np.float32))
    assert np.isfinite(ends).all()


def test_a_meeting_makes_the_next_less_urgent(tmp_path: Path) -> None:
    relief = "talks: {summit_relief: 1.5, summit_relief_half_life: 26 weeks}"
    us, _ = seen(scenario(tmp_path, relief, DATED + "  - {date: 2021-03-03, move: summit}"))
    met = 42  # day of the term
    for day, view in us.seen.items():
        (row,) = view.shifts
        assert view.moves[row] == "propose_summit"
        # It fades at the table, on day 5 of each week.
        faded = (day - 6) // 7 - (met - 6) // 7
        expected = -1.5 * 0.5 ** (faded / 26)
        np.testing.assert_allclose(view.shifts[row], expected, rtol=2e-2)


@pytest.mark.slow
def test_narrower_meetings(tmp_path: Path) -> None:
    relief = "talks: {summit_relief: 1.5, summit_relief_half_life: 52 weeks}"
    wide = simulate(load(BASE), runs=2048, draws=64).quantities["leaders_meetings"]
    narrow = simulate(scenario(tmp_path, relief, whole=True), runs=2048, draws=64).quantities[
        "leaders_meetings"
    ]
    assert narrow.max() < wide.max()
    assert narrow.var() / narrow.mean() < 0.7 * wide.var() / wide.mean()


def test_chunks_side_by_side_are_as_each_alone(tmp_path: Path) -> None:
    asked = scenario(
        tmp_path,
        f"actors: {{US: {MOMENTUM}, RU: {MOMENTUM}}}",
        "bursts: {start: 0.05, multiplier: 6, length: 1.5 weeks}",
        "regions: {europe: {severity_sigma: 0.6}}",
        "talks: {summit_relief: 1, summit_relief_half_life: 26 weeks}",
    )
    plan = Plan(asked, seed=2, runs=128, runs_per_draw=1, width=64)
    both = simulate_chunks(plan, (0, 1))
    for chunk in (0, 1):
        (alone,) = simulate_chunks(plan, (chunk,))
        np.testing.assert_array_equal(alone.first_day, both[chunk].first_day)
        np.testing.assert_array_equal(alone.move_counts, both[chunk].move_counts)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("actors: {US: {momentum: 0.5}}", "momentum and momentum_half_life go together"),
        ("actors: {US: {momentum_reference: 0.5}}", "goes with momentum"),
        ("talks: {summit_relief: 0.5}", "summit_relief and summit_relief_half_life go together"),
        ("bursts: {start: 1.2, multiplier: 8, length: 1}", "bursts.start"),
        ("bursts: {start: 0.03, multiplier: 0, length: 1}", "bursts.multiplier"),
        ("regions: {europe: {severity_sigma: -1}}", "severity_sigma"),
    ],
)
def test_a_wrong_number_is_refused(tmp_path: Path, section: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario(tmp_path, section)
