"""Make the stored range over decision rules of each packaged scenario that has one.

    python -m docs.over_rules [NAME ...]

`relsim run` shows it where the scenario is, to the letter, the one that it was made for. So it is
made anew whenever the scenario changes. By default those that are there are made, with two workers.
"""

import sys
from pathlib import Path

import relsim
from relsim.ensemble.over_rules import as_stored
from relsim.runs.provenance import as_json
from relsim.scenario.files.places import packaged_over_rules

FOLDER = Path(__file__).resolve().parents[1] / "scenarios" / "over_rules"


def main(names: list[str]) -> None:
    """Simulate and write."""
    for name in names or list(packaged_over_rules()):
        scenario = relsim.load(name)
        file = FOLDER / f"{name.replace('-', '_')}.json"
        found = relsim.over_rules(scenario, workers=2)
        file.write_text(as_json(as_stored(scenario, found)) + "\n", "utf-8")
        print(f"{file.relative_to(FOLDER.parents[1])}: {found}")


if __name__ == "__main__":
    main(sys.argv[1:])
