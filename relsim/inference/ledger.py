"""What stands open between the two sides as a run goes on: proposals, talks, leaders' meetings.

The log tells what was done; what it led to, and what came to nothing, follows from it by the
rules of the table (`relsim.processes.talks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from relsim.inference.lived import Lived
from relsim.inference.wording import day_words
from relsim.worlds.clock import day_after
from relsim.worlds.record import Entry
from relsim.worlds.worlds import NO_TALKS, PREPARING, SUMMIT, TALKS, UNDER_WAY

__all__ = ["Ledger"]

ASKED = {TALKS: "talks", SUMMIT: "a leaders’ meeting"}


@dataclass
class Ledger:
    """What is open now.

    Attributes
    ----------
    proposals : dict
        What each actor has asked for, and until which day.
    talks : int
        None, in preparation, or under way.
    talks_due, summit_due : int or None
        Day of what is in preparation.
    """

    lived: Lived
    proposals: dict[str, tuple[int, int]] = field(default_factory=dict)
    talks: int = NO_TALKS
    talks_due: int = 0
    summit_due: int | None = None

    def enter(self, entry: Entry, today: Sequence[Entry]) -> list[str]:
        """Enter a happening of today; say what it changed."""
        spec = self.lived.scenario.moves.get(entry.kind)
        act = entry.kind if spec is None or spec.joint else spec.effect
        match act:
            case "propose_talks":
                return self._propose(entry, TALKS)
            case "propose_summit":
                return self._propose(entry, SUMMIT)
            case "reject":
                asked, _ = self.proposals.pop(self._other(entry.actor))
                return [f"the proposal of {ASKED[asked]} ends"]
            case "accept":
                return self._accept(entry)
            case "suspend":
                self.talks = NO_TALKS
                return ["the talks end"]
            case "talks_opened":
                self.talks = UNDER_WAY
                return [f"first session due on {self._in('talks.round_every', entry.day)}"]
            case "negotiation_round" if self.talks == UNDER_WAY:
                return self._session(entry, today)
        return []

    def _propose(self, entry: Entry, asked: int) -> list[str]:
        until = self.after("talks.proposal_lifetime", entry.day)
        self.proposals[str(entry.actor)] = asked, until
        return [f"a proposal of {ASKED[asked]} is pending, until {self._day(until)} at most"]

    def _accept(self, entry: Entry) -> list[str]:
        own, other = str(entry.actor), self._other(entry.actor)
        asked, _ = self.proposals.pop(other)
        if asked == TALKS and self.talks == NO_TALKS:
            self.talks = PREPARING
            due = self.talks_due = self.after("talks.preparation", entry.day)
        elif asked == SUMMIT and self.summit_due is None:
            due = self.summit_due = self.after("talks.summit_preparation", entry.day)
        else:
            return [f"{ASKED[asked]}: agreed before, so nothing new convenes"]
        if self.proposals.get(own, (None,))[0] == asked:
            del self.proposals[own]  # both had asked for the same
        return [f"{ASKED[asked]} to be prepared for {self._day(due)}"]

    def _session(self, entry: Entry, today: Sequence[Entry]) -> list[str]:
        ends = {"agreement": "they end in an agreement", "talks_broken_down": "they break down"}
        told = [ends[one.kind] for one in today if one.actor is None and one.kind in ends]
        if told:
            self.talks = NO_TALKS
            return told[-1:]
        return [f"next session due on {self._in('talks.round_every', entry.day)}"]

    def lapsed(self, day: int) -> Iterator[tuple[str, str]]:
        """Actors whose proposals lapse today, and what they had asked for."""
        for actor, (asked, until) in list(self.proposals.items()):
            if until <= day:
                del self.proposals[actor]
                yield actor, ASKED[asked]

    def called_off(self, day: int, today: Sequence[Entry]) -> Iterator[tuple[str, str]]:
        """What was prepared for today and did not come about: a kind, and words.

        While the ladder stands at a rupture nothing is held, and what is due waits.
        """
        if self.lived.rung_before(day) >= self.lived.stage.rupture_at:
            return
        if self.talks == PREPARING and self.talks_due <= day:
            self.talks = NO_TALKS
            yield "talks_called_off", "The talks that were prepared are called off"
        if self.summit_due is not None and self.summit_due <= day:
            self.summit_due = None
            if all(entry.kind != "summit" for entry in today):
                yield "meeting_called_off", "The leaders’ meeting that was prepared is called off"

    def after(self, path: str, day: int) -> int:
        """The day that lies a duration of the scenario after another, as the engine has it."""
        return int(day_after(day, np.asarray(self.lived.value(path, day))))

    def _in(self, path: str, day: int) -> str:
        return self._day(self.after(path, day))

    def _day(self, day: int) -> str:
        return day_words(self.lived.scenario.date_of(day))

    def _other(self, actor: str | None) -> str:
        return next(name for name in self.lived.scenario.actors if name != actor)
