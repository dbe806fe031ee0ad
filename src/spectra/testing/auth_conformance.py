"""What every auth type owes, as checks that need nothing but the class; AssertionError says what it does not keep."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter, ValidationError

from spectra.access.auth import Auth
from spectra.access.example import Exchanged
from spectra.access.exchange import Request
from spectra.access.secret import SCHEME
from spectra.testing.conversation import spoken
from spectra.testing.opening import opened
from spectra.testing.served import Answered, Asked, ServedApi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spectra.access.auth import AuthType

MEMBERS: tuple[type[AuthType], ...] = get_args(get_args(Auth)[0])
_PLANTED = "canary-5f1c0b7e9a"
_ISSUED = re.compile(r"[a-z]+-of-the-example")
_OK, _UNAUTHORISED = 200, 401
_TWICE = 2


def of_example(member: type[AuthType]) -> AuthType:
    """Return the auth that the example of a type describes."""
    return member.model_validate(dict(member.example.settings))


def is_told_apart_by_its_type(member: type[AuthType]) -> None:
    """Show that `type` alone says which class reads the settings, and names the method in tables."""
    auth = TypeAdapter(Auth).validate_python(dict(member.example.settings))
    assert type(auth) is member, f"{member.__name__} is not what its example's type leads to"
    assert auth.method == member.model_fields["type"].default == member.example.settings["type"]


def speaks_its_example(member: type[AuthType]) -> None:
    """Show over real sockets that what goes out is what the example says, and the answer comes back."""
    exchanges = member.example.exchanges
    with spoken(exchanges) as state, opened(state.url, of_example(member), member.example.secrets) as api:
        page = api.send(Request(f"{state.url}/things"))
    assert not state.wrong, state.wrong
    assert len(state.asked) == len(exchanges), f"{len(state.asked)} of {len(exchanges)} questions were asked"
    assert page.error is None
    assert page.status == exchanges[-1].status


def asks_for_its_grant_once(member: type[AuthType]) -> None:
    """Show that a second request uses the grant of the first."""
    exchanges = (*member.example.exchanges, member.example.exchanges[-1])
    with spoken(exchanges) as state, opened(state.url, of_example(member), member.example.secrets) as api:
        pages = [api.send(Request(f"{state.url}/things")) for _ in range(2)]
    assert not state.wrong, state.wrong
    assert [page.error for page in pages] == [None, None]


def shows_no_secret_that_is_echoed(member: type[AuthType]) -> None:
    """Show that what an API echoes of secrets and tokens is replaced in body, headers and address."""

    def echo(asked: Asked) -> Answered:
        said = {"target": asked.target, "headers": dict(asked.headers), "body": asked.body.decode()}
        return Answered(said, headers={"X-Echo": str(asked.headers.get("authorization", asked.target))})

    with _served(member, echo) as api, opened(api.url, of_example(member), member.example.secrets) as rest:
        page = rest.send(Request(f"{api.url}/things"))
    issued = [text for each in member.example.exchanges[:-1] for text in _ISSUED.findall(each.answer)]
    shown = f"{page.url} {page.headers} {page.body.decode()} {page.error!r} {page.request!r}"
    assert page.status == _OK
    assert not [value for value in (*member.example.secrets.values(), *issued) if value in shown]


def sends_nothing_without_being_asked_to(member: type[AuthType]) -> None:
    """Show that the negative control goes out with no trace of the credentials."""
    bare = (Exchanged("/things"),)
    with spoken(bare) as state, opened(state.url, of_example(member), member.example.secrets) as api:
        api.send(Request(f"{state.url}/things", authenticated=False))
    (asked,) = state.asked
    sent = f"{asked.target} {asked.headers} {asked.body!r}"
    assert not [value for value in member.example.secrets.values() if value in sent]
    assert not {"authorization", "cookie"} & set(asked.headers)


def lists_every_secret_it_uses(member: type[AuthType]) -> None:
    """Show that each reference in the settings is a credential with a name of its own and of this type."""
    auth = of_example(member)
    listed = auth.credentials()
    assert {str(each.reference) for each in listed} == set(_references(member.example.settings))
    assert len({each.name for each in listed}) == len(listed)
    assert all(each.type == auth.method for each in listed)


def refuses_a_plain_secret_without_repeating_it(member: type[AuthType]) -> None:
    """Show that a value where only a reference may stand is refused, and is in no message."""
    for name, value in member.example.settings.items():
        if not str(value).startswith(SCHEME):
            continue
        error = _refusal(member, {**member.example.settings, name: _PLANTED})
        assert error is not None, f"{name} takes a plain secret"
        assert _PLANTED not in f"{error} {error!r}"


def refuses_unknown_settings_and_is_frozen(member: type[AuthType]) -> None:
    """Show that surplus settings are refused, and nothing can be changed later."""
    assert _refusal(member, {**member.example.settings, "surplus": 1}) is not None
    auth = of_example(member)
    try:
        setattr(auth, "probe", "/other")  # noqa: B010 - the class says that it cannot be
    except ValidationError:
        return
    raise AssertionError(f"{member.__name__} can be changed")


def gives_up_after_one_more_try(member: type[AuthType]) -> None:
    """Show that an API that refuses whatever comes is asked at most twice, and for at most one token more."""
    with (
        _served(member, lambda _: Answered(b"", _UNAUTHORISED)) as api,
        opened(api.url, of_example(member), member.example.secrets) as rest,
    ):
        page = rest.send(Request(f"{api.url}/things"))
        counts = api.counts()
    assert page.status == _UNAUTHORISED
    most = _TWICE if len(member.example.exchanges) > 1 else 1
    assert max(counts.values()) <= most, f"asked {dict(counts)}"


def _served(member: type[AuthType], last: Callable[[Asked], Answered]) -> ServedApi:
    """Return a server that gives out tokens as the example does, and answers everything else by a function."""
    tokens = {(each.method, each.target): each for each in member.example.exchanges[:-1]}

    def answer(asked: Asked) -> Answered:
        each = tokens.get((asked.method, asked.target))
        return last(asked) if each is None else Answered(each.answer.encode(), each.status, each.answer_headers)

    return ServedApi(answer)


def _refusal(member: type[AuthType], settings: Mapping[str, Any]) -> ValidationError | None:
    try:
        member.model_validate(dict(settings))
    except ValidationError as error:
        return error
    return None


def _references(value: object) -> list[str]:
    """Return every reference to a secret in settings, at any depth."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in _references(each)]
    return [value] if isinstance(value, str) and value.startswith(SCHEME) else []


CHECKS: tuple[Callable[[type[AuthType]], None], ...] = (
    is_told_apart_by_its_type,
    speaks_its_example,
    asks_for_its_grant_once,
    shows_no_secret_that_is_echoed,
    sends_nothing_without_being_asked_to,
    lists_every_secret_it_uses,
    refuses_a_plain_secret_without_repeating_it,
    refuses_unknown_settings_and_is_frozen,
    gives_up_after_one_more_try,
)
