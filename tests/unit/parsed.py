"""Sources as syntax trees: each is parsed once for all tests that look through many."""

import ast
from functools import cache
from pathlib import Path


@cache
def tree_of(source: str) -> ast.Module:
    """The syntax tree of a source; nobody changes it."""
    return ast.parse(source)


@cache
def calls_and_imports(file: Path) -> tuple[ast.AST, ...]:
    """Calls, attributes and imports of a file, wherever they stand in it."""
    kinds = (ast.Call, ast.Attribute, ast.ImportFrom)
    nodes = ast.walk(tree_of(file.read_text("utf-8")))
    return tuple(node for node in nodes if isinstance(node, kinds))
