"""Mesa: a Model with two Agents; one step is one week.

As Mesa's guide does it ("Introductory Tutorial", "Best Practices", "Migration guide" to Mesa 3):
the model takes its seed to `Model.__init__`, agents register with it, `step` activates them
through the model's AgentSet with `do` (in order: the two review on different days), random
numbers come from `model.random`. What a run hands back is read off the model at its end. No
DataCollector, since nothing is collected week by week, and so a plain loop instead of `batch_run`,
which asks for one and is slower.
"""

import mesa

from benchmarks.peers.catalogue import (
    DAYS,
    FIRST_REVIEW,
    KNOWN,
    ON_TABLE,
    ON_WEEKS_END,
    RU,
    US,
    WEEK,
    WEEKS,
)
from benchmarks.peers.choice import choose_and_move
from benchmarks.peers.deeds import dated_deeds, perceive
from benchmarks.peers.parameters import plain
from benchmarks.peers.record import record_week
from benchmarks.peers.results import collected, summary
from benchmarks.peers.state import (
    BETWEEN_FLOATS,
    BETWEEN_WHOLE,
    SIDE_FLOATS,
    SIDE_WHOLE,
    begin_between,
    begin_side,
    furnish,
)
from benchmarks.peers.surroundings import begin_week, end_week
from benchmarks.peers.table import hold_table


class Government(mesa.Agent):
    """One of the two; its state are its attributes."""

    def __init__(self, model, number, own):
        super().__init__(model)
        self.number, self.own, self.first = number, own, FIRST_REVIEW[number]
        furnish(self, SIDE_FLOATS, SIDE_WHOLE)
        begin_side(self, own, self.first)

    def review(self, monday):
        """Perceive, choose and move on its own day of the week."""
        day = monday + self.first
        model = self.model
        if day >= DAYS:
            return
        if day <= KNOWN:
            model.keep_calendar(day)
        perceive(self.own, self, day)
        if day > KNOWN:
            other, rng = self.other, model.random
            choose_and_move(rng, model.p, self.number, self.own, self, other.own, other, model, day)


class Dyad(mesa.Model):
    """What lies between the two governments and around them are the model's attributes."""

    def __init__(self, p, us_own, ru_own, seed=None):
        super().__init__(seed=seed)
        self.p = p
        furnish(self, BETWEEN_FLOATS, BETWEEN_WHOLE)
        begin_between(self, p, self.random)
        us, ru = Government(self, US, us_own), Government(self, RU, ru_own)
        us.other, ru.other = ru, us
        self.us, self.ru = us, ru
        self.world = p, us_own, us, ru_own, ru, self
        self.normals = self.rng.standard_normal((WEEKS, 2)).tolist()

    def keep_calendar(self, day):
        """Dated deeds up to this day."""
        dated_deeds(self.random, *self.world, day)

    def step(self):
        """One week."""
        week, rng, world = self.steps - 1, self.random, self.world
        monday = week * WEEK
        if monday <= KNOWN:
            self.keep_calendar(monday)
        begin_week(rng, *world, monday, *self.normals[week])
        self.agents.do("review", monday)
        if monday + ON_TABLE < DAYS:
            hold_table(rng, *world, monday + ON_TABLE)
        day = min(monday + ON_WEEKS_END, DAYS - 1)
        if day <= KNOWN:
            self.keep_calendar(day)
        end_week(rng, self.p, self.us, world[3], self.ru, self, day)
        record_week(self.p, self, day)


def history(p, us_own, ru_own, seed):
    """One history under one draw."""
    model = Dyad(p, us_own, ru_own, seed)
    for _ in range(WEEKS):
        model.step()
    return summary(model.us, model.ru, model)


def simulate(shared, own, runs_per_draw, seed):
    """Histories of each draw, one after the other; each has a seed of its own."""
    draws = plain(shared, own)
    return collected(
        (
            history(*draw, seed + number * runs_per_draw + run)
            for number, draw in enumerate(draws)
            for run in range(runs_per_draw)
        ),
        runs_per_draw,
    )
