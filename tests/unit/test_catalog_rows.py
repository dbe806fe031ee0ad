from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.catalog.rows import read_catalogue
from spectra.errors import CatalogueUnreadableError

if TYPE_CHECKING:
    from spectra.catalog.rows import Catalogue

DIRTY = """[
{"method": "GET", "path": "/a"},
{
  "method": " post ",
  "path": "/a",
  "query_parameters": ["x", "y"]
},
{"method": "/elsewhere", "path": "POST"},
{"method": "GET", "path": "/a", "name": "again"}, {"path": "/b"},
7,
{"method": "GET",
 "path": "/a"}
]"""


def codes_and_places(catalogue: Catalogue) -> list[tuple[str, str | None]]:
    return [(each.code, each.place) for each in catalogue.rejected]


def test_every_bad_row_of_a_json_catalogue_is_named_with_its_line() -> None:
    catalogue = read_catalogue(DIRTY, "sources/e.json", "json")
    assert [each.key for each in catalogue.endpoints] == [("GET", "/a"), ("POST", "/a")]
    assert codes_and_places(catalogue) == [
        ("catalogue-corrupt", "sources/e.json:8"),
        ("catalogue-duplicate", "sources/e.json:9"),
        ("catalogue-corrupt", "sources/e.json:9"),
        ("catalogue-corrupt", "sources/e.json:10"),
        ("catalogue-duplicate", "sources/e.json:11"),
    ]


def test_a_rejected_row_is_shown_whole_and_a_duplicate_says_where_the_first_is() -> None:
    corrupt, duplicate, *_ = read_catalogue(DIRTY, "e.json", "json").rejected
    assert json.loads(corrupt.facts["row"]) == {"method": "/elsewhere", "path": "POST"}
    assert "'/elsewhere' is no HTTP method" in corrupt.message
    assert json.loads(duplicate.facts["row"])["name"] == "again"
    assert duplicate.facts["first"] == "e.json:2"


def test_the_first_of_duplicates_counts() -> None:
    text = '[{"method":"GET","path":"/a","name":"first"},{"method":"get","path":"/a?x=1","name":"second"}]'
    catalogue = read_catalogue(text, "e.json", "json")
    assert [each.name for each in catalogue.endpoints] == ["first"]
    assert len(catalogue.rejected) == 1


def test_no_row_is_dropped_in_silence() -> None:
    catalogue = read_catalogue(DIRTY, "e.json", "json")
    assert len(catalogue.endpoints) + len(catalogue.rejected) == len(json.loads(DIRTY))


@pytest.mark.parametrize(
    "path",
    ["", "a", "/a b", "/a\nb", "/a\x00", "/a\\b", "/a#b", "/{", "/}", "/{}", "/{a{b}}", "/{a/b}", None, 5],
)
def test_a_path_that_is_none_is_corrupt(path: object) -> None:
    catalogue = read_catalogue(json.dumps([{"method": "GET", "path": path}]), "e.json", "json")
    assert [each.code for each in catalogue.rejected] == ["catalogue-corrupt"]
    assert catalogue.endpoints == ()


@pytest.mark.parametrize("names", [5, {"a": 1}, [1]])
def test_query_parameters_that_are_no_names_are_corrupt(names: object) -> None:
    text = json.dumps([{"method": "GET", "path": "/a", "query_parameters": names}])
    assert [each.code for each in read_catalogue(text, "e.json", "json").rejected] == ["catalogue-corrupt"]


def test_csv_has_the_same_columns_in_any_order_and_the_same_findings() -> None:
    text = (
        "\ufeffPath , METHOD,query_parameters,description\r\n"
        '/a,get,x;y,"two\nlines"\r\n'
        "\r\n"
        '/b,GET,"x, y z"\r\n'
        "POST,/c\r\n"
        "/a,GET,,\r\n"
    )
    catalogue = read_catalogue(text, "e.csv", "csv")
    assert [(e.method, e.path, e.query_parameters) for e in catalogue.endpoints] == [
        ("GET", "/a", ("x", "y")),
        ("GET", "/b", ("x", "y", "z")),
    ]
    assert catalogue.endpoints[0].description == "two\nlines"
    assert codes_and_places(catalogue) == [("catalogue-corrupt", "e.csv:6"), ("catalogue-duplicate", "e.csv:7")]


@pytest.mark.parametrize(
    ("text", "layout", "place"),
    [
        ("{}", "json", "e:1"),
        ('[\n  {"method": GET}\n]', "json", "e:2:14"),
        ("", "json", "e:1:1"),
        ("[" * 100_000, "json", "e:1"),
        ("verb,path\nGET,/a\n", "csv", "e:1"),
        ("", "csv", "e:1"),
        ('method,path\nGET,"/a\n', "csv", "e:2"),
    ],
)
def test_a_file_that_is_no_list_of_endpoints_is_refused_at_its_place(
    text: str, layout: Literal["json", "csv"], place: str
) -> None:
    with pytest.raises(CatalogueUnreadableError) as refused:
        read_catalogue(text, "e", layout)
    assert refused.value.place == place


@given(st.text(), st.sampled_from(["json", "csv"]))
def test_any_text_is_a_catalogue_or_is_refused(text: str, layout: Literal["json", "csv"]) -> None:
    try:
        catalogue = read_catalogue(text, "e", layout)
    except CatalogueUnreadableError:
        return
    assert len({each.key for each in catalogue.endpoints}) == len(catalogue.endpoints)


ROW = st.fixed_dictionaries(
    {"method": st.sampled_from(["GET", "POST", "/x"]), "path": st.sampled_from(["/a", "/b", "c"])}
)


@given(st.lists(ROW, max_size=12), st.sampled_from([None, 0, 2]))
def test_rows_kept_and_rejected_add_up_and_each_is_placed_at_its_own_line(
    rows: list[dict[str, str]], indent: int | None
) -> None:
    text = json.dumps(rows, indent=indent)
    catalogue = read_catalogue(text, "e", "json")
    assert len(catalogue.endpoints) + len(catalogue.rejected) == len(rows)
    for each in catalogue.rejected:
        line = int((each.place or "").rpartition(":")[2])
        assert "{" in text.splitlines()[line - 1]
