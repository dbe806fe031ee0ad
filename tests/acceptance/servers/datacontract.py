"""datacontract-cli, the best known checker of the standard: linting with it, and testing a copy of a lakehouse."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from ruamel.yaml import YAML

from tests.acceptance.servers.environment import environment_of

HERE = Path(__file__).parent
COPY = "copy.duckdb"
# Its environment has a DuckDB of its own, which writes the file that it reads.
COPYING = """
import duckdb, pathlib, sys
folder = pathlib.Path(sys.argv[1])
copy = duckdb.connect(str(folder / sys.argv[2]))
for path in sorted(folder.glob("*.parquet")):
    copy.execute(f'CREATE TABLE "{path.stem}" AS FROM read_parquet(\\'{path}\\')')
"""


def python() -> Path:
    """Return the interpreter of its environment."""
    return environment_of("datacontract", HERE / "datacontract.txt")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [str(python().with_name("datacontract")), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def publication(lakehouse: Path, source: str) -> dict[str, pa.Table]:
    """Return every table by full name as the newest Success of a source has it: pinned, and the run's rows of logs."""
    logged = [row for row in rows_of(lakehouse, "log.source") if row["source_system"] == source]
    newest = max((row for row in logged if row["status"] == "Success"), key=lambda row: row["run_seq"])
    versions = json.loads(newest["table_versions"])
    found = {}
    for path in sorted((lakehouse / "Tables").glob("*/*")):
        name = f"{path.parent.name}.{path.name}"
        table = DeltaTable(path, version=versions.get(name)).to_pyarrow_dataset().to_table()
        wanted = {"source_system": source}
        wanted |= {"execution_id": newest["execution_id"]} if name.startswith("log.") else {}
        rows = [row for row in table.to_pylist() if all(row[key] == value for key, value in wanted.items())]
        found[name] = pa.Table.from_pylist(rows, schema=table.schema)
    return found


def rows_of(lakehouse: Path, table: str) -> list[dict[str, Any]]:
    """Return all rows of a table at its newest version."""
    path = lakehouse / "Tables" / table.replace(".", "/")
    return list(DeltaTable(path).to_pyarrow_dataset().to_table().to_pylist())


def tested(contract: str, tables: dict[str, pa.Table], folder: Path) -> list[dict[str, Any]]:
    """Test tables against a contract; returns its checks.

    The contract differs in two things: the server is the copy, and tables go by their short names, which the
    contract's SQL uses; it has no way to say in which schema of a database a table lies.
    """
    folder.mkdir(parents=True)
    plain = YAML(typ="safe").load(contract)
    plain["servers"] = [{"server": "copy", "type": "duckdb", "database": str(folder / COPY), "schema": "main"}]
    for table in plain["schema"]:
        pq.write_table(tables[table["physicalName"]], folder / f"{table['name']}.parquet")
        table["physicalName"] = table["name"]
    (folder / "contract.yaml").write_text(json.dumps(plain), encoding="utf-8")
    subprocess.run([str(python()), "-c", COPYING, str(folder), COPY], check=True, timeout=300)
    report = folder / "report.json"
    done = run("test", "--output", str(report), "--output-format", "json", str(folder / "contract.yaml"))
    if not report.exists():
        raise RuntimeError(f"no report, status {done.returncode}:\n{done.stdout}{done.stderr}")
    return list(json.loads(report.read_text(encoding="utf-8"))["checks"])
