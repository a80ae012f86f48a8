"""Settings that must be more than a text (addresses, senders, bodies): checked when they are set, not when due."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from urllib.parse import urlsplit

from engine.catalogue import PhraseArgument
from engine.effects.smtp import MailServer
from engine.errors import SojournError


def require_no_password(place: PhraseArgument, url: str) -> None:
    """Raise SojournError for a URL with a password, which would be kept in the database."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        raise SojournError("url_password", place=place)


def _url(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, value))
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise SojournError("setting_value.url", name=name)


def _mail_server(name: str, value: str) -> None:
    try:
        MailServer.read(value)
    except ValueError:
        raise SojournError("setting_value.smtp", name=name) from None


def _sender(name: str, value: str) -> None:
    address = parseaddr(value)[1]
    user, _, domain = address.rpartition("@")
    if not user or not domain or any(ord(mark) < 0x20 for mark in value):
        raise SojournError("setting_value.address", name=name)


def _unsubscribe(name: str, value: str) -> None:
    if not value.startswith("mailto:"):
        _url(name, value)


def _json(name: str, value: str) -> None:
    try:
        json.loads(value)
    except ValueError:
        raise SojournError("setting_value.json", name=name) from None


CHECKS: Mapping[str, Callable[[str, str], None]] = {
    "smtp_url": _mail_server,
    "email_from": _sender,
    "unsubscribe_url": _unsubscribe,
    "sms_gateway_body": _json,
    "push_gateway_body": _json,
    **dict.fromkeys(
        (
            *(
                "callback_url",
                "sms_gateway_url",
                "push_gateway_url",
                "campaign_standard_url",
                "campaign_standard_token_url",
            ),
            *("campaign_classic_url", "campaign_classic_token_url"),
        ),
        _url,
    ),
}
"""By setting; an empty value is always allowed, since it switches the setting off."""


def check_setting(name: str, value: object) -> None:
    """Raise SojournError when the value cannot be this setting's."""
    check = CHECKS.get(name) or (_url if name.endswith("_url") else None)
    if isinstance(value, str) and value and check is not None:
        require_no_password(name, value)
        check(name, value)
