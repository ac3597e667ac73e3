"""What calls may be given: scenarios by name or path, counts and seeds of every kind, days."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import relsim
from relsim.arguments import number, whole_number
from relsim.audit import audit
from relsim.errors import ScenarioError, UnknownName, UsageError
from relsim.scenario.fields.section import day_of
from relsim.scenario.files.places import packaged
from relsim.scenario.schema import Scenario, load
from relsim.simulate import extend
from relsim.story.replay import _forced as forced
from relsim.story.replay import _source as source
from tests.properties.comparing import shortened
from tests.unit.short_scenario import short

pytestmark = pytest.mark.usefixtures("remembered")

NAME = "us-russia-2021"
SMALL = {"runs": 64, "draws": 64}


@cache
def base() -> Scenario:
    return load(NAME)


# Scenarios


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of its own that extends the packaged scenario, with a small question."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"schema: relsim/1\nextends: {NAME}\nactors: {{US: {{stake: 0.5}}}}\n", "utf-8")
    return path


def test_simulate_and_replay_look_a_name_and_a_path_up(file: Path) -> None:
    """The short form: they refuse an outcome, and a run, that the scenario lacks."""
    for given in (NAME, packaged()[NAME], str(packaged()[NAME]), file):
        with pytest.raises(UnknownName, match="did you mean 'detente'"):
            relsim.simulate(given, precision=0.1, outcome="detent")
        with pytest.raises(UsageError, match="run must be from 0 to 63"):
            relsim.replay(given, 64, **SMALL)


@pytest.mark.slow
def test_simulate_takes_a_name_and_a_path(file: Path) -> None:
    assert relsim.simulate(NAME, **SMALL) == relsim.simulate(packaged()[NAME], **SMALL)
    assert relsim.simulate(str(file), **SMALL).scenario == load(file)


@pytest.mark.slow
def test_compare_takes_names_and_paths_one_by_one_or_in_lists(file: Path) -> None:
    found = relsim.compare(NAME, [file, "us-russia-2021-no-learning"], **SMALL, attribution=False)
    assert list(found.variants) == ["mine", "us-russia-2021-no-learning"]
    assert found.baseline == base()
    with pytest.raises(UsageError, match="needs a variant"):
        relsim.compare(NAME, [])


def test_replay_takes_a_name_a_path_and_the_folder_of_a_result(file: Path, tmp_path: Path) -> None:
    assert source(NAME) == source(packaged()[NAME]) == source(base()) == base()
    assert source(file) == load(file)
    ensemble = relsim.simulate(shortened(base()), **SMALL)
    ensemble.save(tmp_path / "result")
    assert source(tmp_path / "result") == source(str(tmp_path / "result")) == ensemble
    story = relsim.replay(tmp_path / "result", 3.0)  # type: ignore[arg-type]
    row = ensemble.first_day[:, 3].tolist()
    assert [outcome.day for outcome in story.outcomes.values()] == row


ONE_CLAIM = f"""\
schema: relsim.ablations/1
scenario: {NAME}
ablations:
  C12: {{off: No stake, set: {{actors.US.stake: 0}}}}
"""


def test_the_rest_takes_names_and_paths_too(tmp_path: Path) -> None:
    assert relsim.scenario_hash(NAME) == relsim.scenario_hash(packaged()[NAME])
    assert relsim.scenario_hash(NAME) == relsim.scenario_hash(base())
    (tmp_path / "claims.yaml").write_text(ONE_CLAIM, "utf-8")
    for given in (NAME, packaged()[NAME], base()):
        (one,) = relsim.ablations(given, tmp_path / "claims.yaml")
        assert one.claim == "C12"
        assert one.scenario.parameters()["actors.US.stake"].constant == 0


@pytest.mark.slow
def test_the_packaged_list_is_that_of_the_name() -> None:
    assert [one.claim for one in relsim.ablations(NAME)] == [
        one.claim for one in relsim.ablations(base())
    ]


@pytest.mark.slow
def test_audit_takes_a_path(file: Path) -> None:
    assert audit(file, influence=False).scenario == "mine"


def test_drivers_and_calibrate_take_a_name_and_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to their first look at the scenario: they refuse an outcome, and a size, of their own."""
    for given in (NAME, packaged()[NAME], base()):
        with pytest.raises(UnknownName, match="did you mean 'detente'"):
            relsim.drivers(given, "detent")
        with pytest.raises(UsageError, match="16 runs a draw"):
            relsim.calibrate(given, runs=64, draws=64)


