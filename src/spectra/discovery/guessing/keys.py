"""The key of a record: the field, or fields, by which one is told from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.discovery.guessing.fields import bare_suffix, field_for, suffix_of
from spectra.discovery.guessing.guess import Guess
from spectra.discovery.guessing.shapes import field_named
from spectra.discovery.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spectra.discovery.description import Parameter, Shape

_IDS = ("uuid", "guid", "uid", "identifier", "key")
_NAMES = ("slug", "code", "login", "username", "name")
_MOST_PARTS = 3


def key_of(
    subject: str, spellings: frozenset[str], item: Shape, fields: Mapping[str, Shape], asked_by: Parameter | None
) -> Guess | None:
    """Return what tells records apart; `asked_by` is the parameter by which a single one is asked for."""
    guesses = (
        *_by_id(subject, fields),
        *_by_parameter(subject, spellings, fields, asked_by),
        *_by_name(subject, spellings, fields),
        *_not_described(subject, spellings, asked_by),
        *_composite(subject, item, fields),
        *_by_label(subject, item, fields),
    )
    return next(iter(guesses), None)


def _by_id(subject: str, fields: Mapping[str, Shape]) -> Iterator[Guess]:
    own = field_named(fields, "id")
    if own is not None:
        yield Guess(subject, (own,), "high", f"a record has a field {own!r}")


def _by_parameter(
    subject: str, spellings: frozenset[str], fields: Mapping[str, Shape], parameter: Parameter | None
) -> Iterator[Guess]:
    if parameter is None:
        return
    found = field_for(parameter, spellings, fields)
    if found is not None:
        yield Guess(subject, (found,), "high", f"{{{parameter.name}}} asks for one, and a record has a field {found!r}")


def _not_described(subject: str, spellings: frozenset[str], parameter: Parameter | None) -> Iterator[Guess]:
    """Take the parameter's word for a field that is not described: documents often leave the obvious out."""
    if parameter is None:
        return
    suffix = suffix_of(parameter.name, spellings) or bare_suffix(parameter.name)
    if suffix in {"id", "uuid", "key", "name"}:
        yield Guess(subject, (suffix,), "medium", f"{{{parameter.name}}} asks for one; no such field is described")


def _by_name(subject: str, spellings: frozenset[str], fields: Mapping[str, Shape]) -> Iterator[Guess]:
    own = (f"{spelling}{suffix}" for spelling in sorted(spellings) for suffix in ("id", "uuid", "key"))
    found = field_named(fields, *own, *_IDS)
    if found is not None:
        sure = squeezed(found) not in {"key", "identifier"}
        yield Guess(subject, (found,), "high" if sure else "medium", f"a record has a field {found!r}")


def _composite(subject: str, item: Shape, fields: Mapping[str, Shape]) -> Iterator[Guess]:
    both = tuple(name for name in item.required if name in fields and squeezed(name).endswith("id"))
    if 1 < len(both) <= _MOST_PARTS:
        yield Guess(subject, both, "medium", "a record has no id of its own, and these are required of it")


def _by_label(subject: str, item: Shape, fields: Mapping[str, Shape]) -> Iterator[Guess]:
    found = field_named(fields, *_NAMES)
    if found is not None:
        sure = found in item.required or "." in found
        yield Guess(subject, (found,), "medium" if sure else "low", f"a record has no id, but a field {found!r}")
