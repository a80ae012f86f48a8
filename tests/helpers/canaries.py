"""Secrets that are easily recognised wherever they turn up: each place that holds one has its own."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

PLACES = (
    *("basic_password", "key_in_header", "key_in_query", "client_secret", "token_header", "fetched_token"),
    *("source_header", "action_header", "action_query"),
    *("smtp_password", "sms_key", "push_key", "campaign_secret", "classic_session", "typed_password"),
    *("user_password", "vault_passphrase", "database_password"),
)


def canary(place: str) -> str:
    """A secret for this place, with letters that encodings change."""
    return f"Kanarie/{place}+%&é"


def forms(secret: str) -> set[bytes]:
    """The secret as it is, as URLs, JSON, XML and Python write it, and in Base64 wherever it begins there."""
    texts = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    texts |= {html.escape(secret, quote=False), html.escape(secret), json.dumps(secret)[1:-1]}
    texts |= {repr(secret)[1:-1], ascii(secret)[1:-1]}
    found = {text.encode() for text in texts}
    for shift in range(3):
        encoded = base64.b64encode(b"\x00" * shift + secret.encode())
        found.add(encoded[(shift * 8 + 5) // 6 : len(encoded) - 4])
    return found


def occurrences(texts: Mapping[str, bytes], secrets: Mapping[str, str]) -> list[tuple[str, str]]:
    """Where which secret is seen: (place of the text, place of the secret)."""
    wanted = {place: forms(secret) for place, secret in secrets.items()}
    return [
        (where, place)
        for where, text in texts.items()
        for place, written in wanted.items()
        if any(form in text for form in written)
    ]


def files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below these folders."""
    for folder in folders:
        yield from ((str(path), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file())
