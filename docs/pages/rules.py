"""The rules by which an actor may choose."""

import inspect

from docs.pages.markdown import code, note, table
from relsim.rules import RULES

INTRODUCTION = """
# Rules

How an actor chooses: `rule:` in a scenario file. A rule is a pure function
`rule(view, parameters)` that returns the probability of each move in each run, float32, of shape
(moves, runs): columns sum to 1 within 1e-5, and a move that is not available has probability 0.
The engine checks that and draws one move a review, or none; of a rule that is marked
`several_moves` it draws as many as come in the time (below). The baseline uses `logit` for both
sides ([the model](../model.md) has its equation); the others are for experiments, and what they do
is not fitted to anything.

"""

OWN = """
`logit` and `expected_utility` are marked `several_moves`: their odds against hold are the numbers
of moves of each kind that the time until the next review lets expect, and a review sees a Poisson
number of moves. So rates a year do not hang on how often an actor reviews. All other rules make one
move a review at most.

The strategies of repeated games know two moves, cooperate and defect. How they play a catalogue of
many: a move is one or the other by its class; *when* they act is left to the routine, so that they
move as often as `logit` does at the reference state; *which* move of the class they make goes by
routine rates. See `relsim.rules.repeated_games`.

## A rule of your own

```python
import numpy as np
import relsim
from relsim.rules import View


def patient(view: View, parameters) -> np.ndarray:
    \"\"\"Propose talks whenever that is possible, else hold.\"\"\"
    p = np.zeros(view.available.shape, dtype=np.float32)
    talks = view.moves.index("propose_talks")
    p[talks] = view.available[talks]
    p[0] = 1 - p[talks]
    return p


scenario = relsim.load("us-russia-2021")
ensemble = relsim.simulate(scenario, runs=64, draws=64, rules={"US": patient})
assert not ensemble.provenance["reproducible_from_the_file_alone"]
```

A rule that is made of `logit` makes one move a review, too, unless it is marked:

```python
from relsim.rules import logit, several_moves


@several_moves
def doubtful(view: View, parameters) -> np.ndarray:
    \"\"\"Follow the routine, half as far as usual from it.\"\"\"
    return logit(view, parameters, rationality=0.5)


ensemble = relsim.simulate(scenario, runs=64, draws=64, rules={"US": doubtful})
```

What a rule may look at stands in `relsim.rules.View`; its arrays cannot be written to. A rule that
breaks the contract stops the simulation with an error that names the rule, the actor and the week.
An installed package can register a rule under the entry point group `relsim.rules`; then a
scenario file can name it.
"""


def page() -> str:
    """The page, as Markdown."""
    rows = ((code(name), entry.does, dials(name), entry.source) for name, entry in RULES.items())
    header = ("rule", "the actor", "parameters of the function", "source")
    return note() + INTRODUCTION.lstrip() + table(header, rows) + OWN


def dials(name: str) -> str:
    """What can be set when the function is called from Python."""
    signature = inspect.signature(RULES[name].rule)
    found = [p for p in signature.parameters.values() if p.default is not p.empty]
    written = (
        f"{p.name}={p.default:.3g}" if isinstance(p.default, float) else f"{p.name}={p.default}"
        for p in found
    )
    return ", ".join(map(code, written)) or "–"
