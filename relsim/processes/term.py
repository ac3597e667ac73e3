"""One term of all runs together: the calendar, and every process in the order of business."""

from collections.abc import Callable, Generator, Mapping, Sequence

import numpy as np
import simpy

from relsim.array_types import Floats, Integers
from relsim.errors import RelsimError, SimulationError
from relsim.processes.actor import APART, Forced, Intervention, Reviewing, actor
from relsim.processes.domestic import domestic, internal_order
from relsim.processes.effects import Scene
from relsim.processes.making import make_joint, make_move
from relsim.processes.recorded import RecordOfMoves, make_record
from relsim.processes.recorder import Recorder
from relsim.processes.sanctions import project, sanctions
from relsim.processes.shocks import bursts, collisions, dated_collision, ladder, openings
from relsim.processes.talks import talks
from relsim.processes.treaties import entry_into_force, treaty_register
from relsim.rules import Rule, rule_named
from relsim.scenario.catalogue import CalendarEntry
from relsim.scenario.schema import Scenario
from relsim.worlds.clock import TICKS_PER_DAY, Clock, Phase, tick
from relsim.worlds.parameters import take_columns
from relsim.worlds.record import Record, RunWatcher
from relsim.worlds.worlds import Worlds, start_beliefs


def calendar(
    worlds: Worlds,
    clock: Clock,
    scene: Scene,
    entries: Sequence[CalendarEntry],
    changes: Mapping[int, Mapping[str, Floats]],
) -> Generator[simpy.Event, None, None]:
    """Carry out each entry on its day; notes are for readers only.

    Parameters
    ----------
    worlds : Worlds
        Arrays of the runs.
    clock : Clock
        Of the term.
    scene : Scene
        Through which moves are made.
    entries : sequence of CalendarEntry
        In order of date.
    changes : mapping
        Number of the entry to the new parameter columns it sets.
    """
    everyone = np.arange(worlds.width)
    for number, entry in enumerate(entries):
        day = clock.day_of(entry.date)
        yield clock.until(day, Phase.CALENDAR)
        if number in changes:
            worlds.parameters.change(changes[number])
        if entry.new_government is not None:
            start_beliefs(worlds, worlds.stage.actor(entry.new_government))
        if entry.collision is not None and entry.severity is not None:
            region, severity = entry.collision, entry.severity
            dated_collision(scene, region, severity, everyone, day, entry.actor)
        if entry.move is None:
            continue
        if entry.actor is None:
            make_joint(scene, entry.move, everyone, day)
        else:
            actor = worlds.stage.actor(entry.actor)
            make_move(scene, actor, worlds.stage.move(entry.move), everyone, day)


def brought_about(
    clock: Clock, scene: Scene, asked: Intervention
) -> Generator[simpy.Event, None, None]:
    """Let both sides make a joint move on its days, in the runs in which it is to happen."""
    for number in range(int(asked.made.max(initial=0))):
        day = asked.first + number * APART
        if day > asked.last:
            return
        yield clock.until(day, Phase.CALENDAR)
        make_joint(scene, asked.move, np.flatnonzero(asked.made > number), day)


Process = Generator[simpy.Event, None, None]
WeekEnd = Callable[[int], None]  # given the last day of a week; may call `Worlds.take`


def week_ends(clock: Clock, each: WeekEnd) -> Process:
    """Call at the end of each week, and of the short week that ends the term.

    Begun after the recorder, so that each week is recorded before it.
    """
    for day in clock.record_days():
        yield clock.until(day, Phase.RECORD)
        each(day)


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
    watcher: RunWatcher,
    rules: Mapping[str, Rule],
    changes: dict[int, dict[str, Floats]],
    columns: Sequence[slice],
    sampled: Integers,
    forced: Mapping[int, Forced],
    record_of_moves: RecordOfMoves | None = None,
    intervention: Intervention | None = None,
    week_end: WeekEnd | None = None,
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
    watcher : RunWatcher
        The outcome monitors, which are given the weekly series.
    rules : mapping
        Rules of one's own by actor; the others follow the rule that the scenario names.
    changes : mapping
        Parameter columns that calendar entries set, by the entry's number.
    columns, sampled
        See `Recorder`.
    forced : mapping
        Moves forced on an actor, by column.
    record_of_moves : RecordOfMoves, optional
        Dated moves that all runs make in place of the actors' own, until its last day.
    intervention : Intervention, optional
        A move that is brought about in some columns, and kept from others.
    week_end : callable, optional
        Called at the end of each week, once it is recorded.

    Returns
    -------
    Recorder
        What was kept of the weeks.
    """
    scene, stage = Scene(worlds, record), worlds.stage

    def begin(name: str, process: Process) -> None:
        clock.env.process(_named(name, process, clock))

    begin("calendar", calendar(worlds, clock, scene, scenario.calendar, changes))
    if worlds.bursts:
        begin("bursts", bursts(worlds, clock))
    begin("collisions", collisions(worlds, clock, scene))
    begin("openings", openings(worlds, clock, scene))
    for number, (name, spec) in enumerate(scenario.actors.items()):
        begin(f"domestic politics of {name}", domestic(worlds, clock, number, spec))
    begin("sanctions", sanctions(worlds, clock, scenario.third_parties))
    begin("entry into force", entry_into_force(worlds, clock, record, scenario.treaties))
    begin("treaty register", treaty_register(worlds, clock, record))
    begin("escalation ladder", ladder(worlds, clock, scene, len(scenario.ladder.rungs) - 1))
    for name in scenario.internal_order:
        begin(f"internal order of {name}", internal_order(worlds, clock, scene, stage.actor(name)))
    for number, (name, work) in enumerate(scenario.projects.items()):
        begin(f"project {name}", project(worlds, clock, scene, number, work))
    expresses, reviewers = stage.expression(scenario), []
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
            intervention=intervention if intervention and intervention.actor == name else None,
        )
        reviewers.append(reviewing)
        begin(f"actor {name}", actor(worlds, clock, scene, reviewing))
    if intervention is not None and intervention.actor is None:
        begin("intervention", brought_about(clock, scene, intervention))
    issues = scenario.issues.values()
    arms, standing = [i.arms for i in issues], [i.standing for i in issues]
    if record_of_moves is not None:
        begin("record", make_record(worlds, clock, scene, reviewers, record_of_moves, standing))
    begin("talks", talks(worlds, clock, scene, arms, standing))
    recorder = Recorder(worlds, clock, watcher, columns, sampled)

    def follow(index: Integers, same_parameters: bool) -> None:
        watcher.take(index)
        record.take(index)
        recorder.take(index)
        if not same_parameters:
            take_columns(changes, index)

    worlds.followers.append(follow)
    begin("recorder", recorder.process())
    if week_end is not None:
        begin("end of the week", week_ends(clock, week_end))
    # One tick more, so that the last day is simulated to its end.
    clock.env.run(until=tick(clock.days, Phase.CALENDAR) + 1)
    return recorder
