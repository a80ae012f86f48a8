"""Values of profiles as their declared types, for imports, senders and readers (product.md, Profiles and segments).

Only what loses nothing is converted: TRUE to true, digits to a number, a number to its text, dates of spreadsheets
whose order of day and month is certain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from engine.catalogue import Phrase
from engine.core.event_time import read_instant
from engine.expression.dates import from_epoch_milliseconds, is_zone, print_date_time
from engine.expression.errors import UnplacedError
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.values import coercion
from engine.json_types import JsonDict, JsonObject
from engine.model.definitions import PROFILE_STORE, Definitions
from engine.model.document_errors import DocumentError, parse
from engine.model.fields import Field

TIME_ZONE = "timeZone"
OPT_OUTS = ("doNotEmail", "doNotSms", "doNotPush")
"""Attributes that are truth values, declared or not, see :mod:`engine.core.consent`."""
STANDARD = frozenset(
    {TIME_ZONE, *OPT_OUTS, "email", "phone", "mobile", "mobilePhone", "pushToken", "firstName", "lastName"}
)
"""Attributes with a meaning of their own, which need no declaration."""
NO_VALUE = frozenset({"NULL", "N/A", "#N/A", "#NV", "#N/V", "\\N"})
"""Cells that stand for no value, in this spelling alone: Null is a name."""

_TIMES = ("dateOnly", "dateTimeOnly", "dateTime", "duration")
_TRUE = frozenset(
    [
        "true",
        "1",
        "1.0",
        "yes",
        "y",
        "wahr",
        "ja",
        "vrai",
        "oui",
        "verdadero",
        "si",
        "sí",
        "vero",
        "waar",
        "\ucc38",
        "\uc608",
        "是",
    ]
)
_FALSE = frozenset(
    [
        "false",
        "0",
        "0.0",
        "no",
        "n",
        "falsch",
        "nein",
        "faux",
        "non",
        "falso",
        "onwaar",
        "\uac70\uc9d3",
        "\uc544\ub2c8\uc694",
        "\uc544\ub2c8\uc624",
        "否",
    ]
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}(?:[.,]0+)?")
_DECIMAL = re.compile(r"[+-]?[0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = (
    (re.compile(r"[+-]?[0-9]{1,3}(?:[.\u00a0\u202f ][0-9]{3})+,[0-9]+"), ","),
    (re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+"), "."),
)
_THOUSAND = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""An integer that is a thousand in one country and not in another."""
_UNCERTAIN = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}|\.[0-9]{2}0)")
"""The same of a decimal; one that ends with another digit than 0 has a decimal point."""
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,3}")
"""A long number as spreadsheets shorten it: its digits are lost."""
_YEAR_FIRST = re.compile(r"([0-9]{4})(?:\s*[./-]\s*)([0-9]{1,2})(?:\s*[./-]\s*)([0-9]{1,2})\.?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})")
_CLOCK = re.compile(r"(.+?)[T ]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,3})[0-9]*)?)?")


class UnfitError(Exception):
    """A value that does not fit its declared type; ``phrase`` says why, without the value."""

    def __init__(self, key: str, kind: str, path: str = "") -> None:
        super().__init__(key)
        self.key, self.kind, self.path = key, kind, path

    @property
    def phrase(self) -> Phrase:
        """The reason as a clause of the catalogue."""
        return Phrase(self.key, {"kind": self.kind})


class ProfileSchema(NamedTuple):
    """The attributes and namespaces that a sandbox declares; an empty one declares nothing and refuses none."""

    fields: tuple[Field, ...] = ()
    namespaces: frozenset[str] = frozenset()


def profile_schema(definitions: Definitions) -> ProfileSchema:
    """Return the attributes that the profile store declares, and the namespaces; of one declared twice the first."""
    store = definitions.data_source.get(PROFILE_STORE)
    groups = store.field_groups if store is not None else ()
    found: dict[str, Field] = {}
    for group in groups:
        for field in group.fields if group.source_schema == "profile" else ():
            found.setdefault(field.name, field)
    return ProfileSchema(tuple(found.values()), frozenset(definitions.namespace_codes))


