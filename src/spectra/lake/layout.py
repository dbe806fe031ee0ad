"""Where everything of a lakehouse lies: every path is joined here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from spectra.errors import InvalidNameError, InvalidValueError, RemoteLakehouseError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_TABLE = re.compile(r"[a-z][a-z0-9_]{0,127}\.[a-z_][a-z0-9_]{0,127}")
_NAME = re.compile(r"[a-z][a-z0-9]{0,39}")


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one lakehouse, as Microsoft Fabric lays out a lakehouse with schemas.

    Raises RemoteLakehouseError for a URL and InvalidValueError for a path that the Delta library cannot address.
    """

    root: str

    def __post_init__(self) -> None:
        """Refuse what is not a folder on a local disk and make the rest absolute."""
        if _SCHEME.match(self.root):
            raise RemoteLakehouseError(f"the lakehouse {self.root!r} is a URL", found=self.root)
        root = "" if "\x00" in self.root or not self.root else str(Path(self.root).resolve())
        if not root or _ESCAPE.search(root):  # the Delta library writes into `a%20b` and reads from `a b`
            message = f"the lakehouse cannot lie at {root or self.root!r}"
            raise InvalidValueError(message, found=root or self.root, expected="a path without %XX in it")
        object.__setattr__(self, "root", root)

    def table(self, name: str) -> str:
        """Return where the Delta table `schema.table` lies; raises InvalidNameError."""
        if not _TABLE.fullmatch(name):
            raise InvalidNameError(f"{name!r} is no table name", found=name, expected="schema.table")
        return "/".join((self.root, "Tables", *name.split(".")))

    def tables(self) -> tuple[str, ...]:
        """Return the names of the tables that lie there, as `schema.table`, sorted."""
        logs = Path(self.root, "Tables").glob("*/*/_delta_log")
        names = (f"{log.parent.parent.name}.{log.parent.name}" for log in logs)
        return tuple(sorted(name for name in names if _TABLE.fullmatch(name)))

    def file(self, *parts: str) -> str:
        """Return where a plain file lies, by the parts of its path below Files; raises InvalidNameError."""
        wrong = [part for part in parts if part in {"", ".", ".."} or "/" in part or "\x00" in part]
        if wrong or not parts:
            raise InvalidNameError(f"{'/'.join(parts)!r} is no path below Files", found=str(wrong))
        return "/".join((self.root, "Files", *parts))

    def lock(self, stage: str, source_system: str) -> str:
        """Return where the lock file of one stage and source lies; raises InvalidNameError."""
        for name in (stage, source_system):
            if not _NAME.fullmatch(name):
                raise InvalidNameError(f"{name!r} is no name of a stage or source", found=name, expected=_NAME.pattern)
        return self.file("_spectra", "locks", f"{stage}-{source_system}.lock")
