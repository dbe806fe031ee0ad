"""What every auth type owes; a new type passes by being listed in the union."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from spectra.access.auth import Auth
from spectra.access.exchange import Page, Request
from spectra.access.secret import Credential, Sealed, SecretReference

if TYPE_CHECKING:
    from spectra.access.auth import AuthType

MEMBERS: tuple[type[AuthType], ...] = get_args(get_args(Auth)[0])
PLANTED = "canary-5f1c0b7e9a"
REQUEST = Request("https://api.example/v1/things", headers={"Accept": "application/json"})


def is_secret(name: str, member: type[AuthType]) -> bool:
    """Tell whether a field takes a reference by giving it a plain value and looking for the refusal."""
    settings = filled(member) | {name: PLANTED}
    try:
        member.model_validate(settings)
    except ValidationError as error:
        return any(each["type"] == "plain_secret" and each["loc"] == (name,) for each in error.errors())
    return False


def filled(member: type[AuthType]) -> dict[str, Any]:
    """Return settings in which every field that may hold a secret refers to one."""
    required = [name for name, field in member.model_fields.items() if field.is_required()]
    settings: dict[str, Any] = {name: f"secret://{name.upper()}" for name in required}
    if "header" in settings:
        settings["header"] = "X-Key"
    return settings | {"type": member.model_fields["type"].default}


@pytest.mark.parametrize("member", MEMBERS)
def test_type_alone_tells_it_apart(member: type[AuthType]) -> None:
    auth = TypeAdapter(Auth).validate_python(filled(member))
    assert type(auth) is member
    assert auth.method == member.model_fields["type"].default


@pytest.mark.parametrize("member", MEMBERS)
def test_flow_yields_one_request_to_the_same_place_and_takes_its_answer(member: type[AuthType]) -> None:
    flow = member.model_validate(filled(member)).flow(REQUEST)
    sent = next(flow)
    assert replace(sent, headers=REQUEST.headers) == REQUEST
    assert sent.headers["Accept"] == "application/json"
    with pytest.raises(StopIteration):
        flow.send(Page(sent, sent.url, status=200))


@pytest.mark.parametrize("member", MEMBERS)
def test_every_credential_listed_is_sealed_into_the_request_and_nothing_else(member: type[AuthType]) -> None:
    auth = member.model_validate(filled(member))
    sent = next(auth.flow(REQUEST))
    sealed = [value for value in sent.headers.values() if isinstance(value, Sealed)]
    inside = {reference for each in sealed for reference in each.references}
    listed = auth.credentials()
    assert all(isinstance(each, Credential) and each.type == auth.method for each in listed)
    assert inside == {each.reference for each in listed}
    assert len({each.name for each in listed}) == len(listed)
    secrets = [value for value in filled(member).values() if str(value).startswith("secret://")]
    assert inside == {SecretReference.parse(value) for value in secrets}


@pytest.mark.parametrize("member", MEMBERS)
def test_a_plain_secret_is_refused_and_not_repeated(member: type[AuthType]) -> None:
    for name in member.model_fields:
        if not is_secret(name, member):
            continue
        with pytest.raises(ValidationError) as refused:
            member.model_validate(filled(member) | {name: PLANTED})
        assert PLANTED not in str(refused.value)
        assert PLANTED not in repr(refused.value)


def test_at_least_one_field_of_each_type_but_none_is_a_secret() -> None:
    without = [m.model_fields["type"].default for m in MEMBERS if not any(is_secret(n, m) for n in m.model_fields)]
    assert without == ["none"]


@pytest.mark.parametrize("member", MEMBERS)
def test_unknown_settings_are_refused_and_known_ones_frozen(member: type[AuthType]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        member.model_validate(filled(member) | {"surplus": 1})
    auth = member.model_validate(filled(member))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(auth, "probe", "/other")  # noqa: B010 - mypy knows that it is frozen


@pytest.mark.parametrize("member", MEMBERS)
def test_proof_is_wanted_unless_said_to_be_required(member: type[AuthType]) -> None:
    assert member.model_validate(filled(member)).proof == "wanted"
    assert member.model_validate(filled(member) | {"proof": "required", "probe": "/me"}).proof == "required"
