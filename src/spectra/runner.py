"""The composition root: opens the edges, runs one stage of one source, and sees that it is recorded."""

from __future__ import annotations

import os
import platform
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from spectra import __version__
from spectra.access.guard import UrlGuard, read_origin
from spectra.access.redact import SHORTEST, Redactor
from spectra.answers.figures import Overview
from spectra.answers.queries import Queries
from spectra.answers.reader import Reader
from spectra.answers.readiness import Handoff
from spectra.answers.story import Stories
from spectra.contract.load import load_contract
from spectra.contract.merge import effective
from spectra.engines.local import LocalEngine
from spectra.errors import ConfigError, InternalError, LakeError, ShortSecretError, SpectraError
from spectra.errors.bugs import bugs_named
from spectra.lake.layout import Layout
from spectra.lake.ledger import Ledger
from spectra.lake.locks import Holder, RunLock
from spectra.lake.tables import DeltaLake
from spectra.notices.telling import Audience, Notices
from spectra.rest.api import RestApi
from spectra.runs.envelope import Envelope, execution_id, traceparent
from spectra.runs.events import RunEnded, RunStarted, redacted, silent
from spectra.runs.record import versions_named
from spectra.settings import SystemClock
from spectra.stages.source.stage import SourceRun
from spectra.stages.source.task import CredentialFacts, SourceTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.access.proxy import Proxies
    from spectra.contract.model import Contract
    from spectra.definition.model import SourceDefinition
    from spectra.lake.locks import Lock
    from spectra.notices.telling import Tale
    from spectra.runs.events import Emit
    from spectra.runs.manifest import SourceManifest
    from spectra.settings import Project, SecretStore
    from spectra.stages.ports import Clock
    from spectra.stages.source.scope import Scope

SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Order:
    """A run as asked for: of what, how long to wait for the lock (seconds), under which correlation id, by whom."""

    scope: Scope
    definition_sha256: str
    warnings: tuple[SpectraError, ...] = ()
    wait_seconds: float = 0.0
    correlation_id: str | None = None
    execution_mode: str = "pipeline"


