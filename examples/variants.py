"""What each packaged variant changes, paired with the baseline run by run.

Both have the same draws and the same luck, so a difference is what the variant makes of the same
histories. `python examples/variants.py` prints the tables of the page on the variants (docs/guides)
as Markdown; some ten seconds for each variant on one core, less with `--workers`.
"""

import argparse
from collections.abc import Mapping, Sequence

import relsim
from relsim.ensemble.estimates import Difference, difference

BASELINE = "us-russia-2021"

Effects = dict[str, dict[str, Difference]]


def variants_of(baseline: relsim.Scenario) -> dict[str, relsim.Scenario]:
    """The packaged scenarios that ask the baseline's questions of the same term."""
    others = {name: relsim.load(name) for name in relsim.packaged() if name != baseline.name}
    return {
        name: other
        for name, other in others.items()
        if other.horizon == baseline.horizon and other.outcomes == baseline.outcomes
    }


def effects_of(
    baseline: relsim.Scenario,
    variants: Mapping[str, relsim.Scenario],
    runs: int,
    draws: int,
    seed: int,
    workers: int,
) -> Effects:
    """The probability of each outcome in each variant less that in the baseline."""
    usual = relsim.simulate(baseline, runs, draws, seed, workers=workers)
    effects: Effects = {}
    for name, variant in variants.items():
        changed = relsim.simulate(variant, runs, draws, seed, workers=workers)
        effects[name] = {
            outcome: difference(
                changed.happened(outcome),
                usual.happened(outcome),
                usual.draw_of_run,
                usual.runs_per_batch,
            )
            for outcome in usual.outcomes
        }
    return effects


def all_outcomes(baseline: relsim.Scenario, effects: Effects) -> str:
    """A row for each outcome, a column for each variant."""
    heads = [name.removeprefix(f"{BASELINE}-").replace("-", " ") for name in effects]
    rows = [
        [baseline.outcomes[outcome].title]
        + [f"{found[outcome].value_text} {found[outcome].error_text}" for found in effects.values()]
        for outcome in baseline.outcomes
    ]
    return markdown(["outcome", *heads], rows)


def one_outcome(outcome: str, effects: Effects) -> str:
    """A row for each variant: the difference with both its errors, and what pairing was worth."""
    rows = []
    for name, found in effects.items():
        d = found[outcome]
        saved = "–" if d.variance_saved is None else f"{d.variance_saved:.0%}"
        rows.append(
            [name, d.value_text, d.error_text, d.interval_text, f"{d.flips / d.n:.0%}", saved]
        )
    heads = ["variant", "difference", "MC error", "90% over draws", "runs that flip", "saved"]
    return markdown(heads, rows)


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=32_768)
    parser.add_argument("--draws", type=int, default=1_024)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    baseline = relsim.load(BASELINE)
    variants = variants_of(baseline)
    sizes = (asked.runs, asked.draws, asked.seed, asked.workers)
    effects = effects_of(baseline, variants, *sizes)
    print(
        f"Baseline `{relsim.scenario_hash(baseline)[:12]}`, {asked.runs:,} runs over "
        f"{asked.draws:,} draws each, seed {asked.seed}.\n"
    )
    print(all_outcomes(baseline, effects))
    print(f"\n{baseline.outcomes[baseline.headline].title}:\n")
    print(one_outcome(baseline.headline, effects))


# Worker processes import this file; the guard keeps them from running it.
if __name__ == "__main__":
    main()
