"""Reading the streams of an Airbyte manifest, and the parents that they refer to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from spectra.discovery.carrying.airbyte.auth import airbyte_auth
from spectra.discovery.carrying.airbyte.feeding import StreamFeeding
from spectra.discovery.carrying.airbyte.pages import airbyte_pagination
from spectra.discovery.carrying.outline import Listed, entity_name, split_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.discovery.carrying.carried import Carrying
    from spectra.discovery.carrying.setting import Setting

_MOST_STREAMS = 5_000
_BY_HAND = "list its endpoint and entity by hand"
_READ = {"", "SimpleRetriever", "HttpRequester"}
_RETRIED = frozenset({429, *range(500, 600)})


@dataclass(slots=True)
class Streams:
    """The streams of a manifest on their way over; those that are only parents are read too."""

    carrying: Carrying
    names: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    pending: deque[Setting] = field(default_factory=deque)
    auths: dict[tuple[int, ...], dict[str, Any]] = field(default_factory=dict)
    attempts: set[int] = field(default_factory=set)

    def listed(self, streams: Sequence[Setting]) -> list[Listed]:
        """Return every stream that can be listed, and every parent."""
        for each in streams:
            self.entity_of(each)
        found: list[Listed] = []
        while self.pending and len(found) < _MOST_STREAMS:
            stream = self.pending.popleft()
            listed = self._stream(stream)
            if listed is not None:
                found.append(listed)
        return found

    def entity_of(self, stream: Setting) -> str | None:
        """Return the entity that a stream becomes; the first time it is met it is put down to be read."""
        if stream.is_mapping and stream.text("type") == "ConditionalStreams":
            condition = stream.get("condition")
            if condition is not None:
                condition.close()
            self.carrying.left(stream.place, "the condition of streams", "they are all carried over")
            for each in stream.listed("streams"):
                self.entity_of(each)
            return None
        name = stream.text("name")
        if name is None:
            stream.close()
            self.carrying.left(stream.place, "a stream without a plain name", _BY_HAND)
            return None
        if name not in self.names:
            self.names[name] = entity_name(name, self.taken)
            self.taken.add(self.names[name])
            self.pending.append(stream)
        return self.names[name]

    def _stream(self, stream: Setting) -> Listed | None:
        name = self.names[stream.text("name") or ""]
        retriever = stream.child("retriever")
        requester = retriever.child("requester") if retriever is not None else None
        kinds = [(each.text("type") or "") if each is not None else "missing" for each in (retriever, requester)]
        if retriever is None or requester is None or not set(kinds) <= _READ:
            stream.close()
            self.carrying.left(stream.place, f"the stream {name} ({', '.join(kinds)})", _BY_HAND)
            return None
        feeding = StreamFeeding(self.carrying, entity_of=self.entity_of)
        router = retriever.get("partition_router")
        if router is not None:
            feeding.partition(router)
        listed = self._requested(Listed(name, stream.place, "", "/"), requester, feeding)
        return self._read(listed, stream, retriever, feeding)

    def _requested(self, listed: Listed, requester: Setting, feeding: StreamFeeding) -> Listed:
        whole, path = requester.get("url"), requester.get("path")
        base = requester.get("url_base") or whole
        address = self._address(base, feeding) if base is not None else ""
        rest = feeding.path(path) if path is not None else ""
        if whole is base and base is not None and not rest:
            address, rest = split_address(address)
        rest, _, query = rest.partition("?")
        if query:
            self.carrying.left(
                listed.place, f"the query in the path of {listed.name}", "write it into the path in the catalogue"
            )
        params = requester.get("request_parameters")
        if params is not None:
            feeding.params(params)
        method = (requester.text("http_method") or "GET").upper()
        path_text = f"/{rest.removeprefix('/')}"
        return replace(
            listed, base=address, path=path_text, method=method, auth=self._auth(requester.get("authenticator"))
        )

    def _address(self, base: Setting, feeding: StreamFeeding) -> str:
        """Return an address with variables for what the configuration gives, and placeholders for partitions."""
        fed = any(getattr(part, "root", "config") not in {"config", "env"} for part in base.parts())
        return feeding.path(base) if fed else self.carrying.plain(base, "url_base") or ""

    def _auth(self, auth: Setting | None) -> dict[str, Any]:
        key = tuple(id(layer) for layer in auth.layers) if auth is not None else ()
        if key not in self.auths:
            self.auths[key] = airbyte_auth(auth, self.carrying)
        return self.auths[key]

    def _errors(self, handler: Setting | None) -> list[int]:
        """Return the statuses that mean that there is nothing; others that are no errors of their own are noted."""
        if handler is None:
            return []
        if handler.get("error_handlers") is not None:
            inner = handler.listed("error_handlers")
            return [status for each in inner if each.is_mapping for status in self._errors(each)]
        retries = handler.number("max_retries")
        if retries is not None:
            self.attempts.add(min(10, max(1, retries + 1)))
        return [status for each in handler.listed("response_filters") for status in self._filter(each)]

    def _filter(self, each: Setting) -> list[int]:
        numbers = [code.scalar for code in each.listed("http_codes")]
        action = each.text("action")
        simple = bool(numbers) and all(isinstance(code, int) for code in numbers) and each.get("predicate") is None
        each.close()
        if simple and action == "IGNORE":
            return numbers
        if not (simple and action in {"RETRY", "RATE_LIMITED"} and set(numbers) <= _RETRIED):
            self.carrying.left(
                each.place, "a response filter", "say under `outcomes` or `error_body` what the answer means"
            )
        return []

    def _read(self, listed: Listed, stream: Setting, retriever: Setting, feeding: StreamFeeding) -> Listed:
        sync = stream.get("incremental_sync")
        incremental = feeding.changes(sync) if sync is not None and sync.is_mapping else None
        requester = retriever.child("requester")
        empty = self._errors(requester.child("error_handler") if requester is not None else None)
        pagination = airbyte_pagination(retriever.get("paginator"), self.carrying)
        return replace(
            listed,
            ids=feeding.ids,
            query=feeding.query,
            fixed=feeding.fixed,
            key=_key(stream.get("primary_key")),
            records=self._records(retriever.child("record_selector")),
            pagination=pagination,
            incremental=incremental,
            empty=tuple(dict.fromkeys(empty)),
        )

    def _records(self, selector: Setting | None) -> str | None:
        extractor = selector.child("extractor") if selector is not None else None
        path = extractor.get("field_path") if extractor is not None else None
        if extractor is not None and (path is None or extractor.text("type") not in {None, "DpathExtractor"}):
            extractor.close()
            self.carrying.left(
                extractor.place, "the extractor", "write `records` of the entity, a dotted path, by hand"
            )
        steps = [each.parts() for each in path.elements()] if path is not None else []
        names = [parts[0] for parts in steps if len(parts) == 1 and isinstance(parts[0], str) and parts[0]]
        names = names[:-1] if names[-1:] == ["*"] else names
        if len(names) < len(steps) - 1 or "*" in names or any(len(parts) != 1 for parts in steps):
            if path is not None:
                self.carrying.left(path.place, "field_path", "write `records` of the entity, a dotted path, by hand")
            return None
        return ".".join(names) or None


def _key(setting: Setting | None) -> tuple[str, ...]:
    """Return a primary key: a name, names, or paths of names."""
    if setting is None:
        return ()
    if not setting.is_list:
        text = setting.parts()
        return (text[0],) if len(text) == 1 and isinstance(text[0], str) and text[0] else ()
    found = []
    for each in setting.elements():
        steps = [step.scalar for step in each.elements()] if each.is_list else [each.scalar]
        found.append(".".join(step for step in steps if isinstance(step, str)))
    return tuple(name for name in found if name)
