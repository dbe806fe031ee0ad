"""The states that the runbook speaks of: each a project around a served API in which that has happened."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from ruamel.yaml import YAML

import spectra
from spectra.errors import SpectraError
from spectra.lake.layout import Layout
from spectra.lake.tables import DeltaLake
from spectra.testing.served import Answered, Asked
from tests.integration.conftest import CATALOGUE, TOKEN, Project, World, definition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NEW_TOKEN = "canary-b84d0e62a95f1c37-renewed"
OWNER = {"team": "acme-data", "channel": "#data-acme"}
CONTRACT = Path(spectra.__file__).parent / "contracts" / "source.contract.yaml"
LAST_COLUMNS_OF_1_0 = {
    **dict.fromkeys(("source.portfolio", "source.config", "source.credentials", "source.endpoints"), "execution_id"),
    "log.runs": "pid",
    "log.source": "lakehouse",
    "log.findings": "found_at",
    "log.probes": "probed_at",
    "log.guarantees": "checked_at",
}
PARAMETERS_OF_1_0 = '{"walk_parents": 20}'
LAST_GUARANTEE_OF_1_0 = "G-SRC-010"
KILLED_RUN = Path(__file__).parents[1] / "killed_run.py"


class Earth:
    """What the served API asks for its answers: the world of the section that is being walked through."""

    def __init__(self) -> None:
        self.world = World()

    def __call__(self, asked: Asked) -> Answered:
        """Answer as the present world does."""
        return self.world(asked)


@dataclass(slots=True)
class Setting:
    """A project in a state, the world around it, and what may happen there."""

    project: Project
    world: World
    happenings: dict[str, Callable[[], None]] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def tables(self) -> Path:
        """Where the tables lie."""
        return self.project.folder / "lakehouse" / "Tables"

    @property
    def contracts(self) -> Path:
        """Where the project keeps its copies of what is shipped."""
        return self.project.folder / "contracts"

    def define(self, **changes: Any) -> None:
        """Write the definition anew as a person would, in YAML with short lines."""
        written = StringIO()
        yaml = YAML()
        yaml.default_flow_style = None
        yaml.width = 200
        yaml.dump(definition(self.project.url, **({"owner": OWNER} | changes)), written)
        (self.project.folder / "sources" / "acme.yaml").write_text(written.getvalue())

    def answer(self, path: str, body: Any, status: int, **headers: str) -> None:
        """Let the API answer one path so, whoever asks."""
        self.world.special[path] = lambda _: Answered(body, status, headers)

    def keep(self, **secrets: str) -> None:
        """Write .env."""
        (self.project.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))

    def catalogue(self, rows: list[Any]) -> None:
        """Write the catalogue file."""
        (self.project.folder / "sources" / "endpoints.json").write_text(
            "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n"
        )

    def own_contract(self, text: str) -> None:
        """Give the project a copy of the contract."""
        (self.contracts / CONTRACT.name).write_text(text, encoding="utf-8")


STATES: dict[str, Callable[[Setting], None]] = {}


def state(name: str) -> Callable[[Callable[[Setting], None]], Callable[[Setting], None]]:
    """Name a function that leads from a project with one READY publication to a state."""

    def named(change: Callable[[Setting], None]) -> Callable[[Setting], None]:
        STATES[name] = change
        return change

    return named


def prepare(folder: Path, url: str) -> Project:
    """Write a project whose source was published once."""
    project = Project(folder, url)
    project.write()
    setting = Setting(project, World())
    setting.define()
    setting.catalogue(CATALOGUE)
    setting.contracts.mkdir()
    for query in CONTRACT.parent.glob("*.sql"):
        shutil.copy(query, setting.contracts)
    project.pipeline().source("acme")
    return project


@state("published")
def published(setting: Setting) -> None:
    """Nothing is wrong."""
    del setting


@state("never-run")
def never_run(setting: Setting) -> None:
    shutil.rmtree(setting.project.folder / "lakehouse")


@state("auth-refused")
def auth_refused(setting: Setting) -> None:
    setting.world.token = NEW_TOKEN
    setting.happenings["the new token stands in .env"] = lambda: setting.keep(ACME_TOKEN=NEW_TOKEN)


@state("auth-unproven")
def auth_unproven(setting: Setting) -> None:
    setting.answer("/api/projects", setting.world.roots, 200)


@state("endpoints-failing")
def endpoints_failing(setting: Setting) -> None:
    for task in ("10", "11", "20"):
        setting.answer(f"/api/tasks/{task}", {"errorMsg": "database is down", "errorCode": 17}, 500)
    setting.happenings["the API is repaired"] = setting.world.special.clear


@state("catalogue-mismatch")
def catalogue_mismatch(setting: Setting) -> None:
    kept = [row for row in CATALOGUE if "/missing" not in str(row)]
    setting.catalogue([*kept, kept[0], {"method": "GET", "path": "projects/all"}])
    setting.happenings["the file is complete again"] = lambda: setting.catalogue(CATALOGUE)


@state("parameter-ignored")
def parameter_ignored(setting: Setting) -> None:
    file = setting.project.folder / "sources" / "acme.yaml"
    file.write_text(file.read_text().replace("query: {project:", "query: {projectid:"))


@state("variable-missing")
def variable_missing(setting: Setting) -> None:
    setting.define(base_url="${env:ACME_BASE_URL}")
    setting.keep()
    url = f"{setting.project.url}/api"
    setting.happenings["the variable stands in .env"] = lambda: setting.keep(ACME_BASE_URL=url)
    setting.happenings["the secret stands in .env"] = lambda: setting.keep(ACME_BASE_URL=url, ACME_TOKEN=TOKEN)


@state("log-unwritable")
def log_unwritable(setting: Setting) -> None:
    """The disk lost the end of a file in the log of log.probes."""
    entry = setting.tables / "log" / "probes" / "_delta_log" / f"{0:020d}.json"
    entry.write_bytes(entry.read_bytes()[:300])


@state("guarantee-broken")
def guarantee_broken(setting: Setting) -> None:
    extra = (
        "      - id: G-ACME-001\n        type: sql\n"
        "        query: SELECT count(*) FROM endpoints WHERE probe_status = 'not_found'\n        mustBe: 0\n"
        "        description: Every endpoint of the catalogue is there.\n"
        "        customProperties: [{property: level, vendor: spectra, value: must}]\n"
    )
    mark = "      - id: G-SRC-003\n"
    shipped = CONTRACT.read_text(encoding="utf-8")
    assert mark in shipped
    setting.own_contract(shipped.replace(mark, extra + mark))


@state("rate-limited")
def rate_limited(setting: Setting) -> None:
    headers = {"Retry-After": "0", "X-RateLimit-Limit": "30"}
    setting.answer("/api/missing", {"errorMsg": "slow down", "errorCode": 429}, 429, **headers)
    setting.happenings["the API grants requests again"] = setting.world.special.clear


@state("abandoned")
def abandoned(setting: Setting) -> None:
    events = setting.project.folder.with_suffix(".events")
    command = [sys.executable, str(KILLED_RUN), str(setting.project.folder), str(events)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    killed = subprocess.run(
        [*command, "at", "before", "source.credentials"], check=False, timeout=60, stderr=subprocess.DEVNULL,
        env=environment,
    )  # fmt: skip
    assert killed.returncode < 0


@state("lock-held")
def lock_held(setting: Setting) -> None:
    asked, release = threading.Event(), threading.Event()

    def hold(_: Asked) -> Answered:
        asked.set()
        release.wait(60)
        return Answered(b"", 404)

    setting.world.special["/api/missing"] = hold
    other = subprocess.Popen(
        [sys.executable, "-m", "spectra", "source", "acme"],
        cwd=setting.project.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    setting.closing.callback(other.wait, 60)
    setting.closing.callback(other.terminate)
    setting.closing.callback(release.set)
    assert asked.wait(60)
    setting.happenings["the other run comes to its end"] = release.set


@state("run-failed")
def run_failed(setting: Setting) -> None:
    """A root that could not be read failed the newest run; the API is whole again since."""
    setting.answer("/api/projects", b"", 503)
    with suppress(SpectraError):
        setting.project.pipeline().source("acme")
    setting.world.special.clear()


@state("untold")
def untold(setting: Setting) -> None:
    """The webhook that people are told through has moved; the API refuses, so that there is something to tell."""
    setting.define(notify={"type": "webhook", "url": "secret://ACME_WEBHOOK", "when": "always"})
    old, new = (f"{setting.project.url}/{name}" for name in ("hook", "moved"))
    setting.keep(ACME_TOKEN=TOKEN, ACME_WEBHOOK=old)
    setting.answer("/hook", b"gone", 410)
    setting.answer("/moved", b"", 204)
    setting.happenings["the new address stands in .env"] = lambda: setting.keep(ACME_TOKEN=TOKEN, ACME_WEBHOOK=new)


@state("token-rotated")
def token_rotated(setting: Setting) -> None:
    auth_refused(setting)


@state("made-by-1.0")
def made_by_1_0(setting: Setting) -> None:
    """Every table as an older release made it: without the columns that came later, rows saying contract 1.0.0."""

    def shortened(name: str, rows: pa.Table) -> pa.Table:
        kept = rows.column_names[: rows.column_names.index(LAST_COLUMNS_OF_1_0[name]) + 1]
        return with_value(with_value(rows.select(kept), "contract_version", "1.0.0"), "parameters", PARAMETERS_OF_1_0)

    rewrite(setting, LAST_COLUMNS_OF_1_0, shortened)


@state("table-lost")
def table_lost(setting: Setting) -> None:
    for file in (setting.tables / "source" / "endpoints").rglob("*.parquet"):
        file.unlink()


@state("contract-incompatible")
def contract_incompatible(setting: Setting) -> None:
    """The project keeps the contract that release 1.0 shipped; the product promises more by now."""
    contract = YAML(typ="safe").load(CONTRACT)
    contract["version"] = "1.0.0"
    contract["schema"] = [table for table in contract["schema"] if table["physicalName"] in LAST_COLUMNS_OF_1_0]
    for table in contract["schema"]:
        names = [column["name"] for column in table["properties"]]
        del table["properties"][names.index(LAST_COLUMNS_OF_1_0[table["physicalName"]]) + 1 :]
        for part in (table, *table["properties"]):
            part["quality"] = [rule for rule in part.get("quality", []) if rule["id"] <= LAST_GUARANTEE_OF_1_0]
    written = StringIO()
    YAML().dump(contract, written)
    setting.own_contract(written.getvalue())
    setting.happenings["the other team publishes under contract 2.0.0"] = lambda: rewrite(
        setting, ("log.source",), lambda _, rows: with_value(rows, "contract_version", "2.0.0")
    )


def rewrite(setting: Setting, tables: Iterable[str], change: Callable[[str, pa.Table], pa.Table]) -> None:
    """Write tables anew as version 0 with changed rows."""
    lake = DeltaLake(Layout(str(setting.tables.parent)))
    for name in tables:
        rows = lake.read(name)
        assert rows is not None
        shutil.rmtree(setting.tables.joinpath(*name.split(".")))
        lake.append(name, change(name, rows))


def with_value(rows: pa.Table, column: str, value: str) -> pa.Table:
    """Return rows that all hold one text in a column, where they have that column."""
    if column not in rows.column_names:
        return rows
    values = pa.array([value] * rows.num_rows, pa.string())
    return rows.set_column(rows.column_names.index(column), column, values)


SMALL_DISKS = {
    "disk-full": """
        mv lakehouse whole && mkdir lakehouse && mount -t tmpfs -o size=1m tmpfs lakehouse && cp -r whole/. lakehouse
        dd if=/dev/zero of=lakehouse/Files/export.bin bs=4k 2>/dev/null || true""",
    "table-unwritable": """
        mv lakehouse/Tables/source whole && mkdir lakehouse/Tables/source
        mount -t tmpfs tmpfs lakehouse/Tables/source && cp -r whole/. lakehouse/Tables/source
        mount -o remount,ro lakehouse/Tables/source""",
}
"""States that need a disk of their own: what a shell does for them in the project's folder, where it may mount."""
