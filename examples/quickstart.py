"""A first forecast: probabilities with both errors, one parameter changed, one figure.

python examples/quickstart.py [FIGURE.png]
"""

import sys

from matplotlib.figure import Figure

import relsim
from relsim.estimates.probability import difference

RUNS, DRAWS = 4_096, 128


def main(figure_file: str | None = None, runs: int = RUNS, draws: int = DRAWS) -> None:
    """Print the outcomes, then what a smaller American stake in pressure would change."""
    scenario = relsim.load("us-russia-2021")
    ensemble = relsim.simulate(scenario, runs=runs, draws=draws, seed=1)
    for name in ensemble.outcomes:
        print(f"{scenario.outcomes[name].title:52} {ensemble.probability(name)}")

    # The same seed: both scenarios share their random streams, so the difference is far less noisy.
    relaxed = relsim.simulate(scenario.vary({"actors.US.stake": 2}), runs=runs, draws=draws, seed=1)
    change = difference(
        relaxed.happened("detente"),
        ensemble.happened("detente"),
        ensemble.draw_of_run,
        ensemble.runs_per_batch,
    )
    print(f"\nWith a smaller stake in pressure, détente: {change}")

    figure = Figure(figsize=(9, 5), layout="constrained")
    relsim.plots.cumulative(ensemble, scenario.headline, ax=figure.subplots())
    if figure_file is not None:
        figure.savefig(figure_file)
        print(f"wrote {figure_file}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
