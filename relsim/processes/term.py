"""One term of all runs together: every process is begun here, in the order of business."""

from collections.abc import Generator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from simpy import Event

from relsim.errors import RelsimError, SimulationError
from relsim.processes.actor import Forced, Reviewing, actor
from relsim.processes.calendar import calendar
from relsim.processes.domestic import domestic
from relsim.processes.effects import Scene
from relsim.processes.escalation import internal_order, ladder
from relsim.processes.projects import project
from relsim.processes.recorder import Recorder, Watcher
from relsim.processes.sanctions import sanctions
from relsim.processes.shocks import collisions, openings
from relsim.processes.talks import talks
from relsim.processes.treaties import treaty_register
from relsim.rules import Rule, rule_named
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import TICKS_PER_DAY, Clock, Phase, tick
from relsim.worlds.parameters import Floats
from relsim.worlds.record import Record
from relsim.worlds.worlds import Worlds

Process = Generator[Event, None, None]


def _named(name: str, process: Process, clock: Clock) -> Process:
    """A process of which an error says the name, and the day on which it came."""
    try:
        yield from process
    except RelsimError:
        raise
    except Exception as error:
        day = clock.now // TICKS_PER_DAY
        raise SimulationError(
            f"{name} on {clock.date_of(day)}, day {day}: {type(error).__name__}: {error}"
        ) from error


def run_term(
    scenario: Scenario,
    worlds: Worlds,
    clock: Clock,
    record: Record,
    watcher: Watcher,
    rules: Mapping[str, Rule],
    changes: Mapping[int, Mapping[str, Floats]],
    columns: Sequence[slice],
    sampled: npt.NDArray[np.int64],
    forced: Mapping[int, Forced],
) -> Recorder:
    """Begin every process and run the clock to the end of the term.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    worlds : Worlds
        Arrays of the runs, as on the first day; changed in place.
    clock : Clock
        Of the term.
    record : Record
        Hands what happens to the monitors and to the event log.
    watcher : Watcher
        The outcome monitors, which are given the weekly series.
    rules : mapping
        Rules of one's own by actor; the others follow the rule that the scenario names.
    changes : mapping
        Parameter columns that calendar entries set, by the entry's number.
    columns, sampled
        See `Recorder`.
    forced : mapping
        Moves forced on an actor, by column.

    Returns
    -------
    Recorder
        What was kept of the weeks.
    """
    scene, stage = Scene(worlds, record), worlds.stage

    def begin(name: str, process: Process) -> None:
        clock.env.process(_named(name, process, clock))

    begin("calendar", calendar(worlds, clock, scene, scenario.calendar, changes))
    begin("collisions", collisions(worlds, clock, scene))
    begin("openings", openings(worlds, clock, scene))
    for number, (name, spec) in enumerate(scenario.actors.items()):
        begin(f"domestic politics of {name}", domestic(worlds, clock, number, spec))
    begin("sanctions", sanctions(worlds, clock, scenario.third_parties))
    begin("treaty register", treaty_register(worlds, clock, record))
    begin("escalation ladder", ladder(worlds, clock, scene, len(scenario.ladder.rungs) - 1))
    for name in scenario.internal_order:
        begin(f"internal order of {name}", internal_order(worlds, clock, scene, stage.actor(name)))
    for number, (name, work) in enumerate(scenario.projects.items()):
        begin(f"project {name}", project(worlds, clock, scene, number, work))
    expresses = stage.expression(scenario)
    for number, (name, spec) in enumerate(scenario.actors.items()):
        reviewing = Reviewing(
            actor=number,
            name=name,
            every=int(spec.review_every.constant or 1),
            first=int(spec.first_review.constant or 0),
            rule_name="custom" if name in rules else spec.rule,
            rule=rules.get(name) or rule_named(spec.rule),
            expresses=expresses,
            forced={run: what for run, what in forced.items() if what.actor == name},
        )
        begin(f"actor {name}", actor(worlds, clock, scene, reviewing))
    issues = scenario.issues.values()
    arms, standing = [i.arms for i in issues], [i.standing for i in issues]
    begin("talks", talks(worlds, clock, scene, arms, standing))
    recorder = Recorder(worlds, clock, watcher, columns, sampled)
    begin("recorder", recorder.process())
    # One tick more, so that the last day is simulated to its end.
    clock.env.run(until=tick(clock.days, Phase.CALENDAR) + 1)
    return recorder
