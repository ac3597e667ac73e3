"""``relsim score`` and ``relsim ledger``: forecasts and what happened, and both kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, show_page, write_json
from relsim.cli.options import figure_file, local, option
from relsim.cli.plot_command import save_figure
from relsim.errors import UsageError
from relsim.scenario.files.places import local_path
from relsim.tables import Page, Table

if TYPE_CHECKING:
    from relsim.inference.score.ledger import Ledger
    from relsim.inference.score.scoring import Scores

LIST_FORMAT = "relsim.ledger-list/1"

ledger_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Records = Annotated[
    list[Path],
    typer.Argument(
        metavar="RECORD...", parser=local_path, help="Result folders, or the record.json of one."
    ),
]
LedgerFile = Annotated[
    Path, typer.Argument(metavar="LEDGER", parser=local_path, help="The ledger's file.")
]
Crowd = Annotated[
    Path | None, local("FILE", "What a crowd said day by day, a YAML file: one more reference.")
]
PlotFile = Annotated[Path | None, figure_file("Draw reliability, from 20 resolved forecasts on")]
InJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def score(
    records: Records,
    resolutions: Annotated[Path, local("FILE", "What became of each question, a YAML file.")],
    crowd: Crowd = None,
    plot: PlotFile = None,
    in_json: InJson = False,
) -> None:
    """Score forecast records by what happened, beside reference forecasts.

    Brier and log score of each outcome, ranked probability score and CRPS where it is known when it
    came about, CRPS of quantities; skill against base rate, EW4, status quo, author, one half and a
    crowd; reliability from 20 resolved forecasts on.
    """
    from relsim.inference.score.scoring import score

    _show(score(records, resolutions, crowd), plot, in_json)


def _show(scores: Scores, plot: Path | None, in_json: bool) -> None:
    """Print scores, and draw reliability if that is asked for."""
    if plot is not None and scores.reliability is None:
        from relsim.inference.score.corp import FEWEST

        raise UsageError(
            f"reliability needs {FEWEST} resolved forecasts of outcomes (got "
            f"{len(scores.outcomes)}): leave out --plot"
        )
    if in_json:
        write_json(scores.to_json())
    else:
        from relsim.inference.score.table import page

        show_page(page(scores))
    if plot is not None and scores.reliability is not None:
        from relsim.plots.reliability_diagram import reliability_diagram

        save_figure(reliability_diagram(scores.reliability), plot)
        note(f"wrote {plot}")


@ledger_app.callback()
def ledger() -> None:
    """Keep forecasts and what became of them in a file to which entries are only ever added.

    Each entry holds the SHA-256 of the one before: a broken chain is reported with its line.
    """


@ledger_app.command("add")
def add(ledger: LedgerFile, records: Records, crowd: Crowd = None, in_json: InJson = False) -> None:
    """Add forecast records, with their reference forecasts of today; a new ledger is begun."""
    from relsim.inference.score.ledger import add_records

    found, there = add_records(ledger, records, crowd)
    for place in there:
        note(f"{place} is in the ledger already, and is not added again")
    _say(found, len(records) - len(there), in_json)


@ledger_app.command("resolve")
def resolve(
    ledger: LedgerFile,
    resolutions: Annotated[Path, local("FILE", "What became of each question, a YAML file.")],
    correct: Annotated[
        str | None, option("WHY", "Let answers that differ take the place of earlier ones.")
    ] = None,
    in_json: InJson = False,
) -> None:
    """Add what became of questions; another answer than an earlier one is added as a correction."""
    from relsim.inference.score.ledger import add_resolutions

    found, number = add_resolutions(ledger, resolutions, correct)
    _say(found, number, in_json)


@ledger_app.command("list")
def list_entries(ledger: LedgerFile, in_json: InJson = False) -> None:
    """Check the chain and print every entry."""
    from relsim.inference.score.ledger import read_ledger

    found = read_ledger(ledger)
    if in_json:
        write_json(_ledger_json(found))
    else:
        show_page(_ledger_page(found))


@ledger_app.command("score")
def score_entries(ledger: LedgerFile, plot: PlotFile = None, in_json: InJson = False) -> None:
    """Score the records of a ledger by the answers that stand."""
    from relsim.inference.score.ledger import read_ledger, score_ledger

    _show(score_ledger(read_ledger(ledger)), plot, in_json)


def _say(ledger: Ledger, added: int, in_json: bool) -> None:
    """Say what was added."""
    if in_json:
        write_json(_ledger_json(ledger))
        return
    entries = f"{added:,} {'entry' if added == 1 else 'entries'} added"
    show_page([f"{entries}, {len(ledger.entries):,} in all; last hash {ledger.last_hash}"])


def _ledger_json(ledger: Ledger) -> dict[str, object]:
    return {
        "format": LIST_FORMAT,
        "last_hash": ledger.last_hash,
        "entries": [
            {
                "entry": entry.number,
                "written": entry.written,
                "kind": entry.kind,
                "scenario": entry.scenario,
                "question": None if entry.resolution is None else entry.resolution.question[1],
                "answer": None if entry.resolution is None else entry.resolution.answer_text,
                "corrects": entry.corrects,
                "why": entry.why,
            }
            for entry in ledger.entries
        ],
    }


def _ledger_page(ledger: Ledger) -> Page:
    rows = [(entry.number, entry.written[:10], entry.kind, entry.what) for entry in ledger.entries]
    return [
        *([Table(("Entry", "Written", "Kind", "What"), rows)] if rows else []),
        f"The chain is whole: {len(rows):,} entries. Last hash, to keep somewhere else:\n"
        f"{ledger.last_hash}",
    ]
