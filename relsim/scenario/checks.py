"""Checks that span the sections of a scenario: every name names something, dates lie in order."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from relsim.errors import UnknownName, unknown
from relsim.lexicons.phrases import read_phrase
from relsim.lexicons.terms import LEXICONS
from relsim.scenario.actors import RULE_NAMES, SCRIPTED, ScriptedMove, installed_rule_names
from relsim.scenario.catalogue import DEEDS, SERIES, CalendarEntry, Forecast, Outcome
from relsim.scenario.conditions import conditions as asked
from relsim.scenario.conditions.conditions import Condition, Path, operator_of, walk
from relsim.scenario.conditions.operands import Blocks, OfSeries
from relsim.scenario.conditions.windows import FLAGS, Term, unmeetable
from relsim.scenario.fields.section import Findings
from relsim.scenario.fields.values import is_relative, values_of
from relsim.scenario.files.joint_draws import table_of
from relsim.scenario.files.parsing import no_text
from relsim.scenario.files.problems import number_at
from relsim.scenario.relative import (
    check_changed_draws,
    check_relative,
    check_same,
    dated_number,
    parts_of,
)
from relsim.scenario.titles import titles_of

if TYPE_CHECKING:
    from relsim.scenario.schema import Scenario


# Parameters that set up the clock.
ONLY_AT_START = ("review_every", "first_review", "trial_window")
BY_TALKS = ("negotiation_round", "summit", "agreement")  # joint moves that talks make
LONGEST_TITLE = 60  # characters of the title of a number


def check_scenario(scenario: "Scenario") -> None:
    """Raise all that is inconsistent between the sections, each at its place."""
    with Findings() as found:
        check_actors(scenario, found)
        check_rules(scenario, found)
        check_world(scenario, found)
        check_moves(scenario, found)
        check_calendar(scenario, found)
        check_questions(scenario, found)
        check_sources(scenario, found)
        check_same(scenario, found)
        check_titles(scenario, found)
        check_draws(scenario, found)


def check_actors(scenario: "Scenario", found: Findings) -> None:
    """A dyad has two actors; those around it name them."""
    actors = list(scenario.actors)
    if len(actors) != 2:
        wish = "must be exactly two actors; see third_parties for those around them"
        found.add(f"{wish} (got {', '.join(actors) or 'none'})", "actors")
    for name, actor in scenario.actors.items():
        every, first = actor.review_every.constant, actor.first_review.constant
        window = (actor.trial_window.constant or 0) * 7
        if every and first is not None and first >= every:
            wish = f"must be before the second review, so less than {every:g} days"
            found.add(f"{wish} (got {first:g})", "actors", name, "first_review")
        if every and window % every:
            wish = f"must be a whole number of reviews of {every:g} days"
            found.add(f"{wish} (got {window:g} days)", "actors", name, "trial_window")
    for name, party in scenario.third_parties.items():
        for role in ("supports", "aligns_with"):
            word = getattr(party, role)
            found.check_name(word, actors, "third_parties", name, role, what="actor")
    for name in scenario.internal_order:
        found.check_name(name, actors, "internal_order", name, what="actor")


def check_rules(scenario: "Scenario", found: Findings) -> None:
    """Each actor's rule exists; a script goes with the rule scripted, in order of date."""
    fitting = [name for name, move in scenario.moves.items() if not move.joint and name != "hold"]
    for name, actor in scenario.actors.items():
        if actor.rule not in RULE_NAMES:
            rules = (*RULE_NAMES, *installed_rule_names())
            found.check_name(actor.rule, rules, "actors", name, "rule", what="rule")
        if actor.rule == SCRIPTED and not actor.script:
            found.add("needs a script: a list of dated moves", "actors", name, "rule")
        if actor.rule != SCRIPTED and actor.script:
            wish = f"goes with rule {SCRIPTED}"
            found.add(f"{wish} (got rule {actor.rule})", "actors", name, "script")
        here = ("actors", name, "script")
        check_dates(actor.script, scenario, found, *here, known_until=scenario.horizon.known_until)
        for number, line in enumerate(actor.script):
            found.check_name(line.move, fitting, *here, number, "move", what="move of an actor")


def check_dates(
    entries: Sequence[ScriptedMove | CalendarEntry],
    scenario: "Scenario",
    found: Findings,
    *path: str,
    known_until: date | None = None,
) -> None:
    """Dated entries lie within the term, after what is known, and in order of date."""
    before = scenario.horizon.start
    for number, entry in enumerate(entries):
        day: date = entry.date
        here: Path = (*path, number, "date")
        if not scenario.horizon.start <= day < scenario.horizon.end:
            found.add(f"must lie within the term (got {day})", *here)
        elif known_until is not None and day <= known_until:
            known = "what happened until then stands in the calendar"
            found.add(f"must lie after known_until ({known_until}): {known} (got {day})", *here)
        elif day < before:
            found.add(f"entries stand in order of date ({day} after {before})", *here)
        before = max(before, day)


