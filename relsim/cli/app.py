"""The commands there are, and what becomes of an error in one of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from relsim.cli.console import note, write
from relsim.cli.events_command import events
from relsim.cli.inference_commands import calibrate, compare, drivers
from relsim.cli.options import BAD_INPUT, INTERRUPTED
from relsim.cli.plot_command import plot
from relsim.cli.rare_command import rare
from relsim.cli.replay_command import replay
from relsim.cli.report_command import report
from relsim.cli.run_command import run
from relsim.cli.scenario_commands import check, list_packaged, new, schema, show, sources, words
from relsim.cli.score_commands import ledger_app, score
from relsim.cli.signposts_command import signposts
from relsim.cli.together_command import together
from relsim.cli.update_command import update
from relsim.errors import RelsimError
from relsim.escaping import one_line


@contextmanager
def _escaped_errors() -> Iterator[None]:
    """Escape what the complaint about a command line quotes of it."""
    try:
        yield
    except Exception as error:  # typer may have click's classes, or its own of the same make
        if isinstance(message := getattr(error, "message", None), str):
            error.message = one_line(message)  # type: ignore[attr-defined]
        raise


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """Show a warning as a line, but none that only the developers of a library can heed."""
    if not issubclass(category, (DeprecationWarning, PendingDeprecationWarning)):
        note(str(message))


class Commands(TyperGroup):
    """All commands; a user's mistake becomes a message, other errors keep their traceback."""

    def make_context(self, *words: Any, **more: Any) -> Any:
        """Read the words before the command."""
        with _escaped_errors():
            return super().make_context(*words, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run a command and give its errors their exit codes."""
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("always", ".* is not finished", UserWarning)
                warnings.showwarning = _show_warning
                with _escaped_errors():
                    return super().invoke(ctx)
        except RelsimError as error:
            note(str(error))
            raise typer.Exit(BAD_INPUT) from None
        except KeyboardInterrupt:
            note("interrupted")
            raise typer.Exit(INTERRUPTED) from None


# Plain help: rich would take longer to load than all the rest.
app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        write(f"relsim {version('relsim-ir')}")
        raise typer.Exit


@app.callback()
def relsim(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Scenario forecasting in international relations.

    How likely is each outcome, how sure are we of that, and what is it driven by?
    """


for command in (
    run,
    check,
    plot,
    report,
    replay,
    compare,
    drivers,
    calibrate,
    update,
    together,
    signposts,
    rare,
    words,
    events,
    score,
    show,
    sources,
):
    app.command()(command)
app.add_typer(ledger_app, name="ledger")
app.command("list")(list_packaged)
app.command()(schema)
app.command()(new)
