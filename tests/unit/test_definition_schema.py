"""The JSON Schema of definitions: what loads is valid by it, and what is wrong in form is not."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib.resources import files
from typing import TYPE_CHECKING, Any, get_args

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spectra.access.auth import Auth
from spectra.access.pagination import Pagination
from spectra.definition.load import load_definition
from spectra.definition.model import SourceDefinition
from spectra.definition.scaffold import scaffold
from spectra.definition.schema import project_schema, source_schema
from spectra.definition.variables import expanded
from spectra.documents.reading import read_document
from spectra.notify import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE, PROJECT = source_schema(), project_schema()
BY_SOURCE, BY_PROJECT = jsonschema_rs.Draft202012Validator(SOURCE), jsonschema_rs.Draft202012Validator(PROJECT)
AUTHS = get_args(get_args(Auth)[0])
STYLES = get_args(get_args(Pagination)[0])
SETTINGS = [
    *({"auth": dict(each.example.settings)} for each in AUTHS),
    *(
        {"entities": {"project": {"endpoint": "/projects", "pagination": dict(each.example.settings)}}}
        for each in STYLES
        if hasattr(each, "example")
    ),
]
VARIABLES = {"URL": "https://acme.example/api", "SIZE": "50", "FORMAT": "date", "WORD": "word"}
WHOLE: dict[str, Any] = {
    "source": "acme",
    "name": "Acme",
    "base_url": "${env:URL}",
    "owner": {"team": "data", "channel": "#data"},
    "auth": {"type": "bearer", "token": "secret://TOKEN", "probe": "/projects", "proof": "required"},
    "limits": {"requests_per_second": 2.5, "concurrency": 8, "attempts": "3"},
    "catalogue": [
        {"method": "GET", "path": "/projects", "name": "All", "extra": 1},
        {"method": "get", "path": "/projects/{projectId}/tasks", "query_parameters": ["offset", "since"]},
        {"method": "GET", "path": "/tasks/{id}?expand=all", "query_parameters": "a;b"},
        {"method": "POST", "path": "/search"},
    ],
    "ids": {"projectid": "project.id"},
    "endpoints": {"/tasks/{id}": {"ids": {"id": "task.id"}, "auth": {"type": "none"}}},
    "entities": {
        "project": {"endpoint": "/projects", "key": ["id"]},
        "task": {
            "endpoint": "/projects/{projectId}/tasks",
            "key": ["id"],
            "parents": ["project"],
            "query": {"project": "project.id"},
            "records": "data.items",
            "pagination": {"type": "offset", "size": "${env:SIZE}"},
            "incremental": {"field": "changed", "param": "since", "format": "${env:FORMAT}"},
        },
    },
    "roots": {"entity": "project", "where": {"active": True, "size": 3, "kind": "big"}},
    "walk": {"parents": 3},
    "expect": {"endpoints": 3, "levels": ["project", "task"]},
    "outcomes": [{"status": 404, "endpoint": "/tasks*", "means": "empty"}],
    "allow": {"hosts": ["files.example.com"], "safe_posts": ["/search"]},
    "notify": [{"webhook": "secret://HOOK"}, {"type": "webhook", "url": "secret://${env:WORD}", "remind": "10m"}],
    "error_body": ["error"],
    "traceparent": True,
}


def no_file(file: str) -> str:
    raise AssertionError(file)


def problems(plain: dict[str, Any]) -> list[str]:
    """Return the codes of what the loader finds, rows of the catalogue included."""
    loaded = load_definition(json.dumps(plain), "acme.yaml", variables=VARIABLES.get, read_file=no_file)
    rejected = loaded.catalogue.rejected if loaded.catalogue else ()
    return [each.code for each in (*loaded.problems, *rejected)]


def refusals(plain: Any) -> list[str]:
    """Return where the schema refuses something."""
    return ["/".join(map(str, each.instance_path)) for each in BY_SOURCE.iter_errors(plain)]


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the whole definition with another value at a path; `...` deletes what is there."""
    plain = deepcopy(WHOLE)
    *way, last = [int(each) if each.isdigit() else each for each in path.split(".")]
    node: Any = plain
    for step in way:
        node = node[step]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return plain


@pytest.mark.parametrize("schema", [SOURCE, PROJECT], ids=["source", "project"])
def test_the_schemas_obey_draft_2020_12(schema: dict[str, Any]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


def test_a_definition_that_uses_every_setting_loads_and_is_valid() -> None:
    assert set(WHOLE) == set(SourceDefinition.model_fields)
    assert problems(WHOLE) == []
    assert refusals(WHOLE) == []


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda each: str(each.get("auth", each).get("type", "pagination")))
def test_every_auth_type_and_pagination_style_is_valid_as_its_example_has_it(settings: dict[str, Any]) -> None:
    assert refusals({**WHOLE, **json.loads(json.dumps(settings))}) == []


