"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import spectra
from tests.architecture.house import MODULES, PACKAGE, name_of, tree_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINES = 400
NAMES_THAT_SAY_NOTHING = re.compile(
    r"(?<![a-z])(utils?|helpers?|common|managers?|handlers?|factory|factories)(?![a-z])"
)
HEAVY = ("deltalake", "duckdb", "pyarrow", "pandas", "urllib3")


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_has_at_most_400_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_says_in_one_line_what_it_is_for(module: Path) -> None:
    docstring = ast.get_docstring(tree_of(module), clean=False)

    assert docstring
    assert len(docstring.splitlines()) == 1


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_names_say_something(module: Path) -> None:
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    defined = [node.name for node in ast.walk(tree_of(module)) if isinstance(node, definitions)]
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in [*name_of(module).split("."), *defined]]

    assert [name for name in words if NAMES_THAT_SAY_NOTHING.search(name)] == []


def catches_everything(node: ast.AST) -> bool:
    """Return whether a clause takes every exception and does not pass on what it cannot answer."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    everything = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
    last = node.body[-1]
    return everything and not (isinstance(last, ast.Raise) and last.exc is None)


def test_everything_is_caught_in_one_place_only() -> None:
    catching = [name_of(module) for module in MODULES for node in ast.walk(tree_of(module)) if catches_everything(node)]

    assert catching == ["spectra.errors.bugs"]


def test_the_face_holds_what_it_promises_and_nothing_else() -> None:
    own = {name for name, value in vars(spectra).items() if getattr(value, "__module__", "").startswith("spectra")}

    assert spectra.__all__ == sorted(spectra.__all__)
    assert all(getattr(spectra, name) for name in spectra.__all__)
    assert {name for name in own if not name.startswith("_")} <= set(spectra.__all__)
    with pytest.raises(AttributeError):
        spectra.Registry  # noqa: B018 - asking is the point


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in PACKAGE.rglob("__init__.py")), ids=lambda path: path.name
)
def test_what_a_package_lists_as_its_face_exists(folder: Path) -> None:
    package = importlib.import_module(name_of(folder / "__init__.py"))

    assert [name for name in getattr(package, "__all__", []) if not hasattr(package, name)] == []


def test_the_command_line_starts_without_heavy_libraries() -> None:
    asked = f"import sys, spectra.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
