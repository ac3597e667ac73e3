"""What deeds do: memory, debts, beliefs, and the effects of each move (docs/model.md)."""

from benchmarks.peers.catalogue import (
    ACCEPT,
    AGREEMENT,
    CALENDAR,
    CONCESSION,
    COOPERATIVE,
    DEBT,
    EASE,
    EXPEL,
    JOINT_CONCESSION,
    JOINT_FELT,
    JOINT_WEIGHT,
    KNOWN,
    LEAVE,
    NEVER,
    NEW_START,
    POSTURE,
    PROPOSE_SUMMIT,
    PROPOSE_TALKS,
    REJECT,
    ROUND,
    SANCTION,
    SECOND_HALF,
    STRONG,
    SUMMIT,
    SUSPEND,
    THREATEN,
    US,
    WEIGHT,
    scalar,
)
from benchmarks.peers.state import (
    IN_FORCE,
    MEETING,
    NO_TALKS,
    NOTHING,
    NOTICE,
    PREPARING,
    TALKS,
)


@scalar
def feel(own, me, weight, day):
    """Remember a signed weight; memories are as of the last review, so it ages by then."""
    amount = weight * own.older[day - me.reviewed]
    if amount < 0.0:
        me.hostility -= amount
    else:
        me.goodwill += amount


@scalar
def perceive(own, me, day):
    """A review begins: memories and debts fade, due trials are judged, beliefs drift."""
    me.hostility *= own.memory_keep
    me.goodwill *= own.memory_keep
    me.committed *= own.threat_keep
    debt, keep = me.debt, own.debt_keep
    debt[0] *= keep
    debt[1] *= keep
    debt[2] *= keep
    me.a = me.a * own.pressure_keep + own.a_drift
    me.b = me.b * own.pressure_keep + own.b_drift
    slot = me.slot + 1
    if slot == len(me.trials):
        slot = 0
    me.slot = slot
    trials = me.trials[slot]
    if trials:
        gained = min(me.conceded - me.marks[slot], 1.0)
        me.a += own.learning_rate * trials * gained
        me.b += own.learning_rate * trials * (1.0 - gained)
        me.trials[slot] = 0
    me.c = me.c * own.trust_keep + own.c_drift
    me.d = me.d * own.trust_keep + own.d_drift
    me.reviewed = day


@scalar
def weigh_reply(theirs, other, move, day):
    """Evidence on whether cooperation is reciprocated, within the window after an own offer."""
    if day <= other.trust_until:
        if COOPERATIVE[move]:
            other.c += theirs.trust_rate
        elif STRONG[move]:
            other.d += theirs.trust_rate * (2.0 if move == LEAVE else 1.0)


@scalar
def make_move(rng, p, number, mine, me, theirs, other, w, move, day):
    """Let actor `number` make a unilateral move; it must be available."""
    weight = WEIGHT[move]
    w.flow += weight
    if day > KNOWN:
        me.counts[move] += 1
        if STRONG[move]:
            w.strong_week = 1
        elif COOPERATIVE[move]:
            w.cooperative_week = 1
    other.conceded += CONCESSION[move]
    feel(theirs, other, weight, day)
    weigh_reply(theirs, other, move, day)
    if COOPERATIVE[move]:
        me.trust_until = day + mine.trust_days
        if move == EASE:
            me.stock -= 1.0
            deed_of_easing(w, day)
        else:
            approach(p, me, other, w, move, day)
    else:
        if STRONG[move]:
            me.strong += 1
        press(rng, p, number, me, other, w, move, day)
    kind = DEBT[move]
    if kind >= 0:  # an answer clears the debt and opens none
        if me.debt[kind] > 0.5:
            me.debt[kind] = 0.0
        else:
            other.debt[kind] = 1.0


@scalar
def deed_of_easing(w, day):
    """Note an easing for the outcomes."""
    if day > KNOWN:
        w.last_ease = day
        if day >= SECOND_HALF and w.late_ease < 0:
            w.late_ease = day


