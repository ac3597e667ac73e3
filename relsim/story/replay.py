"""Replay: one run of an ensemble simulated again, as a story."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np

from relsim.arguments import MOST, seed_of, whole_number
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.opening import open_result
from relsim.errors import StoreError, UnknownName, UsageError, unknown
from relsim.processes.actor import Forced
from relsim.rules import Rule
from relsim.runs.chunk_result import NOT_RUN
from relsim.runs.plan import Plan, plan_runs, rules_of
from relsim.runs.provenance import UPDATED_THROUGH, provenance
from relsim.scenario.fields.section import day_of
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import Scenario, scenario_of
from relsim.story.happenings import happenings
from relsim.story.one_run import RunRecord, simulate_again
from relsim.story.reasons import OutcomeInRun, Records, reasons
from relsim.story.story import ForcedMove, Story
from relsim.worlds.stage import HOLD

__all__ = ["replay"]

# A midnight after the date is how Python writes a date with a time.
CHANGE = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00)?)?\s+(\S+)\s+(\S+)\s*")


def replay(
    source: Scenario | Ensemble | str | os.PathLike[str],
    run: int,
    *,
    seed: int | None = None,
    runs: int | None = None,
    draws: int | None = None,
    change: str | tuple[object, str, str] | None = None,
    rules: Mapping[str, Rule] | None = None,
) -> Story:
    """Simulate one run of an ensemble again, and return it as a story.

    Its whole chunk is computed again, since a run is one column of it; the run is the same to the
    bit on the same machine with the same versions.

    Parameters
    ----------
    source : Scenario or Ensemble, or str or path
        Or the name of a packaged scenario, or its file, or the folder of a result. An ensemble
        knows its seed and its runs a draw.
    run : int
        Number of the run, from 0.
    seed, runs, draws : int, optional
        Of the ensemble that is meant, if a scenario is given; as `relsim.simulate` takes them.
    change : str or tuple, optional
        ``"2022-05-01 US expel_diplomats"``, or date, actor and move in a tuple: what an actor does
        at its first review on or after a date, and nothing else then, whatever it would have
        picked; ``hold`` keeps it from moving. All chance stays as it was, so that what differs
        follows from the change.
    rules : mapping of actor to rule, optional
        Rules of one's own that the ensemble was simulated with.

    Returns
    -------
    Story

    Raises
    ------
    UsageError
        If there is no such run, the change cannot be made, an argument is of a wrong kind or does
        not fit the source.
    UnknownName
        If the change names no actor or move.
    StoreError
        If the run does not come out as the ensemble has it, as other versions made it.
    SimulationError
        If the run failed.

    Examples
    --------
    >>> import relsim
    >>> story = relsim.replay("us-russia-2021", 3, runs=128, draws=64)
    >>> story
    <Story of us-russia-2021: run 3 of draw 3, seed 1, ... happenings>
    >>> print(story.outcomes["mixed_relations"].title, story.outcomes["mixed_relations"].date)
    Cooperation and competition side by side 2023-05-02
    """
    source = _source(source)
    if isinstance(source, Ensemble):
        if (seed, runs, draws) != (None, None, None):
            raise UsageError("a result knows its seed, runs and draws: leave them out")
        plan = _plan_of(source, rules_of(source.scenario, rules))
    else:
        total, per_draw = plan_runs(runs, draws)
        seed = 1 if seed is None else seed_of(seed)
        plan = Plan(source, seed, total, per_draw, rules_of(source, rules))
    run = whole_number("run", run, least=-MOST)
    if not 0 <= run < plan.runs:
        raise UsageError(f"run must be from 0 to {plan.runs - 1:,} (got {run:,})")
    if change is None:
        record = simulate_again(plan, run)
        if isinstance(source, Ensemble):
            _check_row(source, record)
        return _story(record, None)
    asked, forced = _forced(change, plan.scenario)
    record = simulate_again(replace(plan, forced={run: forced}), run)
    return _story(record, _made(record, asked, forced))


def _source(given: Scenario | Ensemble | str | os.PathLike[str]) -> Scenario | Ensemble:
    """A result if it is one or its folder, else a scenario."""
    if isinstance(given, Ensemble):
        return given
    if isinstance(given, (str, os.PathLike)) and given not in packaged() and os.path.isdir(given):
        return open_result(given)
    return scenario_of(given)


def _plan_of(result: Ensemble, rules: dict[str, Rule]) -> Plan:
    if UPDATED_THROUGH in result.provenance:
        raise UsageError(
            "a run of an updated ensemble cannot be replayed: its parameters, and what happened in "
            "it, are not those that the scenario draws. Write the updated scenario (relsim update "
            "--as-scenario FILE, or Update.save_scenario), and replay a run of that"
        )
    wanted = cast("list[str]", result.provenance["custom_rules"])
    missing = [actor for actor in wanted if actor not in rules]
    if missing:
        raise UsageError(
            f"the result was simulated with rules of its own for {', '.join(missing)}: "
            "give the same ones as `rules`"
        )
    width = cast("int", result.provenance["chunk_width"])
    return Plan(result.scenario, result.seed, result.runs, result.runs_per_draw, rules, width=width)


def _check_row(ensemble: Ensemble, record: RunRecord) -> None:
    """Raise if the run simulated now is not the run that was stored."""
    row = ensemble.first_day[:, record.run]
    days = dict(zip(ensemble.outcomes, map(int, row), strict=True))
    if NOT_RUN in row:
        raise UsageError(f"run {record.run} failed when the result was made: nothing to replay")
    if days != dict(record.first_day):
        differing = [name for name, day in days.items() if day != record.first_day[name]]
        versions = cast("Mapping[str, str]", ensemble.provenance["versions"])
        made = ", ".join(f"{name} {number}" for name, number in versions.items())
        raise StoreError(
            f"run {record.run} does not come out as stored ({', '.join(differing)}): the result "
            f"was made with {made}; replay it with these, on the same kind of machine"
        )


def _forced(change: object, scenario: Scenario) -> tuple[date, Forced]:
    """What a change asks for: its date, and the move forced at the first review from then on."""
    parts = change if isinstance(change, tuple) else ()
    if isinstance(change, str) and (match := CHANGE.fullmatch(change)):
        parts = match.groups()
    if len(parts) != 3 or (asked := _day(parts[0])) is None:
        raise UsageError(
            f'a change is "DATE ACTOR MOVE", such as "2022-05-01 US impose_sanctions" '
            f"(got {change!r:.80})"
        )
    actor, move = map(str, parts[1:])
    moves = [name for name, spec in scenario.moves.items() if not spec.joint]
    for word, known, what in ((actor, scenario.actors, "actor"), (move, moves, "move of an actor")):
        if word not in known:
            raise UnknownName(unknown(what, word, known))
    return asked, Forced(_review_day(asked, actor, scenario), actor, move)


def _day(written: object) -> date | None:
    """The day that a text or a date names, None if there is none."""
    with suppress(ValueError):
        return date.fromisoformat(written) if isinstance(written, str) else day_of(written)
    return None


def _review_day(asked: date, actor: str, scenario: Scenario) -> int:
    """The day of an actor's first review on or after a date."""
    horizon, spec = scenario.horizon, scenario.actors[actor]
    if horizon.known_until is not None and asked <= horizon.known_until:
        raise UsageError(
            f"until {horizon.known_until} only dated moves happen: change something later "
            f"(got {asked})"
        )
    days = (horizon.end - horizon.start).days
    every, first = int(spec.review_every.constant or 1), int(spec.first_review.constant or 0)
    wanted = (asked - horizon.start).days
    day = next((day for day in range(first, days, every) if day >= wanted), None)
    if day is None or wanted < 0:
        raise UsageError(f"{actor} has no review on or after {asked} within the term")
    return day


