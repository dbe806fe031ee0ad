from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from spectra.access.auth import ApiKey, Auth, Basic, Bearer, NoAuth
from spectra.access.exchange import Request
from spectra.access.sealed import Sealed
from spectra.access.secret import Credential, SecretReference

REQUEST = Request("https://api.example/things")
TOKEN = SecretReference("TOKEN")
USER = SecretReference("USER_NAME")


def test_bearer_seals_the_token_after_the_word() -> None:
    sent = Bearer(token=TOKEN).signed(REQUEST)
    assert sent.headers == {"Authorization": Sealed((TOKEN,), prefix="Bearer ")}


def test_basic_encodes_user_colon_password_as_one_text() -> None:
    sent = Basic(user="ci", password=TOKEN).signed(REQUEST)
    assert sent.headers == {"Authorization": Sealed(("ci", ":", TOKEN), prefix="Basic ", base64=True)}


def test_the_user_of_basic_may_be_a_secret_and_is_then_a_credential_too() -> None:
    auth = TypeAdapter(Auth).validate_python(
        {"type": "basic", "user": "secret://USER_NAME", "password": "secret://TOKEN"}
    )
    assert auth.credentials() == (Credential("user", "basic", USER), Credential("password", "basic", TOKEN))
    assert Basic(user="ci", password=TOKEN).credentials() == (Credential("password", "basic", TOKEN),)


def test_an_api_key_stands_in_the_header_named() -> None:
    auth = ApiKey(header="X-Api-Key", value=TOKEN)
    assert auth.signed(REQUEST).headers == {"X-Api-Key": Sealed((TOKEN,))}
    assert auth.credentials() == (Credential("value", "api_key", TOKEN),)


def test_no_auth_sends_the_request_as_it_is() -> None:
    assert NoAuth().signed(REQUEST) is REQUEST
    assert NoAuth().credentials() == ()


@pytest.mark.parametrize("user", ["", "a:b", "line\nbreak", "nul\x00"])
def test_a_user_name_that_would_change_the_header_is_refused(user: str) -> None:
    with pytest.raises(ValidationError):
        Basic(user=user, password=TOKEN)


@pytest.mark.parametrize("header", ["", "X Key", "X-Key:", "X-Key\r\nHost", "Schlüssel"])
def test_a_header_name_that_is_no_token_is_refused(header: str) -> None:
    with pytest.raises(ValidationError):
        ApiKey(header=header, value=TOKEN)


def test_what_is_printed_of_an_auth_names_references_only() -> None:
    assert (
        repr(Bearer(token=TOKEN))
        == "Bearer(type='bearer', probe=None, proof='wanted', token=SecretReference(name='TOKEN'))"
    )
    assert Bearer(token=TOKEN).model_dump(mode="json")["token"] == "secret://TOKEN"
