"""The forecast of the baseline through the events of its term, from what `relsim update` found.

`held_out.json` and the figure are made by the command under `COMMAND`, `held_out_seeds.json` by
that under `SEEDS_COMMAND`. The figure is then made smaller by `docs/shrink.py`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from docs.pages.markdown import code, note, number, table
from relsim.estimates import formatting
from relsim.history.base_rates import base_rates, fading_base_rates
from relsim.history.one_step import EW4
from relsim.inference.score.references import BASE
from relsim.inference.score.scoring_rules import brier
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import Scenario

FILE = Path(__file__).with_suffix(".json")
COMMAND = (
    "relsim update us-russia-2021 --events us-russia-held-out --through 2025-01-19 \\\n"
    "    --every quarter --plot docs/figures/held_out.png --json > docs/pages/held_out.json"
)
SEEDS = FILE.with_name("held_out_seeds.json")
SEEDS_COMMAND = (
    "for seed in 2 3 4; do relsim update us-russia-2021 --events us-russia-held-out \\\n"
    "    --through 2022-06-30 --seed $seed --json > seed-$seed.json; done\n"
    "python -m docs.pages.held_out seed-2.json seed-3.json seed-4.json"
)
MIDDLE = "2022-06-30"
# While a record leads the runs the ladder, protest and work on projects stand still.
UNOBSERVED = (
    "deadly_exchange", "direct_war", "colour_revolution_attempt", "colour_revolution",
    "nord_stream_2_completed",
)  # fmt: skip
SHOWN = ("2021-06-30", "2021-12-31", "2022-06-30", "2022-12-31", "2023-12-31", "2025-01-19")
DECIDED = 0.01  # within it of 0 or 1 on the last day, an outcome has an answer
WORST, TAUGHT = 6, 6

INTRODUCTION = """
# The news of 2021 to 2025

The baseline knows what happened until 6 April 2021. `us-russia-held-out` is a record of events from
then to the end of the term. Updated with it, the forecast of April 2021 became:

```text
{command}
```

