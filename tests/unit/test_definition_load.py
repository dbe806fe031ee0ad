from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.access.auth import Bearer
from spectra.access.pagination import Offset, Pagination
from spectra.access.secret import SecretReference
from spectra.definition.load import load_definition
from spectra.errors import FileUnreadableError
from spectra.notify import Discord

if TYPE_CHECKING:
    from spectra.definition.load import Loaded

CATALOGUE = """method,path,query_parameters
GET,/project/details,
GET,/release/project/{projectid},
GET,/cycle/release/{releaseid},
GET,/execution,releaseid;offset;pagesize
GET,/execution/{id},
GET,/testcase/{testcaseId},
GET,/attachment,
POST,/search,
GET,/project/details,
"""

WHOLE = """\
source: zephyr
name: Zephyr Enterprise
base_url: ${env:ZEPHYR_BASE_URL}
owner: {team: qa-data, channel: '#data-zephyr'}
auth: {type: bearer, token: 'secret://ZEPHYR_API_TOKEN', probe: /project/details}
limits: {requests_per_second: 20, concurrency: 8, connect_seconds: 5, total_seconds: 30, response_mb: 64, attempts: 3}
catalogue: {file: endpoints.csv}
ids: {projectid: project.id, releaseid: release.id, testcaseid: execution.testcase.id}
endpoints: {'/execution/{id}': {ids: {id: execution.id}}}
entities:
  project: {endpoint: /project/details, key: [id]}
  release: {endpoint: '/release/project/{projectid}', key: [id], parents: [project]}
  cycle: {endpoint: '/cycle/release/{releaseid}', key: [id], parents: [release]}
  execution:
    endpoint: /execution
    query: {releaseid: release.id}
    key: [id]
    records: results
    pagination: {type: offset, offset_param: offset, size_param: pagesize, size: 100}
    incremental: {field: lastModifiedOn, param: modifiedsince, format: iso}
  testcase: {endpoint: '/testcase/{testcaseId}', key: [id]}
roots: {entity: project, where: {active: true}}
walk: {parents: 20}
expect: {endpoints: 8, levels: [project, release, cycle, execution, testcase]}
outcomes: [{status: 404, endpoint: /attachment, means: empty}, {status: 400, endpoint: '/execution*', means: failed}]
allow: {hosts: [files.example.com], safe_posts: [/search]}
notify: {webhook: 'secret://DISCORD_WEBHOOK_URL_ZEPHYR'}
error_body: [errorMsg]
"""
VARIABLES = {"ZEPHYR_BASE_URL": "https://zephyr.example/flex/services/rest/latest/"}
PLANTED = "canary-5f1c0b7e9a"


def beside(file: str) -> str:
    if file == "endpoints.csv":
        return CATALOGUE
    raise FileUnreadableError(f"{file} cannot be read: No such file or directory", place=file)


def load(text: str, variables: dict[str, str] | None = None) -> Loaded:
    known = VARIABLES if variables is None else variables
    return load_definition(text, "sources/zephyr.yaml", variables=known.get, read_file=beside)


def found(text: str, variables: dict[str, str] | None = None) -> list[tuple[str, str]]:
    loaded = load(text, variables)
    assert loaded.definition is None
    assert loaded.catalogue is None
    return [(each.code, (each.place or "").removeprefix("sources/zephyr.yaml:")) for each in loaded.problems]


def changed(before: str, after: str) -> str:
    assert WHOLE.count(before) == 1, before
    return WHOLE.replace(before, after)


def test_a_whole_definition_loads_as_written() -> None:
    loaded = load(WHOLE)
    assert loaded.problems == ()
    definition = loaded.definition
    assert definition is not None
    assert definition.base_url == "https://zephyr.example/flex/services/rest/latest"
    assert definition.base_path == "/flex/services/rest/latest"
    assert definition.auth == Bearer(token=SecretReference("ZEPHYR_API_TOKEN"), probe="/project/details")
    assert [each.reference.name for each in definition.credentials()] == ["ZEPHYR_API_TOKEN"]
    assert definition.entities["execution"].pagination == Offset(size_param="pagesize")
    assert definition.entities["project"].pagination.type == "none"
    assert definition.roots is not None
    assert definition.roots.where == {"active": True}
    assert definition.notify == (Discord(webhook=SecretReference("DISCORD_WEBHOOK_URL_ZEPHYR")),)
    assert definition.allow.safe_posts == ("/search",)


