"""``relsim sources``: what each number of a scenario rests on, and what is missing."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import is_terminal, progress, show_page, write
from relsim.cli.options import ScenarioName, Settings
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.audit import Audit, Provenance
    from relsim.scenario.schema import Scenario

DEFECTS = 1
WIDEST = 100  # characters of a line in a terminal


def sources(
    scenario: ScenarioName,
    settings: Settings = None,
    no_influence: Annotated[
        bool,
        typer.Option(
            "--no-influence",
            help="Do not shift every parameter to see whether anything depends on it.",
        ),
    ] = False,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what each number of a scenario rests on: value, unit, source, origin, claims, reason.

    The origin says how a number came about: published by others, counted in records, fitted by a
    search so that the model meets the record, or judged (conventions of the model are judged, too).

    Then what is missing: claims that nothing cites, parameters without a source, sources that
    nothing names, and parameters that move nothing however far they are shifted. If anything is
    missing the exit code is 1.
    """
    from relsim.scenario.schema import load

    asked = load(scenario, settings or ())
    found = _audited(asked, influence=not no_influence)
    if in_json:
        from relsim.runs.provenance import as_json

        write(as_json(found.to_json()))
    else:
        show_page(_page(asked, found))
    if found.defects:
        raise typer.Exit(DEFECTS)


def _audited(scenario: Scenario, influence: bool) -> Audit:
    from relsim.audit import audit

    if not influence:
        return audit(scenario, influence=False)
    with progress("shifting each parameter", len(scenario.parameters())) as advance:
        return audit(scenario, progress=advance)


def _page(scenario: Scenario, found: Audit) -> Page:
    """What a reader at a terminal, or of a file, gets."""
    listed = _list(found) if is_terminal(sys.stdout) else _table(found)
    return [scenario.title, listed, _by_source(scenario, found), *_missing(found)]


def _table(found: Audit) -> Table:
    """A line for each parameter."""
    rows = [
        (r.parameter, r.value, r.source or "", r.origin or "", " ".join(r.claims), _reason(r))
        for r in found.parameters
    ]
    return Table(("Parameter", "Value", "Source", "Origin", "Claims", "Why"), rows)


def _list(found: Audit) -> str:
    """A paragraph for each parameter, since a terminal is too narrow for the table."""
    width = max(40, min(WIDEST, shutil.get_terminal_size().columns))
    paragraphs = []
    for row in found.parameters:
        rests = ", ".join((row.source or "no source", row.origin or "no origin", *row.claims))
        reason = textwrap.fill(_reason(row), width, initial_indent="    ", subsequent_indent="    ")
        paragraphs.append(f"{row.parameter}: {row.value}  [{rests}]\n{reason}".rstrip())
    return "\n".join(paragraphs)


def _reason(row: Provenance) -> str:
    return "; ".join(filter(None, (row.why, row.reference)))


def _by_source(scenario: Scenario, found: Audit) -> Table:
    """How many numbers name each source."""
    rows = [(key, numbers, scenario.sources[key].title) for key, numbers in found.sources.items()]
    return Table(("Source", "Numbers", "Title"), rows)


def _excused(found: Audit) -> dict[str, list[str]]:
    """What looks like a defect and has a reason."""
    kinds = {
        "claims left aside": [f"{claim}: {why}" for claim, why in found.aside.items()],
        "parameters with nothing to move": [f"{p}: {why}" for p, why in found.resting.items()],
    }
    return {kind: found for kind, found in kinds.items() if found}


def _missing(found: Audit) -> list[str]:
    """A paragraph for each kind of defect, and one that counts."""
    paragraphs = [
        "\n".join((f"{kind[0].upper()}{kind[1:]}:", *(f"  {name}" for name in names)))
        for kind, names in (*_excused(found).items(), *found.defects.items())
    ]
    claims = len(found.cited) + len(found.uncited) + len(found.aside)
    tried = "not tried whether they move anything" if found.dead is None else "each was shifted"
    defects = sum(map(len, found.defects.values()))
    missing = f"missing: {defects}" if defects else "nothing is missing"
    return [
        *paragraphs,
        "Origin: " + ", ".join(f"{count} {origin}" for origin, count in found.origins.items()),
        f"{len(found.parameters)} parameters ({tried}), {claims} claims, "
        f"{len(found.sources)} sources: {missing}",
    ]
