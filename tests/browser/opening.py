"""A real Chromium, without a window, that opens pages; and axe-core, read from disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
AXE = Path(os.environ.get("VENV", ROOT / ".venv")) / "axe/node_modules/axe-core/axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SERIOUS = {"serious", "critical"}


def browser_path() -> str:
    """The system's Chromium. What is missing fails the test where RELSIM_BROWSER=required."""
    try:
        import playwright  # noqa: F401

        path = next(filter(None, map(shutil.which, NAMES)), None)
    except ImportError:
        path = None
    if path is not None and AXE.is_file():
        return path
    reason = "Chromium, Playwright or axe-core is missing: make browser"
    if os.environ.get("RELSIM_BROWSER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Opened:
    """A page in the browser, what it asked for, what it got, and what came on its console."""

    page: Any
    requests: list[str]
    loaded: list[str]
    said: list[str]

    def runs(self, script: str) -> Any:
        """What a script of the test finds in the page."""
        return self.page.evaluate(script)

    def violations(self) -> list[str]:
        """What axe-core finds that is serious."""
        self.runs(AXE.read_text("utf-8"))
        found = self.runs("axe.run()")["violations"]
        return [
            f"{one['id']}: {[node['target'] for node in one['nodes']]}"
            for one in found
            if one["impact"] in SERIOUS
        ]


@contextmanager
def opened(browser: Any, file: Path, width: int = 1280, scheme: str = "light") -> Iterator[Opened]:
    """Open a file in a window of a width, light or dark."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, requests, loaded, said = context.new_page(), list[str](), list[str](), list[str]()
    page.on("request", lambda request: requests.append(request.url))
    page.on("requestfinished", lambda request: loaded.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    yield Opened(page, requests, loaded, said)
    context.close()
