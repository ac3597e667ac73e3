"""``relsim schema``: the JSON Schema of scenario files."""

from __future__ import annotations

from relsim.cli.console import write


def schema() -> None:
    """Print the JSON Schema of scenario files.

    Editors complete and check YAML with it.
    """
    import json

    from relsim.scenario.canonical import json_schema
    from relsim.scenario.schema import Scenario

    write(json.dumps(json_schema(Scenario), indent=2, ensure_ascii=False))
