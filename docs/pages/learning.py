"""What learning does to late détente: examples/ablation.py, over seeds, with errors."""

from __future__ import annotations

from collections.abc import Sequence

from docs.pages.markdown import note, number, table
from docs.pages.record import COMMAND, made
from examples.ablation import LEARNER, PRIOR, Line, lines

SEEDS = (1, 2, 3)
RUNS, DRAWS = 32_768, 1_024
LATE, SIGNS, ANY = "late_detente", "signs_of_detente", "detente"
BASE, FROZEN, YOKED, SCRIPTED, WARM, WARM_FROZEN = range(6)
# The words of the page hold while freezing costs this share, and the yoked line keeps that one.
LEAST_FALL, LEAST_KEPT = 0.1, 0.7

INTRODUCTION = """
# What learning does

The article does not only forecast signs of détente in the latter part of the term (F4). It gives a
cause: Washington sees that its pressure fails, and reweighs its options. In the model that is the
belief that pressure works, updated with each round of sanctions that brings no concession within
26 weeks, and weighed in the choice of moves ([the model](model.md)). It is not a scheduled switch.
This page says what the cause does in the runs, and what about it does it.

## Frozen

With Washington's belief frozen in its choice, and everything else as it was, the probability of a
détente that begins in the second half of the term falls from {base} to {frozen}: by {falls} of
itself in three seeds. So in this model the cause is real, and most of late détente comes about
without it.

## What about it?

| line | each run chooses by | what is left is due to |
| --- | --- | --- |
| baseline | its own belief | |
| frozen | its prior | everything but learning |
| yoked | the belief of another run of the same draw | a belief that falls, no lesson of its own |
| scripted fall | its prior plus the mean fall of all runs | a trend that everybody shares |
| warm start | its own belief, begun where it ends in the baseline | no cold start |
| warm start, frozen | that prior | the same without learning |

Late détente, by seed. Each line is paired with the baseline run by run, the last one with the warm
start. The effect of learning is kept where the difference is small beside that of the frozen line.
{made}

"""

READING = """
- **It is the fall of the belief that counts, not the lesson.** Yoked to another run's belief, which
  falls as fast but not in answer to the run's own rounds, late détente is what it was: {kept} of
  the effect of learning is kept. A fall by script, alike in all runs, does as much or more.
- **The belief falls because of where it begins.** Its prior is higher than what the rounds of the
  term bear out, and it ends below its beginning in {fallen} of the runs. Begun where it ends, late
  détente is {warm}, and freezing costs {warm_cost} instead of {cost}: the rest of the effect is
  that of a cold start.
- **Comparing halves would show nothing.** Of the détentes in the baseline {late_share} begin in the
  second half, with the belief frozen {late_frozen}. A difference between halves mixes learning with
  the time that any détente needs to come about.

## Signs of détente

The looser outcome of the forecast, the same lines, seed {seed}:

"""

AGAINST = """
## What speaks against it

- **The record leans against strong learning.** US rounds went from 10 to 8 over the halves of
  2017–21, a smaller fall than in the runs ([the record](record.md)).
- **Its strength is not identified.** Only the product of stake and learning rate shows in the
  recorded moves, and draws with weak and with strong learning fit as well. The intervals are wide,
  and reach down to very little.
- **The article's premise is at odds with its cause.** It says that the White House already held the
  sanctions to be ineffective (C12). A belief that is low at the start cannot fall far: a prior mean
  of .25, as published counts of success suggest, would leave about a quarter of the effect. Where
  the prior of the baseline stands is a judgement, wide enough to hold it.
- **The level is no finding.** The draws have learned from the article's words for F4, so that their
  agreement with it is no evidence. The cause that it gives was not learned from.

## Run it again

```sh
python examples/ablation.py --seed 1
python examples/ablation.py --seed 1 --outcome signs_of_detente
```

The packaged scenario `us-russia-2021-no-learning` is the frozen line. Why it is done by
`belief_felt`: [decision 9](decisions/0009-belief-felt.md).
"""


def page() -> str:
    """The page, as Markdown.

    Raises
    ------
    ValueError
        If the numbers no longer bear out the words.
    """
    seeds = {seed: lines(RUNS, DRAWS, seed) for seed in SEEDS}
    first = seeds[SEEDS[0]]
    falls = [-gap(found[FROZEN]) / value(found[BASE]) for found in seeds.values()]
    kept = [1 - gap(found[YOKED]) / gap(found[FROZEN]) for found in seeds.values()]
    if min(falls) < LEAST_FALL or min(kept) < LEAST_KEPT:
        raise ValueError(f"the words of docs/learning.md no longer hold: {falls}, {kept}")
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(
                base=shown(first[BASE]),
                frozen=shown(first[FROZEN]),
                falls=listed(falls),
                made=made(first[BASE].ensemble),
            ),
            late(seeds),
            READING.format(
                kept=listed(kept),
                fallen=fallen(first[BASE]),
                warm=shown(first[WARM]),
                warm_cost=number(-gap(first[WARM_FROZEN]), 3).removeprefix("0"),
                cost=number(-gap(first[FROZEN]), 3).removeprefix("0"),
                late_share=late_share(first[BASE]),
                late_frozen=late_share(first[FROZEN]),
                seed=SEEDS[0],
            ),
            table(("line", "probability", "difference"), [cells(line, SIGNS) for line in first]),
            AGAINST,
        ]
    )


def late(seeds: dict[int, list[Line]]) -> str:
    """Late détente in each line, by seed."""
    header = ["line"]
    for seed in seeds:
        header += [f"seed {seed}", "difference"]
    rows = []
    for number_, line in enumerate(seeds[SEEDS[0]]):
        row = [line.name]
        for found in seeds.values():
            row += cells(found[number_], LATE)[1:]
        rows.append(row)
    return table(header, rows)


def cells(line: Line, outcome: str) -> tuple[str, str, str]:
    """Name, probability and difference of a line."""
    probability, difference = line.ensemble.probability(outcome), line.gap(outcome)
    shown_gap = f"{difference.value_text} {difference.error_text}" if difference else ""
    return line.name, f"{probability.value_text} {probability.error_text}", shown_gap


def value(line: Line) -> float:
    """Probability of late détente."""
    return line.ensemble.probability(LATE).value


def gap(line: Line) -> float:
    """Its difference from what the line is held against."""
    difference = line.gap(LATE)
    return difference.value if difference else 0.0


def shown(line: Line) -> str:
    """Probability of late détente in the digits that its error supports."""
    return line.ensemble.probability(LATE).value_text


def late_share(line: Line) -> str:
    """Share of the détentes that begin in the second half."""
    return f"{value(line) / line.ensemble.probability(ANY).value:.0%}"


def fallen(line: Line) -> str:
    """Share of the runs in which the belief ends below its beginning."""
    ensemble = line.ensemble
    began = ensemble.parameters[PRIOR][ensemble.draw_of_run]
    ended = ensemble.quantities[f"pressure_works_at_end.{LEARNER}"]
    return f"{(ended < began).mean():.0%}"


def listed(shares: Sequence[float]) -> str:
    """Shares as percentages."""
    *front, last = (f"{share:.0%}" for share in shares)
    return f"{', '.join(front)} and {last}"
