"""The catalogue that an API document gives: every operation as a row, none left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from spectra.catalog.rows import Catalogue, CatalogueRow, catalogue_of
from spectra.discovery.reading.formats import read_api_document
from spectra.errors import ApiDocumentTooLargeError, ApiDocumentUnreadableError, CatalogueUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spectra.discovery.description import ApiDescription, Operation

_LONGEST_DESCRIPTION = 300


def catalogue_in(text: str, file_name: str) -> Catalogue:
    """Return the catalogue of an API document; raises CatalogueUnreadableError where it is none."""
    try:
        description = read_api_document(text, file_name)
    except (ApiDocumentUnreadableError, ApiDocumentTooLargeError) as error:
        raise CatalogueUnreadableError(error.message, place=error.place) from None
    rows = rows_of(description)
    placed = zip(description.operations, rows, strict=True)
    return catalogue_of(CatalogueRow(operation.place, row) for operation, row in placed)


def rows_of(description: ApiDescription) -> tuple[Mapping[str, Any], ...]:
    """Return the rows of a catalogue file, in the order of the document; required parameters stand in the path."""
    return tuple(
        {
            "method": each.method,
            "path": _asked(each),
            "query_parameters": [parameter.name for parameter in each.in_("query")],
            "name": each.name,
            "category": each.category,
            "description": _first_paragraph(each.description),
        }
        for each in description.operations
    )


def _asked(operation: Operation) -> str:
    """Return the path, with what it must be asked with as query text."""
    text = urlencode(operation.asked_with, quote_via=quote) if operation.method == "GET" else ""
    return f"{operation.path}{'&' if '?' in operation.path else '?'}{text}" if text else operation.path


def catalogue_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a catalogue file in JSON, a row a line; what is empty is left out."""
    told = ({name: value for name, value in row.items() if value not in ("", [], None)} for row in rows)
    lines = [json.dumps(row, ensure_ascii=False) for row in told]
    return "[\n" + ",\n".join(f"  {line}" for line in lines) + "\n]\n" if lines else "[]\n"


def _first_paragraph(text: str) -> str:
    said = " ".join(text.partition("\n\n")[0].split())
    return said if len(said) <= _LONGEST_DESCRIPTION else f"{said[: _LONGEST_DESCRIPTION - 3]}..."
