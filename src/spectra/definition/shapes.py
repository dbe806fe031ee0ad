"""The forms of names, addresses and rows, as a JSON Schema says them: what editors complete and check by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.catalog.rows import METHODS

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

_UNFIT = r"\x00-\x20\x7f-\x9f\\"
_FIT_FOR_URL = rf"[^{_UNFIT}<>\"{{}}|^`?#"
_METHOD_OF_ANY_CASE = "|".join("".join(f"[{sign}{sign.lower()}]" for sign in method) for method in METHODS)

BASE_URL: Mapping[str, Any] = {
    "pattern": rf"^[Hh][Tt][Tt][Pp][Ss]?://{_FIT_FOR_URL}/@]+(?:/{_FIT_FOR_URL}]*)?$",
    "examples": ["https://api.example.com/v2", "${env:ACME_BASE_URL}"],
}
WEB_PAGE: Mapping[str, Any] = {
    "pattern": r"^(?!.*[<>\"\\^`{|}#])[Hh][Tt][Tt][Pp][Ss]?://[!-.0->A-~]+(?:[/?][!-~]*)?$",
    "examples": ["https://wiki.example.com/spectra/runbook"],
}
SCALAR: Mapping[str, Any] = {"type": ["string", "number", "boolean"]}
ROW: Mapping[str, Any] = {
    "type": "object",
    "description": "One endpoint of the API; further keys are left alone.",
    "properties": {
        "method": {
            "description": "The HTTP method. What would change something is listed and never sent.",
            "anyOf": [{"enum": list(METHODS)}, {"type": "string", "pattern": rf"^\s*(?:{_METHOD_OF_ANY_CASE})\s*$"}],
        },
        "path": {
            "type": "string",
            "description": "The path below base_url, with ids in braces; query text may follow it.",
            "pattern": rf"^\s*/(?:[^{_UNFIT}#{{}}]|\{{[^{_UNFIT}#{{}}/?&=]+\}})*\s*$",
            "examples": ["/projects", "/projects/{projectId}/tasks"],
        },
        "query_parameters": {
            "description": "The parameters that the endpoint understands: a list, or one text with commas between.",
            "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": ["string", "null"]}],
        },
        "name": {"description": "What the endpoint is called."},
        "category": {"description": "What it belongs to; the first word of its path without this."},
        "description": {"description": "What it gives."},
    },
    "required": ["method", "path"],
}


def form(rule: re.Pattern[str], *examples: str, reserved: Sequence[str] = ()) -> dict[str, Any]:
    """Return a rule for names as a JSON Schema says it; reserved words are no names."""
    refused = f"(?!(?:{'|'.join(reserved)})$)" if reserved else ""
    return {"pattern": f"^{refused}(?:{rule.pattern})$"} | ({"examples": list(examples)} if examples else {})
