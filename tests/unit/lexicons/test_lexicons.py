"""Words of likelihood: each lexicon's data, the rules to three points, phrases and slips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from relsim.errors import ScenarioError, UnknownName
from relsim.lexicons.meaning import AGREEMENT, Meant, points_of
from relsim.lexicons.phrases import lexicons_with, listed, meant_by, read_phrase
from relsim.lexicons.terms import LEXICONS, Meaning, Range, Readers, Triple
from relsim.scenario.schema import load

NAMED = {"icd203", "kent", "ipcc", "nato", "phia", "efsa", "survey", "survey-2015", "pooled"}
ENTRIES = [
    (name, words.split(", "), m) for name, book in LEXICONS.items() for words, m in book.entries
]
NUMBERED = [(name, words, m) for name, words, m in ENTRIES if m is not None]


def test_every_lexicon_is_there_with_its_source() -> None:
    assert set(LEXICONS) == NAMED
    for book in LEXICONS.values():
        assert book.title
        assert len(book.source) > 10
        spellings = [word for words, _ in book.entries for word in words.split(", ")]
        assert len(set(spellings)) == len(spellings)
        assert all(word == " ".join(word.casefold().split()) for word in spellings)


@pytest.mark.parametrize(("name", "words", "meaning"), NUMBERED)
def test_the_numbers_of_an_entry_rise(name: str, words: tuple[str, ...], meaning: Meaning) -> None:
    if isinstance(meaning, Range):
        given = [meaning.low, meaning.high]
    elif isinstance(meaning, Triple):
        given = [meaning.p5, meaning.p50, meaning.p95]
    else:
        assert isinstance(meaning, Readers)
        inner = [meaning.lower_quartile, meaning.median, meaning.upper_quartile]
        outer = (meaning.p5, meaning.p95)
        given = inner if None in outer else [outer[0], *inner, outer[1]]  # type: ignore[list-item]
    assert given == sorted(given)
    assert 0 <= given[0] <= given[-1] <= 100
    low, middle, high = points_of(meaning)
    assert 0 < low < middle < high < 1


@pytest.mark.parametrize("name", sorted(NAMED))
def test_entries_stand_in_order_of_likelihood(name: str) -> None:
    of_name = [m for book, _, m in NUMBERED if book == name]
    if name != "pooled":
        of_name = [m for m in of_name if m is not None]
        middles = [points_of(m)[1] for m in of_name]
        assert middles == sorted(middles)


@pytest.mark.parametrize(
    ("lexicon", "word", "given"),
    [
        ("icd203", "remote", Range(1, 5)),
        ("icd203", "highly improbable", Range(5, 20)),
        ("icd203", "unlikely", Range(20, 45)),
        ("icd203", "roughly even odds", Range(45, 55)),
        ("icd203", "roughly even chance", Range(45, 55)),
        ("icd203", "probable", Range(55, 80)),
        ("icd203", "highly probable", Range(80, 95)),
        ("icd203", "almost certain", Range(95, 99)),
        ("icd203", "nearly certain", Range(95, 99)),
        ("kent", "almost certainly not", Range(2, 12)),
        ("kent", "chances about even", Range(40, 60)),
        ("kent", "probable", Range(63, 87)),
        ("ipcc", "virtually certain", Range(99, 100)),
        ("ipcc", "extremely likely", Range(95, 100)),
        ("ipcc", "very likely", Range(90, 100)),
        ("ipcc", "likely", Range(66, 100)),
        ("ipcc", "more likely than not", Range(50, 100)),
        ("ipcc", "about as likely as not", Range(33, 66)),
        ("ipcc", "extremely unlikely", Range(0, 5)),
        ("ipcc", "exceptionally unlikely", Range(0, 1)),
        ("nato", "even chance", Range(40, 60)),
        ("phia", "realistic possibility", Range(40, 50)),
        ("efsa", "very likely", Range(90, 95)),
        ("efsa", "extremely unlikely", Range(1, 5)),
        ("survey", "may", Readers(40, 30, 51, 10, 70)),
        ("survey-2015", "unlikely", Readers(20, 10, 29)),
        ("survey-2015", "improbable", Readers(15, 7, 28)),
        ("pooled", "unlikely", Triple(5, 20, 40)),
    ],
)
def test_numbers_as_published(lexicon: str, word: str, given: Meaning) -> None:
    assert LEXICONS[lexicon].terms[word] == given


def test_a_range_holds_what_readers_agree_on() -> None:
    meant = Meant(points_of(Range(20, 45)))
    assert np.diff(meant.share_below([0.20, 0.45]))[0] == pytest.approx(AGREEMENT)
    narrower = Meant(points_of(Range(20, 45), agreement=0.9))
    np.testing.assert_allclose(narrower.points, (0.2, narrower.points[1], 0.45))


def test_quartiles_alone_are_carried_on_in_log_odds() -> None:
    low, middle, high = special.logit(points_of(Readers(70, 65, 75)))
    quartile = special.logit(0.75) - special.logit(0.70)
    assert high - middle == pytest.approx(quartile * stats.norm.ppf(0.95) / stats.norm.ppf(0.75))
    assert low < middle


def test_the_ends_are_never_reached() -> None:
    assert points_of(Range(0, 0))[2] < 0.03
    assert points_of(Range(100, 100))[0] > 0.97
    certain = points_of(Readers(100, 99, 100, 90, 100))
    assert certain == pytest.approx((0.9, 0.995, 0.9959), abs=1e-4)


@pytest.mark.parametrize(
    "points", [(0.15, 0.40, 0.70), (0.0005, 0.005, 0.02), (0.75, 0.92, 0.99), (0.2, 0.5, 0.8)]
)
def test_a_distribution_goes_through_its_points(points: tuple[float, float, float]) -> None:
    meant = Meant(points)
    np.testing.assert_allclose(meant.quantile([0.05, 0.5, 0.95]), points, rtol=1e-9)
    np.testing.assert_allclose(meant.share_below(points), [0.05, 0.5, 0.95], atol=1e-9)
    grid = np.linspace(-30, 30, 60_001)
    density = np.exp(meant.log_density(grid))
    assert density.sum() * (grid[1] - grid[0]) == pytest.approx(1, abs=1e-4)
    inside = (grid > special.logit(points[0])) & (grid < special.logit(points[2]))
    assert density[inside].sum() * (grid[1] - grid[0]) == pytest.approx(0.9, abs=2e-3)


def test_one_that_is_even_in_log_odds_is_logit_normal() -> None:
    meant = Meant((0.2, 0.5, 0.8))
    exact = stats.norm(0, special.logit(0.8) / stats.norm.ppf(0.95))
    np.testing.assert_allclose(meant.log_density([-2.0, 0.0, 1.0]), exact.logpdf([-2.0, 0.0, 1.0]))


@pytest.mark.parametrize("points", [(0.2, 0.2, 0.3), (0.0, 0.5, 0.9), (0.5, 0.4, 0.9)])
def test_points_that_do_not_rise_are_refused(points: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="three rising"):
        Meant(points)


@pytest.mark.parametrize(
    ("phrase", "lexicon", "read_as"),
    [
        ("VERY LIKELY", "icd203", "very likely"),
        ("highly likely", "icd203", "very likely"),
        ("highly  unlikely", "ipcc", "very unlikely"),
        ("very-likely", "nato", "highly likely"),
        ("It is very likely.", "nato", "highly likely"),
        ("It is likely that\u2026", "efsa", "likely"),
        ("a remote chance", "phia", "remote chance"),
        ("will probably", "kent", "probably"),
        ("unlikely to succeed", "pooled", "unlikely to succeed"),
        ("may continue well", "pooled", "may continue well"),
        ("very likely", "pooled", "very likely"),
        ("about as likely as not", "ipcc", "about as likely as not"),
        ("almost certainly not", "kent", "almost certainly not"),
        ("almost certainly not", "icd203", "complement of almost certainly"),
        ("almost certain not to", "icd203", "complement of almost certain"),
        ("very likely not", "pooled", "complement of very likely"),
        ("will probably not", "icd203", "complement of probably"),
        ("not likely", "ipcc", "complement of likely"),
        ("It isn\u2019t likely", "icd203", "complement of likely"),
        ("it's not probable", "icd203", "complement of probable"),
        ("less likely than not", "ipcc", "complement of more likely than not"),
    ],
)
def test_a_phrase_is_read_as_a_whole(phrase: str, lexicon: str, read_as: str) -> None:
    assert str(read_phrase(phrase, lexicon)) == read_as


LONGER = [
    "scarcely probable", "hardly likely", "far from certain", "anything but certain",
    "by no means likely", "rather unlikely", "fairly likely", "not impossible", "not unlikely",
    "not certain", "not very likely", "not almost certain", "unlikely not", "not likely not",
    "not not likely", "never likely", "no more likely than not", "not more likely than not",
    "more unlikely than likely", "less likely", "more likely", "as likely as", "equally likely",
    "likely to fail", "likely that no agreement comes", "It is likely that they leave", "won't",
    "may not", "might not", "could not", "not a remote chance", "not remote", "no even chance",
    "likely or very likely", "unlikely to likely", "likely, not certain", "likely, not",
    "un-likely", "un likely", "unlikely\u200b", "90% likely", "very very likely", "maybe",
    "almost impossible to say", "may be may be not", "certain to be likely", "impossible not",
    "remains the norm not", "will happen not", "will not happen", "likely " * 200, "", "...",
]  # fmt: skip


@pytest.mark.parametrize("phrase", LONGER)
def test_no_part_of_a_longer_phrase_is_used(phrase: str) -> None:
    for lexicon in LEXICONS:
        with pytest.raises(UnknownName, match="or say what it means by `means`"):
            read_phrase(phrase, lexicon)
    with pytest.raises(UnknownName, match="`means`"):
        listed([phrase], LEXICONS)


DENIALS = ("not", "isn't", "isn't at all", "hardly", "scarcely", "barely", "never", "by no means",
           "far from", "anything but", "nothing like", "less than", "no longer", "neither",
           "doubtfully", "un", "im", "in no way", "not quite", "not so")  # fmt: skip


@pytest.mark.parametrize("name", sorted(NAMED))
def test_whatever_is_put_before_or_behind_a_term_is_never_taken_for_the_term(name: str) -> None:
    """It is a term of its own, or the complement, or refused."""
    terms = LEXICONS[name].terms
    for term in terms:
        for phrase in [f"{word} {term}" for word in DENIALS] + [f"{term} not", f"{term} at all"]:
            try:
                reading = read_phrase(phrase, name)
            except UnknownName:
                continue
            if reading.term == term:
                assert reading.operations[:1] == ("complement of",), phrase
            else:
                assert reading.term in (phrase, phrase.removeprefix("isn't ")), phrase


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_complement_and_its_term_add_up_to_one(name: str) -> None:
    for term in ("likely", "probable"):
        if term in LEXICONS[name].terms:
            said, denied = (read_phrase(words, name).points for words in (term, f"not {term}"))
            np.testing.assert_allclose(np.add(said, denied[::-1]), 1)
    for term in LEXICONS[name].terms:
        if term.endswith(("likely", "certain", "certainly")) and not term.endswith("unlikely"):
            said = read_phrase(term, name).points
            denied = read_phrase(f"{term} not", name).points
            if f"{term} not" not in LEXICONS[name].terms:
                np.testing.assert_allclose(np.add(said, denied[::-1]), 1)


def test_opposite_terms_of_a_lexicon_agree_with_the_complement() -> None:
    """ICD 203 is symmetric: what is not likely is unlikely; IPCC's two halves are one cut."""
    icd = [read_phrase(words, "icd203").points for words in ("not likely", "unlikely")]
    np.testing.assert_allclose(*icd)
    below, above = (read_phrase(f"{w} likely than not", "ipcc").points for w in ("less", "more"))
    assert below[1] < 0.5 < above[1]
    np.testing.assert_allclose(above, points_of(Range(50, 100)))


