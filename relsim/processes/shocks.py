"""What the world throws at the dyad: collisions in regions, openings of shared issues."""

from collections.abc import Generator

import numpy as np
import numpy.typing as npt
import simpy

from relsim.processes.effects import Scene
from relsim.processes.perception import at, feel
from relsim.worlds.clock import WEEK, YEARS_A_WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, Floats, Parameters, keep
from relsim.worlds.worlds import Worlds

LEVELS = 24  # bits of a float32 uniform
MOST = 6  # events of one kind in one run and week; more has a chance below 1e-9 at two a year


def poisson_counts(lots: Floats, mean: Floats) -> npt.NDArray[np.int8]:
    """Poisson counts by the inverse distribution function.

    Parameters
    ----------
    lots : float32, (runs,)
        Uniforms.
    mean : float32, () or (runs,)

    Returns
    -------
    int8, (runs,)
        Counts, at most `MOST`.
    """
    none = np.exp(-mean)
    counts = np.zeros(lots.shape, dtype=np.int8)
    idx = np.flatnonzero(lots >= none)  # few: the sum of chances is carried on for these alone
    lots, mean = lots[idx], at(mean, idx)
    term = cumulated = at(none, idx)
    for number in range(1, MOST + 1):
        counts[idx] = number
        term = term * mean / np.float32(number)
        cumulated = cumulated + term
        more = np.flatnonzero(lots >= cumulated)
        if not more.size:
            break
        idx, lots, mean = idx[more], lots[more], at(mean, more)
        term, cumulated = at(term, more), at(cumulated, more)
    return counts


def severities(lots: Floats, counts: npt.NDArray[np.int8], low: Floats, high: Floats) -> Floats:
    """Sum of uniform severities of `counts` ≥ 1 collisions, from one uniform a run.

    Two collisions in one region and week are rare; they share the bits of the uniform, half of
    them each, so that they stay independent and no further draw is needed.
    """
    total = np.zeros(lots.shape, dtype=np.float32)
    for count in np.unique(counts):
        chosen = counts == count
        bits = LEVELS // int(count)
        digits = (lots[chosen] * np.float32(2**LEVELS)).astype(np.int64)
        part = np.zeros(int(chosen.sum()), dtype=np.float32)
        for _ in range(int(count)):
            part += ((digits & (2**bits - 1)) + 0.5).astype(np.float32) / np.float32(2**bits)
            digits >>= bits
        floor = low[chosen] if low.ndim else low
        ceiling = high[chosen] if high.ndim else high
        total[chosen] = count * floor + part * (ceiling - floor)
    return total


def collisions(
    worlds: Worlds, clock: Clock, scene: Scene, number: int
) -> Generator[simpy.Event, None, None]:
    """Collisions of one region: a self-exciting Poisson process on a weekly grid.

    The rate is the base rate plus what earlier collisions left (Hawkes 1971, Biometrika 58:83);
    a collision hurts both sides by a share of its severity and enters the flow once.
    """
    name = worlds.stage.regions[number]
    streams = worlds.streams
    count_lots = streams.stream(f"collisions {name}", "count")
    severity_lots = streams.stream(f"collisions {name}", "severity")
    prefix = f"regions.{name}"

    def excitation(parameters: Parameters) -> tuple[Floats, Floats]:
        own = parameters.under(prefix)
        left = keep(own["excitation_half_life"], 1)
        # So scaled that one collision is followed by `excitation` others in all.
        return left, own["excitation"] * (1 - left) / (left * YEARS_A_WEEK)

    derived = Derived(worlds.parameters, excitation)
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.WORLD)
        if not clock.after_known(day):
            continue
        left, jump = derived()
        worlds.excitement[number] *= left
        rate = worlds.parameters[f"{prefix}.rate"] + worlds.excitement[number]
        counts = poisson_counts(count_lots.uniforms(clock.now), rate * YEARS_A_WEEK)
        idx = np.flatnonzero(counts)
        lots = severity_lots.uniforms(clock.now)[idx]
        low = at(worlds.parameters[f"{prefix}.severity_low"], idx)
        high = at(worlds.parameters[f"{prefix}.severity_high"], idx)
        severity = severities(lots, counts[idx], low, high)
        felt = at(worlds.parameters[f"{prefix}.felt"], idx)
        worlds.excitement[number, idx] += counts[idx] * at(jump, idx)
        worlds.flow[idx] -= severity
        worlds.incidents[1, idx] += counts[idx]
        for actor in range(len(worlds.stage.actors)):
            feel(worlds, actor, -felt * severity, idx, day)
        scene.record.happened("collision", None, idx, day, name)


def openings(
    worlds: Worlds, clock: Clock, scene: Scene
) -> Generator[simpy.Event, None, None]:
    """Shared issues open chances to work together, which fade."""
    names = worlds.stage.issues
    lots = worlds.streams.stream("openings", "count", rows=len(names))
    at_start = worlds.streams.stream("openings", "at start", rows=len(names))

    def fading(parameters: Parameters) -> list[Floats]:
        return [keep(parameters[f"issues.{name}.opening_half_life"], 1) for name in names]

    derived = Derived(worlds.parameters, fading)
    for number, uniforms in enumerate(at_start.uniforms(clock.now).reshape(len(names), -1)):
        # As many as are open on average: the stakes were there before the term began.
        rate = worlds.parameters[f"issues.{names[number]}.opening_rate"] * YEARS_A_WEEK
        worlds.openings[number] = poisson_counts(uniforms, rate / (1 - derived()[number]))
    for day in clock.every(WEEK):
        yield clock.until(day, Phase.WORLD)
        for number, left in enumerate(derived()):
            worlds.openings[number] *= left
        uniforms = lots.uniforms(clock.now).reshape(len(names), -1)
        for number, name in enumerate(names):
            rate = worlds.parameters[f"issues.{name}.opening_rate"]
            counts = poisson_counts(uniforms[number], rate * YEARS_A_WEEK)
            worlds.openings[number] += counts
            scene.record.happened("opening", None, np.flatnonzero(counts), day, name)
