"""Tokens over real sockets: got once, renewed once however many workers wait, kept before they are used."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pydantic import TypeAdapter

from spectra.access.auth import Auth
from spectra.access.exchange import Request
from spectra.errors import MalformedSecretError
from spectra.testing.faulty import FaultyServer, answers, drips, header, in_turn, resets
from spectra.testing.served import Answered, Asked, ServedApi
from tests.integration.opened import Shelf, opened

if TYPE_CHECKING:
    from spectra.access.auth import AuthType
    from spectra.testing.faulty import Behaviour

SECRET = "canary-9a41c7d2-client-secret"
REFRESH = "canary-1f60b3e8-refresh-token"
TOKEN = b'{"access_token": "canary-77aa01bc-access-token", "token_type": "Bearer", "expires_in": 3600}'


def auth_of(**settings: Any) -> AuthType:
    auth: AuthType = TypeAdapter(Auth).validate_python(settings)
    return auth


def client_credentials(**more: Any) -> AuthType:
    common = {"type": "oauth2_client_credentials", "token_url": "/token", "client_id": "ci"}
    return auth_of(**{**common, "client_secret": "secret://SECRET", **more})


@dataclass
class Expiring:
    """An API whose token is good for `uses` requests, then refused; it counts expiries and what it gave out."""

    uses: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    given: int = 0
    left: int = 0
    expiries: int = 0
    counts: Counter[int] = field(default_factory=Counter)

    def __call__(self, asked: Asked) -> Answered:
        with self.lock:
            if asked.path == "/token":
                self.given, self.left = self.given + 1, self.uses
                return Answered({"access_token": f"token-number-{self.given:05d}"})
            current = f"Bearer token-number-{self.given:05d}"
            if asked.headers.get("authorization") != current or self.left == 0:
                self.counts[401] += 1
                return Answered(b"", 401)
            self.left -= 1
            self.expiries += self.left == 0
            self.counts[200] += 1
            return Answered([1])


def test_sixteen_workers_renew_once_per_expiry_and_lose_no_answer() -> None:
    world = Expiring(uses=50)
    shelf = Shelf({"SECRET": SECRET})
    with ServedApi(world) as api, opened(api.url, auth=client_credentials(), secrets=shelf, concurrency=16) as rest:
        pages = list(rest.send_all(Request(f"{api.url}/things", label=str(n)) for n in range(400)))

    assert Counter(page.status for page in pages) == {200: 400}
    assert {page.request.label for page in pages} == {str(n) for n in range(400)}
    assert world.expiries == 8
    assert world.given in {world.expiries, world.expiries + 1}
    assert max(page.attempts for page in pages) <= 3


def test_workers_that_start_together_share_one_token_and_one_failure() -> None:
    down = {"/token": answers(b"", status=500, seconds=0.2)}
    with (
        FaultyServer(down, otherwise=answers()) as server,
        opened(server.url, auth=client_credentials(), secrets=Shelf({"SECRET": SECRET}), attempts=2) as api,
    ):
        pages = list(api.send_all(Request(f"{server.url}/x", label=str(n)) for n in range(8)))

        assert server.count("/token") == 2
        assert server.count("/x") == 0
    assert {page.error.code for page in pages if page.error} == {"token-endpoint-failed"}
    assert len(pages) == 8


@pytest.mark.parametrize(
    ("token", "code", "asked"),
    [
        (answers(b'{"error": "invalid_client"}', status=401), "token-refused", 1),
        (answers(b'{"error": "invalid_grant"}', status=400), "token-refused", 1),
        (answers(b"", status=403), "token-refused", 1),
        (answers(b"", status=500), "token-endpoint-failed", 2),
        (answers(b"", status=503), "token-endpoint-failed", 2),
        (answers(b"", status=429), "token-endpoint-failed", 2),
        (answers(b"", status=404), "token-endpoint-failed", 1),
        (answers(b"", status=302, Location="/elsewhere"), "token-endpoint-failed", 1),
        (answers(b"<html>", Content_Type="text/html"), "token-endpoint-failed", 1),
        (answers(b'{"access_token": ""}'), "token-endpoint-failed", 1),
        (answers(b'{"access_token": 7}'), "token-endpoint-failed", 1),
        (answers(b'{"access_token": "two\\nlines"}'), "token-endpoint-failed", 1),
        (answers(b"[]"), "token-endpoint-failed", 1),
        (answers(b"[" * 5000), "token-endpoint-failed", 2),
        (resets(), "token-endpoint-failed", 2),
        (drips(header(Content_Length="900"), b" ", 0.05), "token-endpoint-failed", 2),
    ],
)  # fmt: skip
def test_what_the_token_endpoint_does_is_told_apart_from_the_api(token: Behaviour, code: str, asked: int) -> None:
    shelf = Shelf({"SECRET": SECRET})
    with (
        FaultyServer({"/token": token}, otherwise=answers()) as server,
        opened(server.url, auth=client_credentials(), secrets=shelf, attempts=2, total_seconds=0.6) as api,
    ):
        page = api.send(Request(f"{server.url}/x"))

        assert (server.count("/x"), server.count("/token")) == (0, asked)
    assert page.error is not None
    assert page.error.code == code
    assert page.error.place == "POST /token"
    assert SECRET not in f"{page.error.message} {page.error.facts}"


@pytest.mark.parametrize("said", ["", ', "expires_in": 0', ', "expires_in": -1', ', "expires_in": "3600"'])
def test_a_token_whose_life_is_not_said_or_said_as_text_is_used(said: str) -> None:
    token = answers(f'{{"access_token": "canary-77aa01bc-access-token"{said}}}'.encode())
    shelf = Shelf({"SECRET": SECRET})
    with (
        FaultyServer({"/token": token}, otherwise=answers()) as server,
        opened(server.url, auth=client_credentials(), secrets=shelf) as api,
    ):
        pages = [api.send(Request(f"{server.url}/x")) for _ in range(3)]

        assert server.count("/token") == 1
    assert [page.status for page in pages] == [200, 200, 200]


def test_a_token_refused_once_is_renewed_once_and_the_request_sent_once_more() -> None:
    shelf = Shelf({"SECRET": SECRET})
    expired = in_turn(answers(b"", status=401), answers(b"[1]"))
    with (
        FaultyServer({"/token": answers(TOKEN), "/x": expired}) as server,
        opened(server.url, auth=client_credentials(), secrets=shelf) as api,
    ):
        page = api.send(Request(f"{server.url}/x"))

        assert (page.status, server.count("/token"), server.count("/x")) == (200, 2, 2)


@dataclass
class Skewed:
    """A clock that is minutes off, and is set back by an hour while seconds pass."""

    off: timedelta
    passed: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.off - (timedelta(hours=1) if self.passed else timedelta())

    def monotonic(self) -> float:
        return time.monotonic() + self.passed


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_token_is_renewed_before_its_end_whatever_the_clock_shows(minutes: int) -> None:
    clock = Skewed(timedelta(minutes=minutes))
    token = answers(b'{"access_token": "canary-77aa01bc-access-token", "expires_in": 600}')
    with (
        FaultyServer({"/token": token}, otherwise=answers()) as server,
        opened(server.url, auth=client_credentials(), secrets=Shelf({"SECRET": SECRET}), clock=clock) as api,
    ):
        asked = []
        for seconds in (0.0, 500.0, 575.0):
            clock.passed = seconds
            assert api.send(Request(f"{server.url}/x")).status == 200
            asked.append(server.count("/token"))

    assert asked == [1, 1, 2]


def test_forbidden_is_no_reason_to_renew() -> None:
    shelf = Shelf({"SECRET": SECRET})
    with (
        FaultyServer({"/token": answers(TOKEN), "/x": answers(b"", status=403)}) as server,
        opened(server.url, auth=client_credentials(), secrets=shelf) as api,
    ):
        assert api.send(Request(f"{server.url}/x")).status == 403
        assert (server.count("/token"), server.count("/x")) == (1, 1)


def test_endpoints_that_refuse_for_ever_cost_three_tokens_in_all() -> None:
    shelf = Shelf({"SECRET": SECRET})
    with (
        FaultyServer({"/token": answers(TOKEN)}, otherwise=answers(b"", status=401)) as server,
        opened(server.url, auth=client_credentials(), secrets=shelf) as api,
    ):
        for n in range(20):
            assert api.send(Request(f"{server.url}/{n}")).status == 401
        assert server.count("/token") == 3
        assert server.count() == 3 + 20 + 2


@pytest.mark.parametrize("send", ["basic", "body"])
def test_a_client_secret_goes_where_it_is_said_to_and_nowhere_else(send: str) -> None:
    asked: list[Asked] = []

    def answer(question: Asked) -> Answered:
        asked.append(question)
        return Answered(json.loads(TOKEN)) if question.path == "/token" else Answered([1])

    shelf = Shelf({"SECRET": SECRET})
    with ServedApi(answer) as api, opened(api.url, auth=client_credentials(send=send), secrets=shelf) as rest:
        rest.send(Request(f"{api.url}/x"))
    token, other = asked
    form = dict(parse_qsl(token.body.decode()))
    by_basic = "Basic " + base64.b64encode(f"ci:{SECRET}".encode()).decode()
    assert token.headers.get("authorization") == (by_basic if send == "basic" else None)
    assert form.get("client_secret") == (SECRET if send == "body" else None)
    assert SECRET not in f"{token.target} {other.target} {other.headers} {other.body!r}"


def test_a_token_of_another_host_is_asked_for_there_and_sent_to_the_api_alone() -> None:
    shelf = Shelf({"SECRET": SECRET})
    with FaultyServer({"/token": answers(TOKEN)}) as identity, FaultyServer(otherwise=answers()) as server:
        auth = client_credentials(token_url=f"{identity.url}/token")
        with opened(server.url, auth=auth, secrets=shelf) as api:
            assert api.send(Request(f"{server.url}/x")).status == 200
        assert [seen.path for seen in identity.seen] == ["/token"]
        assert [seen.path for seen in server.seen] == ["/x"]
        assert server.seen[0].headers["authorization"] == "Bearer canary-77aa01bc-access-token"


def test_a_token_echoed_by_the_api_is_replaced() -> None:
    shelf = Shelf({"SECRET": SECRET})
    with (
        FaultyServer({"/token": answers(TOKEN), "/x": answers(b'["canary-77aa01bc-access-token"]')}) as server,
        opened(server.url, auth=client_credentials(), secrets=shelf) as api,
    ):
        page = api.send(Request(f"{server.url}/x"))
    assert (page.body, page.redacted) == (b'["***"]', True)


def test_a_refresh_token_is_not_sent_again_after_an_answer_was_lost() -> None:
    auth = auth_of(
        type="oauth2_refresh_token", token_url="/token", client_id="ci", refresh_token="secret://REFRESH", send="body"
    )
    with (
        FaultyServer({"/token": resets()}) as server,
        opened(server.url, auth=auth, secrets=Shelf({"REFRESH": REFRESH})) as api,
    ):
        page = api.send(Request(f"{server.url}/x"))

        assert server.count("/token") == 1
    assert page.error is not None
    assert page.error.code == "token-endpoint-failed"


@pytest.mark.parametrize("status", [200, 204, 302, 303])
def test_a_session_logs_in_by_a_form_and_sends_the_cookie_until_it_is_refused(status: int) -> None:
    auth = auth_of(
        type="session", login="/login", fields={"user": "ci", "pass": "secret://P"}, encoding="form", cookie="SID"
    )
    seen: list[Asked] = []

    def answer(asked: Asked) -> Answered:
        seen.append(asked)
        if asked.path == "/login":
            number = sum(each.path == "/login" for each in seen)
            cookie = f"other=1; Path=/, SID=session-number-{number}; Expires=Wed, 21 Oct 2099 07:28:00 GMT; HttpOnly"
            return Answered(b"" if status == 204 else {}, status, {"Set-Cookie": cookie, "Location": "/home"})
        return Answered(
            [1] if asked.headers["cookie"] == "SID=session-number-2" else b"",
            200 if "2" in asked.headers["cookie"] else 401,
        )

    with ServedApi(answer) as api, opened(api.url, auth=auth, secrets=Shelf({"P": SECRET})) as rest:
        page = rest.send(Request(f"{api.url}/x"))
    assert page.status == 200
    assert [each.path for each in seen] == ["/login", "/x", "/login", "/x"]
    assert dict(parse_qsl(seen[0].body.decode())) == {"user": "ci", "pass": SECRET}


def test_a_request_is_signed_anew_at_each_try_with_the_time_of_that_try() -> None:
    auth = auth_of(
        type="hmac",
        key="secret://KEY",
        sign="{method} {path}?{query} {timestamp}",
        timestamp="epoch_ms",
        header="X-Sign",
    )
    busy = in_turn(answers(b"", status=503), answers())
    with (
        FaultyServer(otherwise=busy) as server,
        opened(server.url, auth=auth, secrets=Shelf({"KEY": SECRET}), sleep=None) as api,
    ):
        api.send(Request(f"{server.url}/x", params={"b": "2", "a": "ü"}))
        tries = [(seen.target, seen.headers["x-timestamp"], seen.headers["x-sign"]) for seen in server.seen]
    assert len({stamp for _, stamp, _ in tries}) == 2
    for target, stamp, signature in tries:
        text = f"GET {target} {stamp}"
        assert signature == hmac.digest(SECRET.encode(), text.encode(), "sha256").hex()


def by_sha1(key: bytes, text: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, text, "sha1"))


def by_sha512(key: bytes, text: bytes) -> bytes:
    return b"v1=" + hmac.digest(key, text, "sha512").hex().encode()


@pytest.mark.parametrize(
    ("settings", "form"),
    [
        ({"algorithm": "sha1", "encoding": "base64"}, by_sha1),
        ({"algorithm": "sha512", "prefix": "v1="}, by_sha512),
    ],
)
def test_signatures_come_in_the_form_asked_for(settings: dict[str, str], form: Any) -> None:
    auth = auth_of(
        type="hmac", key="secret://KEY", sign="{host}|{sorted_query}|{body_sha256}", timestamp_header=None, **settings
    )
    with (
        FaultyServer(otherwise=answers()) as server,
        opened(server.url, auth=auth, secrets=Shelf({"KEY": SECRET})) as api,
    ):
        api.send(Request(f"{server.url}/x", params={"b": "2", "a": "1"}))
        sent = server.seen[0].headers["x-signature"]
    text = f"127.0.0.1|a=1&b=2|{hashlib.sha256(b'').hexdigest()}"
    assert sent.encode() == form(SECRET.encode(), text.encode())


@pytest.mark.parametrize("place", ["query", "cookie", "header"])
def test_an_api_key_stands_in_its_place_and_in_no_address_that_anybody_sees(place: str) -> None:
    auth = auth_of(type="api_key", value="secret://KEY", **{place: "the-key"})
    with (
        FaultyServer(otherwise=answers()) as server,
        opened(server.url, auth=auth, secrets=Shelf({"KEY": SECRET})) as api,
    ):
        page = api.send(Request(f"{server.url}/x?the-key=echoed-by-a-link&page=2"))
        seen = server.seen[0]
    if place == "query":
        assert dict(parse_qsl(seen.target.partition("?")[2])) == {"page": "2", "the-key": SECRET}
    else:
        assert SECRET in (seen.headers["cookie"] if place == "cookie" else seen.headers["the-key"])
    assert SECRET not in f"{page.url} {page.request!r}"


def test_a_key_in_the_query_is_not_sent_to_another_host_that_a_redirect_names() -> None:
    auth = auth_of(type="api_key", value="secret://KEY", query="key")
    with (
        FaultyServer(otherwise=answers()) as other,
        FaultyServer({"/x": answers(b"", status=302, Location=f"{other.url}/y")}) as server,
        opened(server.url, auth=auth, allowed=(other.host,), secrets=Shelf({"KEY": SECRET})) as api,
    ):
        assert api.send(Request(f"{server.url}/x")).status == 200
        assert [seen.target for seen in other.seen] == ["/y"]


def rsa_keys() -> tuple[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode(), key.public_key()


def claims_of(assertion: str, public: Any) -> dict[str, Any]:
    """Return the claims of an assertion whose signature the public key verifies."""
    signed, _, signature = assertion.rpartition(".")
    padded = base64.urlsafe_b64decode(signature + "==")
    public.verify(padded, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
    return found


@pytest.mark.parametrize("written", ["as it is", "with backslash n"])
def test_a_signed_assertion_is_exchanged_for_a_token(written: str) -> None:
    pem, public = rsa_keys()
    key = pem if written == "as it is" else pem.replace("\n", "\\n")
    auth = auth_of(type="jwt", key="secret://KEY", issuer="robot@example", token_url="/token", scopes=["read"])
    asked: list[Asked] = []

    def answer(question: Asked) -> Answered:
        asked.append(question)
        return Answered(json.loads(TOKEN)) if question.path == "/token" else Answered([1])

    with ServedApi(answer) as api, opened(api.url, auth=auth, secrets=Shelf({"KEY": key})) as rest:
        assert rest.send(Request(f"{api.url}/x")).status == 200
    form = dict(parse_qsl(asked[0].body.decode()))
    claims = claims_of(form["assertion"], public)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (claims["iss"], claims["scope"], claims["exp"] - claims["iat"]) == ("robot@example", "read", 300)
    assert claims["iat"] <= time.time() < claims["exp"]
    assert asked[1].headers["authorization"] == "Bearer canary-77aa01bc-access-token"


def test_a_key_that_cannot_sign_is_named_and_not_shown() -> None:
    auth = auth_of(type="jwt", key="secret://KEY", algorithm="ES256")
    with (
        FaultyServer(otherwise=answers()) as server,
        opened(server.url, auth=auth, secrets=Shelf({"KEY": SECRET})) as api,
    ):
        with pytest.raises(MalformedSecretError) as refused:
            api.send(Request(f"{server.url}/x"))
        assert server.count() == 0
    assert "secret://KEY" in str(refused.value)
    assert SECRET not in str(refused.value)


def own_key() -> AuthType:
    return auth_of(type="api_key", header="X-Key", value="secret://SECRET")


def test_credentials_that_are_always_refused_are_sent_twice_however_many_requests_there_are() -> None:
    shelf = Shelf({"SECRET": SECRET})
    with (
        FaultyServer(otherwise=answers(b"", status=401)) as server,
        opened(server.url, auth=own_key(), secrets=shelf, concurrency=16) as api,
    ):
        pages = list(api.send_all(Request(f"{server.url}/{n}") for n in range(40)))

        assert server.count() == 2
    assert Counter(page.error.code if page.error else page.status for page in pages) == {401: 2, "auth-rejected": 38}


def test_credentials_that_were_accepted_once_are_not_on_trial_any_more() -> None:
    shelf = Shelf({"SECRET": SECRET})
    with (
        FaultyServer({"/first": answers()}, otherwise=answers(b"", status=401)) as server,
        opened(server.url, auth=own_key(), secrets=shelf) as api,
    ):
        api.send(Request(f"{server.url}/first"))
        pages = list(api.send_all(Request(f"{server.url}/{n}") for n in range(10)))

        assert server.count() == 11
    assert {page.status for page in pages} == {401}


def test_a_server_in_trouble_neither_accepts_nor_refuses() -> None:
    shelf = Shelf({"SECRET": SECRET})
    troubled = in_turn(answers(b"", status=401), answers(b"", status=500), answers(b"", status=429), resets())
    with (
        FaultyServer({"/x": troubled}, otherwise=answers(b"", status=401)) as server,
        opened(server.url, auth=own_key(), secrets=shelf, attempts=1) as api,
    ):
        for _ in range(4):
            api.send(Request(f"{server.url}/x"))
        for n in range(3):
            api.send(Request(f"{server.url}/{n}"))

        assert [server.count(f"/{n}") for n in range(3)] == [1, 0, 0]
