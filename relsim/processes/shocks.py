"""What the world throws at the dyad: collisions in regions, openings of shared issues."""

from collections.abc import Generator, Sequence

import numpy as np
import numpy.typing as npt
import simpy

from relsim.processes.effects import Scene
from relsim.processes.perception import feel
from relsim.worlds.clock import WEEK, YEARS_A_WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, Floats, Parameters, keep
from relsim.worlds.worlds import Worlds

Index = npt.NDArray[np.int64]
LEVELS = 24  # bits of a float32 uniform
MOST = 6  # events of one kind in one run and week; more has a chance below 1e-9 at two a year


def poisson_counts(lots: Floats, mean: Floats) -> npt.NDArray[np.int8]:
    """Poisson counts by the inverse distribution function.

    Parameters
    ----------
    lots : float32, any shape
        Uniforms.
    mean : float32, () or like `lots`

    Returns
    -------
    int8, like `lots`
        Counts, at most `MOST`.
    """
    none = np.exp(-mean)
    counts = np.zeros(lots.size, dtype=np.int8)
    idx = np.flatnonzero(lots >= none)  # few: the sum of chances is carried on for these alone
    shape, lots = lots.shape, lots.ravel()[idx]
    mean, term = (np.broadcast_to(x, shape).ravel()[idx] for x in (mean, none))
    cumulated = term
    for number in range(1, MOST + 1):
        counts[idx] = number
        term = term * mean / np.float32(number)
        cumulated = cumulated + term
        more = np.flatnonzero(lots >= cumulated)
        if not more.size:
            break
        idx, lots, mean = idx[more], lots[more], mean[more]
        term, cumulated = term[more], cumulated[more]
    return counts.reshape(shape)


def severities(lots: Floats, counts: npt.NDArray[np.int8], low: Floats, high: Floats) -> Floats:
    """Sum of uniform severities of `counts` ≥ 1 collisions, from one uniform a run.

    Two collisions in one region and week are rare; they share the bits of the uniform, half of
    them each, so that they stay independent and no further draw is needed.
    """
    bits = LEVELS // counts.astype(np.int64)
    levels = (2.0**bits).astype(np.float32)
    digits = (lots * np.float32(2**LEVELS)).astype(np.int64)
    part = np.zeros(lots.shape, dtype=np.float32)
    for number in range(int(counts.max(initial=0))):
        share = ((digits & ((1 << bits) - 1)) + 0.5).astype(np.float32) / levels
        part += np.where(counts > number, share, 0)
        digits >>= bits
    return counts * low + part * (high - low)


def collisions(worlds: Worlds, clock: Clock, scene: Scene) -> Generator[simpy.Event, None, None]:
    """Collisions in each region: self-exciting Poisson processes on a weekly grid.

    The rate is the base rate plus what earlier collisions left (Hawkes 1971, Biometrika 58:83);
    a collision hurts both sides by a share of its severity and enters the flow once.
    """
    regions = worlds.stage.regions
    stream = worlds.streams.stream
    counting = [stream(f"collisions {name}", "count") for name in regions]
    severity = [stream(f"collisions {name}", "severity") for name in regions]
    rates = Derived(worlds.parameters, lambda p: _rows(p, "regions", regions, "rate", worlds.width))

    def excitation(parameters: Parameters) -> tuple[Floats, Floats]:
        half_life = _rows(parameters, "regions", regions, "excitation_half_life", worlds.width)
        left = keep(half_life, 1)
        share = _rows(parameters, "regions", regions, "excitation", worlds.width)
        # So scaled that one collision is followed by `excitation` others in all.
        return left, share * (1 - left) / (left * YEARS_A_WEEK)

    derived = Derived(worlds.parameters, excitation)
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.WORLD)
        if not clock.after_known(day):
            continue
        left, jump = derived()
        worlds.excitement *= left
        lots = np.empty_like(worlds.excitement)
        for row, luck in zip(lots, counting, strict=True):
            row[:] = luck.uniforms(clock.now)
        counts = poisson_counts(lots, (rates() + worlds.excitement) * YEARS_A_WEEK)
        for number, name in enumerate(regions):
            idx = np.flatnonzero(counts[number] > 0)
            times = counts[number, idx]
            worlds.excitement[number, idx] += times * jump[number, idx]
            collide(scene, name, idx, times, severity[number].uniforms(clock.now)[idx], day)


def collide(
    scene: Scene, region: str, idx: Index, times: npt.NDArray[np.int8], lots: Floats, day: int
) -> None:
    """Let the sides collide in a region, once or more, in the runs idx."""
    worlds = scene.worlds

    def value(path: str) -> Floats:
        return scene.parameter(f"regions.{region}.{path}", idx)

    severity = severities(lots, times, value("severity_low"), value("severity_high"))
    worlds.flow[idx] -= severity
    worlds.incidents[1, idx] += times
    felt = -value("felt") * severity
    for actor in range(len(worlds.stage.actors)):
        feel(worlds, actor, felt, idx, day)
    scene.record.happened("collision", None, idx, day, region)


def openings(worlds: Worlds, clock: Clock, scene: Scene) -> Generator[simpy.Event, None, None]:
    """Shared issues open chances to work together, which fade."""
    names = worlds.stage.issues
    lots = worlds.streams.stream("openings", "count", rows=len(names))
    at_start = worlds.streams.stream("openings", "at start", rows=len(names))

    def fading(parameters: Parameters) -> tuple[Floats, Floats]:
        half_life = _rows(parameters, "issues", names, "opening_half_life", worlds.width)
        rate = _rows(parameters, "issues", names, "opening_rate", worlds.width)
        return keep(half_life, 1), rate * YEARS_A_WEEK

    derived = Derived(worlds.parameters, fading)
    left, mean = derived()
    # As many as are open on average: the stakes were there before the term began.
    worlds.openings[:] = poisson_counts(_table(at_start.uniforms(clock.now)), mean / (1 - left))
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.WORLD)
        left, mean = derived()
        worlds.openings *= left
        counts = poisson_counts(_table(lots.uniforms(clock.now)), mean)
        worlds.openings += counts
        for number, name in enumerate(names):
            scene.record.happened("opening", None, np.flatnonzero(counts[number] > 0), day, name)


def _rows(
    parameters: Parameters, group: str, names: Sequence[str], path: str, width: int
) -> Floats:
    """One parameter of each entry of a group, shape (entries, runs)."""
    return parameters.rows([f"{group}.{name}.{path}" for name in names], width)


def _table(lots: Floats) -> Floats:
    """Uniforms as (rows, runs), also where there is one row."""
    return np.atleast_2d(lots)