def test_findings_about_catalogue_rows_are_kept_apart_and_keep_nothing_from_loading() -> None:
    loaded = load(WHOLE)
    assert loaded.catalogue is not None
    assert len(loaded.catalogue.endpoints) == 8
    assert [(each.code, each.place) for each in loaded.catalogue.rejected] == [
        ("catalogue-duplicate", "sources/endpoints.csv:10")
    ]


def test_a_minimal_definition_has_the_documented_defaults() -> None:
    text = "source: zephyr\nname: Z\nbase_url: http://h:1\nauth: {type: none}\ncatalogue: []\n"
    definition = load(text).definition
    assert definition is not None
    assert definition.limits.model_dump() == {
        "requests_per_second": 20,
        "concurrency": 8,
        "connect_seconds": 5,
        "total_seconds": 30,
        "response_mb": 64,
        "attempts": 3,
    }
    assert definition.walk.parents == 20
    assert definition.base_path == ""
    assert definition.roots is None
    assert definition.expect is None


def test_the_hash_is_that_of_the_text() -> None:
    assert load(WHOLE).sha256 == hashlib.sha256(WHOLE.encode()).hexdigest()


def test_a_setting_can_be_found_again_by_its_path() -> None:
    assert load(WHOLE).place("auth", "token") == "sources/zephyr.yaml:5:29"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("size: 100", "size: 100, §sise: 1", "unknown-key"),
        ("source: zephyr\nname: Zephyr Enterprise\n", "§source: zephyr\n", "missing-key"),
        ("execution:\n    endpoint: /execution\n    ", "§execution:\n    ", "missing-key"),
        ("concurrency: 8", "concurrency: §many", "invalid-value"),
        ("concurrency: 8", "concurrency: §0", "invalid-value"),
        ("concurrency: 8", "concurrency: §[8]", "invalid-value"),
        ("total_seconds: 30", "total_seconds: §.nan", "invalid-value"),
        ("key: [id]\n    records", "key: §id\n    records", "invalid-value"),
        ("{active: true}", "{active: §[1]}", "invalid-value"),
        ("format: iso", "format: §ISO8601", "invalid-value"),
        ("releaseid: release.id}\n    key", "releaseid: §12}\n    key", "invalid-value"),
        ("releaseid: release.id}\n    key", "releaseid: §release}\n    key", "invalid-value"),
        ("type: bearer", "type: §oauth", "unknown-auth-type"),
        ("auth: {type: bearer, ", "§auth: {", "missing-key"),
        ("type: offset", "type: §offest", "unknown-pagination-type"),
        ("type: offset", "type: offset, §offset: 1", "unknown-key"),
        ("roots: {entity: project", "roots: {entity: §projct", "unknown-entity"),
        ("releaseid: release.id}\n    key", "releaseid: §relase.id}\n    key", "unknown-entity"),
        ("projectid: project.id", "projectid: §projct.id", "unknown-entity"),
        ("{id: execution.id}", "{id: §exection.id}", "unknown-entity"),
        ("parents: [release]", "parents: [release, §cylce]", "unknown-entity"),
        ("[project, release", "[§projct, release", "unknown-entity"),
        ("endpoint: /execution\n", "endpoint: §/executions\n", "unknown-endpoint"),
        ("probe: /project/details", "probe: §/project", "unknown-endpoint"),
        ("{'/execution/{id}'", "{§'/exec/{id}'", "unknown-endpoint"),
        ("endpoint: /attachment", "endpoint: §/attach", "unknown-endpoint"),
        ("[/search]", "[§/attachment]", "unknown-endpoint"),
        ("probe: /project/details", "probe: §'/execution/{id}'", "invalid-proof"),
        ("  release: {", "  §a: {endpoint: /attachment, parents: [a]}\n  release: {", "entity-cycle"),
        ("'secret://ZEPHYR_API_TOKEN'", f"§{PLANTED}", "plain-secret"),
        ("'secret://DISCORD_WEBHOOK_URL_ZEPHYR'", f"§https://hooks.example/{PLANTED}", "plain-secret"),
        ("source: zephyr", "source: §jira", "invalid-name"),
        ("  cycle: {", "  §Bad: {endpoint: /attachment}\n  cycle: {", "invalid-name"),
        ("  cycle: {", "  §extract: {endpoint: /attachment}\n  cycle: {", "invalid-name"),
        ("{file: endpoints.csv}", "{file: §none.csv}", "file-unreadable"),
        ("{file: endpoints.csv}", "{file: §endpoints.xml}", "invalid-value"),
        ("catalogue: {file: endpoints.csv}", "§catalogue: {}", "invalid-value"),
        ("catalogue: {file: endpoints.csv}", "§catalogue: {file: endpoints.csv, inline: []}", "invalid-value"),
        ("{status: 404", "{status: §'404x'", "invalid-value"),
        ("${env:ZEPHYR_BASE_URL}", "§${ZEPHYR_BASE_URL}", "invalid-value"),
        ("${env:ZEPHYR_BASE_URL}", "§${env:NOT_SET}", "missing-variable"),
        ("name: Zephyr Enterprise", "name: Zephyr\n§name: Enterprise", "duplicate-key"),
    ],
)
def test_one_mistake_is_one_finding_at_its_place(before: str, after: str, code: str) -> None:
    """The place expected is where `§` stands; the text is loaded without it."""
    marked = changed(before, after)
    lines = marked.partition("§")[0].split("\n")
    assert found(marked.replace("§", "")) == [(code, f"{len(lines)}:{len(lines[-1]) + 1}")]


