"""Simulated against observed rates and dispersion: a page that needs a large simulation."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np

from docs.pages.markdown import note, number, table
from relsim.cameo import goldstein
from relsim.ensemble.ensemble import Ensemble
from relsim.history.dispersion import CODE_OF_OTHERS, YEAR, histories_of_runs
from relsim.history.dispersion_table import (
    LEVEL,
    SAMPLES,
    YEARS,
    DispersionRow,
    dispersion_table,
)
from relsim.history.events import COLLISION, Event, packaged_record
from relsim.history.followups import SPAN, moves_of
from relsim.history.targets import FACTOR, FEWEST, Line, record_table
from relsim.worlds.randomness.draws import draw_of_all_runs

COMMAND = "python -m docs.build --simulate"
OUTER = 0.2  # a figure in this part of its range, at either end, is named

INTRODUCTION = """
# The record

What the baseline simulates beside what was observed before 2021. The observed figures were counted
on a chronology of 255 salient moves, 1993–2020, coded for this project and mostly from memory; on
the dates of 23 arms-control negotiations; and on the WEIS events of 1966–92 {{cite:p}}`weis`. Some
targets are no counts but judgements, and are marked so.

**Agreement is a check, not evidence.** The draws of the baseline have [learned](guides/learn.md)
from the moves of 2013 to April 2021, among which most of these figures were counted. The table says
how much of the record the draws bring about when nothing leads them along it. It does not say that
the mechanisms are right: many sets of numbers meet it as well.

{made} Each simulated figure is the mean over all runs of all draws.

**{met} of {count} targets are met.** {missed}

"""

MADE = (
    "Made from `{name}`, {runs:,} runs over {draws:,} draws, seed {seed}, relsim {version}, "
    "scenario hash `{digest}`, by `{command}`."
)

TOLERANCES = f"""
## What counts as met

Where a rate rests on fewer than {FEWEST} observed events: within its 90% Poisson interval. A share
of few cases: within its 90% Jeffreys interval. Where a figure rests on more: within a factor of
{FACTOR:g}. Judgements have a range of their own. All of these are wide: a rate known from four
events is hardly known, and a simulated figure near the end of its range is no success.

"""

DISPERSION = """
## Bursts, lulls, and differences between years

Rates can be right while weeks are too even, or years too different. So the dispersion of the runs
stands beside that of the [packaged record](guides/events.md), counted by the same code
(`relsim.history.dispersion_table`): seven years of 52 weeks, 13 January 2014 to 3 January 2021,
against {histories:,} histories of seven years from the first day of free choice on, each of two
runs of one draw put end to end. Seven years of the
[scenario of twenty](reference/scenarios.md) give the same verdicts. Rows on terms hold the seven
since 1993 against sevens of runs from all draws, over the same days of the term.

Proposals, acceptances, collisions and implied rows are left out on both sides; a joint move counts
once a side; weights are Goldstein weights. A spell is any so many days on end; a week of *active
weeks* and *weekly* begins on the first day. What the catalogue lacks (relations reduced, treaties
suspended) counts as strong with {others}.

Observed: in brackets the 90% interval, of rates the exact one of Poisson counts, of the rest from
{samples:,} bootstrap samples of whole years (of terms, for terms; stream `dispersion`, seed 1). No
sample holds anything worse than the worst week of the record, so an interval of an extreme ends at
the observed figure. Simulated: median, 5% and 95%. p: twice the smaller share of histories at least
as far out as the record. A row is met if p is {level:.2f} or more; of rows that are right about a
tenth is missed by chance.

The draws learned from the same moves, though not from these figures; that a review makes several
moves was decided with them in view ([decision 18](decisions/0018-several-moves-a-review.md)). Rows
are not independent: March 2014 stands behind most extremes.

**{met} of {count} rows are met.**

"""

CLOSER = """
Of the variance of leaders' meetings over runs {between} lies between draws; among runs of one draw
variance over mean is {within}. So it is the draws that differ too much, not the terms of one draw.

The chronology that the record was made from codes the annexation of Crimea as a show of force. With
it the worst week has {observed} (p {p}): such weeks occur, but rarely.