def check_identities(identities: Mapping[str, str], schema: ProfileSchema) -> Mapping[str, str]:
    """Return identities without the spaces around them. Raises UnfitError with the namespace that is at fault."""
    for code, value in identities.items():
        if schema.namespaces and code not in schema.namespaces:
            raise UnfitError("profile_value.namespace", "string", code)
        if SCIENTIFIC.fullmatch(value.strip()):
            raise UnfitError("profile_value.scientific", "string", code)
        if not value.strip():
            raise UnfitError("profile_value.empty", "string", code)
    return {code: value.strip() for code, value in identities.items()}


def check_known(attributes: JsonObject, fields: tuple[Field, ...], path: str = "") -> None:
    """Raise UnfitError for an attribute that is not declared, where any is."""
    if not fields:
        return
    known = {field.name: field for field in fields}
    for name, value in attributes.items():
        field = known.get(name)
        if field is None and (path or name not in STANDARD):
            raise UnfitError("profile_value.unknown", "object", f"{path}{name}")
        if field is not None and field.kind == "object" and isinstance(value, Mapping):
            check_known(value, field.fields, f"{path}{name}.")


def field_at(fields: Iterable[Field], path: str) -> Field | None:
    """Return the field at a dotted path."""
    name, _, rest = path.partition(".")
    field = next((one for one in fields if one.name == name), None)
    return field if field is None or not rest else field_at(field.fields, rest)


def check_attributes(attributes: JsonObject, fields: tuple[Field, ...]) -> JsonObject:
    """Return attributes as declared; undeclared ones as they are. Raises UnfitError with the path of the fault."""
    zone = attributes.get(TIME_ZONE)
    if zone is not None and not is_zone(zone):
        raise UnfitError("profile_value.zone", "string", TIME_ZONE)
    for name in OPT_OUTS:
        if attributes.get(name) not in (None, "") and read_truth(attributes[name]) is None:
            raise UnfitError("profile_value.type", "boolean", name)
    return _fit_object(attributes, fields, "", strict=True)


def read_attributes(attributes: JsonObject, fields: tuple[Field, ...]) -> JsonObject:
    """Return stored attributes as declared; a value that does not fit stays, and is an error where it is read."""
    return _fit_object(attributes, fields, "", strict=False)


def _fit_object(values: JsonObject, fields: tuple[Field, ...], path: str, *, strict: bool) -> JsonObject:
    changed: JsonDict = {}
    for field in fields:
        value = values.get(field.name)
        if value is None or (value.__class__ is str and field.kind == "string" and not (strict and field.enum)):
            continue
        fitted = _fit(field, value, f"{path}{field.name}", strict=strict)
        if fitted is not value:
            changed[field.name] = fitted
    return {**values, **changed} if changed else values


def _fit(field: Field, value: object, path: str, *, strict: bool) -> object:
    if field.kind == "object" and isinstance(value, Mapping):
        return _fit_object(value, field.fields, f"{path}.", strict=strict)
    if field.kind == "listObject" and isinstance(value, list):
        return [
            _fit_object(item, field.fields, f"{path}.", strict=strict) if isinstance(item, Mapping) else item
            for item in value
        ]
    try:
        fitted = _converted(field, value)
        if strict and field.enum and fitted not in field.enum:
            raise UnfitError("profile_value.enum", field.kind)
    except UnfitError as error:
        if not strict:
            return value
        error.path = path
        raise
    return fitted


def _converted(field: Field, value: object) -> object:
    if _is_fit(field, value):
        return value
    if isinstance(value, str):
        return read_text(value, field)
    if field.kind == "string" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if field.kind == "boolean" and isinstance(value, int | float):
        return _boolean(str(value))
    if field.kind == "integer" and isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    raise UnfitError("profile_value.type", field.kind)


def _is_fit(field: Field, value: object) -> bool:
    try:
        coercion(field.type)(value)
    except UnplacedError:
        return False
    return True


