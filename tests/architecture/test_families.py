"""A new auth type, pagination style or check is one file and one line: the line is not forgotten."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, get_args

import pytest

from tests.architecture.house import PACKAGE, name_of

FAMILIES = ("access/auth", "access/pagination", "quality/checks")
FILES = [file for family in FAMILIES for file in sorted((PACKAGE / family).glob("[!_]*.py")) if file.stem != "base"]


def classes_in(annotation: Any) -> set[type]:
    """Return the classes inside Annotated, unions and tuples of classes."""
    if inspect.isclass(annotation):
        return {annotation}
    return {found for part in get_args(annotation) for found in classes_in(part)}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_family_file_is_listed_in_its_union(file: Any) -> None:
    family = importlib.import_module(name_of(file.parent / "__init__.py"))
    defined = {
        value
        for value in vars(importlib.import_module(name_of(file))).values()
        if inspect.isclass(value) and value.__module__ == name_of(file)
    }
    listed = {found for value in vars(family).values() if not inspect.isclass(value) for found in classes_in(value)}

    assert defined & listed


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_members(family: str) -> None:
    assert [file for file in FILES if file.parent == PACKAGE / family]
