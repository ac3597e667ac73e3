"""Plain SimPy: one environment a run, one generator process for whatever has its own days.

As SimPy's guide does it ("SimPy in 10 Minutes", "Basic Concepts"): processes are generators that
yield timeouts; plain attributes hold the state. Processes that wake on the same days of the week
are one process, since each event costs about as much as the arithmetic between two of them.
Events of one time happen in the order in which they were scheduled, so the calendar comes first
and the world before the governments.
"""

import random

import numpy as np
import simpy

from benchmarks.peers.catalogue import (
    CALENDAR,
    DAYS,
    FIRST_REVIEW,
    KNOWN,
    ON_TABLE,
    ON_WEEKS_END,
    RU,
    US,
    WEEK,
    WEEKS,
)
from benchmarks.peers.choice import choose_and_move
from benchmarks.peers.deeds import dated_deed, perceive
from benchmarks.peers.parameters import plain
from benchmarks.peers.record import record_week
from benchmarks.peers.results import collected, summary
from benchmarks.peers.state import Between, Side
from benchmarks.peers.surroundings import begin_week, end_week
from benchmarks.peers.table import hold_table


def calendar(env, rng, world):
    """Dated deeds."""
    for date, actor, move in CALENDAR:
        if date > env.now:  # a timeout of 0 would come after the others of the day
            yield env.timeout(date - env.now)
        dated_deed(rng, *world, actor, move, date)


def surroundings(env, rng, normals, world):
    """The world's business on the first day of each week."""
    for day, z in zip(range(0, DAYS, WEEK), normals, strict=True):
        begin_week(rng, *world, day, *z)
        yield env.timeout(WEEK)


def government(env, rng, number, p, mine, me, theirs, other, w):
    """One government: it perceives, chooses and moves at each of its reviews."""
    first = FIRST_REVIEW[number]
    yield env.timeout(first)
    for day in range(first, DAYS, WEEK):
        perceive(mine, me, day)
        if day > KNOWN:
            choose_and_move(rng, p, number, mine, me, theirs, other, w, day)
        yield env.timeout(WEEK)


def table(env, rng, world):
    """The table's business of each week."""
    yield env.timeout(ON_TABLE)
    for day in range(ON_TABLE, DAYS, WEEK):
        hold_table(rng, *world, day)
        yield env.timeout(WEEK)


def weeks_end(env, rng, world):
    """The last day of each week, and of the short week that ends the term."""
    p, _, us, ru_own, ru, w = world
    yield env.timeout(ON_WEEKS_END)
    for day in range(ON_WEEKS_END, DAYS, WEEK):
        end_week(rng, p, us, ru_own, ru, w, day)
        record_week(p, w, day)
        yield env.timeout(min(WEEK, DAYS - 1 - day))
    if (DAYS - 1 - ON_WEEKS_END) % WEEK:
        end_week(rng, p, us, ru_own, ru, w, DAYS - 1)
        record_week(p, w, DAYS - 1)


def history(p, us_own, ru_own, rng, generator):
    """One history under one draw.

    Python's generator is quicker number by number, NumPy's for all normals of a history at once.
    """
    normals = generator.standard_normal((WEEKS, 2)).tolist()
    env = simpy.Environment()
    us, ru = Side(us_own, FIRST_REVIEW[US]), Side(ru_own, FIRST_REVIEW[RU])
    w = Between(p, rng)
    world = p, us_own, us, ru_own, ru, w
    env.process(calendar(env, rng, world))
    env.process(surroundings(env, rng, normals, world))
    env.process(government(env, rng, US, p, us_own, us, ru_own, ru, w))
    env.process(government(env, rng, RU, p, ru_own, ru, us_own, us, w))
    env.process(table(env, rng, world))
    env.process(weeks_end(env, rng, world))
    env.run()
    return summary(us, ru, w)


def simulate(shared, own, runs_per_draw, seed):
    """Histories of each draw, one after the other."""
    rng, generator = random.Random(seed), np.random.default_rng(seed)
    return collected(
        (
            history(*draw, rng, generator)
            for draw in plain(shared, own)
            for _ in range(runs_per_draw)
        ),
        runs_per_draw,
    )