@scalar
def approach(p, me, other, w, move, day):
    """Effects of cooperative moves: proposals and their acceptance."""
    if move == PROPOSE_TALKS:
        me.proposal, me.proposal_until = TALKS, day + p.proposal_days
    elif move == PROPOSE_SUMMIT:
        me.proposal, me.proposal_until = MEETING, day + p.proposal_days
    elif move == ACCEPT:
        asked = other.proposal
        if asked == TALKS and w.talks == NO_TALKS:
            w.talks, w.talks_due = PREPARING, day + p.preparation_days
            if me.proposal == TALKS:
                me.proposal = NOTHING
        elif asked == MEETING and w.summit_due == NEVER:
            w.summit_due = day + p.summit_days
            if me.proposal == MEETING:
                me.proposal = NOTHING
        other.proposal = NOTHING


@scalar
def press(rng, p, number, me, other, w, move, day):
    """Effects of hostile moves."""
    if move == SANCTION:
        me.stock += 1.0
        if not me.trials[me.slot]:
            me.marks[me.slot] = me.conceded
        me.trials[me.slot] += 1
        me.rounds += 1
    elif move == EXPEL:
        expel(rng, p, me, other, w, day)
    elif move == POSTURE:
        w.postures += 1
    elif move == THREATEN:
        me.committed = 1.0
    elif move == REJECT:
        other.proposal = NOTHING
    elif move == SUSPEND:
        w.talks = NO_TALKS
        w.broken_down = 1
    elif move == LEAVE:
        w.status[2 * NEW_START + number] = NOTICE
        w.exit_due[2 * NEW_START + number] = day + p.notice_days
        w.notices += 1
        if day > KNOWN:
            w.last_notice = day


@scalar
def expel(rng, p, me, other, w, day):
    """Diplomats leave; an answer has the size of what it answers."""
    if me.debt[1] > 0.5:
        mass = me.mass_owed
    else:
        mass = 1 if rng.random() < p.mass_share else 0
    other.mass_owed = mass
    w.chill += 1.0
    if mass and day > KNOWN:
        w.last_mass = day


@scalar
def make_joint(p, us_own, us, ru_own, ru, w, deed, day):
    """A deed of both sides; its weight counts once a side."""
    w.flow += 2.0 * JOINT_WEIGHT[deed]
    felt = JOINT_FELT[deed]
    if felt:
        feel(us_own, us, felt, day)
        feel(ru_own, ru, felt, day)
    us.conceded += JOINT_CONCESSION[deed]
    ru.conceded += JOINT_CONCESSION[deed]
    if deed == AGREEMENT:
        us.c += us_own.trust_rate * p.agreement_trials
        ru.c += ru_own.trust_rate * p.agreement_trials
    if day > KNOWN:
        w.cooperative_week = 1
        w.joint[deed] += 1
        if deed == ROUND:
            w.last_session = day
        elif deed == SUMMIT:
            w.last_summit = day
            if day >= SECOND_HALF and w.late_summit < 0:
                w.late_summit = day
        else:
            w.last_agreement = day
            if day >= SECOND_HALF and w.late_agreement < 0:
                w.late_agreement = day


@scalar
def arms_text(rng, p, w, day):
    """A signed text on arms: it may save treaties under notice; it enters into force later."""
    w.last_text = day
    if w.new_arms < 0:
        w.new_arms = day
    w.text_due = day + p.ratification_days
    for treaty in range(2):
        if rng.random() < p.saved[treaty]:
            for k in (2 * treaty, 2 * treaty + 1):
                if w.status[k] == NOTICE:
                    w.status[k], w.exit_due[k] = IN_FORCE, NEVER
                    w.notices -= 1


@scalar
def dated_deeds(rng, p, us_own, us, ru_own, ru, w, day):
    """Carry out the calendar's entries up to a day that are not yet done."""
    while w.next_entry < len(CALENDAR) and CALENDAR[w.next_entry][0] <= day:
        date, actor, move = CALENDAR[w.next_entry]
        w.next_entry += 1
        dated_deed(rng, p, us_own, us, ru_own, ru, w, actor, move, date)


@scalar
def dated_deed(rng, p, us_own, us, ru_own, ru, w, actor, move, date):
    """One entry of the calendar."""
    if actor < 0:
        make_joint(p, us_own, us, ru_own, ru, w, move, date)
    elif actor == US:
        make_move(rng, p, actor, us_own, us, ru_own, ru, w, move, date)
    else:
        make_move(rng, p, actor, ru_own, ru, us_own, us, w, move, date)
