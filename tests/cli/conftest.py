"""The command line in the tests' own process, with chunks and figures that are quick."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from typer.testing import Result

import relsim.plots
import relsim.simulate  # puts the module into sys.modules
from relsim.plots import gallery
from relsim.report.reporting import page_of
from tests.cli.calling import Relsim, invoke
from tests.unit.report.pages import only

SECTIONS = ("question", "answer", "outcomes", "news", "assumptions", "making", "scores")


def sketch(ensemble: object, subject: str | None) -> Figure:
    """A figure that is drawn in no time: tests/figures look at the real ones."""
    figure = Figure(figsize=(1, 1))
    figure.text(0, 0, subject or "outcomes")
    return figure


@pytest.fixture
def relsim_(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, remembered: None) -> Relsim:
    """Call with the words of a command line; it runs in an empty folder, with one figure.

    Reports are of the sections that are quickly made.
    """
    monkeypatch.setattr(relsim.plots, "FIGURES", {"outcomes": sketch})
    monkeypatch.setattr(relsim.plots, "USUAL", ("outcomes",))
    monkeypatch.setitem(gallery.FIGURES, "outcomes", sketch)
    monkeypatch.setattr(page_of, "__defaults__", (only(*SECTIONS),))
    module = sys.modules["relsim.simulate"]
    monkeypatch.setattr(module, "Plan", partial(module.Plan, width=128))
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Result:
        result = invoke(*words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call
