"""Reading the dictionary of a dlt `rest_api` source, in JSON, YAML or Python, as far as a definition has its like."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.assembling import assembled
from spectra.discovery.carrying.carried import Carried, Carrying, source_name
from spectra.discovery.carrying.dlt.auth import auth_of_headers, dlt_auth
from spectra.discovery.carrying.dlt.pages import dlt_pagination
from spectra.discovery.carrying.dlt.params import ResourceFeeding
from spectra.discovery.carrying.dlt.python import read_python
from spectra.discovery.carrying.document import read_nodes
from spectra.discovery.carrying.json_path import dotted_list
from spectra.discovery.carrying.outline import Found, Listed, entity_name, origin_of, split_address
from spectra.discovery.carrying.setting import Marks, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.documents.document import Node
    from spectra.errors import SpectraError

_KEYS = tuple(re.compile(rf"""["']?\b{name}\b["']?[ \t]*[:=]""") for name in ("client", "resources"))
_ENOUGH = 2_000_000
_TABLES = "how tables are written is the same for all sources: see the guide to moving"
_WINDOW = "SPECTRA asks from the last change on; windows with an end are not made"
_STEP = "records are stored as they come; filter and change them in a later stage"
_NEEDLESS = "nothing to do: reading ends when a page is empty, and totals are compared by themselves"
ADVICE = {
    **dict.fromkeys(
        ("write_disposition", "table_name", "columns", "merge_key", "schema_contract", "table_format"), _TABLES
    ),
    **dict.fromkeys(
        ("max_table_nesting", "parallelized", "nested_hints", "references", "file_format", "parent"), _TABLES
    ),
    **dict.fromkeys(("end_param", "end_value", "lag", "row_order", "range_start", "range_end", "convert"), _WINDOW),
    **dict.fromkeys(("last_value_func", "on_cursor_value_missing", "allow_external_schedulers"), _WINDOW),
    **dict.fromkeys(
        ("total_path", "maximum_page", "maximum_offset", "stop_after_empty_page", "has_more_path"), _NEEDLESS
    ),
    "processing_steps": _STEP,
    "include_from_parent": "nothing to do: the ids of its parents are kept with every record",
    "selected": "every entity is read; leave out what nobody needs",
    "json": "only requests without a body are sent; list the endpoint under `allow.safe_posts` when that exists for it",
    "data": "only requests without a body are sent",
    "headers": "no headers but those of `auth` are sent",
    "session": "connections are made by SPECTRA itself; see `limits`",
    "default_token_expiration": "nothing to do: a token is renewed when it expires",
}
_DETECTED = "dlt finds it out while it runs; write `pagination` of the entities by hand"
_OTHERWISE = "a definition has nothing like it"


def is_dlt(text: str, file_name: str) -> bool:
    """Return whether a text looks like one with the configuration of a dlt `rest_api` source."""
    start = text[:_ENOUGH]
    return all(key.search(start) for key in _KEYS) and ("base_url" in start or file_name.endswith(".py"))


def read_dlt(text: str, file_name: str, name: str | None = None) -> Carried:
    """Return what comes over from a dlt `rest_api` configuration; raises ImportUnreadableError where there is none.

    `name` is that of the source; without it one is made of the file's name or the API's host.
    """
    root, others, problems = _root(text, file_name)
    config = Setting(file_name, (root,), Marks())
    client = config.child("client")
    base = client.get("base_url") if client is not None else None
    carrying = Carrying(name or source_name(*_named_by(base, file_name)))
    carrying.take(problems)
    for line in others:
        carrying.left(f"{file_name}:{line}", "a second configuration", "import each from a file of its own")
    found = _Reading(carrying, config, client).found(base)
    carrying.sweep(config, ADVICE, _OTHERWISE)
    return assembled("dlt", found, carrying, file_name)


def _root(text: str, file_name: str) -> tuple[Node, tuple[int, ...], list[SpectraError]]:
    if not (file_name.endswith((".json", ".yaml", ".yml")) or _is_json(text)):
        found = read_python(text, file_name)
        return found.root, found.others, []
    root, problems = read_nodes(text, file_name)
    return root, (), problems


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _named_by(base: Setting | None, file_name: str) -> Iterable[str]:
    yield re.sub(r"_?(?:rest_api|pipeline|source|dlt)_?", "", file_name.rpartition("/")[2].rpartition(".")[0])
    for part in base.parts() if base is not None else ():
        if isinstance(part, str):
            host = origin_of(part).rpartition("/")[2].partition(":")[0].split(".")
            yield from [each for each in host if each not in ("api", "www")][:1]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One configuration on its way over."""

    carrying: Carrying
    config: Setting
    client: Setting | None

    def found(self, base: Setting | None) -> Found:
        """Return everything that was understood."""
        address = self.carrying.plain(base, "base_url")
        auth = self._auth()
        elements = self.config.listed("resources")
        names = _names(elements)
        listed = [self._listed(each, names, address or "") for each in elements]
        place = base.place if base is not None else self.config.place
        return Found(self.carrying.name, place, address or "", auth or {"type": "none"}, tuple(filter(None, listed)))

    def _auth(self) -> dict[str, Any] | None:
        if self.client is None:
            return None
        headers = self.client.child("headers")
        found = dlt_auth(self.client.get("auth"), self.carrying)
        return found if found is not None else auth_of_headers(headers, self.carrying)

    def _listed(self, element: Setting, names: dict[str, str], base: str) -> Listed | None:
        defaults = self.config.child("resource_defaults")
        if not element.is_mapping:
            return self._from_text(element, defaults, names, base)
        layers = (*element.layers, *(defaults.layers if defaults is not None else ()))
        return self._resource(replace(element, layers=layers), names, base)

    def _from_text(self, element: Setting, defaults: Setting | None, names: dict[str, str], base: str) -> Listed | None:
        text = element.scalar
        if not isinstance(text, str):
            element.close()
            self.carrying.left(
                element.place, "a resource that is made by code", "list what it gives by hand, as an entity"
            )
            return None
        plain = Listed(names.get(text, entity_name(text)), element.place, base, f"/{text.removeprefix('/')}")
        if defaults is None:
            return self._paged(plain, None, ResourceFeeding(self.carrying, names=names), ())
        return self._with_defaults(plain, defaults, names)

    def _with_defaults(self, plain: Listed, defaults: Setting, names: dict[str, str]) -> Listed:
        rest = self._endpoint(defaults, defaults.get("endpoint", merged=True), plain, names)
        return replace(rest, name=plain.name, place=plain.place, path=plain.path, base=plain.base)

    def _resource(self, resource: Setting, names: dict[str, str], base: str) -> Listed:
        named = resource.text("name") or "resource"
        listed = Listed(names.get(named, entity_name(named)), resource.place, base, named)
        return self._endpoint(resource, resource.get("endpoint", merged=True), listed, names)

    def _endpoint(self, resource: Setting, endpoint: Setting | None, listed: Listed, names: dict[str, str]) -> Listed:
        feeding = ResourceFeeding(self.carrying, names=names)
        path = listed.path
        key = _texts(resource.get("primary_key"))
        if endpoint is None or not endpoint.is_mapping:
            path = feeding.path(endpoint) if endpoint is not None else path
            return self._paged(_placed(listed, path), None, feeding, key)
        stated = endpoint.get("path")
        path = feeding.path(stated) if stated is not None else path
        params = endpoint.child("params") if endpoint.get("params", merged=True) else None
        if params is not None:
            feeding.params(endpoint.get("params", merged=True) or params, path)
        incremental = endpoint.get("incremental")
        if incremental is not None:
            feeding.changes(incremental, feeding.since)
        return self._paged(_placed(listed, path), endpoint, feeding, key)

    def _paged(
        self, listed: Listed, endpoint: Setting | None, feeding: ResourceFeeding, key: tuple[str, ...]
    ) -> Listed:
        own = endpoint.get("paginator") if endpoint is not None else None
        paginator = own or (self.client.get("paginator") if self.client is not None else None)
        if paginator is None:
            self.carrying.left((self.client or self.config).place, "pagination that no paginator names", _DETECTED)
        pagination = dlt_pagination(paginator, feeding.fixed, self.carrying)
        listed = replace(
            listed,
            ids=feeding.ids,
            query=feeding.query,
            fixed=feeding.fixed,
            key=key,
            pagination=pagination,
            incremental=feeding.incremental,
        )
        return listed if endpoint is None else self._answered(listed, endpoint)

    def _answered(self, listed: Listed, endpoint: Setting) -> Listed:
        selector = endpoint.get("data_selector")
        records = dotted_list(endpoint.text("data_selector") or "") if selector is not None else ""
        if records is None and selector is not None:
            self.carrying.left(selector.place, "data_selector", "write `records` of the entity, a dotted path, by hand")
        empty = [self._ignored(each) for each in endpoint.listed("response_actions")]
        auth = dlt_auth(endpoint.get("auth"), self.carrying)
        method = (endpoint.text("method") or "GET").upper()
        return replace(
            listed, method=method, records=records or None, auth=auth, empty=tuple(status for status in empty if status)
        )

    def _ignored(self, action: Setting) -> int | None:
        status = action.number("status_code")
        if status is not None and action.text("action") == "ignore" and action.get("content") is None:
            return status
        action.close()
        self.carrying.left(action.place, "a response action", "say under `outcomes` what the status means")
        return None


def _names(elements: list[Setting]) -> dict[str, str]:
    """Return the names of resources with the names of the entities they become."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for each in elements:
        name = each.text("name") if each.is_mapping else each.scalar
        if isinstance(name, str) and name not in names:
            names[name] = entity_name(name, taken)
            taken.add(names[name])
    return names


def _texts(setting: Setting | None) -> tuple[str, ...]:
    if setting is None:
        return ()
    elements = setting.elements() if setting.is_list else [setting]
    found = [each.scalar for each in elements]
    return tuple(each for each in found if isinstance(each, str) and each)


def _placed(listed: Listed, path: str) -> Listed:
    """Return a resource at its path; a whole address brings its own base."""
    if path.startswith(("http://", "https://")):
        base, path = split_address(path)
        return replace(listed, base=base, path=f"/{path}")
    return replace(listed, path=path if path.startswith("/") else f"/{path}")
