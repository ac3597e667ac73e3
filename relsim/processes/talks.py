"""The table: proposals lapse, talks and leaders' meetings convene, rounds end or go on."""

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np
import simpy
from scipy.special import expit

from relsim.array_types import Booleans, Floats, Integers
from relsim.processes.effects import Scene, by_proposal
from relsim.processes.making import make_joint, sign
from relsim.processes.motives import saturation
from relsim.worlds.clock import WEEK, Clock, Phase
from relsim.worlds.parameters import Derived, Parameters, at, keep
from relsim.worlds.randomness.streams import rest
from relsim.worlds.stage import Stage
from relsim.worlds.worlds import NEVER, NO_TALKS, NOTHING, PREPARING, UNDER_WAY, Worlds

STEEPEST = np.float32(40.0)  # beyond any chance that matters, within what float32 can hold
ONE = np.ones((), np.float32)
DAYS_A_MONTH = np.float32(365.25 / 12)


class Climate(NamedTuple):
    """Weights of the mood at the table, each times the responsiveness; () or (runs,).

    `usual` is what the references and the rivalry take away. Half-saturations come by actor.
    """

    trust: Floats
    hostility: Floats
    goodwill: Floats
    usual: Floats
    hostility_half: list[Floats]
    goodwill_half: list[Floats]

    @classmethod
    def of(cls, parameters: Parameters, actors: Sequence[str]) -> "Climate":
        """As the parameters have it."""

        def own(path: str) -> list[Floats]:
            return [parameters[f"actors.{name}.{path}"] for name in actors]

        def weight(name: str) -> Floats:
            return parameters["talks.responsiveness"] * parameters[f"talks.{name}_weight"]

        trust, hostility, goodwill = weight("trust"), weight("hostility"), weight("goodwill")
        usual = weight("rivalry") * parameters["dyad.rivalry"]
        usual = usual + trust * sum(own("reference.trust"))
        usual = usual - hostility * sum(own("reference.hostility"))
        usual = usual + goodwill * sum(own("reference.goodwill"))
        halves = own("hostility_saturation"), own("goodwill_saturation")
        return cls(trust, hostility, goodwill, usual, *halves)


class Terms(NamedTuple):
    """What the table derives from the parameters; rates a month, by issue, (issues, runs)."""

    climate: Climate
    months: Floats
    agreement: Floats
    breakdown: Floats
    agenda: Floats
    chill_left: Floats
    relief_left: Floats

    @classmethod
    def of(cls, parameters: Parameters, stage: Stage, width: int) -> "Terms":
        """As the parameters have it."""
        agreement, breakdown, agenda = (
            parameters.rows([f"issues.{name}.{what}" for name in stage.issues], width)
            for what in ("agreement_rate", "breakdown_rate", "agenda")
        )
        return cls(
            climate=Climate.of(parameters, stage.actors),
            months=parameters["talks.round_every"] * np.float32(WEEK) / DAYS_A_MONTH,
            agreement=agreement / np.float32(12),
            breakdown=breakdown / np.float32(12),
            agenda=agenda,
            chill_left=keep(parameters["talks.chill_half_life"], 1),
            relief_left=keep(parameters.get("talks.summit_relief_half_life", ONE), 1),
        )


def mood(worlds: Worlds, idx: Integers, climate: Climate) -> Floats:
    """How far the climate favours agreement, θ x, as log-odds, in the runs idx.

    x = w_q Σ(q − q°) − w_H Σ(psi(H) − psi°) + w_K Σ(psi(K) − psi°) − w_R · rivalry, sums over
    the two sides (model page: talks).
    """
    trust, hostility, goodwill = (np.zeros(idx.size, np.float32) for _ in range(3))
    for actor, (c, d) in enumerate(worlds.trust_belief):
        felt, warmth = worlds.hostility[actor, idx], worlds.goodwill[actor, idx]
        trust += saturation(c[idx], d[idx])  # c / (c + d), the mean of the belief
        hostility += saturation(felt, at(climate.hostility_half[actor], idx))
        goodwill += saturation(warmth, at(climate.goodwill_half[actor], idx))
    trust *= at(climate.trust, idx)
    hostility *= at(climate.hostility, idx)
    goodwill *= at(climate.goodwill, idx)
    return trust - hostility + goodwill - at(climate.usual, idx)


def choose_issue(
    worlds: Worlds, idx: Integers, uniforms: Floats, agenda: Floats, standing: Booleans
) -> None:
    """Draw the issue of talks that convene: its share of the agenda, times its openings.

    A standing issue (arms control) is always open; the others as far as something opened them.
    """
    openings = worlds.openings.take(idx, axis=1)
    openings[standing] = 1
    cumulated = np.cumsum(agenda.take(idx, axis=1) * openings, axis=0)
    issue = (cumulated <= uniforms * cumulated[-1]).sum(axis=0, dtype=np.int8)
    worlds.talks_issue[idx] = np.minimum(issue, len(agenda) - 1)


def lapse(scene: Scene, day: int) -> None:
    """Proposals that nobody answered in time end."""
    worlds = scene.worlds
    for actor, name in enumerate(worlds.stage.actors):
        pending, until = worlds.proposal[actor], worlds.proposal_until[actor]
        lapsed = np.flatnonzero((pending != NOTHING) & (until <= day))
        asked = by_proposal(worlds.stage, pending[lapsed], lapsed) if lapsed.size else ()
        for subject, runs, _ in asked:
            scene.record.happened("proposal_lapsed", name, runs, day, subject)
        pending[lapsed] = NOTHING


