"""Errors and findings of documents that describe an API: OpenAPI, Swagger, Postman, HAR."""

from __future__ import annotations

from spectra.errors.base import ConfigError


class ApiDocumentUnreadableError(ConfigError):
    """The file is no API document that can be read."""

    code = "api-document-unreadable"
    remedy = (
        "Give an OpenAPI 3 or Swagger 2 document, a Postman 2 collection, a HAR recording, a dlt dictionary or an "
        "Airbyte manifest, as JSON or YAML; a page that shows an API loads such a document: see the network tab of the "
        "browser."
    )


class ApiDocumentTooLargeError(ConfigError):
    """An API document is larger, or nests deeper, than is read."""

    code = "api-document-too-large"
    remedy = "Give the document as JSON, which is read in larger sizes than YAML, or cut it to the part that you need."


class BrokenReferenceError(ConfigError):
    """A reference of an API document leads nowhere."""

    code = "broken-reference"
    severity = "warning"
    remedy = "Correct the reference, or complete by hand what the definition lacks without it."


class RemoteReferenceError(ConfigError):
    """A reference of an API document leads out of the file, and nothing is fetched."""

    code = "remote-reference"
    severity = "warning"
    remedy = "Put all parts into one file with a bundler of your choice, and import that."


class ApiDocumentValueError(ConfigError):
    """A value of an API document is of the wrong kind and was passed over."""

    code = "api-document-value"
    severity = "warning"
    remedy = "Correct the value, or complete by hand what the definition lacks without it."


class ApiPathChangedError(ConfigError):
    """A path of an API document cannot be asked for as written."""

    code = "api-path-changed"
    severity = "warning"
    remedy = "Check the path as it was read against the API, and correct it in the catalogue."


class ApiOperationRepeatedError(ConfigError):
    """An API document describes one method and path twice."""

    code = "api-operation-repeated"
    severity = "warning"
    remedy = "Keep one of the two in the document; the first one was read."


class ApiServerMissingError(ConfigError):
    """An API document does not say where its API is."""

    code = "api-server-missing"
    severity = "warning"
    remedy = "Set the variable that `base_url` of the draft names to the address that all paths are appended to."


class ApiServerDiffersError(ConfigError):
    """An API document puts some operations on another server than the rest."""

    code = "api-server-differs"
    severity = "warning"
    remedy = "Check `base_url`; make a second source for the operations of the other server."


class ApiPartsLeftOutError(ConfigError):
    """A part of an API document was not read."""

    code = "api-parts-left-out"
    severity = "warning"
    remedy = "Check whether what was left out matters, and add it to the catalogue by hand."


class UnknownSecuritySchemeError(ConfigError):
    """An operation asks for a security scheme that its document does not describe."""

    code = "unknown-security-scheme"
    severity = "warning"
    remedy = "Check `auth` in the definition against the documentation of the API."
