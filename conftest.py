"""Examples of docstrings share the runs that several of them simulate."""

import pytest
from _pytest.doctest import DoctestItem


@pytest.fixture(autouse=True)
def _examples_share_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(request.node, DoctestItem):
        from tests.remembering import remembered_chunks

        monkeypatch.setattr("relsim.runs.engine.simulate_chunks", remembered_chunks)
