"""What hangs on the rule: examples/structural.py, with words that its numbers bear out."""

from __future__ import annotations

from docs.pages.markdown import note
from docs.pages.record import COMMAND, made
from examples.structural import Ensembles, conduct, met, over_draws, probabilities, under_each
from relsim.ensemble.ensemble import Ensemble

RUNS, DRAWS, SEED = 32_768, 1_024, 1
WORLDLY = (
    "deadly_exchange", "direct_war", "colour_revolution_attempt", "colour_revolution",
    "nord_stream_2_completed",
)  # fmt: skip
LARGEST_SHIFT = 0.08  # of an outcome that the words say hangs little on the rule
SIGNS = "signs_of_detente"

INTRODUCTION = """
# Structural uncertainty

The [two errors](uncertainty.md) take the model as given. They say nothing about whether governments
choose as the model has it. The rule by which an actor chooses is one word in a scenario, so that
question can be asked of any forecast. `relsim run --rules` prints the range of [the
headline](reading.md#the-headline) over the rules, `relsim.over_rules` returns it, and

```sh
python examples/structural.py --workers 2
```

runs a scenario under every [rule](../reference/rules.md), both sides by the same one, on the same
draws and the same random streams. {made}

"""

OVER_DRAWS = """

The 90% intervals over draws:

"""

CONDUCT = """

And what the two sides do under each rule:

"""

READING = """

## How to read it

- **Some outcomes hardly hang on the rule.** War, a deadly exchange, a colour revolution and Nord
  Stream 2 come out nearly the same even if nobody does anything. They hang on the world's own
  chances: collisions, the ladder, domestic order, the work itself. So the model's account of choice
  adds little to them, and its numbers for them are no better than those chances.
- **The others hang on it more than on anything else.** Détente goes from never to almost always. No
  interval over draws under one rule shows that.
- **The strategies of repeated games are extreme on purpose.** They make no errors here, and
  `tit_for_tat` on both sides locks: the moves that stood in April 2021 were hostile, so each
  answers the other's for ever. `generous_tit_for_tat` and `grit` forgive now and then, which
  unlocks it, and then both cooperate for good. They know neither sanctions policy nor elections
  nor trust.
- **The record rules most of them out.** The last column counts the targets of [the
  record](../record.md) that a rule meets. But `logit` meets {logit} because its routine rates were
  searched under it, and the others were not given that chance. So the column says that these rules
  *with these numbers* are not the dyad of 2014–20; it does not say that `logit` is right.
- **`expected_utility` is the alternative to take seriously**: the same drivers without learning. It
  freezes both beliefs where they began, that pressure works and that cooperation is reciprocated,
  and signs of détente go from {usual} to {unlearning}. [The variant](variants.md) without learning
  freezes only Washington's belief in pressure, and moves less; the rest is mostly trust, which
  comes to stand above its prior in the baseline's runs. Its rates of hostile moves are above the
  record, so that part of the gap is lack of fit.

A forecast should name the rules that its author would defend, and give the range over them beside
the two errors. Averages over rules are not offered: they would need weights, and the record of one
dyad holds no evidence for any.

## With your own

A rule that an installed package registers is in the table by itself. One from a notebook is given
to `simulate`:

```python
import numpy as np
import relsim
from relsim.rules import View, logit, several_moves


@several_moves
def cautious(view: View, parameters) -> np.ndarray:
    \"\"\"Do what the model does, half as often.\"\"\"
    p = logit(view, parameters)
    p[1:] /= 2
    return p / p.sum(axis=0)


scenario = relsim.load("us-russia-2021")
sizes = {{"runs": 1024, "draws": 64}}
for rules in ({{}}, {{"US": cautious}}, {{"US": cautious, "RU": cautious}}):
    ensemble = relsim.simulate(scenario, **sizes, rules=rules)
    print(", ".join(rules) or "nobody", ensemble.probability("signs_of_detente"))
```

And the sides need not choose alike. `scripted`, which the table leaves out, gives one of them a
course of its own and lets the other respond:

```python
tit_for_tat = scenario.vary({{"actors.RU.rule": "tit_for_tat"}})
alone = relsim.simulate(tit_for_tat, **sizes)
print("Moscow alone by tit for tat:", alone.probability("signs_of_detente"))
```
"""


def page(ensemble: Ensemble) -> str:
    """The page, as Markdown, of an ensemble of the baseline.

    Raises
    ------
    ValueError
        If the numbers no longer bear out the words.
    """
    ensembles = under_each(ensemble.scenario, RUNS, DRAWS, SEED, 1)
    check(ensembles)
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(made=made(ensemble)),
            probabilities(ensembles),
            OVER_DRAWS,
            over_draws(ensembles),
            CONDUCT,
            conduct(ensembles),
            READING.format(
                logit=met(ensembles["logit"]),
                usual=ensembles["logit"].probability(SIGNS).value_text,
                unlearning=ensembles["expected_utility"].probability(SIGNS).value_text,
            ),
        ]
    )


def check(ensembles: Ensembles) -> None:
    """Raise if what the words say of the tables is not so."""
    usual = ensembles["logit"]
    shifts = [
        abs(other.probability(name).value - usual.probability(name).value)
        for other in ensembles.values()
        for name in WORLDLY
    ]
    detente = [other.probability("detente").value for other in ensembles.values()]
    learned, unlearned = (
        ensembles[rule].probability(SIGNS).value for rule in ("logit", "expected_utility")
    )
    tensions = ensembles["tit_for_tat"].probability("tensions_persist").value
    holds = (
        max(shifts) < LARGEST_SHIFT
        and min(detente) < 0.01
        and max(detente) > 0.99
        and tensions > 0.99
        and unlearned < learned
    )
    if not holds:
        raise ValueError(
            f"the words of docs/guides/structural-uncertainty.md no longer hold: "
            f"{max(shifts)}, {detente}, {tensions}, {learned}, {unlearned}"
        )
