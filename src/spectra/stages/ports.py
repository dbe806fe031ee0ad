"""What a stage is given: the API, the lakehouse, the engine, the clock. Edges implement these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    import pyarrow as pa

    from spectra.access.exchange import Page, Request
    from spectra.access.secret import FoundSecret, SecretReference
    from spectra.errors import SpectraError
    from spectra.runs.fence import Fence

    Head = Sequence[tuple[Any, ...]]


class Clock(Protocol):
    """Time as it comes in from outside."""

    def now(self) -> datetime:
        """Return the time, UTC with zone, in microseconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        ...


class Api(Protocol):
    """Sends requests to one source within its limits, guarded, paced, retried and redacted.

    Network failures come back as `Page.error`; nothing is raised for an answer, whatever it says.
    """

    def send(self, request: Request) -> Page:
        """Send one request and return its page."""
        ...

    def send_all(self, requests: Iterable[Request]) -> Iterator[Page]:
        """Send requests concurrently and yield pages as they come; `Page.request` tells them apart."""
        ...


class Secrets(Protocol):
    """Where references become values; the only way to one."""

    def reveal(self, reference: SecretReference) -> FoundSecret:
        """Return the secret and where it was found; raises MissingSecretError or MalformedSecretError."""
        ...

    def refresh(self) -> None:
        """Forget what was found, so that the next look sees rotated secrets."""
        ...

    def rotating(self, reference: SecretReference) -> AbstractContextManager[Callable[[str], None]]:
        """Give a way to keep a secret's next value, durable when it returns; no other process rotates it meanwhile.

        The newest value kept is what `reveal` gives inside. Raises TokenNotKeptError.
        """
        ...


class Lake(Protocol):
    """Delta tables of one lakehouse, addressed as `schema.table`."""

    def read(
        self,
        table: str,
        *,
        version: int | None = None,
        columns: list[str] | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> pa.Table | None:
        """Return rows at a version (newest by default), filtered by equality; None where there is no table."""
        ...

    def version(self, table: str) -> int | None:
        """Return the newest version of a table; None where there is no table."""
        ...

    def transaction_version(self, table: str, app_id: str) -> int | None:
        """Return the greatest run_seq that a fence has left in a table; None where there is none, or no table."""
        ...

    def append(self, table: str, rows: pa.Table) -> int:
        """Append rows, creating the table where there is none; returns the version that holds them."""
        ...

    def replace_partition(self, table: str, rows: pa.Table, *, source_system: str, fence: Fence) -> int:
        """Replace one source's partition under a fence; returns the version that holds the rows."""
        ...

    def read_back(self, table: str, rows: pa.Table, *, version: int, source_system: str) -> None:
        """Find exactly these rows in one source's partition at a version, or raise ReadBackError."""
        ...

    def append_fenced(self, table: str, rows: pa.Table, *, fence: Fence) -> int:
        """Append rows under a fence; raises SupersededError where a newer run was there; returns the version."""
        ...


class Engine(Protocol):
    """Runs SQL text over Arrow tables in memory."""

    def query(self, sql: str, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Run one SELECT over the named tables, without access to files or network."""
        ...

    def query_each(self, statements: Sequence[str], tables: Mapping[str, pa.Table]) -> Sequence[Head | SpectraError]:
        """Run several SELECTs over the same tables; at most the first two rows of each, or why there are none."""
        ...
