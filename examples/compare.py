"""What each packaged variant changes, paired with the baseline run by run, and which line does it.

`python examples/compare.py` prints the tables of the page on the variants (docs/guides) as
Markdown; about a minute on one core, less with `--workers`. `relsim compare` prints the same for a
reader at a terminal.
"""

import argparse
from collections.abc import Sequence

import relsim

BASELINE = "us-russia-2021"
# The same term with other numbers throughout: there is no one change to explain.
OTHERS = (f"{BASELINE}-prior", f"{BASELINE}-learned")


def variants_of(baseline: relsim.Scenario) -> list[relsim.Scenario]:
    """The packaged scenarios that ask the baseline's questions of the same term."""
    left_out = (baseline.name, *OTHERS)
    others = (relsim.load(name) for name in relsim.packaged() if name not in left_out)
    return [
        other
        for other in others
        if other.horizon == baseline.horizon and other.outcomes == baseline.outcomes
    ]


def all_outcomes(found: relsim.Comparison) -> str:
    """A row for each outcome, a column for each variant."""
    heads = [name.removeprefix(f"{BASELINE}-").replace("-", " ") for name in found.variants]
    rows = [
        [asked.title, *(value(variant[name].difference) for variant in found.variants.values())]
        for name, asked in found.baseline.outcomes.items()
    ]
    return markdown(["outcome", *heads], rows)


def one_outcome(found: relsim.Comparison, outcome: str) -> str:
    """A row for each variant: the difference with both its errors, and what pairing was worth."""
    rows = []
    for name, variant in found.variants.items():
        d = variant[outcome].difference
        saved = "–" if d.variance_saved is None else f"{d.variance_saved:.0%}"
        rows.append(
            [name, d.value_text, d.error_text, d.interval_text, f"{d.flips / d.n:.0%}", saved]
        )
    heads = ["variant", "difference", "MC error", "90% over draws", "runs that flip", "saved"]
    return markdown(heads, rows)


def by_line(found: relsim.Comparison, outcome: str) -> str:
    """A row for each changed line of the variants that have several: its Shapley value."""
    rows = []
    for name, variant in found.variants.items():
        parts = variant[outcome].attribution
        for lines, share in zip(parts.groups, parts.shares, strict=True):
            if len(parts.groups) > 1:
                line = "; ".join(map(str, lines)).replace("calendar: ", "")
                rows.append([line, name.removeprefix(f"{BASELINE}-"), value(share)])
    return markdown(["changed line", "of variant", "explains"], rows)


def value(measured: object) -> str:
    """A difference or a share with its Monte Carlo error."""
    return f"{measured.value_text} {measured.error_text}"  # type: ignore[attr-defined]


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
    parser.add_argument("--no-attribution", action="store_true", help="leave the last table out")
    asked = parser.parse_args()
    baseline = relsim.load(BASELINE)
    found = relsim.compare(
        baseline,
        *variants_of(baseline),
        runs=asked.runs,
        draws=asked.draws,
        seed=asked.seed,
        workers=asked.workers,
        attribution=not asked.no_attribution,
    )
    print(
        f"Baseline `{relsim.scenario_hash(baseline)[:12]}`, {asked.runs:,} runs over "
        f"{asked.draws:,} draws each, seed {asked.seed}.\n"
    )
    print(all_outcomes(found))
    print(f"\n{baseline.outcomes[baseline.headline].title}:\n")
    print(one_outcome(found, baseline.headline))
    if not asked.no_attribution:
        print("\nBy changed line, Shapley values:\n")
        print(by_line(found, baseline.headline))


# Worker processes import this file; the guard keeps them from running it.
if __name__ == "__main__":
    main()
