"""What Discord is sent stays within its limits, and foreign text in it is nothing but text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.access.exchange import Page, Request
from spectra.access.secret import SecretReference
from spectra.notify import Discord, Fact, Message
from spectra.notify.discord import shown
from spectra.notify.plain import fitted, units, visible
from tests.integration.discord_receiver import as_shown, faults_of

NOW = datetime(2026, 11, 23, 2, 15, 9, tzinfo=UTC)
CHANNEL = Discord(webhook=SecretReference("HOOK"))
HOSTILE = {
    "everyone": "@everyone look",
    "here in capitals": "@HERE",
    "a user": "<@123456789012345678> and <@!1>",
    "a role": "<@&123456789012345678>",
    "a channel": "<#123456789012345678>",
    "a command": "</ban:123>",
    "an emoji": "<a:party:123456>",
    "a time": "<t:1700000000:R>",
    "a masked link": "[your bank](https://evil.example/login)",
    "a bare link": "see https://evil.example/?a=1 and http://x.example",
    "a link in brackets": "<https://evil.example>",
    "a link with a name": "discord://-/users/1",
    "code": "```ansi\n\x1b[2;31mred\x1b[0m\n``` and `x`",
    "emphasis": "**bold** *it* __under__ _it_ ~~gone~~ ||hidden||",
    "headings and lists": "# big\n-# small\n> quote\n>>> all\n- item\n* item\n1. item\n12. item",
    "escapes": "\\*not bold\\* \\\\",
    "an ANSI escape": "\x1b[2J\x1b]0;title\x07",
    "right to left": "abc\u202egnp.exe\u2066x\u2069",
    "zero width": "@\u200beveryone <\u200d@1> \ufeff\u00ad",
    "nothing seen": "\u200b\u200b",
    "blanks": "  \t\n ",
    "empty": "",
    "lone surrogates": "\ud800 and \udfff",
    "line ends": "a\r\nb\u2028c\x85d\rexit",
    "ten thousand": "x" * 10_000,
    "ten thousand stars": "*" * 10_000,
    "ten thousand faces": "\U0001f600" * 10_000,
    "nul": "a\x00b",
    "a quote": '"}],"allowed_mentions":{"parse":["everyone"]}',
}
TEXT = st.text(max_size=400) | st.sampled_from(list(HOSTILE.values()))
FACTS = st.lists(st.builds(Fact, TEXT, TEXT, st.booleans()), max_size=40)


def message(**given: Any) -> Message:
    plain: dict[str, Any] = {"id": "run-1", "title": "t", "severity": "info", "written_at": NOW}
    return Message(**(plain | given))


def body_of(told: Message) -> dict[str, Any]:
    body = CHANNEL.request(told).body
    assert isinstance(body, bytes)
    made: dict[str, Any] = json.loads(body)
    return made


@given(TEXT, TEXT, FACTS, TEXT)
def test_any_text_is_taken_and_does_nothing_but_being_text(
    title: str, text: str, facts: list[Fact], footer: str
) -> None:
    assert faults_of(body_of(message(title=title, text=text, facts=tuple(facts), footer=footer))) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_taken_in_every_place(text: str) -> None:
    told = message(title=text, text=text, footer=text, facts=tuple(Fact(text, text) for _ in range(30)))

    assert faults_of(body_of(told)) == []


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE[name]
        for name in ("a masked link", "a bare link", "emphasis", "headings and lists", "escapes", "a channel")
    ],
)
def test_a_reader_sees_what_was_said(text: str) -> None:
    assert as_shown(shown(text, 1000)) == (text, [])


def test_no_sign_of_a_mention_is_left_in_what_is_sent() -> None:
    assert "@everyone" not in json.dumps(body_of(message(title="@everyone", text="@Here", footer="@everyone")))
    assert as_shown(shown("mail qa@example.com, source.endpoints@3", 99))[0].endswith("source.endpoints@3")


def test_the_receiver_would_notice_text_that_was_not_escaped() -> None:
    for name in ("everyone", "a user", "a role", "a masked link", "a bare link", "code", "emphasis", "right to left"):
        embed = {"title": "t", "description": HOSTILE[name]}
        assert faults_of({"embeds": [embed], "allowed_mentions": {"parse": []}}), name


@given(st.text(), st.integers(1, 60))
def test_a_cut_keeps_within_the_limit_and_says_that_it_cut(text: str, most: int) -> None:
    cut = fitted(text, most)

    assert units(cut) <= most
    assert cut == text or cut.endswith("…")


def test_a_cut_falls_between_words_and_never_inside_an_escape() -> None:
    assert fitted("one two three four", 12) == "one two…"
    assert shown("****", 4) == "\\*…"


def test_what_cannot_be_seen_is_shown_to_be_there() -> None:
    assert visible("a\u202eb\x1bc\u200bd\r\ne") == "a\ufffdb\ufffdc\ufffdd\ne"


def test_nobody_is_mentioned_and_discord_is_made_to_answer() -> None:
    request = CHANNEL.request(message())

    assert isinstance(request.body, bytes)
    assert json.loads(request.body)["allowed_mentions"] == {"parse": []}
    assert (request.method, request.params, request.url) == ("POST", {"wait": "true"}, "secret://HOOK")
    assert request.safe


def page(status: int, body: bytes) -> Page:
    return Page(Request("secret://HOOK"), "secret://HOOK", status, body=body)


def test_an_answer_is_told_in_short() -> None:
    assert CHANNEL.answer(page(200, b'{"id": "7", "channel_id": "9"}')) == "message 7 in channel 9"
    assert CHANNEL.answer(page(404, b'{"message": "Unknown Webhook", "code": 10015}')) == "Unknown Webhook (10015)"
    assert len(CHANNEL.answer(page(502, b"<html>" + b"x" * 9999))) == 200


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, None),
        (204, None),
        (302, "notification-refused"),
        (400, "notification-refused"),
        (401, "notification-refused"),
        (404, "notification-refused"),
        (408, "notification-undelivered"),
        (429, "notification-undelivered"),
        (500, "notification-undelivered"),
    ],
)
def test_a_status_is_told_apart(status: int, code: str | None) -> None:
    failure = CHANNEL.failure(page(status, b""))

    assert (failure.code if failure else None) == code
