"""The rules of the tests themselves: they ask the product and never rebuild it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.architecture.house import MODULES, ROOT, name_of, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TESTS = sorted((ROOT / "tests").rglob("*.py"))
FEWEST_NODES = 20


def marks_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what a function shares with its rebuilt twin: its body if it has some, its name with its parameters.

    Methods count by their body alone, since what stands in for a port has the names of that port.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        parameters = [each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)]
        if parameters and node in tree.body:
            yield node.name, f"{node.name}({', '.join(parameters)})"
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if sum(1 for statement in body for _ in ast.walk(statement)) >= FEWEST_NODES:
            yield node.name, "\n".join(ast.dump(statement) for statement in body)


PRODUCT = {
    mark: f"{name_of(module)}.{name}"
    for module in MODULES
    if not name_of(module).startswith("spectra.testing")
    for name, mark in marks_of(tree_of(module))
}


def rebuilt_in(tree: ast.Module) -> list[str]:
    """Return the functions of the product that a test module has again."""
    return sorted({f"{name} is {PRODUCT[mark]}" for name, mark in marks_of(tree) if mark in PRODUCT})


@pytest.mark.parametrize("module", TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_test_rebuilds_what_it_claims_to_test(module: Path) -> None:
    assert rebuilt_in(tree_of(module)) == []


def test_a_function_carried_over_into_a_test_is_noticed() -> None:
    taken = "def bounded(trails, per_root):\n    return trails[:per_root]\n"
    renamed = (ROOT / "src/spectra/stages/source/trails.py").read_text(encoding="utf-8").replace("_distinct", "_unique")

    assert rebuilt_in(ast.parse(taken)) == ["bounded is spectra.stages.source.trails.bounded"]
    assert "_unique is spectra.stages.source.trails._distinct" in rebuilt_in(ast.parse(renamed))
