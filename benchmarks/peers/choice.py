"""Choice around a routine, for one actor in one run, in plain Python."""

from math import exp

from benchmarks.peers.catalogue import (
    ACCEPT, CRITICIZE, EASE, EXPEL, EXPRESSES, GOODWILL, HOLD, LEAVE, NEVER, POSTURE,
    PROPOSE_SUMMIT, PROPOSE_TALKS, REJECT, RELEASE, RUPTURE, SANCTION, SUSPEND, THREATEN, scalar,
)  # fmt: skip
from benchmarks.peers.state import IN_FORCE, NO_TALKS, NOTHING, NOTICE, UNDER_WAY


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
    other = w.status[1 - number]
    return w.status[number] == IN_FORCE and (other == IN_FORCE or other == NOTICE)


def menu(own, key):
    """Available moves and, in the same order, their rates and rows of W; by what is available.

    The moves that are answered in kind come first, in the order of their debts.
    """
    leave, ease, suspend, talks, meeting, asked = key
    moves = [SANCTION, EXPEL] + [LEAVE] * leave
    moves += [CRITICIZE, THREATEN, POSTURE, GOODWILL, RELEASE] + [EASE] * ease
    moves += [SUSPEND] * suspend + [PROPOSE_TALKS] * talks + [PROPOSE_SUMMIT] * meeting
    moves += [ACCEPT, REJECT] * asked
    return moves, [(own.rate[move], *EXPRESSES[move]) for move in moves]


def choose(own, me, other, w, number, u):
    """The move that a uniform picks."""
    calm = w.rung < RUPTURE and me.proposal == NOTHING
    leave = may_leave(w, number)
    key = (
        leave, me.stock >= 1.0, w.talks == UNDER_WAY, calm and w.talks == NO_TALKS,
        calm and w.summit_due == NEVER, other.proposal != NOTHING,
    )  # fmt: skip
    found = own.menus.get(key)
    if found is None:
        found = own.menus[key] = menu(own, key)
    moves, rows = found
    pressure, engagement, hostility, goodwill = drivers(own, me, w)
    weights = [
        rate * exp(p * pressure + e * engagement + r * hostility + k * goodwill)
        for rate, p, e, r, k in rows
    ]
    debt, kappa = me.debt, own.kappa
    weights[0] *= exp(kappa[0] * debt[0])
    weights[1] *= exp(kappa[1] * debt[1])
    if leave:
        weights[2] *= exp(kappa[2] * debt[2])
    left = u * (1.0 + sum(weights)) - 1.0
    if left < 0.0:
        return HOLD
    for move, weight in zip(moves, weights, strict=True):
        left -= weight
        if left < 0.0:
            return move
    return moves[-1]
