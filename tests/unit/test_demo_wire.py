from __future__ import annotations

import pytest

from spectra.demo.answers import NOT_FOUND, Answer
from spectra.demo.wire import LARGEST_HEAD, BrokenRequestError, answer_bytes, take_request

WHOLE = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nAUTHORIZATION:  Bearer t \r\n\r\n"


def test_a_request_is_taken_only_when_it_is_all_there() -> None:
    for cut in range(len(WHOLE)):
        assert take_request(bytearray(WHOLE[:cut])) is None

    asked = take_request(bytearray(WHOLE))
    assert asked is not None
    assert (asked.method, asked.target, asked.keep_alive) == ("GET", "/a?b=c", True)
    assert asked.headers["authorization"] == "Bearer t"


def test_requests_sent_together_are_taken_one_by_one() -> None:
    buffer = bytearray(b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz" + WHOLE)

    first, second = take_request(buffer), take_request(buffer)
    assert first is not None
    assert second is not None
    assert (first.method, second.method, bytes(buffer)) == ("POST", "GET", b"")


def test_a_body_that_is_not_all_there_is_waited_for() -> None:
    buffer = bytearray(b"PUT /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nxyz")

    assert take_request(buffer) is None
    assert take_request(buffer + b"!") is not None


@pytest.mark.parametrize("version_and_header", [b"HTTP/1.0\r\n", b"HTTP/1.1\r\nConnection: Close\r\n"])
def test_who_wants_the_connection_closed_gets_it_closed(version_and_header: bytes) -> None:
    asked = take_request(bytearray(b"GET / " + version_and_header + b"\r\n"))

    assert asked is not None
    assert not asked.keep_alive
    assert b"Connection: close" in answer_bytes(NOT_FOUND, {}, keep_alive=asked.keep_alive)


@pytest.mark.parametrize(
    "broken",
    [
        b"hello\r\n\r\n",
        b"GET / SPDY/3\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"x" * (LARGEST_HEAD + 1),
    ],
)
def test_what_is_no_request_is_refused(broken: bytes) -> None:
    with pytest.raises(BrokenRequestError):
        take_request(bytearray(broken))


def test_an_answer_without_content_has_no_length_and_a_404_has_length_0() -> None:
    assert b"Content-Length" not in answer_bytes(Answer(204), {})
    assert b"Content-Length: 0\r\n" in answer_bytes(NOT_FOUND, {})


def test_an_answer_to_head_tells_the_length_and_leaves_the_body_out() -> None:
    data = answer_bytes(Answer(200, b"[1]"), {}, head_only=True)

    assert b"Content-Length: 3\r\n" in data
    assert data.endswith(b"\r\n\r\n")
