"""Choice around a routine, for one actor in one run, in plain Python."""

from math import exp

from benchmarks.peers.catalogue import (
    ACCEPT,
    CRITICIZE,
    EASE,
    EXPEL,
    EXPRESSES,
    GOODWILL,
    LEAVE,
    MOST,
    NEVER,
    POSTURE,
    PROPOSE_SUMMIT,
    PROPOSE_TALKS,
    REJECT,
    RELEASE,
    RUPTURE,
    SANCTION,
    SUSPEND,
    THREATEN,
    scalar,
)
from benchmarks.peers.deeds import make_move
from benchmarks.peers.state import IN_FORCE, NO_TALKS, NOTHING, NOTICE, UNDER_WAY, waiting


@scalar
def drivers(own, me, w):
    """Pressure, engagement, retaliation, reciprocation, in log-odds."""
    o = w.openings
    engagement = (
        own.engagement_start
        + own.openings_value * (o[0] + o[1] + o[2] + o[3] + o[4])
        + own.relief * me.hardship
        + own.trust_value * (me.c / (me.c + me.d))
        - own.audience * me.constraint
        - own.threat_cost * me.committed
        - me.election
    )
    h, k = me.hostility, me.goodwill
    return (
        own.pressure_start + own.pressure_slope * (me.a / (me.a + me.b)),
        engagement,
        own.retaliation * h / (h + own.half_hostility) - own.retaliation_start,
        own.reciprocation * k / (k + own.half_goodwill) - own.reciprocation_start,
    )


@scalar
def may_leave(w, number):
    """New START binds both, and this actor has given no notice."""
    return w.status[number] == IN_FORCE and w.status[1 - number] in (IN_FORCE, NOTICE)


@scalar
def still_open(me, other, w, number, move):
    """Whether a move can be made after the others of the same review."""
    if move == LEAVE:
        return may_leave(w, number)
    if move == SUSPEND:
        return w.talks == UNDER_WAY
    if move == PROPOSE_TALKS:
        return me.proposal == NOTHING and w.talks == NO_TALKS
    if move == PROPOSE_SUMMIT:
        return me.proposal == NOTHING and w.summit_due == NEVER
    if move in (REJECT, ACCEPT):
        return other.proposal != NOTHING
    if move == EASE:
        return me.stock >= 1.0
    return True


def menu(own, key):
    """What is available: groups of moves, and in the same order their rates and row of W.

    Moves with one row of W are a group. The moves that are answered in kind are their own, and
    come first, in the order of their debts.
    """
    leave, ease, suspend, talks, meeting, asked = key
    groups = [[SANCTION], [EXPEL]] + [[LEAVE]] * leave
    groups += [[CRITICIZE], [THREATEN], [POSTURE], [GOODWILL, RELEASE]] + [[EASE]] * ease
    groups += [[SUSPEND]] * suspend + [[REJECT]] * asked
    warm = [PROPOSE_TALKS] * talks + [PROPOSE_SUMMIT] * meeting + [ACCEPT] * asked
    groups += [warm] if warm else []
    rows = [(sum(own.rate[move] for move in group), *EXPRESSES[group[0]]) for group in groups]
    return groups, rows


def wishes(own, me, other, w, number):
    """What is available in groups, their rates and W, and how often a week each would be made.

    What an unanswered move adds comes apart: of the first groups, in the order of the debts.
    """
    calm = w.rung < RUPTURE and me.proposal == NOTHING
    leave = may_leave(w, number)
    key = (
        leave, me.stock >= 1.0, w.talks == UNDER_WAY, calm and w.talks == NO_TALKS,
        calm and w.summit_due == NEVER, other.proposal != NOTHING,
    )  # fmt: skip
    found = own.menus.get(key)
    if found is None:
        found = own.menus[key] = menu(own, key)
    groups, rows = found
    pressure, engagement, hostility, goodwill = drivers(own, me, w)
    weights = [
        rate * exp(p * pressure + e * engagement + r * hostility + k * goodwill)
        for rate, p, e, r, k in rows
    ]
    answers = [
        weights[kind] * (exp(own.kappa[kind] * me.debt[kind]) - 1.0) for kind in range(2 + leave)
    ]
    return groups, rows, weights, answers


def choose_and_move(rng, p, number, mine, me, theirs, other, w, day):
    """The moves of one review: answers, each once, then what comes at its rate within the week."""
    groups, rows, weights, answers = wishes(mine, me, other, w, number)
    for group, answer in zip(groups, answers, strict=False):
        if waiting(rng) < answer:
            make_move(rng, p, number, mine, me, theirs, other, w, group[0], day)
    total = sum(weights)
    spent, left = waiting(rng), MOST
    while spent < total and left:
        move = picked(mine, groups, rows, weights, rng.random() * total)
        if still_open(me, other, w, number, move):
            make_move(rng, p, number, mine, me, theirs, other, w, move, day)
        spent += waiting(rng)
        left -= 1


def picked(own, groups, rows, weights, left):
    """The move at a point of the summed weights."""
    for group, row, weight in zip(groups, rows, weights, strict=True):
        if left < weight:
            return of_group(own, group, left / weight * row[0])
        left -= weight
    return groups[-1][-1]  # where rounding lets it reach the end


def of_group(own, group, left):
    """The move of a group at a point of its summed rates."""
    for move in group[:-1]:
        left -= own.rate[move]
        if left < 0.0:
            return move
    return group[-1]
