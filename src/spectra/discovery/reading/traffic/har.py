"""Reading HAR 1.2: of everything that a browser recorded, the GETs that were answered with JSON."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from spectra.discovery.description import ApiDescription, Parameter
from spectra.discovery.reading.notes import Notes, text_in
from spectra.discovery.reading.traffic.calls import Call, gathered, segments_of
from spectra.discovery.reading.traffic.samples import shape_of_text
from spectra.discovery.reading.traffic.seen_auth import SeenSchemes, scheme_of
from spectra.discovery.sensitive import Sensitive, is_secret_name
from spectra.errors import ApiPartsLeftOutError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.discovery.description import Kind
    from spectra.discovery.reading.tree import Path, Tree

_MOST_ENTRIES = 50_000
_MOST_QUERY = 100
_GOOD = range(200, 300)
_TELLING = ("link", "etag", "last-modified", "retry-after", "deprecation", "sunset", "x-total", "x-next", "x-rate")


def read_har(tree: Tree, notes: Notes) -> ApiDescription:
    """Return what a recording shows of the API that most of its JSON comes from; no value of it is carried over."""
    log = tree.root["log"]
    entries = notes.sequence(log.get("entries"), ("log", "entries"))
    if len(entries) > _MOST_ENTRIES:
        said = f"more than {_MOST_ENTRIES:,} requests; those from here on were not read"
        notes.add(ApiPartsLeftOutError, said, ("log", "entries", _MOST_ENTRIES))
    recording = [(index, _Entry(each)) for index, each in enumerate(entries[:_MOST_ENTRIES])]
    sensitive = Sensitive()
    for _, entry in recording:
        entry.tell(sensitive)
    wanted = [(index, entry) for index, entry in recording if entry.is_json_get]
    seen = SeenSchemes()
    calls = [_call(entry, ("log", "entries", index), sensitive, seen) for index, entry in wanted]
    servers, operations = gathered(calls, notes, sensitive.hides)
    if len(wanted) < len(recording):
        said = f"{len(recording) - len(wanted)} of {len(recording)} requests are no GET answered with JSON"
        notes.add(ApiPartsLeftOutError, f"{said}, and were left out", ("log", "entries"))
    schemes = seen.all()
    return ApiDescription(
        format="har",
        title=urlsplit(servers[0]).hostname or "" if servers else "",
        file_name=tree.file_name,
        servers=servers,
        operations=operations,
        schemes=schemes,
        default_security=((schemes[0].name,),) if schemes else (),
        findings=notes.found(),
    )


class _Entry:
    """One recorded request and its answer; everything of the wrong kind counts as absent."""

    def __init__(self, value: Any) -> None:
        self.request = _mapping(_mapping(value).get("request"))
        self.response = _mapping(_mapping(value).get("response"))
        self.content = _mapping(self.response.get("content"))
        self.headers = [(name.lower(), each) for name, each in _named(self.request.get("headers"))]
        self.answered = [(name.lower(), each) for name, each in _named(self.response.get("headers"))]
        try:
            parts = urlsplit(text_in(self.request.get("url")))
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        plain = parts.scheme in ("http", "https") and bool(parts.hostname)
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        self.origin = f"{parts.scheme}://{shown}{f':{port}' if port else ''}" if plain else ""
        self.path = parts.path or "/"
        self.query = parse_qsl(parts.query, keep_blank_values=True)[:_MOST_QUERY]
        self.userinfo = parts.netloc.rpartition("@")[0]

    @property
    def is_json_get(self) -> bool:
        """Whether this is a GET that was answered with JSON."""
        return (
            self.request.get("method") == "GET"
            and bool(self.origin)
            and self.response.get("status") in _GOOD
            and "json" in text_in(self.content.get("mimeType")).lower()
        )

    def body(self) -> str:
        """Return the answer's text."""
        text = self.content.get("text")
        if not isinstance(text, str) or self.content.get("encoding") != "base64":
            return text if isinstance(text, str) else ""
        try:
            return base64.b64decode(text).decode("utf-8")
        except ValueError:
            return ""

    def tell(self, sensitive: Sensitive) -> None:
        """Let every credential be remembered that stands in this request or its answer."""
        for name, value in (*self.headers, *self.answered):
            if is_secret_name(name) or name in ("cookie", "set-cookie", "authorization"):
                sensitive.saw(value)
        posted = _mapping(self.request.get("postData"))
        cookies = [*_named(self.request.get("cookies")), *_named(self.response.get("cookies"))]
        for name, value in (*self.query, *_named(posted.get("params"))):
            if is_secret_name(name):
                sensitive.saw(value)
        for _, value in cookies:
            sensitive.saw(value)
        sensitive.saw(self.userinfo.partition(":")[2])
        for text in (posted.get("text"), self.body()):
            sensitive.saw_in_text(text if isinstance(text, str) else "")


def _call(entry: _Entry, at: Path, sensitive: Sensitive, seen: SeenSchemes) -> Call:
    seen.met(scheme_of(entry.headers, entry.query))
    return Call(
        method="GET",
        origin=entry.origin,
        segments=segments_of(entry.path),
        at=at,
        parameters=tuple(_parameters(entry, sensitive)),
        answer=shape_of_text(entry.body(), sensitive.hides),
        answer_headers=tuple(name for name, _ in entry.answered if name.startswith(_TELLING)),
        media_types=(text_in(entry.content.get("mimeType")).partition(";")[0].strip().lower(),),
    )


def _parameters(entry: _Entry, sensitive: Sensitive) -> Iterator[Parameter]:
    for name, value in entry.query:
        if name and not is_secret_name(name) and not sensitive.hides(name):
            yield Parameter(text_in(name), "query", kind=kind_of_text(value))


def kind_of_text(value: str) -> Kind:
    """Return what kind of value a query's text looks like."""
    if value.lower() in ("true", "false"):
        return "boolean"
    return "integer" if value.isascii() and value.removeprefix("-").isdigit() else "string" if value else "any"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _named(value: Any) -> list[tuple[str, str]]:
    """Return the pairs of a list of {name, value}."""
    each_of = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    pairs = [(each.get("name"), each.get("value")) for each in each_of]
    return [(name, each) for name, each in pairs if isinstance(name, str) and isinstance(each, str)]
