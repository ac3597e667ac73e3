"""``relsim list``: the scenarios that come with relsim."""

from __future__ import annotations

import re
from pathlib import Path

from relsim.cli.console import show_page
from relsim.tables import Table


def scenarios() -> None:
    """List the packaged scenarios."""
    from relsim.scenario.files.reading import packaged

    rows = [(name, title(file)) for name, file in packaged().items()]
    show_page([Table(("Scenario", "Title"), rows)])


def title(file: Path) -> str:
    """The title of a scenario; of the file's lines only its own is parsed, if it has one."""
    from relsim.errors import ScenarioError
    from relsim.scenario.files.parsing import parse
    from relsim.scenario.files.reading import read

    line = re.search(rb"^title:.*$", file.read_bytes(), flags=re.MULTILINE)
    try:
        entry = parse(line[0], file.name)[0].child("title") if line else None
    except ScenarioError:  # it goes on in the next line
        entry = None
    return entry.text if entry and entry.text else str(read(file).data.get("title", ""))
