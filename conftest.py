"""Examples of docstrings share the runs that several of them simulate; the longest are slow."""

import pytest
from _pytest.doctest import DoctestItem

# Functions whose example simulates many terms. Each has tests of its own in the default suite.
LONG_EXAMPLES = {
    "relsim.ensemble.data.EnsembleData.strongest_parameter",
    "relsim.ensemble.ensemble.Ensemble.given",
    "relsim.ensemble.ensemble.Ensemble.headline",
    "relsim.ensemble.over_rules.over_rules",
    "relsim.inference.calibrate.calibration.calibrate",
    "relsim.inference.compare.compare.compare",
    "relsim.inference.drivers.drivers.drivers",
    "relsim.inference.rare.rarely.rare",
    "relsim.inference.signposts.signposts.signposts",
    "relsim.inference.update.update.update",
}


@pytest.hookimpl(tryfirst=True)  # before `-m "not slow"` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the long examples slow."""
    for item in items:
        if isinstance(item, DoctestItem) and item.name in LONG_EXAMPLES:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def _examples_share_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(request.node, DoctestItem):
        from tests.remembering import remembered_chunks

        monkeypatch.setattr("relsim.runs.engine.simulate_chunks", remembered_chunks)
