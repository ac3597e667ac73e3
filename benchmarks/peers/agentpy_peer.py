"""AgentPy: a Model with an AgentList of two Agents; one step is one week.

As AgentPy's guide does it ("Overview", section "Creating models"): agents and the model begin in
`setup`, `step` calls the agents through their AgentList, random numbers come from the model's two
generators, `Model.run` makes `steps` steps. The guide runs several parameter sets by an
Experiment; that makes a data frame a run, which costs about half as much again as the run itself,
so here a plain loop calls `Model.run` and reads what it wants off the model.
"""

import agentpy as ap

from benchmarks.peers.catalogue import (
    DAYS,
    FIRST_REVIEW,
    KNOWN,
    ON_TABLE,
    ON_WEEKS_END,
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


class Government(ap.Agent):
    """One of the two; its state are its attributes."""

    def setup(self):
        """Begin as the draw says; the first made is the United States."""
        self.number = self.model.made
        self.model.made += 1
        self.own, self.first = self.model.draw[1 + self.number], FIRST_REVIEW[self.number]
        furnish(self, SIDE_FLOATS, SIDE_WHOLE)
        begin_side(self, self.own, self.first)

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
            choose_and_move(
                rng, model.draw[0], self.number, self.own, self, other.own, other, model, day
            )


class Dyad(ap.Model):
    """What lies between the two governments and around them are the model's attributes."""

    def setup(self, draws):
        """Begin one history of the draw that the parameters name."""
        self.draw, self.made = draws[self.p.draw], 0
        furnish(self, BETWEEN_FLOATS, BETWEEN_WHOLE)
        begin_between(self, self.draw[0], self.random)
        self.agents = ap.AgentList(self, 2, Government)
        us, ru = self.agents
        us.other, ru.other = ru, us
        self.world = self.draw[0], us.own, us, ru.own, ru, self
        self.normals = self.nprandom.standard_normal((WEEKS, 2)).tolist()

    def keep_calendar(self, day):
        """Dated deeds up to this day."""
        dated_deeds(self.random, *self.world, day)

    def step(self):
        """One week."""
        week, rng, world = self.t - 1, self.random, self.world
        monday = week * WEEK
        if monday <= KNOWN:
            self.keep_calendar(monday)
        begin_week(rng, *world, monday, *self.normals[week])
        self.agents.review(monday)
        if monday + ON_TABLE < DAYS:
            hold_table(rng, *world, monday + ON_TABLE)
        day = min(monday + ON_WEEKS_END, DAYS - 1)
        if day <= KNOWN:
            self.keep_calendar(day)
        p, _, us, ru_own, ru, _ = world
        end_week(rng, p, us, ru_own, ru, self, day)
        record_week(p, self, day)


def history(draws, draw, seed):
    """One history under one draw."""
    model = Dyad({"draw": draw, "steps": WEEKS, "report_seed": False}, draws=draws)
    model.run(seed=seed, display=False)
    return summary(*model.agents, model)


def simulate(shared, own, runs_per_draw, seed):
    """Histories of each draw, one after the other; each has a seed of its own."""
    draws = plain(shared, own)
    runs = range(len(draws) * runs_per_draw)
    return collected(
        (history(draws, run // runs_per_draw, seed + run) for run in runs), runs_per_draw
    )
