"""A receiver on loopback that takes a webhook's message only where Discord would, and shows it as Discord would."""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WEBHOOK_ID = "1180000000000000001"
CANARY = "wh-canary-Zk93_hQ7vLx2-pRt8sWmN4cYbE6uJaGd"
PATH = f"/api/webhooks/{WEBHOOK_ID}/{CANARY}"
LIMITS = {"title": 256, "description": 4096}
MOST_FIELDS, MOST_NAME, MOST_VALUE, MOST_FOOTER, MOST_IN_ALL = 25, 256, 1024, 2048, 6000
EFFECTS = (
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("user", re.compile(r"<@!?\d+>")),
    ("role", re.compile(r"<@&\d+>")),
    ("channel", re.compile(r"<#\d+>")),
    ("command", re.compile(r"</[^:>]+:\d+>")),
    ("emoji", re.compile(r"<a?:\w+:\d+>")),
    ("time", re.compile(r"<t:-?\d+(:\w)?>")),
    ("guide", re.compile(r"<id:\w+>")),
    ("everyone", re.compile(r"@(everyone|here)", re.IGNORECASE)),
    ("masked link", re.compile(r"\[[^\]]+\]\([^)\s]+[^)]*\)")),
    ("link", re.compile(r"<?\b(https?|steam|discord)://[^\s<]+", re.IGNORECASE)),
    ("code block", re.compile(r"```.+?```", re.DOTALL)),
    ("code", re.compile(r"`[^`]+`")),
    ("bold", re.compile(r"\*\*.+?\*\*", re.DOTALL)),
    ("underline", re.compile(r"__.+?__", re.DOTALL)),
    ("struck", re.compile(r"~~.+?~~", re.DOTALL)),
    ("spoiler", re.compile(r"\|\|.+?\|\|", re.DOTALL)),
    ("italic", re.compile(r"\*[^*\s][^*]*\*|_[^_]+_")),
)
AT_LINE_START = (
    ("heading", re.compile(r"\s*(#{1,3}|-#) ")),
    ("quote", re.compile(r"\s*>{1,3} ")),
    ("item", re.compile(r"\s*([-*]|\d{1,9}\.) ")),
)


def as_shown(text: str) -> tuple[str, list[str]]:
    """Return what a reader sees of a text in an embed, and everything in it that does more than being text."""
    seen, effects, place = "", [], 0
    while place < len(text):
        at_start = place == 0 or text[place - 1] == "\n"
        patterns = [*(AT_LINE_START if at_start else ()), *EFFECTS]
        name, match = next(((n, m) for n, p in patterns if (m := p.match(text, place))), ("", None))
        if match is None:
            seen, place = seen + text[place], place + 1
        elif name == "escape":
            seen, place = seen + match[1], match.end()
        else:
            effects.append(f"{name}: {match[0]}")
            seen, place = seen + match[0], match.end()
    effects += [f"unseen: U+{ord(each):04X}" for each in text if each != "\n" and _is_unseen(each)]
    return seen, effects


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs"}


