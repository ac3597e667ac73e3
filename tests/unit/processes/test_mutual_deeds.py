"""Joint moves as data: proposed and accepted, or answered in kind; far likelier than two acts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from relsim import load, simulate
from relsim.ensemble.ensemble import Ensemble
from relsim.errors import ScenarioError
from relsim.scenario.schema import Scenario

HEAD = """\
schema: relsim/1
extends: us-russia-2021
name: exchange
moves:
  propose_exchange:
    cameo: "036"
    class: cooperative
    effect: propose
    proposes: prisoner_exchange
    rate: {US: 0.03 to 0.12 per year, RU: 0.03 to 0.12 per year}
    expresses: {pressure: 0, engagement: 0.3, retaliation: -0.3, reciprocation: 0.3}
  prisoner_exchange:
    cameo: "0841"
    class: cooperative
    joint: true
    includes: release_prisoners
    preparation: 4 to 26 weeks
    felt: 0.5
    concession: 0.25
headline: exchange
outcomes:
  exchange: {title: E, resolves: E., when: {happened: {deed: prisoner_exchange}}}
  us: {title: U, resolves: U., when: {happened: {deed: release_prisoners, by: US}}}
  ru: {title: R, resolves: R., when: {happened: {deed: release_prisoners, by: RU}}}
  both:
    title: B
    resolves: B.
    when:
      all:
        - happened: {deed: release_prisoners, by: US}
        - happened: {deed: release_prisoners, by: RU}
"""
# Until the last days only what is dated here happens.
DATED = """\
horizon: {known_until: 2025-01-16, count_from: 2021-01-20}
calendar:
"""
ANSWERED = "moves: {release_prisoners: {answered: {US: 2 log-odds, RU: 2 log-odds}}}\n"


def scenario(folder: Path, more: str = "", base: str = HEAD) -> Scenario:
    (folder / "exchange.yaml").write_text(base, "utf-8")
    file = folder / "more.yaml"
    file.write_text(f"schema: relsim/1\nextends: exchange.yaml\nname: more\n{more}", "utf-8")
    return load(file)


def dated(folder: Path, *lines: str, more: str = "") -> Ensemble:
    entries = "".join(f"  - {{{line}}}\n" for line in lines)
    return simulate(scenario(folder, more + DATED + entries), runs=64, draws=64)


def days(found: Ensemble, outcome: str) -> set[int]:
    return set(found.first_day[found.outcomes.index(outcome)].tolist())


def flows(found: Ensemble) -> list[float]:
    """What the weeks of the first year with any flow have, one run as the other."""
    flow = found.sample.series["flow"][:52]
    assert (flow == flow[:, [0]]).all()
    return [round(float(week), 3) for week in flow[:, 0] if week]


def test_a_joint_move_is_proposed_accepted_prepared_and_made(tmp_path: Path) -> None:
    prepared = "moves: {prisoner_exchange: {preparation: 6 weeks}}\n"
    found = simulate(
        scenario(
            tmp_path,
            prepared
            + DATED.replace("2025-01-16", "2021-04-06")
            + "  - {date: 2021-03-02, actor: RU, move: propose_exchange}\n"
            "  - {date: 2021-03-09, actor: US, move: accept_proposal}\n"
            "actors: {US: {rule: always_hold}, RU: {rule: always_hold}}\n"
            "regions: null\n",
        ),
        runs=64,
        draws=64,
    )
    (day,) = days(found, "exchange")
    agreed = (date(2021, 3, 9) - date(2021, 1, 20)).days
    assert agreed + 42 <= day < agreed + 42 + 7  # at the table of that week
    assert days(found, "us") == days(found, "ru") == days(found, "both") == {day}
    weight = found.scenario.moves["prisoner_exchange"].weight
    offer = found.scenario.moves["propose_exchange"].weight
    flow = found.sample.series["flow"][:, 0]
    assert flow[flow != 0].tolist() == pytest.approx([offer, offer, 2 * weight])
    own = [name for name, move in found.scenario.moves.items() if not move.joint]
    made = found.move_counts[..., own.index("release_prisoners")]
    assert (made == found.runs / found.move_counts.shape[0]).all()


def test_an_answer_in_kind_is_the_joint_move_with_no_weight_of_its_own(tmp_path: Path) -> None:
    lines = (
        "date: 2021-02-02, actor: US, move: release_prisoners",
        "date: 2021-02-04, actor: RU, move: release_prisoners",
    )
    found = dated(tmp_path, *lines, more=ANSWERED)
    assert days(found, "exchange") == {15}
    weight = found.scenario.moves["release_prisoners"].weight
    assert flows(found) == pytest.approx([weight, weight])
    alone = dated(tmp_path, lines[0], more=ANSWERED)
    assert days(alone, "exchange") == {-1}
    unanswered = dated(tmp_path, *lines)  # not a kind that is answered: two acts
    assert days(unanswered, "exchange") == {-1}
    assert days(unanswered, "both") == {15}


def test_what_one_side_proposes_lapses_and_is_of_its_name(tmp_path: Path) -> None:
    asked = (
        "outcomes:\n  lapsed: {title: L, resolves: L., when: "
        "{happened: {deed: proposal_lapsed, by: RU, of: prisoner_exchange}}}\n"
    )
    found = dated(tmp_path, "date: 2021-02-02, actor: RU, move: propose_exchange", more=asked)
    assert -1 not in days(found, "lapsed")
    assert days(found, "exchange") == {-1}


@pytest.mark.slow
def test_a_joint_deed_is_far_likelier_than_two_independent_acts(tmp_path: Path) -> None:
    """Both sides' releases: with the joint move against the product of each side's own."""
    swap = simulate(scenario(tmp_path), runs=8192, draws=256)
    apart = simulate(
        scenario(tmp_path, "moves: {propose_exchange: null, prisoner_exchange: null}\n"
                 "headline: both\noutcomes: {exchange: null}\n"),
        runs=8192,
        draws=256,
    )  # fmt: skip
    us, ru, both = (apart.probability(name).value for name in ("us", "ru", "both"))
    assert both < 3 * us * ru + 0.01
    joint = swap.probability("exchange").value
    assert 0.1 < joint < 0.6
    assert swap.probability("both").value >= joint > 5 * us * ru


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("proposes: prisoner_exchange", "proposes: summit", "unknown joint move"),
        ("    proposes: prisoner_exchange\n", "", "says what it proposes"),
        ("effect: propose", "effect: posture", "says what it proposes"),
        ("    preparation: 4 to 26 weeks\n", "", "needs a preparation"),
        ("includes: release_prisoners", "includes: summit", "unknown move of an actor"),
        ("    effect: propose\n", "    effect: propose\n    includes: threaten\n", "joint move"),
    ],
)
def test_a_wrong_joint_move_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in HEAD
    with pytest.raises(ScenarioError, match=message):
        scenario(tmp_path, base=HEAD.replace(old, new, 1))
