"""A result as one self-contained HTML page, for a reader who has never seen relsim.

The page holds all that it shows, and its Content-Security-Policy lets it load nothing and run no
script. All text from a scenario is escaped: markup by the templates, what would be obeyed or hidden
(`relsim.escaping`) wherever a text is written out.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from relsim.errors import StoreError, UsageError
from relsim.escaping import visible
from relsim.inference.drivers.drivers import Drivers
from relsim.inference.signposts.signposts import Signposts
from relsim.report.records import RareGiven
from relsim.report.sections import SECTIONS, Section
from relsim.report.subject import Source, Subject, subject_of
from relsim.scenario.files.places import local_path
from relsim.store.plain_files import refuse_link, replace_file

__all__ = ["check_suffix", "page_of", "report", "write_page"]

TEMPLATES = Path(__file__).parent / "templates"
SUFFIXES = (".html", ".htm")


class Part(NamedTuple):
    """A section with its data, which have no names but those that the section gives them."""

    section: Section
    data: SimpleNamespace


def report(
    result: Source,
    file: str | os.PathLike[str],
    *,
    drivers: Drivers | bool | str | os.PathLike[str] | None = None,
    ledger: str | os.PathLike[str] | None = None,
    signposts: Signposts | str | os.PathLike[str] | None = None,
    rare: RareGiven = (),
    workers: int = 1,
) -> Path:
    """Write a result as one self-contained HTML page.

    It loads nothing, runs no script, and needs no network. Nothing is simulated again unless
    `drivers` is True.

    Parameters
    ----------
    result : Ensemble or Update, or str or path
        Or the folder of a stored result, or its URL. What ``relsim update --out`` wrote beside a
        result is read as well.
    file : str or path
        The page, ``.html``; a file that is there is replaced.
    drivers : Drivers, str or path, or bool, optional
        What the headline depends on: as `relsim.drivers` found it, or the file of its record. True
        to find it now, which simulates many times what the result holds. By default thirds of the
        result's own draws say it.
    ledger : str or path, optional
        A ledger of forecasts, whose scores are shown.
    signposts : Signposts, str or path, optional
        What there is to watch, as `relsim.signposts` found it for the headline, or the file of what
        ``relsim signposts --json`` printed.
    rare : Rare, str or path, or sequence of these, optional
        Outcomes that hardly any run meets, as `relsim.rare` estimated them, or the files of what
        ``relsim rare --json`` printed.
    workers : int
        Processes, if drivers are to be found.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If the file is called otherwise, or what is shown beside the result is of another scenario
        or outcome.
    StoreError
        If something cannot be read, or the page cannot be written.

    Examples
    --------
    >>> import relsim
    >>> ensemble = relsim.simulate("us-russia-2021", runs=128, draws=64)
    >>> relsim.report(ensemble, "detente.html")  # doctest: +SKIP
    PosixPath('detente.html')
    """
    target = check_suffix(file)
    subject = subject_of(result, drivers, ledger, workers, signposts, rare)
    return write_page(page_of(subject), target)


def check_suffix(file: str | os.PathLike[str]) -> Path:
    """The local path of a page.

    Raises
    ------
    UsageError
        If it does not end as one, or is a URL.
    """
    target = local_path(file)
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(f"a report is saved as {SUFFIXES[0]} (got {target.name!r})")
    return target


def write_page(page: str, file: Path) -> Path:
    """Write a page; it is whole or absent.

    Raises
    ------
    StoreError
        If it cannot be written, or is a symbolic link.
    """
    refuse_link(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, page)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from error
    return file


def page_of(subject: Subject, sections: tuple[Section, ...] = SECTIONS) -> str:
    """The page as text.

    Parameters
    ----------
    subject : Subject
        What it is about.
    sections : tuple of Section
        What it says, in order.

    Raises
    ------
    UsageError
        If the result does not hold the scenario's headline.
    """
    _ = subject.headline
    left_out = list[tuple[str, str]]()
    parts = list(_parts(subject, sections, left_out))
    style = (TEMPLATES / "style.css").read_text("utf-8")
    return _environment().get_template("page.html").render(
        subject=subject,
        scenario=subject.scenario,
        parts=parts,
        left_out=left_out,
        style=Markup(style),  # a file of ours
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )  # fmt: skip


def _parts(
    subject: Subject, sections: tuple[Section, ...], left_out: list[tuple[str, str]]
) -> Iterator[Part]:
    for section in sections:
        try:
            data = section.data(subject)
        except UsageError as error:  # a weighted result has no fan, ...
            left_out.append((section.heading, str(error)))
            continue
        if data is not None:
            yield Part(section, SimpleNamespace(**data))


def _environment() -> Environment:
    """Templates in which every text is escaped, and no name is left unknown."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["svg"] = lambda picture: Markup(picture.svg)  # made by `inlined`
    return environment


def _shown(value: Any) -> Any:
    """A text as it is written out: without what a browser would obey, or a reader not see."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
