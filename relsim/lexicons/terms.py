"""The lexicons: what each says that a word of likelihood means, in per cent, and who says so.

A lexicon gives a word a *range*, or says what *readers* answered: the median, the quartiles, and
the 5% and 95% points where they are known. None stands for a word that the lexicon names and
refuses to number. Spellings of one word stand together, the usual one first: the terms of the
source and their adverbs ("probably" with "probable"), no words that it lacks.
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
    entries : tuple of (str, meaning)
        Spellings of a word, with commas between, and what it means; from the least likely word to
        the likeliest, as far as they can be ordered.
    """

    title: str
    source: str
    entries: tuple[tuple[str, Meaning], ...]

    @property
    def terms(self) -> dict[str, Meaning]:
        """The meaning of each spelling."""
        return {word: meaning for words, meaning in self.entries for word in words.split(", ")}


_YARDSTICKS = "yardstick tables beside CAPphrase (github.com/adamkucharski/CAPphrase, CC-BY)"

LEXICONS: Mapping[str, Lexicon] = {
    "icd203": Lexicon(
        "US intelligence community: Intelligence Community Directive 203, Analytic Standards",
        "ICD 203 of the US Director of National Intelligence, both rows of its table, as quoted in "
        "github.com/wesinator/ICD203-intel-analysis",
        (
            ("almost no chance, remote", Range(1, 5)),
            ("very unlikely, highly improbable", Range(5, 20)),
            ("unlikely, improbable, improbably", Range(20, 45)),
            ("roughly even chance, roughly even odds", Range(45, 55)),
            ("likely, probable, probably", Range(55, 80)),
            ("very likely, highly probable", Range(80, 95)),
            ("almost certain, almost certainly, nearly certain", Range(95, 99)),
        ),
    ),
    "kent": Lexicon(
        "Sherman Kent, Words of Estimative Probability (1964)",
        "Kent 1964, Studies in Intelligence; his table as given in Lone Gunman, The Numbers in "
        "Our Words; variants as listed with github.com/wadefagen/datasets (perception of "
        "probability words), without likely, unlikely, improbable, which lists place differently",
        (
            ("impossible", Range(0, 0)),
            (
                "almost certainly not, virtually impossible, almost impossible, highly doubtful",
                Range(2, 12),
            ),
            ("probably not, we doubt, doubtful", Range(20, 40)),
            ("chances about even", Range(40, 60)),
            ("probable, probably", Range(63, 87)),
            (
                "almost certain, almost certainly, virtually certain, "
                "all but certain, highly probable, highly likely",
                Range(87, 99),
            ),
            ("certain", Range(100, 100)),
            ("possible, may, might, could", None),
        ),
    ),
    "ipcc": Lexicon(
        "Intergovernmental Panel on Climate Change, Fifth Assessment Report",
        "Mastrandrea et al. 2010, Guidance Note for Lead Authors; as given in "
        f"data.globalchange.gov/array/likelihood and the {_YARDSTICKS}; 'more likely than not' as "
        "in the SEJ archive, IPCC terminology",
        (
            ("exceptionally unlikely", Range(0, 1)),
            ("extremely unlikely", Range(0, 5)),
            ("very unlikely", Range(0, 10)),
            ("unlikely", Range(0, 33)),
            ("about as likely as not", Range(33, 66)),
            ("more likely than not", Range(50, 100)),
            ("likely", Range(66, 100)),
            ("very likely", Range(90, 100)),
            ("extremely likely", Range(95, 100)),
            ("virtually certain", Range(99, 100)),
        ),
    ),
    "nato": Lexicon(
        "NATO, Allied Joint Doctrine for Intelligence Procedures (AJP-2.1)",
        _YARDSTICKS,
        (
            ("highly unlikely", Range(0, 10)),
            ("unlikely", Range(10, 40)),
            ("even chance", Range(40, 60)),
            ("likely", Range(60, 90)),
            ("highly likely", Range(90, 100)),
        ),
    ),
    "phia": Lexicon(
        "UK Professional Head of Intelligence Assessment, Probability Yardstick",
        f"gov.uk, Explaining Uncertainty in UK Intelligence Assessment (24 March 2025); "
        f"{_YARDSTICKS}",
        (
            ("remote chance", Range(0, 5)),
            ("highly unlikely", Range(10, 20)),
            ("unlikely", Range(25, 35)),
            ("realistic possibility", Range(40, 50)),
            ("likely, probable, probably", Range(55, 75)),
            ("highly likely", Range(80, 90)),
            ("almost certain, almost certainly", Range(95, 100)),
        ),
    ),
    "efsa": Lexicon(
        "European Food Safety Authority, approximate probability scale (2018)",
        f"{_YARDSTICKS}; 'more likely than not' as in EFSA's tutorial, "
        "dmi3kno.github.io/EFSAtutorial",
        (
            ("almost impossible", Range(0, 1)),
            ("extremely unlikely", Range(1, 5)),
            ("very unlikely", Range(5, 10)),
            ("unlikely", Range(10, 33)),
            ("about as likely as not", Range(33, 66)),
            ("likely", Range(66, 90)),
            ("more likely than not", Range(50, 100)),
            ("very likely", Range(90, 95)),
            ("extremely likely", Range(95, 99)),
            ("almost certain, almost certainly", Range(99, 100)),
        ),
    ),
    "survey": Lexicon(
        "What 5,174 people answered in 2026 (CAPphrase)",
        "Kucharski 2026, CAPphrase, DOI 10.5281/zenodo.18750055; phrases of its terms.csv, "
        "quantiles of its absolute_judgements.csv (not of all its phrases)",
        (
            ("almost no chance", Readers(2, 1, 5, 1, 10)),
            ("remote chance", Readers(5, 3, 10, 1, 25)),
            ("highly unlikely", Readers(5, 5, 10, 1, 20)),
            ("unlikely", Readers(20, 10, 25, 5, 40)),
            ("may, may happen", Readers(40, 30, 51, 10, 70)),
            ("might, might happen", Readers(40, 25, 50, 10, 66)),
            ("could, could happen", Readers(40, 25, 50, 10, 70)),
            ("about even", Readers(50, 50, 50)),
            ("realistic possibility", Readers(60, 40, 75, 20, 85)),
            ("likely", Readers(75, 67, 80, 60, 90)),
            ("highly likely", Readers(90, 80, 90, 75, 95)),
            ("almost certain, almost certainly", Readers(95, 90, 98, 85, 99)),
            ("will happen", Readers(100, 99, 100, 90, 100)),
        ),
    ),
    "survey-2015": Lexicon(
        "What 46 people answered in 2015 (zonination, Perceptions of Probability)",
        "github.com/zonination/perceptions, probly.csv: quartiles of each of its phrases",
        (
            ("almost no chance", Readers(2, 1, 5)),
            ("highly unlikely", Readers(5, 5, 10)),
            ("chances are slight", Readers(10, 10, 15)),
            ("little chance", Readers(15, 10, 20)),
            ("improbable", Readers(15, 7, 28)),
            ("unlikely", Readers(20, 10, 29)),
            ("we doubt", Readers(25, 15, 33)),
            ("probably not", Readers(26.5, 20, 39)),
            ("about even", Readers(50, 50, 50)),
            ("better than even", Readers(60, 55, 60)),
            ("we believe", Readers(70, 60, 80)),
            ("likely", Readers(70, 65, 75)),
            ("probable", Readers(70, 65, 79)),
            ("probably", Readers(75, 65, 80)),
            ("very good chance", Readers(80, 75, 85)),
            ("highly likely", Readers(90, 84, 95)),
            ("almost certainly, almost certain", Readers(95, 90, 98)),
        ),
    ),
    "pooled": Lexicon(
        "A judgement of this project over all of the above, for the words of one article",
        "judgement, no average: between the lexicons and wider than each, since readers differ "
        "more than they think; argue with it",
        (
            ("impossible", Triple(0.05, 0.5, 2)),
            ("unlikely, unlikely to succeed", Triple(5, 20, 40)),
            ("may, may be signs", Triple(15, 40, 70)),
            ("likely, likely to overwhelm", Triple(52, 72, 90)),
            ("may find hard, may find hard to disrupt", Triple(45, 75, 93)),
            ("may continue well", Triple(40, 80, 97)),
            ("remains the norm", Triple(75, 92, 99)),
            ("inevitable, inevitability", Triple(80, 96, 99.5)),
        ),
    ),
}
