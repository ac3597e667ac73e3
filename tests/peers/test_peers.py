"""The peers of the benchmarks simulate relsim's model, and the check that says so can fail."""

import json
import random

import numpy as np
import pytest

from benchmarks import against_peers
from benchmarks.peers import simpy_peer
from benchmarks.peers.agreement import ByDraw, compared, refused
from benchmarks.peers.catalogue import SCENARIO, check_structure
from benchmarks.peers.check import checked
from benchmarks.peers.parameters import draw_records, plain
from benchmarks.peers.planted import ERRORS
from benchmarks.peers.record import OUTCOMES

NAMED = (
    "debts do not push (kappa dropped)",
    "agreement and breakdown swapped",
    "memory half-life doubled",
)


def test_the_peers_follow_the_baseline():
    check_structure()
    assert tuple(SCENARIO.outcomes) == OUTCOMES


def test_mesa_simulates_the_histories_of_simpy():
    mesa_peer = pytest.importorskip("benchmarks.peers.mesa_peer", exc_type=ImportError)
    for seed, draw in enumerate(plain(*draw_records(16))):
        generators = random.Random(seed), np.random.default_rng(seed)
        assert mesa_peer.history(*draw, seed) == simpy_peer.history(*draw, *generators)


def test_agentpy_simulates_the_histories_of_simpy():
    agentpy_peer = pytest.importorskip("benchmarks.peers.agentpy_peer", exc_type=ImportError)
    draws = plain(*draw_records(16))
    for seed, draw in enumerate(draws):
        first = random.Random(seed)  # it seeds AgentPy's second generator
        generators = first, np.random.default_rng(first.getrandbits(128))
        assert agentpy_peer.history(draws, seed, seed) == simpy_peer.history(*draw, *generators)


def by_draw(mean, runs_per_draw, seed):
    """Shares of runs with a chance `mean` that differs from draw to draw."""
    chances = np.clip(mean + np.linspace(-0.2, 0.2, 500), 0, 1)
    hits = np.random.default_rng(seed).binomial(runs_per_draw, chances)
    return ByDraw(runs_per_draw, {"hit": hits / runs_per_draw}, frozenset({"hit"}))


def test_the_comparison_is_within_draws():
    ours, same, shifted = by_draw(0.5, 64, 1), by_draw(0.5, 16, 2), by_draw(0.53, 16, 3)
    # Draws alone spread the share by 0.12: without pairing the error would be 0.007 at least.
    (line,) = compared(ours, same)
    assert line.error == pytest.approx(np.sqrt(0.24 / 500 * (1 / 64 + 1 / 16)), rel=0.1)
    assert abs(line.z) < 3
    assert not refused([line])
    assert refused(compared(ours, shifted))


def test_rare_outcomes_are_compared_exactly():
    few = np.zeros(500)
    few[0] = 1 / 16  # one hit in 8,000 runs against none in 32,000: a normal law is no guide
    rare = ByDraw(16, {"hit": few}, frozenset({"hit"}))
    never = ByDraw(64, {"hit": np.zeros(500)}, frozenset({"hit"}))
    (line,) = compared(never, rare)
    assert line.p == pytest.approx(0.2)


def test_what_is_reported(capsys):
    times = {
        "relsim": ([2.0, 1.0, 4.0], [2.0, 1.0, 4.0]),
        "simpy": ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]),
    }
    against_peers.report_all(times)
    ours, its = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (ours["peer"], ours["ratio_to_relsim"], ours["goal"]) == ("relsim", 1, None)
    assert its["benchmark"] == "peers"
    assert its["runs_per_second"] == its["runs"] == 16 * 32
    assert its["ratio_to_relsim"] == pytest.approx(1_024 / 16 / 2)
    assert its["goal"] == 100


@pytest.mark.slow
def test_simpy_agrees_with_relsim():
    assert refused(checked("simpy")) == []


@pytest.mark.slow
@pytest.mark.parametrize("error", NAMED)
def test_an_error_planted_in_simpy_is_seen(error):
    assert refused(checked("simpy", ERRORS[error], runs_per_draw=2))


@pytest.mark.slow
def test_numba_agrees_with_relsim_and_planted_errors_are_seen():
    pytest.importorskip("numba")
    assert refused(checked("numba")) == []
    unseen = [
        name for name, plant in ERRORS.items()
        if not refused(checked("numba", plant))
    ]  # fmt: skip
    assert unseen == []
