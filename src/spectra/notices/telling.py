"""Notices: after a run, finds what its channels are to be told, tells them, and records what became of it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spectra.access.proxy import DIRECT
from spectra.access.redact import Redactor
from spectra.contract.types import rows_to_table
from spectra.errors import (
    ConfigError,
    InterruptedRunError,
    LakeError,
    SpectraError,
    SupersededError,
    TerminatedRunError,
)
from spectra.errors.bugs import bugs_named
from spectra.notices.delivery import Delivery, delivered
from spectra.notify import Fact, Message
from spectra.rest.post import Post
from spectra.runs.events import Notified
from spectra.runs.report import Story
from spectra.runs.state import State, last_told, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spectra.access.proxy import Proxies
    from spectra.access.secret import SecretReference
    from spectra.lake.ledger import Ledger
    from spectra.notify import Channel
    from spectra.runs.envelope import Envelope
    from spectra.runs.events import Emit
    from spectra.runs.state import Reason
    from spectra.settings import SecretStore
    from spectra.stages.ports import Clock

Row = dict[str, Any]
LOG = "log.notifications"
_STOPPED = (InterruptedRunError, TerminatedRunError)


@dataclass(slots=True)
class Tale:
    """A run that is going on, and how it ended; `envelope` is None until there is one."""

    envelope: Envelope | None = None
    error: SpectraError | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a source tells: its channels, the names to ask, and where the project's runbook is published.

    `credentials` are the secrets that must not be told either.
    """

    channels: Sequence[Channel]
    owner: str = ""
    runbook: str | None = None
    credentials: Sequence[SecretReference] = ()


