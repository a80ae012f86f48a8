"""The normal forms of email addresses and phone numbers: two spellings of one address have the same normal form.

Only comparison uses a normal form: a message goes to the address as it was written, without the spaces around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

import idna
import phonenumbers

EMAIL, PHONE = "Email", "Phone"
"""The namespaces whose identities are addresses."""

_SCHEME = re.compile(r"(mailto|tel|sms):", re.IGNORECASE)
_INTERNATIONAL = re.compile(r"^(\(?\+\)?|00)(?=[\s(]*[1-9])")
_TRUNK = re.compile(r"\(\s*0\s*\)")
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015\u2212\u00b7]+")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def _bare(text: str) -> str:
    """Remove what surrounds an address: spaces, invisible characters, a scheme, angle brackets."""
    bare = _SCHEME.sub("", _INVISIBLE.sub("", text).strip(), count=1).strip()
    return bare[1:-1].strip() if bare.startswith("<") and bare.endswith(">") else bare


@lru_cache(maxsize=20_000)
def normal_email(text: str) -> str:
    """Return an email address in NFC and small letters, with its domain in ASCII (UTS 46)."""
    local, at, domain = unicodedata.normalize("NFC", _bare(text)).rpartition("@")
    if not at:
        return domain.casefold()
    return f"{unicodedata.normalize('NFC', local.casefold())}@{_ascii_domain(domain.rstrip('.'))}"


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return domain.casefold()


@lru_cache(maxsize=20_000)
def normal_phone(text: str) -> str:
    """Return a phone number in the form of E.164 (``+821055550142``).

    A number without country stays apart from those with one, without its separators.
    """
    bare = unicodedata.normalize("NFKC", _bare(text))
    plain = _SEPARATORS.sub("", _TRUNK.sub("", _INTERNATIONAL.sub("+", bare)))
    if not plain.startswith("+"):
        return plain if plain.isdigit() else bare
    try:
        number = phonenumbers.parse(plain, None)
    except phonenumbers.NumberParseException:
        return bare
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_NORMAL_FORMS: Mapping[str, Callable[[str], str]] = {EMAIL: normal_email, PHONE: normal_phone}


def normal_identity(namespace: str | None, value: str) -> str:
    """Return the form by which an identity is compared: of addresses the normal form, of others the value."""
    form = _NORMAL_FORMS.get(namespace or "")
    return value if form is None else form(value)


def normal_forms(value: str) -> tuple[str, ...]:
    """Return a text and its normal forms, each once: a person may be known by any of them."""
    return tuple(dict.fromkeys((value, normal_email(value), normal_phone(value))))


def spellings(namespace: str, value: str) -> tuple[str, ...]:
    """Return an identity with the other forms in which it may be stored, each once."""
    found = [value, value.strip(), normal_identity(namespace, value)]
    if namespace == EMAIL and ".xn--" in found[-1].replace("@", "@."):
        local, _, domain = found[-1].rpartition("@")
        found.append(f"{local}@{_readable_domain(domain)}")
    return tuple(dict.fromkeys(found))


def _readable_domain(domain: str) -> str:
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def phone_pattern(number: str) -> re.Pattern[str]:
    """Return a pattern that finds a number of E.164 in a text, however it is separated."""
    try:
        country = str(phonenumbers.parse(number, None).country_code)
    except phonenumbers.NumberParseException:
        country = ""
    national = number.removeprefix("+").removeprefix(country)
    between = r"[\s().\-/\u2010-\u2015]*"
    parts = [between.join(map(_digit, some)) for some in (country, national)]
    return re.compile(rf"(?<![\w@])(?:[+\uff0b]|00)?{between}{parts[0]}{between}[0\uff10]?{between}{parts[1]}(?![\w@])")


def _digit(digit: str) -> str:
    return f"[{digit}{chr(0xFF10 + int(digit))}]"
