"""``relsim plot``: figures from a stored result."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relsim.cli.console import note, progress, write, written
from relsim.cli.options import Condition, option, to_write
from relsim.errors import UsageError
from relsim.scenario.files.places import place_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relsim.ensemble.ensemble import Ensemble


def plot(
    result: Annotated[
        str, typer.Argument(metavar="RESULT", help="Folder of a result, or its URL.")
    ],
    figure: Annotated[
        list[str] | None,
        option(
            "NAME[.SUFFIX]",
            "outcomes, cumulative.svg, fan:index.pdf, ...: a figure, what it shows, and its "
            "format (png, svg or pdf). May be repeated; by default all figures as PNG.",
        ),
    ] = None,
    given: Condition = None,
    out: Annotated[
        Path | None,
        to_write(
            "DIR", "Folder for the figures; by default RESULT/figures; with --given RESULT-given."
        ),
    ] = None,
) -> None:
    """Draw figures of a stored result."""
    from relsim.ensemble.opening import open_result
    from relsim.plots import FIGURES

    place = place_of(result)
    if isinstance(place, Path):
        named = place if place.name not in ("", "..") else place.resolve()  # "." has no name
        beside = None if given is None else named.parent / f"{named.name}-given"
        folder = figures_folder(place, out or beside)
    elif out is None:
        raise UsageError(f"{place} is a URL: name a local folder for the figures with --out")
    else:
        folder = out
    ensemble = open_result(place)
    if given is not None:
        ensemble = ensemble.given(given)
    for file in draw_figures(ensemble, figure or FIGURES, folder, skip=not figure):
        write(str(file))


def figures_folder(result: Path, asked: Path | None = None) -> Path:
    """Where the figures of a result go, by default into a folder of its own.

    Raises
    ------
    StoreError
        If a symbolic link within the result leads there.
    """
    from relsim.store.folder import FIGURES
    from relsim.store.plain_files import refuse_links

    folder = asked or result / FIGURES
    if folder.is_relative_to(result):
        refuse_links(result, folder)
    return folder


def draw_figures(
    ensemble: Ensemble, wishes: Collection[str], folder: Path, *, skip: bool = True
) -> list[Path]:
    """Draw figures into a folder.

    Parameters
    ----------
    ensemble : Ensemble
        What is drawn.
    wishes : collection of str
        ``"fan"``, ``"fan.svg"``, ``"fan:index.pdf"``.
    folder : Path
        Where the files are written; made if it is not there.
    skip : bool
        Leave out, and say so, what cannot be drawn of this ensemble.

    Returns
    -------
    list of Path

    Raises
    ------
    UnknownName, UsageError
        If there is no such figure or format; with `skip` off also if it cannot be drawn.
    StoreError
        If a file cannot be written, or is a symbolic link.
    """
    from relsim.plots import draw, save
    from relsim.store.plain_files import refuse_link

    files = []
    with progress("drawing", len(wishes)) as advance:
        for number, wish in enumerate(wishes, start=1):
            name, suffix = _split(wish)
            try:
                drawn = draw(name, ensemble)
                with written(folder):
                    folder.mkdir(parents=True, exist_ok=True)
                    file = folder / f"{name.replace(':', '-')}{suffix}"
                    refuse_link(file)
                    files.append(save(drawn, file))
            except UsageError as error:
                if not skip:
                    raise
                note(f"figure {name} is left out: {error}")
            advance(number, len(wishes))
    return files


def _split(wish: str) -> tuple[str, str]:
    """Split a suffix from a figure's name; what a figure shows may have a dot itself."""
    stem, dot, suffix = wish.rpartition(".")
    if dot and (":" not in wish or suffix.lower() in ("png", "svg", "pdf")):
        return stem, dot + suffix
    return wish, ".png"


def save_figure(axes: Axes, file: Path) -> None:
    """Write the figure of axes that it holds alone, into a folder that is made if need be."""
    from relsim.plots import save
    from relsim.plots.style import finished

    with written(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        save(finished(axes), file)