@dataclass(frozen=True, slots=True)
class Seams:
    """What a test may put in the place of the world: the clock, the lock, chance."""

    clock: Clock = field(default_factory=SystemClock)
    lock: Callable[[Layout, str, str, Holder], Lock] = RunLock
    token: Callable[[], str] = secrets.token_hex
    sleep: Callable[[float], None] = time.sleep  # noqa: TID251 - waiting for another run; tests give their own


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs stages of one project into one lakehouse."""

    project: Project
    lakehouse: str
    emit: Emit = silent
    seams: Seams = field(default_factory=Seams)

    def lake(self) -> DeltaLake:
        """Open the lakehouse; nothing is written by that."""
        return DeltaLake(Layout(self.lakehouse), emit=self.emit)

    def ledger(self) -> Ledger:
        """Open the record of runs; nothing is written by that."""
        return Ledger(self.lake(), self.contract, self.seams.clock)

    def queries(self) -> Queries:
        """Open the lakehouse for SELECTs; nothing is written by that."""
        return Queries(self.lake(), LocalEngine(), self._contract_to_look_with)

    def reader(self, max_age: float | None = None) -> Reader:
        """Return who asks now: the freshness (seconds) and the major version are those of the contract in force."""
        contract = self.contract()
        promised = contract.freshness.total_seconds() if contract.freshness else float("inf")
        return Reader(self.seams.clock.now(), promised if max_age is None else max_age, contract.major)

    def handoff(self) -> Handoff:
        """Open the lakehouse for a consumer; nothing is written by that but runs that died."""
        return Handoff(self.queries(), self.ledger(), self._lock_of)

    def overview(self) -> Overview:
        """Open the lakehouse for figures; nothing is written by that."""
        return Overview(self.queries())

    def stories(self) -> Stories:
        """Open the lakehouse to tell runs; nothing is written by that but runs that died."""
        return Stories(self.queries(), self.ledger(), self.handoff().settle)

    def _lock_of(self, source: str) -> Lock:
        now = self.seams.clock.now().isoformat(timespec="seconds")
        return self.seams.lock(
            Layout(self.lakehouse), SOURCE, source, Holder("a reader", os.getpid(), platform.node(), now)
        )

    def _contract_to_look_with(self) -> Contract:
        """Return the contract in force; whoever only looks into tables does with the shipped one where it is broken."""
        try:
            return self.contract()
        except ConfigError:
            return shipped_contract()

    def contract(self) -> Contract:
        """Return the Source contract in force: the shipped one, with what the project adds to it."""
        own = self.project.file_text("contracts/source.contract.yaml")
        return effective(shipped_contract(), own, "contracts/source.contract.yaml")

    def notices(self, definition: SourceDefinition, store: SecretStore | None = None) -> Notices:
        """Open the channels that are told of a source: its own, or else the project's."""
        settings, owner = self.project.settings, definition.owner
        fallback = settings.notify if settings else ()
        key = [settings.fingerprint_key] if settings and settings.fingerprint_key else []
        audience = Audience(
            channels=fallback if definition.notify is None else definition.notify,
            owner=" · ".join(text for text in (owner.team, owner.channel) if text),
            runbook=settings.runbook if settings else None,
            credentials=[*(credential.reference for credential in definition.credentials()), *key],
        )
        secrets = store or self.project.secrets()
        return Notices(audience, self.ledger(), secrets, self.seams.clock, self.emit, self.project.proxies())

    def source(self, order: Order) -> SourceManifest:
        """Run the Source stage and tell of it; raises the SpectraError that kept it from being published, recorded."""
        with self.notices(order.scope.definition).after() as tale:
            return self._locked(order, tale)

    def _locked(self, order: Order, tale: Tale) -> SourceManifest:
        ledger, name = self.ledger(), order.scope.definition.source
        started, ticks = self.seams.clock.now(), self.seams.clock.monotonic()
        run_id = execution_id(name, SOURCE, started, self.seams.token()[:6])
        holder = Holder(run_id, os.getpid(), platform.node(), started.isoformat(timespec="seconds"))
        lock = self.seams.lock(Layout(self.lakehouse), SOURCE, name, holder)
        lock.acquire(order.wait_seconds)
        try:
            ledger.record_abandoned(SOURCE, name)
            envelope = Envelope(
                execution_id=run_id,
                run_seq=ledger.next_seq(SOURCE, name),
                stage=SOURCE,
                source_system=name,
                correlation_id=order.correlation_id or self.seams.token()[:32],
                contract_version=ledger.contract.version,
                spectra_version=__version__,
                started_at=started,
            )
            tale.envelope = envelope
            ledger.start(envelope, holder.host, holder.pid)
            self.emit(RunStarted(run_id, name, SOURCE, envelope.correlation_id))
            return self._announced(envelope, order, ledger, ticks)
        finally:
            lock.release()

    def _announced(self, envelope: Envelope, order: Order, ledger: Ledger, ticks: float) -> SourceManifest:
        """Run the stage so that its end is announced, whatever it is."""
        ended = ("Failed", "BLOCKED", InternalError.code)
        try:
            manifest = self._recorded(envelope, order, ledger, ticks)
            ended = (manifest.status, manifest.readiness, "")
        except SpectraError as error:
            ended = ("Failed", "BLOCKED", error.code)
            raise
        finally:
            status, readiness, code = ended
            run = (envelope.execution_id, envelope.source_system, envelope.stage)
            self.emit(RunEnded(*run, status, readiness, code or None))
        return manifest

    def _recorded(self, envelope: Envelope, order: Order, ledger: Ledger, ticks: float) -> SourceManifest:
        """Run the stage so that even a bug of ours leaves a completion row."""
        store = self.project.secrets()
        credentials, refusal = _credentials(store, order.scope)
        before, damage = _portfolio(ledger, envelope.source_system)
        self.notices(order.scope.definition, store).look_up()
        proxies = self.project.proxies()
        proxy, unusable = _proxy(proxies, order.scope.definition.base_url)
        redactor = Redactor([*store.known(), *proxies.known()])
        task = SourceTask(
            scope=order.scope,
            contract=ledger.contract,
            envelope=envelope,
            credentials=credentials,
            definition_sha256=order.definition_sha256,
            execution_mode=order.execution_mode,
            lakehouse=self.lakehouse,
            started=ticks,
            first_discovered=before.get("discovery_date"),
            last_auth_check=before.get("last_auth_check"),
            is_refresh=ledger.newest_success(SOURCE, envelope.source_system) is not None,
            warnings=order.warnings + short_secrets(store) + store.exposed(),
            redact=redactor.text,
            proxy=proxy,
            before=_endpoints_before(ledger, envelope.source_system),
        )
        refusal = refusal or unusable or damage
        run = SourceRun(task, ledger.lake, LocalEngine(), self.seams.clock, redacted(self.emit, redactor.text))
        if refusal is not None:
            raise run.fail(refusal)
        definition = order.scope.definition
        try:
            with (
                bugs_named(),
                self.api(definition, store, redactor, self._tracing(envelope)) as api,
            ):
                return run.execute(api)
        except InternalError as error:
            raise run.fail(error) from error

    def api(
        self,
        definition: SourceDefinition,
        store: SecretStore,
        redactor: Redactor,
        tracing: Callable[[], dict[str, str]] = dict,
    ) -> RestApi:
        """Open the API of a source; nothing is sent by that. `tracing` gives the headers of a trace, where wanted."""
        return RestApi(
            UrlGuard(definition.base_url, definition.allow.hosts),
            definition.limits,
            auth=definition.auth,
            endpoint_auths=definition.endpoint_auths,
            secrets=store,
            redactor=redactor,
            clock=self.seams.clock,
            own_headers=tracing if definition.traceparent else dict,
            proxies=self.project.proxies(),
        )

    def _tracing(self, envelope: Envelope) -> Callable[[], dict[str, str]]:
        """Return what gives each request of a run its `traceparent`."""
        return lambda: {"traceparent": traceparent(envelope.correlation_id, self.seams.token()[:16])}


