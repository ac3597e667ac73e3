"""Every function that draws on axes, each with something small to draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import pytest
from matplotlib.axes import Axes

import relsim
from relsim import plots
from relsim.history.events import packaged_record
from relsim.inference import paired_runs as paired
from relsim.inference.compare.compare import Comparison
from relsim.scenario.schema import Scenario, load
from relsim.simulate import Plan
from relsim.story import replay as replaying
from relsim.story.story import Story
from tests.figures.ensembles import planted, simulated
from tests.properties.comparing import shortened
from tests.unit.inference.climbing import found
from tests.unit.inference.small_drivers import small
from tests.unit.inference.test_corp import judged
from tests.unit.inference.test_signposts import found as signposts_found


@lru_cache(maxsize=8)
def compared(*names: str) -> Comparison:
    """Packaged scenarios until the end of 2021 beside the first of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paired, "Plan", partial(Plan, width=1024))
        first, *others = (shortened(load(name)) for name in names)
        return relsim.compare(first, *others, runs=1024, draws=64, attribution=False)


def story_of(scenario: Scenario, run: int, change: str | None = None) -> Story:
    """A run of an ensemble with narrow chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaying, "Plan", partial(Plan, width=64))
        return replaying.replay(scenario, run, change=change)


@lru_cache(maxsize=1)
def _story() -> Story:
    return story_of(load("us-russia-2021"), 3)


def _differences(ax: Axes | None = None) -> Axes:
    return plots.differences(compared("us-russia-2021", "us-russia-2021-maximum-pressure"), ax=ax)


def _along(ax: Axes | None = None) -> Axes:
    effect = next(effect for effect in small().effects if effect.curve is not None)
    return plots.along(effect, plots.tornado(small()) if ax is None else ax)


DRAWINGS: Mapping[str, Callable[..., Axes]] = {  # of costly tests the first is tried by default
    "fan": lambda ax=None: plots.fan(simulated(), ax=ax),
    "outcomes": lambda ax=None: plots.outcomes(planted(), ax),
    "cumulative": lambda ax=None: plots.cumulative(simulated(), "detente", ax),
    "distribution": lambda ax=None: plots.distribution(simulated(), "leaders_meetings", ax),
    "dates": lambda ax=None: plots.distribution(simulated(), "detente", ax),
    "dots": lambda ax=None: plots.dots(simulated(), "detente", ax),
    "timeline": lambda ax=None: plots.timeline(_story(), ax),
    "differences": _differences,
    "tornado": lambda ax=None: plots.tornado(small(), ax),
    "claims": lambda ax=None: plots.claims(small(), ax),
    "along": _along,
    "reliability": lambda ax=None: plots.reliability_diagram(judged(1, bold=False), ax),
    "together": lambda ax=None: plots.together(relsim.together(simulated()), ax),
    "signposts": lambda ax=None: plots.signposts(signposts_found(), ax),
    "climbs": lambda ax=None: plots.climbs(found(), ax),
    "record": lambda ax=None: plots.record_timeline(packaged_record(), ax),
}
