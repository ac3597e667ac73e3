"""Titles of parameters: unique, plain words, outside the hash; given or composed."""

from collections.abc import Iterator
from typing import get_args

import pytest

from relsim.errors import ScenarioError
from relsim.scenario.canonical import canonical_json, scenario_hash
from relsim.scenario.diff import lines_of
from relsim.scenario.files.places import packaged
from relsim.scenario.files.writing import to_yaml
from relsim.scenario.schema import Scenario, load
from relsim.scenario.titles import WORDS, title_of, titles_of

BASELINE = "us-russia-2021"


def number_fields(kind: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Field names that lead to a number, below a type of the schema; keys of mappings left out."""
    from relsim.scenario.fields.section import Section
    from relsim.scenario.fields.values import Value

    if kind is Value:
        yield path
    elif isinstance(kind, type) and issubclass(kind, Section):
        for name, field in kind.model_fields.items():
            found = list(number_fields(field.annotation, (*path, name)))
            if not found and any(type(m).__name__ == "Number" for m in field.metadata):
                found = [(*path, name)]
            yield from found
    else:
        for part in get_args(kind):
            yield from number_fields(part, path)


def test_every_number_of_the_schema_has_words() -> None:
    fields = {
        (group, ".".join(path))
        for group in WORDS
        for path in number_fields(Scenario.model_fields[group].annotation)
    }
    assert len(fields) > 100
    assert {(group, field) for group, words in WORDS.items() for field in words} == fields


@pytest.mark.parametrize("name", packaged())
def test_titles_are_unique_and_words(name: str) -> None:
    titles = titles_of(load(name))
    assert len(set(titles.values())) == len(titles)
    for path, title in titles.items():
        assert 4 < len(title) <= 48, title
        assert "_" not in title, title
        assert title != path


def test_some_titles() -> None:
    scenario = load(BASELINE)
    assert title_of(scenario, "dyad.rivalry") == "US–Russian rivalry"  # given in the file
    assert title_of(scenario, "actors.RU.stake") == "weight of the belief in pressure (Russia)"
    assert title_of(scenario, "third_parties.china.floor") == "least help (China)"
    dated = title_of(scenario, "actors.US.gain@2017-01-20")
    assert dated == "gain seen in ending the stalemate (US), from 2017-01-20"
    assert title_of(scenario, "no.such.path") == "no.such.path"


def test_a_title_is_given_beside_the_number() -> None:
    scenario = load(BASELINE)
    changed = load(BASELINE, ["actors.US.stake.title=faith in pressure"])
    assert titles_of(changed)["actors.US.stake"] == "faith in pressure"
    assert changed.parameters()["actors.US.stake"].why
    assert titles_of(scenario)["actors.US.stake"] != "faith in pressure"
    # It stays when the number is changed, and changes neither the hash nor what is compared.
    assert titles_of(changed.vary({"actors.US.stake": 0.5}))["actors.US.stake"] == (
        "faith in pressure"
    )
    assert scenario_hash(changed) == scenario_hash(scenario)
    assert lines_of(scenario, changed) == ()
    assert "faith in pressure" not in canonical_json(changed)
    assert "title: faith in pressure" in to_yaml(changed)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("US–Russian rivalry", "is the title of dyad.rivalry already"),
        ('"  "', "must be words, at most 60 characters"),
        ("x" * 61, "must be words, at most 60 characters"),
    ],
)
def test_a_title_that_cannot_be(title: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as raised:
        load(BASELINE, [f"actors.US.stake.title={title}"])
    assert raised.value.problems[0].path == "actors.US.stake.title"


def test_the_prior_keeps_the_hash_that_its_posterior_names() -> None:
    """What learned from a scenario names it by its hash; titles were given to its numbers later."""
    evidence = load(BASELINE).draws.evidence
    assert f"({scenario_hash('us-russia-2021-prior')[:12]})" in evidence[0].text


def test_titles_composed_alike_give_way_to_paths() -> None:
    scenario = load(BASELINE, ["regions.africa.name=Europe"])
    titles = titles_of(scenario)
    assert titles["regions.africa.rate"] == "regions.africa.rate"
    assert titles["regions.europe.rate"] == "regions.europe.rate"
    given = titles_of(load(BASELINE, ["dyad.rivalry.title=retaliation for hostility (US)"]))
    assert given["dyad.rivalry"] == "retaliation for hostility (US)"
    assert given["actors.US.negative_reciprocity"] == "actors.US.negative_reciprocity"
    assert titles["regions.middle_east.rate"] == "collisions a year (Middle East)"
