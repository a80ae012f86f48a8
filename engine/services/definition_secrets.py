"""Secrets of definitions: taken out before a definition is stored, and kept in the vault.

In the database, in exports and in lists a secret is :data:`SECRET_PLACEHOLDER`; its value stands only in the vault.
What is one inside ``auth`` is plain; outside it a constant header or query parameter is one by what it is called.

A secret goes to the hosts of the definition that it was stored for and nowhere else: a user who may change a
definition without knowing its secret must not get it by pointing the URL at a server of their own.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from engine.catalogue import Phrase
from engine.effects.local_targets import ALL_LOCAL
from engine.effects.network import DEFAULT_PORTS, ForbiddenTargetError, check_url
from engine.errors import SojournError
from engine.json_types import JsonDict, JsonObject
from engine.model.authentication import SECRET_PLACEHOLDER, looks_secret
from engine.ports import CONSTANT, Secrets, constant_field, secret_name
from engine.services.settings import require_no_password

_ALWAYS = ("password", "value")
_PLAIN = re.compile(r"[^.\[\]]+")


class _Place(NamedTuple):
    """A place for a secret: the object that holds it and its key there; ``called`` is the name that marks a secret."""

    holder: JsonDict
    key: str
    field: str
    path: str
    called: str

    @property
    def value(self) -> object:
        return self.holder[self.key]


class ExtractedSecrets(NamedTuple):
    """A body with placeholders, the values that stood there by field, and what is missing: field → path in the body."""

    body: JsonDict
    typed: dict[str, str]
    missing: dict[str, str]


def _places(body: JsonObject) -> Iterator[_Place]:
    auth = body.get("auth")
    if isinstance(auth, dict):
        yield from _places_of_proof(auth)
    for place in ("headers", "query"):
        yield from _constants(place, body.get(place))


def _places_of_proof(auth: JsonDict) -> Iterator[_Place]:
    for key in _ALWAYS:
        if key in auth:
            yield _Place(auth, key, key, f"auth.{key}", key)
    yield from _members(auth.get("headers"), "headers")
    body = auth.get("body")
    yield from _members(body.get("parameters") if isinstance(body, dict) else None, "body.parameters")


def _members(holder: object, field: str) -> Iterator[_Place]:
    if not isinstance(holder, dict):
        return
    for key in holder:
        yield _Place(holder, key, f"{field}.{key}", f"auth.{field}{_step(key)}", key)


def _constants(place: str, given: object) -> Iterator[_Place]:
    """Those of a data source stand by name, those of an action in a list."""
    if isinstance(given, dict):
        for name in given:
            yield _Place(given, name, constant_field(place, name), f"{place}{_step(name)}", name)
    for index, one in enumerate(given if isinstance(given, list | tuple) else ()):
        if isinstance(one, dict) and isinstance(one.get("name"), str) and "value" in one:
            yield _Place(one, "value", constant_field(place, one["name"]), f"{place}[{index}].value", one["name"])


def _step(name: str) -> str:
    return f".{name}" if _PLAIN.fullmatch(name) else f"['{name}']"


def _holds_secret(place: _Place, known: Collection[str]) -> bool:
    if place.field in _ALWAYS or place.field in known:
        return True
    return isinstance(place.value, str) and looks_secret(place.called, place.value)


def placeholder_fields(body: JsonObject) -> tuple[str, ...]:
    """Return the fields of secrets that hold a placeholder."""
    return fields_with(body, (SECRET_PLACEHOLDER,))


def fields_with(body: JsonObject, values: Collection[str]) -> tuple[str, ...]:
    """Return the fields that may be secrets and hold one of these values."""
    return tuple(place.field for place in _places(body) if place.value in values)


def take_secrets(body: JsonObject, known: Collection[str] = ()) -> ExtractedSecrets:
    """Take the secrets out of a body.

    ``known`` are fields that hold a secret whatever they are called, because a placeholder stood there.
    """
    clean = copy.deepcopy(dict(body))
    require_no_password(Phrase("word.url_of", {"name": str(body.get("name", ""))}), str(body.get("url", "")))
    taken = ExtractedSecrets(clean, {}, {})
    for place in _places(clean):
        if not _holds_secret(place, known) or not isinstance(place.value, str) or not place.value:
            continue
        if place.value == SECRET_PLACEHOLDER:
            taken.missing[place.field] = place.path
        else:
            taken.typed[place.field] = place.value
            place.holder[place.key] = SECRET_PLACEHOLDER
    return taken


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
                _require_same_host(field, name, saved, body)

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
    yield from fields_with(body, ("", SECRET_PLACEHOLDER))
    auth = body.get("auth")
    if isinstance(auth, dict):
        field = _LEFT_OUT.get(str(auth.get("type")))
        if field is not None and field not in auth:
            yield field


def _require_same_host(field: str, name: str, saved: JsonObject | None, body: JsonObject) -> None:
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
        parsed = check_url(url, ALL_LOCAL)
    except ForbiddenTargetError:
        return ""
    port = "" if parsed.port in (None, DEFAULT_PORTS[parsed.scheme]) else f":{parsed.port}"
    return f"{parsed.scheme}://{parsed.raw_host.decode().lower()}{port}"
