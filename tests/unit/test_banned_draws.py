"""Only the random streams draw, and only uniforms and standard normals.

Anything else (poisson, gamma, choice, ...) takes more or fewer random numbers according to the
values it gets, and so breaks the common random numbers that pair a variant with its baseline.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.unit.parsed import tree_of

PACKAGE = Path(__file__).resolve().parents[2] / "relsim"

# The files that may hold a generator: the streams, and the Latin hypercube columns of parameters.
STREAMS = {"worlds/randomness/streams.py", "worlds/randomness/draws.py"}
FULL_WIDTH = {"random", "standard_normal"}
GENERATOR = {name for name in dir(np.random.Generator) if not name.startswith("_")}
RANDOM_MODULES = ("numpy.random", "random", "secrets")


def draws(source: str, file: str) -> list[str]:
    """Each forbidden draw in a source, as `file:line: what`."""
    tree = tree_of(source)
    imported = dict(imported_names(tree))
    allowed = FULL_WIDTH if file in STREAMS else set()
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt | ast.expr):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            whole = origin(node.func, imported)
            method = node.func.attr
            if method in GENERATOR - allowed and (whole is None or is_random(whole)):
                found.append(f"{file}:{node.lineno}: {ast.unparse(node.func)}")
        if file not in STREAMS and (name := reaches_random(node, imported)):
            found.append(f"{file}:{node.lineno}: {name}")
    return found


def imported_names(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Names bound by imports, with the dotted origin of each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.split(".")[0]
                yield bound, alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def origin(node: ast.expr, imported: dict[str, str]) -> str | None:
    """Dotted origin of an attribute chain that starts at an imported name, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in imported:
        return ".".join([imported[node.id], *parts])
    return None


def is_random(dotted: str) -> bool:
    return any(dotted == module or dotted.startswith(f"{module}.") for module in RANDOM_MODULES)


def reaches_random(node: ast.AST, imported: dict[str, str]) -> str | None:
    """The random module that a node imports or reaches through numpy, if it does."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Attribute):
        dotted = origin(node, imported)
        names = [dotted] if dotted == "numpy.random" else []
    else:
        names = []
    return next((name for name in names if is_random(name)), None)


def test_only_the_streams_draw() -> None:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        found += draws(path.read_text("utf-8"), path.relative_to(PACKAGE).as_posix())
    assert found == []


@pytest.mark.parametrize("method", sorted(GENERATOR - {"bit_generator"}))
def test_a_planted_draw_is_seen(method: str) -> None:
    planted = f"def shocks(rng, runs):\n    return rng.{method}(3.0, runs)\n"
    assert draws(planted, "processes/planted.py") == [f"processes/planted.py:2: rng.{method}"]
    inside = draws(planted, "worlds/randomness/streams.py")
    assert bool(inside) == (method not in FULL_WIDTH)


@pytest.mark.parametrize(
    "planted",
    [
        "import random",
        "from random import choice",
        "import numpy.random as npr",
        "from numpy.random import default_rng",
        "from numpy import random",
        "import numpy as np\nrng = np.random.default_rng(1)",
        "import numpy\nnumpy.random.seed(1)",
        "def f(self):\n    return self.world.generator.poisson(2.0)",
    ],
)
def test_a_planted_generator_is_seen(planted: str) -> None:
    assert draws(planted, "rules/planted.py")


@pytest.mark.parametrize(
    "harmless",
    [
        "from scipy import special\nspecial.gamma(3.0)",
        "from scipy.special import gamma\ngamma(3.0)",
        "import numpy as np\nnp.power(2, 3)",
        "from relsim.scenario.fields.distributions import Distribution\nDistribution.normal(0, 1)",
        "def f(stream, now):\n    return stream.uniforms(now), stream.normals(now)",
    ],
)
def test_other_calls_pass(harmless: str) -> None:
    assert draws(harmless, "processes/harmless.py") == []
