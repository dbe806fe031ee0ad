"""`${env:NAME}` in the values of a definition, replaced by what the variable holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spectra.errors import InvalidValueError, MissingVariableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spectra.documents.document import Document
    from spectra.errors import SpectraError

_FORM = re.compile(r"\$\{(?:env:([A-Za-z_][A-Za-z0-9_]*)\}|([^}]*)\}?)")

Path = tuple[str | int, ...]


def expanded(value: Any, variables: Callable[[str], str | None]) -> Any:
    """Return a value with every variable that is set replaced, at any depth."""
    if isinstance(value, dict):
        return {name: expanded(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [expanded(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    return _FORM.sub(lambda match: (match[1] and variables(match[1])) or match[0], value)


def variable_faults(document: Document, variables: Callable[[str], str | None]) -> Iterator[tuple[Path, SpectraError]]:
    """Yield a finding for every variable that is not set, or empty, and every other use of `${`."""
    for path, text in _texts(document.root.plain(), ()):
        for match in _FORM.finditer(text):
            place = document.place(path)
            if match[1] is None:
                yield path, InvalidValueError("found '${' without a variable; allowed: ${env:NAME}", place=place)
            elif not variables(match[1]):
                message = f"{match[1]} is not set, neither in the environment nor in the project's .env"
                yield path, MissingVariableError(message, place=place, variable=match[1])


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(each, (*path, name))
