"""Findings of a diagnosis: nothing fails by them today, and each will cost something later."""

from __future__ import annotations

from spectra.errors.base import SourceError


class CertificateExpiringError(SourceError):
    """The source's certificate expires within 30 days."""

    code = "certificate-expiring"
    category = "network"
    severity = "warning"
    remedy = "Ask the owner of the API to renew the certificate before the day named."


class ClockSkewedError(SourceError):
    """The clocks of this machine and of the source are more than a minute apart."""

    code = "clock-skewed"
    severity = "warning"
    remedy = "Set this machine's clock by a time server, or tell the owner of the API that it is theirs which is wrong."


class PaceAboveLimitError(SourceError):
    """The definition asks faster than the limit that the API names in its answers."""

    code = "pace-above-limit"
    severity = "warning"
    remedy = "Lower `limits.requests_per_second` to what the API allows, or ask its owner for a higher limit."


class RedirectedError(SourceError):
    """The API redirects what is asked below `base_url`."""

    code = "redirected"
    severity = "warning"
    remedy = "Put the final address into `base_url`, or correct the path in the catalogue."
