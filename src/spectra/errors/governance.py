"""Findings about an endpoint's life: announced to end, gone, unchanged."""

from __future__ import annotations

from spectra.errors.base import SourceError


class DeprecationAnnouncedError(SourceError):
    """The API announces that it will withdraw this endpoint."""

    code = "endpoint-deprecated-soon"
    severity = "warning"
    remedy = "Find its successor in the API's notes and replace it in the catalogue before the date shown."


class EndpointGoneError(SourceError):
    """An endpoint that answered in the last publication is not there any more."""

    code = "endpoint-gone"
    severity = "warning"
    remedy = "Ask the owner of the API whether it was renamed or withdrawn, and correct the catalogue."


class NotModifiedError(SourceError):
    """The API says that nothing has changed (304), and gave no records; that is not the same as having none."""

    code = "not-modified"
    severity = "info"
    remedy = "Look for a cache between here and the API that answers for it; what it holds was not read."
