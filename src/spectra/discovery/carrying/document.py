"""Reading a JSON or YAML file of another tool with the line of every value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spectra.documents.reading import read_document
from spectra.errors import ImportUnreadableError, UnquotedVersionError

if TYPE_CHECKING:
    from spectra.documents.document import Node
    from spectra.errors import SpectraError

_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_BASE, _HIGH, _LOW = 0x10000, 0xD800, 0xDC00


def read_nodes(text: str, file_name: str) -> tuple[Node, list[SpectraError]]:
    """Return the top value, a mapping, and what is wrong with the writing; raises ImportUnreadableError.

    JSON is YAML but for tabs between its words and for characters written as two halves.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] == "{":
        text = _PAIR.sub(_joined, text.replace("\t", " "))
    document, problems = read_document(text, file_name)
    if document is None:
        raise ImportUnreadableError(problems[-1].message, place=problems[-1].place)
    if document.root.keys is None:
        raise ImportUnreadableError("the file holds no mapping", place=f"{file_name}:1")
    return document.root, [each for each in problems if not isinstance(each, UnquotedVersionError)]


def _joined(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16) - _HIGH, int(pair[3], 16) - _LOW
    return pair[1] + chr(_BASE + (high << 10) + low)
