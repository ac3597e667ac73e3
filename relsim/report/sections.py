"""The sections of a report, in their order.

To add one: write a function that takes the `Subject` and returns the data of its template, or None
if there is nothing to say; put the template into ``templates/sections/NAME.html``; enter both in
`SECTIONS`. A function that raises UsageError leaves its section out, and the page says why.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes

from relsim import plots
from relsim.audit import Audit, Provenance, audit
from relsim.ensemble.conditioning import condition_of
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.summary import limits_of, unresolved
from relsim.estimates import formatting
from relsim.estimates.base_rate import BaseRate
from relsim.estimates.probability import Estimate
from relsim.estimates.thirds import NONE
from relsim.history.base_rates import base_rates
from relsim.inference.update.table import warnings as update_warnings
from relsim.inference.update.update import Update
from relsim.plots.number_words import between, in_percent, number, with_error
from relsim.report.answer import (
    RULE,
    Confidence,
    confidence_of,
    ends_under_rules,
    likelihood,
    percentage,
    range_text,
)
from relsim.report.further_sections import (
    hanging_together,
    how_forecasts_fared,
    rarely_shown,
    what_to_watch,
)
from relsim.report.inline_svg import page_axes, picture_of
from relsim.report.subject import Subject
from relsim.report.typical import RULE as TYPICAL_RULE
from relsim.report.typical import main_happenings, typical_runs
from relsim.runs.provenance import known_until
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.fields.values import ORIGINS
from relsim.scenario.files.places import packaged
from relsim.scenario.relative import held_jointly, taken_out, taken_out_text
from relsim.scenario.schema import Scenario, load
from relsim.scenario.titles import title_of, titles_of
from relsim.story.kept_run import kept_runs
from relsim.story.wording import deed_words, move_words, signed
from relsim.tables import Table

__all__ = ["SECTIONS", "Section"]

Data = Mapping[str, Any]
MOST = 10  # parameters that are shown
BEYOND = 2.0  # standard errors, from which on taking a claim away is said to change something
MEANINGS = {
    "published": "printed in a source as it stands here",
    "counted": "counted in a record of events",
    "fitted": "fitted to data by a stated procedure",
    "judged": "somebody’s judgement, with a reason",
}


@dataclass(frozen=True)
class Section:
    """One section of a report.

    Attributes
    ----------
    name : str
        Of its template, ``sections/NAME.html``, and of its anchor.
    heading : str
    data : callable
        From the `Subject` to the data of the template, or None to leave the section out.
    """

    name: str
    heading: str
    data: Callable[[Subject], Data | None]


def _question(subject: Subject) -> Data:
    scenario = subject.scenario
    horizon = scenario.horizon
    return {
        "title": subject.title,
        "resolves": scenario.outcomes[subject.outcome].resolves,
        "condition": subject.condition,
        "first": horizon.start,
        "last": horizon.last,
        "known_until": known_until(scenario, subject.ensemble.provenance),
    }


def _answer(subject: Subject) -> Data:
    found, rules = subject.probability, subject.headline.over_rules
    confidence: Confidence = confidence_of(found, rules)
    return {
        "percentage": percentage(found),
        "likelihood": likelihood(subject.scenario, subject.outcome, found, subject.condition),
        "confidence": confidence,
        "rule": RULE,
        "ranges": Table(
            ("What could move the number", "Range"),
            [
                ("Other parameters held possible: middle half", _ends(found, found.interval_50)),
                ("Other parameters held possible: 90%", _ends(found, found.interval_90)),
                (
                    "Another decision rule for both sides",
                    "not known" if rules is None else between(*ends_under_rules(rules)),
                ),
                ("Monte Carlo error, 90%", range_text(found.mc_bounds)),
            ],
        ),
    }


def _ends(found: Estimate, ends: tuple[float, float] | None) -> str:
    return found.interval_note if ends is None else range_text(ends)


def _outcomes(subject: Subject) -> Data:
    ensemble, scenario = subject.ensemble, subject.scenario
    rates = {} if subject.condition else base_rates(scenario)
    heads = ["Outcome", "Probability", "Middle half over draws", "90% over draws", "Median date"]
    with_rates = bool(rates)
    rows = []
    for name in subject.outcomes:
        found = ensemble.probability(name)
        row: list[object] = [
            scenario.outcomes[name].title,
            with_error(found),
            in_percent(found.middle_half_text),
            in_percent(found.interval_text),
            ensemble.median_date(name) or "never",
        ]
        rows.append([*row, _rate(rates.get(name))] if with_rates else row)
    return {
        "table": Table(
            [*heads, "Base rate"] if with_rates else heads,
            rows,
            subject.outcomes.index(subject.outcome),
        ),
        "with_rates": with_rates,
        "unresolved": unresolved(ensemble, subject.outcomes),
        "resolutions": [
            (scenario.outcomes[name].title, scenario.outcomes[name].resolves)
            for name in subject.outcomes
        ],
    }


def _rate(rate: BaseRate | None) -> str:
    """How often an outcome came about in earlier terms."""
    return "" if rate is None else f"{rate.hits:g} of {rate.of:g}"


def _cumulative(subject: Subject) -> Data:
    return _drawn_by(plots.cumulative, subject, "cumulative")


def _drawn_by(draw: Callable[..., Axes], subject: Subject, name: str) -> Data:
    """The picture of an outcome, by a function of `relsim.plots`."""
    return {"picture": picture_of(draw(subject.ensemble, subject.outcome, page_axes()), name)}


def _depends(subject: Subject) -> Data | None:
    if subject.drivers is not None:
        return _by_drivers(subject.drivers)
    found = subject.thirds
    if not found:
        return None
    titles = titles_of(subject.scenario)
    clear = [one for one in found if one.stands_out]
    rows = []
    for one in clear[:MOST]:
        places = formatting.decimals(max(one.low_error, one.high_error))
        low, high = (in_percent(formatting.text(end, places)) for end in (one.low, one.high))
        rows.append((titles[one.parameter], low, high))
    return {
        "by_drivers": False,
        "compared": found[0].parameters,
        "clear": len(clear),
        "none": NONE,
        "table": Table(
            ("Assumption", "Probability in its lowest third", "in its highest third"), rows
        ),
    }


def _by_drivers(found: Data) -> Data:
    shown = [one for one in found["indices"] if one["seen"]][:MOST]
    curved = any(one["curve"] for one in shown)  # else without the two columns, which were empty
    rows = []
    for one in shown:
        low, high = one["first_order_interval_90"]
        curve = one["curve"]
        ends: tuple[str, ...] = ("", "") if curved else ()
        if curve:
            ends = f"{curve['probability'][0]:.0%}", f"{curve['probability'][-1]:.0%}"
        share = f"{max(one['first_order'], 0):.0%} ({range_text((max(low, 0), min(high, 1)))})"
        rows.append((one["title"], share, *ends))
    moving = [
        one for one in found["ablations"] if abs(one["difference"]) > BEYOND * one["mc_error"]
    ]
    moving.sort(key=lambda one: -abs(one["difference"]))
    return {
        "by_drivers": True,
        "found": found,
        "share": found["variance"]["parameters"],
        "table": Table(
            ("Assumption", "Share of what parameters decide",
             *(("Probability in its lowest tenth", "in its highest tenth") if curved else ())),
            rows,
        ),
        "claims": Table(
            ("Without it", "The probability changes by", "Monte Carlo error"),
            [
                (one["off"], f"{signed(100 * one['difference'], 1)} points",
                 f"± {100 * one['mc_error']:.1f}")
                for one in moving[:MOST]
            ],
        ),
    }  # fmt: skip


def _fan(subject: Subject) -> Data:
    return {"picture": picture_of(plots.fan(subject.ensemble, ax=page_axes()), "fan")}


def _dates(subject: Subject) -> Data | None:
    if not subject.ensemble.happened(subject.outcome).any():
        return None
    return _drawn_by(plots.dots, subject, "dates")


def _histories(subject: Subject) -> Data | None:
    found = typical_runs(subject.ensemble, subject.outcome)
    if not found:
        return None
    draws = len(np.unique(subject.ensemble.draw_of_run[kept_runs(subject.ensemble)]))
    return {
        "rule": TYPICAL_RULE.format(kept=found[0].among, draws=draws),
        "histories": [
            {
                "typical": one,
                "picture": picture_of(plots.timeline(one.story), f"run-{one.story.run}"),
                "happenings": [
                    (happening.date, happening.words, signed(happening.weight, 1))
                    for happening in main_happenings(one.story)
                ],
            }
            for one in found
        ],
    }


def _news(subject: Subject) -> Data | None:
    update = subject.update
    if update is None:
        return None
    return {
        "picture": picture_of(plots.probability_through_time(update, ax=page_axes()), "news"),
        "through": update.through,
        "table": _least_expected(update) if update.moves else None,
        "warnings": update_warnings(update, partial(_deed, update.scenario)),
    }


def _deed(scenario: Scenario, actor: str | None, move: str) -> str:
    """Who did what, in the scenario's words: ``"United States: impose sanctions"``."""
    by = scenario.actors[actor].name if actor else "Both"
    words = move_words(scenario, move) if move in scenario.moves else deed_words(move)[0]
    return f"{by}: {words}"


