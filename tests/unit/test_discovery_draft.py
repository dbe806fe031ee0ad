"""The drafted definition: what it says, that it always loads, and that no document breaks out of its place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spectra.catalog.hierarchy import levels
from spectra.definition.load import load_definition
from spectra.discovery.catalogue import catalogue_text, rows_of
from spectra.discovery.description import ApiDescription, Operation, Parameter, SecurityScheme, Shape
from spectra.discovery.drafting.draft import draft
from spectra.discovery.drafting.yaml import flow, remark
from spectra.documents.reading import read_document
from tests.unit.described import BASIC, NUMBER, TEXT, THING, asked, described, get, list_of, record, wrapped

if TYPE_CHECKING:
    from spectra.definition.load import Loaded

GOLDEN = Path(__file__).parent / "drafted.golden.yaml"
TRACKER = described(
    get("/me", record("id", "login")),
    get(
        "/projects", wrapped("results", record("id", "name", "updated_at"), next=Shape("string", format="uri")), "page"
    ),
    get(
        "/projects/{project_id}/issues",
        list_of(record("id", number=NUMBER)),
        asked("offset"),
        asked("limit", "integer"),
    ),
    get("/projects/{project_id}/issues/{issue_number}", THING),
    get("/issues/{id}", THING),
    get("/labels", list_of(record("name")), asked("page", "integer")),
    get("/lost/{thing}/rows", list_of(THING)),
    Operation("POST", "/projects", "api.json#/projects"),
    title="Tracker: the #1 'API'",
)


def loaded(description: ApiDescription, name: str = "acme", **variables: str) -> Loaded:
    rows = catalogue_text(rows_of(description))
    text = draft(description, name).text
    return load_definition(text, f"sources/{name}.yaml", variables=variables.get, read_file=lambda _: rows)


def all_set(description: ApiDescription) -> dict[str, str]:
    named = draft(description, "acme").environment
    return {name: "https://acme.example/api" if name.endswith("_URL") else "set" for name in named}


def test_a_draft_reads_as_a_definition_with_a_reason_behind_each_line() -> None:
    assert draft(TRACKER, "acme").text == GOLDEN.read_text(encoding="utf-8")


def test_guesses_stand_in_the_text_as_sure_as_they_are() -> None:
    made = draft(TRACKER, "acme")
    by_subject = {guess.subject: guess for guess in made.guesses}
    assert by_subject["auth"].confidence == "high"
    assert by_subject["auth.probe"].value == "/me"
    assert by_subject["entities.label.key"].confidence == "low"
    assert "    # key: [name]" in made.text
    assert made.environment == ("ACME_BASE_URL", "ACME_USER", "ACME_PASSWORD")


def test_a_draft_has_nothing_but_unset_variables_to_say_and_loads_once_they_are_set() -> None:
    assert {each.code for each in loaded(TRACKER).problems} == {"missing-variable"}
    whole = loaded(TRACKER, **all_set(TRACKER))
    assert whole.problems == ()
    assert whole.definition is not None
    assert whole.definition.roots is not None
    assert levels(whole.definition) == (("project", "label"), ("issue",))


def test_every_doubtful_line_of_an_entity_can_be_taken_in() -> None:
    description = described(
        get("/labels", list_of(record("name", "updated_at")), asked("updated_since"), asked("after"), asked("limit"))
    )
    text = draft(description, "acme").text
    text = re.sub(r"(?m)^    # ", "    ", text)
    rows = catalogue_text(rows_of(description))
    again = load_definition(text, "acme.yaml", variables=all_set(description).get, read_file=lambda _: rows)
    assert again.problems == ()
    assert again.definition is not None
    assert again.definition.entities["label"].incremental is not None


def test_an_api_without_lists_and_without_auth_is_drafted_too() -> None:
    description = described(get("/status", record("state")), schemes=(), servers=())
    whole = loaded(description, **all_set(description))
    assert whole.problems == ()
    assert whole.definition is not None
    assert whole.definition.auth.type == "none"


def test_headers_that_no_definition_can_send_and_lists_left_out_are_named() -> None:
    needed = Parameter("tenant-id", "header", required=True)
    operation = replace(get("/things", list_of(THING)), parameters=(needed,))
    text = draft(described(operation, get("/lost/{key}/rows", list_of(THING))), "acme").text
    assert "# 1 of 2 reads want the header 'tenant-id', which a definition cannot send." in text
    assert "#   /lost/{key}/rows" in text


def test_an_api_of_a_great_many_lists_stays_readable() -> None:
    lists = [get(f"/group{number}/things{number}s", list_of(THING)) for number in range(300)]
    description = described(*lists)
    whole = loaded(description, **all_set(description))
    assert whole.definition is not None
    assert len(whole.definition.entities) == 60
    assert "(240):" in draft(description, "acme").text
    assert len(draft(description, "acme").text.splitlines()) < 300


HOSTILE = [
    *[
        "a: b # c",
        "x\ny: {evil: true}",
        "'; drop",
        '"',
        "*/",
        "${env:HOME}",
        "secret://AWS",
        "\x1b[31mred",
        "\u2028base_url: x",
    ],
    *[
        "\U0001f600",
        "{",
        "}",
        "[a",
        "- a",
        "&a *a",
        "!!python/object",
        "%YAML",
        "yes",
        "null",
        "1e3",
        "0x1F",
        "",
        " ",
        "\x85",
    ],
    *[
        "\ufffe",
        "---",
        "...",
        "? a",
        "| b",
        "> c",
        "@d",
        "`e",
        "#",
        "a" * 3000,
        "source",
        "\t",
        "\r\nsource: evil",
    ],
]


@pytest.mark.parametrize("text", [*HOSTILE, "half \ud800"])
def test_any_text_as_yaml_reads_as_that_text_on_one_line(text: str) -> None:
    written = flow({"before": 1, text[:400]: [text, {"inner": text}], "after": True})
    document, problems = read_document(written, "acme.yaml")
    assert "\n" not in written
    assert problems == []
    assert document is not None
    meant = text.replace("\ud800", "\ufffd")
    assert document.root.plain() == {"before": 1, meant[:400]: [meant, {"inner": meant}], "after": True}


@given(st.text())
def test_a_remark_stays_in_its_comment(text: str) -> None:
    document, problems = read_document(f"before: 1  # {remark(text)}\nafter: 2\n", "acme.yaml")
    assert problems == []
    assert document is not None
    assert document.root.plain() == {"before": 1, "after": 2}


texts = st.one_of(
    st.sampled_from(HOSTILE), st.sampled_from(["id", "widget_id", "next", "name", "data"]), st.text(max_size=8)
)
kinds = st.sampled_from(["object", "array", "string", "integer", "any"])
shapes: st.SearchStrategy[Shape] = st.recursive(
    st.builds(Shape, kinds, format=st.sampled_from([None, "uri", "date-time"])),
    lambda inner: st.builds(
        Shape, kinds, st.dictionaries(texts, inner, max_size=4), inner, required=st.lists(texts).map(tuple)
    ),
    max_leaves=6,
)
parameters = st.builds(
    Parameter,
    st.one_of(texts, st.sampled_from(["page", "limit", "offset", "cursor", "updated_since", "$skip", "after"])),
    st.sampled_from(["query", "path", "header", "cookie"]),
    st.booleans(),
    kinds,
    description=texts,
    default=st.one_of(st.none(), st.integers(), texts),
    maximum=st.one_of(st.none(), st.floats()),
)
segments = st.one_of(texts, st.sampled_from(["widgets", "things", "{id}", "{widget_id}", "{thingId}", "users", "me"]))
operations = st.builds(
    Operation,
    st.just("GET"),
    st.lists(segments, max_size=5).map(lambda found: "/" + "/".join(found)),
    st.just("api.json"),
    description=texts,
    parameters=st.lists(parameters, max_size=3).map(tuple),
    answer=st.one_of(st.none(), shapes, shapes.map(list_of)),
    answer_headers=st.lists(texts, max_size=2).map(tuple),
    security=st.one_of(
        st.none(), st.lists(st.lists(st.sampled_from(["one", "two", "x\n"])).map(tuple), max_size=2).map(tuple)
    ),
)
schemes = st.builds(
    SecurityScheme,
    st.sampled_from(["one", "two", "x\n"]),
    st.sampled_from(["basic", "bearer", "api_key", "oauth2", "openid", "session", "other"]),
    st.sampled_from([None, "query", "header", "cookie"]),
    texts,
    st.dictionaries(st.sampled_from(["clientCredentials", "authorizationCode", "implicit"]), texts),
    st.lists(texts, max_size=3).map(tuple),
    texts,
)
descriptions = st.builds(
    ApiDescription,
    st.just("openapi-3.0"),
    texts,
    texts,
    st.lists(texts, max_size=2).map(tuple),
    st.lists(operations, max_size=6).map(tuple),
    st.lists(schemes, max_size=3, unique_by=lambda each: each.name).map(tuple),
    st.sampled_from([(), (("one",),), (("one", "two"), ())]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(descriptions)
@example(replace(TRACKER, title="${env:HOME}\nauth: {type: none}"))
@example(replace(TRACKER, schemes=(BASIC, replace(BASIC, name="b\n", description="secret://AWS"))))
def test_whatever_a_document_says_its_draft_loads_and_names_no_variable_of_another(description: ApiDescription) -> None:
    made = draft(description, "acme")
    assert {each.code for each in loaded(description).problems} <= {"missing-variable"}
    whole = loaded(description, **all_set(description))
    assert [each.message for each in whole.problems] == []
    assert whole.definition is not None
    assert levels(whole.definition) is not None
    assert all(name.startswith("ACME_") for name in made.environment)
    assert {each.reference.name for each in whole.definition.credentials()} <= set(made.environment)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_document_full_of_one_hostile_text_gives_a_draft_that_loads(text: str) -> None:
    item = Shape("object", {text: TEXT, "id": NUMBER, "updated_at": TEXT})
    description = described(
        get("/widgets", wrapped(text, item), asked(text, required=True), description=text),
        get("/things", Shape("object", {"data": list_of(item), text: TEXT}), asked(text), "cursor", "limit"),
        get(f"/things/{text}/rows", list_of(item)),
        get(f"/things/{{{text}}}", item),
        get("/me", item),
        get("/boxes", wrapped(text, record(f"{text}_id", f"x{text}_id", required=(f"{text}_id", f"x{text}_id")))),
        schemes=(SecurityScheme(text, "api_key", "header", text, description=text), replace(BASIC, name="second")),
        title=text,
        file_name=text,
        servers=(text,),
    )
    whole = loaded(description, **all_set(description))
    assert [each.message for each in whole.problems] == []
    assert all(name.startswith("ACME_") for name in draft(description, "acme").environment)
