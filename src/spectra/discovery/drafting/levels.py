"""The longest line of entities: what a definition expects to find again, level by level."""

from collections.abc import Iterable, Mapping


def longest_line(parents: Mapping[str, Iterable[str]], root: str | None = None) -> tuple[str, ...]:
    """Return the longest line, each a parent of the next, from any root or from one; parents come first."""
    lines: dict[str, tuple[str, ...]] = {}
    for name, of_it in parents.items():
        above = [lines[parent] for parent in of_it if parent in lines]
        if above or root in (None, name):
            lines[name] = (*max(above, key=len, default=()), name)
    return max(lines.values(), key=len, default=())