def _least_expected(update: Update) -> Table:
    """The moves that were least expected on their day, in the scenario's words."""
    worst = sorted(update.moves, key=lambda move: -move.bits)[:MOST]
    return Table(
        ("Move", "Date", "Bits"),
        [(_deed(update.scenario, m.actor, m.move), str(m.date), f"{m.bits:.1f}") for m in worst],
    )


def _assumptions(subject: Subject) -> Data:
    found: Audit = audit(subject.scenario, influence=False)
    rows = {row.parameter: row for row in found.parameters}
    return {
        "origins": Table(
            ("Origin", "Numbers", "Meaning"),
            [(origin, str(found.origins[origin]), MEANINGS[origin]) for origin in ORIGINS],
        ),
        "number": len(rows),
        "unexplained": len(found.unexplained),
        "learned": len(held_jointly(subject.scenario)),
        "evidence": _evidence(subject),
        "taken_out": taken_out_text(taken_out(subject.scenario)),
        "largest": [_in_full(subject, rows[path]) for path in _largest(subject) if path in rows],
        "by": "the drivers above" if subject.drivers else "thirds of the draws",
    }


def _evidence(subject: Subject) -> Sequence[str]:
    draws = subject.scenario.draws
    return [one.text for one in draws.evidence or ()] if draws is not None else []