"""

EARLIER = (
    "five of the seven terms lie before 2013: calmer years, more thinly coded; the baseline "
    "has learned from 2013–21, and nothing in it changes from the one to the other"
)
REASONS = {
    "moves within 14 days of another, RU": (
        "6 of 36 moves. As many at random would have .33 (.17 to .50), so the record is more even "
        "than chance; in the runs answers in kind and remembered hostility bring moves nearer "
        "together, and nothing spreads them"
    ),
    "leaders' meetings in a term, fewest of terms": (
        "some terms of the runs have none: draws differ too much in how often leaders meet"
    ),
    "leaders' meetings in a term, mean of terms": EARLIER,
    "worst week of a term, median of terms": EARLIER,
    "worst quarter of a term, median of terms": EARLIER,
    "worst year of a term, median of terms": EARLIER,
    "longest quiet spell of a term, median of terms": EARLIER,
}
NO_REASON = "no reason is written yet"

DOUBTS = """
## What speaks against it

- **Targets that contradict each other.** Talks that ended in a treaty took 21 months (median), and
  .45 of talks are held to be signed within the term. Over the 30 months that talks opened in a term
  have left, hazards counted over all eras (.0165 signed, .011 failed a month) give .34, those of
  talks begun after 1991 (.032 and .019) .49, with a median of 13 months. The baseline uses the
  later ones, which rest on five signatures in about 157 months.
- **Follow-up says little.** Within 2014–20 a strong US move is followed by a strong Russian one
  within 30 days in .27 of cases, by chance in .19: the excess is small, on 48 moves, and says
  little about how strong retaliation is.
- **Late détente.** A first target of .17 beside a strict one of .30 was out of line: of the five
  détentes in the ten terms since 1961 that began tense or cool, two began late. It is now .15. Both
  are judgements, shaded down since four of the five came with a new leader in Moscow or a shock.
- **One coder.** The chronology was written by one coder who knew how things ended. It holds salient
  moves only and is denser after 2014: compare shares and orders, not raw counts.
- **Learning is weakly identified.** Only the product of stake and learning rate shows in the moves,
  and draws with weak and strong learning fit as well as each other. The record leans against strong
  learning: US rounds went from 10 to 8 over the halves of 2017–21, a log ratio of −0.22.
  {halves} See [what learning does](learning.md).
- **What these targets cannot test.** Routine diplomacy, the bulk of event data, is no part of a
  run, so levels and inertia of event-data series are not compared here.
