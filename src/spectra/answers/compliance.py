"""Compliance: whether the newest publication of each source is what a contract promises, rule by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from spectra.contract.guarantees import evidence_of, run_guarantees
from spectra.contract.model import Guarantee
from spectra.contract.structure import structural_guarantees
from spectra.contract.types import arrow_schema
from spectra.errors import LakeError, NotRunYetError, SpectraError
from spectra.quality.bar import Bar
from spectra.quality.checks import Sql
from spectra.quality.quoting import identifier
from spectra.runs.record import versions_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    import pyarrow as pa

    from spectra.contract.guarantees import GuaranteeResult
    from spectra.contract.model import Contract, Level, TableSchema, TimePromise
    from spectra.lake.ledger import Ledger
    from spectra.lake.tables import DeltaLake
    from spectra.stages.ports import Engine

Outcome = Literal["passed", "failed", "warned", "skipped"]
_ANY = Bar("mustBe", (0, 0))
_STAGE = "source"
_MINOR = re.compile(r"(\d+)\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Case:
    """One rule on one publication: `table` by full name, `evidence` the SQL that gives `observed` again."""

    table: str
    rule: str
    level: Level
    promise: str
    expected: str
    observed: str
    outcome: Outcome
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of every rule for one source; `execution_id` is the run whose publication was read."""

    source_system: str
    execution_id: str
    contract_version: str
    cases: tuple[Case, ...]

    def count(self, outcome: Outcome) -> int:
        """Return how many cases ended so."""
        return sum(case.outcome == outcome for case in self.cases)


@dataclass(frozen=True, slots=True)
class Compliance:
    """Tests a lakehouse against a contract; knows nothing of definitions and writes nothing."""

    lake: DeltaLake
    engine: Engine
    ledger: Ledger
    contract: Contract

    def sources(self) -> tuple[str, ...]:
        """Return the names of all sources that ever ended a run; raises NotRunYetError where there is none."""
        found = self.lake.read(f"log.{_STAGE}", columns=["source_system"])
        names = sorted({str(name) for name in found["source_system"].to_pylist()}) if found is not None else []
        if not names:
            raise NotRunYetError("The lakehouse holds no run of any source.", place=f"log.{_STAGE}")
        return tuple(names)

    def test(self, source: str, now: datetime) -> Tested:
        """Test the newest Success of a source; raises NotRunYetError where there is none."""
        row = self.ledger.newest_success(_STAGE, source)
        if row is None:
            raise NotRunYetError(f"{source} has never been published.", place=f"source {source}")
        opened = _Opened(self, row)
        cases = (
            opened.major(),
            *(opened.schema(table) for table in self.contract.tables),
            *opened.promises(),
            *(opened.time(each, now) for each in self.contract.time_promises),
        )
        return Tested(source, row["execution_id"], row["contract_version"], cases)


