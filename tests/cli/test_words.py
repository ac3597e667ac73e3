"""``relsim words``: what words of likelihood mean in every lexicon."""

from __future__ import annotations

import json

from relsim.lexicons.terms import LEXICONS
from tests.cli.calling import Relsim


def test_a_word_in_every_lexicon_that_has_it(relsim_: Relsim) -> None:
    done = relsim_("words", "may")
    assert done.exit_code == 0
    head, *lines = done.stdout.splitlines()
    assert head.split()[:2] == ["Words", "Lexicon"]
    assert "survey" in lines[0]
    assert "10 - 40 - 70" in lines[0]
    assert "15 - 40 - 70" in lines[1]
    assert any(line.startswith("survey: What 5,174 people answered") for line in lines)


def test_all_of_a_lexicon(relsim_: Relsim) -> None:
    lines = relsim_("words", "--lexicon", "kent").stdout.splitlines()
    assert len([line for line in lines if "  kent  " in line]) == len(LEXICONS["kent"].entries)
    assert any("refuses to number it" in line for line in lines)


def test_json(relsim_: Relsim) -> None:
    done = relsim_("words", "very likely", "may", "--lexicon", "survey", "--json")
    record = json.loads(done.stdout)
    assert set(record) == {"format", "lexicons", "words"}
    assert record["format"] == "relsim.words/1"
    assert set(record["lexicons"]) == {"survey"}
    first, second = record["words"]
    assert set(first) == {"phrase", "lexicon", "term", "given", "points"}
    assert (first["term"], second["points"]) == ("highly likely", [0.1, 0.4, 0.7])


def test_slips_are_reported(relsim_: Relsim) -> None:
    for words, said in (
        (("lkely",), "no lexicon has a term 'lkely', and no part of a phrase is used; nearest: 'l"),
        (("may", "--lexicon", "icd203"), "no term 'may' (it is in survey, pooled)"),
        (("may", "--lexicon", "sruvey"), "unknown lexicon 'sruvey'; did you mean 'survey'?"),
        (("qqq",), "relsim words lists all there are"),
    ):
        done = relsim_("words", *words)
        assert done.exit_code == 1
        assert said in done.stderr
        assert done.stdout == ""


def test_words_are_never_read_as_their_opposite(relsim_: Relsim) -> None:
    """Below one half, or an error that names the nearest terms and the way out."""
    done = relsim_("words", "almost certainly not", "probably not", "--lexicon", "icd203", "--json")
    assert [word["points"][1] < 0.5 for word in json.loads(done.stdout)["words"]] == [True, True]
    refused = relsim_("words", "less likely than not", "--lexicon", "icd203")
    assert refused.exit_code == 1
    assert "(it is in ipcc, efsa); nearest: 'likely'" in refused.stderr
    assert "`means`" in refused.stderr
    for phrase in ("scarcely probable", "far from certain", "not impossible", "likely to fail"):
        assert relsim_("words", phrase).exit_code == 1, phrase


def test_ipcc_has_more_likely_than_not(relsim_: Relsim) -> None:
    done = relsim_("words", "more likely than not", "--lexicon", "ipcc", "--json")
    (word,) = json.loads(done.stdout)["words"]
    assert (word["term"], word["given"]) == ("more likely than not", "50 to 100%")
    assert 0.5 < word["points"][1] < 0.88