def _largest(subject: Subject) -> Iterator[str]:
    """The parameters that matter most, by drivers or else by thirds."""
    if subject.drivers is not None:
        return islice((str(one["parameter"]) for one in subject.drivers["indices"]), MOST)
    return islice((one.parameter for one in subject.thirds), MOST)


def _in_full(subject: Subject, row: Provenance) -> Data:
    scenario = subject.scenario
    claims = {
        claim: words
        for source in scenario.sources.values()
        for claim, words in source.claims.items()
    }
    return {
        "title": title_of(scenario, row.parameter),
        "row": row,
        "source": scenario.sources.get(row.source or ""),
        "claims": [(claim, claims.get(claim, "")) for claim in row.claims],
        "learned": row.parameter in held_jointly(scenario),
        "drawn": _drawn(subject, row.parameter),
    }


def _drawn(subject: Subject, path: str) -> str:
    """Where nine of ten draws lie; empty of a number that is certain, or of weighted draws."""
    ensemble = subject.ensemble
    if ensemble.weights is not None or path not in ensemble.parameters:
        return ""
    low, high = (float(end) for end in np.quantile(ensemble.parameters[path], (0.05, 0.95)))
    return f"{number(low, high - low)} to {number(high, high - low)}" if low < high else ""


def _over_rules(subject: Subject) -> Data | None:
    found = subject.headline.over_rules
    if found is None:
        return None
    by_value = sorted(found.probabilities.items(), key=lambda pair: pair[1].value)
    return {
        "found": found,
        "table": Table(
            ("Both sides choose by", "Probability"),
            [(rule.replace("_", " "), with_error(one)) for rule, one in by_value],
        ),
    }


def _making(subject: Subject) -> Data:
    ensemble = subject.ensemble
    provenance = ensemble.provenance
    versions = cast("Mapping[str, str]", provenance["versions"])
    facts = [
        ("Runs", f"{ensemble.runs:,} simulated histories"),
        ("Draws", f"{ensemble.draws:,} sets of parameters"),
        ("Seed", str(ensemble.seed)),
        ("Health", f"{ensemble.health}, {limits_of(ensemble)}"),
        ("Scenario", subject.scenario.name),
        ("Scenario hash", str(provenance["scenario_hash"])),
        ("Made", str(provenance["created"])),
        ("Versions", ", ".join(f"{name} {number}" for name, number in versions.items())),
    ]
    known = _is_packaged(subject)
    return {
        "facts": Table(("What", "Value"), facts),
        "command": _command(ensemble, "" if known else ".yaml"),
        "condition": subject.condition,
        "known": known,
    }


def _command(ensemble: Ensemble, suffix: str) -> str:
    """What makes the result again; empty if no command line does."""
    weighted = ensemble.weights is not None and condition_of(ensemble) is None
    if not ensemble.provenance["reproducible_from_the_file_alone"] or weighted:
        return ""
    name = f"{ensemble.scenario.name}{suffix}"
    numbers = {"--runs": ensemble.runs, "--draws": ensemble.draws, "--seed": ensemble.seed}
    words = [str(word) for pair in numbers.items() for word in pair]
    return shlex.join(["relsim", "run", name, *words])


def _is_packaged(subject: Subject) -> bool:
    """Whether the scenario comes with relsim, exactly as it was simulated."""
    name, made = subject.scenario.name, subject.ensemble.provenance["scenario_hash"]
    return name in packaged() and scenario_hash(load(name)) == made


SECTIONS: tuple[Section, ...] = (
    Section("question", "The question", _question),
    Section("answer", "The answer", _answer),
    Section("outcomes", "All outcomes", _outcomes),
    Section("cumulative", "How the probability builds up", _cumulative),
    Section("depends", "What the answer depends on", _depends),
    Section("together", "How outcomes hang together", hanging_together),
    Section("watch", "What to watch", what_to_watch),
    Section("rare", "How likely is what hardly any history shows", rarely_shown),
    Section("fan", "The course of relations", _fan),
    Section("dates", "When it comes about, if it does", _dates),
    Section("histories", "Three typical histories", _histories),
    Section("news", "How the news moved the forecast", _news),
    Section("assumptions", "What is assumed, and on what grounds", _assumptions),
    Section("over_rules", "If the two sides choose by other rules", _over_rules),
    Section("making", "How this was made, and how to make it again", _making),
    Section("scores", "How such forecasts have fared", how_forecasts_fared),
)
