"""A dyad of one's own: the template, two numbers of one's own, a question of one's own.

python examples/own_dyad.py
"""

import tempfile
from pathlib import Path

import relsim
from relsim.scenario.files.writing import dyad

RUNS, DRAWS = 2_048, 64


def main(runs: int = RUNS, draws: int = DRAWS) -> None:
    """Write the template for two actors, change it, and ask a question that it does not have."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "neighbours.yaml"
        file.write_text(dyad("neighbours", ("NORTH", "SOUTH"), "Two neighbours"), "utf-8")
        scenario = relsim.load(file)
    scenario = scenario.vary(
        {
            "actors.NORTH.negative_reciprocity": "1 to 3",
            "moves.impose_sanctions.rate.NORTH": "0.5 to 2 per year",
        }
    )
    scenario = scenario.with_outcome(
        "two_meetings",
        when={
            "then": {
                "first": {"happened": {"deed": "summit"}},
                "second": {"happened": {"deed": "summit"}},
                "within": "1 year",
            }
        },
        title="The leaders meet twice within a year",
    )
    ensemble = relsim.simulate(scenario, runs=runs, draws=draws)
    for name in ensemble.outcomes:
        print(f"{scenario.outcomes[name].title:44} {ensemble.probability(name)}")


if __name__ == "__main__":
    main()
