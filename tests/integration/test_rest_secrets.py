from __future__ import annotations

import base64
import json
import pickle
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from spectra.access.auth import ApiKey, Basic
from spectra.access.exchange import Page, Request
from spectra.errors import MalformedSecretError, MissingSecretError
from spectra.testing.faulty import (
    Behaviour,
    Exchange,
    FaultyServer,
    answers,
    drips,
    gzip_bomb,
    header,
    in_turn,
    raw,
    redirects,
    resets,
)
from tests.integration.opened import BEARER, CANARY, Shelf, opened

if TYPE_CHECKING:
    from spectra.access.secret import FoundSecret, SecretReference

ECHOES = {
    "raw": CANARY,
    "url": quote(CANARY, safe=""),
    "json": json.dumps(CANARY),
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64 with a user": base64.b64encode(f"user:{CANARY}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"{{{CANARY}}}".encode()).decode(),
}
FRAGMENTS = (CANARY, "canary-b7e4", "91f0a6c3", *(text[4:-6] for text in ECHOES.values()))


def everything(value: object) -> str:
    """Return all that can be shown of a page, its request, error, and whatever hangs on the error."""
    shown = [repr(value), str(value)]
    if isinstance(value, Page):
        shown += [repr(value.request), repr(dict(value.headers)), value.body.decode("latin-1"), value.url]
        error: BaseException | None = value.error
        while error is not None:
            shown += [repr(error), str(error), repr(vars(error)), repr(pickle.dumps(error))]
            shown += traceback.TracebackException.from_exception(error, capture_locals=True).format()
            error = error.__cause__ or error.__context__
    return "\n".join(shown)


def assert_clean(value: object) -> None:
    shown = everything(value)
    assert [fragment for fragment in FRAGMENTS if fragment in shown] == []


@pytest.mark.parametrize("form", ECHOES)
def test_an_echoed_token_is_replaced_and_flagged(form: str) -> None:
    body = json.dumps([{"id": 1, "seen": ECHOES[form]}]).encode()
    echo = answers(body, X_Seen=ECHOES[form])
    with FaultyServer(otherwise=echo) as server, opened(server.url, auth=BEARER) as api:
        page = api.send(Request(f"{server.url}/x"))

    assert page.redacted
    assert b"***" in page.body
    assert "***" in page.headers["x-seen"]
    assert page.received == len(body)
    assert_clean(page)


def test_an_answer_without_secrets_is_not_flagged() -> None:
    with FaultyServer(otherwise=answers(b'[{"id": 1}]')) as server, opened(server.url, auth=BEARER) as api:
        page = api.send(Request(f"{server.url}/x"))

    assert (page.redacted, page.body) == (False, b'[{"id": 1}]')


@pytest.mark.parametrize(
    "behaviour",
    [
        resets(header() + CANARY.encode()),
        raw(),
        raw(f"HTTP/1.1 {CANARY}\r\n\r\n".encode()),
        raw(f"{CANARY}\r\n\r\n".encode()),
        raw(header(Transfer_Encoding="chunked") + CANARY.encode() + b"\r\n"),
        raw(header(Content_Length=f"1, {CANARY}")),
        answers(b"x", Content_Encoding=CANARY),
        answers(CANARY.encode(), Content_Encoding="gzip"),
        answers(b"", status=429, Retry_After="999"),
        drips(b"", b"HTTP/1.1 200 OK"),
        gzip_bomb(9),
        redirects(f"http://elsewhere.example/?token={quote(CANARY, safe='')}"),
        redirects(f"http://user:{quote(CANARY, safe='')}@elsewhere.example/"),
        redirects(f"/again?token={quote(CANARY, safe='')}"),
        answers(b"", status=401, WWW_Authenticate=f"Bearer realm={CANARY}"),
    ],
    ids=range(15),
)
def test_no_error_and_no_page_holds_the_token(behaviour: Behaviour, capfd: pytest.CaptureFixture[str]) -> None:
    with (
        FaultyServer(otherwise=behaviour) as server,
        opened(server.url, auth=BEARER, total_seconds=0.4, attempts=2) as api,
    ):
        page = api.send(Request(f"{server.url}/x"))
        pages = list(api.send_all([Request(f"{server.url}/x")]))

    for one in [page, *pages]:
        assert_clean(one)
    assert CANARY not in "".join(capfd.readouterr())


def test_a_token_in_the_name_of_a_foreign_host_is_replaced_in_the_message() -> None:
    shelf = Shelf({"TOKEN": "canary-host-91f0a6c3"})
    with (
        FaultyServer(otherwise=redirects("http://canary-host-91f0a6c3.example/")) as server,
        opened(server.url, auth=BEARER, secrets=shelf) as api,
    ):
        error = api.send(Request(f"{server.url}/x")).error

    assert error is not None
    assert error.code == "foreign-host"
    assert error.message.startswith("http://***.example:80 is not")
    assert error.facts["found"] == "http://***.example:80"


