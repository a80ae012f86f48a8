"""Authentication of data sources and custom actions (product.md, Data sources, Authentication).

A secret is written as :data:`SECRET_PLACEHOLDER` in files; in a workspace it lives in the vault, never in the database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field as Setting

from engine.model.base import Duration, Model

SECRET_PLACEHOLDER = "INSERT_SECRET_HERE"

_TELLING = re.compile(
    r"secret|passw|token|credential|(?:api|access|subscription|private).?key|authorization|signature|cookie"
    r"|(?:^|[-_.])(?:auth|pwd|appid)(?:$|[-_.])|^(?:x-)?key$",
    re.IGNORECASE,
)
_PROOF = re.compile(r"(?:basic|bearer|digest|token|apikey|key)\s+\S", re.IGNORECASE)


def looks_secret(name: str, value: str = "") -> bool:
    """Whether a header or parameter of this name, or with such a value, proves who calls."""
    return bool(_TELLING.search(name) or _PROOF.match(value)) or value == SECRET_PLACEHOLDER


class NoAuthentication(Model):
    """Calls carry no credentials."""

    type: Literal["none"] = "none"


class BasicAuthentication(Model):
    """User name and password in the ``Authorization`` header."""

    type: Literal["basic"]
    username: str = ""
    password: str = ""


class ApiKeyAuthentication(Model):
    """A fixed key in a header or a query parameter called ``name``."""

    type: Literal["api_key"]
    name: str = ""
    value: str = ""
    location: Literal["header", "query"] = Setting("header", alias="in")


class TokenBody(Model):
    """The body of the token call: parameters as a form or as JSON. Values may be secrets."""

    type: Literal["form", "json"]
    parameters: Mapping[str, str] = {}


class CustomAuthentication(Model):
    """A token is fetched from ``endpoint``, put into each call and renewed when it expires or a call answers 401.

    ``token_in_response`` is ``response`` (the whole body) or ``json://path.to.token``. ``authorization_type`` says
    where the token goes; ``token_target`` names the header or query parameter for the last two.
    """

    type: Literal["custom"]
    authorization_type: Literal["bearer", "header", "queryParam"]
    token_target: str = ""
    endpoint: str = ""
    method: Literal["GET", "POST"] = "POST"
    headers: Mapping[str, str] = {}
    body: TokenBody | None = None
    token_in_response: str = "response"
    cache: Duration = timedelta(hours=1)


Authentication = Annotated[
    NoAuthentication | BasicAuthentication | ApiKeyAuthentication | CustomAuthentication,
    Setting(discriminator="type"),
]
