"""The state of one run: what an actor carries, and what lies between and around the two.

`begin_side` and `begin_between` furnish any object: a slotted one, a framework's agent or model,
or a record of a structured array.
"""

import math

import numpy as np

from benchmarks.peers.catalogue import (
    HOLD,
    ISSUES,
    MOVES,
    NEVER,
    REGIONS,
    RU,
    TREATIES,
    WINDOW,
    scalar,
)

KINDS = 3  # of moves that are answered in kind
OUT, IN_FORCE, NOTICE = 0, 1, 2  # a party of a treaty
NO_TALKS, PREPARING, UNDER_WAY = 0, 1, 2
NOTHING, TALKS, MEETING = 0, 1, 2  # what a proposal asks for

# Field: 0 for a float, 0 for a whole number, or their number.
SIDE_FLOATS = {
    "hostility": 0, "goodwill": 0, "debt": KINDS, "committed": 0,
    "a": 0, "b": 0, "c": 0, "d": 0, "conceded": 0, "marks": WINDOW,
    "stock": 0, "hardship": 0, "constraint": 0, "election": 0,
}  # fmt: skip
SIDE_WHOLE = {
    "mass_owed": 0, "trust_until": 0, "trials": WINDOW, "slot": 0, "reviewed": 0,
    "proposal": 0, "proposal_until": 0, "rounds": 0, "strong": 0, "counts": len(MOVES),
}  # fmt: skip
BETWEEN_FLOATS = {
    "openings": len(ISSUES), "opening_clock": 0, "heat": len(REGIONS), "collision_clock": 0,
    "europe": 0, "china": 0, "chill": 0, "progress": 0, "protest_clock": 0,
    "flow": 0, "index": 0, "block_flow": 0, "term_flow": 0, "late_index": 0, "flow_of_year": 4,
}  # fmt: skip
BETWEEN_WHOLE = {
    "europe_seen": 0, "china_seen": 0, "talks": 0, "issue": 0, "talks_due": 0, "summit_due": 0,
    "status": 2 * len(TREATIES), "exit_due": 2 * len(TREATIES), "notices": 0, "text_due": 0,
    "rung": 0, "postures": 0, "hits": 0, "overthrown": 0, "halted_until": 0, "rounds_seen": 0,
    "next_entry": 0, "joint": 3,
    # What the outcomes need: days of deeds, streaks and counts of weeks.
    "strong_week": 0, "cooperative_week": 0, "weeks_above": 0, "weeks_below": 0, "weeks_calm": 0,
    "below_in_all": 0, "first_thaw": 0, "blocks_below": 0, "hostile_weeks": 0,
    "cooperative_weeks": 0, "years_mixed": 0, "mixed_day": 0, "late_hostile": 0,
    "detente_onset": 0, "freeze_day": 0, "first_at_rung": 7,
    "late_summit": 0, "late_agreement": 0, "late_ease": 0, "new_arms": 0, "attempt": 0,
    "overthrow": 0, "completed": 0,
    "last_summit": 0, "last_document": 0, "last_agreement": 0, "last_session": 0, "last_ease": 0,
    "last_text": 0, "last_mass": 0, "last_notice": 0, "opened": 0, "broken_down": 0,
}  # fmt: skip


def layout(floats, whole):
    """The fields as a structured type, for Numba."""
    fields = [(name, np.float64, (n,) if n else ()) for name, n in floats.items()]
    return np.dtype(fields + [(name, np.int64, (n,) if n else ()) for name, n in whole.items()])


def furnish(target, floats, whole):
    """Give an object lists for the fields that have several numbers."""
    for fields, zero in ((floats, 0.0), (whole, 0)):
        for name, n in fields.items():
            if n:
                setattr(target, name, [zero] * n)


class Side:
    """One government's state."""

    __slots__ = (*SIDE_FLOATS, *SIDE_WHOLE)

    def __init__(self, own, number):
        furnish(self, SIDE_FLOATS, SIDE_WHOLE)
        begin_side(self, own, number)


