"""What the packaged variants change: examples/variants.py, with words that its numbers bear out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import relsim
from docs.pages.markdown import note
from docs.pages.record import COMMAND, made
from examples.variants import all_outcomes, effects_of, one_outcome, variants_of
from relsim.ensemble.chunk import ChunkResult
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.estimates import Difference
from relsim.inference.liveness import moved, plan_of
from relsim.simulate import live_chunk

RUNS, DRAWS, SEED = 32_768, 1_024, 1
WIDTH = 4096  # runs of the chunk that means of weekly series are taken from
LONG = "us-russia-2021-20y"

Effects = Mapping[str, Mapping[str, Difference]]

INTRODUCTION = """
# What the variants change

Each packaged variant changes one thing about the baseline and keeps everything else, luck included.
So it is compared with the baseline run by run, and a difference is what the change makes of the
same histories.

```sh
python examples/variants.py --workers 2
```

prints the two tables of this page. {made} A cell is the probability in the variant less that in
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
learns that they fail and a week has room for one move. Russia's hardship grows by
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
(Washington's trust stands {trust:.2f} lower in the first half of the term). Take the agreement
alone away and keep the treaty, and signs of détente change by {agreement}, beside {extension} in
the variant. That the treaty is no longer in force at the end is the variant itself.

**Relief offered** brings détente forward more than it brings more of it: détente overall changes by
{relief_any}, *late* détente by {relief_late}, since a term in which détente began early cannot have
it begin late by definition. Moscow takes up the talks, the offer is remembered for weeks and
trusted for a year or two, and by the second half most of it has faded: {relief_signs}. More texts
on arms also keep Russia in Open Skies a little more often.

**An early summit** has the same sign and a smaller size. A meeting lifts its own week and leaves
nothing lasting by itself; what stays is the trust of a proposal accepted. "Side by side" rises by
{summit_mixed} since that outcome counts weeks with a cooperative move a year, and the first year
now has them. In {untouched:.0%} of the runs nothing changes at all: the leaders had mostly agreed
to meet before the variant's proposal, which is then not made.

**A war scare** in Europe lasts half a year and leaves less than one might think. Collisions and
shows of force fill both memories in 2021, but memory halves in a month or two; what lasts is some
trust, lost as fewer talks open. Détente changes by {scare_any} and *late* détente by {scare_late}:
some of the détente that the scare prevented comes later, and then it counts as late. A deadly
exchange ({scare_deadly}) and war ({scare_war}) become likelier, which is the ladder's doing.

**Allied support lost** does almost nothing to détente, though Russia's hardship falls by
{relieved_early:.1f} percent of GDP in the first half of the term and {relieved_late:.1f} in the
second. The sign is that of the equations: less hardship, less relief to be had from engagement, so
Russia proposes a little less. The size says how little hardship moves the Kremlin in this scenario
(C24). Attempts at a colour revolution become rarer ({attempts}), as hardship feeds them. That
support may hang on what Washington does is modelled only so far as strong Russian moves draw Europe
closer.

## Which part of a variant does it?

A variant with two parts can be taken apart. `None` takes an entry away:

```python
import relsim
from relsim.ensemble.estimates import difference

runs, draws = 1024, 64
baseline = relsim.load("us-russia-2021")
pressure = relsim.load("us-russia-2021-maximum-pressure")
change = f"calendar.{{len(pressure.calendar) - 1}}.set"
parts = {{
    "twice the rounds": pressure.vary({{f"{{change}}.moves.ease_sanctions.rate.US": None}}),
    "no easing": pressure.vary({{f"{{change}}.moves.impose_sanctions.rate.US": None}}),
    "both": pressure,
}}
usual = relsim.simulate(baseline, runs, draws)
for name, part in parts.items():
    changed = relsim.simulate(part, runs, draws)
    effect = difference(
        changed.happened("signs_of_detente"),
        usual.happened("signs_of_detente"),
        usual.draw_of_run,
        usual.runs_per_batch,
    )
    print(f"{{name}}: {{effect}}")
```

With as many runs as above: {twice} for twice the rounds, {never} for no easing, {both} for both.
Most of the fall is a matter of definition: an eased sanction is one of the three signs. Détente
changes by {twice_any} and {never_any}; the rise of competition ({twice_competition} of
{both_competition}) comes from the rounds alone.

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
    ("war-scare", "late_detente", 1), ("war-scare", "deadly_exchange", 1),
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
    effects = effects_of(baseline, variants_of(baseline), RUNS, DRAWS, SEED, 1)
    parts = effects_of(baseline, parts_of(baseline), RUNS, DRAWS, SEED, 1)
    check(baseline.name, effects)
    differences = sum(len(found) for found in effects.values())
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(made=made(ensemble)),
            all_outcomes(baseline, effects),
            HEADLINE,
            one_outcome(baseline.headline, effects),
            READING.format(
                differences=differences,
                chance=round(differences * 0.05),
                width=WIDTH,
                reset=relsim.simulate(relsim.load(LONG), RUNS, DRAWS).probability(
                    "reset_eventually"
                ),
                **of_effects(baseline.name, effects, parts),
                **of_series(baseline),
            ),
        ]
    )


