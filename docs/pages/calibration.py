"""The article's forecasts and the model: its words, what they mean, the model before and after."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import relsim
from docs.pages.markdown import code, note, table
from docs.pages.record import COMMAND, made
from relsim.ensemble.ensemble import Ensemble
from relsim.inference.calibrate.calibration import Calibration, calibrate, interval, level, short
from relsim.inference.calibrate.forecasts import Judged, Said, said_by
from relsim.scenario.schema import Scenario

LONG, LONG_RUNS, LONG_DRAWS = "us-russia-2021-20y", 8_192, 256
AWAY = 0.01  # further from the middle than before: reported
CAUSE = ("actors.US.pressure_works", "actors.US.breakeven")

INTRODUCTION = """
# The article's forecasts and the model

Each forecast of the article {{cite:p}}`sui2021` in its own words, what we take the words to mean,
and the model's probability before and after it is calibrated on them. How that works, and what it
is not: [calibrate on forecasts](guides/calibrate.md). {made} Calibrated by

```text
relsim calibrate us-russia-2021 --to forecasts
```

with {runs:,} runs over {draws:,} draws.

"""

READING = """
*Means*: 5, 50 and 95% points of the probability meant. *Before* and *after*: the mean over draws,
and 5 and 95% points, sampling noise removed. *Inside*: whether the mean lies in the author's 90%
interval, before and after. *Overlap*: the area that the draws' density of log-odds shares with the
author's, 1 if alike. *Share*: its exponent in the likelihood. *Bits*: what it says alone.

F7 has no outcome in a term of four years. Its row is from the packaged scenario `{long}`
({long_runs:,} runs over {long_draws} draws): before as it stands, after with the draws of the
calibration on the others. It was not calibrated on.

"""

CONFLICTS = """
## Conflicts

{conflicts}

What the numbers cannot show, since nothing was calibrated on it:

- **F7.** The words put a reset, on an open horizon, at {f7_meant}. In twenty years the model gives
  {f7_before}, and {f7_after} after calibration, {f7_gap} below the author's 90% interval. Rivalries
  between states have ended at {rivalry_rate}% a year, {rivalry_share}% in twenty years (strategic
  rivalries of {{cite:t}}`thompson2011`: {rivalry_counts}); .95 in twenty years would need 14% a
  year. The words overstate, unless the horizon is much longer.
- **F4's cause against C12.** The article says that Washington held its sanctions to be ineffective
  already (C12), and that seeing them fail will change its course (F4). Who does not believe has
  little to unlearn. The belief that pressure works begins at {belief}; a further round is worth its
  routine above {breakeven}. So {room} is what pressure has to lose by failing before
  it stops paying. [What learning does](learning.md) tests the cause by an ablation.

## What moved

{bits:.1f} bits were gained, from {used} forecasts that amount to {judgements:.1f} independent
judgements: F3, F4 and F6 are nearly one (rank correlations {f3f4}, {f3f6} and {f4f6}), the level of
the index. {effective:.0f} of {draws:,} draws bear weight. The parameters that moved most, in prior
standard deviations; an error is that of finitely many draws:

"""

MODEST = """
The article fixes how tense relations are and little else. A shift of a fifth of a standard
deviation in one parameter of {parameters} is no finding about that parameter.
"""


def page(ensemble: Ensemble) -> str:
    """The page, as Markdown."""
    found = calibrate(ensemble.scenario, seed=ensemble.seed)
    seven = said_by("F7", ensemble.scenario.forecasts["F7"])
    before, after = long_runs(found)
    rows = [row(forecast) for forecast in found.forecasts if not forecast.skipped]
    rows.insert(-1, long_row(seven, before, after))
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(
                made=made(ensemble), runs=found.ensemble.runs, draws=found.ensemble.draws
            ),
            table(("", "outcome", "says", "means", "before", "after", "inside", "overlap", "share",
                   "bits"), rows),
            READING.format(long=LONG, long_runs=LONG_RUNS, long_draws=LONG_DRAWS),
            CONFLICTS.lstrip("\n").format(**words(found, seven, before, after), **rivalry_words()),
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


def row(forecast: Judged) -> tuple[str, ...]:
    """A forecast that was calibrated on."""
    said, before, after = forecast.said, forecast.prior, forecast.posterior
    assert before is not None
    assert after is not None
    outcome = code(said.outcome) + (f" given {code(said.given)}" if said.given else "")
    return (
        said.name, outcome, said.says, meant(said), level(before), level(after),
        f"{yes(before.inside)}, {yes(after.inside)}",
        f"{short(before.overlap)}, {short(after.overlap)}",
        f"{forecast.exponent:.2f}", f"{forecast.information_bits:.2f}",
    )  # fmt: skip


def long_row(said: Said, before: Ensemble, after: Ensemble) -> tuple[str, ...]:
    """The forecast on the long run."""
    outcome = "reset_eventually"
    estimates = [ensemble.probability(outcome) for ensemble in (before, after)]
    inside = [yes(said.points[0] <= e.value <= said.points[2]) for e in estimates]
    printed = [f"{e.value_text} {e.error_text} ({interval(*e.interval_90)})" for e in estimates
            if e.interval_90]  # fmt: skip
    return said.name, code(outcome), said.says, meant(said), *printed, ", ".join(inside), "", "", ""


def yes(inside: bool) -> str:
    return "yes" if inside else "no"


def meant(said: Said) -> str:
    return ", ".join(short(point) for point in said.points)


def long_runs(found: Calibration) -> tuple[Ensemble, Ensemble]:
    """Twenty years, with the draws as they stand and with the calibrated ones."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        found.save(here / "posterior.yaml", found.scenario.name)
        draws = here / "posterior.draws.csv"
        digest = hashlib.sha256(draws.read_bytes()).hexdigest()
        (here / "long.yaml").write_text(
            f"schema: relsim/1\nextends: {LONG}\n"
            f'draws: {{file: {draws.name}, sha256: "{digest}"}}\n',
            encoding="utf-8",
        )
        scenarios: list[Scenario] = [relsim.load(LONG), relsim.load(here / "long.yaml")]
        before, after = (
            relsim.simulate(scenario, LONG_RUNS, LONG_DRAWS, seed=1) for scenario in scenarios
        )
    return before, after