class Between:
    """What lies between the two and around them."""

    __slots__ = (*BETWEEN_FLOATS, *BETWEEN_WHOLE)

    def __init__(self, p, rng):
        furnish(self, BETWEEN_FLOATS, BETWEEN_WHOLE)
        begin_between(self, p, rng)


@scalar
def waiting(rng):
    """A standard exponential: hazard until the next event."""
    return -math.log(1.0 - rng.random())


@scalar
def poisson(rng, mean):
    """A Poisson number: arrivals of unit rate within `mean`."""
    count, spent = 0, waiting(rng)
    while spent < mean:
        count += 1
        spent += waiting(rng)
    return count


@scalar
def begin_side(me, own, first_review):
    """One actor on the first day; arrays must be there."""
    me.hostility, me.goodwill = own.hostility_start, own.goodwill_start
    me.committed, me.conceded, me.constraint, me.election = 0.0, 0.0, 0.0, 0.0
    for k in range(KINDS):
        me.debt[k] = 0.0
    me.a, me.b, me.c, me.d = own.a0, own.b0, own.c0, own.d0
    for k in range(WINDOW):
        me.trials[k] = 0
        me.marks[k] = 0.0
    for k in range(len(MOVES)):
        me.counts[k] = 0
    me.stock, me.hardship = own.stock_start, own.hardship_ref
    me.mass_owed, me.slot, me.rounds, me.strong = 0, 0, 0, 0
    me.trust_until, me.proposal, me.proposal_until = -1, NOTHING, -1
    me.reviewed = first_review - 7


@scalar
def begin_between(w, p, rng):
    """Everything else on the first day."""
    for k in range(len(ISSUES)):
        w.openings[k] = float(poisson(rng, p.open_at_start[k]))
    for k in range(len(REGIONS)):
        w.heat[k] = 0.0
    w.opening_clock, w.collision_clock, w.protest_clock = waiting(rng), waiting(rng), waiting(rng)
    w.europe, w.china, w.europe_seen, w.china_seen = p.europe_level, p.china_level, 0, 0
    w.chill, w.progress, w.halted_until, w.rounds_seen = 0.0, p.progress_start, -1, 0
    w.talks, w.issue, w.talks_due, w.summit_due = NO_TALKS, 0, NEVER, NEVER
    for k in range(2 * len(TREATIES)):
        w.status[k], w.exit_due[k] = IN_FORCE, NEVER
    w.status[2], w.status[2 + RU], w.exit_due[2 + RU] = OUT, NOTICE, p.open_skies_ends
    w.notices, w.text_due = 1, NEVER
    w.rung, w.postures, w.hits, w.overthrown, w.next_entry = 0, 0, 0, 0, 0
    w.flow, w.index = 0.0, p.index_start
    begin_record(w)


@scalar
def begin_record(w):
    """An empty record."""
    for k in range(3):
        w.joint[k] = 0
    for k in range(4):
        w.flow_of_year[k] = 0.0
    for k in range(7):
        w.first_at_rung[k] = -1
    w.block_flow, w.term_flow, w.late_index = 0.0, 0.0, 0.0
    w.strong_week, w.cooperative_week, w.blocks_below = 0, 0, 0
    w.weeks_above, w.weeks_below, w.weeks_calm, w.below_in_all, w.first_thaw = 0, 0, 0, 0, -1
    w.hostile_weeks, w.cooperative_weeks, w.years_mixed, w.mixed_day = 0, 0, 0, -1
    w.late_hostile, w.detente_onset, w.freeze_day = 0, -1, -1
    w.late_summit, w.late_agreement, w.late_ease, w.new_arms = -1, -1, -1, -1
    w.attempt, w.overthrow, w.completed = -1, -1, -1
    w.last_summit, w.last_document, w.last_agreement, w.last_session = -1, -1, -1, -1
    w.last_ease, w.last_text, w.last_mass, w.last_notice = -1, -1, -1, -1
    w.opened, w.broken_down = HOLD, HOLD
