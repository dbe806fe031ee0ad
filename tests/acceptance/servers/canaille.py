"""Canaille, an OAuth2 provider that serves its users by SCIM: how to fill it, start it and ask it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.acceptance.servers.asking import Answer, ask, basic, bearer
from tests.acceptance.servers.environment import environment_of
from tests.acceptance.servers.process import done, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SECRET = "client-secret-0123456789"
CLIENT, REMOVED, REFRESHED = "reads-all", "removed", "refreshed"
REFRESH_TOKEN = "first-refresh-token-0123456789"
EXPIRED, LASTING = "expired-access-token-0123456789", "lasting-access-token-0123456789"
COUNTS = {"Users": 143, "Groups": 21, "ResourceTypes": 2, "Schemas": 6}
DAY = 86_400
CONFIG = """\
SECRET_KEY = "of-a-test-and-not-secret"
SERVER_NAME = "127.0.0.1:{port}"
PREFERRED_URL_SCHEME = "http"
OAUTH2_TOKEN_EXPIRES_IN = {{client_credentials = {lifetime}}}
[CANAILLE]
DATABASE = "sql"
[CANAILLE.ACL.ADMIN]
PERMISSIONS = ["manage_users", "manage_all_groups"]
[CANAILLE_SQL]
DATABASE_URI = "sqlite:///{database}"
[CANAILLE_SCIM]
ENABLE_SERVER = true
"""


def _client(client_id: str, grant: str = "client_credentials") -> dict[str, object]:
    return {
        "client_id": client_id,
        "client_name": client_id,
        "client_secret": SECRET,
        "grant_types": [grant],
        "token_endpoint_auth_method": "client_secret_basic",
    }


SEEDED = {
    "users": COUNTS["Users"],
    "groups": COUNTS["Groups"],
    "clients": [_client(CLIENT), _client(REMOVED), _client(REFRESHED, "refresh_token")],
    "tokens": [
        {"client": CLIENT, "access_token": EXPIRED, "lifetime": 60, "age": 3600, "of_user": False},
        {"client": CLIENT, "access_token": LASTING, "lifetime": DAY, "age": 0, "of_user": False},
        {
            "client": REFRESHED,
            "access_token": "of-the-first-refresh-token",
            "refresh_token": REFRESH_TOKEN,
            "lifetime": DAY,
            "age": 0,
            "of_user": True,
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Canaille:
    """A running server; `base_url` is its origin."""

    base_url: str
    database: Path

    def ask(self, path: str, *, token: str | None = None) -> Answer:
        """Send one request."""
        return ask(self.base_url + path, headers=bearer(token) if token else {})

    def token(self, client: str, *, secret: str = SECRET, send: str = "basic", **form: str) -> Answer:
        """Ask for a token as a client, its secret in a header or in the form."""
        form = {"grant_type": "client_credentials", **form}
        if send == "body":
            form |= {"client_id": client, "client_secret": secret}
        headers = basic(client, secret) if send == "basic" else {}
        return ask(f"{self.base_url}/oauth/token", method="POST", form=form, headers=headers)

    def read_all(self, kind: str, token: str) -> list[dict[str, Any]]:
        """Return every resource of a kind, which come all at once where nobody asks for a number."""
        resources: list[dict[str, Any]] = self.ask(f"/scim/v2/{kind}", token=token).body["Resources"]
        return resources

    def remove(self, client: str) -> None:
        """Forget a client."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute("update client set client_id = 'nobody' where client_id = ?", (client,))
            connection.commit()

    def access_tokens(self) -> list[str]:
        """Return the tokens that the server gave out or was filled with."""
        with closing(sqlite3.connect(self.database)) as connection:
            return [str(token) for (token,) in connection.execute("select access_token from token")]

    def tokens_issued(self) -> int:
        """Return how many tokens the server knows."""
        return len(self.access_tokens())


def _configured(folder: Path, port: int, lifetime: int) -> dict[str, str]:
    config = folder / "canaille.toml"
    config.write_text(CONFIG.format(port=port, lifetime=lifetime, database=folder / "canaille.db"))
    return {"CANAILLE_CONFIG": str(config), "AUTHLIB_INSECURE_TRANSPORT": "1"}


def made_canaille(folder: Path) -> Path:
    """Return a filled database."""
    python = environment_of("canaille", HERE / "canaille.txt")
    environment = _configured(folder, 1, DAY)
    done([str(python), "-P", str(HERE / "canaille_seed.py")], environment=environment, given=json.dumps(SEEDED))
    return folder / "canaille.db"


@contextmanager
def served_canaille(database: Path, folder: Path, *, lifetime: int = DAY) -> Iterator[Canaille]:
    """Serve a copy of a database while the block lasts; new tokens last `lifetime` seconds."""
    python = environment_of("canaille", HERE / "canaille.txt")
    port = free_port()
    shutil.copy(database, folder / "canaille.db")
    environment = _configured(folder, port, lifetime)
    server = Canaille(f"http://127.0.0.1:{port}", folder / "canaille.db")
    command = [str(python.with_name("waitress-serve")), f"--listen=127.0.0.1:{port}", "--call", "canaille:create_app"]
    url = f"{server.base_url}/.well-known/openid-configuration"
    with running(command, url=url, log=folder / "canaille.log", environment=environment):
        yield server
