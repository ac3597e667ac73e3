"""Calibrate the priors of the baseline on the article's forecasts, and simulate the posterior.

python examples/calibrate.py [FOLDER]
"""

import sys
from pathlib import Path

import relsim

RUNS, DRAWS = 65_536, 1_024


def main(folder: str = "posterior", runs: int = RUNS, draws: int = DRAWS) -> None:
    """Print each forecast before and after, then the posterior's outcomes by another seed."""
    scenario = relsim.load("us-russia-2021-prior")
    found = relsim.calibrate(scenario, runs=runs, draws=draws, max_runs=2 * runs)
    for forecast in found.used:
        said, before, after = forecast.said, forecast.prior, forecast.posterior
        assert before is not None
        assert after is not None
        print(
            f"{said.name} {said.says!r}: meant {said.points[0]:g} to {said.points[2]:g}, "
            f"{before.mean:.3f} before, {after.mean:.3f} after. {forecast.conflict}".rstrip()
        )
    print(f"{found.effective_sample_size:.0f} draws bear weight, {found.information_bits:.2f} bits")

    file = found.save(Path(folder) / "posterior.yaml", "us-russia-2021-prior")
    posterior = relsim.simulate(relsim.load(file), runs=runs // 2, draws=draws, seed=2)
    print(f"\nwrote {file}; simulated with another seed:")
    for name in posterior.outcomes:
        print(f"{scenario.outcomes[name].title:52} {posterior.probability(name)}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