def _made(record: RunRecord, asked: date, forced: Forced) -> ForcedMove:
    """The forced move as it was made, with the probability it had."""
    hold = record.stage.move_names[HOLD]
    review = record.reviews[forced.actor][forced.day]
    when = record.scenario.date_of(forced.day)
    made = any(
        entry.day == forced.day and entry.actor == forced.actor and entry.kind == forced.move
        for entry in record.log
    )
    if forced.move != hold and not made:
        raise UsageError(
            f"{forced.actor} cannot {forced.move} on {when}: what it is about went away earlier "
            "on that day"
        )
    return ForcedMove(
        forced.actor, forced.move, asked, forced.day, when, review.probabilities[forced.move]
    )


def _story(record: RunRecord, forced: ForcedMove | None) -> Story:
    plan, scenario = record.plan, record.scenario

    why = reasons(
        scenario,
        Records(record.term, record.log, record.series),
        lambda treaty, word, party: np.array([record.standing[treaty, word, party]]),
    )
    outcomes = {
        name: OutcomeInRun(
            name=name,
            title=scenario.outcomes[name].title,
            day=day,
            date=None if day < 0 else scenario.date_of(day),
            reason=why[name],
        )
        for name, day in record.first_day.items()
    }
    return Story(
        scenario=scenario,
        seed=plan.seed,
        run=record.run,
        draw=record.draw,
        runs_per_draw=plan.runs_per_draw,
        parameters={path: float(value) for path, value in record.values[0][1].items()},
        happenings=happenings(record),
        series=record.series,
        week_days=record.week_days,
        outcomes=outcomes,
        forced=forced,
        provenance=provenance(scenario, plan.seed, plan.width, tuple(sorted(plan.rules))),
    )