def check_each_actor(
    named: Collection[str], scenario: "Scenario", found: Findings, *path: str
) -> None:
    """A mapping has an entry for each actor, and no other."""
    for word in named:
        found.check_name(word, scenario.actors, *path, word, what="actor")
    for actor in scenario.actors:
        if actor not in named:
            found.add(f"says nothing of {actor}", *path)


def check_world(scenario: "Scenario", found: Findings) -> None:
    """Treaties, issues, regions and projects fit the actors and each other."""
    for name, treaty in scenario.treaties.items():
        check_each_actor(treaty.parties, scenario, found, "treaties", name, "parties")
        begins = treaty.in_force_from
        if begins is not None and begins > scenario.horizon.start:
            for party, spec in treaty.parties.items():
                if spec.status != "in_force":
                    wish = f"must be in_force: the party is in from in_force_from, {begins}, on"
                    place = ("treaties", name, "parties", party, "status")
                    found.add(f"{wish} (got {spec.status})", *place)
    for name, project in scenario.projects.items():
        for role in ("builder", "opposed_by"):
            word = getattr(project, role)
            found.check_name(word, scenario.actors, "projects", name, role, what="actor")
    values = scenario.parameters()
    if not any(issue.standing for issue in scenario.issues.values()):
        found.add("needs at least one standing issue, or talks may have no subject", "issues")
    for name in scenario.regions:
        low, high = (
            values[f"regions.{name}.{key}"].constant for key in ("severity_low", "severity_high")
        )
        if low is not None and high is not None and high < low:
            wish = f"must be at least severity_low ({low:g}; got {high:g})"
            found.add(wish, "regions", name, "severity_high")


def check_moves(scenario: "Scenario", found: Findings) -> None:
    """The catalogue starts with hold, has a rate for each actor, and names known treaties."""
    unilateral = [name for name, move in scenario.moves.items() if not move.joint]
    if not unilateral or unilateral[0] != "hold":
        found.add("the first move must be hold, the origin of choice", "moves")
    for needed in BY_TALKS:
        move = scenario.moves.get(needed)
        if move is None or not move.joint:
            found.add(f"needs a joint move {needed}: talks make it", "moves")
    check_mutual(scenario, found)
    for name in unilateral[1:]:
        move = scenario.moves[name]
        if not move.cameo:
            found.add("needs a CAMEO code; only hold has none", "moves", name, "cameo")
        if move.expresses is None:
            found.add("needs a row of W", "moves", name)
        check_each_actor(move.rate, scenario, found, "moves", name, "rate")
        if move.answered is not None:
            check_each_actor(move.answered, scenario, found, "moves", name, "answered")
        found.check_name(move.treaty, scenario.treaties, "moves", name, "treaty", what="treaty")
        treaty = scenario.treaties.get(move.treaty or "")
        if treaty is not None and treaty.notice is None and move.effect == "leave":
            found.add(f"needs a notice, since {name} leaves it", "treaties", move.treaty or "")


def check_mutual(scenario: "Scenario", found: Findings) -> None:
    """What is proposed is a joint move with a preparation; what it includes is a side's own."""
    proposed = {move.proposes for move in scenario.moves.values()}
    fitting = [name for name, move in scenario.moves.items() if move.joint and name not in BY_TALKS]
    own = [name for name, move in scenario.moves.items() if not move.joint and name != "hold"]
    for name, move in scenario.moves.items():
        found.check_name(move.proposes, fitting, "moves", name, "proposes", what="joint move")
        if name in proposed and move.preparation is None:
            found.add("needs a preparation, since a move proposes it", "moves", name)
        if name not in proposed and move.preparation is not None:
            found.add("goes with a move that proposes it", "moves", name, "preparation")
        found.check_name(move.includes, own, "moves", name, "includes", what="move of an actor")


def check_text(data: object, found: Findings, *path: str | int) -> None:
    """Keys and texts of plain data hold nothing that is no text: see `relsim.escaping`."""
    if isinstance(data, str):
        if message := no_text(data):
            found.add(message, *path)
    elif isinstance(data, Mapping):
        for key, item in data.items():
            if isinstance(key, str) and (message := no_text(key)):
                found.add(f"the key {key[:60]!r} {message}", *path)
            check_text(item, found, *path, str(key))
    elif isinstance(data, (list, tuple)):
        for number, item in enumerate(data):
            check_text(item, found, *path, number)


