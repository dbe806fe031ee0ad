"""What an Airbyte manifest calls a paginator, as pagination of a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.setting import Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Setting

_BY_HAND = "write `pagination` of its entities by hand"
_DEFAULT_SIZE = 100
_HEADER_NEXT = (("link", "next", "url"), ("link", "next"), ("Link", "next", "url"), ("Link", "next"))


def airbyte_pagination(paginator: Setting | None, carrying: Carrying) -> dict[str, Any] | None:
    """Return the pagination that a paginator asks for; None, noted, where there is no such style."""
    if paginator is None or not paginator.is_mapping or paginator.text("type") == "NoPagination":
        return None
    strategy = paginator.child("pagination_strategy")
    kind = strategy.text("type") if strategy is not None else None
    found = None
    if strategy is not None and kind in {"PageIncrement", "OffsetIncrement"}:
        found = _counted(paginator, strategy, kind, carrying)
    elif strategy is not None and kind == "CursorPagination":
        found = _told(paginator, strategy)
    if found is None:
        paginator.close()
        carrying.left(paginator.place, f"the paginator with {kind or 'no known strategy'}", _BY_HAND)
    return found


def _sized(paginator: Setting, strategy: Setting) -> dict[str, Any]:
    option = paginator.child("page_size_option")
    name = _parameter(option)
    size = strategy.number("page_size")
    if size is None and (strategy.text("page_size") or "").isdecimal():
        size = int((strategy.text("page_size") or "")[:9])
    return {"size_param": name, "size": size or _DEFAULT_SIZE} if name else {}


def _parameter(option: Setting | None) -> str | None:
    if option is None or option.text("inject_into") != "request_parameter":
        return None
    return option.text("field_name")


def _counted(paginator: Setting, strategy: Setting, kind: str, carrying: Carrying) -> dict[str, Any] | None:
    name = _parameter(paginator.child("page_token_option"))
    first = strategy.get("inject_on_first_request")
    if first is not None:
        first.open()
    if name is None:
        return None
    sized = _sized(paginator, strategy)
    if not sized:
        said = "no page size is sent there; give `size_param` the name the API has for it"
        carrying.left(paginator.place, "the page size", said)
        sized = {"size": strategy.number("page_size") or _DEFAULT_SIZE}
    if kind == "OffsetIncrement":
        return {"type": "offset", "offset_param": name} | sized
    return {"type": "page_number", "page_param": name, "first_page": strategy.number("start_from_page") or 0} | sized


def _told(paginator: Setting, strategy: Setting) -> dict[str, Any] | None:
    """Return the style that takes what the last answer tells: a token, an address, or the last record."""
    cursor = strategy.get("cursor_value")
    parts = cursor.parts() if cursor is not None else ()
    option = paginator.child("page_token_option")
    word = parts[0] if len(parts) == 1 else None
    if not isinstance(word, Word) or option is None:
        return None
    path, name = ".".join(word.path), _parameter(option)
    found: Mapping[tuple[str, bool], dict[str, Any]] = {
        ("response", True): {"type": "page_token", "token": path, "token_param": name},
        ("last_record", True): {"type": "keyset", "fields": {path: name}},
        ("response", False): {"type": "next_url", "url": path},
        ("headers", False): _by_header(word.path),
    }
    as_path = option.text("type") == "RequestPath" or option.text("inject_into") == "path"
    style = found.get((word.root, name is not None)) if name is not None or as_path else None
    return style | _sized(paginator, strategy) if style else None


def _by_header(path: tuple[str, ...]) -> dict[str, Any]:
    if path in _HEADER_NEXT:
        return {"type": "link_header", "rel": "next"}
    return {"type": "next_header", "header": path[0]} if len(path) == 1 else {}
