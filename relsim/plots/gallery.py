"""The figures there are, by name: what `relsim plot` makes from an ensemble."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relsim.ensemble.ensemble import Ensemble
from relsim.errors import UnknownName, UsageError, unknown
from relsim.plots.courses import cumulative
from relsim.plots.dotplot import dots
from relsim.plots.fans import fan
from relsim.plots.forest import outcomes
from relsim.plots.histograms import distribution
from relsim.plots.paper import SALT, OwnFigure
from relsim.plots.style import finished
from relsim.scenario.files.places import local_path
from relsim.store.plain_files import replacing

# What is written of a figure besides its picture: no date, so that the bytes stay the same.
METADATA = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


def _outcomes(ensemble: Ensemble, subject: str | None) -> Figure:
    if subject is not None:
        raise UsageError(f"the figure outcomes shows all of them (got {subject!r})")
    return finished(outcomes(ensemble))


def _of(draw: Callable[[Ensemble, str], Axes], usual: str = "") -> Callable[..., Figure]:
    """A figure of something that has a name, by default the usual one or the headline."""
    return lambda ensemble, subject: finished(
        draw(ensemble, subject or usual or ensemble.scenario.headline)
    )


FIGURES: Mapping[str, Callable[[Ensemble, str | None], Figure]] = {
    "outcomes": _outcomes,
    "cumulative": _of(cumulative),
    "fan": _of(fan, "index"),
    "distribution": _of(distribution, "index_at_end"),
    "dates": _of(distribution),
    "dots": _of(dots),
}
USUAL = tuple(
    name for name in FIGURES if name != "dots"
)  # with each run; dots show the dates again


def draw(name: str, ensemble: Ensemble) -> Figure:
    """Draw one of `FIGURES`.

    Parameters
    ----------
    name : str
        ``"cumulative"``, or with what it is to show, ``"cumulative:late_detente"``: an outcome
        for cumulative, dates and dots, a weekly series for fan, a quantity for distribution.
    ensemble : Ensemble
        What is drawn.

    Returns
    -------
    Figure
        Show it in a notebook, or `save` it.

    Raises
    ------
    UnknownName
        If there is no such figure, or nothing of the name that it is to show.
    UsageError
        If the figure cannot be drawn of this ensemble.

    Examples
    --------
    >>> import relsim
    >>> list(relsim.plots.FIGURES)
    ['outcomes', 'cumulative', 'fan', 'distribution', 'dates', 'dots']
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> figure = relsim.plots.draw("cumulative:detente", ensemble)
    >>> len(figure.axes)
    1
    >>> relsim.plots.save(figure, "detente.svg")  # doctest: +SKIP
    """
    kind, _, subject = name.partition(":")
    if kind not in FIGURES:
        raise UnknownName(unknown("figure", kind, FIGURES))
    return FIGURES[kind](ensemble, subject or None)


def check_suffix(target: Path) -> str:
    """The suffix of a figure's file, if it is one of `METADATA`.

    Raises
    ------
    UsageError
    """
    suffix = target.suffix.lower()
    if suffix not in METADATA:
        raise UsageError(f"a figure is saved as {', '.join(METADATA)} (got {target.name!r})")
    return suffix


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, SVG or PDF, by the suffix of the path.

    The same figure gives the same bytes. They go to a new file, which then takes the name, so that
    nothing is left half written; of a symbolic link, what it leads to stays as it is.

    Raises
    ------
    UsageError
        If the suffix is another one, or the path is a URL.
    OSError
        If the file cannot be written.
    """
    target = local_path(path)
    suffix = check_suffix(target)
    with rc_context({"svg.hashsalt": SALT}), replacing(target) as content:
        if suffix == ".png" and isinstance(figure, OwnFigure):
            figure.write_png(content)
        else:
            figure.savefig(content, format=suffix.removeprefix("."), metadata=METADATA[suffix])
    return target
