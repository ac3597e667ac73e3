"""The rooms of relsim: imports go down the list only, and importing relsim loads nothing heavy.

A sub-room is a folder inside a room; the files of the room itself are one more. Within a room,
imports go down its list of sub-rooms.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.unit.parsed import tree_of

PACKAGE = Path(__file__).resolve().parents[2] / "relsim"
ROOMS = (
    "array_types", "escaping", "tables", "brief", "errors", "arguments", "cameo", "lexicons",
    "estimates", "scenario", "worlds", "rules", "processes", "runs", "store", "ensemble",
    "simulate", "history", "inference", "story", "audit", "plots", "report", "cli",
)  # fmt: skip
SUB_ROOMS = {  # of each room that has any, lowest first; its own files by its own name
    "scenario": ("scenario.fields", "scenario.conditions", "scenario.files", "scenario"),
    "worlds": ("worlds.randomness", "worlds", "worlds.monitors"),
    "inference": (
        "inference", "inference.compare", "inference.drivers", "inference.calibrate",
        "inference.update", "inference.score", "inference.signposts", "inference.rare",
    ),
}  # fmt: skip
ENTRY_POINTS = {"relsim", "relsim.__main__"}  # what a user enters by: they may reach any room

CONVENTIONS = {"__init__.py", "__main__.py", "table.py"}  # names that several rooms may use
HEAVY = ("scipy.stats", "matplotlib", "pandas", "xarray", "SALib")

Tree = dict[str, str]  # module name: source
Graph = dict[str, set[str]]  # what each imports


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
    for node in nodes(source, that_run):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node, tree)
            members = [f"{base}.{alias.name}" for alias in node.names]
            names = [member if member in tree else base for member in members]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == "relsim")


@cache  # of some two hundred files, for each of the planted imports
def nodes(source: str, that_run: bool) -> tuple[ast.AST, ...]:
    """What imports, of a source."""
    parsed = tree_of(source)
    found = running(parsed) if that_run else ast.walk(parsed)
    return tuple(node for node in found if isinstance(node, (ast.Import, ast.ImportFrom)))


def absolute(module: str, node: ast.ImportFrom, tree: Tree) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    here = parts[: len(parts) - node.level + is_package(module, tree)]
    return ".".join([*here, node.module] if node.module else here)


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node outside `if TYPE_CHECKING`; what stands in functions runs, too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        if not isinstance(child, ast.expr):  # which holds no statement
            yield from running(child)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def is_package(module: str, tree: Tree) -> bool:
    return any(name.startswith(f"{module}.") for name in tree)


def sub_room(module: str, tree: Tree) -> str:
    """The folder that a module stands in, or the module if that stands in no room's folder."""
    _, *path = module.split(".")
    return ".".join(path if len(path) == 1 or is_package(module, tree) else path[:-1])


def upward(tree: Tree) -> list[str]:
    """Each import that goes up the list, as `module:line imports module`."""
    return [
        f"{module}:{line} imports {target}"
        for module, source in tree.items()
        if module not in ENTRY_POINTS
        for line, target in imports(module, source, tree)
        if target in ENTRY_POINTS or ROOMS.index(room(target)) > ROOMS.index(room(module))
    ]


def upward_in_a_room(tree: Tree) -> list[str]:
    """Each import that goes up the list of the sub-rooms of its room."""
    found = []
    for module, source in tree.items():
        order = SUB_ROOMS.get(room(module), (room(module),))
        for line, target in imports(module, source, tree) if module not in ENTRY_POINTS else ():
            if target not in ENTRY_POINTS and room(target) == room(module):
                here, there = (order.index(sub_room(name, tree)) for name in (module, target))
                if there > here:
                    found.append(f"{module}:{line} imports {target}")
    return found


def of_modules(tree: Tree) -> Graph:
    """What each module imports when it runs, in functions too."""
    return {
        module: {target for _, target in imports(module, source, tree, that_run=True)} - {module}
        for module, source in tree.items()
        if module not in ENTRY_POINTS
    }


def of_sub_rooms(tree: Tree) -> Graph:
    """What the modules of each sub-room import from others, for types alone too."""
    graph: Graph = {}
    for module, source in tree.items():
        if module not in ENTRY_POINTS:
            targets = {target for _, target in imports(module, source, tree)} - ENTRY_POINTS
            here = sub_room(module, tree)
            there = {sub_room(target, tree) for target in targets} - {here}
            graph.setdefault(here, set()).update(there)
    return graph


def circle(graph: Graph) -> list[str]:
    """The members of a circle of imports, in order; or nothing."""
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
    assert circle(of_modules(sources())) == []


def test_every_module_stands_in_a_sub_room() -> None:
    tree = sources()
    found = {sub_room(module, tree) for module in tree if module not in ENTRY_POINTS}
    assert {name for name in found if "." in name or name in SUB_ROOMS} == {
        name for names in SUB_ROOMS.values() for name in names
    }


def test_imports_go_down_the_sub_rooms() -> None:
    assert upward_in_a_room(sources()) == []


def test_no_import_goes_round_between_sub_rooms() -> None:
    assert circle(of_sub_rooms(sources())) == []


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
    assert set(circle(of_modules(tree))) == set(tree)
    for_types = f"if TYPE_CHECKING:\n    {back.splitlines()[-1].strip()}"
    assert circle(of_modules(tree | {"relsim.rules.other": for_types})) == []


@pytest.mark.parametrize(
    ("module", "planted"),
    [
        ("scenario.files.planted", "from relsim.scenario.schema import Scenario"),
        ("scenario.files.planted", "def later():\n    from relsim.scenario import schema"),
        ("scenario.files.planted", "if TYPE_CHECKING:\n    from ..schema import Scenario"),
        ("scenario.fields.planted", "import relsim.scenario.files.parsing"),
        ("scenario.conditions.planted", "from relsim.scenario.files import parsing"),
        ("worlds.randomness.planted", "from ..columns import parameter_columns"),
        ("worlds.planted", "from relsim.worlds.monitors.compiling import Compiler"),
    ],
)
def test_an_import_up_the_sub_rooms_is_seen(module: str, planted: str) -> None:
    tree = sources() | {f"relsim.{module}": planted}
    assert upward(tree) == []
    assert [line.split(":")[0] for line in upward_in_a_room(tree)] == [f"relsim.{module}"]


@pytest.mark.parametrize("back", ["from ..near import three", "def f():\n    from ..near import x"])
def test_a_circle_of_sub_rooms_is_seen(back: str) -> None:
    """Where no module imports itself by way of others."""
    tree = {
        "relsim.rules": "",
        "relsim.rules.near": "",
        "relsim.rules.near.one": "from relsim.rules.far import two",
        "relsim.rules.near.three": "",
        "relsim.rules.far": "",
        "relsim.rules.far.two": "",
        "relsim.rules.far.four": back,
    }
    assert circle(of_modules(tree)) == []
    assert set(circle(of_sub_rooms(tree))) == {"rules.near", "rules.far"}


def test_a_sub_room_that_is_not_listed_is_seen() -> None:
    tree = sources() | {"relsim.rules.new": "", "relsim.rules.new.one": "import relsim.rules.view"}
    with pytest.raises(ValueError, match="not in tuple"):
        upward_in_a_room(tree)


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
