"""Authentication with Adobe's systems: the server-to-server token of Adobe's identity service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine.model.authentication import (
    SECRET_PLACEHOLDER,
    Authentication,
    CustomAuthentication,
    NoAuthentication,
    TokenBody,
)

ReadSetting = Callable[[str], Any]
"""Gives a setting of the sandbox by name."""

_TOKENS = "https://ims-na1.adobelogin.com/ims/token/v3"
_SCOPE = "openid,AdobeID,campaign_sdk,campaign_config_server_general,deliverability_service_general"


def adobe_auth(setting: ReadSetting, provider: str) -> Authentication:
    """Return the authentication of Adobe's API, cached for an hour; none if the settings name no client."""
    client = setting(f"{provider}_client_id")
    if not client:
        return NoAuthentication()
    parameters = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": SECRET_PLACEHOLDER,
        "scope": _SCOPE,
    }
    return CustomAuthentication(
        type="custom",
        authorization_type="bearer",
        endpoint=setting(f"{provider}_token_url") or _TOKENS,
        body=TokenBody(type="form", parameters=parameters),
        token_in_response="json://access_token",
        cache=timedelta(hours=1),
    )
