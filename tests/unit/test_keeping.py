from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from spectra.access.auth import Bearer, OAuth2ClientCredentials, OAuth2RefreshToken
from spectra.access.exchange import Page
from spectra.access.grants import seconds
from spectra.access.sealed import Computed, SealedFields
from spectra.access.secret import SecretReference
from spectra.errors import ConnectionLostError, MissingSecretError, TokenEndpointError, TokenRefusedError
from spectra.rest.keeping import Keeper
from spectra.rest.wire import Tally
from spectra.testing.opening import MappedSecrets

if TYPE_CHECKING:
    from spectra.access.auth import AuthType
    from spectra.access.exchange import Request
    from spectra.access.secret import FoundSecret

TALLY = Tally(Event())


@dataclass
class Endpoint:
    """A token endpoint in memory: `said` is the end of its answer, `status` its status; it counts."""

    said: str = ""
    status: int = 200
    asked: int = 0
    log: list[str] = field(default_factory=list)
    body: bytes | None = None

    def __call__(self, request: Request, tally: Tally) -> Page:
        del tally
        self.asked += 1
        self.log.append("asked")
        body = f'{{"access_token": "token-{self.asked:03d}-of-the-test"{self.said}}}'
        given = body.encode() if self.body is None else self.body
        return Page(request, request.url, status=self.status, body=given)


@dataclass
class LookedUp(MappedSecrets):
    """Secrets that count how often they are looked up anew."""

    anew: int = 0

    def refresh(self) -> None:
        self.anew += 1


@dataclass
class Refusing:
    """A sender that finds a secret missing."""

    asked: int = 0

    def __call__(self, request: Request, tally: Tally) -> Page:
        del request, tally
        self.asked += 1
        raise MissingSecretError("SECRET is not set", place="secret://SECRET", variable="SECRET")


@dataclass
class Held:
    """A keeper with its endpoint and a time that a test moves."""

    endpoint: Endpoint
    keeper: Keeper
    at: list[float]

    def token(self) -> str:
        grant = self.keeper.current(TALLY)
        assert grant is not None
        return grant.token.value


def held(auth: type[AuthType] = OAuth2ClientCredentials, **endpoint: Any) -> Held:
    made, at = Endpoint(**endpoint), [1000.0]
    secrets = MappedSecrets(dict(auth.example.secrets))
    spec = auth.model_validate(dict(auth.example.settings))
    return Held(made, Keeper(spec, "http://h", send=made, secrets=secrets, monotonic=lambda: at[0]), at)


def test_a_grant_is_used_until_a_tenth_of_its_life_is_left() -> None:
    it = held(said=', "expires_in": 100')
    first = it.token()
    it.at[0] += 89
    assert it.token() == first
    it.at[0] += 2
    assert it.token() != first
    assert it.endpoint.asked == 2


def test_the_leeway_is_never_more_than_half_a_minute() -> None:
    it = held(said=', "expires_in": 3600')
    it.token()
    it.at[0] += 3569
    it.token()
    assert it.endpoint.asked == 1
    it.at[0] += 2
    it.token()
    assert it.endpoint.asked == 2


@pytest.mark.parametrize("said", ["", ', "expires_in": 0', ', "expires_in": -5', ', "expires_in": "soon"'])
def test_a_life_that_is_not_said_in_earnest_is_taken_for_unknown(said: str) -> None:
    it = held(said=said)
    it.token()
    it.at[0] += 1_000_000
    it.token()
    assert it.endpoint.asked == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3600, 3600.0), ("3600", 3600.0), (0.5, 0.5), (None, None), (True, None), ("", None), (1e300, None), ([], None)],
)
def test_seconds_are_read_from_numbers_and_from_texts(value: object, expected: float | None) -> None:
    assert seconds(value) == expected


def test_a_refused_grant_is_renewed_and_one_renewed_meanwhile_is_not_renewed_again() -> None:
    it = held()
    old = it.keeper.current(TALLY)
    assert it.keeper.renewed(old, TALLY)
    assert it.keeper.renewed(old, TALLY)
    assert it.endpoint.asked == 2


def test_renewals_that_never_help_end_after_two_until_the_grant_is_a_minute_old() -> None:
    it = held()
    for _ in range(5):
        it.keeper.renewed(it.keeper.current(TALLY), TALLY)
        it.keeper.replayed(accepted=False)
    assert it.endpoint.asked == 3
    it.at[0] += 61
    assert it.keeper.renewed(it.keeper.current(TALLY), TALLY)
    assert it.endpoint.asked == 4


def test_refused_credentials_are_sent_once_a_run() -> None:
    it = held(status=401)
    for _ in range(3):
        with pytest.raises(TokenRefusedError):
            it.token()
        it.at[0] += 3600
    assert it.endpoint.asked == 1


def test_a_token_endpoint_that_is_down_is_asked_again_after_ten_seconds() -> None:
    it = held(status=503)
    for _ in range(3):
        with pytest.raises(TokenEndpointError):
            it.token()
    assert it.endpoint.asked == 1
    it.at[0] += 11
    it.endpoint.status = 200
    assert it.token() == "token-002-of-the-test"


def test_a_new_refresh_token_is_kept_before_the_grant_is_given_out() -> None:
    it = held(OAuth2RefreshToken, said=', "refresh_token": "next-refresh-token"')
    secrets = it.keeper._secrets
    assert isinstance(secrets, MappedSecrets)
    it.token()
    assert secrets.kept == ["next-refresh-token"]
    assert secrets.values["REFRESH_TOKEN"] == "next-refresh-token"


