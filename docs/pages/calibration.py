"""The article's forecasts and the model: its words, the priors, after the record, after them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import relsim
from docs.pages.learned import learned, level_of
from docs.pages.markdown import code, note, table
from docs.pages.record import COMMAND, made
from relsim.ensemble.ensemble import Ensemble
from relsim.inference.calibrate.calibration import Calibration, calibrate, interval, level, short
from relsim.inference.calibrate.forecasts import Judged, Level, Said, said_by

PRIOR, LONG, LONG_RUNS, LONG_DRAWS = "us-russia-2021-prior", "us-russia-2021-20y", 8_192, 256
AWAY = 0.01  # further from the middle than before: reported
CAUSE = ("actors.US.pressure_works", "actors.US.breakeven")

INTRODUCTION = """
# The article's forecasts and the model

Each forecast of the article {{cite:p}}`sui2021` in its own words, what we take the words to mean,
and the probability that the model gives: by its priors, after they have
[learned from the record](guides/learn.md) of moves, and after they have learned from these
forecasts, too, which is the baseline. How words become evidence, and what it is not: [calibrate on
forecasts](guides/calibrate.md). {made} The priors are those of `{prior}`, with {runs:,} runs over
{draws:,} draws.

"""

READING = """
*Means*: 5, 50 and 95% points of the probability meant. The three columns after it: the mean over
draws, and 5 and 95% points, sampling noise removed. *Inside*: whether the mean lies in the author's
90% interval, in each of the three. *Overlap*: the area that the draws' density of log-odds shares
with the author's, 1 if alike.

F7 has no outcome in a term of four years. Its row is from the packaged scenario `{long}`
({long_runs:,} runs over {long_draws} draws), by the priors and by the baseline's draws, which have
not learned from it.

"""

CONFLICTS = """
## Conflicts

{conflicts}

What the numbers cannot show, since nothing was calibrated on it:

- **F7.** The words put a reset, on an open horizon, at {f7_meant}. In twenty years the priors give
  {f7_before}, and the baseline {f7_after}, {f7_gap} below the author's 90% interval. Rivalries
  between states have ended at {rivalry_rate}% a year, {rivalry_share}% in twenty years (strategic
  rivalries of {{cite:t}}`thompson2011`: {rivalry_counts}); .95 in twenty years would need 14% a
  year. The words overstate, unless the horizon is much longer.
- **F4's cause against C12.** The article says that Washington held its sanctions to be ineffective
  already (C12), and that seeing them fail will change its course (F4). Who does not believe has
  little to unlearn. The belief that pressure works begins at {belief}; a further round is worth its
  routine above {breakeven}. So {room} is what pressure has to lose by failing before
  it stops paying. [What learning does](learning.md) tests the cause by an ablation.

## What the article says by itself

Weighed by the forecasts alone, without the record, the priors gain {bits:.1f} bits, from {used}
forecasts that amount to {judgements:.1f} independent judgements: F3, F4 and F6 are nearly one (rank
correlations {f3f4}, {f3f6} and {f4f6}), the level of the index. {effective:.0f} of {all_draws:,}
draws bear weight. The parameters that move most, in prior standard deviations; an error is that of
finitely many draws:

"""

MODEST = """
The article fixes how tense relations are and little else. A shift of a fifth of a standard
deviation in one parameter of {parameters} is no finding about that parameter.
"""


def page(ensemble: Ensemble) -> str:
    """The page, as Markdown, of an ensemble of the baseline."""
    record = learned(ensemble.scenario)
    found = calibrate(relsim.load(PRIOR), seed=ensemble.seed)
    seven = said_by("F7", ensemble.scenario.forecasts["F7"])
    before, after = long_runs()
    rows = [row(forecast, record) for forecast in found.used]
    rows.insert(-1, long_row(seven, before, after))
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(
                made=made(ensemble), prior=PRIOR, runs=found.ensemble.runs,
                draws=found.ensemble.draws,
            ),
            table(("", "outcome", "says", "means", "priors", "after the record",
                   "after the article", "inside", "overlap"), rows),
            READING.format(long=LONG, long_runs=LONG_RUNS, long_draws=LONG_DRAWS),
            CONFLICTS.lstrip("\n").format(
                **words(found, record, ensemble, seven, before, after), **rivalry_words()
            ),
            table(("parameter", "before", "after", "shift", "error"), moved(found)),
            MODEST.format(parameters=sum(1 for _ in found.parameters(None))),
        ]
    )  # fmt: skip


# Strategic rivalries of Thompson & Dreyer 2011: how many ended, in how many years of rivalry, of
# those that there were since a year; up to 2010.
RIVALRIES = {1816: (140, 7771), 1900: (123, 4967)}
LONG_YEARS = 20


def rivalry_words() -> dict[str, str]:
    """How often rivalries between states have ended: a year, and in twenty."""
    rates = [ended / years for ended, years in RIVALRIES.values()]
    shares = [1 - (1 - rate) ** LONG_YEARS for rate in rates]
    counts = [
        f"{ended} ended in {years:,} years of rivalry since {since}"
        for since, (ended, years) in RIVALRIES.items()
    ]
    return {
        "rivalry_rate": " to ".join(f"{100 * rate:.1f}" for rate in rates),
        "rivalry_share": " to ".join(f"{100 * share:.0f}" for share in shares),
        "rivalry_counts": ", ".join(counts),
    }


def row(forecast: Judged, record: dict[str, Any]) -> tuple[str, ...]:
    """A forecast, and what the model says of it at each stage."""
    said, levels = forecast.said, stages(forecast, record)
    outcome = code(said.outcome) + (f" given {code(said.given)}" if said.given else "")
    return (
        said.name, outcome, said.says, meant(said), *map(level, levels),
        ", ".join(yes(one.inside) for one in levels),
        ", ".join(short(one.overlap) for one in levels),
    )  # fmt: skip


def stages(forecast: Judged, record: dict[str, Any]) -> tuple[Level, Level, Level]:
    """By the priors, after the record, after the forecasts."""
    assert forecast.prior is not None
    name = forecast.said.name
    return forecast.prior, level_of(record, name, 0), level_of(record, name, 1)


def long_row(said: Said, before: Ensemble, after: Ensemble) -> tuple[str, ...]:
    """The forecast on the long run."""
    outcome = "reset_eventually"
    estimates = [ensemble.probability(outcome) for ensemble in (before, after)]
    inside = [yes(said.points[0] <= e.value <= said.points[2]) for e in estimates]
    printed = [f"{e.value_text} {e.error_text} ({interval(*e.interval_90)})" for e in estimates
            if e.interval_90]  # fmt: skip
    return (
        said.name, code(outcome), said.says, meant(said), printed[0], "", printed[1],
        ", ".join(inside), "",
    )  # fmt: skip


def yes(inside: bool) -> str:
    return "yes" if inside else "no"


def meant(said: Said) -> str:
    return ", ".join(short(point) for point in said.points)


def long_runs() -> tuple[Ensemble, Ensemble]:
    """Twenty years, by the priors and by the baseline's draws."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "long.yaml"
        file.write_text(f"schema: relsim/1\nextends: {LONG}\ndraws: null\n", encoding="utf-8")
        prior, scenario = relsim.load(file), relsim.load(LONG)
    before, after = (
        relsim.simulate(one, LONG_RUNS, LONG_DRAWS, seed=1) for one in (prior, scenario)
    )
    return before, after


def words(
    found: Calibration,
    record: dict[str, Any],
    baseline: Ensemble,
    seven: Said,
    before: Ensemble,
    after: Ensemble,
) -> dict[str, object]:
    """What the text says in numbers."""
    names = [forecast.said.name for forecast in found.used]
    correlation = {
        f"{a.lower()}{b.lower()}": f"{found.correlation[names.index(a), names.index(b)]:+.2f}"
        for a, b in (("F3", "F4"), ("F3", "F6"), ("F4", "F6"))
    }
    belief, breakeven = (float(baseline.parameters[path].mean()) for path in CAUSE)
    return {
        "conflicts": conflicts(found, record),
        "f7_meant": meant(seven),
        "f7_before": str(before.probability("reset_eventually")),
        "f7_after": str(after.probability("reset_eventually")),
        "f7_gap": short(seven.points[0] - after.probability("reset_eventually").value),
        "belief": short(belief),
        "breakeven": short(breakeven),
        "room": short(belief - breakeven),
        "bits": found.information_bits,
        "used": len(found.used),
        "judgements": found.effective_judgements,
        "effective": found.effective_sample_size,
        "all_draws": found.ensemble.draws,
        **correlation,
    }


def conflicts(found: Calibration, record: dict[str, Any]) -> str:
    """Which forecasts agree in the end, which do not, and which are pulled from their middle."""
    kept, lines = [], []
    for forecast in found.used:
        said, (_, before, after) = forecast.said, stages(forecast, record)
        if after.inside:
            kept.append(said.name)
        else:
            lines.append(
                f"- **{said.name}** ends outside the author's 90% interval: {level(after)}."
            )
        middle = said.points[1]
        if abs(after.mean - middle) > abs(before.mean - middle) + AWAY:
            lines.append(
                f"- **{said.name}** moves away from its own middle, {short(middle)}: from "
                f"{short(before.mean)} after the record to {short(after.mean)}, as the draws that "
                "fit the others lie there."
            )
    first = f"In the end the means for {', '.join(kept)} lie in the author's 90% intervals."
    return "\n\n".join(filter(None, (first, "\n".join(lines))))


def moved(found: Calibration) -> list[tuple[str, ...]]:
    """The parameters that moved most."""
    return [
        (code(m.parameter), f"{m.prior_mean:.3g} (sd {m.prior_sd:.2g})",
         f"{m.mean:.3g} (sd {m.sd:.2g}) {'' if m.unit == '1' else m.unit}".rstrip(),
         f"{m.shift:+.2f}", f"{m.error:.2f}")
        for m in found.parameters()
    ]  # fmt: skip
