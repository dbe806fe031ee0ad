"""The auth types: one file each, told apart in a definition by `type`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spectra.access.auth.api_key import ApiKey
from spectra.access.auth.base import PLAIN_SECRET, AuthType, Secret
from spectra.access.auth.basic import Basic
from spectra.access.auth.bearer import Bearer
from spectra.access.auth.hmac_signature import Hmac
from spectra.access.auth.json_web_token import JsonWebToken
from spectra.access.auth.none import NoAuth
from spectra.access.auth.oauth2_client_credentials import OAuth2ClientCredentials
from spectra.access.auth.oauth2_refresh_token import OAuth2RefreshToken
from spectra.access.auth.session import Session

Auth = Annotated[
    NoAuth | ApiKey | Basic | Bearer | Hmac | JsonWebToken | OAuth2ClientCredentials | OAuth2RefreshToken | Session,
    Field(discriminator="type"),
]

__all__ = [
    "PLAIN_SECRET",
    "ApiKey",
    "Auth",
    "AuthType",
    "Basic",
    "Bearer",
    "Hmac",
    "JsonWebToken",
    "NoAuth",
    "OAuth2ClientCredentials",
    "OAuth2RefreshToken",
    "Secret",
    "Session",
]
