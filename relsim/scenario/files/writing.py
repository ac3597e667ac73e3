"""A scenario as YAML: everything filled in, short mappings on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from relsim.escaping import HIDDEN
from relsim.scenario.files.parsing import scalar_of
from relsim.scenario.section import Section

__all__ = ["to_yaml", "yaml_lines"]

WIDTH = 100
INDENT = "  "

# Safe without quotes anywhere: begins with a letter, and holds nothing that YAML may mean.
_PLAIN = re.compile(r"[^\W\d_][^:#,\[\]{}\"\\&*!|>%@`\s]*(?: [^:#,\[\]{}\"\\&*!|>%@`\s]+)*")
_UNPRINTABLE = re.compile(f"[{HIDDEN}]")


def to_yaml(scenario: Section) -> str:
    """Return a scenario file that needs no other; read again it has the same hash."""
    return "\n".join(yaml_lines(scenario.model_dump(mode="json", exclude_none=True))) + "\n"


def yaml_lines(data: Any, room: int = WIDTH) -> list[str]:
    """Return a mapping or a list as lines of YAML, an entry on one line if it has `room`."""
    if not _nests(data):
        return [_scalar(data)]
    if isinstance(data, list):
        return [line for item in data for line in _item(item, room)]
    return [line for key, value in data.items() for line in _entry(str(key), value, room)]


def _nests(data: Any) -> bool:
    return isinstance(data, (dict, list)) and bool(data)


def _item(item: Any, room: int) -> Iterable[str]:
    line = _on_one_line(item)
    if not _nests(item) or len("- " + line) <= room:
        return [f"- {line}"]
    first, *rest = yaml_lines(item, room - len("- "))
    return [f"- {first}", *(INDENT + line for line in rest)]


def _entry(key: str, value: Any, room: int) -> Iterable[str]:
    line = f"{_scalar(key)}: {_on_one_line(value)}"
    if not _nests(value) or len(line) <= room:
        return [line]
    return [f"{_scalar(key)}:", *(INDENT + line for line in yaml_lines(value, room - len(INDENT)))]


def _on_one_line(data: Any) -> str:
    if isinstance(data, dict):
        inside = (f"{_scalar(str(key))}: {_on_one_line(value)}" for key, value in data.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_on_one_line, data)) + "]"
    return _scalar(data)


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _is_plain(value):
        return value
    quoted = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _is_plain(text: str) -> bool:
    """Tell whether a text stays a text without quotes: ``null`` and ``1.5`` do not."""
    means_itself = isinstance(scalar_of(text), str)
    return means_itself and bool(_PLAIN.fullmatch(text)) and not _UNPRINTABLE.search(text)
