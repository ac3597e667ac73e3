"""Simulated against observed rates: the one page that needs a large simulation, with the next."""

from __future__ import annotations

import numpy as np

from docs.pages.markdown import note, number, table
from relsim.ensemble.ensemble import Ensemble
from relsim.history.followups import SPAN, moves_of
from relsim.history.record import FACTOR, FEWEST, Line, record_table

COMMAND = "python -m docs.build --simulate"

INTRODUCTION = """
# The record

What the baseline simulates beside what was observed before 2021. The observed figures were counted
on a chronology of 255 salient moves, 1993–2020, coded for this project and mostly from memory; on
the dates of 23 arms-control negotiations; and on the WEIS events of 1966–92 {{cite:p}}`weis`.

**Agreement is a check, not evidence.** The constants of the baseline were searched for so that most
of these rates come out, and the search knew them all. The table says that the engine and the draws
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

Where a rate rests on fewer than {FEWEST} observed events: within its 90% Poisson interval. Where it
rests on more, or is a share: within a factor of {FACTOR:g}. A few have a range of their own, in the
table. These are wide. A rate known from four events is hardly known, and a simulated figure near
the end of its range is no success.

"""

DOUBTS = """
## What speaks against it

- **Targets that contradict each other.** Talks that ended in a treaty took 21 months (median), and
  .45 of talks are held to be signed within the term. Over the 30 months that talks opened in a term
  have left, hazards counted over all eras (.0165 signed, .011 failed a month) give .34, those of
  talks begun after 1991 (.032 and .019) .49, with a median of 13 months. The baseline uses the
  later ones, which rest on five signatures in about 157 months.
- **Mixed eras.** The follow-up share of .28 is from 1993–2020, when its chance level was .08; the
  chance level in the table, .19, is that of 2014–20, when the share was .27 on 48 moves. Within its
  own era the excess is small, so the follow-up rate hardly says how strong retaliation is.
- **A late share out of line.** A late détente of .17 was first asked for beside a strict one of
  .30; but of the five détentes in the ten terms since 1961 that began tense or cool, two began
  late. The target is now .15, a judgement.
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


def row(line: Line) -> tuple[str, ...]:
    """One target."""
    simulated = number(line.simulated)
    return (line.name, line.unit, number(line.observed),
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