def check_calendar(scenario: "Scenario", found: Findings) -> None:
    """Entries stand in order within the term; what they name exists; changes fit."""
    values = scenario.parameters()
    check_dates(scenario.calendar, scenario, found, "calendar")
    for number, entry in enumerate(scenario.calendar):
        here = ("calendar", number)
        for key, word in (("actor", entry.actor), ("new_government", entry.new_government)):
            found.check_name(word, scenario.actors, *here, key, what="actor")
        found.check_name(entry.collision, scenario.regions, *here, "collision", what="region")
        joint = entry.actor is None
        fitting = [n for n, m in scenario.moves.items() if m.joint == joint and n != "hold"]
        what = "joint move" if joint else "move of an actor"
        found.check_name(entry.move, fitting, *here, "move", what=what)
        for path, written in (entry.set or {}).items():
            place = (*here, "set", path)
            if path not in values:
                found.check_name(path, sorted(values), *place, what="parameter")
            elif path.split(".")[-1] in ONLY_AT_START:
                found.add("is read at the start only: a change has no effect", *place)
            elif isinstance(written, Mapping) and is_relative(written):
                check_relative(path, written, entry.drawn_anew, values, found, *place)
            elif isinstance(written, Mapping) and "same_as" in written:
                found.add("goes with no value: give the one or the other", *place, "same_as")
            else:
                try:
                    dated_number(values[path].unit).parse(written)
                except ValueError as error:
                    found.add(str(error), *place)


def check_questions(scenario: "Scenario", found: Findings) -> None:
    """Outcomes and forecasts name what exists."""
    outcomes = list(scenario.outcomes)
    if not outcomes:
        found.add("needs at least one outcome", "outcomes")
    else:
        found.check_name(scenario.headline, outcomes, "headline", what="outcome")
    moves = [move for move in scenario.moves if move != "hold"]
    names: Names = {
        "deed": [*moves, *(deed for deed in DEEDS if deed not in moves)],
        "treaty": list(scenario.treaties),
        "series": list(SERIES),
        "actor": list(scenario.actors),
        "subject": scenario.subjects,
    }
    for name, outcome in scenario.outcomes.items():
        for path, message in check_condition(outcome.when, names, scenario.horizon.term):
            found.add(message, "outcomes", name, "when", *path)
        check_counted(scenario, outcome, found, "outcomes", name, "when")
        check_levels(scenario, outcome, found, "outcomes", name, "when")
    for name, forecast in scenario.forecasts.items():
        for role in ("outcome", "given"):
            word = getattr(forecast, role)
            found.check_name(word, outcomes, "forecasts", name, role, what="outcome")
        check_words(forecast, found, "forecasts", name)


Names = dict[str, Collection[str]]  # those there are of each kind: deed, treaty, series, ...


def check_condition(condition: Condition, names: Names, term: Term) -> list[tuple[Path, str]]:
    """Return what is wrong with a condition in its scenario.

    Parameters
    ----------
    condition : Condition
        What is checked.
    names : dict of collections of str
        The names there are of each kind: deed, treaty, series, actor, subject.
    term : Term
        Finds windows and counts that no run could meet.

    Returns
    -------
    list of (path, message)
        The path leads from the condition to the entry at fault.
    """
    problems = [
        ((*path, *key), unknown(kind, word, names[kind]))
        for path, part in walk(condition)
        for key, word, kind in _names(part)
        if word is not None and word not in names[kind]
    ]
    return problems + unmeetable(condition, term)


def _names(condition: Condition) -> Iterator[tuple[Path, str | None, str]]:
    """Walk the names of one operator: where each stands, itself, the kind of what it names."""
    name = operator_of(condition)
    body = getattr(condition, name, None)
    match condition:
        case asked.Happened(happened=deed):
            single = isinstance(deed.deed, str)
            for number, kind in enumerate(deed.kinds):
                yield (name, "deed") if single else (name, "deed", number), kind, "deed"
            yield (name, "by"), deed.by, "actor"
            yield (name, "of"), deed.of, "subject"
        case asked.Status(status=status):
            yield (name, "treaty"), status.treaty, "treaty"
            yield (name, "by"), status.by, "actor"
    if isinstance(body, OfSeries):
        yield (name, "series"), body.series, "series"


def check_counted(scenario: "Scenario", outcome: Outcome, found: Findings, *here: str) -> None:
    """No window claims a deed of the calendar that does not count."""
    count_from = scenario.horizon.count_from or scenario.horizon.start
    for path, part in walk(outcome.when):
        deed = part.happened if isinstance(part, asked.Happened) else None
        if deed is None or deed.from_ is None or deed.of is not None:
            continue
        before = min(count_from, (deed.until or count_from) + timedelta(days=1))
        for entry in scenario.calendar:
            counts = entry.move in deed.kinds and deed.by in (None, entry.actor)
            if counts and deed.from_ <= entry.date < before:
                found.add(
                    f"would leave out {entry.move} of {entry.date} in the calendar, before "
                    f"horizon.count_from, {count_from}: begin then, or let count_from be "
                    f"{entry.date} or earlier",
                    *here, *path, "happened", "from",
                )  # fmt: skip
                break


