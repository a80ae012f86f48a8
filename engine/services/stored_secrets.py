"""The secrets of definitions in the vault: stored, copied and deleted with their definitions.

A secret goes to the hosts of the definition that it was stored for and nowhere else: a user who may change a
definition without knowing its secret must not get it by pointing the URL at a server of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.catalogue import Phrase
from engine.effects.network import DEFAULT_PORTS, ForbiddenTargetError, check_url
from engine.errors import SojournError
from engine.model.authentication import SECRET_PLACEHOLDER
from engine.ports import CONSTANT, JsonObject, Secrets, secret_name
from engine.services import secret_fields

_LEFT_OUT = {"basic": "password", "api_key": "value"}
"""What the vault is asked for even where the definition does not mention it."""


class StoredSecrets:
    """The secrets of definitions in one vault."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def require_same_hosts(
        self, sandbox: str, kind: str, name: str, saved: JsonObject | None, body: JsonObject, typed: Mapping[str, str]
    ) -> None:
        """Raise SojournError if a secret stored for ``saved``, which is called ``name``, would go to another host.

        ``typed`` are the values that come with the body, by field. Without a saved definition nothing defines where
        a stored secret may go.
        """
        kept = self._kept(sandbox, kind, name)
        for field in _asked_for(body):
            if field in kept and field not in typed:
                _require(field, name, saved, body)

    def keep(self, sandbox: str, kind: str, name: str, typed: Mapping[str, str]) -> None:
        """Keep new values, by field."""
        for field, value in typed.items():
            self._secrets.set(secret_name(sandbox, kind, name, field), value)

    def copy(self, sandbox: str, kind: str, name: str, new: str, body: JsonObject) -> None:
        """Give a definition that is called ``new`` from now on the secrets it does not bring along."""
        kept = self._kept(sandbox, kind, name)
        for field in _asked_for(body):
            value = self._secrets.get(secret_name(sandbox, kind, name, field)) if field in kept else None
            if value is not None and secret_name(sandbox, kind, new, field) not in self._secrets.names():
                self._secrets.set(secret_name(sandbox, kind, new, field), value)

    def forget(self, sandbox: str, kind: str, name: str, body: JsonObject | None = None) -> None:
        """Drop the secrets that a definition no longer asks for; all of them when there is none any more."""
        asked_for = set(_asked_for(body)) if body is not None else set()
        for field in self._kept(sandbox, kind, name) - asked_for:
            self._secrets.delete(secret_name(sandbox, kind, name, field))

    def _kept(self, sandbox: str, kind: str, name: str) -> set[str]:
        prefix = secret_name(sandbox, kind, name, "")
        return {one.removeprefix(prefix) for one in self._secrets.names() if one.startswith(prefix)}


def _asked_for(body: JsonObject) -> Iterator[str]:
    """Yield the fields that are read from the vault when this definition is called."""
    yield from secret_fields.fields_with(body, ("", SECRET_PLACEHOLDER))
    auth = body.get("auth")
    if isinstance(auth, dict):
        field = _LEFT_OUT.get(str(auth.get("type")))
        if field is not None and field not in auth:
            yield field


def _require(field: str, name: str, saved: JsonObject | None, body: JsonObject) -> None:
    if saved is None:
        raise SojournError("secret_elsewhere.unsaved", name=name, field=field)
    places = (_url,) if field.startswith(CONSTANT) else (_url, _endpoint)
    for place in places:
        meant, now = _origin(place(saved)), _origin(place(body))
        if meant != now:
            raise SojournError(
                "secret_elsewhere",
                field=field,
                name=name,
                meant=meant or Phrase("word.no_host"),
                now=now or Phrase("word.no_host"),
            )


def _url(body: JsonObject) -> str:
    return str(body.get("url", ""))


def _endpoint(body: JsonObject) -> str:
    auth = body.get("auth")
    return str(auth.get("endpoint", "")) if isinstance(auth, dict) else ""


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, as a call reads it; '' for one that cannot be called."""
    try:
        parsed = check_url(url, allow_local=True)
    except ForbiddenTargetError:
        return ""
    port = "" if parsed.port in (None, DEFAULT_PORTS[parsed.scheme]) else f":{parsed.port}"
    return f"{parsed.scheme}://{parsed.raw_host.decode().lower()}{port}"
