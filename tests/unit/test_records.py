from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.access.records import Sliced, ids, slice_records


def test_records_are_the_exact_bytes_that_came() -> None:
    body = b' [ {"a": 1.10, "b":"\\u00e9"} ,{"n":123456789012345678901234567890}, 1E5 , "x" ]\n'
    assert slice_records(body).records == (
        b'{"a": 1.10, "b":"\\u00e9"}',
        b'{"n":123456789012345678901234567890}',
        b"1E5",
        b'"x"',
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", Sliced((), "", "list")),
        (b'{"firstResult":0,"resultSize":0,"results":[],"type":"x"}', Sliced((), "results", "wrapped")),
        (b'{"Resources":[{"id":1}]}', Sliced((b'{"id":1}',), "Resources", "wrapped")),
        (b'{"results":[1],"items":[2]}', Sliced((b"1",), "results", "wrapped")),
        (b'{"id":7,"members":[]}', Sliced((b'{"id":7,"members":[]}',), "", "object")),
        (b'{"name":"x","members":[1]}', Sliced((b'{"name":"x","members":[1]}',), "", "object")),
        (b'{"id":7,"values":[1]}', Sliced((b'{"id":7,"values":[1]}',), "", "object")),
        (b'{"17":{"a":1},"18":{"b":2}}', Sliced((b'{"a":1}', b'{"b":2}'), "", "dict")),
        (b'{"x":{"a":1,"b":2},"y":{"a":3,"b":4}}', Sliced((b'{"a":1,"b":2}', b'{"a":3,"b":4}'), "", "dict")),
        (b'{"owner":{"id":1},"place":{"city":2}}', Sliced((b'{"owner":{"id":1},"place":{"city":2}}',), "", "object")),
        (b"{}", Sliced((), "", "dict")),
        (b"42", Sliced(None, None, "scalar")),
        (b'"done"', Sliced(None, None, "scalar")),
        (b"null", Sliced(None, None, "scalar")),
        (b"SUCCESS", Sliced(None, None, "text")),
        (b"<html>", Sliced(None, None, "text")),
        (b"[1, NaN]", Sliced(None, None, "text")),
        (b"[1", Sliced(None, None, "text")),
        (b"", Sliced(None, None, "empty")),
        (b" \n", Sliced(None, None, "empty")),
        (b"\xef\xbb\xbf[1]", Sliced((b"1",), "", "list")),
    ],
)
def test_the_shape_of_an_answer_is_found(body: bytes, expected: Sliced) -> None:
    assert slice_records(body) == expected


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        (b'{"members":[1,2]}', "members", Sliced((b"1", b"2"), "members", "wrapped")),
        (b'{"a":{"b":[1]}}', "a.b", Sliced((b"1",), "a.b", "wrapped")),
        (b'{"a.b":[1],"a":{"b":[2]}}', "a.b", Sliced((b"1",), "a.b", "wrapped")),
        (b'{"results":null}', "results", Sliced((), "results", "wrapped")),
        (b'{"results":{"id":1}}', "results", Sliced((b'{"id":1}',), "results", "object")),
        (b'{"results":{"1":{},"2":{}}}', "results", Sliced((b"{}", b"{}"), "results", "dict")),
        (b'{"results":{}}', "results", Sliced((), "results", "dict")),
        (b'{"errorMsg":"no"}', "results", Sliced(None, None, "object")),
        (b'{"results":3}', "results", Sliced(None, None, "scalar")),
        (b"[1]", "results", Sliced(None, None, "list")),
        (b"SUCCESS", "results", Sliced(None, None, "text")),
    ],
)
def test_a_declared_path_is_followed_and_nothing_else_stands_in_for_it(
    body: bytes, path: str, expected: Sliced
) -> None:
    assert slice_records(body, path) == expected


def test_an_answer_nested_too_deep_is_text_and_no_crash() -> None:
    assert slice_records(b"[" * 100_000 + b"]" * 100_000) == Sliced(None, None, "text")
    assert slice_records(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "a.a").records is None


@given(st.binary(max_size=200), st.sampled_from([None, "results", "a.b"]))
def test_no_body_makes_slicing_fail(body: bytes, path: str | None) -> None:
    sliced = slice_records(body, path)
    assert (sliced.records is None) == (sliced.path is None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=8), st.sampled_from([None, 1]))
def test_slices_of_a_list_are_its_elements_none_lost(values: list[object], indent: int | None) -> None:
    sliced = slice_records(json.dumps(values, indent=indent).encode())
    assert sliced.records is not None
    assert [json.loads(record) for record in sliced.records] == values


def test_ids_keep_order_digits_and_come_once() -> None:
    records = [b'{"id":12345678901234567890123}', b'{"id":"b/c"}', b'{"x":1,"id":7}', b'{"id":7}', b'{"id":-1}']
    assert ids(records, "id") == ("12345678901234567890123", "b/c", "7", "-1")


def test_ids_follow_dots_and_skip_what_has_none() -> None:
    records = [
        b'{"tree":{"testcase":{"id":5}}}',
        b'{"tree":{"testcase":null}}',
        b'{"tree":"x"}',
        b'{"tree":{"testcase":{"id":null}}}',
        b'{"tree":{"testcase":{"id":true}}}',
        b'{"tree":{"testcase":{"id":{}}}}',
        b'{"tree":{"testcase":{"id":""}}}',
        b'{"tree":{"testcase":{"id":"\xff"}}}',
        b"[]",
        b"broken",
    ]
    assert ids(records, "tree.testcase.id") == ("5",)
