"""How to prove who asks: the way that most reads accept, the others beside it, and endpoints that want another."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spectra.discovery.description import SecurityScheme
from spectra.discovery.guessing.guess import Guess
from spectra.discovery.guessing.listings import bare
from spectra.discovery.guessing.schemes import ways
from spectra.discovery.guessing.sound import sound
from spectra.discovery.words import squeezed, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spectra.discovery.description import ApiDescription, Operation
    from spectra.discovery.guessing.guess import Confidence

_KEYS = re.compile(r"(?:x)?(?:api|access|auth|app)?(?:key|token)|xapikey|apitoken|authtoken|accesstoken")
_MACHINES_COUNT = 4
_MOST_OTHERS = 6
_LONGEST_PREFIX = 80
_SHARE = 0.1
_NOT_DESCRIBED = "no way to prove who asks is described; if it wants one after all, take a line below"

Alternatives = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class AuthGuesses:
    """The auth that the draft takes, whatever its confidence; other ways, doubtful; endpoints that want another.

    `scheme` is the name of the scheme taken, empty where there is none.
    """

    taken: Guess
    others: tuple[Guess, ...]
    by_path: tuple[Guess, ...]
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    scheme: str
    guess: Guess
    accepted: int

    @property
    def weight(self) -> int:
        """How much speaks for it: reads that accept it, more where no person is needed."""
        return self.accepted * (_MACHINES_COUNT if self.guess.confidence == "high" else 1)


def auth_of(description: ApiDescription, operations: Sequence[Operation], name: str) -> AuthGuesses:
    """Return how the reads of an API are to be authenticated."""
    prefix = name.upper()
    schemes = description.schemes or _seen(operations)
    candidates = sorted(_candidates(schemes, description, operations, prefix), key=lambda each: -each.weight)
    standing = [each for each in candidates if each.guess.stands]
    if not standing:
        return _without(prefix, tuple(each.guess for each in candidates))
    best = standing[0]
    others = tuple(Guess("auth", each.guess.value, "low", each.guess.reason) for each in candidates if each != best)
    distinct = {repr(each.value): each for each in reversed(others) if each.value != best.guess.value}
    return AuthGuesses(
        best.guess,
        tuple(reversed(distinct.values()))[:_MOST_OTHERS],
        tuple(_by_path(description, operations, best, standing)),
        best.scheme,
    )


def _without(prefix: str, described: tuple[Guess, ...]) -> AuthGuesses:
    usual = (
        Guess("auth", {"type": "bearer", "token": f"secret://{prefix}_TOKEN"}, "low", "if it wants a token"),
        Guess(
            "auth", {"type": "api_key", "header": "X-Api-Key", "value": f"secret://{prefix}_API_KEY"}, "low", "or a key"
        ),
    )
    return AuthGuesses(Guess("auth", {"type": "none"}, "low", _NOT_DESCRIBED), described[:_MOST_OTHERS] or usual, ())


def needed(operation: Operation, description: ApiDescription) -> Alternatives:
    """Return the alternatives that an operation asks for; empty where it may be asked without."""
    found = description.default_security if operation.security is None else operation.security
    return () if () in found else found


def _candidates(
    schemes: Sequence[SecurityScheme], description: ApiDescription, operations: Sequence[Operation], prefix: str
) -> Iterator[_Candidate]:
    accepted = Counter(
        alternative[0]
        for operation in operations
        for alternative in dict.fromkeys(needed(operation, description))
        if len(alternative) == 1
    )
    together = Counter(
        each for operation in operations for one in needed(operation, description) if len(one) > 1 for each in set(one)
    )
    for scheme, own in zip(schemes, _prefixes(schemes, prefix), strict=True):
        count = accepted[scheme.name]
        paired = not count and together[scheme.name] > 0
        said = f"{count} of {len(operations)} reads accept it" if not paired else "wanted with another; one can be sent"
        for value, confidence, reason in ways(scheme, own):
            sure: Confidence = "medium" if paired and confidence == "high" else confidence
            guess = Guess("auth", value, sure, f"{reason}; {said}")
            yield _Candidate(scheme.name, guess if sound(guess) else _doubted(guess), count or together[scheme.name])


def _prefixes(schemes: Sequence[SecurityScheme], prefix: str) -> Iterator[str]:
    """Yield what the secrets of each scheme start with: no two schemes of a type share a secret."""
    taken: set[tuple[str, str]] = set()
    for scheme in schemes:
        own = prefix
        if (scheme.type, own) in taken:
            own = "_".join((prefix, *words(scheme.name)[:4])).upper()[:_LONGEST_PREFIX]
        while (scheme.type, own) in taken:
            own += "_X"
        taken.add((scheme.type, own))
        yield own


def _doubted(guess: Guess) -> Guess:
    return Guess(guess.subject, guess.value, "low", f"a definition does not take it as it is: {guess.reason}")


def _seen(operations: Sequence[Operation]) -> tuple[SecurityScheme, ...]:
    """Return schemes made of parameters that look like credentials, where a document describes no scheme."""
    names = Counter((each.place, each.name) for one in operations for each in one.parameters if _is_key(each.name))
    found = []
    for (place, name), count in names.most_common(3):
        if place in {"header", "query", "cookie"} and count * 2 >= len(operations):
            bearer = squeezed(name) == "authorization"
            said = f"parameter {name}"
            found.append(SecurityScheme(said, "bearer") if bearer else SecurityScheme(said, "api_key", place, name))
    return tuple(found)


def _is_key(name: str) -> bool:
    return squeezed(name) == "authorization" or (len(words(name)) > 1 and bool(_KEYS.fullmatch(squeezed(name))))


def _by_path(
    description: ApiDescription, operations: Sequence[Operation], best: _Candidate, standing: Sequence[_Candidate]
) -> Iterator[Guess]:
    """Yield what endpoints want that do not accept the auth taken; what few want is for a person to take in."""
    wanting: dict[str, list[str]] = {}
    for operation in operations:
        alternatives = needed(operation, description)
        if not alternatives or any(best.scheme in each for each in alternatives):
            continue
        other = next((each for each in standing if (each.scheme,) in alternatives), None)
        if other is not None and other.guess.value != best.guess.value:
            wanting.setdefault(other.scheme, []).append(bare(operation))
    for other in standing:
        paths = wanting.pop(other.scheme, [])
        many = other.guess.confidence == "high" and len(paths) >= _SHARE * len(operations)
        for path in paths:
            reason = f"it accepts {other.scheme!r}, not {best.scheme!r}"
            yield Guess(f"endpoints.{path}.auth", other.guess.value, "medium" if many else "low", reason)
