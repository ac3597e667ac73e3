"""What makes late détente likelier: an own lesson, the common trend of beliefs, or a cold start?

The article's forecast rests on a cause: Washington comes to see that pressure fails. Freezing the
belief that pressure works in the choice shows that the cause matters in the model, but not what
about it does. Four controls take it apart; all share draws and random streams with the baseline,
run by run.

- *frozen*: what is learned does not enter the choice; the belief itself goes on.
- *yoked*: each run chooses by the belief of another run of its draw. That belief falls as fast, but
  not in answer to the run's own rounds, so what is left is not due to a lesson of one's own.
- *scripted fall*: each run chooses by its own prior plus the mean fall of the ensemble, week by
  week. What is left is due to a trend that everybody shares.
- *warm start*: the administration begins with what it would believe at the end (a burn-in of one
  term). Frozen beside it shows what learning still does once there is little left to learn.

Late détente falls when the belief is frozen, but hardly when it is yoked or scripted: what counts
is that beliefs fall, not that each run draws its own lesson. And about half of the effect is gone
after a warm start: it rests on where the administration's belief begins.

    python examples/ablation.py            # 32,768 runs of each, some half a minute
    python examples/ablation.py --quick    # 8,192
"""

import argparse
from dataclasses import dataclass

import numpy as np

import relsim
from relsim.array_types import Floats
from relsim.estimates.probability import difference
from relsim.inference.drivers.ablations import choosing_by, yoked
from relsim.rules import Rule

LEARNER = "US"
PRIOR = f"actors.{LEARNER}.pressure_works"
FROZEN = {f"actors.{LEARNER}.belief_felt": 0}
WEEK = 7


def scripted_fall(fall: Floats) -> Rule:
    """Choose by one's own prior plus a fall that is alike in all runs, shape (weeks,)."""
    return choosing_by(lambda view, own: own["pressure_works"] + fall[view.day // WEEK])


def mean_fall(ensemble: relsim.Ensemble) -> Floats:
    """Mean over runs of the belief in each week, less that of the first, shape (weeks,)."""
    name = f"pressure_works.{LEARNER}"
    counts, edges = ensemble.histograms[name], ensemble.edges[name]
    means = counts @ ((edges[1:] + edges[:-1]) / 2) / counts.sum(axis=1)
    fall: Floats = (means - means[0]).astype(np.float32)
    return fall


def warmed(scenario: relsim.Scenario, ensemble: relsim.Ensemble) -> relsim.Scenario:
    """The scenario whose prior has the mean that the belief reaches in the ensemble."""
    reached = float(ensemble.quantities[f"pressure_works_at_end.{LEARNER}"].mean())
    prior = scenario.parameters()[PRIOR].distribution
    if prior.kind != "logit-normal":
        return scenario.vary({PRIOR: reached})
    # Moved as a whole on the logit scale, so that each draw keeps its place in it.
    middle, spread = prior.parameters
    moved = middle + np.log(reached / (1 - reached)) - np.log(prior.mean / (1 - prior.mean))
    return scenario.vary({PRIOR: f"logit-normal({moved}, {spread})"})


@dataclass(frozen=True)
class Line:
    """One line of the table: an ensemble, and what it is held against (None: nothing)."""

    name: str
    ensemble: relsim.Ensemble
    against: relsim.Ensemble | None = None

    def gap(self, outcome: str) -> relsim.Difference | None:
        """Paired difference from what it is held against."""
        first, second = self.ensemble, self.against
        if second is None:
            return None
        return difference(
            first.happened(outcome),
            second.happened(outcome),
            first.draw_of_run,
            first.runs_per_batch,
        )

    def text(self, outcome: str) -> str:
        """The line as it is printed."""
        p, gap = self.ensemble.probability(outcome), self.gap(outcome)
        line = f"{self.name:32}{p.value_text:>6} {p.error_text:8}"
        return line + (f"{gap.value_text:>9} {gap.error_text}" if gap else "")


def lines(runs: int, draws: int, seed: int = 1, workers: int = 1) -> list[Line]:
    """Simulate the baseline and its controls."""
    scenario = relsim.load("us-russia-2021")

    def simulated(varied: relsim.Scenario, rule: Rule | None = None) -> relsim.Ensemble:
        rules = {LEARNER: rule} if rule else None
        return relsim.simulate(varied, runs, draws, seed, workers, rules)

    usual = simulated(scenario)
    warm = warmed(scenario, usual)
    warm_usual = simulated(warm)
    return [
        Line("baseline: own lessons", usual),
        Line("frozen", simulated(scenario.vary(FROZEN)), usual),
        Line("yoked to another run", simulated(scenario, yoked(usual.runs_per_draw)), usual),
        Line("scripted fall", simulated(scenario, scripted_fall(mean_fall(usual))), usual),
        Line("warm start", warm_usual, usual),
        Line("warm start, frozen", simulated(warm.vary(FROZEN)), warm_usual),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Take the effect of learning apart.")
    parser.add_argument("--quick", action="store_true", help="8,192 runs of each instead of 32,768")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--outcome", default="late_detente")
    asked = parser.parse_args()
    runs, draws = (8192, 512) if asked.quick else (32_768, 1024)
    table = lines(runs, draws, asked.seed, asked.workers)
    print(f"{asked.outcome}, {runs:,} runs over {draws:,} draws, seed {asked.seed}")
    print(f"{'':32}{'probability':15}   difference from the baseline (last line: warm start)")
    for line in table:
        print(line.text(asked.outcome))


# Worker processes import this file; the guard keeps them from running it.
if __name__ == "__main__":
    main()
