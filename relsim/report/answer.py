"""The answer in words: one sentence of likelihood, another one of confidence.

Intelligence Community Directive 203 asks for words of likelihood with fixed ranges, for a level of
confidence (low, moderate, high), and that the two never stand in one sentence. It gives no numbers
for the levels: those here are a judgement of relsim's, by a rule that the page states.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from relsim.ensemble.conditioning import Left
from relsim.ensemble.over_rules import OverRules
from relsim.estimates.deconvolution import Interval
from relsim.estimates.probability import Estimate
from relsim.lexicons.terms import LEXICONS, Range
from relsim.plots.number_words import between, day, deadline, in_percent
from relsim.scenario.schema import Scenario

__all__ = [
    "RULE", "Confidence", "condition_text", "confidence_of", "ends_under_rules", "likelihood",
    "percentage", "range_text", "word_for",
]  # fmt: skip

LEXICON = "icd203"
NOUNS = {
    "almost no chance": "has almost no chance of coming about",
    "roughly even chance": "has a roughly even chance of coming about",
}
HIGH, MODERATE = 3.0, 10.0  # times that the odds may differ between the ends of each range
LEVELS = ("high", "moderate", "low")
RULE = (
    "The level goes by the widest of three ranges: that over the sets of parameters held possible "
    "(90%), that over decision rules, and that of the Monte Carlo error (90%). Odds are a "
    "probability over its complement. Confidence is high if the odds at the upper end of each "
    f"range are at most {HIGH:.0f} times those at its lower end, moderate if they are at most "
    f"{MODERATE:.0f} times, else low. It is at most moderate where the range over decision rules "
    "is not known, and low where the range over parameters is not. Directive 203 names the levels "
    "and gives no numbers: these are a judgement."
)


def word_for(probability: float) -> str:
    """The word of likelihood of Directive 203 for a probability.

    Examples
    --------
    >>> [word_for(p) for p in (0.001, 0.3, 0.5, 0.8, 0.999)]
    ['almost no chance', 'unlikely', 'roughly even chance', 'very likely', 'almost certain']
    """
    word = ""
    for spellings, meaning in LEXICONS[LEXICON].entries:
        if not word or (isinstance(meaning, Range) and 100 * probability >= meaning.low):
            word = spellings.partition(",")[0]
    return word


def percentage(estimate: Estimate) -> str:
    """A probability as a whole percentage, or in the digits of a rare one or of a bound.

    Examples
    --------
    >>> percentage(Estimate(0.546, 0.007, (0.53, 0.56), None, "", 4096, 2236))
    '55%'
    >>> percentage(Estimate(0.0031, 0.0006, (0.002, 0.004), None, "", 32768, 102))
    '0.31%'
    """
    if estimate.resolved and 0.01 <= estimate.value <= 0.99:
        return f"{estimate.value:.0%}"
    return in_percent(estimate.value_text)


def likelihood(
    scenario: Scenario, outcome: str, estimate: Estimate, condition: Left | None = None
) -> str:
    """How likely an outcome is, in one sentence; with what it is given, if it is."""
    word = word_for(estimate.value)
    verb = NOUNS.get(word, f"is {word} to come about")
    last = deadline(scenario, outcome) or scenario.horizon.last
    title = scenario.outcomes[outcome].title
    said = f"“{title}” {verb} by {day(last)}: {percentage(estimate)}."
    return said if condition is None else f"{condition_text(condition)}, {said}"


def condition_text(condition: Left) -> str:
    """What an answer is given, to begin a sentence with.

    Examples
    --------
    >>> condition_text(Left("A frozen year", 927, 2048, 61, 47.0))
    'Given that “A frozen year” holds (927 of 2,048 runs)'
    """
    runs = f"{condition.runs:,} of {condition.of_runs:,} runs"
    return f"Given that “{condition.condition}” holds ({runs})"


@dataclass(frozen=True)
class Confidence:
    """How firm the answer is.

    Attributes
    ----------
    level : str
        ``"low"``, ``"moderate"`` or ``"high"``.
    reasons : tuple of str
        What decided it, in words.
    """

    level: str
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """In one sentence."""
        return f"Confidence in this number is {self.level}, since {' and '.join(self.reasons)}."


def confidence_of(estimate: Estimate, rules: OverRules | None) -> Confidence:
    """How firm an estimate is, by `RULE`.

    Parameters
    ----------
    estimate : Estimate
        Of an outcome's probability.
    rules : OverRules or None
        The same probability under each decision rule, where that is known.

    Examples
    --------
    >>> found = Estimate(0.5, 0.01, (0.48, 0.52), (0.1, 0.95), "", 4096, 2048)
    >>> print(confidence_of(found, None).sentence)
    Confidence in this number is low, since over the sets of parameters held possible the probability ranges from 10% to 95%.
    """  # noqa: E501
    grades = [
        _over_parameters(estimate),
        _over_rules(rules),
        _graded(
            estimate.mc_bounds,
            "the Monte Carlo error alone leaves it open whether the probability is",
        ),
    ]
    worst = max(grade for grade, _ in grades)
    if worst == 0:
        return Confidence(LEVELS[0], ("each of the three ranges below is narrow",))
    return Confidence(LEVELS[worst], tuple(why for grade, why in grades if grade == worst))


def _over_parameters(estimate: Estimate) -> tuple[int, str]:
    if estimate.interval_90 is None:
        why = estimate.interval_note
        return 2, f"the range over parameters is not known at this size ({why})"
    words = "over the sets of parameters held possible the probability ranges from"
    return _graded(estimate.interval_90, words)


def _over_rules(rules: OverRules | None) -> tuple[int, str]:
    if rules is None:
        return 1, "the range over decision rules is not known"
    grade, _ = _graded(rules.range, "")
    low, high = ends_under_rules(rules)
    return grade, f"under other decision rules the probability ranges from {low} to {high}"


def ends_under_rules(rules: OverRules) -> tuple[str, str]:
    """The least and the largest probability under a rule; bounds where few runs decide."""
    low, high = (in_percent(rules.probabilities[rule].value_text) for rule in rules.ends)
    return low, high


def _graded(ends: Interval, words: str) -> tuple[int, str]:
    """The place of the level among `LEVELS`, and why."""
    low, high = ends
    times = _odds(high) / _odds(low) if low > 0 else math.inf
    grade = 0 if times <= HIGH else 1 if times <= MODERATE else 2
    return grade, f"{words} {_percent(low)} to {_percent(high)}"


def _odds(probability: float) -> float:
    return probability / (1 - probability) if probability < 1 else math.inf


def _percent(probability: float) -> str:
    """Two digits of a rare probability, or of its complement; else whole per cents."""
    rest = min(probability, 1 - probability)
    if rest <= 0 or rest >= 0.01:
        return f"{probability:.0%}"
    return f"{100 * probability:.{1 - math.floor(math.log10(100 * rest))}f}%"


def range_text(ends: Interval) -> str:
    """A range in per cent.

    Examples
    --------
    >>> range_text((0.1, 0.951)), range_text((0.0002, 0.0085))
    ('10–95%', '0.020–0.85%')
    """
    return between(_percent(ends[0]).removesuffix("%"), _percent(ends[1]))