def test_a_page_and_its_error_hold_no_trace_of_how_they_came_about() -> None:
    with FaultyServer(otherwise=resets()) as server, opened(server.url, auth=BEARER) as api:
        error = api.send(Request(f"{server.url}/x")).error

    assert error is not None
    assert (error.__traceback__, error.__context__, error.__cause__) == (None, None, None)


def test_a_secret_is_opened_at_the_moment_of_sending_only() -> None:
    shelf = Shelf()
    with FaultyServer(otherwise=answers()) as server, opened(server.url, auth=BEARER, secrets=shelf) as api:
        api.send(Request("http://elsewhere.example/x"))
        assert shelf.revealed == 0
        api.send(Request(f"{server.url}/x"))
        assert shelf.revealed > 0


@pytest.mark.parametrize("method", ["send", "send_all"])
@pytest.mark.parametrize(
    "value", ["", " ", "canary-1234\n", "canary-1234\r\nX: y", " canary-1234", "canary\x001234", "canary-ä1234"]
)
def test_a_secret_that_no_header_may_carry_is_named_before_the_first_byte(method: str, value: str) -> None:
    shelf = Shelf({"TOKEN": value})
    with (
        FaultyServer(otherwise=answers()) as server,
        opened(server.url, auth=BEARER, secrets=shelf) as api,
    ):
        ask = api.send if method == "send" else lambda request: next(iter(api.send_all([request])))
        with pytest.raises(MalformedSecretError) as caught:
            ask(Request(f"{server.url}/x"))

    assert server.count() == 0
    told = "".join(traceback.TracebackException.from_exception(caught.value).format()) + repr(vars(caught.value))
    assert "secret://TOKEN" in told
    assert "canary" not in told


def test_a_missing_secret_is_raised_and_not_mistaken_for_an_answer() -> None:
    class Empty(Shelf):
        def reveal(self, reference: SecretReference) -> FoundSecret:
            raise MissingSecretError(f"{reference} is nowhere")

    with (
        FaultyServer(otherwise=answers()) as server,
        opened(server.url, auth=BEARER, secrets=Empty()) as api,
        pytest.raises(MissingSecretError),
    ):
        list(api.send_all(Request(f"{server.url}/{n}") for n in range(9)))


def test_basic_auth_with_a_short_password_is_not_echoed() -> None:
    def echo(exchange: Exchange) -> bool:
        return answers(json.dumps(exchange.seen.headers["authorization"]).encode())(exchange)

    auth = Basic.model_validate({"user": "ci", "password": "secret://TOKEN"})
    with FaultyServer(otherwise=echo) as server:
        with opened(server.url, auth=auth, secrets=Shelf({"TOKEN": "pw-ü12"})) as api:
            page = api.send(Request(f"{server.url}/x"))

        assert base64.b64decode(server.seen[0].headers["authorization"].split()[1]).decode() == "ci:pw-ü12"
    assert page.body == b'"Basic ***"'


def test_an_api_key_goes_into_its_header() -> None:
    auth = ApiKey.model_validate({"header": "X-Api-Key", "value": "secret://TOKEN"})
    with FaultyServer(otherwise=answers()) as server, opened(server.url, auth=auth) as api:
        api.send(Request(f"{server.url}/x"))

        assert server.seen[0].headers["x-api-key"] == CANARY


ROTATED = "canary-2c9d17aa5e8f4b30-next"


@dataclass
class Rotated(Shelf):
    """A shelf on which somebody else puts a new secret."""

    def refresh(self) -> None:
        self.values = {"TOKEN": ROTATED}


def test_a_secret_rotated_meanwhile_is_read_anew_after_one_401_and_the_request_sent_once_more() -> None:
    shelf = Rotated({"TOKEN": CANARY})
    expired = in_turn(answers(b"", status=401), answers(b"[1]"))
    with FaultyServer(otherwise=expired) as server, opened(server.url, auth=BEARER, secrets=shelf) as api:
        page = api.send(Request(f"{server.url}/x", label="mine"))

        assert (page.status, page.attempts, page.request.label) == (200, 2, "mine")
        assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {CANARY}", f"Bearer {ROTATED}"]


def test_a_secret_that_did_not_change_is_not_sent_twice() -> None:
    with FaultyServer(otherwise=answers(b"", status=401)) as server, opened(server.url, auth=BEARER) as api:
        page = api.send(Request(f"{server.url}/x"))

        assert (page.status, page.attempts, server.count()) == (401, 1, 1)


def test_the_locals_of_a_secret_gone_wrong_show_no_value() -> None:
    shelf = Shelf({"TOKEN": f"{CANARY}\n"})
    with FaultyServer(otherwise=answers()) as server, opened(server.url, auth=BEARER, secrets=shelf) as api:
        try:
            api.send(Request(f"{server.url}/x"))
        except MalformedSecretError:
            kind, error, at = sys.exc_info()
            assert kind is not None
            assert error is not None
            told = [
                *traceback.TracebackException(kind, error, at, capture_locals=True, limit=-4).format(),
            ]
    assert not any(CANARY in line for line in told if "shelf" not in line)
