"""What is guessed of lists: their names, records, keys, and what feeds what."""

from __future__ import annotations

import pytest

from spectra.discovery.description import Operation, Parameter, Shape
from spectra.discovery.guessing.hierarchy import MOST_ENTITIES, Hierarchy, hierarchy_of
from spectra.discovery.guessing.ids import Ids, ids_of
from spectra.discovery.guessing.listings import listings, reads
from spectra.discovery.words import entity_names, singular, words
from tests.unit.described import NUMBER, TEXT, THING, asked, described, get, list_of, record, wrapped


def hierarchy(*operations: Operation) -> Hierarchy:
    known = reads(described(*operations))
    return hierarchy_of(listings(known), known)


def names(*operations: Operation) -> list[str]:
    return [each.name for each in listings(reads(described(*operations)))]


def fed(*operations: Operation) -> dict[str, str]:
    """Return what each placeholder is fed with, by `path name`."""
    known = reads(described(*operations))
    found = hierarchy_of(listings(known), known)
    ids = ids_of(known, found.entities, found.feeders())
    result = {guess.subject: guess.value for guess in ids.everywhere}
    for guess in ids.by_path:
        result |= {f"{guess.subject} {name}": reference for name, reference in guess.value.items()}
    return result


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("projectIdOrKey", ("project", "id", "or", "key")),
        ("page[size]", ("page", "size")),
        ("XMLHttpIDs", ("xml", "http", "ids")),
        ("users.list", ("users", "list")),
        ("\U0001f600", ()),
    ],
)
def test_names_of_any_style_split_into_words(name: str, parts: tuple[str, ...]) -> None:
    assert words(name) == parts


@pytest.mark.parametrize(
    ("many", "one"),
    [
        *[("issues", "issue"), ("policies", "policy"), ("boxes", "box"), ("statuses", "status"), ("emojis", "emoji")],
        *[("addresses", "address"), ("people", "person"), ("news", "news"), ("gas", "gas"), ("releases", "release")],
    ],
)
def test_a_plural_has_its_singular(many: str, one: str) -> None:
    assert singular(many) == one


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/rest/api/3/project/search", "project"),
        ("/api/v2/work-items", "work_item"),
        ("/users.list", "user"),
        ("/pet/findByStatus", "pet"),
        ("/filter/my", "my_filter"),
        ("/release/project/{projectid}", "release"),
        ("/things/{id}/source", "source_record"),
        ("/v1", "record"),
        ("/2fa", "r_2_fa"),
        ("/Кириллица", "record"),
    ],
)
def test_a_path_gives_an_entity_its_name(path: str, name: str) -> None:
    assert next(iter(entity_names(path))) == name


def test_two_lists_never_share_a_name_and_the_plain_name_goes_to_the_shorter_path() -> None:
    many = [
        get("/projects/{id}/tasks", list_of(THING)),
        get("/tasks", list_of(THING)),
        get("/v2/tasks", list_of(THING)),
    ]
    assert names(*many) == ["task", "task_2", "project_task"]


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        (list_of(THING), ""),
        (wrapped("data", THING, total=NUMBER), "data"),
        (wrapped("widgets", THING, things=list_of(THING)), "widgets"),
        (Shape("object", {"data": wrapped("items", THING)}), "data.items"),
        (wrapped("oddly", THING), "oddly"),
    ],
)
def test_the_records_of_an_answer_are_found(answer: Shape, path: str) -> None:
    (found,) = listings(reads(described(get("/widgets", answer))))
    assert found.records.path == path


@pytest.mark.parametrize(
    "answer",
    [
        None,
        THING,
        list_of(TEXT),
        Shape("object", {"id": NUMBER, "items": list_of(THING)}),
        wrapped("checks", THING, title=TEXT, host=TEXT, build=TEXT),
        wrapped("one", THING, two=list_of(THING)),
    ],
)
def test_what_is_no_list_of_objects_is_no_entity(answer: Shape | None) -> None:
    assert listings(reads(described(get("/widgets", answer)))) == ()


def test_deprecated_lists_and_paths_that_no_definition_can_name_are_left_alone() -> None:
    odd = ["/a b", "/${env:HOME}/x", "/x{", "/" + "x" * 500, "/x\x1b[31m", "/{id}/x/{ID}"]
    assert names(get("/old", list_of(THING), deprecated=True), *(get(path, list_of(THING)) for path in odd)) == []


@pytest.mark.parametrize(
    ("item", "single", "key", "confidence"),
    [
        (record("id", "key"), None, ("id",), "high"),
        (record("widget_id", "name"), None, ("widget_id",), "high"),
        (record("WidgetID", "name"), "/widgets/{WidgetID}", ("WidgetID",), "high"),
        (record("number", "title"), "/widgets/{widget_number}", ("number",), "high"),
        (Shape("object"), "/widgets/{id}", ("id",), "medium"),
        (record("user_id", "group_id", required=("user_id", "group_id")), None, ("user_id", "group_id"), "medium"),
        (record("name", "colour"), None, ("name",), "low"),
        (record("name", required=("name",)), None, ("name",), "medium"),
        (Shape("object", {"metadata": record("uid", "name")}), None, ("metadata.uid",), "high"),
    ],
)
def test_the_key_is_guessed_with_a_confidence_that_fits(
    item: Shape, single: str | None, key: tuple[str, ...], confidence: str
) -> None:
    singles = [get(single, item)] if single else []
    (found,) = listings(reads(described(get("/widgets", list_of(item)), *singles)))
    assert found.key is not None
    assert (found.key.value, found.key.confidence) == (key, confidence)


