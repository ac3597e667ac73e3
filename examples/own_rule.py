"""A rule of one's own: Washington imposes no new sanctions while Moscow's last word was friendly.

A rule is a function of what an actor sees (`relsim.rules.View`) and of the actor's parameters. It
returns the probability of each move in each run: float32, shape (moves, runs), columns that sum to
1, and 0 where a move is not available. All runs are chosen for at once, so there is no loop over
them. This one starts from the model's own rule and takes one move out. Like that rule it is marked
`several_moves`: its odds against holding say how many moves of each kind come in the time.

    python examples/own_rule.py
"""

from collections.abc import Mapping

import numpy as np

import relsim
from relsim.array_types import Floats
from relsim.estimates.probability import difference
from relsim.rules import View, logit, several_moves

OUTCOME = "signs_of_detente"


@several_moves
def patient(view: View, parameters: Mapping[str, Floats]) -> Floats:
    """Choose as the model does, but hold instead of sanctioning a friendly opponent."""
    p = logit(view, parameters)
    sanctions = view.moves.index("impose_sanctions")
    cooperative = np.array([kind == "cooperative" for kind in view.kinds])
    friendly = cooperative[view.last_of_opponent]  # one truth value a run
    p[sanctions] = np.where(friendly, 0, p[sanctions])
    return p / p.sum(axis=0)  # the odds of the other moves stay as they are


def main() -> None:
    """Compare the rule with the model's own, on the same draws and random streams."""
    scenario = relsim.load("us-russia-2021")
    usual = relsim.simulate(scenario, runs=8192, draws=256)
    changed = relsim.simulate(scenario, runs=8192, draws=256, rules={"US": patient})
    effect = difference(
        changed.happened(OUTCOME),
        usual.happened(OUTCOME),
        usual.draw_of_run,
        usual.runs_per_batch,
    )
    rounds = [e.quantities["sanctions_rounds.US"].mean() for e in (usual, changed)]
    print(f"{scenario.outcomes[OUTCOME].title}: {usual.probability(OUTCOME)}")
    print(f"with patience in Washington: {changed.probability(OUTCOME)}")
    print(f"difference: {effect}")
    print(f"US sanctions rounds in the term: {rounds[0]:.1f}, with patience {rounds[1]:.1f}")


# Worker processes import this file; the guard keeps them from running it.
if __name__ == "__main__":
    main()
