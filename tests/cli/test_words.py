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
    told = json.loads(done.stdout)
    assert set(told) == {"format", "lexicons", "words"}
    assert told["format"] == "relsim.words/1"
    assert set(told["lexicons"]) == {"survey"}
    first, second = told["words"]
    assert set(first) == {"phrase", "lexicon", "term", "given", "points"}
    assert (first["term"], second["points"]) == ("very likely", [0.1, 0.4, 0.7])


def test_slips_are_told(relsim_: Relsim) -> None:
    for words, said in (
        (("lkely",), "no lexicon has a word for 'lkely'; did you mean 'likely'?"),
        (("may", "--lexicon", "icd203"), "'may' is in survey, pooled"),
        (("may", "--lexicon", "sruvey"), "unknown lexicon 'sruvey'; did you mean 'survey'?"),
        (("qqq",), "relsim words lists all there are"),
    ):
        done = relsim_("words", *words)
        assert done.exit_code == 1
        assert said in done.stderr
        assert done.stdout == ""
