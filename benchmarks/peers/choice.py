"""Choice around a routine, for one actor in one run, in plain Python."""

from math import exp

from benchmarks.peers.catalogue import (
    ACCEPT,
    CRITICIZE,
    EASE,
    EXPEL,
    EXPRESSES,
    GOODWILL,
    HOLD,
    LEAVE,
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
    return w.status[number] == IN_FORCE and w.status[1 - number] in (IN_FORCE, NOTICE)


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
    groups, rows = found
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
    for group, row, weight in zip(groups, rows, weights, strict=True):
        if left < weight:
            return of_group(own, group, left / weight * row[0])
        left -= weight
    return groups[-1][-1]  # where rounding lets u reach the end


def of_group(own, group, left):
    """The move of a group at a point of its summed rates."""
    for move in group[:-1]:
        left -= own.rate[move]
        if left < 0.0:
            return move
    return group[-1]