def test_a_placeholder_that_nothing_feeds_is_a_missing_key_at_the_endpoint_that_needs_it() -> None:
    assert found(changed("{projectid: project.id, ", "{")) == [("missing-key", "12:23")]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h",
        "h.example",
        "https://",
        "https://user:pw@h",
        "https://h/?a=b",
        "https://h/#f",
        "https://h/a b",
        "https://h/a/../b",
        "https://h:99999",
        "https://h:0",
        "https://[::1",
        "https://h\\@evil",
        "https://h/{x}",
    ],
)
def test_a_base_url_is_a_plain_http_address_and_is_not_repeated(url: str) -> None:
    loaded = load(WHOLE, {"ZEPHYR_BASE_URL": url})
    assert [(each.code, each.place) for each in loaded.problems] == [("invalid-value", "sources/zephyr.yaml:3:11")]
    assert url == "https://" or url not in loaded.problems[0].message


@pytest.mark.parametrize("name", ["source", "extract", "Zephyr", "9z", "z_y", "z" * 41])
def test_a_source_name_follows_its_rule_and_is_no_stage(name: str) -> None:
    text = changed("source: zephyr", f"source: {name}")
    loaded = load_definition(text, f"sources/{name}.yaml", variables=VARIABLES.get, read_file=beside)
    assert [each.code for each in loaded.problems] == ["invalid-name"]


def test_all_mistakes_are_found_at_once_in_the_order_of_the_file() -> None:
    text = (
        changed("type: offset", "type: offest")
        .replace("relase", "")
        .replace("{releaseid: release.id}\n    key", "{releaseid: relase.id}\n    key")
        .replace("concurrency", "concurency")
        .replace("attempts: 3", "attempts: lots")
        .replace("/release/project/{projectid}", "/release/projects/{projectid}")
        .replace("source: zephyr", "source: zephyr\nversion: 1.10\nname: twice")
    )
    assert found(text, {}) == [
        ("unknown-key", "2:1"),
        ("unquoted-version", "2:10"),
        ("duplicate-key", "4:1"),
        ("missing-variable", "5:11"),
        ("unknown-key", "8:35"),
        ("invalid-value", "8:116"),
        ("unknown-endpoint", "14:23"),
        ("unknown-entity", "18:24"),
        ("unknown-pagination-type", "21:24"),
    ]


def test_a_finding_says_what_was_found_what_is_allowed_and_which_word_is_near() -> None:
    loaded = load(changed("type: offset", "type: offest"))
    styles = ", ".join(member.model_fields["type"].default for member in get_args(get_args(Pagination)[0]))
    assert styles.startswith("none, page_number, offset, ")
    assert loaded.problems[0].message == f"found 'offest'; allowed: {styles}. Did you mean 'offset'?"
    assert loaded.problems[0].facts == {"found": "offest", "allowed": styles, "nearest": "offset"}
    unknown = load(changed("releaseid: release.id}\n    key", "releaseid: relase.id}\n    key")).problems[0]
    assert unknown.message == (
        "no entity 'relase'; allowed: project, release, cycle, execution, testcase. Did you mean 'release'?"
    )
    near = load(changed("endpoint: /execution\n", "endpoint: /executions\n")).problems[0]
    assert near.message == "the catalogue has no GET /executions. Did you mean '/execution'?"
    key = load(changed("concurrency", "Concurrency")).problems[0]
    assert key.facts["nearest"] == "concurrency"