CALLS = {
    "simulate": lambda given: relsim.simulate(given, **SMALL),
    "compare": lambda given: relsim.compare(given, NAME),
    "compare with": lambda given: relsim.compare(NAME, given),
    "compare with a list": lambda given: relsim.compare(NAME, [given]),
    "drivers": relsim.drivers,
    "calibrate": relsim.calibrate,
    "replay": lambda given: relsim.replay(given, 0),
    "ablations": relsim.ablations,
    "scenario_hash": relsim.scenario_hash,
    "audit": audit,
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_scenario_is_refused_in_words(call: str) -> None:
    for wrong in (None, 7, {"schema": "relsim/1"}, b"us-russia-2021"):
        with pytest.raises(UsageError, match=r"a scenario is what relsim\.load returns"):
            CALLS[call](wrong)
    with pytest.raises(UnknownName, match="did you mean 'us-russia-2021'"):
        CALLS[call]("us-rusia-2021")


# Whole numbers


@pytest.mark.parametrize(
    "given",
    [200, 2e2, np.float64(200), np.float32(200), np.int64(200), np.uint8(200), Fraction(400, 2)],
)
def test_a_whole_number_however_it_is_written(given: object) -> None:
    found = whole_number("runs", given)
    assert (found, type(found)) == (200, int)


NO_NUMBERS = ["7", "auto", None, [64], (64,), {}, True, np.True_, 1.5, np.nan, float("inf"),
              64j, b"64", Decimal(64), np.array([64]), object()]  # fmt: skip
TOO_LARGE = [10**30, 1e30, np.float64(1e300), 10**400]


@pytest.mark.parametrize("given", NO_NUMBERS, ids=lambda given: repr(given).split(" at 0x")[0])
def test_what_is_no_whole_number(given: object) -> None:
    with pytest.raises(UsageError, match=r"^runs must be a whole number \(got "):
        whole_number("runs", given)


def test_a_message_is_short_whatever_is_given() -> None:
    for given in ("x" * 10_000, list(range(10_000)), 10**4_000, -(10**4_000)):
        with pytest.raises(UsageError) as caught:
            whole_number("runs", given)
        assert len(str(caught.value)) < 120


@pytest.mark.parametrize("given", ["0.5", None, True, np.nan, float("inf"), [0.5], 10**400])
def test_what_is_no_number(given: object) -> None:
    with pytest.raises(UsageError, match=r"^precision must be a number \(got "):
        number("precision", given)


COUNTS: dict[str, Any] = {
    "simulate runs": lambda n: relsim.simulate(short(), runs=n),
    "simulate draws": lambda n: relsim.simulate(short(), runs=64, draws=n),
    "simulate seed": lambda n: relsim.simulate(short(), **SMALL, seed=n),
    "simulate workers": lambda n: relsim.simulate(short(), **SMALL, workers=n),
    "simulate max_runs": lambda n: relsim.simulate(short(), precision=0.1, max_runs=n),
    "compare runs": lambda n: relsim.compare(short(), short(), runs=n),
    "compare draws": lambda n: relsim.compare(short(), short(), runs=64, draws=n),
    "compare seed": lambda n: relsim.compare(short(), short(), **SMALL, seed=n),
    "compare workers": lambda n: relsim.compare(short(), short(), **SMALL, workers=n),
    "drivers runs": lambda n: relsim.drivers(base(), runs=n),
    "drivers draws": lambda n: relsim.drivers(base(), draws=n),
    "drivers seed": lambda n: relsim.drivers(base(), seed=n),
    "drivers workers": lambda n: relsim.drivers(base(), workers=n),
    "drivers top": lambda n: relsim.drivers(base(), top=n),
    "calibrate runs": lambda n: relsim.calibrate(base(), runs=n),
    "calibrate draws": lambda n: relsim.calibrate(base(), draws=n),
    "calibrate seed": lambda n: relsim.calibrate(base(), runs=1024, draws=64, seed=n),
    "calibrate workers": lambda n: relsim.calibrate(base(), runs=1024, draws=64, workers=n),
    "calibrate max_runs": lambda n: relsim.calibrate(base(), max_runs=n),
    "replay run": lambda n: relsim.replay(short(), n),
    "replay seed": lambda n: relsim.replay(short(), 0, seed=n),
    "replay runs": lambda n: relsim.replay(short(), 0, runs=n),
    "replay draws": lambda n: relsim.replay(short(), 0, runs=64, draws=n),
}
OPTIONAL = {"runs", "draws", "max_runs"}  # where None asks for the default


@pytest.mark.parametrize("call", COUNTS)
def test_every_count_of_every_call_is_refused_in_words(call: str) -> None:
    name, which = call.split()
    optional = (which in OPTIONAL and call != "calibrate max_runs") or call == "replay seed"
    for wrong in [*NO_NUMBERS, *TOO_LARGE]:
        if wrong is None and optional:
            continue
        with pytest.raises(UsageError, match=f"^{which} must be "):
            COUNTS[call](wrong)
    if which not in ("seed", "top", "run"):
        for wrong in (0, -1, -64.0):
            with pytest.raises(UsageError, match=f"^{which} must be positive"):
                COUNTS[call](wrong)
    assert name in relsim.__all__


@pytest.mark.slow
def test_whole_floats_give_the_same_ensemble() -> None:
    expected = relsim.simulate(short(), 128, 64, 7)
    floats: Any = (1.28e2, np.float64(64), np.float32(7))
    assert relsim.simulate(short(), *floats, workers=np.int64(1)) == expected
    assert relsim.simulate(short(), np.int32(128), np.uint16(64), np.int64(7)) == expected
    grown = extend(relsim.simulate(short(), 64, 64, 7), np.float64(128), workers=1.0)  # type: ignore[arg-type]
    assert np.array_equal(grown.first_day[:, :64], relsim.simulate(short(), 64, 64, 7).first_day)
    seed = relsim.simulate(short(), 64, 64, 2**63 - 1).seed
    assert (seed, type(seed)) == (2**63 - 1, int)


OTHERS: dict[str, tuple[Any, str]] = {
    "precision text": (lambda: relsim.simulate(short(), precision="0.1"), "must be a number"),
    "precision high": (lambda: relsim.simulate(short(), precision=2), "between 0 and 1"),
    "reliability": (lambda: relsim.calibrate(base(), reliability="0.8"), "must be a number"),
    "reliability high": (lambda: relsim.calibrate(base(), reliability=1.5), "from 0 to 1"),
    "reliability NaN": (lambda: relsim.calibrate(base(), reliability=np.nan), "be a number"),
    "rules a list": (lambda: relsim.simulate(short(), rules=["US"]), "map actors to functions"),
    "rules a name": (lambda: relsim.simulate(short(), rules={"US": "grit"}),
                     r"that of US must be a function .* actors\.US\.rule"),
    "rules of nobody": (lambda: relsim.replay(short(), 0, rules={"CN": print}),
                        "unknown actor 'CN'"),
    "executor": (lambda: relsim.simulate(short(), executor=4), "executor must be"),
    "folder": (lambda: relsim.simulate(short(), **SMALL, folder=7), "folder must be a path"),
    "progress": (lambda: relsim.simulate(short(), progress=True), "progress must be a function"),
    "outcome": (lambda: relsim.drivers(base(), 7), "named by text"),
    "outcome list": (lambda: relsim.simulate(short(), precision=0.1, outcome=["x"]), "by text"),
    "load": (lambda: relsim.load(7), "scenario must be a path"),
    "ablations": (lambda: relsim.ablations(NAME, 7), "list of ablations must be a path"),
    "open": (lambda: relsim.open(7), "folder must be a path"),
    "save": (lambda: relsim.simulate(short(), **SMALL).save(None), "folder must be a path"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_what_else_is_refused_in_words(case: str) -> None:
    call, words = OTHERS[case]
    with pytest.raises(UsageError, match=words):
        call()


# Days


DAY = datetime.date(2021, 5, 20)
DAYS = [
    DAY, datetime.datetime(2021, 5, 20), pd.Timestamp("2021-05-20"), np.datetime64("2021-05-20"),
    np.datetime64("2021-05-20T00:00:00"), np.datetime64("2021-05-20", "ns"),
    pd.Timestamp("2021-05-20").to_datetime64(),
]  # fmt: skip
NO_DAYS = [
    datetime.datetime(2021, 5, 20, 12), datetime.datetime(2021, 5, 20, tzinfo=datetime.UTC),
    pd.Timestamp("2021-05-20 00:00:00.000000001"), pd.Timestamp("2021-05-20", tz="UTC"), pd.NaT,
    np.datetime64("NaT", "D"), np.datetime64("2021-05"), np.datetime64("2021-05-20T06"), 20210520,
    None, np.datetime64("99999-01-01"),
]  # fmt: skip


@pytest.mark.parametrize("given", DAYS, ids=lambda given: repr(given).split(" at 0x")[0])
def test_a_day_is_a_day_wherever_dates_are_taken(given: Any) -> None:
    assert day_of(given) == DAY
    assert base().vary({"horizon.known_until": given}).horizon.known_until == DAY
    window = {"happened": {"deed": "summit", "from": given, "until": given}}
    asked: Any = base().with_outcome("it", window).outcomes["it"].when
    assert (asked.happened.from_, asked.happened.until) == (DAY, DAY)
    entry = {"date": given, "move": "summit"}
    assert base().vary({"calendar": [entry]}).calendar[0].date == DAY
    data = base().model_dump(mode="json", exclude_none=True) | {"calendar": [entry]}
    assert Scenario.model_validate(data).calendar[0].date == DAY


@pytest.mark.parametrize("given", NO_DAYS, ids=lambda given: repr(given).split(" at 0x")[0])
def test_what_is_no_day(given: Any) -> None:
    assert day_of(given) is None
    if given is not None:
        with pytest.raises(ScenarioError, match="must be a date such as 2021-01-20"):
            base().vary({"horizon.known_until": given})


def test_the_date_of_a_changed_move_is_any_day() -> None:
    asked = datetime.date(2021, 6, 1)
    changes = [
        "2021-06-01 US threaten", f"{pd.Timestamp(asked)} US threaten",
        (asked, "US", "threaten"), (pd.Timestamp(asked), "US", "threaten"),
        ("2021-06-01", "US", "threaten"), (np.datetime64(asked), "US", "threaten"),
    ]  # fmt: skip
    assert {forced(change, short())[0] for change in changes} == {asked}
    for wrong in ((7, "US", "threaten"), ("2021-06-01", "US"), ("2021-13-01", "US", "threaten"), 7,
                  "2021-06-01 12:00:00 US threaten"):  # fmt: skip
        with pytest.raises(UsageError, match="a change is"):
            relsim.replay(short(), 1, **SMALL, change=wrong)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers_of_a_short() -> None:
    for half in (np.float64(0.5), np.float32(0.5), np.array(0.5)):
        assert base().vary({"actors.US.stake": half}).actors["US"].stake.constant == 0.5
    weeks = {"weeks": {"series": "hostile", "above": np.float32(0), "in_at_least": np.int64(2)}}
    asked: Any = base().with_outcome("it", weeks).outcomes["it"].when
    assert asked.weeks.in_at_least == 2


def test_a_midnight_in_a_text_is_a_day_too() -> None:
    for text in ("2021-05-20 00:00:00", "2021-05-20T00:00:00", "2021-05-20 00:00"):
        settings = [f"horizon.known_until={text}"]
        assert load(NAME, settings).horizon.known_until == DAY


# Actors


def test_a_third_actor_is_answered_by_third_parties() -> None:
    data = base().model_dump(mode="json", exclude_none=True)
    data["actors"]["CN"] = data["actors"]["US"]
    with pytest.raises(ScenarioError, match="exactly two actors; see third_parties") as caught:
        base().vary({"actors": data["actors"]})
    assert "(got US, RU, CN)" in str(caught.value)