def words(found: Calibration, seven: Said, before: Ensemble, after: Ensemble) -> dict[str, object]:
    """What the text says in numbers."""
    names = [forecast.said.name for forecast in found.used]
    correlation = {
        f"{a.lower()}{b.lower()}": f"{found.correlation[names.index(a), names.index(b)]:+.2f}"
        for a, b in (("F3", "F4"), ("F3", "F6"), ("F4", "F6"))
    }
    moved_by = {moved.parameter: moved for moved in found.parameters(None)}
    belief, breakeven = (moved_by[path] for path in CAUSE)
    return {
        "conflicts": conflicts(found),
        "f7_meant": meant(seven),
        "f7_before": str(before.probability("reset_eventually")),
        "f7_after": str(after.probability("reset_eventually")),
        "f7_gap": short(seven.points[0] - after.probability("reset_eventually").value),
        "belief": f"{short(belief.prior_mean)} ({short(belief.mean)} after calibration)",
        "breakeven": f"{short(breakeven.prior_mean)} ({short(breakeven.mean)})",
        "room": short(belief.prior_mean - breakeven.prior_mean),
        "bits": found.information_bits,
        "used": len(found.used),
        "judgements": found.effective_judgements,
        "effective": found.effective_sample_size,
        "draws": found.ensemble.draws,
        **correlation,
    }


def conflicts(found: Calibration) -> str:
    """Each conflict that is left, and each that calibration removed."""
    lines = []
    for forecast in found.used:
        before, after = forecast.prior, forecast.posterior
        assert before is not None
        assert after is not None
        if forecast.conflict:
            lines.append(f"- **{forecast.said.name}**: {forecast.conflict}.")
        elif not before.inside:
            low, _, high = forecast.said.points
            gap = max(low - before.mean, before.mean - high)
            lines.append(
                f"- **{forecast.said.name}** stood {short(gap)} outside the author's 90% interval "
                f"({short(before.mean)}), and lies inside after calibration ({short(after.mean)})."
            )
        if away := away_from_its_middle(forecast):
            lines.append(away)
    kept = [f.said.name for f in found.used if f.posterior and f.posterior.inside]
    first = f"After calibration the means for {', '.join(kept)} lie in the author's 90% intervals."
    return "\n\n".join(filter(None, (first, "\n".join(lines))))


def away_from_its_middle(forecast: Judged) -> str:
    """A forecast that the others pull further from what its author held likeliest."""
    before, after, middle = forecast.prior, forecast.posterior, forecast.said.points[1]
    assert before is not None
    assert after is not None
    if abs(after.mean - middle) < abs(before.mean - middle) + AWAY:
        return ""
    return (
        f"- **{forecast.said.name}** moves away from its own middle, {short(middle)}: from "
        f"{short(before.mean)} to {short(after.mean)}, as the draws that fit the others lie there."
    )


def moved(found: Calibration) -> list[tuple[str, ...]]:
    """The parameters that moved most."""
    return [
        (code(m.parameter), f"{m.prior_mean:.3g} (sd {m.prior_sd:.2g})",
         f"{m.mean:.3g} (sd {m.sd:.2g}) {'' if m.unit == '1' else m.unit}".rstrip(),
         f"{m.shift:+.2f}", f"{m.error:.2f}")
        for m in found.parameters()
    ]  # fmt: skip