"""


def page(ensemble: Ensemble) -> str:
    """The page, as Markdown."""
    lines = record_table(ensemble)
    missed = [line.name for line in lines if not line.met]
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(
                made=made(ensemble),
                met=len(lines) - len(missed),
                count=len(lines),
                missed=f"Missed: {'; '.join(missed)}." if missed else "None is missed.",
            ),
            table(("rate", "unit", "observed", "tolerated", "simulated", "counted on"),
                  map(row, lines), right="observed,simulated"),
            TOLERANCES,
            near_an_end(lines) + "\n",
            dispersion(ensemble),
            DOUBTS.lstrip().format(halves=rounds_by_half(ensemble)),
        ]
    )  # fmt: skip


def dispersion(ensemble: Ensemble) -> str:
    """The section on dispersion: a table, why rows are missed, and what one row hangs on."""
    events = packaged_record()
    rows = dispersion_table(ensemble, events)
    missed = [row for row in rows if not row.met]
    crimea, (between, within) = with_crimea_as_force(ensemble, events), meetings_spread(ensemble)
    return "".join(
        [
            DISPERSION.format(
                histories=histories_of_runs(ensemble, YEARS * YEAR).size,
                others=number(goldstein(CODE_OF_OTHERS), 0),
                samples=SAMPLES,
                level=LEVEL,
                met=len(rows) - len(missed),
                count=len(rows),
            ),
            table(("of the record", "unit", "observed", "simulated", "p", ""),
                  map(dispersion_row, rows), right="observed,p"),
            why_missed(missed),
            CLOSER.format(between=number(between), within=number(within),
                          observed=number(crimea.observed, 1), p=number(crimea.p)),
        ]
    )  # fmt: skip


def why_missed(missed: Sequence[DispersionRow]) -> str:
    """A list of reasons, each with the rows that it is given for."""
    rows_of: dict[str, list[str]] = {}
    for row in missed:
        rows_of.setdefault(REASONS.get(row.name, NO_REASON), []).append(row.name)
    lines = [f"- **{'; '.join(names)}**: {reason}.\n" for reason, names in rows_of.items()]
    return "\nWhy rows are missed:\n\n" + "".join(lines) if lines else ""


def dispersion_row(row: DispersionRow) -> tuple[str, ...]:
    """One statistic; counts of days and moves without digits after the point."""
    digits = 0 if row.unit in ("days", "moves") else 2

    def told(value: float) -> str:
        return number(value, digits)

    return (row.name, row.unit, f"{told(row.observed)} [{told(row.low)}, {told(row.high)}]",
            f"{told(row.simulated)} ({told(row.p05)} to {told(row.p95)})",
            "under 0.001" if row.p < 0.001 else number(row.p, 3),
            "met" if row.met else "**missed**")  # fmt: skip


def meetings_spread(ensemble: Ensemble) -> tuple[float, float]:
    """Leaders' meetings: share of the variance between draws, variance over mean within a draw."""
    meetings = ensemble.quantities["leaders_meetings"].astype(np.float64)
    draw = draw_of_all_runs(ensemble.runs, ensemble.runs_per_draw)
    runs = np.bincount(draw)
    mean = np.bincount(draw, meetings) / runs
    within = float((np.bincount(draw, meetings**2) - runs * mean**2).sum() / (runs - 1).sum())
    total = float(meetings.var(ddof=1))
    return 1 - within / total, within / float(meetings.mean())


def with_crimea_as_force(ensemble: Ensemble, events: Sequence[Event]) -> DispersionRow:
    """The worst week, with the annexation of Crimea as a show of force in place of a collision."""
    day = datetime.date(2014, 3, 18)
    changed = [
        event.model_copy(update={"move": "military_posture", "target": "US"})
        if (event.date, event.move) == (day, COLLISION)
        else event
        for event in events
    ]
    return next(r for r in dispersion_table(ensemble, changed) if r.name == "worst week")


def made(ensemble: Ensemble) -> str:
    """What the figures of a page were made from."""
    versions = ensemble.provenance["versions"]
    assert isinstance(versions, dict)
    return MADE.format(
        name=ensemble.scenario.name,
        runs=ensemble.runs,
        draws=ensemble.draws,
        seed=ensemble.seed,
        version=versions["relsim-ir"],
        digest=str(ensemble.provenance["scenario_hash"])[:12],
        command=COMMAND,
    )


def near_an_end(lines: Sequence[Line]) -> str:
    """Targets that are met in the outer part of their range, in words."""
    found = [
        f"{line.name} ({number(line.simulated)})"
        for line in lines
        if line.met
        and not OUTER <= (line.simulated - line.low) / (line.high - line.low) <= 1 - OUTER
    ]
    return f"In the outer fifth of their range: {'; '.join(found)}." if found else ""


def row(line: Line) -> tuple[str, ...]:
    """One target."""
    simulated = number(line.simulated)
    observed = number(line.observed) + (" judged" if line.judged else "")
    return (line.name, line.unit, observed,
            f"{number(line.low)}\u00a0to\u00a0{number(line.high)}",
            simulated if line.met else f"**{simulated}** missed", line.basis)  # fmt: skip


def rounds_by_half(ensemble: Ensemble, actor: str = "US") -> str:
    """How the rate of an actor's sanctions rounds changes over the term, in words."""
    moves = moves_of(ensemble)
    days = moves.keys(actor, "impose_sanctions") % SPAN
    middle = moves.days // 2
    early = np.count_nonzero(days < middle) / (middle - moves.first_day)
    late = np.count_nonzero(days >= middle) / (moves.days - middle)
    years = 365.25 / ensemble.runs
    return (
        f"In the runs they come at {early * years:.1f} a year until the middle of the term and at\n"
        f"  {late * years:.1f} after it, {number(np.log(late / early))}."
    )
