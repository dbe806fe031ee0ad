"""What is wrong with the shape of a contract: each fault with its place, what was found and what is allowed there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from spectra.contract.odcs import Document as Written
from spectra.documents.wording import listed, nearest_word, shortened
from spectra.errors import (
    ContractInvalidError,
    InvalidValueError,
    MissingKeyError,
    UnknownKeyError,
    UnquotedVersionError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from spectra.documents.document import Document
    from spectra.errors import SpectraError

Path = tuple[str | int, ...]


def fault(
    document: Document,
    path: Sequence[str | int],
    said: str,
    *,
    kind: type[SpectraError] = ContractInvalidError,
    found: str | None = None,
    allowed: Sequence[str] = (),
) -> SpectraError:
    """Return a fault of a contract; its message begins with the path, elements of lists by their name or id."""
    facts = {"found": shortened(found) if found else None, "allowed": listed(list(allowed))}
    facts["nearest"] = nearest_word(found, allowed) if found else None
    place = document.key_place(path) if kind is UnknownKeyError else document.place(path)
    message = f"{shown_path(document.root.plain(), path)}: {said}"
    return kind(message, place=place, **{name: fact for name, fact in facts.items() if fact})


def shape_faults(error: ValidationError, document: Document) -> Iterator[SpectraError]:
    """Yield each error of a validation as a fault with its place."""
    for detail in error.errors(include_url=False, include_input=False):
        yield _shape_fault(detail, document)


def _shape_fault(detail: ErrorDetails, document: Document) -> SpectraError:
    path, said = detail["loc"], detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        key = str(path[-1])
        return fault(document, path, f"unknown key {key!r}", kind=UnknownKeyError, found=key, allowed=_keys(path[:-1]))
    if detail["type"] == "missing":
        return fault(document, path, said, kind=MissingKeyError)
    if "unquoted" in said:
        return fault(document, path, said, kind=UnquotedVersionError)
    value = document.value(path)
    found = None if isinstance(value, dict | list) or value is None else str(value)
    words = re.findall(r"'([^']*)'", detail["ctx"]["expected"]) if detail["type"] == "literal_error" else ()
    return fault(document, path, said, kind=InvalidValueError, found=found, allowed=words)


def shown_path(plain: Any, path: Sequence[str | int]) -> str:
    """Return a path in the document as people say it: `schema[endpoints].quality[G-SRC-001].query`."""
    shown, at = "", plain
    for step in path:
        at = _below(at, step)
        name = (at.get("name") or at.get("id") or step) if isinstance(at, dict) else step
        shown += f"[{name}]" if isinstance(step, int) else f".{step}"
    return shown.lstrip(".") or "the document"


def _below(at: Any, step: str | int) -> Any:
    if isinstance(at, dict):
        return at.get(step)
    return at[step] if isinstance(at, list) and isinstance(step, int) and step < len(at) else None


def _keys(path: Sequence[str | int]) -> list[str]:
    """Return the keys that the object at a path may have, followed through the types of the models."""
    model: type[BaseModel] | None = Written
    for step in path:
        if isinstance(step, str) and model is not None:
            by_alias = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
            model = _model_in(by_alias.get(step))
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
