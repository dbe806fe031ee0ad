"""From what pydantic says about a document to findings with a place, a code and the words allowed."""

from __future__ import annotations

import re
import types
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from spectra.access.auth import PLAIN_SECRET
from spectra.definition.model import INVALID_NAME
from spectra.documents.wording import shortened, worded
from spectra.errors import (
    InvalidNameError,
    InvalidValueError,
    MissingKeyError,
    PlainSecretError,
    UnknownAuthTypeError,
    UnknownChannelTypeError,
    UnknownKeyError,
    UnknownPaginationTypeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from spectra.documents.document import Document
    from spectra.errors import SpectraError

Path = tuple[str | int, ...]
_UNSAID = ("auth", "notify", "base_url", "fingerprint_key", "secrets")
_SAYABLE = ("type", "proof", "probe", "when", "remind")
_EXPECTED = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "string_type": "a text",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "string_too_short": "a text that is not empty",
    "string_pattern_mismatch": "a text of the form {pattern}",
    "invalid_key": "texts as keys",
}
_TAG_KINDS: dict[str, type[SpectraError]] = {
    "auth": UnknownAuthTypeError,
    "pagination": UnknownPaginationTypeError,
    "notify": UnknownChannelTypeError,
}


def faults(error: ValidationError, document: Document, model: type[BaseModel]) -> Iterator[tuple[Path, SpectraError]]:
    """Yield each error of a validation as a finding, with its path in the document; values of secrets stay unsaid."""
    plain = document.root.plain()
    for detail in error.errors(include_url=False, include_input=False):
        path = _document_path(detail, plain)
        yield path, _finding(detail, path, document, model)


def _finding(detail: ErrorDetails, path: Path, document: Document, model: type[BaseModel]) -> SpectraError:
    name = str(path[-1]) if path else "the file"
    if detail["type"] == "extra_forbidden":
        allowed = _keys(model, detail["loc"][:-1])
        return worded(
            UnknownKeyError,
            f"unknown key {shortened(name)!r}",
            place=document.key_place(path),
            found=name,
            allowed=allowed,
        )
    if detail["type"] == "missing":
        where = f" in {_setting(path[:-1])!r}" if len(path) > 1 else ""
        return MissingKeyError(f"{name!r} is missing{where}", place=document.key_place(path[:-1]), key=name)
    if detail["type"] == "union_tag_not_found":
        place = document.key_place(path)
        return worded(
            MissingKeyError, f"'type' is missing in {name!r}", place=place, allowed=_tags(model, detail["loc"])
        )
    if detail["type"] == "union_tag_invalid":
        found = str(document.value((*path, "type")))
        kind = _TAG_KINDS.get(_setting(path), InvalidValueError)
        place, allowed = document.place((*path, "type")), _tags(model, detail["loc"])
        return worded(kind, f"found {shortened(found)!r}", place=place, found=found, allowed=allowed)
    return _wrong(detail, path, document)


def _wrong(detail: ErrorDetails, path: Path, document: Document) -> SpectraError:
    """Word a wrong key or value; what stands under `auth` or `notify` is never repeated, it may be a secret."""
    if detail["type"] == PLAIN_SECRET:
        return PlainSecretError(f"{_dotted(path)}: {detail['msg']}", place=document.place(path))
    is_key = detail["loc"][-1:] == ("[key]",)
    place = document.key_place(path) if is_key else document.place(path)
    found = str(path[-1]) if is_key else _found(path, document)
    said = f"found {shortened(found)!r}" if found is not None else _dotted(path)
    if detail["type"] == INVALID_NAME:
        return worded(InvalidNameError, f"{said}; allowed: {detail['msg']}", place=place, found=found)
    if detail["type"] == "literal_error":
        words = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        return worded(InvalidValueError, said, place=place, found=found, allowed=words)
    if detail["type"] == "value_error":
        return InvalidValueError(f"{_dotted(path)}: {detail['msg'].removeprefix('Value error, ')}", place=place)
    expected = _EXPECTED.get(detail["type"], "").format(**detail.get("ctx", {}))
    expected = expected or detail["msg"].removeprefix("Input should be ")
    facts = {"found": shortened(found)} if found is not None else {}
    return InvalidValueError(f"{said}; allowed: {expected}", place=place, **facts)


def _found(path: Path, document: Document) -> str | None:
    if _unsaid(path):
        return None
    value = document.value(path)
    kinds = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or (str(value).lower() if isinstance(value, bool) else str(value))


def _unsaid(path: Path) -> bool:
    """Return whether a value may be a secret: all but a few words right under `auth` or `notify` may."""
    below = path[2:] if path[:1] == ("endpoints",) else path
    if not below or below[0] not in _UNSAID:
        return False
    names = [name for name in below[1:] if isinstance(name, str)]
    return len(names) != 1 or names[0] not in _SAYABLE


def _setting(path: Path) -> str:
    """Return the name that leads to a path, without the positions in a list."""
    return next((each for each in reversed(path) if isinstance(each, str)), "the file")


def _dotted(path: Path) -> str:
    return ".".join(map(str, path)) or "the file"


def _document_path(detail: ErrorDetails, value: Any) -> Path:
    """Return pydantic's location without the tags of unions and its own marks, as a path in the document."""
    path: list[str | int] = []
    tag_seen = False
    for place, name in enumerate(detail["loc"]):
        is_tag = isinstance(value, dict) and not tag_seen and value.get("type") == name
        if is_tag:
            tag_seen = True
        elif _holds(value, name):
            path.append(name)
            value, tag_seen = value[name], False
        elif detail["type"] == "missing" and place == len(detail["loc"]) - 1:
            path.append(name)
    return tuple(path)


def _holds(value: Any, name: str | int) -> bool:
    return (isinstance(value, dict) and name in value) or (
        isinstance(value, list) and isinstance(name, int) and name < len(value)
    )


def _keys(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    found = _annotation(model, loc)
    return list(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else []


def _tags(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    return [str(member.model_fields["type"].default) for member in _members(_annotation(model, loc))]


def _annotation(annotation: Any, loc: Sequence[str | int]) -> Any:
    """Follow a location through the types of the models, so that what is printed as allowed is what is allowed."""
    for name in loc:
        models = _members(annotation)
        tagged = [m for m in models if "type" in m.model_fields and m.model_fields["type"].default == name]
        holding = [m for m in models if name in m.model_fields]
        if tagged:
            annotation = tagged[0]
        elif holding:
            annotation = holding[0].model_fields[str(name)].annotation
        else:
            annotation = _held(annotation)
    members = _members(annotation)
    return members[0] if len(members) == 1 else annotation


def _held(annotation: Any) -> Any:
    """Return the type of what a list or a mapping holds; a type of another kind as it is."""
    if get_origin(annotation) is Annotated:
        return _held(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        given = [each for each in get_args(annotation) if each is not type(None)]
        return _held(given[0]) if len(given) == 1 else annotation
    if get_origin(annotation) in (dict, tuple, list):
        return get_args(annotation)[1 if get_origin(annotation) is dict else 0]
    return annotation


def _members(annotation: Any) -> list[type[BaseModel]]:
    """Return the models of a type: itself, or those of its union; those inside a list or mapping do not count."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for each in get_args(annotation) for member in _members(each)]
    return []
