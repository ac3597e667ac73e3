"""From each sentence of the source to its numbers, its mechanism, and its effect in the runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import relsim
from docs.pages.learned import learned, level_of
from docs.pages.markdown import code, note, table
from docs.pages.record import COMMAND
from relsim.ensemble.ensemble import Ensemble
from relsim.estimates.probability import Difference
from relsim.inference.calibrate.calibration import short as short_number
from relsim.inference.drivers.drivers import Ablated, Drivers
from relsim.inference.drivers.table import share
from relsim.scenario.schema import Scenario

SOURCE, PRIOR = "sui2021", "us-russia-2021-prior"
SMALL = 0.02  # a change of the headline that is not worth a word
MOST_PATHS = 3  # cited by a claim; further ones are counted

# Where the model page explains what a parameter does: the first pattern that its path matches.
MECHANISMS = (
    (r"actors\.\w+\.(stake|breakeven|pressure_\w+|learning_rate|belief_\w+)", "Beliefs", "beliefs"),
    (r"actors\.\w+\.trust(_trials|_rate|_half_life|_window)?$", "Beliefs", "beliefs"),
    (r"actors\.\w+\.(sanctions_stock|round_half_life|bite_saturation|bite_alone|exposure|hardship_lag)",
     "Sanctions, hardship, third parties", "sanctions-hardship-third-parties"),
    (r"actors\.\w+\.(hostility_at_start|goodwill_at_start|debt_half_life|memory_half_life)",
     "Perception", "perception"),
    (r"actors\.\w+\.constraint_relaxation", "Domestic constraint", "domestic-constraint"),
    (r"(actors|dyad)\.", "Motives", "motives"),
    (r"third_parties\.", "Sanctions, hardship, third parties", "sanctions-hardship-third-parties"),
    (r"(talks|issues\.\w+\.agenda)", "Talks", "talks-leaders-meetings-agreements"),
    (r"treaties\.", "Treaties", "treaties"),
    (r"(issues|regions)\.", "Collisions and openings", "collisions-and-openings"),
    (r"projects\.", "Projects", "projects"),
    (r"internal_order\.", "Internal order", "internal-order"),
    (r"ladder\.", "Escalation", "escalation"),
    (r"moves\.\w+\.answered", "Choice", "choice"),
    (r"moves\.", "Moves", "moves"),
    (r"calendar\.", "Calendar", "calendar"),
    (r"(index|outcomes)", "Index and outcomes", "index-and-outcomes"),
)  # fmt: skip

INTRODUCTION = """
# From claim to effect

Each sentence of the article that the baseline rests on, in our words, the numbers that stand for
it, the part of [the model](../model.md) that they work in, and what the runs do without it.

{made} An effect is the probability of an outcome *without* the claim less that with it, the same
draws and random numbers, with its Monte Carlo error: a claim with a minus sign carries the outcome.
What "without" means stands in words below and as changes in
`scenarios/ablations/us_russia_2021.yaml`; [the guide](drivers.md) says how to read it. Where the
words give a size ("half", "ten times") that size is a judgement: read the sign.

## What the headline hangs on

{title}: {probability}. Parameters make {parameters} of the variance, chance within a draw the
rest. Of
{uncertain} uncertain parameters {seen} have a detectable effect of their own. First-order
effects of all add up to {additive}: an effect includes what a parameter tells of the others, with
which it is drawn together, so that they may add up to more than 1.

"""

PARAMETERS = """
Shares of the variance between draws, with 90% intervals; what the rows of the joint draws would
show by accident is taken off. The last column is the probability in the lowest and the highest
tenth of the parameter's draws. Those that are not seen are left out.

**{first}** is what makes one draw's forecast differ most from another's, after all that the draws
have [learned](learn.md). It cites {claims}. A forecaster who wants a sharper number must have an
opinion on it.

## Claims

The effect on the headline, and on the outcome that the claim moves most.

"""

GROUPS = """
Without them the headline is **less likely**, beyond two standard errors, the largest effect first:
{falls}.

**More likely**: {rises}.

