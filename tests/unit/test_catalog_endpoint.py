from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.catalog.endpoint import Endpoint
from spectra.errors import IdMissingError


def test_query_text_is_split_off_the_path_and_its_names_are_query_parameters() -> None:
    endpoint = Endpoint.of("GET", "/defect/{defectId}?projectId={projectId}&flag=", ["expand", "flag"])
    assert endpoint.path == "/defect/{defectId}"
    assert endpoint.query == {"projectId": "{projectId}", "flag": ""}
    assert endpoint.query_parameters == ("projectId", "flag", "expand")
    assert endpoint.path_parameters == ("defectId",)
    assert endpoint.placeholders == ("defectId", "projectId")


def test_a_path_is_appended_as_text_and_keeps_its_double_slash() -> None:
    assert Endpoint.of("GET", "//history").full_path("/rest/latest") == "/rest/latest//history"
    assert Endpoint.of("GET", "/a/../b").full_path("/rest/") == "/rest/a/../b"
    assert Endpoint.of("GET", "/a").full_path("") == "/a"


@pytest.mark.parametrize(
    ("path", "resource"),
    [("/cycle/release/{id}", "cycle"), ("//history", "history"), ("/", "root"), ("/{id}", "root"), ("/{id}/x", "x")],
)
def test_the_resource_is_the_first_word_of_the_path_and_the_category_where_none_is_given(
    path: str, resource: str
) -> None:
    assert Endpoint.of("GET", path).resource == resource
    assert Endpoint.of("GET", path).category == resource
    assert Endpoint.of("GET", path, category="Other").category == "Other"


def test_placeholders_are_filled_whatever_their_case() -> None:
    endpoint = Endpoint.of("GET", "/cycle/{cycleId}/phase/{PHASEID}?of={cycleid}&raw=1")
    path, params = endpoint.fill({"CYCLEID": "7", "phaseid": "8", "unused": "9"})
    assert path == "/cycle/7/phase/8"
    assert params == {"of": "7", "raw": "1"}


def test_a_value_can_add_no_segment_to_a_path_and_stays_plain_in_a_query() -> None:
    endpoint = Endpoint.of("GET", "/file/{name}?name={name}")
    assert endpoint.fill({"name": "a/b?c#d e%2F{x}"}) == (
        "/file/a%2Fb%3Fc%23d%20e%252F%7Bx%7D",
        {"name": "a/b?c#d e%2F{x}"},
    )
    assert endpoint.fill({"name": ".."})[0] == "/file/%2E%2E"
    assert endpoint.fill({"name": "."})[0] == "/file/%2E"


@given(st.text(min_size=1))
def test_no_id_whatever_changes_the_number_of_segments(value: str) -> None:
    if any("\ud800" <= each <= "\udfff" for each in value):
        return
    path, _ = Endpoint.of("GET", "/a/{id}/b").fill({"id": value})
    segments = path.split("/")
    assert len(segments) == 4
    assert segments[2] not in {"", ".", ".."}
    assert path.isascii()


@pytest.mark.parametrize("ids", [{}, {"other": "1"}, {"projectid": ""}])
def test_a_missing_or_empty_id_is_named_and_never_sent(ids: dict[str, str]) -> None:
    with pytest.raises(IdMissingError, match=r"no value for \{projectId\}") as missing:
        Endpoint.of("GET", "/project/{projectId}").fill(ids)
    assert missing.value.place == "GET /project/{projectId}"
