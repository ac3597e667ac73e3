"""Whether a peer simulates the same model as relsim: a comparison within each draw of parameters.

Both simulate the same draws. For each statistic the peer's mean over the runs of a draw is taken
from relsim's; what differs between draws cancels, and the differences, one a draw and
independent, have mean zero if the models are the same. So z = mean / (sd / √draws). Where so few
runs count that a normal law is doubtful, Fisher's exact test on the pooled runs is taken instead
(conservative, since draws are alike in both). The significance level is shared by all statistics
of a peer (Bonferroni), so that the whole check is wrong once in a hundred times.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

import relsim
from benchmarks.peers.catalogue import ACTORS, DAYS, JOINT, MOVES, SCENARIO
from benchmarks.peers.record import OUTCOMES, PROBES, QUANTITIES

LEVEL = 0.01  # chance that a correct peer is refused
FEWEST = 100  # hits in both together; below, the exact test
DATED = (
    "signs_of_detente",
    "detente",
    "late_detente",
    "freeze",
    "mixed_relations",
    "new_arms_control_agreement",
    "colour_revolution_attempt",
    "nord_stream_2_completed",
)
PROBE_CONDITIONS = (
    {"happened": {"deed": "summit_with_document"}},
    {"happened": {"deed": "mass_expulsion"}},
    {"happened": {"deed": "treaty_exit_notice"}},
    {"happened": {"deed": "talks_opened"}},
    {"happened": {"deed": "talks_broken_down"}},
    {"weeks": {"series": "rung", "at_least": 1}},
    {"weeks": {"series": "rung", "at_least": 3}},
    {"weeks": {"series": "rung", "at_least": 1, "in_last": "1 week"}},
    {"happened": {"deed": "arms_text", "in_last": "52 weeks"}},
)
MOMENTS = ("index_at_end", "weeks_below_zero", "flow_of_year.1", "flow_of_year.4")
KEPT = tuple(name for name in QUANTITIES if name not in ("leaders_meetings", "agreements"))


@dataclass(frozen=True)
class ByDraw:
    """Means of each statistic over the runs of each draw, float64 (draws,)."""

    runs_per_draw: int
    means: dict[str, np.ndarray]
    shares: frozenset[str]  # statistics that are 0 or 1 in a run


@dataclass(frozen=True)
class Line:
    """One statistic, compared."""

    name: str
    relsim: float
    peer: float
    error: float
    z: float
    p: float


def by_draw(runs_per_draw, days, counts, values):
    """Statistics by draw, of days (outcome, run), counts {name: (draws,)}, values {name: (run,)}.

    Runs stand in the order of their draws.
    """

    def mean(x):
        return np.asarray(x, np.float64).reshape(-1, runs_per_draw).mean(axis=1)

    names = OUTCOMES + PROBES
    means = {name: mean(column >= 0) for name, column in zip(names, days, strict=True)}
    shares = frozenset(means)
    for name in DATED:
        column = days[names.index(name)]
        means[f"day: {name}"] = mean(np.where(column >= 0, column, DAYS))
    means |= counts
    means |= {name: mean(values[name]) for name in KEPT}
    means |= {f"square: {name}": mean(np.square(values[name], dtype=float)) for name in MOMENTS}
    return ByDraw(runs_per_draw, means, shares)


def of_relsim(draws, runs_per_draw, seed=1):
    """relsim's own statistics."""
    scenario = SCENARIO
    for number, when in enumerate(PROBE_CONDITIONS):
        scenario = scenario.with_outcome(f"probe_{number}", when)
    ensemble = relsim.simulate(scenario, runs=draws * runs_per_draw, draws=draws, seed=seed)
    order = np.argsort(ensemble.draw_of_run, kind="stable")
    days = [ensemble.days(name)[order] for name in OUTCOMES]
    days += [ensemble.days(f"probe_{number}")[order] for number in range(len(PROBES))]
    moves = ensemble.move_counts / runs_per_draw
    counts = {
        f"{actor} {move}": moves[:, a, m]
        for a, actor in enumerate(ACTORS)
        for m, move in enumerate(MOVES[1:], start=1)
    }
    joint = ensemble.joint_counts / runs_per_draw
    counts |= {name: joint[:, k] for k, name in enumerate(JOINT)}
    values = {name: column[order] for name, column in ensemble.quantities.items()}
    return by_draw(runs_per_draw, days, counts, values)


def of_peer(results):
    """The statistics of a peer."""
    width = results.runs_per_draw
    moves = results.counts.reshape(-1, width, 2, len(MOVES)).mean(axis=1)
    joint = results.joint.reshape(-1, width, len(JOINT)).mean(axis=1)
    counts = {
        f"{actor} {move}": moves[:, a, m]
        for a, actor in enumerate(ACTORS)
        for m, move in enumerate(MOVES[1:], start=1)
    }
    counts |= {name: joint[:, k] for k, name in enumerate(JOINT)}
    values = dict(zip(QUANTITIES, results.values.T, strict=True))
    return by_draw(width, list(results.days.T), counts, values)


def compared(reference, peer):
    """One line a statistic; both must be of the same draws."""
    lines = []
    for name, ours in reference.means.items():
        theirs = peer.means[name]
        apart = theirs - ours
        error = apart.std(ddof=1) / np.sqrt(apart.size)
        z = apart.mean() / error if error else 0.0
        p = 2 * stats.norm.sf(abs(z))
        if name in reference.shares:
            runs = np.array([ours.size * reference.runs_per_draw, ours.size * peer.runs_per_draw])
            hits = np.rint(runs * [ours.mean(), theirs.mean()]).astype(int)
            if min(hits.sum(), (runs - hits).sum()) < FEWEST:
                p = stats.fisher_exact([hits, runs - hits]).pvalue
        lines.append(Line(name, ours.mean(), theirs.mean(), error, z, p))
    return lines


def refused(lines, level=LEVEL):
    """The lines that no chance of `level` in all explains."""
    return [line for line in lines if line.p < level / len(lines)]


def table(lines):
    """The comparison as text; lines beyond the limit are marked."""
    limit = stats.norm.isf(LEVEL / len(lines) / 2)
    beyond = {line.name for line in refused(lines)}
    rows = [f"{'':<32}{'relsim':>10}{'peer':>10}{'± 1 se':>9}{'z':>7}"]
    rows += [
        f"{line.name:<32}{line.relsim:10.4f}{line.peer:10.4f}{line.error:9.4f}{line.z:7.2f}"
        + ("  <-- refused" if line.name in beyond else "")
        for line in lines
    ]
    worst = max(lines, key=lambda line: -line.p)
    rows.append(
        f"{len(lines)} statistics, largest |z| {abs(worst.z):.2f} ({worst.name}); a correct peer "
        f"stays within {limit:.2f} in {1 - LEVEL:.0%} of checks"
    )
    return "\n".join(rows)
