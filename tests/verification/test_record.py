"""A record that all runs make, against a run that made the same moves by itself.

Where nothing but the actors' moves differs between the two (no collisions, no talks), what a side
sees before the first move of a day is the same to the bit, so each first move must have had the
same probability.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from relsim import Scenario, load, simulate
from relsim.processes.effects import MASS
from relsim.runs.driven import Driven, RecordedMove, drive
from tests.properties.comparing import shortened

QUIET = """\
schema: relsim/1
extends: us-russia-2021
name: quiet
horizon: {known_until: 2021-01-21, count_from: 2021-01-22}
calendar: []
regions: null
actors: {US: {review_every: 1 day, first_review: 0}, RU: {review_every: 1 day, first_review: 0}}
moves:
  propose_talks: {rate: {US: 0 per year, RU: 0 per year}}
  propose_summit: {rate: {US: 0 per year, RU: 0 per year}}
"""
RUN = 5
SIZE = {"runs": 64, "draws": 64, "seed": 3}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    file = tmp_path_factory.mktemp("record") / "quiet.yaml"
    file.write_text(QUIET, "utf-8")
    return shortened(load(file), "2022-12-31")


def own_moves(scenario: Scenario) -> tuple[list[RecordedMove], list[float]]:
    """What the actors of one run did, and how likely its log says that each was."""
    sample = simulate(scenario, **SIZE).sample  # type: ignore[arg-type]
    log, words = sample.log[sample.log["run"] == RUN], sample.words
    record: list[RecordedMove] = []
    for row in log[~np.isnan(log["probability"])]:
        kind, when = words.kinds[row["kind"]], scenario.date_of(int(row["day"]))
        size = (MASS if row["value"] else 1) if kind == "expel_diplomats" else None
        record.append((when, words.actors[row["actor"]], kind, size, None))
    return record, log["probability"][~np.isnan(log["probability"])].tolist()


def first_of_day(record: list[RecordedMove]) -> list[int]:
    """Places of moves before which nothing happened on their day."""
    return [n for n, one in enumerate(record) if not n or record[n - 1][0] < one[0]]


def deviations(record: list[RecordedMove], logged: list[float], found: Driven) -> list[float]:
    """How far the log of each probability is from the log's own."""
    return [
        abs(float(np.log(found.probability[place, RUN] / logged[place])))
        for place in first_of_day(record)
    ]


def test_a_run_led_along_its_own_moves_finds_them_as_likely(quiet: Scenario) -> None:
    record, logged = own_moves(quiet)
    assert len(record) > 15
    found = drive(quiet, record, **SIZE)  # type: ignore[arg-type]
    assert found.made[:, RUN].all()
    assert max(deviations(record, logged, found)) < 1e-4


@pytest.mark.slow
def test_a_planted_delay_of_days_would_be_seen(quiet: Scenario) -> None:
    record, logged = own_moves(quiet)
    late = [(when + timedelta(days=20), *rest) for when, *rest in record[:15]]
    found = drive(quiet, late, **SIZE)  # type: ignore[arg-type]
    assert max(deviations(late, logged, found)) > 0.01


@pytest.mark.slow
def test_moves_are_as_many_as_the_chances_of_none_let_expect(quiet: Scenario) -> None:
    """Along its own path a run makes, within chance, the moves that each day let it expect."""
    record, _ = own_moves(quiet)
    expected = -drive(quiet, record, **SIZE).log_none[:, :, RUN].sum(axis=0)  # type: ignore[arg-type]
    for actor, name in enumerate(quiet.actors):
        # Those that nobody can make twice a day, and answers, are a little fewer than expected.
        made = sum(who == name for _, who, *_ in record)
        assert abs(made - expected[actor]) < 3.5 * np.sqrt(expected[actor])
