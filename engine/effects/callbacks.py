"""Callback addresses: where another system posts the answer to one call of one instance.

An address ends in a token: the instance, the number of the call and a signature with a key that only this workspace's
vault has. Nothing is stored for it; the instance itself knows whether it still awaits the callback.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_hex
from threading import Lock

from engine.ports import Secrets

CALLBACK_PATH = "/callbacks"
_KEY = "callbacks/signing_key"
_SIGNATURE_BYTES = 18


class CallbackTokens:
    """Signs tokens and reads them; safe from any thread."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._lock = Lock()

    def token(self, instance: str, call: int) -> str:
        """Return the token of a call: letters, digits, dots, dashes and underscores."""
        return f"{instance}.{call}.{self._signature(instance, call)}"

    def read(self, token: str) -> tuple[str, int] | None:
        """Return the instance and the call of a token; None if the token was not made here."""
        instance, _, rest = token.partition(".")
        number, _, signature = rest.partition(".")
        if not number.isascii() or not number.isdigit() or len(number) > 9:
            return None
        call = int(number)
        expected = self._signature(instance, call)
        return (instance, call) if hmac.compare_digest(signature.encode(), expected.encode()) else None

    def _signature(self, instance: str, call: int) -> str:
        digest = hmac.digest(self._key(), f"{instance}.{call}".encode(), sha256)
        return urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode()

    def _key(self) -> bytes:
        with self._lock:
            key = self._secrets.get(_KEY)
            if key is None:
                key = token_hex(32)
                self._secrets.set(_KEY, key)
        return key.encode()


def callback_address(base: str, token: str) -> str:
    """Return the callback address for a token, below the URL by which other systems reach the engine."""
    return f"{base.rstrip('/')}{CALLBACK_PATH}/{token}"
