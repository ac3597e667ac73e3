"""The table: proposals lapse, talks and leaders' meetings convene, sessions end or go on."""

import math

from benchmarks.peers.catalogue import (
    AGREEMENT,
    KNOWN,
    NEVER,
    ROUND,
    RUPTURE,
    SUMMIT,
    scalar,
)
from benchmarks.peers.deeds import arms_text, make_joint
from benchmarks.peers.state import NO_TALKS, NOTHING, UNDER_WAY


@scalar
def hold_table(rng, p, us_own, us, ru_own, ru, w, day):
    """The table's business of a week: sessions before convenings, then leaders' meetings."""
    w.chill *= p.chill_keep
    if us.proposal != NOTHING and us.proposal_until <= day:
        us.proposal = NOTHING
    if ru.proposal != NOTHING and ru.proposal_until <= day:
        ru.proposal = NOTHING
    if day <= KNOWN or w.rung >= RUPTURE:
        return
    if w.talks != NO_TALKS and w.talks_due <= day:
        if w.talks == UNDER_WAY:
            session(rng, p, us_own, us, ru_own, ru, w, day)
        else:
            convene(rng, p, w, day)
    if w.summit_due <= day:
        meet(rng, p, us_own, us, ru_own, ru, w, day)


@scalar
def climate(p, us_own, us, ru_own, ru):
    """How favourable the mood is to agreement, times its responsiveness."""
    trust = us.c / (us.c + us.d) + ru.c / (ru.c + ru.d) - us_own.trust_ref - ru_own.trust_ref
    hostility = (
        us.hostility / (us.hostility + us_own.half_hostility) - us_own.hostility_ref
        + ru.hostility / (ru.hostility + ru_own.half_hostility) - ru_own.hostility_ref
    )  # fmt: skip
    goodwill = (
        us.goodwill / (us.goodwill + us_own.half_goodwill) - us_own.goodwill_ref
        + ru.goodwill / (ru.goodwill + ru_own.half_goodwill) - ru_own.goodwill_ref
    )  # fmt: skip
    return p.responsiveness * (
        p.trust_weight * trust
        - p.hostility_weight * hostility
        + p.goodwill_weight * goodwill
        - p.rivalry_term
    )


@scalar
def session(rng, p, us_own, us, ru_own, ru, w, day):
    """A salient session: agreement and breakdown are competing risks since the last one."""
    make_joint(p, us_own, us, ru_own, ru, w, ROUND, day)
    factor = math.exp(climate(p, us_own, us, ru_own, ru))
    signing, breaking = p.agreement[w.issue] * factor, p.breakdown[w.issue] / factor
    if rng.random() >= 1.0 - math.exp(-(signing + breaking)):
        w.talks_due = day + p.session_days
        return
    w.talks = NO_TALKS
    if rng.random() * (signing + breaking) < signing:
        make_joint(p, us_own, us, ru_own, ru, w, AGREEMENT, day)
        if w.issue == 0:
            arms_text(rng, p, w, day)
    else:
        w.broken_down = 1


@scalar
def convene(rng, p, w, day):
    """Prepared talks open on an issue, or fall through while expulsions are fresh."""
    if rng.random() >= math.exp(-p.chill_weight * w.chill):
        w.talks = NO_TALKS
        return
    w.talks, w.opened, w.talks_due = UNDER_WAY, 1, day + p.session_days
    total = p.agenda[0]  # arms control is always open, the others as far as something opened them
    for k in range(1, 5):
        total += p.agenda[k] * w.openings[k]
    target, k = rng.random() * total - p.agenda[0], 0
    while target >= 0.0 and k < 4:
        k += 1
        target -= p.agenda[k] * w.openings[k]
    w.issue = k


@scalar
def meet(rng, p, us_own, us, ru_own, ru, w, day):
    """The leaders meet, with or without a joint document, or their meeting is called off."""
    w.summit_due = NEVER
    if rng.random() >= p.summit_held * math.exp(-p.chill_weight * w.chill):
        return
    make_joint(p, us_own, us, ru_own, ru, w, SUMMIT, day)
    log_odds = p.document_offset + climate(p, us_own, us, ru_own, ru)
    if rng.random() * (1.0 + math.exp(-log_odds)) < 1.0:
        w.last_document = day