def test_a_record_without_anything_like_a_key_has_none() -> None:
    (found,) = listings(reads(described(get("/widgets", list_of(record("colour"))))))
    assert found.key is None


def test_a_placeholder_is_fed_by_the_list_at_the_path_before_it() -> None:
    issue = record("id", "title", number=NUMBER)
    found = fed(
        get("/projects", list_of(THING)),
        get("/projects/{project_id}/issues", list_of(issue)),
        get("/projects/{project_id}/issues/{issue_number}/notes", list_of(THING)),
        get("/projects/{id}", THING),
    )
    assert found == {
        "ids.project_id": "project.id",
        "ids.issue_number": "issue.number",
        "endpoints./projects/{id}.ids id": "project.id",
    }


def test_an_owner_beside_a_repo_is_taken_from_the_same_record() -> None:
    repo = record("id", "name", owner=record("id", "login"))
    found = fed(get("/user/repos", list_of(repo)), get("/repos/{owner}/{repo}/issues", list_of(THING)))
    assert found == {"ids.repo": "repo.name", "ids.owner": "repo.owner.login"}


def test_id_or_key_takes_the_id_and_a_number_is_asked_for_by_a_number() -> None:
    numbered = Parameter("widgetId", "path", kind="integer")
    item = get("/widgets/{widgetId}/parts", list_of(THING), numbered)
    keyed = get("/boards/{boardIdOrKey}/cards", list_of(THING))
    assert fed(get("/widgets", list_of(record(id=TEXT))), item) == {}
    assert fed(get("/boards", list_of(record("id", "key"))), keyed) == {"ids.boardIdOrKey": "board.id"}


def test_records_under_one_parent_do_not_feed_another_kind_of_parent() -> None:
    found = hierarchy(
        get("/teams", list_of(THING)),
        get("/teams/{team_id}/secrets", list_of(THING)),
        get("/shops", list_of(THING)),
        get("/shops/{shop_id}/keys/{secret_id}/uses", list_of(THING)),
    )
    assert [each.name for each in found.entities] == ["team", "shop", "secret"]
    assert [each.path for each in found.unfed] == ["/shops/{shop_id}/keys/{secret_id}/uses"]


def test_what_hangs_under_a_deprecated_list_is_fed_by_no_other_of_that_name() -> None:
    old = get("/shops/fields", list_of(THING), deprecated=True)
    assert fed(get("/fields", list_of(THING)), old, get("/shops/fields/{field_id}", THING)) == {}


@pytest.mark.parametrize("name", ["type", "format", "year"])
def test_a_parameter_of_a_general_name_is_fed_by_nothing(name: str) -> None:
    lists = get(f"/{name}s", list_of(record("id", "name", name)))
    assert fed(lists, get(f"/reports/{{{name}}}/rows", list_of(THING))) == {}


def test_a_fixed_choice_is_no_id() -> None:
    chosen = Parameter("widget", "path", choices=("a", "b"))
    assert fed(get("/widgets", list_of(THING)), get("/x/{widget}/y", list_of(THING), chosen)) == {}


def test_a_query_parameter_that_is_needed_makes_a_parent_and_one_that_nothing_feeds_keeps_a_list_out() -> None:
    found = hierarchy(
        get("/projects", list_of(THING)),
        get("/tasks", list_of(THING), asked("project_id", required=True)),
        get("/reports", list_of(THING), asked("since", required=True)),
        get("/notes", list_of(THING), asked("token", required=True)),
    )
    assert {each.name: each.parents for each in found.entities} == {"project": (), "note": (), "task": ("project",)}
    assert [each.name for each in found.unfed] == ["report"]


def test_lists_that_would_need_each_other_become_no_circle() -> None:
    found = hierarchy(get("/a/{b_id}/as", list_of(record("a_id"))), get("/b/{a_id}/bs", list_of(record("b_id"))))
    assert found.entities == ()
    assert len(found.unfed) == 2


def test_of_a_great_many_lists_those_that_feed_others_are_kept_with_their_parents() -> None:
    lists = [get(f"/leaf{number}s", list_of(THING)) for number in range(200)]
    deep = [
        get("/zones", list_of(THING)),
        get("/zones/{zone_id}/racks", list_of(THING)),
        get("/zones/{zone_id}/racks/{rack_id}", THING),
    ]
    found = hierarchy(*lists, *deep)
    assert len(found.entities) == MOST_ENTITIES
    assert {"zone", "rack"} <= {each.name for each in found.entities}
    assert len(found.beyond) == 202 - MOST_ENTITIES


def test_of_placeholders_it_is_counted_how_many_are_fed() -> None:
    known = reads(described(get("/as", list_of(THING)), get("/as/{id}", THING), get("/b/{secret}", THING)))
    found = hierarchy_of(listings(known), known)
    ids: Ids = ids_of(known, found.entities, found.feeders())
    assert (ids.fed, ids.total) == (1, 2)
