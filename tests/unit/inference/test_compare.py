"""Variants against a baseline: the same random streams and bits, differences that add up."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import FrozenInstanceError, replace
from functools import cache, partial
from pathlib import Path

import pytest

import relsim
from relsim.ensemble.data import stratified
from relsim.errors import UnknownName, UsageError
from relsim.estimates.probability import difference
from relsim.inference import paired_runs as paired
from relsim.inference.compare import compare as comparing
from relsim.inference.compare.attribution import ONE_AT_A_TIME, SHAPLEY, Attribution
from relsim.inference.compare.compare import Comparison, Variant
from relsim.inference.compare.table import part_table
from relsim.runs import jobs as many
from relsim.scenario.diff import lines_of
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan, simulate
from tests import remembering
from tests.properties.comparing import OF_A_SHORT_TERM, SIMULATE_CHUNKS, narrow, shortened

BASELINE = "us-russia-2021"
PRESSURE, SUMMIT = f"{BASELINE}-maximum-pressure", f"{BASELINE}-early-summit"
LONG = f"{BASELINE}-20y"
OTHERS = (BASELINE, LONG, f"{BASELINE}-prior", "us-russia-1993")
VARIANTS = [name for name in packaged() if name not in OTHERS]
RUNS, DRAWS = 256, 128
END = "2021-09-01"


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch, remembered: None) -> None:
    """Chunks as narrow as a small ensemble, and attributions of fewer runs than that."""
    monkeypatch.setattr(paired, "Plan", partial(Plan, width=RUNS))
    monkeypatch.setattr(comparing, "ATTRIBUTED", RUNS // 2)


@cache
def short(name: str) -> Scenario:
    """A packaged scenario until September 2021: a sixth of the weeks."""
    scenario = load(name)
    early = tuple(entry for entry in scenario.calendar if str(entry.date) < END)
    return shortened(scenario.model_copy(update={"calendar": early}), END)


@cache
def compared(*names: str) -> Comparison:
    """Compared once for all tests; many at once are not taken apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paired, "Plan", partial(Plan, width=RUNS))
        patch.setattr(comparing, "ATTRIBUTED", RUNS // 2)
        return relsim.compare(
            short(BASELINE), *map(short, names), runs=RUNS, draws=DRAWS, attribution=len(names) < 4
        )


def attributions(found: Comparison) -> list[Attribution]:
    parts = [c.attribution for v in found.variants.values() for c in v.outcomes.values()]
    return [part for part in parts if part is not None]


def test_two_files_of_one_scenario_differ_by_exactly_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its words: it is zero everywhere, and no line is found."""
    monkeypatch.setattr(SIMULATE_CHUNKS, remembering.simulate_chunks)  # each is simulated
    file = tmp_path / "again.yaml"
    file.write_text(
        f"extends: {BASELINE}\ntitle: The same\nactors: {{US: {{stake: {{why: x}}}}}}\n", "utf-8"
    )
    found = relsim.compare(short(BASELINE), shortened(load(file), END), runs=RUNS, draws=DRAWS)
    variant = found.variants["again"]
    assert variant.lines == ()
    for contrast in variant.outcomes.values():
        assert (contrast.difference.value, contrast.difference.flips) == (0.0, 0)
        assert contrast.baseline == contrast.variant
        assert contrast.difference.mc_error > 0
        assert contrast.attribution is None
    assert "again: nothing differs" in str(found)


def test_it_is_the_difference_of_two_ensembles(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the other road: two ensembles of `simulate`."""
    narrow(monkeypatch, RUNS)
    usual, changed = (simulate(short(which), RUNS, DRAWS) for which in (BASELINE, PRESSURE))
    for outcome, contrast in compared(PRESSURE).variants[PRESSURE].outcomes.items():
        assert contrast.baseline == usual.probability(outcome)
        assert contrast.variant == changed.probability(outcome)
        assert contrast.difference == difference(
            changed.happened(outcome), usual.happened(outcome), usual.draw_of_run,
            usual.runs_per_batch,
            parameters=stratified(usual.scenario, usual.seed, usual.draws),
        )  # fmt: skip


def unsaved(found: Comparison) -> list[tuple[str, str]]:
    """Where pairing saved nothing though there are runs enough to tell."""
    return [
        (name, outcome)
        for name, variant in found.variants.items()
        for outcome, contrast in variant.outcomes.items()
        if contrast.baseline.resolved
        and contrast.variant.resolved
        and not (contrast.difference.variance_saved or 0) > 0
    ]


@pytest.mark.slow
def test_pairing_saves_variance_in_every_packaged_variant() -> None:
    found = compared(*VARIANTS)
    assert unsaved(found) == []
    assert str(found).count("Saved") > len(VARIANTS)


@pytest.mark.slow
def test_pairing_saves_variance_over_the_whole_term(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired, "Plan", Plan)
    found = relsim.compare(
        load(BASELINE), *map(load, VARIANTS), runs=8192, draws=512, attribution=False
    )
    assert unsaved(found) == []


def test_a_variant_that_is_not_paired_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted error: another seed for the variant saves nothing."""
    narrow(monkeypatch, RUNS)
    usual, other = (simulate(short(BASELINE), RUNS, DRAWS, seed) for seed in (1, 2))
    unpaired = [
        difference(other.happened(o), usual.happened(o), usual.draw_of_run, usual.runs_per_batch)
        for o in OF_A_SHORT_TERM
    ]
    assert any((found.variance_saved or 0) <= 0 for found in unpaired)
    assert sum((found.variance_saved or 0) > 0.5 for found in unpaired) <= 1


def test_shares_add_up_to_the_difference() -> None:
    found = compared(PRESSURE, f"{BASELINE}-war-scare")
    parts = attributions(found)
    assert len(parts) == 2 * len(OF_A_SHORT_TERM)
    for part in parts:
        assert part.method == SHAPLEY
        assert part.interaction is None
        assert sum(s.value for s in part.shares) == pytest.approx(part.difference.value, abs=1e-12)
        assert part.difference.n == RUNS // 2
        assert all(share.mc_error > 0 for share in part.shares)


def test_attributed_runs_are_the_first_of_the_ensemble() -> None:
    """At as many runs a draw, so that neither end of the difference is simulated again."""
    small = relsim.compare(short(BASELINE), short(PRESSURE), runs=RUNS // 2, draws=DRAWS // 2)
    for outcome, contrast in compared(PRESSURE).variants[PRESSURE].outcomes.items():
        assert contrast.attribution is not None
        assert contrast.attribution.difference == small[outcome].difference


@pytest.mark.slow
def test_many_lines_are_put_in_one_at_a_time() -> None:
    scenario = short(BASELINE)
    stakes = {f"actors.{actor}.{key}": 0.1 for actor in ("US", "RU")
              for key in ("stake", "belief_felt")}  # fmt: skip
    rates = {f"moves.{move}.rate.US": 3 for move in ("threaten", "criticize", "propose_talks")}
    variant = scenario.vary({**stakes, **rates})
    count = len(lines_of(scenario, variant))
    assert count == 7
    found = relsim.compare(scenario, variant, runs=RUNS, draws=DRAWS)
    for part in attributions(found):
        assert part.method == ONE_AT_A_TIME
        assert part.interaction is not None
        total = sum(s.value for s in part.shares) + part.interaction.value
        assert total == pytest.approx(part.difference.value, abs=1e-12)
    text = str(found)
    assert "interaction: what they do together beyond that" in text
    assert "Each line put in alone" in text


def test_lines_that_need_each_other_are_one_group() -> None:
    """A treaty's notice cannot go before the move that leaves it."""
    scenario = short(BASELINE)
    variant = scenario.vary(
        {"treaties.new_start.notice": None, "moves.leave_new_start": None, "actors.US.stake": 1}
    )
    found = relsim.compare(scenario, variant, runs=RUNS, draws=DRAWS)
    part = found["detente"].attribution
    assert [[line.path for line in group] for group in part.groups] == [
        ["actors.US.stake"],
        ["treaties.new_start.notice", "moves.leave_new_start"],
    ]
    assert (
        "notice of exit (New START) (taken away); with moves.leave_new_start (taken away)"
        in str(found)
    )


@pytest.mark.parametrize("workers", [2])
@pytest.mark.slow
def test_workers_change_nothing(workers: int) -> None:
    again = relsim.compare(short(BASELINE), short(SUMMIT), runs=RUNS, draws=DRAWS, workers=workers)
    assert again.variants[SUMMIT].outcomes == compared(SUMMIT).variants[SUMMIT].outcomes


# --- names, and what is refused ---------------------------------------------------------------


def test_one_variant_is_asked_for_outcomes_several_by_name() -> None:
    one, several = (
        compared(SUMMIT),
        compared(SUMMIT, f"{BASELINE}-war-scare", f"{BASELINE}-relief-offered", PRESSURE),
    )
    assert one["detente"].difference == one[SUMMIT]["detente"].difference
    assert isinstance(several[SUMMIT], Variant)
    assert several[SUMMIT]["detente"].difference == one["detente"].difference
    with pytest.raises(UnknownName, match="unknown outcome 'detent'; did you mean 'detente'"):
        one["detent"]
    with pytest.raises(UnknownName, match="unknown variant 'detente'"):
        several["detente"]


@pytest.mark.slow
def test_variants_without_a_name_of_their_own() -> None:
    scenario = short(BASELINE)
    varied = [scenario.vary({"actors.US.stake": stake}) for stake in (0.5, 1, 1, 1)]
    found = relsim.compare(scenario, *varied, scenario, runs=64, draws=64, attribution=False)
    assert list(found.variants) == [
        "actors.US.stake=0.5", "actors.US.stake=1", "actors.US.stake=1 (2)",
        "actors.US.stake=1 (3)", f"{BASELINE} (2)",
    ]  # fmt: skip
    assert all(c.attribution is None for v in found.variants.values() for c in v.outcomes.values())


def test_outcomes_that_are_not_asked_alike_are_left_out() -> None:
    scenario = short(BASELINE)
    variant = scenario.with_outcome(
        "detente", {"happened": {"deed": "summit", "until": "2021-08-01"}}
    ).with_outcome("early", {"happened": {"deed": "summit", "until": "2021-08-01"}})
    found = relsim.compare(scenario, variant, runs=64, draws=64).variants
    (only,) = found.values()
    assert only.left_out == ("detente", "early")
    assert "detente" not in only.outcomes
    assert len(only.outcomes) == len(OF_A_SHORT_TERM) - 1


def test_a_longer_term_is_compared_in_what_both_ask() -> None:
    """The term is then itself a line."""
    scenario = short(BASELINE)
    data = scenario.model_dump(mode="json", exclude_none=True)
    kept = {"nord_stream_2_completed": data["outcomes"]["nord_stream_2_completed"]}
    longer = type(scenario).model_validate(
        {**data, "horizon": {**data["horizon"], "end": "2021-12-31"}, "outcomes": kept,
         "headline": "nord_stream_2_completed", "forecasts": {}, "name": "longer"}
    )  # fmt: skip
    found = relsim.compare(scenario, longer, runs=64, draws=64)
    assert [str(line) for line in found.variants["longer"].lines] == [
        "horizon.end: 2021-09-01 → 2021-12-31"
    ]
    assert list(found.variants["longer"].outcomes) == ["nord_stream_2_completed"]
    assert found["nord_stream_2_completed"].difference.value >= 0
    assert "Not asked alike, and left out: detente" in str(found)


def test_what_cannot_be_compared() -> None:
    scenario = short(BASELINE)
    with pytest.raises(UsageError, match=f"{LONG} asks nothing that {BASELINE} asks: its outcomes"):
        relsim.compare(scenario, load(LONG))
    with pytest.raises(UsageError, match="needs a variant"):
        relsim.compare(scenario)
    with pytest.raises(UsageError, match="runs must be positive"):
        relsim.compare(scenario, short(SUMMIT), runs=0)


# --- the object -------------------------------------------------------------------------------


def test_it_is_frozen_prints_and_travels() -> None:
    found = compared(SUMMIT)
    with pytest.raises(FrozenInstanceError):
        found.baseline = load(SUMMIT)  # type: ignore[misc]
    assert repr(found) == (
        f"<Comparison of {BASELINE} with {SUMMIT}: 256 runs over 128 draws, seed 1>"
    )
    text = str(found)
    assert "calendar: 2021-04-20 US propose_summit (added)" in text
    assert "Shapley values over all combinations of the lines" in text
    assert max(map(len, text.splitlines())) < 170
    html = found._repr_html_()
    parts = part_table(found["detente"].attribution, {}).rows
    assert html.count("<tr>") == 1 + len(OF_A_SHORT_TERM) + 1 + len(parts)
    assert "propose_summit (added)" in html
    assert pickle.loads(pickle.dumps(found))["detente"].difference == found["detente"].difference


def test_a_frame_has_a_row_for_each_variant_and_outcome() -> None:
    found = compared(*VARIANTS)
    frame = found.to_dataframe()
    assert len(frame) == len(VARIANTS) * len(OF_A_SHORT_TERM)
    row = frame[(frame.variant == PRESSURE) & (frame.outcome == "detente")].iloc[0]
    contrast = found[PRESSURE]["detente"]
    assert row.difference == contrast.difference.value
    assert row.in_variant - row.baseline == pytest.approx(row.difference)
    assert (row.mc_low_90, row.mc_high_90) == contrast.difference.mc_interval_90


def test_a_run_that_failed_is_left_out_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = many.simulate_or_fail

    def spoilt(plan: Plan, chunks: Sequence[int], given: object) -> list[object]:
        results = usual(plan, chunks)
        if plan.scenario.name == SUMMIT and plan.runs == RUNS:
            first_day = results[0].first_day.copy()  # type: ignore[union-attr]
            first_day[:, :3] = -2
            results[0] = replace(results[0], first_day=first_day)  # type: ignore[arg-type]
        return list(results)

    monkeypatch.setattr(many, "simulate_or_fail", spoilt)
    found = relsim.compare(short(BASELINE), short(SUMMIT), runs=RUNS, draws=DRAWS)
    assert found["detente"].difference.n == RUNS - 3
    assert found["detente"].baseline.n == RUNS
    assert found.failed_runs == 3
    assert "3 runs failed" in str(found)
    part = found["detente"].attribution
    assert part.difference.n == RUNS // 2 - 3
    assert sum(s.value for s in part.shares) == pytest.approx(part.difference.value, abs=1e-12)
