"""The record that a coder would make of a simulated run.

It has what `relsim.inference.calibrate.record_likelihood` takes a record to have: every move of one
side but proposals and answers, leaders' meetings, agreements, and collisions. Of an accepted
proposal and its acceptance there are implied rows on their days; any other proposal is recorded
with a certain chance, with its rejection, if there was one. Sessions of talks are not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from relsim.history.events import BOTH, COLLISION, Event
from relsim.runs.chunk_result import Vocabulary
from relsim.scenario.schema import Scenario
from relsim.worlds.randomness.streams import Succession

__all__ = ["record_of_run"]

MET = ("summit", "agreement")
ANSWERS = {"accept_proposal": True, "reject_proposal": False}


def record_of_run(
    log: npt.NDArray[np.void],
    words: Vocabulary,
    scenario: Scenario,
    detected: float,
    seed: int,
) -> tuple[Event, ...]:
    """The record of one run, in order of date.

    Parameters
    ----------
    log : structured array of `relsim.runs.chunk_result.LOG_TYPE`
        Of one run, as it happened.
    words : Vocabulary
        What the log's numbers stand for.
    scenario : Scenario
        That was simulated.
    detected : float
        Chance that a proposal which was not accepted is recorded.
    seed : int
        Of what is detected.

    Returns
    -------
    tuple of Event
    """
    random, rows = Succession(seed, "record of a run"), list(_rows(log, words))
    found = []
    answers = _answers(rows)
    hidden: set[int] = set()
    for place, (_, kind, actor, _, _) in enumerate(rows):
        if actor is None or not kind.startswith("propose_"):
            continue
        answer = answers.get(place)
        accepted = answer is not None and ANSWERS[rows[answer][1]]
        if not accepted and random.uniforms((1,))[0] >= detected:
            hidden |= {place} if answer is None else {place, answer}
    implied = {
        one for place, answer in answers.items() if ANSWERS[rows[answer][1]]
        for one in (place, answer)
    }  # fmt: skip
    answered = {*answers.values()}
    for place, (day, kind, actor, subject, value) in enumerate(rows):
        unseen = place in hidden or (kind in ANSWERS and place not in answered)
        if unseen or not (kind == COLLISION or kind in (MET if actor is None else scenario.moves)):
            continue
        others = [name for name in scenario.actors if name != actor]
        target = str(subject) if kind == COLLISION else BOTH if actor is None else others[0]
        found.append(
            Event(
                date=scenario.date_of(day), actor=actor or BOTH, target=target, move=kind,
                size=value if kind == COLLISION else None, what="simulated", source="a run",
                confidence=1, kind="implied" if place in implied else "recorded",
            )
        )  # fmt: skip
    return tuple(found)


Row = tuple[int, str, str | None, str | None, float]


def _rows(log: npt.NDArray[np.void], words: Vocabulary) -> Iterator[Row]:
    """Day, kind, actor, subject and value of each happening."""
    for row in log:
        actor, subject = int(row["actor"]), int(row["subject"])
        yield (
            int(row["day"]), words.kinds[row["kind"]], words.actors[actor] if actor >= 0 else None,
            words.subjects[subject] if subject >= 0 else None, float(row["value"]),
        )  # fmt: skip


def _answers(rows: Sequence[Row]) -> dict[int, int]:
    """The place of the answer to each proposal that got one.

    Where both sides had proposed the same, who accepts sees its own proposal agreed on, too.
    """
    pending: dict[str, int] = {}
    found = {}
    for place, (_, kind, actor, _, _) in enumerate(rows):
        if actor is None:
            continue
        if kind.startswith("propose_"):
            pending[actor] = place
        elif kind == "proposal_lapsed":
            pending.pop(actor, None)
        elif kind in ANSWERS:
            asked = [other for other in pending if other != actor]
            if asked:
                answered = pending.pop(asked[0])
                found[answered] = place
                own = pending.get(actor)
                if ANSWERS[kind] and own is not None and rows[own][1] == rows[answered][1]:
                    found[pending.pop(actor)] = place
    return found