@dataclass(frozen=True, slots=True)
class Notices:
    """Tells an audience of runs; whatever goes wrong becomes a row of log.notifications and an event."""

    audience: Audience
    ledger: Ledger
    store: SecretStore
    clock: Clock
    emit: Emit
    proxies: Proxies = DIRECT

    @contextmanager
    def after(self) -> Iterator[Tale]:
        """Tell of the run that begins inside, once the block is left; what the block raises is raised again."""
        tale = Tale()
        try:
            yield tale
        except SpectraError as error:
            tale.error = error
            self._tell(tale)
            raise
        self._tell(tale)

    def test(self, source: str, token: str) -> tuple[Delivery, ...]:
        """Send a test message to every channel and return what each answered; `token` is 32 hex digits."""
        message = Message(
            id=f"{source}-test-{token[:12]}",
            title=f"{source} · Test",
            severity="info",
            written_at=self.clock.now(),
            text="A test of this channel. Nothing has happened.",
            facts=tuple(Fact(name, text) for name, text in self._contacts().items() if text),
            footer=f"correlation id {token}",
            figures={"source_system": source, "correlation_id": token, "reason": "test"},
        )
        made = [self._delivered(channel, message, "test") for channel in self.audience.channels]
        told = {"source_system": source, "execution_id": None, "correlation_id": token, "stage": "source"}
        self._record([told | {"state": None} | one.columns() for one in made])
        return tuple(made)

    def _tell(self, tale: Tale) -> None:
        if tale.envelope is None or not self.audience.channels or isinstance(tale.error, SupersededError):
            return
        try:
            with bugs_named():
                self._told(tale.envelope, tale.error)
        except SpectraError as error:
            self._announce("notification", "failed", error)

    def _told(self, envelope: Envelope, error: SpectraError | None) -> None:
        runs = self._runs(envelope, error)
        row = next((row for row in runs if row["execution_id"] == envelope.execution_id), None)
        row = row or self._unrecorded(envelope, error)
        earlier = [each for each in runs if each["run_seq"] < envelope.run_seq]
        reasons = self._reasons(row, earlier)
        due = any(why != "unchanged" for _, why in reasons)
        story = self._story(row, earlier) if due else None
        made: list[Delivery] = []
        for channel, why in reasons:
            if story is None or why == "unchanged":
                one = Delivery.skipped(channel, why)
            elif made and isinstance(made[-1].error, _STOPPED):
                one = Delivery.failed(channel, why, made[-1].error)
            else:
                one = self._delivered(channel, story.message(why, self.clock.now()), why)
            made.append(one)
        told = {name: row[name] for name in ("source_system", "execution_id", "correlation_id", "stage")}
        self._record([told | {"state": State.of(row).text} | one.columns() for one in made])

    def _runs(self, envelope: Envelope, error: SpectraError | None) -> list[Row]:
        """Return the completion rows in order; of a failed run none where they cannot be read, which may be why."""
        try:
            rows = self.ledger.completions(envelope.stage, envelope.source_system)
        except LakeError:
            if error is None:
                raise
            return []
        return sorted(rows, key=lambda row: row["run_seq"])

    def _reasons(self, row: Mapping[str, Any], earlier: Sequence[Row]) -> list[tuple[Channel, Reason]]:
        state, now = State.of(row), self.clock.now()
        before = State.of(earlier[-1]) if earlier else None
        seqs = {each["execution_id"]: each["run_seq"] for each in earlier}
        logged = self._logged(row)
        return [
            (channel, reason(channel, state, before, last_told(logged, channel, seqs), now))
            for channel in self.audience.channels
        ]

    def _logged(self, row: Mapping[str, Any]) -> list[Row]:
        """Return what was told before; where that cannot be read people are rather told twice than not at all."""
        with suppress(LakeError):
            where = {"source_system": row["source_system"], "stage": row["stage"]}
            found = self.ledger.lake.read(LOG, where=where)
            return [] if found is None else found.to_pylist()
        return []

    def _story(self, row: Mapping[str, Any], earlier: Sequence[Row]) -> Story:
        return Story(
            row,
            earlier,
            guarantees=self._rows("log.guarantees", row),
            findings=self._rows("log.findings", row),
            contacts=self._contacts(),
            runbook=self.audience.runbook,
        )

    def _rows(self, table: str, row: Mapping[str, Any]) -> list[Row]:
        """Return the rows of a run; none where they cannot be read, since the completion row is what counts."""
        with suppress(LakeError):
            where = {"source_system": row["source_system"], "execution_id": row["execution_id"]}
            found = self.ledger.lake.read(table, where=where)
            return [] if found is None else found.to_pylist()
        return []

    def _unrecorded(self, envelope: Envelope, error: SpectraError | None) -> Row:
        """Return what stands for the completion row of a run whose record could not be written."""
        columns = self.ledger.contract.table(f"log.{envelope.stage}").column_names
        failed = error or SpectraError("The run is not recorded.")
        return (
            dict.fromkeys(columns)
            | envelope.columns()
            | {"status": "Failed", "readiness": "BLOCKED", "error_code": failed.code, "error_message": failed.message}
        )

    def _contacts(self) -> dict[str, str]:
        contract = self.ledger.contract
        support = [f"{each.get('channel', '')} {each.get('url') or ''}".strip() for each in contract.support]
        team = str(contract.team.get("name") or "")
        return {"Owner": self.audience.owner, "Contract": " · ".join(text for text in (team, *support[:1]) if text)}

    def _delivered(self, channel: Channel, message: Message, why: Reason) -> Delivery:
        redactor = self._known()
        post = Post(self.store, redactor, self.clock, proxies=self.proxies)
        try:
            with bugs_named():
                one = delivered(channel, message.changed(redactor.text), why, post)
        except SpectraError as error:
            one = Delivery.failed(channel, why, error)
        if one.error is not None:
            one = replace(one, error=type(one.error)(redactor.text(one.error.message), place=one.reference))
        self._announce(channel.type, one.outcome, one.error, why)
        return one

    def look_up(self) -> None:
        """Look up every secret that is not to be told, so that the store knows it."""
        for reference in (
            *self.audience.credentials,
            *(one for each in self.audience.channels for one in each.secrets),
        ):
            with suppress(ConfigError):  # what is missing is said where it is used
                self.store.reveal(reference)

    def _known(self) -> Redactor:
        """Return a redactor that knows the credentials of the source, and the addresses and keys of the channels."""
        self.look_up()
        addresses = {each.address for each in self.audience.channels}
        redactor = Redactor([*self.store.known(), *self.proxies.known()])
        for found in self.store.known():
            redactor = redactor.address(found.value) if found.reference in addresses else redactor
        return redactor

    def _record(self, rows: Sequence[Row]) -> None:
        """Write what became of it; that this fails is said and changes nothing."""
        try:
            table = self.ledger.contract.table(LOG)
            self.ledger.lake.append(LOG, rows_to_table(table, [row | {"sent_at": self.clock.now()} for row in rows]))
        except SpectraError as error:
            self._announce(LOG, "failed", error)

    def _announce(self, channel: str, outcome: str, error: SpectraError | None, why: str = "") -> None:
        text = self._known().text(error.message) if error else ""
        self.emit(Notified(channel, why, outcome, error.code if error else None, text))
