from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.documents.reading import read_document


def plain(text: str) -> Any:
    document, problems = read_document(text, "f.yaml")
    assert problems == []
    assert document is not None
    return document.root.plain()


def findings(text: str) -> list[tuple[str, str | None]]:
    return [(each.code, each.place) for each in read_document(text, "f.yaml")[1]]


def test_words_that_older_yaml_turned_into_something_else_stay_words() -> None:
    text = "a: NO\nb: on\nc: 12:30:45\nd: 2026-01-01\ne: 1_000\nf: 0777"
    assert plain(text) == {"a": "NO", "b": "on", "c": "12:30:45", "d": "2026-01-01", "e": "1_000", "f": 777}


def test_plain_scalars_have_the_types_of_yaml_1_2_and_quoted_ones_are_texts() -> None:
    text = "[1, -2, 1.5, 1e3, .5, 0x1F, 0o17, true, FALSE, null, ~, '1', \"true\", !!str 1, 'null']"
    assert plain(text) == [1, -2, 1.5, 1000.0, 0.5, 31, 15, True, False, None, None, "1", "true", "1", "null"]
    assert [type(each) for each in plain("[1, true]")] == [int, bool]


def test_keys_are_texts_whatever_they_look_like() -> None:
    assert plain("404: a\ntrue: b\n'x y': c\n: d") == {"404": "a", "true": "b", "x y": "c", "": "d"}


def test_a_number_of_absurd_length_stays_text() -> None:
    assert plain("1" * 5000) == "1" * 5000


def test_anchors_and_aliases_within_the_limits_are_followed() -> None:
    assert plain("a: &x {k: [1]}\nb: *x\nc: &y text\nd: *y") == {
        "a": {"k": [1]},
        "b": {"k": [1]},
        "c": "text",
        "d": "text",
    }


def test_every_key_and_value_has_its_place() -> None:
    document, _ = read_document("a:\n  b: [x, 'y']\n", "f.yaml")
    assert document is not None
    assert document.place(("a", "b", 1)) == "f.yaml:2:10"
    assert document.key_place(("a", "b")) == "f.yaml:2:3"
    assert document.place(("a", "missing")) == document.place(("a",)) == "f.yaml:2:3"
    assert document.place() == "f.yaml:1:1"


def test_all_duplicate_keys_are_reported_and_the_first_counts() -> None:
    text = "a: 1\nb: {c: 1, c: 2}\na: {x: 1}\na: 3\n"
    document, problems = read_document(text, "f.yaml")
    assert [(each.code, each.place, each.facts["found"]) for each in problems] == [
        ("duplicate-key", "f.yaml:2:11", "c"),
        ("duplicate-key", "f.yaml:3:1", "a"),
        ("duplicate-key", "f.yaml:4:1", "a"),
    ]
    assert document is not None
    assert document.root.plain() == {"a": 1, "b": {"c": 1}}


@pytest.mark.parametrize("key", ["version", "contract_version", "apiVersion"])
@pytest.mark.parametrize("value", ["1.10", "2", "1e3"])
def test_an_unquoted_version_is_a_finding_at_its_value(key: str, value: str) -> None:
    assert findings(f"x: 1\n{key}: {value}") == [("unquoted-version", f"f.yaml:2:{len(key) + 3}")]


@pytest.mark.parametrize("line", ["version: '1.10'", "version: 1.10.0", "version: v1", "size: 1.10"])
def test_a_version_that_yaml_leaves_alone_is_no_finding(line: str) -> None:
    assert findings(line) == []


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (BOMB, "f.yaml:6:8"),
        ("[" * 20_000, "f.yaml:1:51"),
        ("- " * 20_000, "f.yaml:1:101"),
        ("a: &a [" + "[" * 30 + "]" * 31 + "\nb: " + "[" * 30 + "*a", "f.yaml:2:34"),
        ("a: &a [" + "1," * 1000 + "]\nb: [" + "*a," * 100 + "]", "f.yaml:2:299"),
        ("x" * 2_000_001, "f.yaml:1:1"),
    ],
    ids=["alias bomb", "flow depth", "block depth", "depth through an alias", "nodes", "length"],
)
def test_a_document_that_would_explode_is_refused_before_it_does(text: str, place: str) -> None:
    document, problems = read_document(text, "f.yaml")
    assert document is None
    assert [(each.code, each.place) for each in problems] == [("yaml-too-complex", place)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: b: c", "f.yaml:1:5"),
        ("a: 1\n\tb: 2", "f.yaml:2:1"),
        ("a: [1", "f.yaml:1:6"),
        ("a: ok\nb: \x00", "f.yaml:2:4"),
        ("a: \ud800", "f.yaml:1:4"),
        ('a: "\\ud800"', "f.yaml:1:4"),
        ('"\\ud800": a', "f.yaml:1:1"),
        ('a: "\\UFFFFFFFF"', "f.yaml:1:1"),
        ("a: *nobody", "f.yaml:1:4"),
        ("a: &a [*a]", "f.yaml:1:8"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1"),
    ],
)
def test_what_is_not_yaml_is_refused_with_line_and_column(text: str, place: str) -> None:
    document, problems = read_document(text, "f.yaml")
    assert document is None
    assert [(each.code, each.place) for each in problems] == [("yaml-syntax", place)]


def test_tags_and_keys_that_are_no_words_are_findings() -> None:
    assert findings("a: !!python/object:os.system x") == [("invalid-value", "f.yaml:1:4")]
    assert findings("? [a, b]\n: 1\nc: 2") == [("invalid-value", "f.yaml:1:3")]


def test_nothing_is_an_empty_document() -> None:
    assert plain("") is None
    assert plain("# only a comment\n") is None


YAMLISH = st.text(alphabet=st.sampled_from(list("ab1.:-?,[]{}&*!|>'\"%@`#~ \n\t\\U\x00\u2028\x85\ufeff")), max_size=60)


@given(st.text(max_size=80) | YAMLISH)
def test_no_text_whatever_makes_reading_fail(text: str) -> None:
    document, problems = read_document(text, "f.yaml")
    assert document is not None or problems
    for each in problems:
        file, line, column = (each.place or "").split(":")
        assert file == "f.yaml"
        assert int(line) >= 1
        assert int(column) >= 1
    if document is not None:
        document.root.plain()


WORDS = st.text(alphabet="abcxyz", min_size=1, max_size=5)
TREE = st.recursive(
    WORDS | st.integers(-99, 99) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=15,
)


def written(value: Any) -> str:
    """Write a value in YAML's flow style, by hand."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    words = {"None": "null", "True": "true", "False": "false"}
    return words.get(str(value), str(value))


@given(TREE)
def test_what_was_written_is_what_is_read(value: Any) -> None:
    assert plain(written(value)) == value