def test_every_type_that_can_be_named_is_offered_with_what_it_does() -> None:
    for name, members in (("auth", AUTHS), ("pagination", STYLES), ("notify", get_args(get_args(Channel)[0]))):
        offered = SOURCE["$defs"][name]["properties"]["type"]["anyOf"]
        told = {each["const"]: each["description"] for each in offered if "const" in each}
        assert list(told) == [member.model_fields["type"].default for member in members]
        assert all(told.values())


def test_what_init_writes_is_valid() -> None:
    texts = scaffold("acme")
    document, _ = read_document(texts["sources/acme.yaml"], "acme.yaml")
    project, _ = read_document(texts["spectra.yaml"], "spectra.yaml")
    assert document is not None
    assert project is not None
    assert refusals(document.root.plain()) == []
    assert list(BY_PROJECT.iter_errors(project.root.plain())) == []
    whole = texts["spectra.yaml"].replace("# secrets:", "secrets:").replace("# notify:", "notify:")
    whole = whole.replace("# runbook:", "runbook:").replace("# fingerprint_key:", "fingerprint_key:")
    document, _ = read_document(whole, "spectra.yaml")
    assert document is not None
    assert sorted(document.root.plain()) == sorted(PROJECT["properties"])
    assert list(BY_PROJECT.iter_errors(document.root.plain())) == []


def test_the_demos_own_source_is_valid() -> None:
    document, _ = read_document(files("spectra.demo").joinpath("zephyr.yaml").read_text("utf-8"), "zephyr.yaml")
    assert document is not None
    assert refusals(document.root.plain()) == []


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("limits.concurency", 4, "limits"),
        ("source", ..., ""),
        ("entities.task.endpoint", ..., "entities/task"),
        ("limits.concurrency", "many", "limits/concurrency"),
        ("limits.concurrency", 0, "limits/concurrency"),
        ("limits.concurrency", [8], "limits/concurrency"),
        ("limits.total_seconds", ".nan", "limits/total_seconds"),
        ("entities.task.key", "id", "entities/task/key"),
        ("roots.where.active", [1], "roots"),
        ("entities.task.incremental.format", "ISO8601", "entities/task/incremental"),
        ("ids.projectid", 12, "ids/projectid"),
        ("ids.projectid", "project", "ids/projectid"),
        ("auth.type", "oauth", "auth/type"),
        ("auth.type", ..., "auth"),
        ("auth.tokn", "secret://T", "auth"),
        ("auth.token", "a-plain-token", "auth/token"),
        ("auth.token", "${env:TOKEN}", "auth/token"),
        ("auth.proof", "always", "auth/proof"),
        ("endpoints./tasks/{id}.auth", {"type": "bearer"}, "endpoints//tasks/{id}/auth"),
        ("endpoints.tasks", {}, "endpoints"),
        ("entities.task.pagination.type", "offest", "entities/task/pagination/type"),
        ("entities.task.pagination.offset", 1, "entities/task/pagination"),
        ("notify.0", {"webhook": "https://hooks.example/x"}, "notify"),
        ("notify.0", {"weebhook": "secret://HOOK"}, "notify"),
        ("notify.1.remind", "3w", "notify"),
        ("source", "Acme", "source"),
        ("source", "extract", "source"),
        ("entities.extract", {"endpoint": "/projects"}, "entities"),
        ("catalogue", {}, "catalogue"),
        ("catalogue", {"file": "a.csv", "inline": []}, "catalogue"),
        ("catalogue.0.method", "GTE", "catalogue"),
        ("catalogue.0.path", "projects", "catalogue"),
        ("base_url", "acme.example", "base_url"),
        ("base_url", "https://user:pw@acme.example", "base_url"),
        ("traceparent", "yes", "traceparent"),
        ("outcomes.0.means", "fine", "outcomes/0/means"),
    ],
)
def test_a_typical_fault_is_refused_where_it_stands(path: str, value: Any, where: str) -> None:
    plain = changed(path, value)

    assert problems(plain) != [] or value == "${env:TOKEN}"
    found = refusals(plain)
    assert found
    assert all(each == where or each.startswith(f"{where}/") or not where for each in found), found


