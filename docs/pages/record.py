"""Simulated against observed rates: the one page that needs a large simulation, with the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from docs.pages.markdown import note, number, table
from relsim.ensemble.ensemble import Ensemble
from relsim.history.followups import SPAN, moves_of
from relsim.history.targets import FACTOR, FEWEST, Line, record_table

COMMAND = "python -m docs.build --simulate"
OUTER = 0.2  # a figure in this part of its range, at either end, is named

INTRODUCTION = """
# The record

What the baseline simulates beside what was observed before 2021. The observed figures were counted
on a chronology of 255 salient moves, 1993–2020, coded for this project and mostly from memory; on
the dates of 23 arms-control negotiations; and on the WEIS events of 1966–92 {{cite:p}}`weis`. Some
targets are no counts but judgements, and are marked so.

**Agreement is a check, not evidence.** The constants of the baseline were searched for so that
these figures come out, and the search knew them all. The table says that the engine and the draws
still do what they were tuned to do. It does not say that the mechanisms are right: many sets of
constants meet it as well.

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
- **A mix in three draws of four.** Cooperation and competition side by side (F5) is likelier than
  not in 78% of the draws, where the other meanings of the model hold in 80% or more: with the
  record's rates weeks with a cooperative move are rare in a term that begins badly.
- **One coder.** The chronology was written by one coder who knew how things ended. It holds salient
  moves only and is denser after 2014: compare shares and orders, not raw counts.
- **Learning is weakly identified.** Only the product of stake and learning rate shows in the rates,
  and fits with weak and strong learning are as good as each other. The record leans against strong
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
            near_an_end(lines) + "\n\n",
            DOUBTS.lstrip().format(halves=rounds_by_half(ensemble)),
        ]
    )  # fmt: skip


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
