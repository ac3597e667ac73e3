"""A scalar Numba kernel: the same functions, compiled, one run after the other in one thread.

As Numba's guide does it ("Performance Tips"): nopython mode, loops over scalars, structured
arrays that are laid out once, a NumPy Generator for random numbers (SFC64). Only the choice is
written anew, as a loop over the rows of W; all else is the very source that the plain-Python
peers run.
"""

import math

import numpy as np
from numba import njit

from benchmarks.peers.catalogue import (
    ACCEPT,
    CRITICIZE,
    DAYS,
    EASE,
    EXPEL,
    EXPRESSES,
    FIRST_REVIEW,
    GOODWILL,
    HOLD,
    KNOWN,
    LEAVE,
    MOST,
    MOVES,
    NEVER,
    ON_TABLE,
    ON_WEEKS_END,
    POSTURE,
    PROPOSE_SUMMIT,
    PROPOSE_TALKS,
    REJECT,
    RELEASE,
    RU,
    RUPTURE,
    SANCTION,
    SUSPEND,
    THREATEN,
    US,
    WEEK,
)
from benchmarks.peers.choice import drivers, may_leave, still_open
from benchmarks.peers.deeds import dated_deeds, make_move, perceive
from benchmarks.peers.record import outcome_days, quantities, record_week
from benchmarks.peers.results import Results
from benchmarks.peers.state import (
    BETWEEN_FLOATS,
    BETWEEN_WHOLE,
    NO_TALKS,
    NOTHING,
    SIDE_FLOATS,
    SIDE_WHOLE,
    UNDER_WAY,
    begin_between,
    begin_side,
    layout,
    waiting,
)
from benchmarks.peers.surroundings import begin_week, end_week
from benchmarks.peers.table import hold_table

SIDE, BETWEEN = layout(SIDE_FLOATS, SIDE_WHOLE), layout(BETWEEN_FLOATS, BETWEEN_WHOLE)
QUICK = {"fastmath": True, "error_model": "numpy"}
W = np.array(EXPRESSES)


@njit(**QUICK)
def push(m, felt, more):
    """Exponential of W · F of a move, plus what an unanswered move adds.

    In single precision, as relsim has it: half the time of double.
    """
    x = W[m, 0] * felt[0] + W[m, 1] * felt[1] + W[m, 2] * felt[2] + W[m, 3] * felt[3]
    return math.exp(np.float32(x + more))


@njit(**QUICK)
def wishes(own, me, other, w, number):
    """How often a week each move would be made, and what unanswered moves add, by debt.

    Written out move by move, which the compiler turns into code a third quicker than a loop.
    Moves with one row of W share an exponential.
    """
    felt = drivers(own, me, w)
    rate, kappa, debt = own.rate, own.kappa, me.debt
    calm = w.rung < RUPTURE and me.proposal == NOTHING
    asked = other.proposal != NOTHING
    warm = push(ACCEPT, felt, 0.0) if calm or asked else 0.0
    kind = push(GOODWILL, felt, 0.0)
    leaves, under_way = may_leave(w, number), w.talks == UNDER_WAY
    weights = (
        0.0,
        rate[CRITICIZE] * push(CRITICIZE, felt, 0.0),
        rate[THREATEN] * push(THREATEN, felt, 0.0),
        rate[SANCTION] * push(SANCTION, felt, 0.0),
        rate[EXPEL] * push(EXPEL, felt, 0.0),
        rate[POSTURE] * push(POSTURE, felt, 0.0),
        rate[LEAVE] * push(LEAVE, felt, 0.0) if leaves else 0.0,
        rate[SUSPEND] * push(SUSPEND, felt, 0.0) if under_way else 0.0,
        rate[PROPOSE_TALKS] * warm if calm and w.talks == NO_TALKS else 0.0,
        rate[PROPOSE_SUMMIT] * warm if calm and w.summit_due == NEVER else 0.0,
        rate[REJECT] * push(REJECT, felt, 0.0) if asked else 0.0,
        rate[ACCEPT] * warm if asked else 0.0,
        rate[GOODWILL] * kind,
        rate[RELEASE] * kind,
        rate[EASE] * push(EASE, felt, 0.0) if me.stock >= 1.0 else 0.0,
    )
    answers = (
        weights[SANCTION] * (math.exp(kappa[0] * debt[0]) - 1.0),
        weights[EXPEL] * (math.exp(kappa[1] * debt[1]) - 1.0),
        weights[LEAVE] * (math.exp(kappa[2] * debt[2]) - 1.0),
    )
    return weights, answers


