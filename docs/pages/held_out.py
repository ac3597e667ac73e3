"""The forecast of the baseline through the events of its term, from what `relsim update` found.

`held_out.json` and the figure are made by the command under `COMMAND`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from docs.pages.markdown import code, note, number, table
from relsim.estimates import formatting
from relsim.inference.score.references import base_rates
from relsim.inference.score.scoring_rules import brier
from relsim.scenario.canonical import scenario_hash
from relsim.scenario.schema import Scenario

FILE = Path(__file__).with_suffix(".json")
COMMAND = (
    "relsim update us-russia-2021 --events us-russia-held-out --through 2025-01-19 \\\n"
    "    --every quarter --plot docs/figures/held_out.png --json > docs/pages/held_out.json"
)
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

**This is no test of the model.** Nothing was tuned on it: no number, default or choice of method
rests on what happened after 6 April 2021. But those who wrote relsim knew how it ended when they
chose the mechanisms, the catalogue of moves and the events of this record, and one person's reading
of what was salient is all that the record is.

## The headline

*{title}*: by the record it {answer}.

"""

SCORED = """
The Brier score is (probability − answer)²; 0 is best, one half always gets .25.
{references}
The base rate and EW4, which forgets with a half-life of four years, are those of the terms since
1993: see [keeping score](score.md). One question answered once says little about any of them, and
forecasts on later days know more of the answer: what counts for it is recorded from
January 2023 on.

## Other outcomes

The answers are what the runs show on the last day, when all has been recorded. What the catalogue
has no move for, such as the completion of Nord Stream 2, is not observed: the model goes on
computing it, and that is no answer.

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

The effect of a move is the headline's probability on the last day that is shown here, less what it
would be if the draws had learned nothing from that move. What the move itself did to relations is
in both. The error is that of finitely many draws.

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
    if told["scenario_hash"] != digest:
        raise ValueError(f"{FILE.name} is of another scenario: make it anew by\n{COMMAND}")
    headline, came = base.headline, answers(told)
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
    rows = list(move_rows(told))
    text += MOVES + (table(("Day", "By", "Move", "Effect"), rows) if rows else NONE_TOLD)
    return text


NONE_TOLD = "No single effect is more than two errors.\n"


def answers(told: dict[str, Any]) -> dict[str, bool]:
    """Whether each outcome came about, of those that the last day decides."""
    last = told["stages"][-1]["outcomes"]
    return {
        name: one["probability"] > 0.5
        for name, one in last.items()
        if min(one["probability"], 1 - one["probability"]) < DECIDED
    }


def stages_of(told: dict[str, Any], days: tuple[str, ...] | list[str]) -> Iterator[dict[str, Any]]:
    """The forecasts of some days."""
    yield from (stage for stage in told["stages"] if stage["date"] in days)


def headline_rows(told: dict[str, Any], headline: str, came: bool) -> Iterator[tuple[object, ...]]:
    """The headline on each day that is shown."""
    for stage in stages_of(told, [told["stages"][0]["date"], *SHOWN]):
        one = stage["outcomes"][headline]
        low, high = one["interval_90"] or (math.nan, math.nan)
        yield (
            stage["date"], f"{formatting.text(one['probability'], 2)} ± "
            f"{formatting.text(one['mc_error'], 2)}",
            f"{formatting.text(low, 2)}–{formatting.text(high, 2)}",
            f"{stage['effective_draws']:.0f}", stage["distinct_draws"],
            formatting.text(float(brier([one["probability"]], [came])[0]), 3),
        )  # fmt: skip


def references(base: Scenario, came: bool) -> Iterator[str]:
    """What reference forecasts of the headline score."""
    for name, rate in base_rates(base, base.headline).items():
        scored = formatting.text(float(brier([rate], [came])[0]), 3)
        yield f"The probability by {name}, {formatting.text(rate, 2)}, scores {scored}."


def outcome_rows(
    base: Scenario, told: dict[str, Any], days: list[str], came: dict[str, bool]
) -> Iterator[tuple[object, ...]]:
    """Each outcome on each day that is shown, and the answer."""
    stages = list(stages_of(told, days))
    for name, outcome in base.outcomes.items():
        said = (formatting.text(stage["outcomes"][name]["probability"], 2) for stage in stages)
        answer = {True: "yes", False: "no", None: "not known"}[came.get(name)]
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
        yield year, moves, number(math.fsum(w["bits"] for w in weeks), 0), number(beyond, 0)


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


def move_rows(told: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """The moves from which the draws learned most, if the effect is more than two errors."""
    sure = [
        move for move in told["moves"] if abs(move["effect_on_headline"]) > 2 * move["effect_error"]
    ]
    for move in sorted(sure, key=lambda move: -abs(move["effect_on_headline"]))[:TAUGHT]:
        effect, error = move["effect_on_headline"], move["effect_error"]
        places = formatting.decimals(error)
        signed = formatting.text(effect, places, signed=True).replace("-", "−")
        yield (
            move["date"], move["actor"] or "both", code(move["move"]),
            f"{signed} ± {formatting.text(error, places)}",
        )  # fmt: skip
