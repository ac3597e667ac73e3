"""How far does a forecast hang on the rule by which the two sides choose?

Parameters are drawn anew for each draw; the rule is not. This example runs a scenario under every
rule there is, for both sides, on the same draws and random streams, and prints the outcomes with
both errors as Markdown (docs/guides has them with their reading). `scripted` is left out: it needs
a script.

    python examples/structural.py [SCENARIO] [--runs N] [--draws M] [--seed S] [--workers W]
"""

import argparse
import warnings
from collections.abc import Callable, Sequence

import relsim
from relsim.ensemble.over_rules import COMPARED, under
from relsim.estimates.probability import Estimate
from relsim.history.targets import record_table
from relsim.scenario.actors import installed_rule_names

BASELINE = "us-russia-2021"

Ensembles = dict[str, relsim.Ensemble]


def under_each(
    scenario: relsim.Scenario, runs: int, draws: int, seed: int, workers: int
) -> Ensembles:
    """An ensemble for each rule: relsim's own, and those of installed packages."""
    rules = [*COMPARED, *installed_rule_names()]
    return {
        rule: relsim.simulate(
            under(scenario, rule), runs, draws, seed, workers=workers, log_all=True
        )
        for rule in rules
    }


def probabilities(ensembles: Ensembles) -> str:
    """A row for each outcome, a column for each rule: probability and Monte Carlo error."""
    return _table(ensembles, lambda found: f"{found.value_text} {found.error_text}".rstrip())


def over_draws(ensembles: Ensembles) -> str:
    """The same with the 90% intervals over draws, or the reason why there is none."""
    return _table(ensembles, lambda found: found.interval_text)


def _table(ensembles: Ensembles, cell: Callable[[Estimate], str]) -> str:
    scenario = next(iter(ensembles.values())).scenario
    rows = [
        [outcome.title, *(cell(ensemble.probability(name)) for ensemble in ensembles.values())]
        for name, outcome in scenario.outcomes.items()
    ]
    return markdown(["outcome", *ensembles], rows)


def conduct(ensembles: Ensembles) -> str:
    """What the two sides do under each rule, and how much of the record that meets."""
    rows = []
    for rule, ensemble in ensembles.items():
        years = ensemble.scenario.horizon.end.year - ensemble.scenario.horizon.start.year
        strong = [
            ensemble.quantities[f"strong_moves.{actor}"].mean() / years
            for actor in ensemble.scenario.actors
        ]
        index = ensemble.quantities["index_at_end"]
        row = [rule, *(f"{rate:.1f}" for rate in strong), f"{index.mean():+.1f}"]
        if ensemble.scenario.name == BASELINE:
            row.append(met(ensemble))
        rows.append(row)
    actors = [f"strong moves a year, {actor}" for actor in ensemble.scenario.actors]
    heads = ["rule", *actors, "index at the end", "targets of the record met"]
    return markdown(heads[: len(rows[0])], rows)


def met(ensemble: relsim.Ensemble) -> str:
    """How many targets of the record the ensemble meets."""
    with warnings.catch_warnings():
        # A share of moves that nobody made is not a number, and so misses its target.
        warnings.filterwarnings("ignore", "Mean of empty slice|invalid value", RuntimeWarning)
        lines = record_table(ensemble)
    return f"{sum(line.met for line in lines)} of {len(lines)}"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("scenario", nargs="?", default=BASELINE)
    parser.add_argument("--runs", type=int, default=32_768)
    parser.add_argument("--draws", type=int, default=1_024)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    scenario = relsim.load(asked.scenario)
    ensembles = under_each(scenario, asked.runs, asked.draws, asked.seed, asked.workers)
    print(
        f"{scenario.name} `{relsim.scenario_hash(scenario)[:12]}`, {asked.runs:,} runs over "
        f"{asked.draws:,} draws for each rule, seed {asked.seed}.\n"
    )
    print(probabilities(ensembles))
    print(f"\n90% over draws:\n\n{over_draws(ensembles)}")
    print(f"\nConduct:\n\n{conduct(ensembles)}")


# Worker processes import this file; the guard keeps them from running it.
if __name__ == "__main__":
    main()