![The headline's probability through the term, with the moves](../figures/held_out.png)

{draws:,} draws of {runs} runs, seed {seed}, of the scenario with the hash `{digest}`.

**This is no test of the model.** No parameter of the model, no mechanism and no prior was fitted to
events after 6 April 2021. Settings of the sampler were tried on them, before this page was made:
see [what was looked at](update.md#is-anything-learned-from-how-it-ended). These change how exact
the calculation is, not what it is of. But those who wrote relsim knew how it ended when they chose
the mechanisms, the catalogue of moves and the events of this record, and one person's reading of
what was salient is all that the record is.

## The headline

*{title}*: by the record it {answer}.

"""

SCORED = """
The news of 2021, with its summit and talks, moved the forecast away from what came about; that of
2022 moved it back.

The Brier score is (probability − answer)²; 0 is best, one half always gets .25.
{references}
The base rate and EW4, which forgets with a half-life of four years, are those of the terms since
1993: see [keeping score](score.md). One question answered once says little about any of them, and
forecasts on later days know more of the answer: what counts for it is recorded from
January 2023 on.

## Other outcomes

The answers are what the runs show on the last day, when all has been recorded. Five outcomes have
none: no event of the record can be the completion of a pipeline, a protest or a rung of the ladder.
While the record leads the runs, these stand still in the model, too, so that what it says of them
falls as the time that is left grows short, and is worth nothing. That Nord Stream 2 was completed
in September 2021 is an example.

"""

SURPRISE = """
Brier scores of the {count} outcomes with an answer, averaged:
{scores}.
They hang together, as all are about one history.

## How unexpected it was

Bits say how unlikely what happened was to the forecast of the day before: each is a halving.
*Beyond EW4* takes off what the same days cost a forecaster that knows the rates of the past alone,
so that above 0 the model did worse than that. It has coarser classes of moves, and neither joint
moves nor implied ones, so the difference is rough.

"""

WEEKS = """

The least expected weeks:

"""

MOVES = """

## What taught the draws most

On the last day the headline is decided, and no move taught anything about it. Here are the effects
as of {middle}, in updates until then with three other seeds. The effect of a move is the
headline's probability less what it would be if the draws had learned nothing from that move; what
the move itself did to relations is in both. The error is that of finitely many draws, or the
standard error of the mean over seeds if that is larger.

"""

OVER_SEEDS = """

## Other random numbers

```text
{command}
```

On {middle} the headline was {each}
with seeds {seeds}: an sd of {sd}, where at most .03 was wanted. The Monte Carlo error of the first
of them is {error}. The fewest effective draws after any week were {fewest}: that number takes no
account of how alike the draws of one chain are. **One update in the middle of the term may be off
by twice that sd, {twice}: average some seeds.**
"""


def found() -> dict[str, Any]:
    """What the command found."""
    told: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return told


def page(base: Scenario) -> str:
    """The page.

    Raises
    ------
    ValueError
        If the file is of another scenario.
    """
    told, digest = found(), scenario_hash(base)
    if {told["scenario_hash"], *(one["scenario_hash"] for one in seeds())} != {digest}:
        raise ValueError(f"{FILE.name} is of another scenario: make it anew by\n{COMMAND}")
    headline, came = base.headline, answers(told)
    course = [one["outcomes"][headline]["probability"] for one in told["stages"]]
    if came[headline] or not max(course[:5]) > course[0] > course[-1]:
        raise ValueError("the words of this page are of another course of the headline")
    text = note() + INTRODUCTION.format(
        command=COMMAND, draws=told["draws"], runs=told["runs_per_draw"], seed=told["seed"],
        digest=digest[:12], title=base.outcomes[headline].title,
        answer="came about" if came[headline] else "did not come about",
    )  # fmt: skip
    text += table(
        ("Day", "Probability", "90% over draws", "Effective draws", "Distinct", "Brier"),
        headline_rows(told, headline, came[headline]),
        right="Effective draws,Distinct,Brier",
    )
    text += SCORED.format(references=" ".join(references(base, came[headline])))
    days = [stage["date"] for stage in stages_of(told, [told["stages"][0]["date"], *SHOWN])]
    text += table(("Outcome", *days, "Answer"), outcome_rows(base, told, days, came))
    text += SURPRISE.format(count=len(came), scores=mean_scores(told, days, came))
    text += table(
        ("Year", "Moves", "Bits", "Beyond EW4"), year_rows(told), right="Moves,Bits,Beyond EW4"
    )
    text += WEEKS + table(
        ("Week from", "Bits", "Beyond EW4", "Effective draws"), week_rows(told),
        right="Bits,Beyond EW4,Effective draws",
    )  # fmt: skip
    text += nearly_impossible(told)
    text += MOVES.format(middle=MIDDLE)
    text += table(("Day", "By", "Move", "Effect"), move_rows(seeds()))
    return text + over_seeds(told, headline)


def answers(told: dict[str, Any]) -> dict[str, bool]:
    """Whether each outcome came about, of those that the last day decides."""
    last = told["stages"][-1]["outcomes"]
    return {
        name: one["probability"] > 0.5
        for name, one in last.items()
        if min(one["probability"], 1 - one["probability"]) < DECIDED and name not in UNOBSERVED
    }


def stages_of(told: dict[str, Any], days: tuple[str, ...] | list[str]) -> Iterator[dict[str, Any]]:
    """The forecasts of some days."""
    yield from (stage for stage in told["stages"] if stage["date"] in days)


def headline_rows(told: dict[str, Any], headline: str, came: bool) -> Iterator[tuple[object, ...]]:
    """The headline on each day that is shown."""
    for stage in stages_of(told, [told["stages"][0]["date"], *SHOWN]):
        one = stage["outcomes"][headline]
        band = one["interval_90"]
        yield (
            stage["date"], f"{formatting.text(one['probability'], 2)} ± "
            f"{formatting.text(one['mc_error'], 2)}",
            "" if band is None else formatting.between(*band),
            f"{stage['effective_draws']:.0f}", stage["distinct_draws"],
            formatting.text(float(brier([one["probability"]], [came])[0]), 3),
        )  # fmt: skip


def references(base: Scenario, came: bool) -> Iterator[str]:
    """What reference forecasts of the headline score."""
    for name, rates in ((BASE, base_rates(base)), (EW4, fading_base_rates(base))):
        rate = rates[base.headline].probability
        scored = formatting.text(float(brier([rate], [came])[0]), 3)
        yield f"The probability by {name}, {formatting.text(rate, 2)}, scores {scored}."


def outcome_rows(
    base: Scenario, told: dict[str, Any], days: list[str], came: dict[str, bool]
) -> Iterator[tuple[object, ...]]:
    """Each outcome on each day that is shown, and the answer."""
    stages = list(stages_of(told, days))
    for name, outcome in base.outcomes.items():
        said = (formatting.text(stage["outcomes"][name]["probability"], 2) for stage in stages)
        answer = {True: "yes", False: "no", None: "not observed"}[came.get(name)]
        yield outcome.title, *said, answer


def mean_scores(told: dict[str, Any], days: list[str], came: dict[str, bool]) -> str:
    """The mean Brier score of each day that is shown."""
    means = []
    for stage in stages_of(told, days):
        said = [stage["outcomes"][name]["probability"] for name in came]
        mean = float(brier(said, list(came.values())).mean())
        means.append(f"{formatting.text(mean, 3)} on {stage['date']}")
    return ", ".join(means)


def year_rows(told: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """Moves and bits of each year; what has no reference is left out of the last column."""
    for year in sorted({week["begins"][:4] for week in told["weeks"]}):
        weeks = [week for week in told["weeks"] if week["begins"].startswith(year)]
        moves = sum(move["date"].startswith(year) for move in told["moves"])
        beyond = math.fsum(week["bits_beyond_ew4"] or 0 for week in weeks)
        yield year, moves, number(math.fsum(w["bits"] for w in weeks), 0), number(beyond, 1)


def week_rows(told: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """The weeks that were least expected."""
    for week in sorted(told["weeks"], key=lambda week: -week["bits"])[:WORST]:
        beyond = week["bits_beyond_ew4"]
        yield (
            week["begins"], number(week["bits"], 1),
            "" if beyond is None else number(beyond, 1), f"{week['effective_draws']:.0f}",
        )  # fmt: skip


def nearly_impossible(told: dict[str, Any]) -> str:
    """What is said of weeks that the model finds nearly impossible."""
    weeks = [str(date.fromisoformat(day)) for day in told["nearly_impossible"]]
    if not weeks:
        return ""
    return (
        f"\nNearly impossible to the model, with 40 bits or more: the week from "
        f"{', '.join(weeks)}. What the forecast says from then on is no guide, as the model lacks "
        "what happened.\n"
    )


def move_rows(others: list[dict[str, Any]]) -> Iterator[tuple[object, ...]]:
    """The moves from which the draws learned most, averaged over seeds."""
    effects = np.array([[move["effect_on_headline"] for move in one["moves"]] for one in others])
    errors = np.array([[move["effect_error"] for move in one["moves"]] for one in others])
    number = len(others)
    mean = effects.mean(axis=0)
    within = np.sqrt((errors**2).sum(axis=0)) / number
    error = np.maximum(within, effects.std(axis=0, ddof=1) / math.sqrt(number))
    for place in np.argsort(-np.abs(mean))[:TAUGHT]:
        move, places = others[0]["moves"][place], formatting.decimals(error[place])
        signed = formatting.text(mean[place], places, signed=True).replace("-", "−")
        yield (
            move["date"], move["actor"] or "both", code(move["move"]),
            f"{signed} ± {formatting.text(error[place], places)}",
        )  # fmt: skip


def over_seeds(told: dict[str, Any], headline: str) -> str:
    """The headline in the middle of the term with other seeds."""
    (stage,) = stages_of(told, [MIDDLE])
    said = [stage["outcomes"][headline]["probability"], *(one["headline"] for one in seeds())]
    fewest = min(
        min(week["effective_draws"] for week in told["weeks"]),
        *(one["fewest_effective"] for one in seeds()),
    )
    numbers = [told["seed"], *(one["seed"] for one in seeds())]
    sd = float(np.std(said, ddof=1))
    return OVER_SEEDS.format(
        command=SEEDS_COMMAND, middle=MIDDLE, each=listed(formatting.text(p, 3) for p in said),
        seeds=listed(map(str, numbers)), sd=formatting.text(sd, 3),
        error=formatting.text(stage["outcomes"][headline]["mc_error"], 3),
        fewest=f"{fewest:.0f}", twice=formatting.text(2 * sd, 2),
    )  # fmt: skip


def listed(words: Iterable[str]) -> str:
    """Words with commas, and an "and"."""
    *before, last = words
    return f"{', '.join(before)} and {last}"


def seeds() -> list[dict[str, Any]]:
    """What the updates with other seeds found."""
    kept: list[dict[str, Any]] = json.loads(SEEDS.read_text("utf-8"))
    return kept


def keep_seeds(files: Iterable[str]) -> None:
    """Keep of some updates what the page shows."""
    wanted = ("date", "actor", "move", "effect_on_headline", "effect_error")
    kept = []
    for file in files:
        one = json.loads(Path(file).read_text("utf-8"))
        last = one["stages"][-1]
        kept.append(
            {
                "scenario_hash": one["scenario_hash"], "seed": one["seed"], "through": last["date"],
                "headline": last["outcomes"][one["headline"]]["probability"],
                "fewest_effective": min(week["effective_draws"] for week in one["weeks"]),
                "moves": [{key: move[key] for key in wanted} for move in one["moves"]],
            }
        )  # fmt: skip
    SEEDS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    keep_seeds(sys.argv[1:])
