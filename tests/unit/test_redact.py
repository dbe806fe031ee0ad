from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.access.redact import Redactor


@dataclass(frozen=True)
class Kept:
    value: str


SECRET = 'cänary/+="quote" & <tag>\\end'
PLAIN = "eyJhbGciOiJIUzI1NiJ9.canary.0123456789"


@pytest.mark.parametrize("secret", [SECRET, PLAIN, "p@ssw0rd"])
@pytest.mark.parametrize(
    "echo",
    [
        str,
        urllib.parse.quote,
        lambda text: urllib.parse.quote(text, safe=""),
        lambda text: re.sub("%..", lambda match: match[0].lower(), urllib.parse.quote(text, safe="")),
        lambda text: urllib.parse.quote(text, safe="!*'()"),
        urllib.parse.quote_plus,
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: json.dumps(text).replace("/", "\\/"),
        repr,
        html.escape,
    ],
    ids=range(12),
)
def test_a_secret_is_found_in_every_spelling(secret: str, echo: type[str]) -> None:
    shown = echo(secret)
    text = Redactor([Kept(secret)]).text(f"<{shown}>")

    assert "***" in text
    assert shown.strip("\"'") not in text


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:", "a-long-user-name:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("secret", [SECRET, PLAIN, "p@ssw0rd"])
def test_a_secret_is_found_inside_base64_and_nothing_of_it_is_left(
    secret: str, before: str, after: str, encode: type[bytes]
) -> None:
    coded = encode((before + secret + after).encode()).decode()
    text = Redactor([Kept(secret)]).text(coded)
    head, _, tail = text.partition("***")

    assert "***" in text
    assert len(head) * 6 <= len(before.encode()) * 8
    letters_before_tail = len(coded.rstrip("=")) - len(tail.rstrip("="))
    assert letters_before_tail * 6 >= len((before + secret).encode()) * 8


def test_case_matters() -> None:
    assert Redactor([Kept("canary-ABC")]).text("canary-abc") == "canary-abc"


def test_a_value_shorter_than_8_characters_is_left_in_the_output() -> None:
    assert Redactor([Kept("admin12")]).text('{"user": "admin12"}') == '{"user": "admin12"}'


def test_a_value_of_8_characters_is_replaced() -> None:
    assert Redactor([Kept("admin123")]).text('{"user": "admin123"}') == '{"user": "***"}'


def test_the_longest_secret_goes_first() -> None:
    redactor = Redactor([Kept("canary-1"), Kept("canary-1-long")])

    assert redactor.text("canary-1-long canary-1") == "*** ***"


def test_a_body_says_whether_something_was_replaced() -> None:
    redactor = Redactor([Kept(PLAIN)])

    assert redactor.body(b'{"a": 1}') == (b'{"a": 1}', False)
    assert redactor.body(b'{"a": "%s"}' % PLAIN.encode()) == (b'{"a": "***"}', True)


def test_a_body_that_is_no_text_is_searched_as_well() -> None:
    assert Redactor([Kept(PLAIN)]).body(b"\xff\x00" + PLAIN.encode()) == (b"\xff\x00***", True)


def test_without_secrets_nothing_is_touched() -> None:
    assert Redactor().body(b"anything") == (b"anything", False)


def test_a_value_can_be_added() -> None:
    redactor = Redactor([Kept(PLAIN)])

    assert redactor.also("another-1").text(f"another-1 {PLAIN}") == "*** ***"
    assert redactor.also(PLAIN) is redactor
    assert redactor.also("short") is redactor


def test_it_shows_no_value_of_itself() -> None:
    assert PLAIN not in repr(Redactor([Kept(PLAIN)]))


@given(st.text(min_size=8), st.text(), st.text())
def test_no_text_breaks_it_and_no_raw_secret_survives(secret: str, before: str, after: str) -> None:
    text = Redactor([Kept(secret)]).text(before + secret + after)

    assert secret == "*" * len(secret) or secret not in text or secret in before + "***" + after
