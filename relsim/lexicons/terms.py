"""The lexicons: what each says that a word of likelihood means, in per cent, and who says so.

A lexicon gives a word a *range*, or says what *readers* answered: the median, the quartiles, and
the 5% and 95% points where they are known. None stands for a word that the lexicon names and
refuses to number. Spellings of one word stand together, the usual one first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["LEXICONS", "Lexicon", "Meaning", "Range", "Readers", "Triple"]


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, in per cent."""

    low: float
    high: float


@dataclass(frozen=True)
class Readers:
    """What readers answered, in per cent; the outer points are None where they are not known."""

    median: float
    lower_quartile: float
    upper_quartile: float
    p5: float | None = None
    p95: float | None = None


@dataclass(frozen=True)
class Triple:
    """5, 50 and 95% points, in per cent, as a judgement gives them."""

    p5: float
    p50: float
    p95: float


Meaning = Range | Readers | Triple | None


@dataclass(frozen=True)
class Lexicon:
    """One lexicon.

    Attributes
    ----------
    title, source : str
        What it is; where its numbers were seen.
    entries : tuple of (spellings, meaning)
        From the least likely word to the likeliest, as far as they can be ordered.
    """

    title: str
    source: str
    entries: tuple[tuple[tuple[str, ...], Meaning], ...]

    @property
    def terms(self) -> dict[str, Meaning]:
        """The meaning of each spelling."""
        return {word: meaning for words, meaning in self.entries for word in words}


_YARDSTICKS = "yardstick tables beside CAPphrase (github.com/adamkucharski/CAPphrase, CC-BY)"

