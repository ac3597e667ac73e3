"""Forecast records and files of resolutions that tests of scores are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HORIZON = {"start": "2021-01-20", "end": "2025-01-20", "known_until": "2021-04-06"}


def outcome(probability: float, dates: Sequence[str] = (), author: float | None = None) -> Any:
    return {"probability": probability, "dates": list(dates), "author": author}


def record(
    outcomes: Mapping[str, Any], scenario: str = "planted", draws: int = 49, **more: Any
) -> dict[str, Any]:
    return {
        "format": "relsim.run/1",
        "scenario": scenario,
        "horizon": HORIZON,
        "draws": draws,
        "outcomes": dict(outcomes),
        **more,
    }


def written(file: Path, data: object) -> Path:
    file.write_text(json.dumps(data), "utf-8")
    return file


def answers(file: Path, *lines: str) -> Path:
    listed = "".join(f"  - {{{line}}}\n" for line in lines)
    file.write_text(f"schema: relsim.resolutions/1\nresolutions:\n{listed or '  []'}", "utf-8")
    return file
