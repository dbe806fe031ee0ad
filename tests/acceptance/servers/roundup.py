"""Roundup, an issue tracker: how to make one, fill it, start it with or without a rate limit, and ask it."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.acceptance.servers.asking import Answer, ask, basic
from tests.acceptance.servers.environment import environment_of
from tests.acceptance.servers.process import done, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ADMIN, PASSWORD = "admin", "admin-pass-123"
USER, USER_PASSWORD = "user01", "user-pass-123"
COUNTS = {"issue": 720, "msg": 729, "user": 42, "keyword": 12, "status": 8, "priority": 5, "file": 0, "query": 0}
PAGE = 50
SETTINGS = {
    "tracker_web": "http://127.0.0.1/t/",
    "mail_domain": "example.invalid",
    "mailhost": "127.0.0.1",
    "password_pbkdf2_default_rounds": "1000",  # else every call of its REST interface takes a quarter of a second
}
# The server refuses to run as root, which is who tests are in a container; the lie stays in its own process.
AS_ANYBODY = "import os; os.getuid = lambda: 1000; from roundup.scripts.roundup_server import run; run()"


@dataclass(frozen=True, slots=True)
class Roundup:
    """A running tracker; `base_url` is that of its REST interface, `home` its folder."""

    base_url: str
    home: Path

    def ask(self, path: str, *, login: tuple[str, str] | None = None) -> Answer:
        """Send one request; `path` may be a whole URL, as next links are."""
        url = path if path.startswith("http") else self.base_url + path
        return ask(url, headers={"X-Requested-With": "rest", **(basic(*login) if login else {})})

    def read_all(self, kind: str) -> list[dict[str, Any]]:
        """Return every item of a class, page by page."""
        items: list[dict[str, Any]] = []
        following: str | None = f"/data/{kind}?@page_size={PAGE}&@page_index=1"
        while following:
            data = self.ask(following, login=(ADMIN, PASSWORD)).body["data"]
            items += data["collection"]
            links = data.get("@links", {}).get("next")
            following = links[0]["uri"] if links else None
        return items

    def retire(self, user: str) -> None:
        """Take a user's account away."""
        number = done([*_admin(self.home), "-s", "filter", "user", f"username={user}"]).strip()
        done([*_admin(self.home), "retire", f"user{number}"])


def _admin(home: Path) -> list[str]:
    return [str(environment_of("roundup", HERE / "roundup.txt").with_name("roundup-admin")), "-i", str(home)]


def made_tracker(home: Path) -> None:
    """Make a filled tracker; whoever serves it copies it, since its address stands in it."""
    python = environment_of("roundup", HERE / "roundup.txt")
    done(
        [*_admin(home), "install", "classic", "sqlite", ",".join(f"{name}={value}" for name, value in SETTINGS.items())]
    )
    done([*_admin(home), "initialise", PASSWORD])
    done([str(python), "-P", str(HERE / "roundup_seed.py"), str(home), USER_PASSWORD])


def _configure(config: Path, **settings: object) -> None:
    text = config.read_text()
    for name, value in settings.items():
        text, changed = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        if changed != 1:
            raise RuntimeError(f"{config} has {changed} settings {name}")
    config.write_text(text)


@contextmanager
def served_roundup(tracker: Path, folder: Path, *, calls: int = 0, seconds: int = 60) -> Iterator[Roundup]:
    """Serve a copy of a tracker while the block lasts; so many calls in so many seconds, 0 for no limit."""
    python = environment_of("roundup", HERE / "roundup.txt")
    home, port = folder / "tracker", free_port()
    shutil.copytree(tracker, home)
    _configure(
        home / "config.ini",
        web=f"http://127.0.0.1:{port}/t/",
        api_calls_per_interval=calls,
        api_interval_in_sec=seconds,
    )
    server = Roundup(f"http://127.0.0.1:{port}/t/rest", home)
    command = [str(python), "-c", AS_ANYBODY, "-p", str(port), "-n", "127.0.0.1", f"t={home}"]
    with running(command, url=f"{server.base_url}/", log=folder / "roundup.log"):
        yield server