LEXICONS: Mapping[str, Lexicon] = {
    "icd203": Lexicon(
        "US intelligence community: Intelligence Community Directive 203, Analytic Standards",
        "ICD 203 of the US Director of National Intelligence, as quoted in "
        "github.com/wesinator/ICD203-intel-analysis",
        (
            (("almost no chance", "remote"), Range(1, 5)),
            (("very unlikely", "highly unlikely", "highly improbable"), Range(5, 20)),
            (("unlikely", "improbable"), Range(20, 45)),
            (("even chance", "even odds"), Range(45, 55)),
            (("likely", "probable", "probably"), Range(55, 80)),
            (("very likely", "highly likely", "highly probable"), Range(80, 95)),
            (("almost certain", "almost certainly"), Range(95, 99)),
        ),
    ),
    "kent": Lexicon(
        "Sherman Kent, Words of Estimative Probability (1964)",
        "Kent 1964, Studies in Intelligence; his table as given in Lone Gunman, The Numbers in "
        "Our Words",
        (
            (("impossible",), Range(0, 0)),
            (("almost certainly not",), Range(2, 12)),
            (("probably not", "unlikely", "improbable"), Range(20, 40)),
            (("even chance", "chances about even"), Range(40, 60)),
            (("probable", "probably", "likely"), Range(63, 87)),
            (("almost certain", "almost certainly"), Range(87, 99)),
            (("certain", "will happen"), Range(100, 100)),
            (("possible", "may", "might", "could"), None),
        ),
    ),
    "ipcc": Lexicon(
        "Intergovernmental Panel on Climate Change, Fifth Assessment Report",
        "Mastrandrea et al. 2010, Guidance Note for Lead Authors; as given in the SEJ archive, "
        "IPCC terminology",
        (
            (("exceptionally unlikely",), Range(0, 1)),
            (("extremely unlikely",), Range(0, 5)),
            (("very unlikely", "highly unlikely"), Range(0, 10)),
            (("unlikely",), Range(0, 33)),
            (("about as likely as not", "even chance"), Range(33, 66)),
            (("likely",), Range(66, 100)),
            (("very likely", "highly likely"), Range(90, 100)),
            (("virtually certain", "almost certain"), Range(99, 100)),
        ),
    ),
    "nato": Lexicon(
        "NATO, Allied Joint Doctrine for Intelligence Procedures (AJP-2.1)",
        _YARDSTICKS,
        (
            (("highly unlikely", "very unlikely"), Range(0, 10)),
            (("unlikely",), Range(10, 40)),
            (("even chance",), Range(40, 60)),
            (("likely", "probable"), Range(60, 90)),
            (("highly likely", "very likely"), Range(90, 100)),
        ),
    ),
    "phia": Lexicon(
        "UK Professional Head of Intelligence Assessment, Probability Yardstick",
        f"gov.uk, Explaining Uncertainty in UK Intelligence Assessment (24 March 2025); "
        f"{_YARDSTICKS}",
        (
            (("remote chance", "remote"), Range(0, 5)),
            (("highly unlikely", "very unlikely"), Range(10, 20)),
            (("unlikely",), Range(25, 35)),
            (("realistic possibility",), Range(40, 50)),
            (("likely", "probable", "probably"), Range(55, 75)),
            (("highly likely", "very likely"), Range(80, 90)),
            (("almost certain", "almost certainly"), Range(95, 100)),
        ),
    ),
    "efsa": Lexicon(
        "European Food Safety Authority, approximate probability scale (2018)",
        _YARDSTICKS,
        (
            (("almost impossible",), Range(0, 1)),
            (("very unlikely", "highly unlikely"), Range(5, 10)),
            (("unlikely",), Range(10, 33)),
            (("about as likely as not", "even chance"), Range(33, 66)),
            (("likely",), Range(66, 90)),
            (("very likely", "highly likely"), Range(90, 95)),
            (("almost certain",), Range(99, 100)),
        ),
    ),
    "survey": Lexicon(
        "What 5,174 people answered in 2026 (CAPphrase)",
        "Kucharski 2026, CAPphrase, DOI 10.5281/zenodo.18750055; quantiles of its "
        "absolute_judgements.csv",
        (
            (("almost no chance",), Readers(2, 1, 5, 1, 10)),
            (("remote",), Readers(5, 3, 10, 1, 25)),
            (("very unlikely", "highly unlikely"), Readers(5, 5, 10, 1, 20)),
            (("unlikely", "improbable", "probably not"), Readers(20, 10, 25, 5, 40)),
            (("may",), Readers(40, 30, 51, 10, 70)),
            (("might",), Readers(40, 25, 50, 10, 66)),
            (("could",), Readers(40, 25, 50, 10, 70)),
            (("even chance",), Readers(50, 50, 50)),
            (("realistic possibility",), Readers(60, 40, 75, 20, 85)),
            (("likely", "probable", "probably"), Readers(75, 67, 80, 60, 90)),
            (("very likely", "highly likely"), Readers(90, 80, 90, 75, 95)),
            (("almost certain", "almost certainly"), Readers(95, 90, 98, 85, 99)),
            (("will happen", "certain"), Readers(100, 99, 100, 90, 100)),
        ),
    ),
    "survey-2015": Lexicon(
        "What 46 people answered in 2015 (zonination, Perceptions of Probability)",
        "github.com/zonination/perceptions, probly.csv",
        (
            (("almost no chance",), Readers(2, 1, 5)),
            (("very unlikely", "highly unlikely"), Readers(5, 5, 10)),
            (("unlikely", "improbable", "probably not"), Readers(20, 10, 29)),
            (("even chance", "about even"), Readers(50, 50, 50)),
            (("likely", "probable", "probably"), Readers(70, 65, 75)),
            (("very likely", "highly likely"), Readers(90, 84, 95)),
            (("almost certain", "almost certainly"), Readers(95, 90, 98)),
        ),
    ),
    "pooled": Lexicon(
        "A judgement of this project over all of the above, for the words of one article",
        "judgement, no average: between the lexicons and wider than each, since readers differ "
        "more than they think; argue with it",
        (
            (("impossible",), Triple(0.05, 0.5, 2)),
            (("unlikely",), Triple(5, 20, 40)),
            (("may",), Triple(15, 40, 70)),
            (("likely",), Triple(52, 72, 90)),
            (("may find hard",), Triple(45, 75, 93)),
            (("may continue well",), Triple(40, 80, 97)),
            (("remains the norm",), Triple(75, 92, 99)),
            (("inevitable", "inevitability"), Triple(80, 96, 99.5)),
        ),
    ),
}