def test_a_key_misspelt_below_a_type_is_one_fault_and_not_one_for_every_type() -> None:
    errors = list(BY_SOURCE.iter_errors(changed("auth.tokn", "secret://T")))

    assert [each.message for each in errors] == ["Additional properties are not allowed ('tokn' was unexpected)"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("limits.concurrency", "${env:SIZE}"),
        ("limits.concurrency", "8"),
        ("limits.concurrency", 8.0),
        ("limits.total_seconds", "2.5e1"),
        ("auth.proof", "${env:WORD}"),
        ("auth.type", "${env:WORD}"),
        ("auth.token", "secret://${env:WORD}"),
        ("entities.task.endpoint", "${env:WORD}/tasks"),
        ("entities.task.pagination.type", "${env:WORD}"),
        ("catalogue.0.method", "${env:WORD}"),
        ("ids.projectid", "${env:WORD}.id"),
        ("notify", {"webhook": "secret://HOOK", "when": "${env:WORD}"}),
        ("notify", []),
        ("notify", None),
        ("roots", None),
        ("catalogue", {"file": "endpoints.csv"}),
    ],
)
def test_a_variable_stands_for_any_text_number_or_word_and_short_forms_are_valid(path: str, value: Any) -> None:
    assert refusals(changed(path, value)) == []


def test_spectra_yaml_has_no_variables() -> None:
    assert "${env" not in json.dumps(PROJECT).replace("\\\\", "")
    assert not BY_PROJECT.is_valid({"fingerprint_key": "${env:KEY}"})
    assert not BY_PROJECT.is_valid({"secrets": {"folders": "/run/secrets"}})
    assert not BY_PROJECT.is_valid({"runbook": "not an address"})


def explained(shape: dict[str, Any], schema: dict[str, Any]) -> bool:
    if "description" in shape:
        return True
    if "$ref" in shape:
        return explained(schema["$defs"][shape["$ref"].rpartition("/")[2]], schema)
    return any(explained(each, schema) for each in shape.get("anyOf", ()))


@pytest.mark.parametrize("schema", [SOURCE, PROJECT], ids=["source", "project"])
def test_every_setting_is_explained_by_the_docstring_of_its_model(schema: dict[str, Any]) -> None:
    places = {"": schema, **schema["$defs"]}
    untold = [
        f"{name}.{key}"
        for name, place in places.items()
        for key, shape in place.get("properties", {}).items()
        if key != "type" and not explained(shape, schema)
    ]

    assert untold == []


def test_a_setting_reads_so() -> None:
    assert SOURCE["$defs"]["Limits"]["properties"]["concurrency"] == {
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": 256}, {"$ref": "#/$defs/NumberAsText"}],
        "default": 8,
        "description": "`concurrency` is how many requests are on their way at once.",
    }
    assert SOURCE["properties"]["auth"] == {
        "$ref": "#/$defs/auth",
        "description": "`auth` says how to prove who asks.",
    }
    assert SOURCE["$defs"]["auth"]["allOf"][0] == {
        "if": {"properties": {"type": {"const": "none"}}, "required": ["type"]},
        "then": {"$ref": "#/$defs/NoAuth"},
    }


def test_the_schema_is_the_same_each_time_it_is_made() -> None:
    assert json.dumps(source_schema()) == json.dumps(SOURCE)


STRUCTURE = {
    "extra_forbidden", "missing", "union_tag_invalid", "union_tag_not_found", "literal_error", "plain_secret",
    "invalid_name", "string_type", "int_type", "int_parsing", "float_type", "float_parsing", "int_from_float",
    "dict_type", "tuple_type", "model_type", "model_attributes_type", "bool_type", "scalar_type",
    "greater_than", "greater_than_equal", "less_than_equal", "string_pattern_mismatch", "string_too_short",
}  # fmt: skip
ODD = [None, 5, -1, 0, "x", "", [], {}, [1], {"a": 1}, "secret://A", "/x", "a.b", "GET", "none", 2.5]


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for step, each in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, step)
        yield from paths(each, (*path, step))


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a definition with one or two things put in the place of others, taken away or renamed."""
    plain = json.loads(json.dumps({**WHOLE, **draw(st.sampled_from([{}, *SETTINGS]))}))
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from(sorted(paths(plain), key=str)))
        node = plain
        for step in way:
            node = node[step]
        kind = draw(st.sampled_from(["put", "put", "take", "rename"]))
        if kind == "put":
            node[last] = deepcopy(draw(st.sampled_from(ODD)))
        else:
            value = node.pop(last)
            if kind == "rename" and isinstance(node, dict):
                node[f"{last}x"] = value
    return dict(plain)


@given(spoiled())
def test_what_loads_is_valid_and_what_is_wrong_in_form_is_not(plain: dict[str, Any]) -> None:
    if not problems(plain):
        assert refusals(plain) == []
        return
    try:
        SourceDefinition.model_validate(expanded(plain, VARIABLES.get))
    except ValidationError as error:
        if {each["type"] for each in error.errors()} & STRUCTURE:
            assert refusals(plain) != []
