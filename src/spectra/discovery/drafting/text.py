"""The text of a drafted definition: guesses that stand as lines, doubtful ones as comments, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.discovery.drafting.yaml import flow, quoted, remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from spectra.discovery.guessing.guess import Guess

_COLUMN = 60
_LONGEST = 200


def explained(guesses: Iterable[Guess], indent: str) -> Iterator[str]:
    """Yield a line for each guess, named by the last part of its subject; a second of a name is a comment too."""
    taken: set[str] = set()
    for guess in guesses:
        name = guess.subject.rpartition(".")[2]
        live = guess.stands and name not in taken
        if live:
            taken.add(name)
        said = f"{guess.confidence}: {guess.reason}"
        yield line(name, guess.value, said, indent=indent, live=live)


def line(name: str, value: Any, said: str = "", *, indent: str = "", live: bool = True) -> str:
    """Return one entry on one line, with what is said of it as a comment behind."""
    text = f"{indent}{'' if live else '# '}{quoted(name)}: {flow(value)}"
    return f"{text.ljust(_COLUMN)}  # {remark(said)}" if said else text


def entity_block(name: str, guesses: Sequence[Guess]) -> Iterator[str]:
    """Yield the lines of one entity."""
    yield f"  {quoted(name)}:"
    yield from explained(guesses, "    ")


def comments(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts as comment lines of their own."""
    for text in texts:
        indent = " " * (len(text) - len(text.lstrip(" ")))
        yield f"# {indent[:4]}{remark(text, _LONGEST)}"