def test_an_answer_without_a_token_is_the_endpoints_failure_and_names_no_secret() -> None:
    it = held()
    it.keeper._send = lambda request, _: replace(Page(request, request.url, status=200), body=b'{"error": "no"}')
    with pytest.raises(TokenEndpointError) as failed:
        it.token()
    assert "secret-of-the-example" not in f"{failed.value} {failed.value.facts}"


@pytest.mark.parametrize("status", [200, 204, 302, 404, 422])
def test_credentials_that_are_answered_without_a_token_are_sent_at_most_twice_in_a_row(status: int) -> None:
    it = held(status=status)
    it.endpoint.body = b'{"error": "no"}'
    for _ in range(5):
        with pytest.raises(TokenEndpointError):
            it.token()
        it.at[0] += 3600
    assert it.endpoint.asked == 2


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_an_endpoint_that_has_a_fault_of_its_own_is_asked_again_however_often(status: int) -> None:
    it = held(status=status)
    for _ in range(4):
        with pytest.raises(TokenEndpointError):
            it.token()
        it.at[0] += 11
    assert it.endpoint.asked == 4


def test_an_endpoint_that_cannot_be_reached_is_asked_again_however_often() -> None:
    it = held()
    lost = it.keeper._send
    it.keeper._send = lambda request, tally: replace(lost(request, tally), status=None, error=ConnectionLostError())
    for _ in range(4):
        with pytest.raises(TokenEndpointError):
            it.token()
        it.at[0] += 11
    assert it.endpoint.asked == 4


def test_a_token_in_between_makes_an_answer_without_one_the_first_again() -> None:
    it = held(said=', "expires_in": 10')
    for asked in range(1, 6):
        it.endpoint.body = b"{}" if asked % 2 else None
        if asked % 2:
            with pytest.raises(TokenEndpointError):
                it.token()
        else:
            it.token()
        it.at[0] += 60
    assert it.endpoint.asked == 5


def test_whoever_waited_while_an_exchange_failed_takes_its_failure_however_long_it_took() -> None:
    it = held(status=503)
    slow, ends = it.keeper._send, it.at[0] + 300

    def failing(request: Request, tally: Tally) -> Page:
        it.at[0] = ends
        return slow(request, tally)

    it.keeper._send = failing
    with pytest.raises(TokenEndpointError):
        it.token()
    failure = it.keeper._failure
    assert failure is not None
    assert it.keeper._is_in_force(failure, ends - 200)
    it.at[0] += 11
    assert it.keeper._is_in_force(failure, ends - 200)
    assert not it.keeper._is_in_force(failure, ends + 1)


def test_a_missing_secret_is_looked_for_once_and_nothing_is_sent() -> None:
    it = held()
    it.keeper._send = refusing = Refusing()
    for _ in range(3):
        with pytest.raises(MissingSecretError):
            it.token()
        it.at[0] += 3600
    assert refusing.asked == 1


def test_secrets_are_looked_up_anew_before_a_refused_grant_is_renewed() -> None:
    it = held()
    it.keeper._secrets = looked = LookedUp({"CLIENT_SECRET": "secret-of-the-example"})
    it.keeper.renewed(it.keeper.current(TALLY), TALLY)
    assert looked.anew == 1


def test_a_renewal_that_helps_gives_two_more_tries() -> None:
    it = held()
    for accepted in (False, True, False, False, False):
        it.keeper.renewed(it.keeper.current(TALLY), TALLY)
        it.keeper.replayed(accepted=accepted)
    assert it.endpoint.asked == 5


def test_the_life_of_a_grant_begins_when_it_is_asked_for_and_not_when_it_comes() -> None:
    it = held(said=', "expires_in": 100')
    quick = it.keeper._send

    def slow(request: Request, tally: Tally) -> Page:
        it.at[0] += 50
        return quick(request, tally)

    it.keeper._send = slow
    it.token()
    it.at[0] += 45
    it.token()
    assert it.endpoint.asked == 2


def test_a_grant_that_could_not_be_renewed_is_not_given_out_again() -> None:
    it = held()
    old = it.keeper.current(TALLY)
    it.endpoint.status = 503
    with pytest.raises(TokenEndpointError):
        it.keeper.renewed(old, TALLY)
    with pytest.raises(TokenEndpointError):
        it.token()
    it.endpoint.status = 200
    it.at[0] += 11
    it.token()
    it.endpoint.status = 503
    it.at[0] += 11
    assert it.token()


def test_a_secret_that_is_gone_when_it_is_looked_up_anew_is_no_changed_one() -> None:
    class Gone(LookedUp):
        def reveal(self, reference: SecretReference) -> FoundSecret:
            if self.anew:
                raise MissingSecretError("TOKEN is not set", place=str(reference), variable="TOKEN")
            return super().reveal(reference)

    it = held(Bearer)
    it.keeper._secrets = gone = Gone({"TOKEN": "token-of-the-example"})
    assert not it.keeper.renewed(None, TALLY)
    assert gone.anew == 1


def test_a_sealed_text_names_the_secrets_of_those_inside_it() -> None:
    key = SecretReference("KEY")
    inner = Computed((key,), compute=lambda text, _: text)
    assert SealedFields.of({"grant_type": "x", "assertion": inner}).references == (key,)
