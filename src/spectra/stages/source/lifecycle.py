"""The life of endpoints: which announce their end, and which have gone since the last publication."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from spectra.errors import DeprecationAnnouncedError, EndpointGoneError
from spectra.runs.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spectra.stages.source.probing import Probed

_ANSWERED = frozenset({"accessible", "empty"})
_GONE = frozenset({"not_found", "deprecated"})


def lifecycle_findings(probed: Sequence[Probed], before: Mapping[tuple[str, str], str]) -> list[Finding]:
    """Return a finding for each endpoint that announces its end, or that answered before and is gone.

    `before` maps method and catalogued path to the probe status of the last publication.
    """
    return [finding for one in probed for finding in (*_announced(one), *_gone(one, before))]


def _announced(one: Probed) -> Iterator[Finding]:
    answer = one.answer
    if answer is None or not (answer.deprecation or answer.sunset):
        return
    said = [("Deprecation", answer.deprecation), ("Sunset", answer.sunset)]
    place = f"{one.endpoint.method} {one.endpoint.path}"
    yield Finding(
        "warning",
        place,
        "failed",
        place=place,
        code=DeprecationAnnouncedError.code,
        severity=DeprecationAnnouncedError.severity,
        expected="no end is announced",
        observed=", ".join(f"{name}: {shown_date(text)}" for name, text in said if text),
        evidence={"deprecation": answer.deprecation, "sunset": answer.sunset, "url": answer.url},
    )


def _gone(one: Probed, before: Mapping[tuple[str, str], str]) -> Iterator[Finding]:
    status = before.get((one.endpoint.method, one.endpoint.path))
    if one.answer is None or status not in _ANSWERED or one.answer.probe_status not in _GONE:
        return
    place = f"{one.endpoint.method} {one.endpoint.path}"
    yield Finding(
        "drift",
        place,
        "failed",
        place=place,
        code=EndpointGoneError.code,
        severity=EndpointGoneError.severity,
        expected=f"{status}, as in the last publication",
        observed=f"{one.answer.probe_status} ({one.answer.http_status})",
        evidence={"before": status, "now": one.answer.probe_status, "url": one.answer.url},
    )


def shown_date(text: str) -> str:
    """Return a date as headers have it, seconds since 1970 after an @ or an HTTP date, as a day; else the text."""
    try:
        if text.startswith("@"):
            return datetime.fromtimestamp(int(text[1:]), UTC).date().isoformat()
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return text
