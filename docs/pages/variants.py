"""What the packaged variants change: examples/compare.py, with words that its numbers bear out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import relsim
from docs.pages.markdown import note
from docs.pages.record import COMMAND, made
from examples.compare import all_outcomes, by_line, one_outcome, value, variants_of
from relsim.audit import moved, plan_of
from relsim.cli.options import usable_cores
from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.probability import Difference, Share
from relsim.inference.compare.attribution import Attribution
from relsim.inference.compare.compare import ATTRIBUTED
from relsim.runs.chunk_result import ChunkResult
from relsim.simulate import simulate_chunk

RUNS, DRAWS, SEED = 32_768, 1_024, 1
WIDTH = 4096  # runs of the chunk that means of weekly series are taken from
LONG = "us-russia-2021-20y"

Effects = Mapping[str, Mapping[str, Difference]]

INTRODUCTION = """
# What the variants change

Each packaged variant changes one thing about the baseline and keeps everything else, random streams
included. So it is compared with the baseline run by run, and a difference is what the change makes
of the same histories.

```sh
python examples/compare.py --workers 2
```

prints the three tables of this page, and `relsim compare` those of any variant
([how](compare.md)). {made} A cell is the probability in the variant less that in
[the baseline](../baseline.md), with its Monte Carlo error. "0 ± …" means that no run differs; the
error is then what so many runs can rule out.

"""

HEADLINE = """

For the headline, signs of détente in the second half of the term, with the interval over draws as
well, the share of runs in which the outcome flips either way, and the variance that pairing saved:

"""

READING = """

There are {differences} differences in the first table. At two standard errors some {chance} of them
would seem to differ by chance alone; those named below are larger.

## Why these signs

By [the equations](../model.md), and by what moves in the runs. Means are over {width:,} runs of the
same seed.

**Maximum pressure** doubles Washington's routine of rounds and takes its easing away. The two parts
act apart (next section). Twice the routine gives only {rounds:.1f} times the rounds, as Washington
learns that they fail. Russia's hardship grows by
{hardship_early:.2f} percent of GDP in the first half of the term and {hardship_late:.2f} in the
second, no more: bite saturates in the stock of rounds, and each round pushes China closer, which
undoes part of it (backfire). What grows is Russia's remembered hostility, by {hostility:.0%}, and
through retaliation its own rounds, by {answers:.0%}. So competition and tension rise and détente
falls. It is no surprise that pressure brings no concession: the relief that hardship adds to
Russia's engagement is small by assumption (C19, C24). Nord Stream 2 is completed less often, as any
round may halt the work.

**No learning** keeps Washington's belief that pressure works, in its choice, where it was in
January 2021, above the breakeven in most draws. Without the lesson there are {unlearned:.0f} more
rounds, most of them in the second half, and the same spiral as above, weaker. [What learning
does](../learning.md) has the controls.

