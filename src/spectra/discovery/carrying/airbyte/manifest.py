"""Reading an Airbyte low-code manifest, as far as a definition has its like."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.airbyte.auth import seconds_of
from spectra.discovery.carrying.airbyte.setting import Manifest, ManifestSetting
from spectra.discovery.carrying.airbyte.streams import Streams
from spectra.discovery.carrying.assembling import assembled
from spectra.discovery.carrying.carried import Carried, Carrying, source_name
from spectra.discovery.carrying.document import read_nodes
from spectra.discovery.carrying.outline import Found, Listed, entity_name
from spectra.discovery.carrying.setting import Marks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spectra.discovery.carrying.setting import Setting

_TYPE = re.compile(
    r"""^\{?["']?type["']?[ ]*:[ ]*["']?DeclarativeSource\b|"type"\s?:\s?"DeclarativeSource\"""", re.MULTILINE
)
_READ_FOR_NAMES = 200_000
_ASIDE = ("version", "metadata", "description", "spec", "$parameters")
_FIRST = "the first reading takes everything, later ones what changed"
_WINDOW = "SPECTRA asks from the last change on; windows with an end are not made"
_SHAPE = "nothing to do: the shape of records is found out from the records"
_STEP = "records are stored as they come; filter and change them in a later stage"
_BACKOFF = "nothing to do: Retry-After is honoured, and waits double from 1 s on"
ADVICE = {
    **dict.fromkeys(("end_datetime", "end_time_option", "step", "cursor_granularity"), _WINDOW),
    **dict.fromkeys(("lookback_window", "partition_field_start", "partition_field_end", "clamping"), _WINDOW),
    **dict.fromkeys(("cursor_datetime_formats", "is_data_feed", "is_client_side_incremental"), _WINDOW),
    **dict.fromkeys(("schema_loader", "schemas", "schema_normalization"), _SHAPE),
    **dict.fromkeys(("transformations", "record_filter", "transform_before_filtering"), _STEP),
    **dict.fromkeys(
        ("backoff_strategies", "use_cache", "ignore_stream_slicer_parameters_on_paginated_requests"), _BACKOFF
    ),
    "start_datetime": _FIRST,
    "stop_condition": "nothing to do: reading ends where no next page is told of",
    "dynamic_streams": "list their endpoints and entities by hand",
    "incremental_dependency": "nothing to do: parents are read before what depends on them",
    "state_migrations": "nothing to do: what was read before is not carried over either",
    "request_headers": "no headers but those of `auth` are sent",
    "request_body_json": "only requests without a body are sent",
    "request_body_data": "only requests without a body are sent",
    "request_body": "only requests without a body are sent",
    "decoder": "JSON is read; what an API answers is told by `spectra source`",
    "refresh_token_updater": "nothing to do: a new refresh token is kept before the old one is given up",
    "definitions": "no stream uses it",
    "max_concurrent_async_job_count": "requests are made one answer each; see `limits.concurrency`",
}
_OTHERWISE = "no stream uses it, or a definition has nothing like it"


def is_airbyte(text: str) -> bool:
    """Return whether a text looks like an Airbyte low-code manifest."""
    return bool(_TYPE.search(text))


def read_airbyte(text: str, file_name: str, name: str | None = None) -> Carried:
    """Return what comes over from an Airbyte manifest; raises ImportUnreadableError where the file is none.

    `name` is that of the source; without it one is made of the file's name or the API's host.
    """
    root, problems = read_nodes(text, file_name)
    carrying = Carrying(name or "imported")
    carrying.take(problems)
    manifest = ManifestSetting(file_name, (root,), Marks(), Manifest(root, carrying))
    if name is None:
        carrying.name = source_name(*_named_by(manifest, text, file_name))
    found = _found(manifest, carrying)
    carrying.sweep(manifest, ADVICE, _OTHERWISE)
    return assembled("airbyte", found, carrying, file_name)


def _found(manifest: Setting, carrying: Carrying) -> Found:
    for name in _ASIDE:
        each = manifest.get(name)
        if each is not None:
            each.close()
    streams = Streams(carrying)
    listed = streams.listed(manifest.listed("streams"))
    usual = _usual_auth(listed)
    same = [replace(each, auth=None if each.auth == usual else each.auth) for each in listed]
    limits = _limits(manifest, streams, carrying)
    checked = _checked(manifest, streams)
    return Found(carrying.name, manifest.place, "", usual, tuple(same), limits, checked)


def _usual_auth(listed: Iterable[Listed]) -> dict[str, Any]:
    """Return the auth that most streams ask for."""
    counted: dict[str, tuple[int, dict[str, Any]]] = {}
    for each in listed:
        auth = dict(each.auth or {"type": "none"})
        counted[repr(auth)] = counted.get(repr(auth), (0, auth))[0] + 1, auth
    return max(counted.values(), key=lambda each: each[0], default=(0, {"type": "none"}))[1]


def _checked(manifest: Setting, streams: Streams) -> tuple[str, ...]:
    check = manifest.child("check")
    names = [each.scalar for each in check.listed("stream_names")] if check is not None else []
    return tuple(streams.names.get(name, entity_name(name)) for name in names if isinstance(name, str))


def _limits(manifest: Setting, streams: Streams, carrying: Carrying) -> dict[str, Any]:
    level = manifest.child("concurrency_level")
    found: dict[str, Any] = {}
    concurrency = level.number("default_concurrency") if level is not None else None
    if level is not None:
        level.close()
    if level is not None and concurrency is None:
        carrying.left(level.place, "concurrency_level", "set `limits.concurrency` by hand")
    pace = _pace(manifest.child("api_budget"), carrying)
    found |= {"concurrency": concurrency} if concurrency is not None else {}
    found |= {"requests_per_second": pace} if pace is not None else {}
    return found | ({"attempts": max(streams.attempts)} if streams.attempts else {})


def _pace(budget: Setting | None, carrying: Carrying) -> float | None:
    """Return the slowest pace that a budget of requests asks for."""
    if budget is None:
        return None
    paces = []
    for policy in budget.listed("policies"):
        for rate in policy.listed("rates") if policy.get("rates") is not None else [policy]:
            limit = rate.number("limit") or rate.number("call_limit")
            seconds = seconds_of(rate.text("interval") or rate.text("period") or "")
            paces += [round(limit / seconds, 3)] if limit and seconds else []
    budget.close()
    if not paces or min(paces) <= 0:
        carrying.left(budget.place, "api_budget", "set `limits.requests_per_second` by hand")
        return None
    return min(paces)


def _named_by(manifest: Setting, text: str, file_name: str) -> Iterable[str]:
    stem = file_name.rpartition("/")[2].rpartition(".")[0]
    yield re.sub(r"(?:source[-_]|[-_]?manifest[-_]?)", "", stem)
    marked = manifest.child("metadata")
    yield (marked.text("name") or "") if marked is not None else ""
    address = re.search(r"""url(?:_base)?["']?\s*:\s*["']?https?://([\w.-]+)""", text[:_READ_FOR_NAMES])
    yield from [part for part in (address[1] if address else "").split(".") if part not in {"api", "www", ""}][:1]
