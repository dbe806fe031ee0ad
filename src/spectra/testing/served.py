"""ServedApi: a real HTTP server on loopback whose answers are one function."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived: header names are lower-case, `target` is path and query as they came over the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    target: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """What to answer; a body that is not bytes is sent as JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class ServedApi:
    """Serves until left: `with ServedApi(answer) as api: ... api.url, api.asked`."""

    def __init__(self, answer: Callable[[Asked], Answered], address: str = "127.0.0.1") -> None:
        self.asked: list[Asked] = []
        asked = self.asked

        class Exchange(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                length = int(headers.get("content-length", "0"))
                sent = self.rfile.read(length)
                query = dict(parse_qsl(parts.query))
                question = Asked(self.command, parts.path, query, headers, self.path, sent)
                asked.append(question)
                given = answer(question)
                plain = isinstance(given.body, bytes)
                body = given.body if plain else json.dumps(given.body).encode()
                self.send_response(given.status)
                kind = "text/plain" if plain else "application/json"
                for name, value in ({"Content-Type": kind} | dict(given.headers)).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                del format, args

        self._server = ThreadingHTTPServer((address, 0), Exchange)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`, unless another address was given."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def counts(self) -> Counter[str]:
        """Return how often each path was asked."""
        return Counter(question.path for question in list(self.asked))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
