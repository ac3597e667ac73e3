"""What the world throws at the dyad: collisions in regions, openings of issues; the ladder.

Collisions and shows of force may start a rise on the escalation ladder.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import simpy
from scipy.special import ndtri

from relsim.array_types import Bytes, Doubles, Floats, Integers
from relsim.processes.effects import Scene
from relsim.processes.making import feel
from relsim.worlds.clock import WEEK, YEARS_A_WEEK, Clock, Phase, day_after
from relsim.worlds.parameters import Derived, Parameters, at, keep
from relsim.worlds.randomness.streams import BELOW_ONE, rest
from relsim.worlds.worlds import Worlds

LEVELS = 24  # bits of a float32 uniform
MOST = 6  # events of one kind in one run and week; more has a chance below 1e-9 at two a year
NEARLY_ONE = np.float32(1 - 1e-6)
LEAST = np.float32(2.0 ** -(LEVELS + 1))  # chance of a further event that a uniform can resolve


class Events(NamedTuple):
    """Rare events of a week in a table of shape (rows, runs), row by row.

    Attributes
    ----------
    place : int64 (n,)
        Where each is in the flat table, rising.
    run : int64 (n,)
    counts : int8 (n,)
        At least one.
    uniforms, low, high : float32 (n,)
        The uniforms, and the parts of [0, 1) that belong to their counts.
    runs_by_row : list of int64 arrays
        `run`, cut where the rows end.
    """

    place: Integers
    run: Integers
    counts: Bytes
    uniforms: Floats
    low: Floats
    high: Floats
    runs_by_row: list[Integers]


def events(rows_of_uniforms: Iterable[Floats], means: Floats) -> Events:
    """Poisson events, from a row of uniforms for each row of means, shape (rows, runs).

    As exp(−m) ≥ 1 − m, only runs with uniform + m ≥ 1 can have any: few, and the chances are worked
    out for these alone.
    """
    rows, width = means.shape
    places, some = [], []
    for row, (of_row, mean) in enumerate(zip(rows_of_uniforms, means, strict=True)):
        runs = np.flatnonzero(of_row + mean >= NEARLY_ONE)
        places.append(runs + row * width)
        some.append(of_row[runs])
    place, uniforms = np.concatenate(places), np.concatenate(some)
    counts, low, high = poisson_counts(uniforms, means.take(place))
    found = np.flatnonzero(counts > 0)
    place = place[found]
    run = place % width
    ends = np.searchsorted(place, width * np.arange(rows + 1)).tolist()
    runs_by_row = [run[first:end] for first, end in pairwise(ends)]
    return Events(place, run, counts[found], uniforms[found], low[found], high[found], runs_by_row)


def poisson_counts(uniforms: Floats, mean: Floats) -> tuple[Bytes, Floats, Floats]:
    """Poisson counts by the inverse distribution function.

    Parameters
    ----------
    uniforms : float32, (n,)
        Uniforms.
    mean : float32, () or (n,)
        Of the Poisson distribution.

    Returns
    -------
    counts : int8, (n,)
        At most `MOST`, and no more than a uniform can resolve: where a further event has a
        smaller chance than half the step between two uniforms, rounding must not make it happen.
    low, high : float32, (n,)
        The part of [0, 1) that belongs to each count.
    """
    term = np.broadcast_to(np.exp(-mean), uniforms.shape)
    low, high = np.zeros_like(uniforms), term.copy()
    counts = np.zeros(uniforms.shape, dtype=np.int8)
    for number in range(1, MOST + 1):
        term = term * mean / np.float32(number)
        more = np.flatnonzero((uniforms >= high) & ((term > LEAST) | (mean > number)))
        if not more.size:
            break
        counts[more] = number
        low[more] = high[more]
        high[more] += term[more]
    high[(counts == MOST) | (uniforms >= high)] = 1  # nothing is left to a higher count
    return counts, low, high


def severities(
    uniforms: Floats, counts: Bytes, low: Floats, high: Floats, sigma: Floats | None = None
) -> Floats:
    """Sum of the severities of `counts` ≥ 1 collisions, from one uniform a run.

    Severities are uniform between `low` and `high`, or where `sigma` is a number lognormal with the
    same mean: (low + high) / 2 · exp(σ z − σ² / 2), z standard normal.

    Two collisions in one region and week are rare; they share the bits of the uniform, half of
    them each, so that they stay independent and no further draw is needed.
    """
    part = uniforms.copy()
    several = np.flatnonzero(counts > 1)
    part[several] = shared(uniforms[several], counts[several])
    total = counts * low + part * (high - low)
    if sigma is not None:
        heavy = np.flatnonzero(~np.isnan(sigma))
        s, mean = sigma[heavy].astype(np.float64), (low[heavy] + high[heavy]) / 2
        factors = sum(
            np.where(
                counts[heavy] > number, np.exp(s * ndtri(np.minimum(one, BELOW_ONE)) - s * s / 2), 0
            )
            for number, one in enumerate(separate(uniforms[heavy], counts[heavy]))
        )
        total[heavy] = mean * factors
    return total


def scaled(uniforms: Floats, sigma: Doubles) -> Doubles:
    """Lognormal numbers of mean 1."""
    z = ndtri(np.minimum(uniforms, BELOW_ONE).astype(np.float64))
    result: Doubles = np.exp(sigma * z - sigma * sigma / 2)
    return result


def shared(uniforms: Floats, counts: Bytes) -> Floats:
    """Sum of as many uniforms as each count says, from the bits of one.

    What a count of two leaves of its uniform has some 13 bits of its own. Bits beyond are
    those of a quotient by the count's chance, which makes them even, chance by chance anew.
    """
    total = np.zeros(uniforms.shape, dtype=np.float32)
    for number, one in enumerate(separate(uniforms, counts)):
        total += np.where(counts > number, one, 0)
    return total


def separate(uniforms: Floats, counts: Bytes) -> Iterator[Floats]:
    """As many uniforms as the largest count says, from the bits of one, each in a part of them."""
    bits = LEVELS // counts.astype(np.int64)
    levels = (2.0**bits).astype(np.float32)
    words = (uniforms * np.float32(2**LEVELS)).astype(np.int64)
    for _ in range(int(counts.max(initial=0))):
        yield ((words & ((1 << bits) - 1)) + 0.5).astype(np.float32) / levels
        words >>= bits


def collisions(worlds: Worlds, clock: Clock, scene: Scene) -> Generator[simpy.Event, None, None]:
    """Collisions in each region: self-exciting Poisson processes on a weekly grid.

    The rate is the base rate plus what earlier collisions left (Hawkes 1971, Biometrika 58:83);
    a collision hurts both sides by a share of its severity and enters the flow once.
    """
    regions, width = worlds.stage.regions, worlds.width
    streams = [worlds.streams.stream(f"collisions {name}", "count") for name in regions]
    usual = Derived(
        worlds.parameters, lambda p: _rows(p, "regions", regions, "rate", width) * YEARS_A_WEEK
    )

    def excitation(parameters: Parameters) -> tuple[Floats, Floats]:
        half_life = _rows(parameters, "regions", regions, "excitation_half_life", width)
        left = keep(half_life, 1)
        share = _rows(parameters, "regions", regions, "excitation", width)
        # So scaled that one collision is followed by `excitation` others in all.
        return left, share * (1 - left) / (left * YEARS_A_WEEK)

    derived = Derived(worlds.parameters, excitation)
    harm = Derived(worlds.parameters, lambda p: Harm.of(p, regions, width))
    for day in clock.every(WEEK) if regions else ():
        yield clock.until(day, Phase.WORLD)
        left, jump = derived()
        worlds.excitement *= left
        if not clock.after_known(day):
            continue
        means = worlds.excitement * YEARS_A_WEEK
        means += usual()
        found = events((row.uniforms(clock.now) for row in streams), means)
        worlds.excitement.reshape(-1)[found.place] += found.counts * jump.take(found.place)
        collide(scene, found, harm(), day)


class Harm(NamedTuple):
    """What collisions do, by region; each of shape (regions, runs)."""

    severity_low: Floats
    severity_high: Floats
    felt: Floats
    severity_sigma: Floats | None

    @classmethod
    def of(cls, parameters: Parameters, regions: Sequence[str], width: int) -> "Harm":
        """As the parameters have it; a region without a sigma has NaN, all without it none."""
        low, high, felt = (
            _rows(parameters, "regions", regions, name, width)
            for name in ("severity_low", "severity_high", "felt")
        )
        none = np.full((), np.nan, np.float32)
        given = [parameters.get(f"regions.{name}.severity_sigma", none) for name in regions]
        rows = [np.broadcast_to(sigma, (width,)) for sigma in given]
        lognormal = any(f"regions.{name}.severity_sigma" in parameters for name in regions)
        return cls(low, high, felt, np.stack(rows) if lognormal else None)


def collide(scene: Scene, found: Events, harm: Harm, day: int) -> None:
    """Let the sides collide; a run may do so in several regions on one day."""
    worlds = scene.worlds
    low, high, felt = (table.take(found.place) for table in harm[:3])
    sigma = None if harm.severity_sigma is None else harm.severity_sigma.take(found.place)
    uniforms = rest(found.uniforms, found.low, found.high)
    severity = severities(uniforms, found.counts, low, high, sigma)
    np.subtract.at(worlds.flow, found.run, severity)
    np.add.at(worlds.incidents[1], found.run, found.counts.astype(np.float32))
    hurt = np.zeros(worlds.width, dtype=np.float32)
    np.add.at(hurt, found.run, felt * severity)
    idx = np.flatnonzero(hurt > 0)
    for actor in range(len(worlds.stage.actors)):
        feel(worlds, actor, -hurt[idx], idx, day)
    end = 0
    for region, runs in zip(worlds.stage.regions, found.runs_by_row, strict=True):
        first, end = end, end + runs.size
        scene.record.happened("collision", None, runs, day, region, value=severity[first:end])


def dated_collision(
    scene: Scene, region: str, severity: float, idx: Integers, day: int, actor: str | None = None
) -> None:
    """A collision of known severity in the runs idx, as if chance had brought it.

    With an actor it is force that this side used against a third party: the other side alone
    remembers it.
    """
    worlds = scene.worlds
    stage, parameters = worlds.stage, worlds.parameters
    worlds.flow[idx] -= np.float32(severity)
    worlds.incidents[1, idx] += 1
    path = f"regions.{region}"
    left = keep(parameters[f"{path}.excitation_half_life"], 1)
    jump = parameters[f"{path}.excitation"] * (1 - left) / (left * YEARS_A_WEEK)
    worlds.excitement[stage.regions.index(region), idx] += at(jump, idx)
    hurt = at(parameters[f"{path}.felt"], idx) * np.float32(severity)
    for number, name in enumerate(stage.actors):
        if name != actor:
            feel(worlds, number, np.broadcast_to(-hurt, idx.shape), idx, day)
    value = np.full(idx.size, severity, dtype=np.float32)
    scene.record.happened("collision", actor, idx, day, region, value=value)


def bursts(worlds: Worlds, clock: Clock) -> Generator[simpy.Event, None, None]:
    """Hot weeks that both sides share, once a week: hostile routine rates × m c, else × c.

    A week that belongs to no hot spell begins one with chance s; a spell lasts l weeks on average,
    one of the two whole numbers next to l. A share h = s l / (s l + 1 − s) of weeks is hot in the
    long run, and c = 1 / (1 + h (m − 1)) keeps the mean rate as it was.
    """
    stream = worlds.streams.stream("bursts", "start, then length")

    def factors(parameters: Parameters) -> tuple[Floats, ...]:
        start, m = parameters["bursts.start"], parameters["bursts.multiplier"]
        length = np.maximum(parameters["bursts.length"], np.float32(1))
        hot = start * length / (start * length + 1 - start)
        calm = -np.log1p(hot * (m - 1))
        return start, length, calm, calm + np.log(m)

    derived = Derived(worlds.parameters, factors)
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.CALENDAR)
        start, length, in_calm, in_hot = derived()
        uniforms = stream.uniforms(clock.now)
        begun = np.flatnonzero((worlds.hot_until <= day) & (uniforms < start))
        weeks = at(length, begun)
        whole = np.floor(weeks)
        more = rest(uniforms[begun], 0, at(start, begun)) < weeks - whole
        worlds.hot_until[begun] = day_after(day, whole + more)
        worlds.heat[:] = np.where(worlds.hot_until > day, in_hot, in_calm)


def openings(worlds: Worlds, clock: Clock, scene: Scene) -> Generator[simpy.Event, None, None]:
    """Shared issues open chances to work together, which fade."""
    names, width = worlds.stage.issues, worlds.width
    stream = worlds.streams.stream("openings", "count", rows=len(names))
    at_start = worlds.streams.stream("openings", "at start", rows=len(names))

    def fading(parameters: Parameters) -> tuple[Floats, Floats]:
        half_life = _rows(parameters, "issues", names, "opening_half_life", width)
        rate = _rows(parameters, "issues", names, "opening_rate", width)
        return keep(half_life, 1), rate * YEARS_A_WEEK

    derived = Derived(worlds.parameters, fading)
    left, mean = derived()
    # As many as are open on average: the stakes were there before the term began.
    found = events(np.atleast_2d(at_start.uniforms(clock.now)), mean / (1 - left))
    worlds.openings.reshape(-1)[found.place] = found.counts
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.WORLD)
        left, mean = derived()
        worlds.openings *= left
        found = events(np.atleast_2d(stream.uniforms(clock.now)), mean)
        worlds.openings.reshape(-1)[found.place] += found.counts
        for name, runs in zip(names, found.runs_by_row, strict=True):
            scene.record.happened("opening", None, runs, day, name)


def _rows(
    parameters: Parameters, group: str, names: Sequence[str], path: str, width: int
) -> Floats:
    """One parameter of each entry of a group, shape (entries, runs)."""
    return parameters.rows([f"{group}.{name}.{path}" for name in names], width)


def ladder(
    worlds: Worlds, clock: Clock, scene: Scene, top: int
) -> Generator[simpy.Event, None, None]:
    """Once a week a run climbs one rung, falls one, or stays; the top is absorbing.

    Chance up: (posture chance · postures + collision chance · collisions + momentum if above
    rung 0) · harder^rung; chance down above rung 0: settling.
    """
    stream = worlds.streams.stream("ladder", "rung")
    own = Derived(worlds.parameters, lambda parameters: parameters.under("ladder"))
    for day in clock.every(WEEK, first=WEEK - 1):
        yield clock.until(day, Phase.WORLD)
        p, rung = own(), worlds.rung
        moving = (worlds.incidents[0] > 0) | (worlds.incidents[1] > 0)
        moving |= rung > 0
        moving &= rung < top
        idx = np.flatnonzero(moving)
        postures, hits = worlds.incidents[0, idx], worlds.incidents[1, idx]
        worlds.incidents[:] = 0
        if not clock.after_known(day):
            continue
        step = rung[idx].astype(np.float32)
        above = step > 0
        up = at(p["posture_chance"], idx) * postures + at(p["collision_chance"], idx) * hits
        up = up + at(p["momentum"], idx) * above
        up = np.minimum(up, 1) * at(p["harder"], idx) ** step
        down = at(p["settling"], idx) * above
        u = stream.uniforms(clock.now)[idx]
        risen, fallen = idx[u < up], idx[(u >= up) & (u >= 1 - down)]
        worlds.rung[risen] += 1
        worlds.rung[fallen] -= 1
        for kind, idx in (("ladder_rise", risen), ("ladder_fall", fallen)):
            reached = rung[idx]
            for level in sorted(set(reached.tolist())):
                scene.record.happened(kind, None, idx[reached == level], day, str(level))
