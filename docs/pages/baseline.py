"""What the baseline says: its outcomes with both errors, beside the article's own words."""

from __future__ import annotations

from docs.pages.markdown import code, note, number, table
from docs.pages.record import COMMAND, made
from relsim.ensemble.ensemble import Ensemble
from relsim.ensemble.summary import HEADINGS, outcome_table
from relsim.scenario.catalogue import Forecast

INTRODUCTION = """
# What the baseline says

{question}

{answer}

{made} How to read the columns: [reading a result](guides/reading.md). Each outcome's criterion in
words stands in the scenario file; `relsim show {name}` prints it.

"""

# The front page includes what stands between these.
BEGINS, ENDS = "% The table of outcomes begins.\n\n", "\n% The table of outcomes ends.\n"

FORECASTS = """
## Beside the article

The article's forecasts in its words {{cite:p}}`sui2021`, what we take them to mean (5, 50 and 95%
points, pooled over lexicons of verbal probability and widened, since readers differ), and what the
model says. Its draws have learned from them, after the record of moves, so that agreement is no
evidence for the model; [the article's forecasts and the model](calibration.md) has what it said
before.

"""

CAUTION = """
An outcome's interval over draws is wide where the draws differ, and then the probability in front
of it is an average over quite different worlds. A rare outcome has few hits, and its error is of
the size of its value: read it as an order of magnitude.
"""


def page(ensemble: Ensemble) -> str:
    """The page, as Markdown."""
    scenario = ensemble.scenario
    headline = scenario.outcomes[scenario.headline]
    estimate = ensemble.probability(scenario.headline)
    return "".join(
        [
            note(COMMAND),
            INTRODUCTION.lstrip().format(
                question=scenario.question,
                answer=f"{headline.title}: **{estimate}**.",
                made=made(ensemble),
                name=scenario.name,
            ),
            BEGINS,
            table(tuple(heading.lower() for heading in HEADINGS),
                  outcome_table(ensemble).cells),
            ENDS,
            CAUTION,
            FORECASTS.format(),
            table(("id", "outcome", "its words", "taken to mean", "the model"),
                  (forecast(ensemble, name, entry) for name, entry in scenario.forecasts.items())),
        ]
    )  # fmt: skip


def forecast(ensemble: Ensemble, name: str, entry: Forecast) -> tuple[str, ...]:
    """One forecast of the article and the model's probability of the same."""
    meant = ", ".join(f"{point:g}" for point in entry.means or ())
    if entry.outcome is None:
        return name, "–", entry.says, meant, "no outcome of this term; see `us-russia-2021-20y`"
    if entry.given is None:
        estimate = ensemble.probability(entry.outcome)
        said = " ".join(filter(None, [estimate.value_text, estimate.error_text]))
        return name, code(entry.outcome), entry.says, meant, said
    given = ensemble.happened(entry.given)
    both = ensemble.happened(entry.outcome) & given
    said = f"{number(both.sum() / given.sum())} ({both.sum():,} of {given.sum():,} runs)"
    return name, f"{code(entry.outcome)} given {code(entry.given)}", entry.says, meant, said