def test_very_halves_the_distance_where_the_lexicon_has_no_term() -> None:
    plain = read_phrase("likely", "pooled").points
    np.testing.assert_allclose(
        read_phrase("very likely", "pooled").points, [1 - (1 - p) / 2 for p in plain]
    )
    low = read_phrase("unlikely", "pooled").points
    np.testing.assert_allclose(read_phrase("highly unlikely", "pooled").points, np.divide(low, 2))
    own = read_phrase("very likely", "nato")
    assert (own.term, own.operations) == ("highly likely", ())


@pytest.mark.parametrize(
    ("phrase", "lexicon", "said"),
    [
        ("may", "icd203", r"has no term 'may' \(it is in survey, pooled\); it has: almost no ch"),
        ("may be signs", "survey", r"\(it is in pooled\); nearest: 'may'"),
        ("possible", "kent", "names 'possible' and refuses to number it"),
        ("lkely", "survey", "nearest: 'likely', 'unlikely'"),
        ("less likely than not", "icd203", r"\(it is in ipcc, efsa\); nearest: 'likely'"),
        ("far from certain", "ipcc", "nearest: 'virtually certain'"),
        ("frobnicate", "nato", "it has: highly unlikely, "),
        ("may", "sruvey", "unknown lexicon 'sruvey'; did you mean 'survey'"),
    ],
)  # fmt: skip
def test_unknown_words_are_answered_by_the_nearest(phrase: str, lexicon: str, said: str) -> None:
    with pytest.raises(UnknownName, match=said):
        meant_by(phrase, lexicon)