def rounds(
    scene: Scene, idx: Integers, day: int, uniforms: Floats, terms: Terms, arms: Booleans
) -> None:
    """Hold the rounds that are due; each ends in agreement, in breakdown, or in another round.

    With agreement rate s e^{θx} and breakdown rate f e^{−θx} a month over L months, talks end
    with chance 1 − exp(−(s + f) L), signed in the share s / (s + f): competing risks.
    """
    worlds, due = scene.worlds, scene.later("talks.round_every", idx, day)
    make_joint(scene, "negotiation_round", idx, day, value=due)
    log_odds = mood(worlds, idx, terms.climate)
    odds = np.exp(np.clip(log_odds, -STEEPEST, STEEPEST, out=log_odds))
    issue = worlds.talks_issue[idx]
    agreement = terms.agreement[issue, idx] * odds
    both = agreement + terms.breakdown[issue, idx] / odds
    ends = 1 - np.exp(-both * at(terms.months, idx))
    ended = uniforms < ends
    signed = uniforms * both < ends * agreement  # both rates may be zero
    worlds.talks[idx[ended]] = NO_TALKS
    scene.record.happened("talks_broken_down", None, idx[ended & ~signed], day)
    left = rest(uniforms[signed], 0, (ends * agreement)[signed] / both[signed])
    sign(scene, idx[signed], issue[signed], day, arms, left)
    worlds.talks_due[idx[~ended]] = due[~ended]


def thaw(worlds: Worlds, idx: Integers) -> Floats:
    """Chance that what is prepared convenes although diplomats were expelled of late."""
    weight = at(worlds.parameters["talks.chill_weight"], idx)
    result: Floats = np.exp(-weight * worlds.chill[idx])
    return result


def convene(
    scene: Scene,
    idx: Integers,
    day: int,
    uniforms: Floats,
    agenda: Floats,
    standing: Booleans,
) -> None:
    """Open the talks that are prepared, or call them off while expulsions are fresh."""
    worlds = scene.worlds
    chance = thaw(worlds, idx)
    held = uniforms < chance
    opened, off = idx[held], idx[~held]
    worlds.talks[off] = NO_TALKS
    scene.record.happened("talks_called_off", None, off, day)
    worlds.talks[opened] = UNDER_WAY
    choose_issue(worlds, opened, rest(uniforms[held], 0, chance[held]), agenda, standing)
    due = worlds.talks_due[opened] = scene.later("talks.round_every", opened, day)
    issue = worlds.talks_issue[opened]
    for number, name in enumerate(worlds.stage.issues):
        on_it = issue == number
        scene.record.happened("talks_opened", None, opened[on_it], day, name, value=due[on_it])


def meet(scene: Scene, idx: Integers, day: int, uniforms: Floats, climate: Climate) -> None:
    """Hold the leaders' meetings that are due, with or without a joint document."""
    worlds = scene.worlds
    worlds.summit_due[idx] = NEVER
    chance = at(worlds.parameters["talks.summit_held"], idx) * thaw(worlds, idx)
    convened = uniforms < chance
    held = idx[convened]
    scene.record.happened("meeting_called_off", None, idx[~convened], day)
    make_joint(scene, "summit", held, day)
    log_odds = at(worlds.parameters["talks.document_offset"], held) + mood(worlds, held, climate)
    signed = rest(uniforms[convened], 0, chance[convened]) < expit(log_odds)
    scene.record.happened("summit_with_document", None, held[signed], day)


def talks(
    worlds: Worlds, clock: Clock, scene: Scene, arms: Sequence[bool], standing: Sequence[bool]
) -> Generator[simpy.Event, None, None]:
    """Once a week, after the actors: lapses, convenings, rounds, meetings, joint moves agreed on.

    While the escalation ladder stands at a rupture nobody meets; what is due waits.
    """
    stage = worlds.stage
    # Talks convene or hold a round, never both in one week, so that one row serves both.
    stream = worlds.streams.stream("talks", "sessions, meetings", rows=2)
    on_arms, always = np.array(arms), np.array(standing)
    derived = Derived(worlds.parameters, lambda p: Terms.of(p, stage, worlds.width))
    for day in clock.every(WEEK, first=WEEK - 2):
        yield clock.until(day, Phase.TABLE)
        terms = derived()
        worlds.chill *= terms.chill_left
        worlds.met_of_late *= terms.relief_left
        lapse(scene, day)
        if not clock.after_known(day):
            continue
        calm = worlds.calm
        due = (worlds.talks_due <= day) & calm
        # Looked up before either: talks that open today hold their first round later.
        in_session = np.flatnonzero(due & (worlds.talks == UNDER_WAY))
        prepared = np.flatnonzero(due & (worlds.talks == PREPARING))
        summits = np.flatnonzero((worlds.summit_due <= day) & (worlds.summit_due != NEVER) & calm)
        session, meeting = stream.uniforms(clock.now)
        rounds(scene, in_session, day, session[in_session], terms, on_arms)
        convene(scene, prepared, day, session[prepared], terms.agenda, always)
        meet(scene, summits, day, meeting[summits], terms.climate)
        for name, agreed in zip(stage.proposals[2:], worlds.joint_due, strict=True):
            ready = np.flatnonzero((agreed <= day) & (agreed != NEVER) & calm)
            agreed[ready] = NEVER
            make_joint(scene, name, ready, day)
