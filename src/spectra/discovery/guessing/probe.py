"""Where to try the credentials: a read that a stranger is refused, and that anyone with credentials may make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.discovery.guessing.auth import needed
from spectra.discovery.guessing.guess import Guess
from spectra.discovery.guessing.listings import bare, required
from spectra.discovery.words import placeholders, squeezed, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectra.discovery.description import ApiDescription, Operation
    from spectra.discovery.guessing.hierarchy import Placed

_OF_ONESELF = frozenset(
    {
        *("me", "myself", "self", "whoami", "currentuser", "viewer", "authtest", "userinfo", "tokeninfo"),
        *("current", "account", "profile", "user", "session", "about"),
    }
)
_ACTS = frozenset({"logout", "login", "signout", "signin", "revoke", "delete", "reset", "callback", "authorize"})


def probe_of(
    description: ApiDescription, operations: Sequence[Operation], scheme: str, entities: Sequence[Placed]
) -> Guess | None:
    """Return where to prove the credentials of a scheme: what tells of oneself, else a list, else what wants them."""
    said = any(needed(each, description) for each in operations)
    able = [
        each
        for each in operations
        if _plain(each) and (not said or any(scheme in one for one in needed(each, description)))
    ]
    of_oneself = [each for each in able if _is_of_oneself(each)]
    if of_oneself:
        best = min(of_oneself, key=lambda each: bare(each).count("/"))
        return Guess("auth.probe", bare(best), "high", "it wants credentials and tells of whoever asks")
    paths = {bare(each) for each in able}
    lists = [each.listing.path for each in entities if each.listing.path in paths]
    if lists:
        return Guess("auth.probe", lists[0], "medium", "it is a list that wants credentials")
    answering = [each for each in able if each.answer is not None]
    if not answering:
        return None
    best = min(answering, key=lambda each: bare(each).count("/"))
    return Guess("auth.probe", bare(best), "medium", "it wants credentials and no id")


def _plain(operation: Operation) -> bool:
    """Return whether an operation can be asked as it is, and changes nothing by its name."""
    path = bare(operation)
    if placeholders(path) or required(operation) or "?" in operation.path or operation.deprecated:
        return False
    return not _ACTS & {squeezed(path.rpartition("/")[2]), *words(path)}


def _is_of_oneself(operation: Operation) -> bool:
    last = bare(operation).rpartition("/")[2]
    plain = operation.answer is None or operation.answer.kind != "array"
    return squeezed(last) in _OF_ONESELF and plain