def shipped_contract() -> Contract:
    """Return the Source contract as shipped."""
    text = files("spectra").joinpath("contracts", "source.contract.yaml").read_text(encoding="utf-8")
    return load_contract(text, "source.contract.yaml")


def _credentials(store: SecretStore, scope: Scope) -> tuple[tuple[CredentialFacts, ...], SpectraError | None]:
    """Return what may be written of each credential found, and the first error met on the way."""
    facts: list[CredentialFacts] = []
    for credential in scope.definition.credentials():
        try:
            facts.append(CredentialFacts(credential, *store.shown(credential.reference)))
        except ConfigError as error:
            return tuple(facts), error
    return tuple(facts), None


def _proxy(proxies: Proxies, base_url: str) -> tuple[str | None, SpectraError | None]:
    """Return what may be written of the proxy that leads to a source, and why it cannot be used."""
    try:
        proxy = proxies.of(read_origin(base_url))
    except ConfigError as error:
        return None, error
    return str(proxy) if proxy else None, None


def short_secrets(store: SecretStore) -> tuple[SpectraError, ...]:
    """Return a warning for each secret given out that is too short to be redacted everywhere."""
    short = [found for found in store.known() if len(found.value) < SHORTEST]
    return tuple(
        ShortSecretError(f"{found.reference.name} has fewer than {SHORTEST} characters.", place=found.place)
        for found in short
    )


def _endpoints_before(ledger: Ledger, source_system: str) -> Mapping[tuple[str, str], str]:
    """Return how each endpoint was probed in the last publication; what cannot be read any more is not compared."""
    with suppress(LakeError):
        published = ledger.newest_success(SOURCE, source_system)
        version = versions_named(published).get("source.endpoints") if published else None
        if version is None:
            return {}
        rows = ledger.lake.read(
            "source.endpoints",
            version=version,
            columns=["http_method", "endpoint_path", "probe_status"],
            where={"source_system": source_system},
        )
        if rows is not None:
            return {(row["http_method"], row["endpoint_path"]): row["probe_status"] for row in rows.to_pylist()}
    return {}


def _portfolio(ledger: Ledger, source_system: str) -> tuple[Mapping[str, Any], SpectraError | None]:
    """Return the last run's portfolio row, empty where there is none, or the damage that hides it."""
    try:
        return ledger.first_row("source.portfolio", source_system), None
    except LakeError as error:
        return {}, error
