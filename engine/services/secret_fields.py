"""Secrets in definitions: taken out before a definition is stored, and named the way the performer asks for them.

In the database, in exports and in lists a secret is :data:`SECRET_PLACEHOLDER`; its value stands only in the vault.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.model.authentication import SECRET_PLACEHOLDER
from engine.ports import secret_name
from engine.services.setting_checks import require_no_password

_TELLING = re.compile(r"secret|passw|token|credential|api.?key|authorization|signature", re.IGNORECASE)
_ALWAYS = ("password", "value")

Place = tuple[dict[str, Any], str, str]
"""The object that holds a possible secret, its key there, and the path inside ``auth``."""


def _places(auth: dict[str, Any]) -> Iterator[Place]:
    for key in _ALWAYS:
        if key in auth:
            yield auth, key, key
    headers = auth.get("headers", {})
    yield from ((headers, key, f"headers.{key}") for key in headers)
    body = auth.get("body") or {}
    parameters = body.get("parameters", {})
    yield from ((parameters, key, f"body.parameters.{key}") for key in parameters)


def _holds_secret(key: str, field: str, value: Any, known: Collection[str]) -> bool:
    return value == SECRET_PLACEHOLDER or field in _ALWAYS or field in known or bool(_TELLING.search(key))


def placeholders(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths inside ``auth`` that hold a placeholder."""
    auth = body.get("auth")
    if not isinstance(auth, dict):
        return ()
    return tuple(field for holder, key, field in _places(auth) if holder[key] == SECRET_PLACEHOLDER)


def take(
    sandbox: str, kind: str, body: Mapping[str, Any], known: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """The body with placeholders, the values for the vault by name, and what is missing (path in ``auth`` → name).

    ``known`` are paths that hold a secret whatever they are called, because a placeholder stood there.
    """
    clean = copy.deepcopy(dict(body))
    require_no_password(f"the URL of {body.get('name', '')}", str(body.get("url", "")))
    auth = clean.get("auth")
    found: dict[str, str] = {}
    missing: dict[str, str] = {}
    for holder, key, field in _places(auth) if isinstance(auth, dict) else ():
        value = holder[key]
        if not _holds_secret(key, field, value, known) or not isinstance(value, str) or not value:
            continue
        name = secret_name(sandbox, kind, str(body.get("name", "")), field)
        if value == SECRET_PLACEHOLDER:
            missing[field] = name
        else:
            found[name] = value
            holder[key] = SECRET_PLACEHOLDER
    return clean, found, missing