class _Opened:
    """One publication, its tables at the versions that the run names and its rows in the logs."""

    def __init__(self, compliance: Compliance, row: Mapping[str, Any]) -> None:
        self.of, self.row = compliance, row
        self.versions = versions_named(row)
        self.where = {name: str(row[name]) for name in ("source_system", "execution_id")}
        self.problems: dict[str, str] = {}
        self.unwritten: set[str] = set()
        self.tables = dict(self._read())

    def _read(self) -> Iterator[tuple[str, pa.Table]]:
        for table in self.of.contract.tables:
            name = table.full_name
            if not table.is_log and name not in self.versions:
                self.problems[name] = "not published by this run"
                continue
            limits = self.where if table.is_log else {"source_system": self.where["source_system"]}
            try:
                found = self.of.lake.read(name, version=self.versions.get(name), where=limits)
            except SpectraError as error:
                self.problems[name] = f"{error.code}: {error.message}"
                continue
            if found is None and not table.is_log:
                self.problems[name] = "there is no such table"
                continue
            if found is None:
                self.unwritten.add(name)
            yield name, arrow_schema(table).empty_table() if found is None else found

    def major(self) -> Case:
        """Return whether the publication obeys the same major version."""
        mine, theirs = self.of.contract.major, str(self.row["contract_version"])
        outcome: Outcome = "passed" if theirs.split(".", maxsplit=1)[0] == str(mine) else "failed"
        said = "The publication obeys the same major version of the contract."
        return Case(f"log.{_STAGE}", "contract-major", "must", said, f"{mine}.x.y", theirs, outcome)

    def schema(self, table: TableSchema) -> Case:
        """Return whether a table has the declared columns; a later minor version may have added some at the end."""
        said, name = "The columns and their types are those declared.", table.full_name
        shown = f"{len(table.columns)} columns"
        if name in self.unwritten:
            return Case(name, "schema", "must", said, shown, "never written", "skipped")
        problem = self.problems.get(name) or self._difference(table)
        return Case(name, "schema", "must", said, shown, problem or shown, "failed" if problem else "passed")

    def _difference(self, table: TableSchema) -> str:
        try:
            found = self.of.lake.schema(table.full_name, self.versions.get(table.full_name))
        except LakeError as error:
            return f"{error.code}: {error.message}"
        declared, names = arrow_schema(table), found.names if found is not None else []
        wrong = [f"no column {name}" for name in declared.names if name not in names]
        wrong += [
            f"{field.name} is {found.field(field.name).type}, expected {field.type}"
            for field in declared
            if found is not None and field.name in names and found.field(field.name).type != field.type
        ]
        if not self._is_newer():
            wrong += [f"undeclared column {name}" for name in names if name not in declared.names]
        return "; ".join(wrong)

    def _is_newer(self) -> bool:
        mine, theirs = (_MINOR.match(str(text)) for text in (self.of.contract.version, self.row["contract_version"]))
        if mine is None or theirs is None:
            return False
        return [int(part) for part in theirs.groups()] > [int(part) for part in mine.groups()]

    def promises(self) -> Iterator[Case]:
        """Yield whether each column, key and guarantee is as promised; columns of a table never written are skipped."""
        contract = self.of.contract
        every = replace(contract, guarantees=(*structural_guarantees(contract), *contract.guarantees))
        results = run_guarantees(every, self.tables, self.of.engine.query_each, self.where)
        for guarantee, result in zip(every.guarantees, results, strict=True):
            yield self._case(guarantee, result)

    def _case(self, guarantee: Guarantee, result: GuaranteeResult) -> Case:
        structural = guarantee.id.startswith(guarantee.table)
        rule = guarantee.id.removeprefix(guarantee.table).lstrip(".:") if structural else guarantee.id
        case = Case(guarantee.table, rule, guarantee.level, guarantee.promise, _bar(guarantee.bar), "", "skipped")
        if structural and guarantee.table in self.unwritten:
            return replace(case, observed="never written")
        problem = self.problems.get(guarantee.table)
        outcome = _outcome(guarantee.level, passed=result.passed and problem is None)
        return replace(case, observed=problem or result.observed, outcome=outcome, evidence=result.evidence)

    def time(self, promise: TimePromise, now: datetime) -> Case:
        """Return whether a promise of time is kept; only freshness can be seen in tables."""
        short, _, column = (promise.element or "").partition(".")
        table = next((each for each in self.of.contract.tables if each.name == short), None)
        name = table.full_name if table else short or "the contract"
        said, expected = promise.description or promise.kind, f"at most {promise.value:g} {promise.unit}"
        case = Case(name, promise.kind, "must", said, expected, "nothing tells it", "skipped")
        if promise.kind != "freshness" or table is None:
            return case
        newest = Guarantee(
            promise.kind, "must", name, said, Sql(f"SELECT max({identifier(column)}) FROM {{model}}"), _ANY
        )
        evidence = self._evidence(newest)
        try:
            value = self._answer(evidence).column(0)[0].as_py()
        except SpectraError as error:
            return replace(case, observed=f"{error.code}: {error.message}", outcome="failed", evidence=evidence)
        age = None if value is None else now - value
        passed = age is not None and age <= promise.duration
        return replace(case, observed=_age(age), outcome=_outcome("must", passed=passed), evidence=evidence)

    def _evidence(self, guarantee: Guarantee) -> str:
        present = [table for table in self.of.contract.tables if table.full_name in self.tables]
        return evidence_of(guarantee, present, self.where)

    def _answer(self, sql: str) -> pa.Table:
        return self.of.engine.query(sql, {name: self.tables[name] for name in named_in(sql) & self.tables.keys()})


def named_in(evidence: str) -> set[str]:
    """Return the full names of the tables that evidence reads, as `evidence_of` quotes them."""
    return {f"{schema}.{table}" for schema, table in re.findall(r'"([a-z][a-z0-9_]*)"\."([a-z_][a-z0-9_]*)"', evidence)}


def _outcome(level: Level, *, passed: bool) -> Outcome:
    return "passed" if passed else "failed" if level == "must" else "warned"


def _bar(bar: Bar) -> str:
    low, high = bar.bounds
    return f"{bar.operator} {low:g}" + (f" and {high:g}" if low != high else "")


def _age(age: timedelta | None) -> str:
    if age is None:
        return "no time"
    hours, rest = divmod(int(age.total_seconds()), 3600)
    return f"{hours // 24} d {hours % 24} h {rest // 60} min"
