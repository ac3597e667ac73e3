"""``relsim together``: how the outcomes of a stored result hang together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relsim.cli.console import note, show_page, write_json
from relsim.cli.options import Condition, figure_file, option
from relsim.cli.plot_command import save_figure
from relsim.errors import UsageError


def together(
    result: Annotated[
        str, typer.Argument(metavar="RESULT", help="Folder of a result, or its URL.")
    ],
    outcome: Annotated[
        str | None,
        option("NAME", "This outcome alone: if each other one comes about, and if it does not."),
    ] = None,
    given: Condition = None,
    figure: Annotated[Path | None, figure_file("Draw the table as a map of colours")] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how outcomes hang together: the probability of each if another comes about."""
    from relsim.ensemble.opening import open_result
    from relsim.ensemble.together import pairs_page, together_page
    from relsim.ensemble.together import together as found_in

    if outcome is not None and figure is not None:
        raise UsageError("--figure draws the whole table: leave out --outcome")
    ensemble = open_result(result)
    if given is not None:
        ensemble = ensemble.given(given)
    if outcome is not None and not in_json:
        show_page(pairs_page(ensemble, outcome))
        return
    if outcome is not None:
        others = [name for name in ensemble.outcomes if name != outcome]
        pairs = [ensemble.conditional(outcome, {name: True}).to_json() for name in others]
        write_json({"format": "relsim.conditional/1", **ensemble.provenance, "pairs": pairs})
        return
    found = found_in(ensemble)
    if in_json:
        write_json(found.to_json())
    else:
        show_page(together_page(found))
    if figure is not None:
        from relsim.plots import together as drawn

        save_figure(drawn(found), figure)
        note(f"wrote {figure}")
