"""The table: proposals lapse, talks and leaders' meetings convene, rounds end or go on."""

from collections.abc import Generator, Sequence

import numpy as np
import numpy.typing as npt
import simpy
from scipy.special import expit

from relsim.processes.drivers import saturation
from relsim.processes.effects import Scene
from relsim.processes.making import make_joint, sign
from relsim.processes.perception import at
from relsim.worlds.clock import WEEK, Clock, Phase, day_after
from relsim.worlds.parameters import Derived, Floats, Parameters, keep
from relsim.worlds.streams import Stream
from relsim.worlds.worlds import (
    NEVER,
    NO_TALKS,
    NOTHING,
    PREPARING,
    UNDER_WAY,
    Worlds,
)

Index = npt.NDArray[np.int64]
STEEPEST = np.float32(40.0)  # beyond any chance that matters, within what float32 can hold
DAYS_A_MONTH = np.float32(365.25 / 12)


def climate(worlds: Worlds, idx: Index) -> Floats:
    """How favourable the mood is to agreement, x, in the runs idx.

    x = w_q Σ(q − q°) − w_H Σ(psi(H) − psi°) + w_K Σ(psi(K) − psi°) − w_R · rivalry, sums over
    the two sides (model page: talks).
    """
    parameters = worlds.parameters
    trust, hostility, goodwill = (np.zeros(idx.size, np.float32) for _ in range(3))
    for actor, name in enumerate(worlds.stage.actors):
        own = f"actors.{name}"

        def value(path: str, own: str = own) -> Floats:
            return at(parameters[f"{own}.{path}"], idx)

        c, d = worlds.trust_belief[actor][:, idx]
        trust += c / (c + d) - value("reference.trust")
        felt = saturation(worlds.hostility[actor, idx], value("hostility_saturation"))
        hostility += felt - value("reference.hostility")
        warmth = saturation(worlds.goodwill[actor, idx], value("goodwill_saturation"))
        goodwill += warmth - value("reference.goodwill")
    weight = {
        key: at(parameters[f"talks.{key}_weight"], idx)
        for key in ("trust", "hostility", "goodwill", "rivalry")
    }
    result: Floats = (
        weight["trust"] * trust
        - weight["hostility"] * hostility
        + weight["goodwill"] * goodwill
        - weight["rivalry"] * at(parameters["dyad.rivalry"], idx)
    )
    return result


def choose_issue(worlds: Worlds, idx: Index, lots: Floats, standing: Sequence[bool]) -> None:
    """Draw the issue of talks that convene: its share of the agenda, times its openings.

    A standing issue (arms control) is always open; the others as far as something opened them.
    """
    weights = np.stack(
        [
            np.broadcast_to(
                at(worlds.parameters[f"issues.{name}.agenda"], idx)
                * (1 if standing[number] else worlds.openings[number, idx]),
                idx.shape,
            )
            for number, name in enumerate(worlds.stage.issues)
        ]
    )
    target = lots * weights.sum(axis=0)
    cumulated = np.zeros(idx.size, np.float32)
    issue = np.zeros(idx.size, dtype=np.int8)
    for row in weights:
        cumulated += row
        issue += cumulated <= target
    worlds.talks_issue[idx] = np.minimum(issue, len(weights) - 1)


def lapse(worlds: Worlds, day: int) -> None:
    """Proposals that nobody answered in time end."""
    for actor in range(len(worlds.stage.actors)):
        gone = (worlds.proposal[actor] != NOTHING) & (worlds.proposal_until[actor] <= day)
        worlds.proposal[actor, gone] = NOTHING


def next_round(worlds: Worlds, idx: Index, day: int) -> None:
    """Set the day of the next salient round."""
    weeks = at(worlds.parameters["talks.round_every"], idx)
    worlds.talks_due[idx] = day_after(day, weeks)


def hazards(parameters: Parameters, issues: Sequence[str], width: int) -> tuple[Floats, Floats]:
    """Rates a year of agreement and of breakdown by issue, each of shape (issues, runs)."""
    agreement, breakdown = (
        parameters.rows([f"issues.{name}.{end}_rate" for name in issues], width)
        for end in ("agreement", "breakdown")
    )
    return agreement, breakdown


