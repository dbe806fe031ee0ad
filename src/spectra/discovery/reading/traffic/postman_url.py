"""The URLs of Postman: a text or taken apart, with `{{variables}}` and `:names` that become placeholders."""

from __future__ import annotations

import re
from typing import Any

from spectra.discovery.reading.notes import text_in
from spectra.discovery.reading.traffic.postman_auth import pairs_in

VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")
ODD = re.compile(r"[^A-Za-z0-9_.-]+")
_URL = re.compile(r"(?P<server>(?:[^/?#]*://)?[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?")


def url_parts(value: Any) -> tuple[str, str, list[str]]:
    """Return server, path with placeholders, and the names of the query of a URL: a text, or taken apart."""
    if isinstance(value, str):
        raw, listed = value, []
    else:
        value = value if isinstance(value, dict) else {}
        raw, listed = text_in(value.get("raw")) or _joined(value), pairs_in(value.get("query"))
    match = _URL.match(raw)
    server, path, query = (match["server"], match["path"], match["query"] or "") if match else ("", "", "")
    names = [name for name, _ in listed] or [part.partition("=")[0] for part in query.split("&")]
    return server, with_placeholders(path), names


def _joined(url: dict[str, Any]) -> str:
    """Return a URL that is saved in parts only."""
    host, path = (url.get(name) for name in ("host", "path"))
    host = ".".join(map(text_in, host)) if isinstance(host, list) else text_in(host)
    parts = (
        [text_in(each.get("value") if isinstance(each, dict) else each) for each in path]
        if isinstance(path, list)
        else [text_in(path).lstrip("/")]
    )
    scheme, port = text_in(url.get("protocol")), text_in(url.get("port"))
    return f"{f'{scheme}://' if scheme else ''}{host}{f':{port}' if port else ''}/{'/'.join(parts)}"


def with_placeholders(path: str) -> str:
    """Return a path whose variables and names are placeholders."""
    filled = VARIABLE.sub(lambda match: f"{{{_placeholder(match[1])}}}", path)
    return "/".join(f"{{{_placeholder(part[1:])}}}" if part[:1] == ":" else part for part in filled.split("/"))


def _placeholder(name: str) -> str:
    return ODD.sub("_", name.strip().lstrip("$")).strip("_") or "id"
