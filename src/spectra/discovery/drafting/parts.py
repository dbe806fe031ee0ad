"""The sections of a drafted definition, from its guesses: head, auth, ids, entities, roots, and what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spectra.definition.scaffold import SOURCE_MODELINE
from spectra.discovery.drafting.text import comments, entity_block, explained, line
from spectra.discovery.drafting.yaml import remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spectra.discovery.guessing.auth import AuthGuesses
    from spectra.discovery.guessing.guess import Guess
    from spectra.discovery.guessing.ids import Ids

MOST_PATHS = 300
_MOST_NAMED = 12
_HEAD = (
    "Drafted from {file}: a guess behind each line, with how sure it is (high, medium) and what speaks for it.",
    "Lines that are comments are doubtful guesses (low), or others that would do too: try them, or take them out.",
    "`spectra validate {name}` checks this file and sends nothing; `spectra source {name}` shows which guesses hold.",
)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a draft says, before it is text."""

    name: str
    title: str
    file_name: str
    servers: tuple[str, ...]
    auth: AuthGuesses
    probe: Guess | None
    ids: Ids
    entities: Mapping[str, tuple[Guess, ...]]
    root: Guess | None
    expect: Guess
    left_out: tuple[str, ...]

    def guesses(self) -> Iterator[Guess]:
        """Yield every guess, in the order of the text."""
        yield self.auth.taken
        yield from self.auth.others
        yield from () if self.probe is None else (self.probe,)
        yield from (*self.ids.everywhere, *self.ids.by_path, *self.auth.by_path)
        for guesses in self.entities.values():
            yield from guesses
        yield from () if self.root is None else (self.root,)
        yield self.expect

    def live_auth(self) -> Iterator[Mapping[str, Any]]:
        """Yield the auth settings that stand as lines."""
        yield self.auth.taken.value
        yield from (guess.value for guess in self.auth.by_path[:MOST_PATHS] if guess.stands)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the definition."""
        yield SOURCE_MODELINE.rstrip("\n")
        yield from comments(text.format(file=remark(self.file_name), name=self.name) for text in _HEAD)
        yield from self._head()
        yield ""
        yield from self._auth()
        yield ""
        yield line("catalogue", {"file": f"{self.name}.endpoints.json"})
        yield from self._ids()
        yield from self._endpoints()
        yield from self._entities()
        yield from self._roots()
        if self.left_out:
            yield ""
            yield from comments(self.left_out)

    def _head(self) -> Iterator[str]:
        yield line("source", self.name)
        yield line("name", remark(self.title).replace("${", "$ {").strip() or self.name.capitalize())
        said = f"described: {', '.join(self.servers[:3])}" if self.servers else "no address is described"
        yield line("base_url", f"${{env:{self.name.upper()}_BASE_URL}}", said)

    def _auth(self) -> Iterator[str]:
        taken = self.auth.taken
        yield from comments([f"{taken.confidence}: {taken.reason}"])
        if self.probe is not None:
            yield from comments([f"probe, {self.probe.confidence}: {self.probe.reason}"])
        elif taken.value["type"] != "none":
            yield from comments(
                ["low: nothing described fits as `probe`, a GET path without ids that wants credentials"]
            )
        yield line("auth", taken.value | self._probed())
        for other in self.auth.others:
            yield line("auth", other.value | self._probed(), f"{other.confidence}: {other.reason}", live=False)

    def _probed(self) -> dict[str, Any]:
        return {} if self.probe is None else {"probe": self.probe.value}

    def _ids(self) -> Iterator[str]:
        if self.ids.total:
            yield ""
            yield from comments([f"Where the ids in paths come from: {self.ids.fed} of {self.ids.total} are fed."])
        if self.ids.everywhere:
            yield "ids:"
            for guess in self.ids.everywhere:
                name = guess.subject.removeprefix("ids.")
                yield line(name, guess.value, f"{guess.confidence}: {guess.reason}", indent="  ")

    def _endpoints(self) -> Iterator[str]:
        merged: dict[str, dict[str, Guess]] = {}
        for guess in (*self.ids.by_path, *self.auth.by_path):
            path, _, part = guess.subject.removeprefix("endpoints.").rpartition(".")
            merged.setdefault(path, {})[part] = guess
        if not merged:
            return
        yield ""
        yield (
            "endpoints:" if any(each.stands for parts in merged.values() for each in parts.values()) else "# endpoints:"
        )
        for path, parts in list(merged.items())[:MOST_PATHS]:
            for live in (True, False):
                chosen = {name: guess for name, guess in parts.items() if guess.stands is live}
                if chosen:
                    said = "; ".join(f"{guess.confidence}: {guess.reason}" for guess in chosen.values())
                    values = {name: guess.value for name, guess in chosen.items()}
                    yield line(path, values, said, indent="  ", live=live)
        if len(merged) > MOST_PATHS:
            yield from comments([f"{len(merged) - MOST_PATHS} more endpoints would have ids or auth of their own."])

    def _entities(self) -> Iterator[str]:
        yield ""
        if not self.entities:
            yield from comments(
                ["No entity could be drafted: declare `entities` once you know a list and what it needs."]
            )
            return
        yield "entities:"
        for name, guesses in self.entities.items():
            yield from entity_block(name, guesses)

    def _roots(self) -> Iterator[str]:
        yield ""
        yield from explained([each for each in (self.root, self.expect) if each is not None], "")


def left_out(why: str, paths: Sequence[str]) -> Iterator[str]:
    """Yield a remark on lists that are no entities, the first of them by path."""
    if paths:
        yield f"{why} ({len(paths)}):"
        yield from (f"  {path}" for path in paths[:_MOST_NAMED])
    if len(paths) > _MOST_NAMED:
        yield f"  and {len(paths) - _MOST_NAMED} more"


def wanted_headers(names: Iterable[str], total: int) -> Iterator[str]:
    """Yield a remark for each header that operations want beside auth."""
    for name, count in Counter(names).most_common(5):
        yield f"{count} of {total} reads want the header {name!r}, which a definition cannot send."
