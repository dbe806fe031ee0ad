"""Reading Postman collections 2.0 and 2.1: folders, requests, their auth and the answers saved beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from spectra.catalog.rows import METHODS
from spectra.discovery.description import ApiDescription, Parameter
from spectra.discovery.reading.notes import Notes, text_in
from spectra.discovery.reading.openapi.openapi import no_servers
from spectra.discovery.reading.openapi.paths import MOST_OPERATIONS
from spectra.discovery.reading.traffic.calls import Call, gathered, segments_of
from spectra.discovery.reading.traffic.postman_auth import auth_scheme, pairs_in
from spectra.discovery.reading.traffic.postman_url import ODD, VARIABLE, url_parts, with_placeholders
from spectra.discovery.reading.traffic.samples import shape_of_text
from spectra.discovery.reading.traffic.seen_auth import SeenSchemes, scheme_of
from spectra.discovery.sensitive import Sensitive, is_secret_name
from spectra.documents.wording import shortened
from spectra.errors import ApiDocumentValueError, ApiPartsLeftOutError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spectra.discovery.description import Shape
    from spectra.discovery.reading.tree import Path, Tree

_GOOD = range(200, 300)
_TEXTS = ("url", "raw", "request", "body")
_MOST_NESTED = 5
_MOST_QUERY = 100


def read_postman(tree: Tree, notes: Notes) -> ApiDescription:
    """Return what a collection says; of its variables and auth only names and addresses are carried over."""
    wrapped = tree.root.get("collection")
    root, at = (wrapped, ("collection",)) if isinstance(wrapped, dict) else (tree.root, ())
    collection = _Collection(notes, _variables(root))
    collection.tell(root)
    calls = [collection.call(each) for each in _requests(root, at, notes)]
    servers, operations = gathered(calls, notes, collection.sensitive.hides)
    schemes = collection.seen.all()
    title = text_in(notes.mapping(root.get("info"), (*at, "info")).get("name"))
    return ApiDescription(
        format="postman",
        title=collection.sensitive.shown(title),
        file_name=tree.file_name,
        servers=servers or no_servers(notes, (*at, "variable")),
        operations=operations,
        schemes=schemes,
        default_security=((schemes[0].name,),) if schemes else (),
        findings=notes.found(),
    )


@dataclass(frozen=True, slots=True)
class _Saved:
    """A request as it is saved: its folders, and the auth that holds for it, outermost first."""

    value: dict[str, Any]
    at: Path
    folders: tuple[str, ...]
    auth: Any


def _requests(root: dict[str, Any], at: Path, notes: Notes) -> Iterator[_Saved]:
    count = 0
    pending: list[tuple[Any, Path, tuple[str, ...], Any]] = [(root, at, (), root.get("auth"))]
    while pending:
        value, here, folders, auth = pending.pop()
        if "request" in value and count >= MOST_OPERATIONS:
            said = f"more than {MOST_OPERATIONS:,} requests; those from here on were not read"
            notes.add(ApiPartsLeftOutError, said, here)
            return
        if "request" in value:
            count += 1
            yield _Saved(value, here, folders, auth)
        inner = []
        for index, each in enumerate(notes.sequence(value.get("item"), (*here, "item"))):
            below = (*here, "item", index)
            if not isinstance(each, dict):
                notes.add(ApiDocumentValueError, "an item is a folder or a request", below)
                continue
            named = (*folders, text_in(each.get("name"))) if "item" in each else folders
            inner.append((each, below, named, each.get("auth") or auth))
        pending += reversed(inner)


@dataclass(slots=True)
class _Collection:
    """What is known of a whole collection while its requests are read."""

    notes: Notes
    variables: dict[str, str]
    sensitive: Sensitive = field(default_factory=Sensitive)
    seen: SeenSchemes = field(default_factory=SeenSchemes)

    def tell(self, root: dict[str, Any]) -> None:
        """Let every credential be remembered that stands anywhere in the collection."""
        pending: list[Any] = [root]
        while pending:
            value = pending.pop()
            pending += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            if isinstance(value, dict):
                self._tell(value)

    def _tell(self, value: dict[str, Any]) -> None:
        name, held = value.get("key"), value.get("value")
        if isinstance(name, str) and isinstance(held, str) and is_secret_name(name):
            self.sensitive.saw(VARIABLE.sub("", held))
        kind = value.get("type")
        attributes = dict(pairs_in(value.get(kind))) if isinstance(kind, str) else {}
        for each, secret in attributes.items():
            if is_secret_name(each) or each == "value":
                self.sensitive.saw(VARIABLE.sub("", secret))
        for text in (value.get(name) for name in _TEXTS):
            if isinstance(text, str):
                self.sensitive.saw_in_text(VARIABLE.sub("", text.partition("?")[2] or text))

    def call(self, saved: _Saved) -> Call:
        """Return one request as a call."""
        at = (*saved.at, "request")
        request = saved.value["request"]
        request = {"url": request} if isinstance(request, str) else self.notes.mapping(request, at)
        server, path, query = url_parts(request.get("url"))
        origin, base = self._server(server)
        answer, answer_headers = self._answer(saved.value.get("response"))
        return Call(
            method=self._method(request, at),
            origin=origin,
            segments=(*base, *segments_of(path)) if path or not base else base,
            at=at,
            base=len(base) or None,
            name=self.sensitive.shown(text_in(saved.value.get("name"))),
            category=self.sensitive.shown(saved.folders[0] if saved.folders else ""),
            parameters=tuple(Parameter(each, "query") for each in self._query(query)),
            answer=answer,
            answer_headers=answer_headers,
            media_types=("application/json",) if answer is not None else (),
            security=self._security(request, saved),
        )

    def _method(self, request: dict[str, Any], at: Path) -> str:
        method = text_in(request.get("method")).upper() or "GET"
        if method in METHODS:
            return method
        self.notes.add(ApiDocumentValueError, f"{shortened(method)!r} is no HTTP method; read as GET", (*at, "method"))
        return "GET"

    def _query(self, names: list[str]) -> Iterator[str]:
        for name in map(text_in, names[:_MOST_QUERY]):
            if name and "{{" not in name and not is_secret_name(name) and not self.sensitive.hides(name):
                yield name

    def _security(self, request: dict[str, Any], saved: _Saved) -> tuple[tuple[str, ...], ...] | None:
        """Return what a request asks for: its own auth block's, the innermost folder's, or what its headers show."""
        auth = request.get("auth") or saved.auth
        if isinstance(auth, dict) and auth.get("type") == "noauth":
            return ()
        headers = [(name.lower(), value) for name, value in pairs_in(request.get("header"))]
        scheme = auth_scheme(auth, self.address) or scheme_of(headers, ())
        return None if scheme is None else (self.seen.met(scheme),)

    def _server(self, written: str) -> tuple[str, tuple[str, ...]]:
        """Return scheme, host and port of a server, empty where unknown, and the segments of its path."""
        address = self.address(written)
        if not address:
            return "", ()
        parts = urlsplit(address)
        path = with_placeholders(parts.path.strip("/"))
        return f"{parts.scheme}://{parts.netloc}", tuple(path.split("/")) if path else ()

    def address(self, written: str) -> str:
        """Return a web address with its variables filled in, without user and query; empty where it is none."""
        text = written
        for _ in range(_MOST_NESTED):
            text = VARIABLE.sub(lambda match: self.variables.get(match[1].strip(), match[0]), text)
        text = text if "://" in text else f"https://{text}"
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return ""
        if parts.scheme not in ("http", "https") or not host or ODD.search(host.strip("[]").replace(":", "")):
            return ""
        shown = f"[{host}]" if ":" in host else host
        return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path}"

    def _answer(self, saved: Any) -> tuple[Shape | None, tuple[str, ...]]:
        """Return the shape of the first success that is saved beside a request, and the names of its headers."""
        for each in saved if isinstance(saved, list) else ():
            if isinstance(each, dict) and each.get("code", 200) in _GOOD:
                shape = shape_of_text(each.get("body"), self.sensitive.hides)
                if shape is not None:
                    return shape, tuple(name.lower() for name, _ in pairs_in(each.get("header")))
        return None, ()


def _variables(root: dict[str, Any]) -> dict[str, str]:
    """Return the collection's own variables that hold addresses or parts of them."""
    return {name: value for name, value in pairs_in(root.get("variable")) if not is_secret_name(name)}