def _length(text: str) -> int:
    """Return the greater of the two ways to count: code points, UTF-16 units."""
    return max(len(text.strip()), len(text.strip().encode("utf-16-le", "surrogatepass")) // 2)


def texts_of(embed: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the place and text of everything that counts towards the limit of all embeds."""
    for name in ("title", "description"):
        if name in embed:
            yield name, embed[name]
    for number, each in enumerate(embed.get("fields", [])):
        yield f"fields.{number}.name", each.get("name", "")
        yield f"fields.{number}.value", each.get("value", "")
    if "footer" in embed:
        yield "footer.text", embed["footer"].get("text", "")


def _most(place: str) -> int:
    if place.startswith("fields."):
        return MOST_NAME if place.endswith("name") else MOST_VALUE
    return LIMITS.get(place, MOST_FOOTER)


def _embed_faults(embed: dict[str, Any]) -> Iterator[str]:
    if len(embed.get("fields", [])) > MOST_FIELDS:
        yield f"fields: must be {MOST_FIELDS} or fewer in length"
    for place, text in texts_of(embed):
        if not text.strip():
            yield f"{place}: this field is required"
        if _length(text) > _most(place):
            yield f"{place}: must be {_most(place)} or fewer in length"
        plain = place == "footer.text"
        found = [each for each in as_shown(text)[1] if not plain or each.startswith(("unseen", "everyone", "user"))]
        yield from (f"{place}: not only text ({each})" for each in found)
    if not 0 <= embed.get("color", 0) <= 0xFFFFFF:
        yield "color: out of range"
    if "timestamp" in embed and datetime.fromisoformat(embed["timestamp"]).tzinfo is None:
        yield "timestamp: must be ISO 8601"
    if "url" in embed and urlsplit(embed["url"]).scheme not in {"http", "https"}:
        yield "url: scheme must be http or https"


def faults_of(body: dict[str, Any]) -> list[str]:
    """Return why Discord would not take a message, or why it would do more than show text."""
    embeds = body.get("embeds", [])
    faults = [fault for embed in embeds for fault in _embed_faults(embed)]
    if not embeds and not body.get("content"):
        faults.append("cannot send an empty message")
    if len(embeds) > 10 or len(body.get("content", "")) > 2000:
        faults.append("too many embeds, or content too long")
    if sum(_length(text) for embed in embeds for _, text in texts_of(embed)) > MOST_IN_ALL:
        faults.append("embeds: embed size exceeds maximum size of 6000")
    if body.get("allowed_mentions") != {"parse": []}:
        faults.append("allowed_mentions: must be given, and allow none")
    return faults


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the receiver; None for the status means that it hangs until it is left; `first` happens before."""

    status: int | None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    first: Callable[[], None] = _nothing


def limited(seconds: float, *, header: str | None = None) -> Reply:
    """Return Discord's answer to whom it limits."""
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return Reply(429, body, {} if header is None else {"Retry-After": header})


HANGS = Reply(None)


class DiscordReceiver:
    """Serves until left: `with DiscordReceiver() as discord: ... discord.url, discord.messages, discord.refused`.

    `plan` are answers that are given first, whatever is asked.
    """

    def __init__(self, *plan: Reply) -> None:
        self.plan = list(plan)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.messages: list[dict[str, Any]] = []
        self.refused: list[list[str]] = []
        self._leaving = threading.Event()
        answer, asked, leaving = self._answer, self.asked, self._leaving

        class Exchange(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked.append((self.path, headers, body))
                reply = answer(self.path, headers, body)
                reply.first()
                if reply.status is None:
                    leaving.wait(30)
                    self.close_connection = True
                    return
                data = b"" if reply.body is None else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def origin(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The address of the webhook, which is a secret."""
        return f"{self.origin}{PATH}"

    @property
    def embeds(self) -> list[dict[str, Any]]:
        """The embeds taken, oldest first."""
        return [embed for message in self.messages for embed in message["embeds"]]

    def _answer(self, target: str, headers: dict[str, str], body: bytes) -> Reply:
        if self.plan:
            return self.plan.pop(0)
        parts = urlsplit(target)
        if parts.path != PATH:
            return Reply(404, {"message": "Unknown Webhook", "code": 10015})
        if headers.get("content-type", "").split(";")[0] != "application/json":
            return Reply(400, {"message": "Cannot send an empty message", "code": 50006})
        try:
            message = json.loads(body)
        except ValueError:
            return Reply(400, {"message": "The request body contains invalid JSON.", "code": 50109})
        return self._judged(message, parts.query)

    def _judged(self, message: dict[str, Any], query: str) -> Reply:
        faults = faults_of(message)
        if faults:
            self.refused.append(faults)
            return Reply(400, {"message": "Invalid Form Body", "code": 50035, "errors": {"_errors": faults}})
        self.messages.append(message)
        if parse_qs(query).get("wait") != ["true"]:
            return Reply(204)
        made = {"id": str(1190000000000000000 + len(self.messages)), "channel_id": "1170000000000000007"}
        return Reply(200, made | {"webhook_id": WEBHOOK_ID, "type": 0, "content": "", "embeds": message["embeds"]})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
