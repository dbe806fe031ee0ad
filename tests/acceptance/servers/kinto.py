"""Kinto, a real record server: how to start it, fill it and ask it, by plain HTTP."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.acceptance.servers.asking import Answer, ask, basic
from tests.acceptance.servers.environment import environment_of
from tests.acceptance.servers.process import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
USER, PASSWORD = "ci", "ci-pass-123"
READER, READER_PASSWORD = "reader", "reader-pass-123"
LEAVER, LEAVER_PASSWORD = "leaver", "leaver-pass-123"
SEEDED = {"crm": {"customers": 137, "orders": 1203}, "hr": {"people": 50, "empty": 0}}
BATCH = 25
CITIES = ("Cape Town", "Leeds", "Oslo")


@dataclass(frozen=True, slots=True)
class Kinto:
    """A running server; `base_url` ends with its version prefix."""

    base_url: str

    def ask(
        self, path: str, *, method: str = "GET", body: object = None, login: tuple[str, str] | None = None
    ) -> Answer:
        """Send one request; `path` may be a whole URL, as next links are."""
        url = path if path.startswith("http") else self.base_url + path
        return ask(url, method=method, body=body, headers=basic(*login) if login else {})

    def read_all(self, path: str) -> list[dict[str, Any]]:
        """Return every record of a list, page by page."""
        records: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            answer = self.ask(following, login=(USER, PASSWORD))
            records += answer.body["data"]
            following = answer.headers.get("next-page")
        return records

    def seed(self) -> None:
        """Fill the empty server with the known data."""
        self._change("PUT", f"/accounts/{USER}", {"data": {"password": PASSWORD}}, login=None)
        self._change("PUT", f"/accounts/{READER}", {"data": {"password": READER_PASSWORD}}, login=None)
        self._change("PUT", f"/accounts/{LEAVER}", {"data": {"password": LEAVER_PASSWORD}}, login=None)
        for bucket, collections in SEEDED.items():
            permissions = {"read": [f"account:{READER}", f"account:{LEAVER}"]} if bucket == "crm" else {}
            self._change("PUT", f"/buckets/{bucket}", {"data": {"label": bucket.upper()}, "permissions": permissions})
            for collection, count in collections.items():
                self._fill(f"/buckets/{bucket}/collections/{collection}", collection, count)
        self._age("/buckets/crm/collections/customers/records")

    def _fill(self, path: str, collection: str, count: int) -> None:
        self._change("PUT", path, {"data": {"n": count}})
        puts = [
            {
                "method": "PUT",
                "path": f"/v1{path}/records/{collection}-{n:05d}",
                "body": {"data": _record(collection, n)},
            }
            for n in range(count)
        ]
        for start in range(0, count, BATCH):
            self._change("POST", "/batch", {"requests": puts[start : start + BATCH]})

    def _age(self, records: str) -> None:
        """Update every tenth of the first 120 customers, then delete every second of those."""
        for n in range(0, 120, 10):
            self._change("PATCH", f"{records}/customers-{n:05d}", {"data": {"title": f"updated {n}"}})
            if n % 20:
                self._change("DELETE", f"{records}/customers-{n:05d}", None)

    def _change(self, method: str, path: str, body: object, login: tuple[str, str] | None = (USER, PASSWORD)) -> None:
        answer = self.ask(path, method=method, body=body, login=login)
        parts = answer.body.get("responses", []) if path == "/batch" else []
        if answer.status >= 400 or any(part["status"] >= 400 for part in parts):
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body}")


def _record(collection: str, n: int) -> dict[str, object]:
    return {
        "seq": n,
        "title": f"{collection} ünïcode #{n}",
        "amount": round(n * 1.37, 2),
        "tags": [f"t{n % 5}", f"u{n % 3}"],
        "address": {"city": CITIES[n % len(CITIES)], "zip": f"{n:05d}"},
        "maybe": None if n % 4 else n,
    }


@contextmanager
def seeded_kinto(folder: Path) -> Iterator[Kinto]:
    """Run a filled Kinto while the block lasts; its log goes into `folder`."""
    python = environment_of("kinto", HERE / "kinto.txt")
    port = free_port()
    server = Kinto(f"http://127.0.0.1:{port}/v1")
    command = [str(python.with_name("kinto")), "start", "--ini", str(HERE / "kinto.ini"), "--port", str(port)]
    with running(command, url=f"{server.base_url}/", log=folder / "kinto.log"):
        server.seed()
        yield server
