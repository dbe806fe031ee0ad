"""Asking a server by plain HTTP, without the product: what it answers is what the product is measured against."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `headers` have lower-case names, `body` is decoded where it is JSON, else its text."""

    status: int
    headers: Mapping[str, str]
    body: Any


def ask(
    url: str,
    *,
    method: str = "GET",
    body: object = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request with a JSON body, a form or none."""
    sent = dict(headers or {})
    data = None
    if form is not None:
        data = urlencode(form).encode()
    elif body is not None:
        data = json.dumps(body).encode()
        sent.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(url, data=data, headers=sent, method=method)
    try:
        with DIRECT.open(request, timeout=60) as answer:
            return _answer(answer.status, answer)
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error)


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of a login by name and password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """Return the header of a token."""
    return {"Authorization": f"Bearer {token}"}


def _answer(status: int, answer: HTTPResponse | urllib.error.HTTPError) -> Answer:
    text = answer.read().decode(errors="replace")
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = text
    return Answer(status, {name.lower(): value for name, value in answer.headers.items()}, body)