def parts_of(baseline: relsim.Scenario) -> dict[str, relsim.Scenario]:
    """The two halves of maximum pressure, and the baseline without the agreement of February."""
    pressure = relsim.load(f"{baseline.name}-maximum-pressure")
    change = f"calendar.{len(pressure.calendar) - 1}.set"
    agreement = [entry.move for entry in baseline.calendar].index("agreement")
    return {
        "twice": pressure.vary({f"{change}.moves.ease_sanctions.rate.US": None}),
        "never": pressure.vary({f"{change}.moves.impose_sanctions.rate.US": None}),
        "no agreement": baseline.vary({f"calendar.{agreement}": None}),
    }


def check(name: str, effects: Effects) -> None:
    """Raise if a sign that the words name is not beyond two standard errors."""
    off = [
        (variant, outcome)
        for variant, outcome, sign in SIGNS
        if sign * (found := effects[f"{name}-{variant}"][outcome]).value < 2 * found.mc_error
    ]
    if off:
        raise ValueError(f"the words of docs/guides/variants.md no longer hold: {off}")


def of_effects(name: str, effects: Effects, parts: Effects) -> dict[str, str]:
    """The differences that the words quote."""
    wanted = {
        "agreement": parts["no agreement"]["signs_of_detente"],
        "twice": parts["twice"]["signs_of_detente"],
        "never": parts["never"]["signs_of_detente"],
        "twice_any": parts["twice"]["detente"],
        "never_any": parts["never"]["detente"],
        "twice_competition": parts["twice"]["competition_prevails"],
    } | {
        word: effects[f"{name}-{variant}"][outcome]
        for word, variant, outcome in (
            ("both", "maximum-pressure", "signs_of_detente"),
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
    return {word: f"{found.value_text} {found.error_text}" for word, found in wanted.items()}


def of_series(baseline: relsim.Scenario) -> dict[str, float]:
    """What the words say of means over runs."""

    def lived(variant: str = "") -> ChunkResult:
        scenario = relsim.load(f"{baseline.name}-{variant}") if variant else baseline
        return live_chunk(plan_of(scenario, WIDTH), 0)

    usual, pressed, unlearned = lived(), lived("maximum-pressure"), lived("no-learning")
    unaided, lapsed = lived("allied-support-lost"), lived("new-start-not-extended")
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
        "untouched": 1 - float(moved(lived("early-summit"), usual).mean()),
    }


def half(lived: ChunkResult, series: str, which: int) -> float:
    """Mean of a weekly series over all runs, in the first or the second half of the term."""
    return float(np.array_split(lived.sample[series], 2)[which].mean())
