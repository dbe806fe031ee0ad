"""Readiness: may the next stage read what a source published; decided by readiness.sql over the rows."""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from spectra.documents.wording import worded
from spectra.errors import LakeError, ReadinessBlockedError, TableUnreadableError, UnknownEntityError
from spectra.runs.manifest import SOURCE_TABLES
from spectra.runs.readiness import Check
from spectra.runs.record import unfinished, versions_named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from spectra.answers.queries import Queries
    from spectra.answers.reader import Reader
    from spectra.lake.ledger import Ledger
    from spectra.lake.locks import Lock
    from spectra.runs.readiness import Readiness as Verdict

_STAGE = "source"
_JUDGED = ("source.portfolio", "source.endpoints")


@dataclass(frozen=True, slots=True)
class Readiness:
    """The answer for a source, or for one entity of it: the verdict, every check behind it, and what may be read.

    `execution_id` and `table_versions` are those of the newest publication; None and empty before the first.
    """

    source_system: str
    verdict: Verdict
    checks: tuple[Check, ...]
    entity: str | None = None
    execution_id: str | None = None
    correlation_id: str | None = None
    table_versions: Mapping[str, int] = field(default_factory=dict)
    _read: Callable[[str, int], pa.Table] | None = field(default=None, repr=False, compare=False)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass, those that block first."""
        return tuple(sorted((each for each in self.checks if not each.passed), key=_blocking_last))

    @property
    def may_change(self) -> bool:
        """Whether waiting may help: it is BLOCKED, or a newer run is going on."""
        return self.verdict == "BLOCKED" or any(each.name == "newer-run-unfinished" for each in self.failed)

    @property
    def why(self) -> str:
        """One line: what keeps it from being READY."""
        return "; ".join(f"{each.name}: {each.observed}" for each in self.failed) or "every check passed"

    def raise_if_blocked(self) -> Readiness:
        """Return this answer; raises ReadinessBlockedError where a consumer may not read."""
        if self.verdict == "BLOCKED":
            subject = f"{self.source_system}.{self.entity}" if self.entity else self.source_system
            blocking = [each for each in self.failed if each.otherwise == "BLOCKED"]
            raise ReadinessBlockedError(
                f"{subject} may not be read: {'; '.join(f'{each.name}: {each.observed}' for each in blocking)}",
                place=f"source {self.source_system}",
                expected="; ".join(f"{each.name}: {each.expected}" for each in blocking),
                observed=self.why,
            )
        return self

    def tables(self) -> dict[str, pa.Table]:
        """Return the source's rows of each published table, at exactly the versions published.

        Raises TableUnreadableError where a version is gone; empty before the first publication.
        """
        return {name: self._read(name, version) for name, version in self.table_versions.items()} if self._read else {}

    def document(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        return {
            "source_system": self.source_system,
            "entity": self.entity,
            "verdict": self.verdict,
            "execution_id": self.execution_id,
            "correlation_id": self.correlation_id,
            "table_versions": dict(self.table_versions),
            "checks": [check.as_dict() for check in self.checks],
        }

    def _repr_html_(self) -> str:
        """Show the checks as a table in a notebook."""
        rows = "".join(
            f"<tr><td>{'passed' if each.passed else each.otherwise}</td><td>{html.escape(each.name)}</td>"
            f"<td>{html.escape(each.expected)}</td><td>{html.escape(each.observed)}</td></tr>"
            for each in self.checks
        )
        return f"<p><b>{self.verdict}</b> {html.escape(self.source_system)}</p><table>{rows}</table>"


def _blocking_last(check: Check) -> bool:
    return check.otherwise != "BLOCKED"


@dataclass(frozen=True, slots=True)
class Handoff:
    """Answers for one lakehouse; `lock` gives the lock of a source, tried once and only to record a run that died."""

    queries: Queries
    ledger: Ledger
    lock: Callable[[str], Lock]

    def readiness(self, source: str, reader: Reader, entity: str | None = None) -> Readiness:
        """Return the answer for a source or one of its entities; raises UnknownEntityError and LakeError."""
        unrecorded = self.settle(source)
        row = self.ledger.newest_success(_STAGE, source) or {}
        versions = versions_named(row)
        tables, missing = self._published(source, versions)
        asker = replace(reader, source_system=source, missing=", ".join(missing) or None, unrecorded=unrecorded)
        answered = self.queries.query(shipped_query("readiness"), given={"reader": asker.table(), **tables})
        judged = entity if versions else None  # before the first publication nothing is known of entities
        rows = [each for each in answered.to_pylist() if each["entity"] == judged]
        if not rows:
            known = sorted({each["entity"] for each in answered.to_pylist() if each["entity"]})
            said = f"no entity {entity!r} in the publication of {source}" + ("" if known else ", which names none")
            raise worded(UnknownEntityError, said, place=f"source {source}", found=entity, allowed=known)
        return Readiness(
            source,
            rows[0]["verdict"],
            tuple(_check(each) for each in rows),
            entity,
            row.get("execution_id"),
            row.get("correlation_id"),
            versions,
            lambda name, version: self._partition(name, version, source),
        )

    def settle(self, source: str) -> str | None:
        """Record a run that died as Abandoned; returns its id where that cannot be done."""
        starts = self.ledger.starts(_STAGE, source)
        done = {row["execution_id"] for row in self.ledger.completions(_STAGE, source)}
        open_runs = unfinished(starts, done)
        if not open_runs:
            return None
        lock = self.lock(source)
        try:
            if lock.try_once():
                self.ledger.record_abandoned(_STAGE, source)
        except LakeError:
            return str(open_runs[-1]["execution_id"])
        finally:
            lock.release()
        return None

    def _published(self, source: str, versions: Mapping[str, int]) -> tuple[dict[str, pa.Table], list[str]]:
        """Return what the query judges, read at the published versions, and the tables that cannot be read there."""
        tables: dict[str, pa.Table] = {}
        missing = []
        for name in SOURCE_TABLES:
            try:
                if name in versions:
                    tables[name] = self._partition(name, versions[name], source)
            except LakeError as error:
                missing.append(f"{name}@{versions[name]} ({error.code})")
        empty = {name: self.queries.empty(name) for name in _JUDGED if name not in tables}
        return {name: table for name, table in (tables | empty).items() if name in _JUDGED}, missing

    def _partition(self, name: str, version: int, source: str) -> pa.Table:
        found = self.queries.lake.read(name, version=version, where={"source_system": source})
        if found is None:
            raise TableUnreadableError(f"{name} is not there", table=name, expected=f"version {version}")
        return found


def _check(row: Mapping[str, Any]) -> Check:
    return Check(row["check"], row["passed"], row["expected"], row["observed"], row["otherwise"])


def shipped_query(name: str) -> str:
    """Return the text of a query that is shipped beside the contracts."""
    return files("spectra").joinpath("contracts", f"{name}.sql").read_text(encoding="utf-8")
