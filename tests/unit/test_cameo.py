"""CAMEO codes, their weights and words."""

import csv
from pathlib import Path

import pytest

from relsim import cameo
from relsim.errors import UnknownName

# What the catalogue of moves rests on (Goldstein points).
MOVES = {
    "111": -2.0, "131": -5.8, "132": -5.8, "163": -8.0, "161": -4.0, "166": -7.0, "152": -7.2,
    "128": -5.0, "160": -4.0, "164": -7.0, "036": 4.0, "125": -5.0, "050": 3.5, "0841": 7.0,
    "085": 7.0, "046": 7.0, "042": 1.9, "043": 2.8, "044": 2.5, "057": 8.0,
}  # fmt: skip


def lookup(file: Path) -> dict[str, float]:
    with file.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {row["CAMEOEVENTCODE"]: float(row["GOLDSTEINSCALE"]) for row in rows}


def test_the_table_is_gdelts(shared_data: Path) -> None:
    published = lookup(shared_data / "cameo-goldstein" / "CAMEO.goldsteinscale.txt")
    assert {code: cameo.goldstein(code) for code in cameo.CODES} == published


def test_every_kind_and_its_codes_are_there() -> None:
    assert [code for code in cameo.CODES if len(code) == 2] == [f"{k:02}" for k in range(1, 21)]
    assert len(cameo.CODES) == len(set(cameo.CODES)) == 311


@pytest.mark.parametrize(("code", "weight"), MOVES.items())
def test_codes_of_moves_have_weight_and_words_of_their_own(code: str, weight: float) -> None:
    assert cameo.goldstein(code) == weight
    assert code in {"160", "050"} or cameo.words(code) != cameo.words(code[:2])


def test_every_code_has_words_and_no_two_kinds_share_them() -> None:
    assert all(cameo.words(code) for code in cameo.CODES)
    kinds = [cameo.words(code) for code in cameo.CODES if len(code) == 2]
    assert len(set(kinds)) == len(kinds)


def test_a_code_without_words_takes_those_of_its_kind() -> None:
    assert cameo.words("0842") == cameo.words("084") != cameo.words("08")


@pytest.mark.parametrize(("wrong", "right"), [("36", "036"), ("085x", "085"), ("1630", "163")])
def test_an_unknown_code_names_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(UnknownName, match=f"no CAMEO code '{wrong}'.*did you mean '{right}'"):
        cameo.goldstein(wrong)
    with pytest.raises(UnknownName, match=right):
        cameo.words(wrong)


def test_nothing_near_is_no_guess() -> None:
    with pytest.raises(UnknownName, match="no CAMEO code 'summit' in the GDELT table$"):
        cameo.goldstein("summit")


def test_a_number_must_be_quoted() -> None:
    with pytest.raises(UnknownName, match="quoted string.*10"):
        cameo.goldstein(10)  # type: ignore[arg-type]
