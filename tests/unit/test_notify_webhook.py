"""A webhook's message is JSON, signed as Standard Webhooks has it; its key is used and never shown."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from spectra.access.sealed import Moment, Signed
from spectra.access.secret import SecretReference
from spectra.notify import Fact, Message, Webhook
from tests.architecture.house import ROOT

if TYPE_CHECKING:
    from spectra.access.exchange import Request

RAW = b"0123456789abcdef0123456789abcdef"
KEYS = {"whsec_" + base64.b64encode(RAW).decode(): RAW, "a key of words and signs!": b"a key of words and signs!"}
TOLD = Message(
    id="acme-source-20261123T021509-9f3a1c",
    title="acme · Source · Failed (BLOCKED)",
    severity="critical",
    written_at=datetime(2026, 11, 23, 2, 15, 9, tzinfo=UTC),
    facts=(Fact("Remedy", "Renew the credential."),),
    figures={"status": "Failed"},
)
MOMENT = Moment(TOLD.written_at)
SIGNING = Webhook(url=SecretReference("URL"), signing_key=SecretReference("KEY"))


def sent_by(request: Request) -> bytes:
    assert isinstance(request.body, bytes)
    return request.body


@pytest.mark.parametrize(("key", "raw"), KEYS.items())
def test_a_receiver_with_the_key_gets_the_same_signature(key: str, raw: bytes) -> None:
    request = SIGNING.request(TOLD)
    signature = request.headers["webhook-signature"]
    assert isinstance(signature, Signed)

    signed = b".".join([TOLD.id.encode(), b"1795400109", sent_by(request)])
    expected = base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
    assert signature.prefix + signature.coded(key, MOMENT) == f"v1,{expected}"
    assert (request.headers["webhook-id"], request.headers["webhook-timestamp"]) == (TOLD.id, "1795400109")


def test_the_receiver_that_the_documentation_shows_takes_what_is_sent_and_nothing_else() -> None:
    page = (ROOT / "docs" / "how-to" / "notifications.md").read_text(encoding="utf-8")
    shown: dict[str, Any] = {}
    exec(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0], shown)  # noqa: S102 - our own page
    request, (key, _) = SIGNING.request(TOLD), next(iter(KEYS.items()))
    body, signature = request.body, request.headers["webhook-signature"]
    assert isinstance(body, bytes)
    assert isinstance(signature, Signed)
    headers = dict(request.headers) | {"webhook-signature": f"v1,c2lnbmVk v1,{signature.coded(key, MOMENT)}"}
    moment = TOLD.written_at.timestamp()

    assert shown["is_genuine"](key, headers, body, moment)
    assert not shown["is_genuine"](key, headers, body + b" ", moment)
    assert not shown["is_genuine"](key, headers, body, moment + 301)
    assert not shown["is_genuine"](key, headers | {"webhook-id": "another"}, body, moment)


def test_a_request_names_the_key_and_the_address_and_holds_neither() -> None:
    request = SIGNING.request(TOLD)

    assert request.url == "secret://URL"
    assert request.headers["webhook-signature"].references == (SecretReference("KEY"),)  # type: ignore[union-attr]


def test_a_key_that_is_no_base64_after_its_prefix_is_refused() -> None:
    signature = SIGNING.request(TOLD).headers["webhook-signature"]
    assert isinstance(signature, Signed)

    assert [signature.takes(key) for key in ("whsec_!!", "whsec_", "whsec_AAAA", "plain")] == [False, False, True, True]


def test_without_a_key_nothing_is_signed() -> None:
    request = Webhook(url=SecretReference("URL")).request(TOLD)

    assert "webhook-signature" not in request.headers


def test_the_body_says_it_all_to_a_program() -> None:
    document = json.loads(sent_by(SIGNING.request(TOLD)))

    assert (document["type"], document["timestamp"]) == ("spectra.notification", "2026-11-23T02:15:09+00:00")
    assert document["data"]["facts"] == {"Remedy": "Renew the credential."}
    assert document["data"]["figures"] == {"status": "Failed"}
