"""``relsim`` as a process of its own: how fast it answers, Ctrl-C, readers who leave, terminals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import relsim
from relsim.plots import USUAL
from tests.cli.calling import SHORT

COMMAND = (sys.executable, "-m", "relsim")
RUN = (*COMMAND, "run", SHORT, "--runs", "64", "--draws", "64")
posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def test_help_loads_no_arrays() -> None:
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules)); "
        "sys.argv = ['relsim', '--help']; from relsim.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "relsim.cli.main" in loaded
    assert loaded.isdisjoint({"numpy", "pydantic", "matplotlib", "zarr", "simpy"})


@posix
@pytest.mark.parametrize(
    ("end", "workers", "code"),
    [("SIGINT", "1", 130), ("SIGINT", "2", 130), ("SIGTERM", "2", 143), ("SIGHUP", "1", 129)],
)
@pytest.mark.default_cases(1)
def test_an_interrupt_ends_in_words_and_keeps_the_finished(
    tmp_path: Path, end: str, workers: str, code: int
) -> None:
    words = ("run", "us-russia-2021", "--runs", "262144", "--workers", workers, "--out", "deep/er")
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(getattr(signal, end), signal.SIG_DFL),
    )  # fmt: skip  # whoever runs the tests may ignore these signals, and children inherit that
    manifest = tmp_path / "deep" / "er" / "manifest.json"
    try:
        while not manifest.is_file() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(1)  # it is simulating by now, for many seconds more
        process.send_signal(getattr(signal, end))
        stdout, stderr = process.communicate()
    finally:
        process.kill()
    assert process.returncode == code
    assert stdout == ""
    assert stderr == (
        "interrupted: what is finished is kept in deep/er; the same command with --resume goes on\n"
    )
    assert json.loads(manifest.read_bytes())["complete"] is False


@posix
def test_a_command_under_nohup_goes_on_after_a_hangup() -> None:
    code = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "from relsim.cli.main import _let_signals_interrupt; _let_signals_interrupt(); "
        "os.kill(os.getpid(), signal.SIGHUP); print('goes on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "goes on\n")


@posix
@pytest.mark.slow
def test_a_reader_who_leaves_harms_no_result(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*RUN, "--out", "result"],
        cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "result"
    assert (folder / "manifest.json").is_file()
    drawn = {file.stem for file in (folder / "figures").iterdir()}
    assert drawn == set(USUAL)


@posix
@pytest.mark.parametrize("words", [("schema",), ("list",), ("check", "none"), ("--version",)])
@pytest.mark.default_cases(2)
def test_a_reader_who_leaves_sees_no_traceback(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, *words], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (int(words[0] == "check"), "")


def through_a_shell(words: str, redirections: str, folder: Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command whose streams a shell has redirected."""
    line = f'exec "{sys.executable}" -m relsim {words} {redirections}'
    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


LOST = "stdout cannot be written ({}): what was printed is lost\n"
needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")


@needs_full
@pytest.mark.parametrize(
    "words", ["list", "schema", "show us-russia-2021", "words likely", "--help", "--version"]
)
@pytest.mark.default_cases(3)
def test_a_full_stdout_is_reported(tmp_path: Path, words: str) -> None:
    expected = LOST.format("No space left on device")
    assert through_a_shell(words, ">/dev/full", tmp_path) == (4, "", expected)


@posix
@pytest.mark.parametrize(
    ("words", "redirections", "code", "expected"),
    [
        ("list", ">&-", 4, LOST.format("it is closed")),
        ("--help", ">&-", 4, LOST.format("it is closed")),
        ("list", ">&- 2>&-", 4, ""),
        ("list", "<&- >&- 2>&-", 4, ""),
        ("none-such", "2>&-", 2, ""),
        ("check none-such.yaml", "2>&-", 1, ""),
        ("show none-such.yaml", "2>&-", 1, ""),
        ("list", "2>&- >file", 0, ""),
        ("list", "<&- >file", 0, ""),
        ("new mine.yaml", ">&-", 4, LOST.format("it is closed")),
        ("check none-such.yaml", ">&-", 1, LOST.format("it is closed")),
    ],
)
@pytest.mark.default_cases(5)
def test_closed_streams_cause_no_traceback(
    tmp_path: Path, words: str, redirections: str, code: int, expected: str
) -> None:
    found, printed, stderr = through_a_shell(words, redirections, tmp_path)
    assert (found, stderr) == (code, expected)
    assert "Traceback" not in printed
    if ">file" in redirections:
        assert "us-russia-2021" in (tmp_path / "file").read_text("utf-8")


def test_who_calls_from_a_notebook_gets_the_output_there() -> None:
    code = (
        "import contextlib, io, sys; cell = io.StringIO(); sys.argv = ['relsim', '--version']\n"
        "from relsim.cli.main import main\n"
        "with contextlib.redirect_stdout(cell), contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "print('in the cell:', cell.getvalue())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("in the cell: relsim 0.")


@needs_full
@pytest.mark.parametrize("redirections", [">/dev/full", "<&- >&- 2>&-"])
@pytest.mark.default_cases(1)
@pytest.mark.slow
def test_a_run_is_stored_though_it_cannot_be_printed(tmp_path: Path, redirections: str) -> None:
    words = "run us-russia-2021 --runs 64 --draws 64 --out result"
    code, _, stderr = through_a_shell(words, redirections, tmp_path)
    expected = LOST.format("No space left on device") if "full" in redirections else ""
    assert (code, stderr) == (4, expected)
    assert relsim.open(tmp_path / "result").unfinished == 0
    assert (tmp_path / "result" / "figures" / "outcomes.png").is_file()


@posix
def test_a_terminal_gets_a_bar_and_a_table_that_fits(tmp_path: Path) -> None:
    import pty

    parent, child = pty.openpty()
    env = os.environ | {"COLUMNS": "72", "TERM": "xterm"}
    code = (  # with one figure, as tests/figures draw the others
        "import sys, relsim.plots; relsim.plots.USUAL = ('outcomes',); "
        f"sys.argv = ['relsim', *{RUN[3:]!r}]; from relsim.cli.main import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=child, stderr=child, env=env
    )
    os.close(child)
    shown = b""
    try:
        while part := os.read(parent, 65536):
            shown += part
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(parent)
    assert process.wait() == 0
    text = shown.decode("utf-8")
    assert "simulating" in text
    assert "64/64" in text
    assert "─" * 20 in text  # the rule below the headings


def test_piped_text_is_utf8_whatever_the_locale() -> None:
    env = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([*COMMAND, "list"], capture_output=True, check=True, env=env)
    assert "US–Russia relations" in done.stdout.decode("utf-8")