def rounds(
    worlds: Worlds,
    scene: Scene,
    idx: Index,
    day: int,
    lots: Floats,
    rates: tuple[Floats, Floats],
    arms: npt.NDArray[np.bool_],
) -> None:
    """Hold the rounds that are due; each ends in agreement, in breakdown, or in another round.

    With agreement rate s e^{θx} and breakdown rate f e^{−θx} a month over L months, talks end
    with chance 1 − exp(−(s + f) L), signed in the share s / (s + f): competing risks.
    """
    make_joint(scene, "negotiation_round", idx, day)
    parameters = worlds.parameters
    months = at(parameters["talks.round_every"], idx) * np.float32(WEEK) / DAYS_A_MONTH
    mood = at(parameters["talks.responsiveness"], idx) * climate(worlds, idx)
    tilt = np.exp(np.clip(mood, -STEEPEST, STEEPEST))
    issue = worlds.talks_issue[idx]
    agreement, breakdown = (of_issue[issue, idx] for of_issue in rates)
    agreement *= tilt / np.float32(12)
    breakdown /= tilt * np.float32(12)
    ends = 1 - np.exp(-(agreement + breakdown) * months)
    ended = lots < ends
    signed = lots * (agreement + breakdown) < ends * agreement  # both rates may be zero
    worlds.talks[idx[ended]] = NO_TALKS
    scene.record.happened("talks_broken_down", None, idx[ended & ~signed], day)
    sign(scene, idx[signed], issue[signed], day, arms)
    next_round(worlds, idx[~ended], day)


def thaw_enough(worlds: Worlds, idx: Index, lots: Floats) -> npt.NDArray[np.bool_]:
    """Whether a prepared meeting convenes although diplomats were expelled of late."""
    weight = at(worlds.parameters["talks.chill_weight"], idx)
    result: npt.NDArray[np.bool_] = lots < np.exp(-weight * worlds.chill[idx])
    return result


def convene(
    worlds: Worlds, scene: Scene, day: int, lots: Floats, issues: Floats, standing: Sequence[bool]
) -> None:
    """Open the talks that are prepared, or call them off while expulsions are fresh."""
    due = np.flatnonzero((worlds.talks == PREPARING) & (worlds.talks_due <= day) & worlds.calm)
    if not due.size:
        return
    held = thaw_enough(worlds, due, lots[due])
    worlds.talks[due[~held]] = NO_TALKS
    opened = due[held]
    worlds.talks[opened] = UNDER_WAY
    choose_issue(worlds, opened, issues[opened], standing)
    next_round(worlds, opened, day)
    for number, name in enumerate(worlds.stage.issues):
        here = opened[worlds.talks_issue[opened] == number]
        scene.record.happened("talks_opened", None, here, day, name)


def meet(worlds: Worlds, scene: Scene, day: int, lots: Floats, papers: Stream) -> None:
    """Hold the leaders' meetings that are due, with or without a joint document."""
    due = np.flatnonzero((worlds.summit_due != NEVER) & (worlds.summit_due <= day) & worlds.calm)
    if not due.size:
        return
    worlds.summit_due[due] = NEVER
    parameters = worlds.parameters
    chance = at(parameters["talks.summit_held"], due) * np.exp(
        -at(parameters["talks.chill_weight"], due) * worlds.chill[due]
    )
    held = due[lots[due] < chance]
    make_joint(scene, "summit", held, day)
    mood = climate(worlds, held) * at(parameters["talks.responsiveness"], held)
    log_odds = at(parameters["talks.document_offset"], held) + mood
    signed = papers.uniforms(day)[held] < expit(log_odds)
    scene.record.happened("summit_with_document", None, held[signed], day)


def talks(
    worlds: Worlds, clock: Clock, scene: Scene, arms: Sequence[bool], standing: Sequence[bool]
) -> Generator[simpy.Event, None, None]:
    """Once a week, after the actors: lapses, convenings, rounds, leaders' meetings.

    While the escalation ladder stands at a rupture nobody meets; what is due waits.
    """
    streams = worlds.streams
    lots = streams.stream("talks", "convening, rounds, meetings", rows=4)
    papers = streams.stream("talks", "document")
    on_arms = np.array(arms)
    rates = Derived(worlds.parameters, lambda p: hazards(p, worlds.stage.issues, worlds.width))
    for day in clock.every(WEEK, first=WEEK - 2):
        yield clock.until(day, Phase.TABLE)
        worlds.chill *= keep(worlds.parameters["talks.chill_half_life"], 1)
        lapse(worlds, day)
        if not clock.after_known(day):
            continue
        convening, issue, ending, meeting = lots.uniforms(clock.now)
        # Rounds before convenings: talks that open today hold their first round later.
        due = np.flatnonzero((worlds.talks == UNDER_WAY) & (worlds.talks_due <= day) & worlds.calm)
        rounds(worlds, scene, due, day, ending[due], rates(), on_arms)
        convene(worlds, scene, day, convening, issue, standing)
        meet(worlds, scene, day, meeting, papers)