def read_text(text: str, field: Field) -> object:
    """Return the JSON value of a cell for a field; raises UnfitError."""
    plain = text.strip()
    if field.kind in _TIMES and _is_fit(field, plain):
        return plain
    reader = _READERS.get(field.kind)
    if reader is not None:
        return reader(plain)
    if field.kind == "string":
        if SCIENTIFIC.fullmatch(plain):
            raise UnfitError("profile_value.scientific", field.kind)
        return text
    try:
        value = parse(plain)
    except DocumentError:
        value = None
    if value is None or not _is_fit(field, value):
        raise UnfitError("profile_value.type", field.kind)
    return value


def read_plain(text: str) -> object:
    """Return the JSON value of a cell without a declared type, else its text; a number in doubt stays a text."""
    plain = text.strip()
    if _UNCERTAIN.fullmatch(plain) or SCIENTIFIC.fullmatch(plain):
        return text
    try:
        return parse(plain)
    except DocumentError:
        return text


def read_truth(value: object) -> bool | None:
    """Return the truth value that a value or a word stands for; None for another."""
    word = str(value).strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def _boolean(text: str) -> object:
    truth = read_truth(text)
    if truth is None:
        raise UnfitError("profile_value.type", "boolean")
    return truth


def _integer(text: str) -> object:
    if SCIENTIFIC.fullmatch(text):
        raise UnfitError("profile_value.scientific", "integer")
    if _THOUSAND.fullmatch(text):
        raise UnfitError("profile_value.uncertain", "integer")
    if not _INTEGER.fullmatch(text):
        raise UnfitError("profile_value.type", "integer")
    number = int(re.split("[.,]", text)[0])
    if not MIN_INTEGER <= number <= MAX_INTEGER:
        raise UnfitError("profile_value.type", "integer")
    return number


def _decimal(text: str) -> object:
    for form, point in _GROUPED:
        if form.fullmatch(text):
            whole, _, rest = text.partition(point)
            return float(f"{re.sub('[^0-9+-]', '', whole)}.{rest}")
    if _UNCERTAIN.fullmatch(text):
        raise UnfitError("profile_value.uncertain", "decimal")
    if not _DECIMAL.fullmatch(text):
        raise UnfitError("profile_value.type", "decimal")
    number = float(text.replace(",", "."))
    if number in (float("inf"), float("-inf")):
        raise UnfitError("profile_value.type", "decimal")
    return number


def _day(text: str, kind: str = "dateOnly") -> date:
    try:
        if match := _YEAR_FIRST.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _YEAR_LAST.fullmatch(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            if match[2] != "." and first <= 12 and second <= 12 and first != second:
                raise UnfitError("profile_value.uncertain", kind)
            day_first = match[2] == "." or first > 12
            return date(year, second, first) if day_first else date(year, first, second)
    except ValueError:
        pass
    raise UnfitError("profile_value.type", kind)


def _date_only(text: str) -> object:
    return _day(text).isoformat()


def _wall_clock(text: str, kind: str) -> datetime:
    match = _CLOCK.fullmatch(text)
    day = _day(match[1].strip() if match else text, kind)
    hour, minute, second, fraction = match.groups("0")[1:] if match else ("0",) * 4
    try:
        return datetime.combine(day, time(int(hour), int(minute), int(second), int(fraction.ljust(3, "0")) * 1000))
    except ValueError:
        raise UnfitError("profile_value.type", kind) from None


def _date_time_only(text: str) -> object:
    return _wall_clock(text, "dateTimeOnly").isoformat()


def _date_time(text: str) -> object:
    """Read an instant; without an offset it is in UTC."""
    found = read_instant(text)
    return print_date_time(
        _wall_clock(text, "dateTime").replace(tzinfo=UTC) if found is None else from_epoch_milliseconds(found)
    )


_READERS: Mapping[str, Callable[[str], object]] = {
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "dateOnly": _date_only,
    "dateTimeOnly": _date_time_only,
    "dateTime": _date_time,
}
