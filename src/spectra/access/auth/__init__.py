"""The auth types: one file each, told apart in a definition by `type`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spectra.access.auth.api_key import ApiKey
from spectra.access.auth.base import PLAIN_SECRET, AuthType, Secret
from spectra.access.auth.basic import Basic
from spectra.access.auth.bearer import Bearer
from spectra.access.auth.none import NoAuth

Auth = Annotated[NoAuth | ApiKey | Basic | Bearer, Field(discriminator="type")]

__all__ = ["PLAIN_SECRET", "ApiKey", "Auth", "AuthType", "Basic", "Bearer", "NoAuth", "Secret"]
