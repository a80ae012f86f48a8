"""Secrets in definitions: taken out before a definition is stored, and named the way the performer asks for them.

In the database, in exports and in lists a secret is :data:`SECRET_PLACEHOLDER`; its value stands only in the vault.
What is one inside ``auth`` is plain; outside it a constant header or query parameter is one by what it is called.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from engine.catalogue import Phrase
from engine.model.authentication import SECRET_PLACEHOLDER, looks_secret
from engine.ports import JsonDict, JsonObject, constant_field
from engine.services.setting_checks import require_no_password

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


def placeholders(body: JsonObject) -> tuple[str, ...]:
    """Return the fields of secrets that hold a placeholder."""
    return fields_with(body, (SECRET_PLACEHOLDER,))


def fields_with(body: JsonObject, values: Collection[str]) -> tuple[str, ...]:
    """Return the fields that may be secrets and hold one of these values."""
    return tuple(place.field for place in _places(body) if place.value in values)


def take(body: JsonObject, known: Collection[str] = ()) -> ExtractedSecrets:
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