def test_which_lexicons_have_a_word() -> None:
    assert lexicons_with("May") == ("survey", "pooled")
    assert lexicons_with("possible") == ()
    assert lexicons_with("less likely than not") == ("ipcc", "efsa")


def test_the_listing_has_every_entry() -> None:
    assert len(listed((), LEXICONS)) == len(ENTRIES)
    numbers = {line.lexicon: line.meant for line in listed(["impossible"], LEXICONS)}
    assert numbers == {"kent": "0.04 - 0.32 - 2.3", "pooled": "0.05 - 0.50 - 2.0"}
    with pytest.raises(UnknownName, match="no lexicon has a term 'lkely', .* nearest: 'likely'"):
        listed(["lkely"], LEXICONS)


FILE = """\
schema: relsim/1
extends: us-russia-2021
forecasts:
  F4: {says: may happen, lexicon: %s, means: %s}
"""


@pytest.mark.parametrize(
    ("lexicon", "means", "said"),
    [
        ("sruvey", "[0.1, 0.4, 0.7]", "slip.yaml:4:35: forecasts.F4.lexicon: unknown lexicon "
         "'sruvey'; did you mean 'survey'?"),
        ("icd203", "null", "slip.yaml:4:14: forecasts.F4.says: lexicon icd203 has no term "
         "'may happen' (it is in survey); it has: almost no chance, remote, very unlikely, highly "
         "improbable, unlikely, improbable, improbably, roughly even chance, roughly even odds, "
         "likely, probable, probably, very likely, highly probable, almost certain, almost "
         "certainly, nearly certain; or say what it means by `means`"),
    ],
)  # fmt: skip
def test_a_slip_in_a_scenario_has_its_place(
    lexicon: str, means: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("slip.yaml").write_text(FILE % (lexicon, means), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load("slip.yaml")
    assert str(caught.value) == said


def test_words_without_lexicon_or_means_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "slip.yaml"
    file.write_text(FILE % ("null", "null"), encoding="utf-8")
    with pytest.raises(ScenarioError, match="F4.says: needs a lexicon to read its words by, or"):
        load(file)


def test_a_lexicon_reads_a_scenarios_words(tmp_path: Path) -> None:
    file = tmp_path / "survey.yaml"
    file.write_text(FILE % ("survey", "null"), encoding="utf-8")
    forecast = load(file).forecasts["F4"]
    assert forecast.means is None
    assert meant_by(forecast.says, forecast.lexicon or "").points == (0.1, 0.4, 0.7)


def test_the_pooled_lexicon_is_what_the_baseline_means() -> None:
    for forecast in load("us-russia-2021").forecasts.values():
        assert forecast.means is not None
        assert read_phrase(forecast.says, "pooled").points == pytest.approx(forecast.means)
