"""The world around the dyad, week by week: shocks, domestic politics, sanctions, the ladder."""

import math

from benchmarks.peers.catalogue import (
    DAYS,
    KNOWN,
    NEVER,
    RU,
    SEASONS,
    TOP,
    US,
    scalar,
)
from benchmarks.peers.deeds import feel
from benchmarks.peers.state import NOTICE, OUT, waiting


@scalar
def begin_week(rng, p, us_own, us, ru_own, ru, w, day, z_us, z_ru):
    """The world's business on the first day of a week; z are standard normals."""
    openings(rng, p, w)
    domestic(us_own, us, US, day, z_us)
    domestic(ru_own, ru, RU, day, z_ru)
    sanctions(p, us_own, us, ru_own, ru, w)
    if day > KNOWN:
        collisions(rng, p, us_own, us, ru_own, ru, w, day)


@scalar
def openings(rng, p, w):
    """Shared issues open and fade.

    The five Poisson processes are one of their summed rate, run against a clock of unit
    exponentials; each arrival belongs to an issue in the share of its rate.
    """
    for k in range(5):
        w.openings[k] *= p.opening_keep[k]
    w.opening_clock -= p.opening_in_all
    while w.opening_clock < 0.0:
        w.opening_clock += waiting(rng)
        u, k = rng.random() * p.opening_in_all, 0
        while k < 4 and u >= p.opening[k]:
            u -= p.opening[k]
            k += 1
        w.openings[k] += 1.0


@scalar
def collisions(rng, p, us_own, us, ru_own, ru, w, day):
    """Collisions in four regions, self-exciting; rates are constant within a week.

    As for openings one clock serves all: it runs by the week's summed hazard.
    """
    heat, keep, base = w.heat, p.heat_keep, p.collisions
    total = 0.0
    for k in range(4):
        heat[k] *= keep[k]
        total += base[k] + heat[k]
    w.collision_clock -= total
    if w.collision_clock >= 0.0:
        return
    # Those of this week happen at its rates: what they excite begins the week after.
    r0, r1, r2 = base[0] + heat[0], base[1] + heat[1], base[2] + heat[2]
    while w.collision_clock < 0.0:
        w.collision_clock += waiting(rng)
        u = rng.random() * total
        k = 0 if u < r0 else 1 if u < r0 + r1 else 2 if u < r0 + r1 + r2 else 3
        low = p.severity_low[k]
        severity = low + rng.random() * (p.severity_high[k] - low)
        heat[k] += p.heat[k]
        w.flow -= severity
        w.hits += 1
        feel(us_own, us, -p.felt[k] * severity, day)
        feel(ru_own, ru, -p.felt[k] * severity, day)


@scalar
def domestic(own, me, number, day, z):
    """Domestic constraint, of unit variance, and the cost of warmth before elections."""
    if day:
        me.constraint = own.relax * me.constraint + own.spread * z
    else:
        me.constraint = z
    dates = SEASONS[number]
    season = dates[0] <= day < dates[1] or dates[2] <= day < dates[3]
    me.election = own.election_weight if season else 0.0


@scalar
def third_party(level, floor, ceiling, pull, keep, fresh):
    """A level leaks to its floor; each fresh move closes a share of the room to the ceiling."""
    level = floor + keep * (level - floor)
    if fresh and level < ceiling:
        level += (1.0 - (1.0 - pull) ** fresh) * (ceiling - level)
    return level


@scalar
def sanctions(p, us_own, us, ru_own, ru, w):
    """Rounds lose bite, third parties move, hardship follows with a lag."""
    w.europe = third_party(w.europe, p.europe_floor, p.europe_ceiling, p.europe_pull,
                           p.europe_keep, ru.strong - w.europe_seen)  # fmt: skip
    w.china = third_party(w.china, p.china_floor, p.china_ceiling, p.china_pull,
                          p.china_keep, us.rounds - w.china_seen)  # fmt: skip
    w.europe_seen, w.china_seen = ru.strong, us.rounds
    us.stock = stock = us.stock * us_own.stock_keep
    full = ru_own.exposure * stock / (stock + us_own.half_bite) * w.europe * (1.0 - w.china)
    ru.hardship = full + ru_own.hardship_keep * (ru.hardship - full)
    ru.stock = stock = ru.stock * ru_own.stock_keep
    full = us_own.exposure * stock / (stock + ru_own.half_bite)
    us.hardship = full + us_own.hardship_keep * (us.hardship - full)


@scalar
def end_week(rng, p, us, ru_own, ru, w, day):
    """The world's business on the last day of a week, before it is recorded."""
    treaty_register(w, day)
    if day < DAYS - 1:  # the short week that ends the term has no day of theirs
        if w.rung or w.postures or w.hits:
            ladder(rng, p, w, day)
        if day > KNOWN:
            internal_order(rng, p, ru_own, ru, w, day)
        project(rng, p, us, w, day)


@scalar
def treaty_register(w, day):
    """Exits that fall due, texts that enter into force."""
    if w.notices:
        for k in range(4):
            if w.exit_due[k] <= day and w.status[k] == NOTICE:
                w.status[k] = OUT
                w.notices -= 1
    if w.text_due <= day:
        w.text_due = NEVER
        if day > KNOWN:
            w.last_text = day


@scalar
def ladder(rng, p, w, day):
    """Climb one rung, fall one, or stay; the top is absorbing."""
    postures, hits, rung = w.postures, w.hits, w.rung
    w.postures, w.hits = 0, 0
    if day <= KNOWN or rung == TOP:
        return
    up = p.posture_chance * postures + p.collision_chance * hits
    down = 0.0
    if rung:
        up += p.momentum
        down = p.settling
    up = min(up, 1.0) * p.harder**rung
    u = rng.random()
    if u < up:
        w.rung = rung + 1
    elif u >= 1.0 - down:
        w.rung = rung - 1


@scalar
def internal_order(rng, p, own, me, w, day):
    """Mass-protest attempts against one's government, and their success."""
    strain = me.hardship - own.hardship_ref
    pull = p.hardship_weight * strain + p.constraint_weight * me.constraint
    w.protest_clock -= p.attempts * math.exp(pull)
    if w.protest_clock >= 0.0 or w.overthrown:
        return
    w.protest_clock = waiting(rng)  # at most one attempt a week
    if w.attempt < 0:
        w.attempt = day
    support = p.support - p.support_lost * strain
    odds = p.success / (1.0 - p.success) * math.exp(-p.support_weight * (support - p.support_usual))
    if rng.random() < odds / (1.0 + odds):
        w.overthrown = 1
        w.overthrow = day


@scalar
def project(rng, p, us, w, day):
    """A week of work on the pipeline, unless a round of the opponent halts it."""
    fresh = us.rounds - w.rounds_seen
    w.rounds_seen = us.rounds
    if day <= KNOWN or w.progress < 0.0 or w.progress >= 1.0:
        return
    if fresh and rng.random() < 1.0 - (1.0 - p.disruption) ** fresh:
        w.halted_until = day + p.delay_days
    if rng.random() < p.abandoned:
        w.progress = -1.0
    elif w.halted_until <= day:
        w.progress += p.pace
        if w.progress >= 1.0:
            w.progress = 1.0
            w.completed = day
