"""Datasette, which serves tables of SQLite: how to fill one, start it, make its tokens and ask it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.acceptance.servers.asking import Answer, ask, bearer
from tests.acceptance.servers.environment import environment_of
from tests.acceptance.servers.process import done, free_port, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SIGNED_WITH = "signs-the-tokens-of-a-test-0123456789"
COUNTS = {"events": 4321, "lines": 6481, "nokey": 777, "secrets": 60, "empty": 0, "v_events": 7}
SINCE_APRIL = 1322
MOST_ROWS = 200
TABLES = """
create table events (id integer primary key, kind text, amount real, updated_at text, payload text);
create table lines (event_id integer references events (id), line_no integer, sku text, qty integer,
                    primary key (event_id, line_no));
create table nokey (a text, b integer);
create table secrets (id integer primary key, v text);
create table empty (id integer primary key, x text);
create view v_events as select kind, count(*) as n from events group by kind;
"""


@dataclass(frozen=True, slots=True)
class Datasette:
    """A running server, with a token for who may read all but one table, for who may read all, and one too old."""

    base_url: str
    reader: str
    root: str
    expired: str

    def ask(self, path: str, *, token: str | None = None) -> Answer:
        """Send one request; `path` may be a whole URL, as next links are."""
        url = path if path.startswith("http") else self.base_url + path
        return ask(url, headers=bearer(token) if token else {})

    def read_all(self, table: str, *, token: str, size: int = 150, where: str = "") -> list[dict[str, Any]]:
        """Return every row of a table, page by page."""
        rows: list[dict[str, Any]] = []
        following: str | None = f"/lab/{table}.json?_shape=objects&_size={size}{where}"
        while following:
            answer = self.ask(following, token=token)
            rows += answer.body["rows"]
            following = answer.body["next_url"]
        return rows


def _fill(database: Path) -> None:
    events = [
        (
            n,
            f"kïnd{n % 7}",
            n * 0.37,
            f"2026-{1 + n // 1000:02d}-{1 + n % 28:02d}T{n % 24:02d}:00:00Z",
            json.dumps({"n": n, "tags": ["a", "b"][: n % 3]}),
        )
        for n in range(1, COUNTS["events"] + 1)
    ]
    lines = [
        (n, line, f"SKU-{n % 90}", line * 2) for n in range(1, COUNTS["events"] + 1) for line in range(1, 1 + n % 4)
    ]
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(TABLES)
        connection.executemany("insert into events values (?, ?, ?, ?, ?)", events)
        connection.executemany("insert into lines values (?, ?, ?, ?)", lines)
        nokey = [(f"x{n}", None if n % 5 == 0 else n) for n in range(COUNTS["nokey"])]
        connection.executemany("insert into nokey values (?, ?)", nokey)
        connection.executemany("insert into secrets values (?, ?)", [(n, "s") for n in range(COUNTS["secrets"])])
        connection.commit()


@contextmanager
def seeded_datasette(folder: Path) -> Iterator[Datasette]:
    """Run a filled Datasette while the block lasts; its database and its log go into `folder`."""
    program = str(environment_of("datasette", HERE / "datasette.txt").with_name("datasette"))
    database, port = folder / "lab.db", free_port()
    _fill(database)
    tokens = {
        name: done([program, "create-token", actor, "--secret", SIGNED_WITH, *how]).strip()
        for name, actor, how in (
            ("expired", "reader", ["--expires-after", "1"]),
            ("reader", "reader", []),
            ("root", "root", []),
        )
    }
    server = Datasette(f"http://127.0.0.1:{port}", **tokens)
    command = [
        program, "serve", str(database), "--host", "127.0.0.1", "--port", str(port), "--secret", SIGNED_WITH,
        "--config", str(HERE / "datasette.yaml"),
    ]  # fmt: skip
    with running(command, url=f"{server.base_url}/-/versions.json", log=folder / "datasette.log"):
        wait_until(lambda: server.ask("/lab/events.json", token=server.expired).status != 200)
        yield server