**New START not extended** is worse for almost everything, and not for the reason that one expects.
The treaty itself does little here: it can be left, and leaving it is a rupture. What is lost with
the extension is the first agreement of the term: its goodwill, and the trust of kept promises
(Washington's trust stands {trust:.2f} lower in the first half of the term). The agreement alone
explains {agreement} of {extension} in signs of détente, the date of expiry {expiry} (below). That
the treaty is no longer in force at the end is the variant itself.

**Relief offered** brings détente forward more than it brings more of it: détente overall changes by
{relief_any}, *late* détente by {relief_late}, since a term in which détente began early cannot have
it begin late by definition. Moscow takes up the talks, the offer is remembered for weeks and
trusted for a year or two, and by the second half most of it has faded: {relief_signs}. More texts
on arms also keep Russia in Open Skies a little more often.

**An early summit** has the same sign. A meeting lifts its own week and leaves
nothing lasting by itself; what stays is the trust of a proposal accepted. "Side by side" rises by
{summit_mixed} since that outcome counts weeks with a cooperative move a year, and the first year
now has them. In {untouched:.0%} of the runs nothing changes at all: the leaders had mostly agreed
to meet before the variant's proposal, which is then not made.

**A war scare** in Europe lasts half a year and leaves less than one might think. Collisions and
shows of force fill both memories in 2021, but memory halves in a month or two; what lasts is some
trust, lost as fewer talks open. Détente changes by {scare_any}, and *late* détente, which begins
two years after the scare, by {scare_late}. A deadly
exchange ({scare_deadly}) and war ({scare_war}) become likelier, which is the ladder's doing.

**Allied support lost** does almost nothing to détente, though Russia's hardship falls by
{relieved_early:.1f} percent of GDP in the first half of the term and {relieved_late:.1f} in the
second. The sign is that of the equations: less hardship, less relief to be had from engagement, so
Russia proposes a little less. The size says how little hardship moves the Kremlin in this scenario
(C24). Attempts at a colour revolution become rarer ({attempts}), as hardship feeds them. That
support may hang on what Washington does is modelled only so far as strong Russian moves draw Europe
closer.

## Which part of a variant does it?

A variant of several lines is taken apart: each line is put in and left out in all combinations, in
the same {attributed:,} runs, and the Shapley value shares out the difference. For signs of détente:

{by_line}

Part of the fall under maximum pressure is a matter of definition: an eased sanction is one of the
three signs, and Washington never eases there. Détente changes by {twice_any} for the rounds and
{never_any} for the easing; the rise of competition ({twice_competition} of {both_competition})
comes from the rounds. That Moscow accepts the early summit adds {acceptance} to what
Washington's proposal does.

## The twenty years

`us-russia-2021-20y` asks another question of a longer term, so it is not paired with the baseline:
détente at least once before January 2041 comes out at {reset}. The article's "inevitable in
principle" is what some draws say, and others say never.
"""

# What the words above take for granted: (variant, outcome, sign of the difference).
SIGNS = (
    ("maximum-pressure", "signs_of_detente", -1), ("maximum-pressure", "detente", -1),
    ("maximum-pressure", "competition_prevails", 1), ("maximum-pressure", "tensions_persist", 1),
    ("maximum-pressure", "nord_stream_2_completed", -1), ("no-learning", "signs_of_detente", -1),
    ("no-learning", "competition_prevails", 1), ("new-start-not-extended", "detente", -1),
    ("new-start-not-extended", "signs_of_detente", -1), ("relief-offered", "detente", 1),
    ("relief-offered", "late_detente", -1), ("relief-offered", "signs_of_detente", 1),
    ("relief-offered", "open_skies_left_by_russia", -1), ("early-summit", "detente", 1),
    ("early-summit", "mixed_relations", 1), ("war-scare", "detente", -1),
    ("war-scare", "deadly_exchange", 1),
    ("war-scare", "direct_war", 1), ("allied-support-lost", "colour_revolution_attempt", -1),
)  # fmt: skip


def page(ensemble: Ensemble) -> str:
    """The page, as Markdown, of an ensemble of the baseline.

    Raises
    ------
    ValueError
        If the numbers no longer bear out the words.
    """
    baseline = ensemble.scenario
    found = relsim.compare(
        baseline, *variants_of(baseline), runs=RUNS, draws=DRAWS, seed=SEED, workers=usable_cores()
    )
    check(baseline.name, effects_of(found))
    differences = len(found.variants) * len(baseline.outcomes)
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(made=made(ensemble)),
            all_outcomes(found),
            HEADLINE,
            one_outcome(found, baseline.headline),
            READING.format(
                differences=differences,
                chance=round(differences * 0.05),
                width=WIDTH,
                attributed=ATTRIBUTED,
                by_line=by_line(found, baseline.headline),
                reset=relsim.simulate(relsim.load(LONG), RUNS, DRAWS).probability(
                    "reset_eventually"
                ),
                **of_effects(baseline.name, effects_of(found)),
                **of_lines(found),
                **of_series(baseline),
            ),
        ]
    )


def effects_of(found: relsim.Comparison) -> Effects:
    """Differences by variant and outcome."""
    return {
        name: {outcome: contrast.difference for outcome, contrast in variant.outcomes.items()}
        for name, variant in found.variants.items()
    }


def of_lines(found: relsim.Comparison) -> dict[str, str]:
    """The shares that the words quote: of a variant's line, by part of its name, in an outcome."""
    wanted = {
        "agreement": ("new-start-not-extended", "signs_of_detente", "agreement"),
        "expiry": ("new-start-not-extended", "signs_of_detente", "expires"),
        "twice_any": ("maximum-pressure", "detente", "impose_sanctions"),
        "never_any": ("maximum-pressure", "detente", "ease_sanctions"),
        "twice_competition": ("maximum-pressure", "competition_prevails", "impose_sanctions"),
        "acceptance": ("early-summit", "signs_of_detente", "accept_proposal"),
    }
    return {
        word: value(share_of(found[f"{found.baseline.name}-{variant}"][outcome].attribution, part))
        for word, (variant, outcome, part) in wanted.items()
    }


def share_of(found: Attribution, part: str) -> Share:
    """The share of the one line that has this in its path."""
    (share,) = (
        share
        for lines, share in zip(found.groups, found.shares, strict=True)
        if any(part in line.path for line in lines)
    )
    return share


def check(name: str, effects: Effects) -> None:
    """Raise if a sign that the words name is not beyond two standard errors."""
    off = [
        (variant, outcome)
        for variant, outcome, sign in SIGNS
        if sign * (found := effects[f"{name}-{variant}"][outcome]).value < 2 * found.mc_error
    ]
    if off:
        raise ValueError(f"the words of docs/guides/variants.md no longer hold: {off}")


def of_effects(name: str, effects: Effects) -> dict[str, str]:
    """The differences that the words quote."""
    wanted = {
        word: effects[f"{name}-{variant}"][outcome]
        for word, variant, outcome in (
            ("both_competition", "maximum-pressure", "competition_prevails"),
            ("extension", "new-start-not-extended", "signs_of_detente"),
            ("relief_any", "relief-offered", "detente"),
            ("relief_late", "relief-offered", "late_detente"),
            ("relief_signs", "relief-offered", "signs_of_detente"),
            ("summit_mixed", "early-summit", "mixed_relations"),
            ("scare_any", "war-scare", "detente"),
            ("scare_late", "war-scare", "late_detente"),
            ("scare_deadly", "war-scare", "deadly_exchange"),
            ("scare_war", "war-scare", "direct_war"),
            ("attempts", "allied-support-lost", "colour_revolution_attempt"),
        )
    }
    return {word: value(found) for word, found in wanted.items()}


def of_series(baseline: relsim.Scenario) -> dict[str, float]:
    """What the words say of means over runs."""

    def chunk_of(variant: str = "") -> ChunkResult:
        scenario = relsim.load(f"{baseline.name}-{variant}") if variant else baseline
        return simulate_chunk(plan_of(scenario, WIDTH), 0)

    usual, pressed, unlearned = chunk_of(), chunk_of("maximum-pressure"), chunk_of("no-learning")
    unaided, lapsed = chunk_of("allied-support-lost"), chunk_of("new-start-not-extended")
    rounds = [
        float(r.quantities["sanctions_rounds.US"].mean()) for r in (usual, pressed, unlearned)
    ]
    answers = [float(r.quantities["sanctions_rounds.RU"].mean()) for r in (usual, pressed)]
    return {
        "rounds": rounds[1] / rounds[0],
        "unlearned": rounds[2] - rounds[0],
        "answers": answers[1] / answers[0] - 1,
        "hostility": half(pressed, "hostility.RU", 1) / half(usual, "hostility.RU", 1) - 1,
        "hardship_early": half(pressed, "hardship.RU", 0) - half(usual, "hardship.RU", 0),
        "hardship_late": half(pressed, "hardship.RU", 1) - half(usual, "hardship.RU", 1),
        "relieved_early": half(usual, "hardship.RU", 0) - half(unaided, "hardship.RU", 0),
        "relieved_late": half(usual, "hardship.RU", 1) - half(unaided, "hardship.RU", 1),
        "trust": half(usual, "trust.US", 0) - half(lapsed, "trust.US", 0),
        "untouched": 1 - float(moved(chunk_of("early-summit"), usual).mean()),
    }


def half(chunk: ChunkResult, series: str, which: int) -> float:
    """Mean of a weekly series over all runs, in the first or the second half of the term."""
    return float(np.array_split(chunk.sample.series[series], 2)[which].mean())
