"""The JSON Schema of a source and of spectra.yaml, made from the models, so that editors complete and explain them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from spectra.definition.expandable import STAND_INS, expandable
from spectra.definition.model import SourceDefinition
from spectra.definition.project import ProjectSettings
from spectra.notify import UNSAID_TYPE
from spectra.notify.base import written_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ConfigDict
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SOURCE_FILE = ".spectra/source.schema.json"
PROJECT_FILE = ".spectra/project.schema.json"
_KEYWORDS = ("anyOf", "items", "additionalProperties")
_NO_SCHEMAS = ("examples", "enum", "propertyNames", "default")
_END_OF_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z`])")


def source_schema() -> dict[str, Any]:
    """Return the schema of sources/NAME.yaml; what may stand for a value there is `${env:NAME}` too."""
    shape = _shape(SourceDefinition)
    shape["$defs"] |= STAND_INS
    return {"$schema": DRAFT, "title": "A source of SPECTRA", **expandable(shape)}


def project_schema() -> dict[str, Any]:
    """Return the schema of spectra.yaml."""
    return {"$schema": DRAFT, "title": "A project of SPECTRA", **_shape(ProjectSettings)}


def schema_files() -> dict[str, str]:
    """Return path and text of the schemas that lie in a project, where the first lines of its files name them."""
    shapes = {SOURCE_FILE: source_schema(), PROJECT_FILE: project_schema()}
    return {path: json.dumps(shape, indent=2) + "\n" for path, shape in shapes.items()}


def _shape(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's schema in which every mapping has a name, so that none is told twice."""
    shape = model.model_json_schema(schema_generator=_Shapes)
    named = shape.pop("$defs")
    for each in (*named.values(), shape):
        _name(each["properties"], "", named)
    return {**shape, "$defs": named}


def _name(node: Any, key: str, named: dict[str, Any]) -> None:
    """Move each mapping inside a schema to `named`, under the key of the setting that leads to it."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for place, shape in list(inner):
        name = key if not isinstance(place, str) or place in _KEYWORDS else place
        if isinstance(shape, dict) and "properties" in shape:
            notes = {"description": shape.pop("description")} if "description" in shape else {}
            known = next((each for each, told in named.items() if told == shape), name)
            named[known] = shape
            node[place] = {"$ref": f"#/$defs/{known}", **notes}
        elif place not in _NO_SCHEMAS:
            _name(shape, name, named)


class _Shapes(GenerateJsonSchema):
    """What pydantic knows of the models, in the words that editors make the most of."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic's face
        """Return False: a name with its underscores taken out says nothing new."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return a field's shape with its default where that is one word or number."""
        shape = self.generate_inner(schema["schema"])
        default = self.get_default_value(schema)
        if isinstance(default, timedelta):
            default = written_duration(default)
        worth_saying = isinstance(default, str | int | float) and "const" not in shape
        return {**shape, "default": default} if worth_saying else shape

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        """Return the words allowed."""
        words = list(schema["expected"])
        return {"const": words[0]} if len(words) == 1 else {"enum": words}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Return a mapping whose keys and values have shapes."""
        names, values = self.generate_inner(schema["keys_schema"]), self.generate_inner(schema["values_schema"])
        shape: JsonSchemaValue = {"type": "object", "additionalProperties": values}
        if set(names) - {"type"}:
            shape["propertyNames"] = names
        self.update_with_validations(shape, schema, self.ValidationsMapping.object)
        return shape

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Return a choice by `type`: editors offer the types first, and then the keys of the one that stands there."""
        members = {str(tag): self.generate_inner(choice) for tag, choice in schema["choices"].items()}
        tags = [{"const": tag, "description": self._description(member)} for tag, member in members.items()]
        shape: JsonSchemaValue = {"type": "object", "properties": {"type": {"anyOf": tags}}}
        if UNSAID_TYPE not in members:
            shape["required"] = ["type"]
        shape["allOf"] = [
            {
                "if": {
                    "properties": {"type": {"const": tag}},
                    **({} if tag == UNSAID_TYPE else {"required": ["type"]}),
                },
                "then": member,
            }
            for tag, member in members.items()
        ]
        return shape

    def _description(self, member: JsonSchemaValue) -> str:
        found = self.get_schema_from_definitions(member["$ref"]) if "$ref" in member else member
        return str((found or {}).get("description", ""))

    def _update_class_schema(self, json_schema: JsonSchemaValue, cls: type[Any], config: ConfigDict) -> None:
        """Add what the docstrings of a model and its bases say of it and of its fields."""
        super()._update_class_schema(json_schema, cls, config)
        json_schema.pop("title", None)
        json_schema["description"] = " ".join((cls.__doc__ or "").split())
        properties = json_schema.get("properties", {})
        for name in properties:
            said = " ".join(_sentences_about(name, cls))
            properties[name] |= {"description": said} if said else {}
        example = getattr(cls, "example", None)
        if example is not None:
            json_schema["examples"] = [dict(example.settings)]


def _sentences_about(name: str, cls: type[Any]) -> Iterator[str]:
    """Yield the sentences in which the docstring of a model, or else of one of its bases, names a field."""
    named = re.compile(rf"`{re.escape(name)}\b[^`]*`")
    for each in cls.__mro__:
        if not issubclass(each, BaseModel) or each is BaseModel:
            continue
        text = " ".join((each.__doc__ or "").split())
        found = [sentence for sentence in _END_OF_SENTENCE.split(text) if named.search(sentence)]
        if found:
            yield from found
            return
