"""Commands on scenarios: ``relsim check``, ``show``, ``list``, ``schema``, ``new``, ``sources``.

Also ``relsim words``, on the words of likelihood in which forecasts come.
"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import is_terminal, paragraph_width, progress, show_page, write, write_json
from relsim.cli.options import ScenarioName, Settings, option
from relsim.errors import RelsimError, ScenarioError, UnknownName, UsageError
from relsim.scenario.files.places import local_path
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.audit import Audit, Provenance
    from relsim.scenario.schema import Scenario

FOUND = 1


def check(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO...", help="Names of packaged scenarios, or files."),
    ],
) -> None:
    """Find every mistake in scenario files.

    Each with its file, line and column, what is wrong, and what would be right.
    """
    from relsim.scenario.schema import load

    faulty = False
    for name in scenarios:
        try:
            load(name)
        except ScenarioError as error:
            faulty = True
            write(str(error))
        except RelsimError as error:
            faulty = True
            write(f"{name}: {error}")
        else:
            write(f"{name}: no problem found")
    if faulty:
        raise typer.Exit(FOUND)


def show(scenario: ScenarioName, settings: Settings = None) -> None:
    """Print a scenario, resolved, as YAML that can be run in its place."""
    from relsim.scenario.canonical import scenario_hash
    from relsim.scenario.files.writing import to_yaml
    from relsim.scenario.relative import taken_out, taken_out_text
    from relsim.scenario.schema import load

    found = load(scenario, settings or ())
    beside = taken_out_text(taken_out(found))
    head = [f"# scenario_hash: {scenario_hash(found)}", *([f"# {beside}"] if beside else [])]
    write("\n".join((*head, to_yaml(found).rstrip())))


def list_packaged() -> None:
    """List the packaged scenarios."""
    from relsim.scenario.files.places import packaged

    rows = [(name, _title(file)) for name, file in packaged().items()]
    show_page([Table(("Scenario", "Title"), rows)])


def _title(file: Path) -> str:
    """The title of a scenario; of the file's lines only its own is parsed, if it has one."""
    from relsim.scenario.files.parsing import parse
    from relsim.scenario.files.reading import read

    line = re.search(rb"^title:.*$", file.read_bytes(), flags=re.MULTILINE)
    try:
        entry = parse(line[0], file.name)[0].child("title") if line else None
    except ScenarioError:  # it goes on in the next line
        entry = None
    return entry.text if entry and entry.text else str(read(file).data.get("title", ""))


def schema() -> None:
    """Print the JSON Schema of scenario files.

    Editors complete and check YAML with it.
    """
    import json

    from relsim.scenario.canonical import json_schema
    from relsim.scenario.schema import Scenario

    write(json.dumps(json_schema(Scenario), indent=2, ensure_ascii=False))


def new(
    path: Annotated[
        Path,
        typer.Argument(
            parser=local_path, metavar="PATH", help="The file to write, such as my-dyad.yaml."
        ),
    ],
    name: Annotated[
        str | None,
        option(
            "NAME", "Name of the scenario: small letters, digits, hyphens. By default the file's."
        ),
    ] = None,
    actors: Annotated[str, option("A,B", "The two sides, such as country codes: IN,PK.")] = "A,B",
    title: Annotated[str | None, option("TEXT", "Title, by default made of the actors.")] = None,
) -> None:
    """Write a commented scenario of a dyad of your own, to be filled in.

    It runs as it is, and says nothing yet: each number is a placeholder that says so. A file that
    exists is never overwritten.
    """
    from relsim.scenario.files.places import SUFFIXES
    from relsim.scenario.files.writing import dyad, write_new

    if path.suffix not in SUFFIXES:
        raise UsageError(f"a scenario's file ends in {' or '.join(SUFFIXES)} (got {path.name!r})")
    sides = [side.strip() for side in actors.split(",")]
    if len(sides) != 2:
        raise UsageError(f"--actors takes two names with a comma, IN,PK (got {actors!r:.100})")
    write_new(path, dyad(name if name is not None else _name_of(path), (sides[0], sides[1]), title))
    write(f"wrote {path}; try: relsim check {path}")


def _name_of(path: Path) -> str:
    """A scenario's name made of its file's."""
    return re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "scenario"


DEFECTS = 1


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
        write_json(found.to_json())
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
    width = paragraph_width()
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


def words(
    terms: Annotated[
        list[str] | None,
        typer.Argument(metavar="TERM...", help="Phrases of likelihood, each quoted; else all."),
    ] = None,
    lexicon: Annotated[str | None, option("NAME", "This lexicon alone.")] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what words of likelihood mean, in every lexicon that has them.

    A phrase is a lexicon's term, or one denied or strengthened as the guide to calibration says; no
    part of a longer phrase is used. It is printed with what the lexicon gives, and with the 5, 50
    and 95% points of the probability meant that relsim makes of it.
    """
    from relsim.lexicons.phrases import FORMAT, lexicon_named, listed, word_table
    from relsim.lexicons.terms import LEXICONS

    names = list(LEXICONS) if lexicon is None else [lexicon]
    books = {name: lexicon_named(name) for name in names}
    found = listed(terms or (), names)
    if in_json:
        about = {name: {"title": b.title, "source": b.source} for name, b in books.items()}
        plain = [line.to_json() for line in found]
        write_json({"format": FORMAT, "lexicons": about, "words": plain})
        return
    if not found:
        raise UnknownName(f"no word of likelihood in any of: {', '.join(names)}")
    named = dict.fromkeys(line.lexicon for line in found)
    sources = [f"{name}: {books[name].title}. {books[name].source}" for name in named]
    show_page([word_table(found), "\n".join(sources)])
