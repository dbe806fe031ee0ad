"""How a list goes on: from the parameters that it takes and from what its answer holds beside the records."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spectra.discovery.guessing.answer import seen_of, size_of
from spectra.discovery.guessing.guess import Guess
from spectra.discovery.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spectra.discovery.description import Shape
    from spectra.discovery.guessing.answer import Seen
    from spectra.discovery.guessing.guess import Confidence
    from spectra.discovery.guessing.listings import Listing

Style = tuple[dict[str, Any], "Confidence", str]

_PAGES = ("page", "pagenumber", "pageno", "pagenum", "pageindex", "currentpage", "pageid", "p")
_OFFSETS = ("offset", "startat", "skip", "startindex", "startposition", "recordoffset", "pageoffset", "start", "from")
_TOKENS = (
    *("cursor", "pagetoken", "nexttoken", "nextpagetoken", "nextcursor", "pagecursor", "continuationtoken"),
    *("continuation", "continue", "scrollid", "marker", "startcursor", "paginationtoken", "nextkey", "syncpagetoken"),
    *("after", "token", "next", "pagestate", "bookmark", "startingtoken", "startkey", "offset"),
)
_AFTER = ("startingafter", "afterid", "sinceid", "after", "fromid", "since")
_URL_NAMES = frozenset({"nextlink", "nexturl", "nextpageurl", "nexthref", "nexturi", "nextpagelink", "odatanextlink"})
_URL_LEAVES = frozenset({"href", "url", "uri", "link"})
_NEXT = frozenset({"next", "nextpage"})
_TOKEN_NAMES = frozenset(
    {
        *("nextpagetoken", "nextcursor", "nexttoken", "continuationtoken", "nextcontinuationtoken", "nextmarker"),
        *("endcursor", "scrollid", "nextpagecursor", "nextkey", "paginationtoken", "bookmark", "pagetoken", "cursor"),
        *("pagestate", "nextpagestate", "nextoffset"),
    }
)
_NEXT_HEADERS = frozenset({"nextpage", "xnextpage", "nexturl", "xnexturl", "nextlink", "xnextlink", "xnext"})
_LINK_SAID = re.compile(r"\blink header", re.IGNORECASE)
_ID_SAID = re.compile(r"\bIDs?\b|snowflake", re.IGNORECASE)
_TOKEN_SAID = re.compile(r"cursor|token", re.IGNORECASE)
_FROM_ZERO = re.compile(
    r"\b(?:zero|0)[- ](?:based|indexed)|\bstart(?:s|ing)? (?:at|from|with) (?:0|zero)\b", re.IGNORECASE
)


def pagination_of(listing: Listing) -> tuple[Guess, ...]:
    """Return the likeliest style of a list and, where that is not sure, the next as a doubtful one; or nothing."""
    seen = seen_of(listing)
    subject = f"entities.{listing.name}.pagination"
    found = [style for rule in _RULES if (style := rule(seen)) is not None]
    found.sort(key=lambda style: style[1] == "low")
    guesses = [Guess(subject, value, confidence, reason) for value, confidence, reason in found[:2]]
    if found and found[0][1] == "high":
        return tuple(guesses[:1])
    return tuple(guesses[:1] + [Guess(subject, each.value, "low", f"or so: {each.reason}") for each in guesses[1:]])


def _scim(seen: Seen) -> Style | None:
    start, count = seen.parameter(["startindex"]), seen.parameter(["count"])
    scim = seen.records == "Resources" or any("scim" in each for each in seen.operation.media_types)
    if start is None or count is None or not (scim or "/scim" in seen.operation.path.lower()):
        return None
    return {"type": "scim", "size": size_of(count)}, "high", "startIndex and count page as SCIM has it"


def _continuation(seen: Seen) -> Style | None:
    member = seen.members.get("continue")
    if member is None or member.kind != "object":
        return None
    return {"type": "continuation", "path": "continue"}, "high", "the answer holds what to ask next in 'continue'"


def _page_token(seen: Seen) -> Style | None:
    parameter = seen.parameter(_TOKENS)
    if parameter is None:
        return None
    token = _token_in(seen, squeezed(parameter.name))
    if token is None:
        return None
    value = {"type": "page_token", "token": token, "token_param": parameter.name, **seen.sized()}
    return value, "high", f"the answer holds {token!r}, and {parameter.name!r} takes it"


def _token_in(seen: Seen, parameter: str) -> str | None:
    """Return the member that holds the token of the next page: by its name, or as the parameter is called."""
    texts = [path for path, shape in seen.members.items() if shape.kind in {"string", "any", "integer"}]
    for names in (_TOKEN_NAMES - {"cursor"}, {f"next{parameter}"}, {parameter, "cursor"} - {"offset", "token"}):
        for path in texts:
            if squeezed(path.rpartition(".")[2]) in names:
                return path
    return next(
        (path for path in texts if squeezed(path.rpartition(".")[2]) == "next" and not _is_url(path, seen)), None
    )


def _is_url(path: str, seen: Seen) -> bool:
    shape = seen.members[path]
    return shape.format in {"uri", "url", "uri-reference"} or "link" in squeezed(path) or _says_url(shape)


def _says_url(shape: Shape) -> bool:
    return re.search(r"\b(?:url|uri|link)s?\b", shape.description, re.IGNORECASE) is not None


def _next_url(seen: Seen) -> Style | None:
    for path, shape in seen.members.items():
        confidence = _as_url(path, shape, seen)
        if confidence is not None:
            sized = seen.sized()
            return {"type": "next_url", "url": path, **sized}, confidence, f"the answer holds the next page in {path!r}"
    return None


def _as_url(path: str, shape: Shape, seen: Seen) -> Confidence | None:
    """Return how likely a member of the answer is the address of the next page; None where it is not."""
    *above, last = [squeezed(each) for each in path.replace("@odata.nextLink", "nextlink").split(".")]
    if shape.kind not in {"string", "any"}:
        return None
    if last in _URL_NAMES or (last in _URL_LEAVES and any(each in _NEXT for each in above)):
        return "high"
    if last not in _NEXT:
        return None
    if _is_url(path, seen):
        return "high"
    return "medium" if any(squeezed(each) in {"previous", "prev"} for each in _beside(path, seen)) else "low"


def _beside(path: str, seen: Seen) -> Iterator[str]:
    above = path.rpartition(".")[0]
    for other in seen.members:
        if other.rpartition(".")[0] == above:
            yield other.rpartition(".")[2]


def _link_header(seen: Seen) -> Style | None:
    if "link" in seen.headers:
        return {"type": "link_header", **seen.sized()}, "high", "its answers have a Link header"
    paged = [each for each in (seen.parameter(_PAGES), seen.parameter(_TOKENS), seen.size) if each is not None]
    if any(_LINK_SAID.search(text) for text in (seen.operation.description, *(each.description for each in paged))):
        return {"type": "link_header", **seen.sized()}, "medium", "its description speaks of the Link header"
    return None


def _next_header(seen: Seen) -> Style | None:
    for name in seen.headers:
        if squeezed(name) in _NEXT_HEADERS and seen.parameter(_PAGES) is None:
            value = {"type": "next_header", "header": name, **seen.sized()}
            return value, "high", f"its answers have a header {name!r}"
    return None


def _offset(seen: Seen) -> Style | None:
    parameter, size = seen.parameter(_OFFSETS), seen.size
    if parameter is None or (squeezed(parameter.name) in {"start", "from"} and parameter.kind != "integer"):
        return None
    value: dict[str, Any] = {"type": "offset", "offset_param": parameter.name}
    if size is None:
        return value, "low", f"{parameter.name!r} moves on, but nothing says how many records a page holds"
    value |= seen.sized()
    return value, "high", f"it takes {parameter.name!r} and {size.name!r}"


def _page_number(seen: Seen) -> Style | None:
    parameter, size = seen.parameter(_PAGES), seen.size
    if parameter is None or _TOKEN_SAID.search(parameter.description):
        return None
    zero = parameter.default == 0 or _FROM_ZERO.search(parameter.description) is not None
    value = {"type": "page_number", "page_param": parameter.name, **seen.sized()} | ({"first_page": 0} if zero else {})
    if size is None:
        return value, "low", f"{parameter.name!r} moves on, but nothing says how many records a page holds"
    return value, "high", f"it takes {parameter.name!r} and {size.name!r}"


def _keyset(seen: Seen) -> Style | None:
    parameter = seen.parameter(_AFTER)
    if parameter is None or "id" not in seen.fields:
        return None
    name = squeezed(parameter.name)
    said = _ID_SAID.search(parameter.description) is not None or parameter.format == "snowflake"
    if (name == "since" and not said) or _TOKEN_SAID.search(parameter.description):
        return None
    value = {"type": "keyset", "fields": {"id": parameter.name}, **seen.sized()}
    confidence: Confidence = "high" if name != "after" and seen.size else "medium" if said or seen.size else "low"
    return value, confidence, f"{parameter.name!r} asks for what comes after a record, by its 'id'"


def _token_of_unknown_origin(seen: Seen) -> Style | None:
    parameter = seen.parameter(("token", "cursor", "pagetoken", "marker", "continuationtoken", "nexttoken"))
    if parameter is None or parameter.name == "token":
        return None
    why = f"{parameter.name!r} names a page, but where its token is handed out is not described: look at an answer"
    return {"type": "next_header", "header": "Next-Page", **seen.sized()}, "low", why


_RULES: tuple[Callable[[Seen], Style | None], ...] = (
    _scim,
    _continuation,
    _page_token,
    _next_url,
    _link_header,
    _next_header,
    _offset,
    _page_number,
    _keyset,
    _token_of_unknown_origin,
)