@njit(**QUICK)
def picked(weights, left):
    """The move at a point of the summed weights."""
    move, last = HOLD, HOLD
    for weight in weights:
        if weight > 0.0:
            last = move
            left -= weight
            if left < 0.0:
                break
        move += 1
    return last


@njit(**QUICK)
def review(rng, p, number, mine, me, theirs, other, w, day):
    """One government perceives, chooses and moves."""
    perceive(mine, me, day)
    if day > KNOWN:
        weights, answers = wishes(mine, me, other, w, number)
        for kind in range(3):
            move = (SANCTION, EXPEL, LEAVE)[kind]
            if waiting(rng) < answers[kind]:
                make_move(rng, p, number, mine, me, theirs, other, w, move, day)
        total = 0.0
        for weight in weights:
            total += weight
        spent, left = waiting(rng), MOST
        while spent < total and left:
            move = picked(weights, rng.random() * total)
            if still_open(me, other, w, number, move):
                make_move(rng, p, number, mine, me, theirs, other, w, move, day)
            spent += waiting(rng)
            left -= 1


@njit(**QUICK)
def history(rng, p, us_own, us, ru_own, ru, w):
    """One history."""
    begin_side(us, us_own, FIRST_REVIEW[US])
    begin_side(ru, ru_own, FIRST_REVIEW[RU])
    begin_between(w, p, rng)
    for monday in range(0, DAYS, WEEK):
        day = monday
        if day <= KNOWN:
            dated_deeds(rng, p, us_own, us, ru_own, ru, w, day)
        z_us, z_ru = rng.standard_normal(), rng.standard_normal()
        begin_week(rng, p, us_own, us, ru_own, ru, w, day, z_us, z_ru)
        review(rng, p, US, us_own, us, ru_own, ru, w, day)
        day = monday + FIRST_REVIEW[RU]
        if day < DAYS:
            if day <= KNOWN:
                dated_deeds(rng, p, us_own, us, ru_own, ru, w, day)
            review(rng, p, RU, ru_own, ru, us_own, us, w, day)
        day = monday + ON_TABLE
        if day < DAYS:
            hold_table(rng, p, us_own, us, ru_own, ru, w, day)
        day = min(monday + ON_WEEKS_END, DAYS - 1)
        if day <= KNOWN:
            dated_deeds(rng, p, us_own, us, ru_own, ru, w, day)
        end_week(rng, p, us, ru_own, ru, w, day)
        record_week(p, w, day)


@njit(**QUICK)
def simulate_jobs(rng, shared, own, runs_per_draw, sides, between, days, counts, joint, values):
    """Histories of each draw, one after the other."""
    us, ru, w = sides[0], sides[1], between[0]
    for run in range(len(shared) * runs_per_draw):
        draw = run // runs_per_draw
        history(rng, shared[draw], own[draw, US], us, own[draw, RU], ru, w)
        outcome_days(w, days[run])
        quantities(us, ru, w, values[run])
        for move in range(len(MOVES)):
            counts[run, US, move] = us.counts[move]
            counts[run, RU, move] = ru.counts[move]
        for deed in range(3):
            joint[run, deed] = w.joint[deed]


def simulate(shared, own, runs_per_draw, seed):
    """Histories of each draw, one after the other."""
    results = Results.empty(len(shared), runs_per_draw)
    rng = np.random.Generator(np.random.SFC64(seed))
    simulate_jobs(
        rng, shared, own, runs_per_draw, np.zeros(2, SIDE), np.zeros(1, BETWEEN),
        results.days, results.counts, results.joint, results.values,
    )  # fmt: skip
    return results
