"""Whether a definition takes a guess: the same models that load definitions say so."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from spectra.access.auth import Auth
from spectra.access.pagination import Pagination
from spectra.definition.model import Incremental
from spectra.definition.variables import expanded

if TYPE_CHECKING:
    from spectra.discovery.guessing.guess import Guess


def sound(guess: Guess) -> bool:
    """Return whether a guess of auth, pagination or incremental would load, once its variables are set."""
    adapter = _adapter(guess.subject.rpartition(".")[2])
    try:
        adapter.validate_python(expanded(guess.value, lambda _: "set"))
    except ValidationError:
        return False
    return True


@cache
def _adapter(part: str) -> TypeAdapter[Any]:
    types: dict[str, Any] = {"auth": Auth, "pagination": Pagination, "incremental": Incremental}
    return TypeAdapter(types[part])
