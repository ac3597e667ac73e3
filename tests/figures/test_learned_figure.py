"""The figure of what a scenario's numbers have learned: its numbers, and that it can be read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from matplotlib.figure import Figure

from relsim.errors import UsageError
from relsim.plots import learned, learned_rows
from relsim.plots.style import finished
from relsim.scenario.files.joint_draws import draws_text
from relsim.scenario.schema import Scenario, load
from tests.figures.test_drivers_figures import collisions

PRIOR = "us-russia-2021-prior"
RIVALRY, RATE = "dyad.rivalry", "moves.threaten.rate.US"


def planted(folder: Path) -> Scenario:
    """A rivalry one sd up with half of the spread, and a rate of which nothing was learned."""
    parameters, u = load(PRIOR).parameters(), (np.arange(400) + 0.5) / 400
    prior = {path: parameters[path].distribution for path in (RIVALRY, RATE)}
    z = np.sort(prior[RIVALRY].quantile(u)) / 0.9
    rows = [
        f"1,{0.9 * (1 + 0.5 * one):.9g},{other:.9g}"
        for one, other in zip(z, prior[RATE].quantile(u), strict=True)
    ]
    text = draws_text({path: str(one) for path, one in prior.items()}, rows)
    (folder / "rows.csv").write_text(text, "utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    (folder / "planted.yaml").write_text(
        f"schema: relsim/1\nextends: {PRIOR}\nname: planted\n"
        f"draws: {{file: rows.csv, sha256: '{digest}'}}\n",
        "utf-8",
    )
    return load(folder / "planted.yaml")


def test_what_was_planted_is_found_most_learned_first(tmp_path: Path) -> None:
    rivalry, rate = learned_rows(planted(tmp_path))
    assert (rivalry.parameter, rate.parameter) == (RIVALRY, RATE)
    assert (rivalry.mean, rivalry.sd) == pytest.approx((1, 0.5), abs=0.02)
    assert rivalry.interval == pytest.approx((1 - 0.82, 1 + 0.82), abs=0.02)
    assert (rate.mean, rate.sd) == pytest.approx((0, 1), abs=0.02)
    assert rivalry.known_better
    assert not rate.known_better
    assert rate.after == pytest.approx(rate.before, rel=0.03)


def test_a_scenario_that_has_learned_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="has no joint draws"):
        learned(load(PRIOR))


@pytest.mark.parametrize("planted_one", [True, False])
def test_it_can_be_read_at_half_size(planted_one: bool, tmp_path: Path) -> None:
    scenario = planted(tmp_path) if planted_one else load("us-russia-2021")
    figure = finished(learned(scenario))
    assert collisions(cast("Figure", figure)) == []
