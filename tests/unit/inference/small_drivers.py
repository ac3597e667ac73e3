"""What drives an outcome of a one-year term: small, and quick to find.

Of the priors, each of which is drawn by itself: joint draws have no total effects.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from relsim.inference.drivers.ablations import Ablation, ablations
from relsim.inference.drivers.drivers import Drivers, drivers
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan
from tests.unit.short_scenario import short, shortened

PRIOR = "us-russia-2021-prior"
OUTCOME = "nord_stream_2_completed"
CLAIMS = """\
schema: relsim.ablations/1
scenario: us-russia-2021-prior
ablations:
  C27: {off: Work on the pipeline stands still, set: {projects.nord_stream_2.pace: 0}}
  placebo: {off: Nothing is otherwise, set: {actors.US.stake: {scale: 1}}}
  F4: {off: Washington does not act on what it learns, set: {actors.US.belief_felt: 0}, yoked: US}
"""


@contextmanager
def small_chunks(width: int = 2048) -> Iterator[None]:
    """Lean plans with chunks small enough to be quick."""
    module = sys.modules["relsim.runs.jobs"]
    module.Plan = partial(Plan, width=width)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.Plan = Plan  # type: ignore[attr-defined]


@cache
def year() -> Scenario:
    """A year of the priors."""
    return shortened(load(PRIOR))


@cache
def claims() -> tuple[Ablation, ...]:
    """Three ablations of the one-year term: of a cause, of nothing, and of a belief."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "claims.yaml"
        file.write_text(CLAIMS, encoding="utf-8")
        listed = ablations(load(PRIOR), file)
    return tuple(replace(one, scenario=shortened(one.scenario)) for one in listed)


@cache
def small() -> Drivers:
    """What drives the completion of Nord Stream 2 within a year."""
    with small_chunks():
        return drivers(year(), OUTCOME, runs=4096, seed=5, ablations=claims(), top=2)


@cache
def smallest() -> Drivers:
    """Eight months, first-order indices alone: like `small`, made in a sixth of the time."""
    with small_chunks():
        return drivers(short(), OUTCOME, runs=2048, seed=1, ablations=(), top=0)
