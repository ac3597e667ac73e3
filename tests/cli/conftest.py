"""The command line in the tests' own process, with chunks small enough to be quick."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest
from typer.testing import Result

import relsim.plots
import relsim.simulate  # puts the module into sys.modules
from tests.cli.calling import Relsim, invoke


@pytest.fixture
def relsim_(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, remembered: None) -> Relsim:
    """Call with the words of a command line; it runs in an empty folder, and draws one figure."""
    monkeypatch.setattr(relsim.plots, "USUAL", ("outcomes",))
    monkeypatch.setattr(relsim.plots, "FIGURES", {"outcomes": relsim.plots.FIGURES["outcomes"]})
    module = sys.modules["relsim.simulate"]
    monkeypatch.setattr(module, "Plan", partial(module.Plan, width=128))
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Result:
        result = invoke(*words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call
