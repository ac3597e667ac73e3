"""The rooms of relsim: imports go down the list only, and importing relsim loads nothing heavy."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "relsim"
ROOMS = (
    "array_types", "escaping", "tables", "brief", "errors", "arguments", "cameo", "lexicons",
    "estimates", "scenario", "worlds", "rules", "processes", "runs", "store", "ensemble",
    "simulate", "history", "inference", "story", "audit", "plots", "report", "cli",
)  # fmt: skip
ENTRY_POINTS = {"relsim", "relsim.__main__"}  # they may import any room

CONVENTIONS = {"__init__.py", "__main__.py", "table.py"}  # names that several rooms may use
HEAVY = ("scipy.stats", "matplotlib", "pandas", "xarray", "SALib")

Tree = dict[str, str]  # module name: source


def sources() -> Tree:
    tree = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = ("relsim", *file.relative_to(PACKAGE).with_suffix("").parts)
        tree[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file.read_text("utf-8")
    return tree


def imports(
    module: str, source: str, tree: Tree, *, that_run: bool = False
) -> Iterator[tuple[int, str]]:
    """Line and module of each import of relsim; with `that_run`, none that is for types alone."""
    for node in running(ast.parse(source)) if that_run else ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node, tree)
            members = [f"{base}.{alias.name}" for alias in node.names]
            names = [member if member in tree else base for member in members]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == "relsim")


def absolute(module: str, node: ast.ImportFrom, tree: Tree) -> str:
    if not node.level:
        return node.module or ""
    is_package = any(name.startswith(f"{module}.") for name in tree)
    parts = module.split(".")
    here = parts[: len(parts) - node.level + is_package]
    return ".".join([*here, node.module] if node.module else here)


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node outside `if TYPE_CHECKING`; what stands in functions runs, too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from running(child)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def upward(tree: Tree) -> list[str]:
    """Each import that goes up the list, as `module:line imports module`."""
    return [
        f"{module}:{line} imports {target}"
        for module, source in tree.items()
        if module not in ENTRY_POINTS
        for line, target in imports(module, source, tree)
        if target in ENTRY_POINTS or ROOMS.index(room(target)) > ROOMS.index(room(module))
    ]


def circle(tree: Tree) -> list[str]:
    """The modules of a circle of imports, those in functions counted, in order; or nothing."""
    graph = {
        module: {target for _, target in imports(module, source, tree, that_run=True)} - {module}
        for module, source in tree.items()
        if module not in ENTRY_POINTS
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_module_stands_in_a_room() -> None:
    assert {room(module) for module in sources() if module not in ENTRY_POINTS} <= set(ROOMS)


def test_imports_go_down_the_list() -> None:
    assert upward(sources()) == []


def test_no_import_goes_round() -> None:
    assert circle(sources()) == []


def test_file_names_are_unique() -> None:
    counts = Counter(file.name for file in PACKAGE.rglob("*.py"))
    assert [name for name, n in counts.items() if n > 1 and name not in CONVENTIONS] == []


@pytest.mark.parametrize(
    "planted",
    [
        "from relsim.plots import fan",
        "import relsim.simulate",
        "import relsim",
        "from ..ensemble import estimates",
        "def later():\n    from relsim.cli.main import main",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from relsim import simulate",
    ],
)
def test_an_import_up_the_list_is_seen(planted: str) -> None:
    tree = sources() | {"relsim.simulate": "", "relsim.rules.planted": planted}
    assert [line for line in upward(tree) if line.startswith("relsim.rules.planted:")]


@pytest.mark.parametrize("back", ["import relsim.rules.one", "def f():\n    from .one import x"])
def test_a_circle_is_seen(back: str) -> None:
    tree = {"relsim.rules.one": "from relsim.rules import other", "relsim.rules.other": back}
    assert set(circle(tree)) == set(tree)
    for_types = f"if TYPE_CHECKING:\n    {back.splitlines()[-1].strip()}"
    assert circle(tree | {"relsim.rules.other": for_types}) == []


def loaded_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


ASK_HELP = """
sys.argv = ["relsim", "--help"]
from relsim.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


@pytest.mark.parametrize("code", ["import relsim", ASK_HELP], ids=["import", "help"])
def test_the_way_in_loads_nothing_heavy(code: str) -> None:
    loaded = loaded_after(code)
    assert "relsim" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_heavy_import_would_be_seen() -> None:
    assert "matplotlib" in loaded_after("import relsim, matplotlib")
