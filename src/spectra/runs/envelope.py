"""The envelope: the ids, versions and times that every row of a run carries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

_CORRELATION = re.compile(r"(?!0{32})[0-9a-f]{32}")
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who a run is: made when it starts, never changed.

    `correlation_id` is a W3C trace id (32 hex digits) shared by all stages of one pipeline run; `run_seq` is one
    more than the greatest of this source and stage, so that newest never depends on a clock.
    """

    execution_id: str
    run_seq: int
    stage: str
    source_system: str
    correlation_id: str
    contract_version: str
    spectra_version: str
    started_at: datetime

    @property
    def batch_id(self) -> str:
        """For Source and Prepare a run is its own batch."""
        return self.execution_id

    def columns(self) -> dict[str, Any]:
        """Return the envelope as columns of a log row, without the times that come later."""
        return {
            "execution_id": self.execution_id,
            "run_seq": self.run_seq,
            "correlation_id": self.correlation_id,
            "batch_id": self.batch_id,
            "contract_version": self.contract_version,
            "spectra_version": self.spectra_version,
            "started_at": self.started_at,
            "stage": self.stage,
            "source_system": self.source_system,
        }


def execution_id(source_system: str, stage: str, started_at: datetime, suffix: str) -> str:
    """Return `<source_system>-<stage>-<YYYYMMDDTHHMMSS>-<suffix>`."""
    return f"{source_system}-{stage}-{started_at:%Y%m%dT%H%M%S}-{suffix}"


def is_correlation_id(text: str) -> bool:
    """Return whether a text is a W3C trace id: 32 lower-case hex digits, not all zero."""
    return bool(_CORRELATION.fullmatch(text))


def trace_id_in(traceparent: str) -> str | None:
    """Return the trace id of a W3C `traceparent`, or None where it is not one; later versions may say more."""
    match = _TRACEPARENT.fullmatch(traceparent.strip())
    if match is None or (match[1] == "00" and match[3]) or not is_correlation_id(match[2]):
        return None
    return match[2]


def traceparent(trace_id: str, span_id: str) -> str:
    """Return the W3C `traceparent` of one request: version 00, the run's trace id, 16 hex digits of its own, sampled.

    A span id of zeros means none, so that one becomes 1.
    """
    return f"00-{trace_id}-{span_id if span_id.strip('0') else span_id[:-1] + '1'}-01"
