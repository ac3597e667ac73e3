"""One run simulated again: its chunk is computed once more, and one column of it kept whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from relsim.array_types import Floats, Integers
from relsim.errors import SimulationError
from relsim.rules import rule_named
from relsim.rules.several import chances_of_review, makes_several
from relsim.rules.view import Rule, View
from relsim.runs.chunk_result import NOT_RUN
from relsim.runs.engine import simulate_chunk
from relsim.runs.plan import Plan
from relsim.scenario.catalogue import Outcome
from relsim.scenario.conditions.conditions import Condition, Status, walk
from relsim.scenario.conditions.windows import Term
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import record_days
from relsim.worlds.parameters import calendar_columns, parameter_columns
from relsim.worlds.randomness.draws import draw_of_run
from relsim.worlds.record import Entry
from relsim.worlds.stage import MOTIVES, Stage, stage_of

__all__ = ["Review", "ReviewLog", "RunRecord", "simulate_again"]

Standing = tuple[str, str, str | None]  # treaty, how it stands, for which party


@dataclass(frozen=True)
class RunRecord:
    """All that is kept of one run.

    Attributes
    ----------
    plan : Plan
    run, draw : int
    term : Term
    stage : Stage
    log : tuple of Entry
        In the order in which it happened; `runs` holds this run's column alone.
    series : dict of float32 (weeks,)
    week_days : int64 (weeks,)
    first_day : dict of int
        Day of each outcome, -1 never.
    standing : dict of bool
        How treaties stand on the last day, as far as an outcome asks.
    reviews : dict of dict of Review
        By actor and day.
    values : tuple of (day, values)
        Parameters by path from a day on: those of the draw, then as dated changes left them.
    """

    plan: Plan
    run: int
    draw: int
    term: Term
    stage: Stage
    log: tuple[Entry, ...]
    series: Mapping[str, Floats]
    week_days: Integers
    first_day: Mapping[str, int]
    standing: Mapping[Standing, bool]
    reviews: Mapping[str, Mapping[int, Review]]
    values: tuple[tuple[int, Mapping[str, np.float32]], ...]

    @property
    def scenario(self) -> Scenario:
        """The scenario that was simulated."""
        return self.plan.scenario

    def value(self, path: str, day: int) -> np.float32:
        """A parameter as it stood on a day."""
        return next(values[path] for since, values in reversed(self.values) if since <= day)

    def week_of(self, day: int) -> int:
        """The week of the record in which a day lies."""
        return int(np.searchsorted(self.week_days, day))


def simulate_again(plan: Plan, run: int) -> RunRecord:
    """Simulate the chunk of a run, up to this run, and keep it.

    Parameters
    ----------
    plan : Plan
        As the ensemble had it.
    run : int
        Its number in the ensemble.

    Raises
    ------
    SimulationError
        If the run failed: some number in it is not finite.
    """
    scenario, (chunk, column) = plan.scenario, divmod(run, plan.width)
    asked = dict.fromkeys(_standings(outcome.when for outcome in scenario.outcomes.values()))
    review_logs = {
        name: ReviewLog(plan.rules.get(name) or rule_named(spec.rule), column)
        for name, spec in scenario.actors.items()
    }
    more = _with_standings(scenario, asked)
    watched = replace(plan, scenario=more, rules=review_logs, kept=(run,), log_all=False)
    result = simulate_chunk(watched, chunk)
    days = [int(day) for day in result.first_day[:, column]]
    if NOT_RUN in days:
        raise SimulationError(f"run {run} failed: not all of its numbers are finite")
    names = list(scenario.outcomes)
    term, draw = scenario.horizon.term, draw_of_run(np.array([run]), plan.runs_per_draw)
    return RunRecord(
        plan=plan,
        run=run,
        draw=int(draw[0]),
        term=term,
        stage=stage_of(scenario),
        log=result.log,
        series={name: values[:, 0] for name, values in result.sample.series.items()},
        week_days=np.asarray(record_days(term.days)),
        first_day=dict(zip(names, days, strict=False)),
        standing={key: days[len(names) + number] >= 0 for number, key in enumerate(asked)},
        reviews={name: log.seen for name, log in review_logs.items()},
        values=tuple(_values(plan, draw)),
    )


def _standings(conditions: Iterator[Condition]) -> Iterator[Standing]:
    for condition in conditions:
        for _, part in walk(condition):
            if isinstance(part, Status):
                yield part.status.treaty, part.status.is_, part.status.by


def _with_standings(scenario: Scenario, asked: Mapping[Standing, None]) -> Scenario:
    """The scenario with one more outcome for each standing, which the monitors then answer."""
    more = {
        f"standing {number}": Outcome(
            title="-",
            resolves="-",
            when=Status.model_validate({"status": {"treaty": treaty, "is": word, "by": party}}),
        )
        for number, (treaty, word, party) in enumerate(asked)
    }
    return scenario.model_copy(update={"outcomes": {**scenario.outcomes, **more}})


def _values(plan: Plan, draw: Integers) -> Iterator[tuple[int, Mapping[str, np.float32]]]:
    """Parameters of a draw, from the first day and from each dated change on."""
    scenario, day = plan.scenario, 0
    start = parameter_columns(scenario, plan.seed, draw)
    now = {path: np.float32(column.item()) for path, column in start.items()}
    yield day, dict(now)
    for number, changed in calendar_columns(scenario, plan.seed, draw, start=start).items():
        day = (scenario.calendar[number].date - scenario.horizon.start).days
        now |= {path: np.float32(column.item()) for path, column in changed.items()}
        yield day, dict(now)


@dataclass(frozen=True)
class Review:
    """What an actor had before it in one run, on one day.

    Attributes
    ----------
    day : int
    available : dict of move to float
        Moves it could make, with their log-odds against hold at the reference state.
    probabilities : dict of move to float
        The chance that the review saw each of them, once at least; of hold, that it saw none.
    routine : dict of move to float
        The same chances at the reference state.
    motives : dict of float
        Log-odds from the reference state.
    expresses : dict of move to tuple of float
        How far each of the available moves expresses the motives, in their order.
    urges : dict of move to float
        Log-odds that unanswered moves of the same kind added.
    shifts : dict of move to float
        Log-odds that momentum and recent leaders' meetings added.
    """

    day: int
    available: Mapping[str, float]
    probabilities: Mapping[str, float]
    routine: Mapping[str, float]
    motives: Mapping[str, float]
    expresses: Mapping[str, tuple[float, ...]]
    urges: Mapping[str, float]
    shifts: Mapping[str, float]


@dataclass(frozen=True)
class ReviewLog:
    """An actor's rule that also notes each review of one column of the chunk."""

    rule: Rule
    column: int
    seen: dict[int, Review] = field(default_factory=dict)

    @property
    def several_moves(self) -> bool:
        """Whether the rule is marked so: what the engine asks of each rule."""
        return makes_several(self.rule)

    def __call__(self, view: View, parameters: Mapping[str, Floats]) -> Floats:
        """Choose as the rule does."""
        run, p = self.column, self.rule(view, parameters)
        if getattr(p, "shape", None) != view.available.shape:
            return p  # the engine says what is wrong with it
        routine = view.routine[:, run if view.routine.shape[1] > 1 else 0]
        usual = np.exp(routine) * view.available[:, run]
        both = np.stack([p[:, run], usual / usual.sum()], axis=1)
        chances, routine_chances = (chances_of_review(both) if self.several_moves else both).T
        rows = [row for row, can in enumerate(view.available[:, run]) if can]
        self.seen[view.day] = Review(
            day=view.day,
            available={view.moves[row]: float(routine[row]) for row in rows},
            probabilities={view.moves[row]: float(chances[row]) for row in rows},
            routine={view.moves[row]: float(routine_chances[row]) for row in rows},
            motives=dict(zip(MOTIVES, map(float, view.drivers[:, run]), strict=True)),
            expresses={view.moves[row]: tuple(view.expresses[row].tolist()) for row in rows},
            urges={view.moves[row]: float(urge[run]) for row, urge in view.urges.items()},
            shifts={view.moves[row]: float(shift[run]) for row, shift in view.shifts.items()},
        )
        return p
