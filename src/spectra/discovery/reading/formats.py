"""Reading a document that describes an API, whatever its format: found out by what it holds, never by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.reading.notes import Notes, text_in
from spectra.discovery.reading.openapi.openapi import read_openapi
from spectra.discovery.reading.openapi.swagger import read_swagger
from spectra.discovery.reading.traffic.har import read_har
from spectra.discovery.reading.traffic.postman import read_postman
from spectra.discovery.reading.tree import read_tree
from spectra.documents.wording import shortened
from spectra.errors import ApiDocumentUnreadableError, ApiDocumentValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spectra.discovery.description import ApiDescription
    from spectra.discovery.reading.tree import Tree

_KEYS_OF_SWAGGER = ("definitions", "host", "basePath", "securityDefinitions")


def read_api_document(text: str, file_name: str) -> ApiDescription:
    """Read OpenAPI 3.0 or 3.1, Swagger 2.0, a Postman collection 2.0 or 2.1, or a HAR recording, as JSON or YAML.

    Nothing is fetched. What is wrong with the document is listed in its findings; raises ApiDocumentUnreadableError
    and ApiDocumentTooLargeError where there is nothing to read.
    """
    tree, problems = read_tree(text, file_name)
    if not isinstance(tree.root, dict):
        raise ApiDocumentUnreadableError(_instead_of_a_mapping(text), place=file_name)
    notes = Notes(tree)
    notes.take(problems)
    return _reader(tree.root, file_name)(tree, notes)


def _instead_of_a_mapping(text: str) -> str:
    start = text.removeprefix("\ufeff").lstrip()[:1]
    if not start:
        return "the file is empty"
    return "it is a web page or XML, not the document behind it" if start == "<" else "it holds no names with values"


def _reader(root: dict[str, Any], file_name: str) -> Callable[[Tree, Notes], ApiDescription]:
    for named, reader in ((_openapi, "openapi"), (_swagger, "swagger")):
        if reader in root:
            return named(text_in(root[reader]), file_name)
    if _holds(root, "log", "entries"):
        return read_har
    if _holds(root, "info", "schema") or "item" in root or _holds(root, "collection", "item"):
        return read_postman
    if isinstance(root.get("paths"), dict):
        return _unversioned(root)
    found = ", ".join(shortened(str(name)) for name in list(root)[:5]) or "nothing"
    raise ApiDocumentUnreadableError(
        f"it starts with none of the words that tell a format; found: {found}", place=file_name
    )


def _holds(root: dict[str, Any], name: str, below: str) -> bool:
    value = root.get(name)
    return isinstance(value, dict) and below in value


def _openapi(version: str, file_name: str) -> Callable[[Tree, Notes], ApiDescription]:
    if not version.startswith("3"):
        said = f"OpenAPI {shortened(version) or 'without a version'} is not read; allowed: 3.0, 3.1"
        raise ApiDocumentUnreadableError(said, place=file_name)
    known = version.startswith(("3.0", "3.1")) or version == "3"

    def read(tree: Tree, notes: Notes) -> ApiDescription:
        if not known:
            said = f"OpenAPI {shortened(version)} is newer than what is known, and was read as 3.1"
            notes.add(ApiDocumentValueError, said, ("openapi",))
        old = version.startswith("3.0") or version == "3"
        return read_openapi(tree, notes, "openapi-3.0" if old else "openapi-3.1")

    return read


def _swagger(version: str, file_name: str) -> Callable[[Tree, Notes], ApiDescription]:
    if version not in ("2", "2.0"):
        said = f"Swagger {shortened(version) or 'without a version'} is not read; allowed: 2.0"
        raise ApiDocumentUnreadableError(said, place=file_name)
    return read_swagger


def _unversioned(root: dict[str, Any]) -> Callable[[Tree, Notes], ApiDescription]:
    swagger = any(name in root for name in _KEYS_OF_SWAGGER)

    def read(tree: Tree, notes: Notes) -> ApiDescription:
        known = "Swagger 2.0" if swagger else "OpenAPI 3.0"
        notes.add(ApiDocumentValueError, f"the document names no version, and was read as {known}", ())
        return read_swagger(tree, notes) if swagger else read_openapi(tree, notes, "openapi-3.0")

    return read
