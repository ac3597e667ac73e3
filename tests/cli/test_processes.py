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

from relsim.plots import FIGURES

COMMAND = (sys.executable, "-m", "relsim")
RUN = (*COMMAND, "run", "us-russia-2021", "--runs", "64", "--draws", "64")
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
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupt_ends_in_words_and_keeps_the_finished(tmp_path: Path, workers: str) -> None:
    words = ("run", "us-russia-2021", "--runs", "262144", "--workers", workers, "--out", "deep/er")
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    manifest = tmp_path / "deep" / "er" / "manifest.json"
    try:
        while not manifest.is_file() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(1)  # it is simulating by now, for many seconds more
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate()
    finally:
        process.kill()
    assert process.returncode == 130
    assert stdout == ""
    assert stderr == (
        "interrupted: what is finished is kept in deep/er; "
        "the same command with --resume goes on\n"
    )
    assert json.loads(manifest.read_bytes())["complete"] is False


@posix
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
    assert drawn == set(FIGURES)


@posix
@pytest.mark.parametrize("words", [("schema",), ("list",), ("check", "none"), ("--version",)])
def test_a_reader_who_leaves_sees_no_traceback(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, *words], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (int(words[0] == "check"), "")


@posix
def test_a_terminal_gets_a_bar_and_a_table_that_fits(tmp_path: Path) -> None:
    import pty

    parent, child = pty.openpty()
    env = os.environ | {"COLUMNS": "72", "TERM": "xterm"}
    process = subprocess.Popen(
        [*RUN, "--out", "result"], cwd=tmp_path, stdout=child, stderr=child, env=env
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
    assert "wrote result" in text


def test_piped_text_is_utf8_whatever_the_locale() -> None:
    env = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([*COMMAND, "list"], capture_output=True, check=True, env=env)
    assert "US–Russia relations" in done.stdout.decode("utf-8")
