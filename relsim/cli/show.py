"""``relsim show``: a scenario with all that it extends and every default filled in."""

from __future__ import annotations

from relsim.cli.console import write
from relsim.cli.options import ScenarioName, Settings


def show(scenario: ScenarioName, settings: Settings = None) -> None:
    """Print a scenario, resolved, as YAML that can be run in its place."""
    from relsim.scenario.canonical import scenario_hash
    from relsim.scenario.files.reading import load
    from relsim.scenario.files.writing import to_yaml

    found = load(scenario, settings or ())
    write(f"# scenario_hash: {scenario_hash(found)}\n{to_yaml(found).rstrip()}")
