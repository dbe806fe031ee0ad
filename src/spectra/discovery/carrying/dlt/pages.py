"""What dlt calls a `paginator`, as pagination of a definition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.json_path import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Setting

_BY_HAND = "write `pagination` of its entities by hand, once `spectra source` shows what the API answers"
_SIZE_NAME = re.compile(r"(?:per_?page|(?:page_?|max_?|batch_?)?(?:size|limit|results|count)|\$top|top)", re.IGNORECASE)
_DEFAULT_SIZE = 100


def dlt_pagination(paginator: Setting | None, fixed: dict[str, str], carrying: Carrying) -> dict[str, Any] | None:
    """Return the pagination that a dlt paginator asks for; takes the page size out of the fixed parameters."""
    if paginator is None:
        return None
    kind = (paginator.text("type") if paginator.is_mapping else paginator.scalar) or "auto"
    make = _KINDS.get(kind) if isinstance(kind, str) else None
    if make is None:
        paginator.close()
        shown = f"the paginator {kind!r}" if isinstance(kind, str) else "the paginator"
        carrying.left(paginator.place, shown, _BY_HAND)
        return None
    found = make(paginator, carrying)
    if found is not None and found["type"] not in ("none", "offset"):
        found |= _size(fixed)
    if found is not None and found["type"] == "page_number" and "size" not in found:
        carrying.left(paginator.place, "the page size", "dlt sends none; give `size_param` the name the API has for it")
    return found


def _size(fixed: dict[str, str]) -> dict[str, Any]:
    """Take a page size out of the fixed parameters."""
    name = next((name for name, value in fixed.items() if _SIZE_NAME.fullmatch(name) and value.isdecimal()), None)
    return {} if name is None else {"size_param": name, "size": int(fixed.pop(name)[:9])}


def _path(paginator: Setting, name: str, otherwise: str, carrying: Carrying) -> str | None:
    path = dotted(paginator.text(name) or otherwise, indexes=True)
    if not path:
        carrying.left(paginator.place, name, _BY_HAND)
    return path or None


def _next_url(paginator: Setting, carrying: Carrying) -> dict[str, Any] | None:
    path = _path(paginator, "next_url_path", "next", carrying)
    return {"type": "next_url", "url": path} if path else None


def _link_header(paginator: Setting, carrying: Carrying) -> dict[str, Any]:
    del carrying
    return {"type": "link_header", "rel": paginator.text("links_next_key") or "next"}


def _header_cursor(paginator: Setting, carrying: Carrying) -> None:
    paginator.close()
    carrying.left(paginator.place, "a cursor out of a header", "`next_header` takes a whole address; write it by hand")


def _cursor(paginator: Setting, carrying: Carrying) -> dict[str, Any] | None:
    path = _path(paginator, "cursor_path", "cursors.next", carrying)
    param = paginator.text("cursor_param") or "cursor"
    return {"type": "page_token", "token": path, "token_param": param} if path else None


def _offset(paginator: Setting, carrying: Carrying) -> dict[str, Any]:
    if paginator.number("offset"):
        carrying.left(paginator.place, "the offset to start at", "reading starts at 0")
    size = paginator.number("limit")
    return {
        "type": "offset",
        "offset_param": paginator.text("offset_param") or "offset",
        "size_param": paginator.text("limit_param") or "limit",
        "size": _DEFAULT_SIZE if size is None else size,
    }


def _page_number(paginator: Setting, carrying: Carrying) -> dict[str, Any]:
    del carrying
    first = paginator.number("base_page") or 0
    return {"type": "page_number", "page_param": paginator.text("page_param") or "page", "first_page": first}


def _single(paginator: Setting, carrying: Carrying) -> dict[str, Any]:
    del paginator, carrying
    return {"type": "none"}


def _auto(paginator: Setting, carrying: Carrying) -> None:
    carrying.left(paginator.place, "the paginator 'auto'", f"dlt finds it out while it runs; {_BY_HAND}")


_KINDS: Mapping[str, Callable[[Setting, Carrying], dict[str, Any] | None]] = {
    "auto": _auto,
    "json_link": _next_url,
    "json_response": _next_url,
    "header_link": _link_header,
    "header_cursor": _header_cursor,
    "cursor": _cursor,
    "offset": _offset,
    "page_number": _page_number,
    "single_page": _single,
}
