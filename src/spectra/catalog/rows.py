"""Readers of a catalogue's rows: every row becomes an endpoint, a reported duplicate or a reported corrupt row."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from spectra.catalog.endpoint import Endpoint
from spectra.errors import CatalogueCorruptError, CatalogueDuplicateError, CatalogueUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spectra.errors import SpectraError

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_BRACES = re.compile(r"(?:[^{}]|\{[^{}/?&=]+\})*")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\\#]")
_NAMES_APART = re.compile(r"[;,\s]+")


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A row as found, and its place: `file:line`."""

    place: str
    value: Any


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The endpoints of a source, and one finding for each row that is none of them."""

    endpoints: tuple[Endpoint, ...] = ()
    rejected: tuple[SpectraError, ...] = ()


def read_catalogue(text: str, file_name: str, layout: Literal["json", "csv"]) -> Catalogue:
    """Read a catalogue file; raises CatalogueUnreadableError where it is not a list of rows."""
    reader = {"json": _json_rows, "csv": _csv_rows}[layout]
    return catalogue_of(list(reader(text.removeprefix("\ufeff"), file_name)))


def catalogue_of(rows: Iterable[CatalogueRow]) -> Catalogue:
    """Sort rows into endpoints, duplicates (the first one counts) and corrupt rows."""
    kept: dict[tuple[str, str], tuple[Endpoint, str]] = {}
    rejected: list[SpectraError] = []
    for row in rows:
        endpoint = _endpoint(row)
        if isinstance(endpoint, CatalogueCorruptError):
            rejected.append(endpoint)
        elif endpoint.key in kept:
            rejected.append(_duplicate(row, endpoint, kept[endpoint.key][1]))
        else:
            kept[endpoint.key] = endpoint, row.place
    return Catalogue(tuple(endpoint for endpoint, _ in kept.values()), tuple(rejected))


def _duplicate(row: CatalogueRow, endpoint: Endpoint, first: str) -> CatalogueDuplicateError:
    message = f"{endpoint.method} {endpoint.path} is listed already, at {first}"
    return CatalogueDuplicateError(message, place=row.place, row=_shown(row.value), first=first)


def _endpoint(row: CatalogueRow) -> Endpoint | CatalogueCorruptError:
    value = row.value
    if not isinstance(value, dict):
        return _corrupt(row, "a row is a mapping with method and path")
    method, path = _text(value.get("method")), _text(value.get("path"))
    names = _names(value.get("query_parameters"))
    why = _method_fault(method) or _path_fault(path)
    if why or names is None:
        return _corrupt(row, why or "query_parameters is no list of names")
    texts = {name: _text(value.get(name)) for name in ("name", "category", "description")}
    return Endpoint.of(method.upper(), path, names, **texts)


def _corrupt(row: CatalogueRow, why: str) -> CatalogueCorruptError:
    return CatalogueCorruptError(why, place=row.place, row=_shown(row.value))


def _method_fault(method: str) -> str | None:
    if not method:
        return "the row has no method"
    return None if method.upper() in METHODS else f"{method!r} is no HTTP method; allowed: {', '.join(METHODS)}"


def _path_fault(path: str) -> str | None:
    if not path:
        return "the row has no path"
    if not path.startswith("/"):
        return f"the path {path!r} does not start with '/'"
    if _UNPRINTABLE.search(path):
        return f"the path {path!r} holds a blank, backslash, '#' or control character"
    return None if _BRACES.fullmatch(path) else f"the braces of {path!r} do not enclose names"


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _names(value: object) -> list[str] | None:
    given = _NAMES_APART.split(value) if isinstance(value, str) else [] if value is None else value
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        return None
    return [name.strip() for name in given if name.strip()]


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _json_rows(text: str, file_name: str) -> Iterator[CatalogueRow]:
    data = text.encode("utf-8", "surrogatepass")
    try:
        slices = [bytes(each) for each in msgspec.json.decode(data, type=list[msgspec.Raw])]
        values = [msgspec.json.decode(each) for each in slices]
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise CatalogueUnreadableError(_json_fault(error), place=_json_place(text, file_name)) from None
    line, end = 1, 0
    for each, value in zip(slices, values, strict=True):
        start = data.index(each, end)
        line += data.count(b"\n", end, start)
        yield CatalogueRow(f"{file_name}:{line}", value)
        line += each.count(b"\n")
        end = start + len(each)


def _json_fault(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return "the file is JSON, but not a list of endpoints"
    return "the file nests too deep" if isinstance(error, RecursionError) else f"the file is not JSON: {error}"


def _json_place(text: str, file_name: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"{file_name}:{error.lineno}:{error.colno}"
    except (RecursionError, ValueError):
        return f"{file_name}:1"
    return f"{file_name}:1"


def _csv_rows(text: str, file_name: str) -> Iterator[CatalogueRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if not {"method", "path"} <= set(header):
            found = ", ".join(header) or "nothing"
            raise CatalogueUnreadableError(f"the first line names the columns; found: {found}", place=f"{file_name}:1")
        before = reader.line_num
        for cells in reader:
            if cells:
                yield CatalogueRow(f"{file_name}:{before + 1}", dict(zip(header, cells, strict=False)))
            before = reader.line_num
    except csv.Error as error:
        place = f"{file_name}:{reader.line_num}"
        raise CatalogueUnreadableError(f"the file is not CSV: {error}", place=place) from None