**No detectable effect** for {nothing}. That is a statement about the model: either
the claim does not matter to this outcome, or what it sets has little to do here. By chance alone
some {chance} of {count} would stand in the first two lists.

Two of these deserve a word:

- **Tit for tat** (C05) and the **vicious cycle of sanctions** (C09), by which the article
  describes how relations went: without them the headline changes by {c05} and {c09}. Retaliation is
  counted from a reference state: it punishes more hostility than that and rewards less, and without
  it both go. Most moved without C05: {c05_most}.
- **Washington's learning**, which the article gives as the cause of F4, counts ({f4}), and yoked to
  another run's belief almost nothing is lost ({yoked}): what counts is that the belief falls, not
  that each run draws its own lesson ([what learning does](../learning.md)).

## Forecasts

The article's forecasts: its words, the middle of what they are taken to mean, the model's
probability by its [priors](../reference/scenarios.md), after they have [learned from the
record](learn.md), and after they have learned from these forecasts, too, which is the baseline; and
the claims that this last one hangs on most. [More of this](../calibration.md).

"""

END = """
F7 is asked of twenty years, in a scenario of its own ([variants](variants.md)). F1 speaks of
success if it is tried; the probabilities here are of both, an attempt and its success.
"""


def page(ensemble: Ensemble) -> str:
    """The page, as Markdown, of an ensemble of the baseline."""
    found = relsim.drivers(ensemble.scenario, seed=ensemble.seed)
    check(found)
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(**_headline(found)),
            _parameters(found),
            PARAMETERS.format(
                first=found.seen[0].parameter,
                claims=", ".join(_claims_of(found.scenario, found.seen[0].parameter)),
            ),
            _claims(found),
            GROUPS.format(**_groups(found)),
            _forecasts(found, ensemble),
            END,
        ]
    )


def check(found: Drivers) -> None:
    """Raise ValueError if the numbers no longer bear out the words."""
    of = {one.claim: one.differences[found.outcome].value for one in found.ablations}
    control = next(one.control for one in found.ablations if one.claim == "F4")
    assert control is not None
    borne_out = {
        "learning counts": of["F4"] < -SMALL,
        "the yoked control loses little": abs(control[found.outcome].value) < -of["F4"] / 4,
    }
    if wrong := [words for words, holds in borne_out.items() if not holds]:
        raise ValueError(f"the words of docs/guides/claims.md no longer hold: {wrong}")


def _headline(found: Drivers) -> dict[str, object]:
    parameters = found.split.parameters
    assert parameters is not None
    assert found.additive is not None
    hash_of = str(found.provenance["scenario_hash"])[:12]
    return {
        "made": (
            f"Made from `{found.scenario.name}`, scenario hash `{hash_of}`, {found.runs:,} runs "
            f"over {found.draws:,} draws, claims on {found.paired_runs:,}, seed {found.seed}, by "
            f"`{COMMAND}`."
        ),
        "title": found.scenario.outcomes[found.outcome].title,
        "probability": f"{found.probability.value_text} {found.probability.error_text}",
        "parameters": share(parameters),
        "uncertain": len(found.effects),
        "seen": len(found.seen),
        "additive": share(found.additive),
    }


def _claims_of(scenario: Scenario, path: str) -> list[str]:
    return [claim for place, claim in scenario.claims() if place == path]


def _parameters(found: Drivers) -> str:
    rows = []
    for effect in found.seen:
        curve = effect.curve
        ends = f"{curve.probability[0]:.2f} to {curve.probability[-1]:.2f}" if curve else ""
        first = effect.first.first_order
        rows.append((code(effect.parameter), share(first), ends))
    return table(("parameter", "first-order", "P along it"), rows)


def _claims(found: Drivers) -> str:
    """A row for each claim: words, numbers, mechanism, what holds without it, effects."""
    words = found.scenario.sources[SOURCE].claims
    heads = ("claim", "in our words", "numbers", "mechanism", "without it", "effect", "most moved")
    rows = [
        (
            one.claim, words[one.claim], *_places(found.scenario, one.claim), one.off,
            short(one.differences[found.outcome]), most_moved(one, found.outcome),
        )
        for one in found.ablations
    ]  # fmt: skip
    return table(heads, rows)


def _places(scenario: Scenario, claim: str) -> tuple[str, str]:
    """What cites a claim, and where the model page explains it."""
    paths = [path for path, of in scenario.claims() if of == claim]
    numbers = [path for path in paths if not path.startswith(("outcomes.", "forecasts."))]
    shown = ", ".join(code(path) for path in numbers[:MOST_PATHS])
    rest = len(numbers) - MOST_PATHS
    links = dict.fromkeys(_mechanism(path) for path in numbers)
    return shown + (f" and {rest} more" if rest > 0 else ""), ", ".join(links)


def _mechanism(path: str) -> str:
    """A link to the section of the model page that a path belongs to."""
    title, anchor = next(
        (title, anchor) for pattern, title, anchor in MECHANISMS if re.match(pattern, path)
    )
    return f"[{title}](../model.md#{anchor})"


def short(found: Difference) -> str:
    """A difference and its Monte Carlo error."""
    return f"{found.value_text} {found.error_text}"


def most_moved(one: Ablated, headline: str) -> str:
    """The other outcome that a claim moves most, if it moves one beyond two standard errors."""
    others = {
        name: found
        for name, found in one.differences.items()
        if name != headline and abs(found.value) > 2 * found.mc_error
    }
    if not others:
        return "none"
    name = max(others, key=lambda name: abs(others[name].value))
    return f"{code(name)} {short(others[name])}"


def _groups(found: Drivers) -> dict[str, object]:
    name = found.outcome
    ordered = sorted(found.moving, key=lambda one: -abs(one.differences[name].value))
    of = {one.claim: one for one in found.ablations}
    control = of["F4"].control
    assert control is not None

    def listed(sign: int) -> str:
        return ", ".join(
            f"{one.claim} ({short(one.differences[name])})"
            for one in ordered
            if one.differences[name].value * sign > 0
        ) or "none"  # fmt: skip

    still = [one.claim for one in found.ablations if one not in found.moving]
    return {
        "falls": listed(-1),
        "rises": listed(1),
        "nothing": ", ".join(still) or "none",
        "count": len(found.ablations),
        "chance": round(0.05 * len(found.ablations)),
        "c05": short(of["C05"].differences[name]),
        "c09": short(of["C09"].differences[name]),
        "c05_most": most_moved(of["C05"], name),
        "f4": short(of["F4"].differences[name]),
        "yoked": short(control[name]),
    }


def _forecasts(found: Drivers, ensemble: Ensemble) -> str:
    """A row for each forecast of the article that an outcome of this scenario answers."""
    words, record = found.scenario.sources[SOURCE].claims, learned(found.scenario)
    prior = relsim.simulate(PRIOR, seed=ensemble.seed)
    rows = []
    for key, forecast in found.scenario.forecasts.items():
        if forecast.outcome is None or forecast.means is None:
            continue
        before, estimate = (one.probability(forecast.outcome) for one in (prior, ensemble))
        after_record = "" if forecast.given else short_number(level_of(record, key, 0).mean)
        rows.append(
            (
                key, words[key], forecast.says, short_number(forecast.means[1]),
                code(forecast.outcome), f"{before.value_text} {before.error_text}".strip(),
                after_record, f"{estimate.value_text} {estimate.error_text}".strip(),
                ", ".join(_strongest(found.ablations, forecast.outcome)) or "none seen",
            )
        )  # fmt: skip
    heads = ("forecast", "in our words", "says", "means", "outcome", "priors", "after the record",
             "after the article", "hangs on, without")  # fmt: skip
    return table(heads, rows)


def _strongest(ablations: Sequence[Ablated], outcome: str, most: int = 3) -> Iterator[str]:
    """The claims that move an outcome most, beyond three standard errors."""
    moved: Mapping[str, Difference] = {
        one.claim: found
        for one in ablations
        if abs((found := one.differences[outcome]).value) > 3 * found.mc_error
    }
    for claim in sorted(moved, key=lambda claim: -abs(moved[claim].value))[:most]:
        yield f"{claim} ({short(moved[claim])})"