@pytest.mark.parametrize(
    "auth",
    [
        f"{{type: bearer, token: {PLANTED}}}",
        f"{{type: bearer, tokn: {PLANTED}}}",
        f"{{type: basic, user: [{PLANTED}], password: {PLANTED}}}",
        f"{{type: api_key, header: X, value: 'secret://{PLANTED}'}}",
        f"{{token: {PLANTED}}}",
        PLANTED,
        f"[{PLANTED}]",
        "{type: bearer, token: '${env:TOKEN}'}",
    ],
)
def test_no_finding_repeats_what_stands_under_auth(auth: str) -> None:
    text = changed("{type: bearer, token: 'secret://ZEPHYR_API_TOKEN', probe: /project/details}", auth)
    loaded = load(text, VARIABLES | {"TOKEN": PLANTED})
    assert loaded.definition is None
    assert loaded.problems
    for each in loaded.problems:
        assert PLANTED not in f"{each.message} {each.place} {each.facts} {each!r}"


def test_rows_written_inline_are_placed_in_the_definition() -> None:
    text = WHOLE.replace(
        "catalogue: {file: endpoints.csv}",
        "catalogue:\n  - {method: GET, path: /project/details}\n  - {method: GTE, path: /x}\n  - 3",
    )
    text = text[: text.index("ids:")]
    loaded = load(text)
    assert loaded.catalogue is not None
    assert [each.key for each in loaded.catalogue.endpoints] == [("GET", "/project/details")]
    assert [(each.code, each.place) for each in loaded.catalogue.rejected] == [
        ("catalogue-corrupt", "sources/zephyr.yaml:9"),
        ("catalogue-corrupt", "sources/zephyr.yaml:10"),
    ]


def test_an_unreadable_catalogue_is_one_finding_and_brings_no_others_with_it() -> None:
    loaded = load_definition(WHOLE, "zephyr.yaml", variables=VARIABLES.get, read_file=lambda _: "nothing\n")
    assert [(each.code, each.place) for each in loaded.problems] == [("catalogue-unreadable", "endpoints.csv:1")]
    assert loaded.definition is None


@pytest.mark.parametrize("text", ["", "# nothing", "{}"])
def test_an_empty_file_misses_every_required_key(text: str) -> None:
    keys = [each.facts["key"] for each in load(text).problems]
    assert keys == ["source", "name", "base_url", "auth", "catalogue"]


@pytest.mark.parametrize("text", ["- a", "just a word", "12"])
def test_a_file_that_is_no_mapping_is_one_finding(text: str) -> None:
    assert found(text) == [("invalid-value", "1:1")]


PIECES = st.sampled_from(
    [line + "\n" for line in WHOLE.splitlines()] + list("{}[]:&*!'\"\n- ") + ["  ", "auth: ", "\x00"]
)
KEYS = st.sampled_from(
    [
        "source",
        "auth",
        "type",
        "entities",
        "ids",
        "catalogue",
        "inline",
        "endpoint",
        "query",
        "pagination",
        "a",
        "expect",
    ]
)
VALUES = st.recursive(
    st.sampled_from(["none", "bearer", "offset", "a.id", "/a", "GET", "1.10", "null", "x", "true"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: "[" + ", ".join(each) + "]")
        | st.dictionaries(KEYS, inner, max_size=4).map(
            lambda each: "{" + ", ".join(f"{name}: {value}" for name, value in each.items()) + "}"
        )
    ),
    max_leaves=20,
)


@given(st.text(max_size=60) | st.lists(PIECES, max_size=30).map("".join) | VALUES)
def test_no_text_whatever_makes_loading_fail(text: str) -> None:
    loaded = load(text)
    assert (loaded.definition is None) == any(each.severity != "warning" for each in loaded.problems)
    for each in loaded.problems:
        assert each.place
        assert each.message
