"""A scenario's canonical JSON and hash, the same however it was written; and the JSON Schema."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from relsim.scenario.fields.section import Section
from relsim.scenario.schema import scenario_of

__all__ = ["canonical_json", "json_schema", "scenario_hash"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "#/$defs/"
WHOLE = "scenario"  # name of the top level among the definitions
PART = "_part"  # ending of the definitions for files that extend others


def canonical_json(scenario: Section) -> str:
    """Return a validated scenario as JSON: numbers by meaning, without blanks, always the same.

    Sections keep the schema's order. Mappings keep the order of the file, since that of the actors
    is the order of their effects: two files that differ in it are two scenarios. Titles of numbers
    are left out.
    """
    data = scenario.model_dump(mode="json", exclude_none=True, context={"canonical": True})
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def scenario_hash(scenario: Section | str | os.PathLike[str]) -> str:
    """Return the SHA-256 of `canonical_json`, in hexadecimal; also of a packaged name or a file."""
    asked = scenario if isinstance(scenario, Section) else scenario_of(scenario)
    return hashlib.sha256(canonical_json(asked).encode()).hexdigest()


def json_schema(model: type[Section]) -> dict[str, Any]:
    """Return the JSON Schema of scenario files, for editors.

    A file that ``extends`` another gives only what differs: nothing is required of it, and null
    takes an entry away. A list is replaced, or changed by what to add and to remove.
    """
    whole = model.model_json_schema(by_alias=True)
    whole["properties"]["extends"] = {
        "type": "string",
        "description": "name of a packaged scenario, or a file in this folder or below",
    }
    complete = {WHOLE: whole, **whole.pop("$defs", {})}
    partial = {name + PART: _partial(section) for name, section in complete.items()}
    return {
        "$schema": DIALECT,
        "title": "relsim scenario",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"{REFERENCE}{WHOLE}{PART}"},
        "else": {"$ref": f"{REFERENCE}{WHOLE}"},
        "$defs": {**complete, **partial},
    }


def _partial(schema: Any) -> Any:
    """Return a schema that asks for nothing and lets null stand anywhere."""
    if isinstance(schema, list):
        return [_partial(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    part: dict[str, Any] = {}
    for key, item in schema.items():
        if key in ("properties", "patternProperties"):
            part[key] = {name: _or_null(_partial(below)) for name, below in item.items()}
        elif key == "additionalProperties" and isinstance(item, dict):
            part[key] = _or_null(_partial(item))
        elif key == "$ref":
            part[key] = item + PART
        elif key != "required":
            part[key] = _partial(item)
    return _or_changes(part) if part.get("type") == "array" else part


def _or_changes(listing: dict[str, Any]) -> dict[str, Any]:
    changes = dict.fromkeys(("add", "remove"), listing)
    changed = {"type": "object", "properties": changes, "additionalProperties": False}
    return {"anyOf": [listing, {**changed, "minProperties": 1}]}


def _or_null(schema: object) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
