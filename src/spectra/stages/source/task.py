"""What a Source run is given, and what it has measured so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spectra.stages.source.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from spectra.access.secret import Credential
    from spectra.contract.model import Contract
    from spectra.errors import SpectraError
    from spectra.runs.envelope import Envelope
    from spectra.runs.finding import Finding
    from spectra.stages.source.asking import Answer
    from spectra.stages.source.filters import FilterProof
    from spectra.stages.source.paging import PagingProof
    from spectra.stages.source.probing import Probed
    from spectra.stages.source.proof import AuthProof
    from spectra.stages.source.scope import Scope


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What may be written of a credential: where it is kept, its mask, and a keyed hash where a key is given."""

    credential: Credential
    place: str
    masked: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class SourceTask:
    """A Source run as asked for; `first_discovered` and `last_auth_check` come from the last run's portfolio.

    `started` is the monotonic time, in seconds, at which the envelope's `started_at` was read; `redact` replaces every
    secret known to the run in a text; `proxy` says which proxy leads to the source, None where none does; `before`
    maps method and path of each endpoint to how it was probed in the last publication.
    """

    scope: Scope
    contract: Contract
    envelope: Envelope
    credentials: tuple[CredentialFacts, ...]
    definition_sha256: str
    execution_mode: str
    lakehouse: str
    started: float
    first_discovered: date | None = None
    last_auth_check: datetime | None = None
    is_refresh: bool = False
    warnings: tuple[SpectraError, ...] = ()
    redact: Callable[[str], str] = str
    proxy: str | None = None
    before: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Measured:
    """Everything that a run knows; what was not reached stays empty."""

    proof: AuthProof | None = None
    walk: Walk = field(default_factory=Walk)
    filters: list[FilterProof] = field(default_factory=list)
    paging: list[PagingProof] = field(default_factory=list)
    probed: list[Probed] | None = None
    findings: list[Finding] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
