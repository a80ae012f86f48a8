"""Redact secrets in logs, errors and replies: every secret that the vault has revealed.

A :class:`Redactor` learns secrets as the vault reads them, in every form a call may give them (as they are,
percent-encoded, in JSON, in XML, in Base64). Its filter belongs on every log handler; credentials it never saw are
blotted out by the names they stand under.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
from urllib.parse import quote, quote_plus

REDACTED = "[secret]"
SHORTEST = 4
"""Characters: shorter secrets would blot out ordinary words."""

_NAMED = re.compile(
    r"""(?ix)
    ( (?:proxy-)?authorization["']?\s*[:=,]\s*(?:b?["'])?(?:(?:basic|bearer|digest|token)\s+)?
    | [?&;][\w.-]*(?:api-?_?key|appid|token|secret|passw(?:or)?d|signature|sig)[\w.-]*=
    )
    [^\s&;"',)]+
    """
)
_IN_URL = re.compile(r"(://[^/\s:@\"']*:)[^/\s@\"']+(?=@)")


class Redactor:
    """Blots secrets out of text. One for the process; safe from any thread."""

    def __init__(self) -> None:
        self._known: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def add_secret(self, secret: str) -> None:
        """From now on this text is blotted out, in all its forms."""
        forms = frozenset(form for form in _forms(secret) if len(form) >= SHORTEST)
        if forms - self._known:
            self._known |= forms
            longest_first = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def redact(self, text: str) -> str:
        """Replace the secrets in a text."""
        if self._pattern is not None:
            text = self._pattern.sub(REDACTED, text)
        return _IN_URL.sub(rf"\1{REDACTED}", _NAMED.sub(rf"\1{REDACTED}", text))


def _forms(secret: str) -> set[str]:
    if len(secret) < SHORTEST:
        return set()
    raw = secret.encode()
    encoded = base64.b64encode(raw).decode().rstrip("=")
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret, quote=False),
        html.escape(secret),
        encoded,
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }


class RedactingFilter(logging.Filter):
    """Redacts a record's message, its traceback and its stack before a handler writes them."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record; always let it pass."""
        record.msg, record.args = self._redactor.redact(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redactor.redact(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor.redact(record.stack_info)
        return True


def limit_library_logging() -> None:
    """Keep the HTTP library from logging each call's whole URL at INFO, and its headers below that."""
    for name in ("httpx", "httpcore", "hpack", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
