"""Errors of getting a token: the endpoint that gives them out, what it says, and where a new one is kept."""

from __future__ import annotations

from spectra.errors.base import ConfigError, LakeError, SourceError


class TokenRefusedError(SourceError):
    """The endpoint that gives out tokens refused the credentials; the API itself was not asked."""

    code = "token-refused"
    category = "auth"
    severity = "critical"
    remedy = "Check client, secret, scopes and `send` under `auth`; replace a used-up refresh token by logging in anew."


class TokenEndpointError(SourceError):
    """The endpoint that gives out tokens gave none; that says nothing about the credentials or the API."""

    code = "token-endpoint-failed"
    category = "network"
    severity = "critical"
    remedy = "Check `token_url` or `login` under `auth`, and whether that service is up; then run again."


class TokenNotKeptError(LakeError):
    """A new refresh token could not be kept on this machine, so it was not used."""

    code = "token-not-kept"
    category = "auth"
    remedy = "Make the folder named writable, then log in anew: the old refresh token may be used up."


class JwtMissingError(ConfigError):
    """An auth of type jwt is declared and the library that signs is not installed."""

    code = "jwt-missing"
    remedy = "Add the extra: `pip install 'spectra-lakehouse[jwt]'`."
