"""HTTP/1.1 as bytes: a request read out of a buffer, an answer written into one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.demo.answers import Answer

LARGEST_HEAD = 65_536
LARGEST_BODY = 1_048_576
_END = b"\r\n\r\n"
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_BODILESS = 204


class BrokenRequestError(Exception):
    """The bytes are no request that this server reads; the connection is of no more use."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: header names in lower case, the body read and thrown away."""

    method: str
    target: str
    headers: Mapping[str, str]
    keep_alive: bool


def take_request(buffer: bytearray) -> Asked | None:
    """Take one request off the front of the buffer, None where it is not all there; raises BrokenRequestError."""
    end = buffer.find(_END)
    if end < 0:
        if len(buffer) > LARGEST_HEAD:
            raise BrokenRequestError("the head does not end")
        return None
    lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    headers = _headers(lines[1:])
    length = end + len(_END) + _body_length(headers)
    if len(buffer) < length:
        return None
    del buffer[:length]
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, target, version
        raise BrokenRequestError("no request line")
    close = headers.get("connection", "").lower() == "close" or words[2] == "HTTP/1.0"
    return Asked(words[0], words[1], headers, keep_alive=not close)


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.lower(): value.strip() for name, _, value in pairs}


def _body_length(headers: Mapping[str, str]) -> int:
    text = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not text.isdigit() or int(text) > LARGEST_BODY:
        raise BrokenRequestError("a body of unknown or excessive length")
    return int(text)


def answer_bytes(
    answer: Answer, extra: Mapping[str, str], *, head_only: bool = False, keep_alive: bool = True
) -> bytes:
    """Write an answer; a 204 has no body, an answer to HEAD tells the length of the body it leaves out."""
    headers = {**answer.headers, **extra}
    if answer.status != _BODILESS:
        headers |= {"Content-Length": str(len(answer.body))}
        headers |= {"Content-Type": answer.content_type} if answer.body else {}
    if not keep_alive:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head if head_only else head + answer.body
