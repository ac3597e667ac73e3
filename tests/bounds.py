"""The unit and CLI tests on the lowest and newest versions of what relsim needs, on each Python.

``python -m tests.bounds [NAME ...] [-- WORDS OF PYTEST]``; a name is 3.11-lowest, 3.13-newest, ...
The Pythons are those of this machine, pyenv's among them; uv resolves versions and builds an
environment for each, in a temporary folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

UV = (sys.executable, "-m", "uv")
ROOT = Path(__file__).resolve().parents[1]
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
TESTS = ("-n", "2", "--dist", "loadscope", "tests/unit", "tests/cli")
# An old release beneath a new one of something else may well use what is deprecated there by now.
WARNINGS = {"lowest": ("-W", "ignore::DeprecationWarning"), "newest": ()}


def pythons() -> dict[str, str]:
    """The interpreters there are that relsim can run on, by version: the newest patch of each."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    folders = [*map(str, pyenv.glob("*/bin")), os.environ["PATH"]]
    listed = subprocess.run(
        [*UV, "python", "list", "--only-installed", "--output-format", "json", "cpython>=3.11"],
        env=os.environ | {"PATH": os.pathsep.join(folders)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
    ).stdout  # fmt: skip
    found: dict[str, str] = {}
    # Of one version the first: pyenv's own stand before its scripts of the same names.
    for python in sorted(json.loads(listed), key=lambda one: -one["version_parts"]["patch"]):
        if python["variant"] == "default":
            parts = python["version_parts"]
            found.setdefault(f"{parts['major']}.{parts['minor']}", python["path"])
    return found


def built(python: str, resolution: str, folder: Path) -> Path:
    """The Python of a new environment, with the development tools beside the versions asked for."""
    pins, environment = folder / "pins.txt", folder / "environment"
    steps = (
        ("pip", "compile", "--python", python, "--resolution", RESOLUTIONS[resolution],
         "--extra", "sensitivity", "--extra", "remote", "--output-file", pins, "pyproject.toml"),
        ("venv", "--python", python, environment),
        ("pip", "install", "--python", environment, "--constraint", pins, "--editable", ".[dev]"),
    )  # fmt: skip
    for words in steps:
        subprocess.run(
            [*UV, "--quiet", *words], cwd=ROOT, capture_output=True, text=True, check=True
        )
    return environment / ("Scripts" if os.name == "nt" else "bin") / "python"


def versions(python: Path) -> str:
    """What an environment holds of what relsim asks for."""
    code = (
        "import re; from importlib.metadata import requires, version; "
        "names = [re.match(r'[\\w.-]+', r)[0] for r in requires('relsim-ir') if 'extra' not in r]; "
        "print(*(f'{name} {version(name)}' for name in names), sep=', ')"
    )
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout


def main(words: Sequence[str]) -> int:
    """Build and test each environment; a line of a table for each, and 1 if one fails."""
    split = words.index("--") if "--" in words else len(words)
    names, tests = words[:split], words[split + 1 :]
    known = {f"{v}-{r}": (path, r) for v, path in pythons().items() for r in RESOLUTIONS}
    failed = 0
    for name in names or sorted(known):
        python, resolution = known[name]
        with TemporaryDirectory(prefix="relsim-bounds-") as folder:
            try:
                environment = built(python, resolution, Path(folder))
            except subprocess.CalledProcessError as error:
                print(error.stderr, file=sys.stderr)
                print(f"{name}: FAILED, could not be built", flush=True)
                failed += 1
                continue
            print(f"{name}: {versions(environment)}", end="", flush=True)
            command = [environment, "-m", "pytest", "-q", *WARNINGS[resolution]]
            command += tests or TESTS
            done = subprocess.run(command, cwd=ROOT, check=False).returncode
        print(f"{name}: {'FAILED' if done else 'passed'}", flush=True)
        failed += bool(done)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
