"""No finding repeats a value that stands under `auth`, at the source or at one endpoint, whatever the type."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from spectra.access.auth import Auth
from spectra.definition.load import load_definition
from spectra.definition.project import load_project

PLANTED = "canary-5f1c0b7e9a"
WORDS_THAT_ARE_SAID = ("type", "proof", "probe")
MEMBERS = get_args(get_args(Auth)[0])
FIELDS = [(member, name) for member in MEMBERS for name in member.model_fields if name not in WORDS_THAT_ARE_SAID]
IN_EVERY_FORM = [
    PLANTED,
    [PLANTED],
    {"a": PLANTED},
    {"type": PLANTED, "a": [PLANTED]},
    {"header": {"probe": PLANTED}, "proof": [PLANTED]},
    [{"when": PLANTED, "type": [PLANTED]}],
    f"secret://{PLANTED}",
    f"Authorization: Bearer {PLANTED}",
    f"https://{PLANTED}@token.example/?key={PLANTED}",
]
ROWS = [{"method": "GET", "path": "/things"}, {"method": "GET", "path": "/x"}]


def no_file(file: str) -> str:
    raise AssertionError(file)


def findings(**settings: Any) -> list[str]:
    """Return everything that findings say of a definition with some settings."""
    plain = {"source": "acme", "name": "A", "base_url": "http://h:1", "catalogue": ROWS, "auth": {"type": "none"}}
    loaded = load_definition(json.dumps(plain | settings), "acme.yaml", variables=lambda _: None, read_file=no_file)
    return [f"{each.message} {each.place} {each.facts} {each!r}" for each in loaded.problems]


@pytest.mark.parametrize(("member", "name"), FIELDS, ids=lambda each: each if isinstance(each, str) else each.__name__)
def test_no_finding_about_a_field_of_an_auth_type_repeats_its_value(member: Any, name: str) -> None:
    for value in IN_EVERY_FORM:
        auth = {**member.example.settings, name: value}
        for said in (*findings(auth=auth), *findings(endpoints={"/x": {"auth": auth}})):
            assert PLANTED not in said


@pytest.mark.parametrize("auth", [PLANTED, [PLANTED], {"token": PLANTED}, {"type": "bearer", "tokn": PLANTED}])
def test_a_finding_about_an_endpoints_auth_as_a_whole_repeats_nothing_and_has_its_place(auth: object) -> None:
    said = findings(endpoints={"/x": {"auth": auth}})

    assert said
    assert all(PLANTED not in each and "acme.yaml:1:" in each for each in said)


def test_a_plain_secret_at_an_endpoint_is_named_by_its_setting() -> None:
    (said, *others) = findings(endpoints={"/x": {"auth": {"type": "bearer", "token": PLANTED}}})

    assert said.startswith("endpoints./x.auth.token: a secret stands here as a reference, secret://NAME")
    assert others == []


def test_words_that_are_no_secrets_are_repeated() -> None:
    assert "found 'bearr'" in findings(endpoints={"/x": {"auth": {"type": "bearr"}}})[0]
    assert "Did you mean 'bearer'?" in findings(endpoints={"/x": {"auth": {"type": "bearr"}}})[0]
    assert "found 'requird'" in findings(auth={"type": "none", "proof": "requird"})[0]
    misspelt = findings(endpoints={"/x": {"auth": {"type": "bearer", "tokn": "secret://T"}}})
    assert any("Did you mean 'token'?" in each for each in misspelt)


@pytest.mark.parametrize("setting", [PLANTED, [PLANTED], {"folder": [PLANTED]}, {"folder": f"~/{PLANTED}"}])
def test_what_was_mistaken_for_a_secret_in_spectra_yaml_is_not_repeated(setting: object) -> None:
    settings, problems = load_project(json.dumps({"secrets": setting}), "spectra.yaml")

    assert settings is None
    assert [each.code for each in problems] == ["invalid-value"]
    assert PLANTED not in f"{problems[0].message} {problems[0].facts}"
