"""Where `${env:NAME}` may stand in a source: for what is read from text, since it is replaced before all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectra.access.secret import SCHEME

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM = r"\$\{env:[A-Za-z_][A-Za-z0-9_]*\}"
_NUMBER = r"^\s*[-+]?[0-9._]+(?:[eE][-+]?[0-9]+)?\s*$"
_NOTES = ("description", "default", "examples")
_SAID = "`${env:NAME}` is replaced by what the environment, or else `.env`, holds, before anything is checked."
_VARIABLE, _NUMBER_AS_TEXT = {"$ref": "#/$defs/Variable"}, {"$ref": "#/$defs/NumberAsText"}

STAND_INS: Mapping[str, Any] = {
    "Variable": {"type": "string", "pattern": _FORM, "description": _SAID},
    "NumberAsText": {"type": "string", "pattern": f"{_NUMBER}|{_FORM}", "description": _SAID},
}


def expandable(shape: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that takes a variable wherever one is replaced; keys, types and yes or no are no such places."""
    inner = {name: _inside(name, value) for name, value in shape.items()}
    if shape in STAND_INS.values():
        return shape
    if str(inner.get("pattern", "")).startswith(f"^{SCHEME}"):
        inner["pattern"] = rf"{inner['pattern']}|^{SCHEME}.*{_FORM}"
        return inner
    others = _stand_ins(inner)
    if not others:
        return inner
    notes = {name: inner.pop(name) for name in _NOTES if name in inner}
    return {"anyOf": [*_alternatives(inner), *others], **notes}


def _inside(name: str, value: Any) -> Any:
    """Return what stands under a keyword, with every schema inside it opened."""
    if name in ("properties", "$defs"):
        return {each: expandable(shape) for each, shape in value.items()}
    if name in ("anyOf", "allOf"):
        return _flat([_branch(each) for each in value])
    return expandable(value) if name in ("items", "additionalProperties") and isinstance(value, dict) else value


def _branch(shape: dict[str, Any]) -> dict[str, Any]:
    return {**shape, "then": expandable(shape["then"])} if "if" in shape else expandable(shape)


def _flat(shapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return alternatives of alternatives as one list, each once."""
    spread = [inner for shape in shapes for inner in _alternatives(shape)]
    return [shape for place, shape in enumerate(spread) if shape not in spread[:place]]


def _alternatives(shape: dict[str, Any]) -> list[dict[str, Any]]:
    return shape["anyOf"] if set(shape) == {"anyOf"} else [shape]


def _stand_ins(shape: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what may stand in the place of a value."""
    if shape.get("type") in ("integer", "number"):
        return [_NUMBER_AS_TEXT]
    closed = shape.get("type") == "string" and {"pattern", "maxLength"} & set(shape)
    tags = "anyOf" in shape and all("const" in each for each in shape["anyOf"])
    return [_VARIABLE] if closed or tags or "enum" in shape else []
