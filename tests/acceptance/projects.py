"""Projects with one source, and `spectra` run in them as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectra import Pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Run:
    """A project after `spectra source` ended in it."""

    folder: Path
    status: int
    printed: str

    @property
    def told(self) -> str:
        """What was printed, without the breaks that a narrow screen makes."""
        return " ".join(self.printed.split())

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = Pipeline(self.folder).table(table).to_pylist()
        return rows

    def last(self) -> dict[str, Any]:
        return max(self.rows("log.source"), key=lambda row: int(row["run_seq"]))

    def portfolio(self) -> dict[str, Any]:
        (row,) = self.rows("source.portfolio")
        return row

    def own(self, table: str) -> list[dict[str, Any]]:
        """Return the rows that the last run wrote."""
        last = self.last()["execution_id"]
        return [row for row in self.rows(table) if row["execution_id"] == last]

    def findings(self, kind: str, subject: str | None = None) -> list[dict[str, Any]]:
        """Return the findings of the last run, with their evidence decoded."""
        return [
            row | {"evidence": json.loads(row["evidence"] or "{}")}
            for row in self.own("log.findings")
            if row["kind"] == kind and subject in {None, row["subject"]}
        ]

    def finding(self, kind: str, subject: str) -> dict[str, Any]:
        (row,) = self.findings(kind, subject)
        return row

    def endpoint(self, path: str, method: str = "GET") -> dict[str, Any]:
        (row,) = [
            row for row in self.rows("source.endpoints") if (row["http_method"], row["endpoint_path"]) == (method, path)
        ]
        return row

    def statuses(self) -> dict[str, str]:
        """Return the probe status of each endpoint that is read, by path."""
        rows = self.rows("source.endpoints")
        return {row["endpoint_path"]: row["probe_status"] for row in rows if row["http_method"] == "GET"}

    def holders_of(self, value: str) -> list[str]:
        """Return the tables and files of the project that hold a value."""
        tables = sorted(path.parent for path in self.folder.rglob("_delta_log"))
        names = [f"{path.parent.name}.{path.name}" for path in tables]
        assert len(names) >= 4
        files = [path for path in self.folder.rglob("*") if path.is_file() and value.encode() in path.read_bytes()]
        return [name for name in names if value in str(self.rows(name))] + [str(path) for path in files]


def project(folder: Path, source: str, definition: str) -> Path:
    """Make a project with one source, or change its definition."""
    (folder / "sources").mkdir(exist_ok=True)
    (folder / "spectra.yaml").write_text("{}\n")
    (folder / "sources" / f"{source}.yaml").write_text(definition)
    return folder


def spectra(
    folder: Path, *words: str, given: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a project; `given` are variables to set, or to unset with None."""
    wanted = given or {}
    environment = {name: value for name, value in os.environ.items() if name not in wanted}
    environment |= {name: value for name, value in wanted.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-m", "spectra", *words],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def sourced(
    folder: Path, source: str, *, given: Mapping[str, str | None], secrets: Sequence[str], words: Sequence[str] = ()
) -> Run:
    """Run `spectra source` in a project; nothing it prints may hold one of the secrets."""
    done = spectra(folder, "source", source, *words, given=given)
    printed = done.stdout + done.stderr
    assert [secret for secret in secrets if secret in printed] == []
    return Run(folder, done.returncode, printed)
