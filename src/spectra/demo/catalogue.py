"""The catalogue of the demo as found in the wild: 228 rows, of which four are surplus and two corrupt."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from spectra.catalog.rows import read_catalogue

FILE_NAME = "endpoints.json"


@cache
def catalogue_text() -> str:
    """Return the catalogue as a JSON text, bad rows included."""
    return files("spectra.demo").joinpath(FILE_NAME).read_text(encoding="utf-8")


@cache
def catalogued() -> tuple[tuple[str, str], ...]:
    """Return method and path, without query text, of every endpoint that the good rows name."""
    return tuple(endpoint.key for endpoint in read_catalogue(catalogue_text(), FILE_NAME, "json").endpoints)