def check_levels(scenario: "Scenario", outcome: Outcome, found: Findings, *here: str) -> None:
    """No level lies beyond the ends of a series that has ends: the rungs, 0 and 1 of a flag."""
    tops = {"rung": len(scenario.ladder.rungs) - 1} | dict.fromkeys(FLAGS, 1)
    for path, part in walk(outcome.when):
        name = operator_of(part)
        body = getattr(part, name, None)
        if not isinstance(body, OfSeries) or body.series not in tops:
            continue
        if isinstance(body, Blocks) and body.take == "sum":
            continue
        top = tops[body.series]
        beyond = {
            "at_least": body.at_least is not None and body.at_least > top,
            "above": body.above is not None and body.above >= top,
            "at_most": body.at_most is not None and body.at_most < 0,
            "below": body.below is not None and body.below <= 0,
        }
        for key in (key for key, unmet in beyond.items() if unmet):
            ends = f"{body.series} goes from 0 to {top} (got {getattr(body, key):g})"
            found.add(f"no week can meet it: {ends}", *here, *path, name, key)


def check_words(forecast: Forecast, found: Findings, *here: str) -> None:
    """The lexicon exists, and has the words unless `means` says what they mean."""
    if forecast.lexicon is None:
        if forecast.means is None:
            found.add("needs a lexicon to read its words by, or `means`", *here, "says")
        return
    found.check_name(forecast.lexicon, LEXICONS, *here, "lexicon", what="lexicon")
    if forecast.lexicon in LEXICONS and forecast.means is None:
        try:
            read_phrase(forecast.says, forecast.lexicon)
        except UnknownName as error:
            found.add(str(error), *here, "says")


def check_sources(scenario: "Scenario", found: Findings) -> None:
    """Every source that is named is listed; every claim is one of its source's claims."""
    sources = list(scenario.sources)
    for path, value in values_of(scenario):
        found.check_name(value.source, sources, *path.split("."), "source", what="source")
    known = {claim for source in scenario.sources.values() for claim in source.claims}
    for path, claim in scenario.claims():
        if claim not in known:
            found.check_name(claim, sorted(known), *parts_of(path), "claim", what="claim")
    for group in ("treaties", "moves", "forecasts"):
        for name, entry in getattr(scenario, group).items():
            found.check_name(entry.source, sources, group, name, "source", what="source")
    check_aside(scenario, found)


def check_titles(scenario: "Scenario", found: Findings) -> None:
    """The title that a number is given is no other number's, and short enough for a table."""
    titles = titles_of(scenario)
    for path, value in values_of(scenario):
        if value.title is None:
            continue
        other = next((p for p, t in titles.items() if t == value.title and p != path), None)
        if not value.title.strip() or len(value.title) > LONGEST_TITLE:
            wish = f"must be words, at most {LONGEST_TITLE} characters"
            found.add(f"{wish} (got {value.title[:80]!r})", *path.split("."), "title")
        elif other is not None:
            found.add(f"is the title of {other} already", *path.split("."), "title")


def check_aside(scenario: "Scenario", found: Findings) -> None:
    """What a source's `aside` leaves out is one of its claims, and nothing cites it."""
    cited = {claim: path for path, claim in scenario.claims()}
    for name, source in scenario.sources.items():
        for claim in source.aside or {}:
            here = ("sources", name, "aside", claim)
            if claim not in source.claims:
                found.check_name(claim, source.claims, *here, what="claim")
            elif claim in cited:
                found.add(f"is not left aside: {cited[claim]} cites it", *here, of_key=True)


def check_draws(scenario: "Scenario", found: Findings) -> None:
    """A file of joint draws holds parameters of this scenario, and numbers that each can have."""
    if scenario.draws is None:
        return
    table = table_of(scenario.draws.path, scenario.draws.sha256)
    parameters = scenario.parameters()
    for column, path in enumerate(table.columns, start=1):
        number = number_at(type(scenario), path) if path in parameters else None
        if number is None:
            found.add(
                f"the file holds {path[:80]!r}, which is no parameter of this scenario",
                "draws", "file",
            )  # fmt: skip
        elif number.fixed:
            found.add(
                f"the file holds {path!r}, which cannot vary: it is one number in all runs",
                "draws", "file",
            )  # fmt: skip
        elif (wrong := number.refused(table.numbers[:, column])).any():
            row = int(wrong.argmax())
            place, value = table.place(row, column), float(table.numbers[row, column])
            found.add(f"{place}: {path}: {number.refusal(value)}", "draws", "file")
    check_changed_draws(scenario, table, found)
