from __future__ import annotations

import json

import pytest

from spectra.access.records import lists_within, slice_records


@pytest.mark.parametrize(
    ("answer", "lists"),
    [
        ({"ok": True, "databases": [{"name": "a"}]}, ("databases",)),
        (
            {"data": {"collection": [{"id": 1}], "@links": {"self": [{"uri": "/"}]}}},
            ("data.collection", "data.@links.self"),
        ),
        ({"a": {"b": {"c": [{"id": 1}]}}, "z": [{"id": 1}]}, ("z", "a.b.c")),
        ({"a": {"b": {"c": {"d": [{"id": 1}]}}}}, ()),
        ({"tags": ["x"], "none": [], "id": 1}, ()),
        ({str(n): [{"id": 1}] for n in range(9)}, ("0", "1", "2")),
    ],
)
def test_lists_of_objects_are_found_shallowest_first(answer: object, lists: tuple[str, ...]) -> None:
    body = json.dumps(answer).encode()

    assert lists_within(body) == lists
    assert all(slice_records(body, path).shape == "wrapped" for path in lists)


def test_a_record_that_is_no_object_holds_no_lists() -> None:
    assert lists_within(b"17") == ()
    assert lists_within(b'[{"id": 1}]') == ()
