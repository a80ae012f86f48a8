"""The vault: secrets on disk, each encrypted on its own, under a key that is kept elsewhere (product.md, Data sources).

The file ``vault.json`` in the workspace holds AES-256-GCM ciphertexts, bound to their names. Its key is derived by
Argon2id from a passphrase out of the operating system's keyring, else the variable ``SOJOURN_VAULT_KEY``, else a key
file of mode 0600 beside the workspace, so that a copy of the workspace alone opens nothing.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.files import write_text
from engine.ports import VaultLockedError

FILE_NAME = "vault.json"
FORMAT = 1
ENVIRONMENT_KEY = "SOJOURN_VAULT_KEY"
KEYRING_SERVICE = "sojourn"

SAFE_KEYRINGS = (
    *("keyring.backends.SecretService.Keyring", "keyring.backends.libsecret.Keyring"),
    *("keyring.backends.kwallet.DBusKeyring", "keyring.backends.kwallet.DBusKeyringKWallet4"),
    *("keyring.backends.macOS.Keyring", "keyring.backends.Windows.WinVaultKeyring"),
)
"""Back ends that encrypt; the keyring library may otherwise choose one that writes clear text."""

_COST: Mapping[str, int] = {"time": 3, "memory": 64 * 1024, "lanes": 4}
_CHECK = "vault"
_LOOK_SECONDS = 2.0
_NONCE_BYTES = 12
_SALT_BYTES = 16


class KeySource(Protocol):
    """A place where a vault's passphrase is kept."""

    def find(self) -> str | None:
        """Return the passphrase; None if this source has none."""
        ...

    def make(self) -> str | None:
        """Create and store a new passphrase; None if this source cannot store one."""
        ...


class KeyringKey:
    """The passphrase in the operating system's keyring, if it is one that encrypts. ``account`` names the vault."""

    def __init__(self, account: str) -> None:
        self._account = account

    def find(self) -> str | None:
        """Return the passphrase of this vault."""
        import keyring  # loading it looks for back ends, which takes a while
        from keyring.errors import KeyringError

        if not _encrypts(keyring.get_keyring()):
            return None
        try:
            return keyring.get_password(KEYRING_SERVICE, self._account)
        except KeyringError:
            return None

    def make(self) -> str | None:
        """Store a random passphrase; None if the keyring does not return it."""
        import keyring
        from keyring.errors import KeyringError

        if not _encrypts(keyring.get_keyring()):
            return None
        passphrase = secrets.token_urlsafe(32)
        try:
            keyring.set_password(KEYRING_SERVICE, self._account, passphrase)
        except KeyringError:
            return None
        return passphrase if self.find() == passphrase else None


def _encrypts(backend: object) -> bool:
    """Whether the keyring's back end, and every one it may delegate to, is on the list."""
    kind = type(backend)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name == "keyring.backends.chainer.ChainerBackend":
        members = list(getattr(backend, "backends", ()))
        return bool(members) and all(_encrypts(member) for member in members)
    return name in SAFE_KEYRINGS


class EnvironmentKey:
    """The passphrase in ``SOJOURN_VAULT_KEY``."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def find(self) -> str | None:
        """Return the variable's value; None if it is empty."""
        return self._environment.get(ENVIRONMENT_KEY) or None

    def make(self) -> str | None:
        """Return the variable's value: only the user sets it."""
        return self.find()


class FileKey:
    """The passphrase in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self) -> str | None:
        """Return the file's content; raise SojournError if others may read it."""
        try:
            mode = stat.S_IMODE(self._path.stat().st_mode)
            text = self._path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise VaultLockedError("vault_key_file.unreadable", path=self._path) from None
        if mode & 0o077:
            raise VaultLockedError("vault_key_file.mode", path=self._path)
        return text or None

    def make(self) -> str | None:
        """Store a random passphrase in a new file of mode 0600."""
        passphrase = secrets.token_urlsafe(32)
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise SojournError(
                "vault_key_file", path=self._path, reason=error.strerror, variable=ENVIRONMENT_KEY
            ) from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(passphrase + "\n")
        return passphrase


def key_file_of(folder: Path) -> Path:
    """Where the key file of the workspace in ``folder`` stands: beside it, not in it."""
    return folder.parent / f"{folder.name}.key"


def open_vault(
    folder: Path, environment: Mapping[str, str] | None = None, add_secret: Callable[[str], None] = lambda secret: None
) -> Vault:
    """Open the vault of a workspace; ``add_secret`` is called with every secret that is read or set, for redaction."""
    sources = (
        KeyringKey(str(folder.resolve())),
        EnvironmentKey(os.environ if environment is None else environment),
        FileKey(key_file_of(folder)),
    )
    return Vault(folder / FILE_NAME, sources, add_secret)


class Vault:
    """Secrets by name; safe from any thread. The key is derived at the first use.

    Raises VaultLockedError when no key opens it, SojournError ``vault_damaged`` when the file is not as it was left.
    """

    def __init__(
        self, file: Path, sources: Sequence[KeySource], add_secret: Callable[[str], None] = lambda secret: None
    ) -> None:
        self._file = file
        self._sources = sources
        self._learn = add_secret
        self._lock = threading.RLock()
        self._cipher: AESGCM | None = None
        self._refusal: Phrase | None = None
        self._refused_at = 0.0
        self._tried: list[str] = []
        """The passphrases that did not open the vault; they are not derived again."""
        self._document: dict[str, Any] = _load(file)

    def get(self, name: str) -> str | None:
        """Return the secret; None if there is none of that name."""
        with self._lock:
            sealed = self._document["secrets"].get(name)
            if sealed is None:
                return None
            secret = _unseal(self._unlocked(), name, sealed)
        if secret is None:
            raise SojournError("vault_damaged", name=name)
        self._learn(secret)
        return secret

    def set(self, name: str, value: str) -> None:
        """Keep a secret under a name, replacing the one before."""
        with self._lock:
            sealed = _seal(self._unlocked(), name, value)
            self._replace({**self._document["secrets"], name: sealed})
        self._learn(value)

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens when there is none."""
        with self._lock:
            if name in self._document["secrets"]:
                self._replace({key: sealed for key, sealed in self._document["secrets"].items() if key != name})

    def names(self) -> tuple[str, ...]:
        """List the names of all secrets, sorted."""
        with self._lock:
            return tuple(sorted(self._document["secrets"]))

    def lock_reason(self) -> Phrase | None:
        """Return why no key opens the secrets; None if one does. A new key takes a quarter of a second."""
        with self._lock:
            try:
                if self._document["secrets"]:
                    self._unlocked()
            except VaultLockedError as error:
                return error.phrase
        return None

    def _replace(self, sealed: dict[str, str]) -> None:
        document = {**self._document, "secrets": sealed}
        _write(self._file, document)
        self._document = document

    def _unlocked(self) -> AESGCM:
        if self._cipher is None:
            self._cipher = self._open() if self._document["check"] else self._create()
        return self._cipher

    def _open(self) -> AESGCM:
        """Try the keys; after a failure they are looked for again every few seconds, and only new ones are tried."""
        now = time.monotonic()
        if self._refusal is not None and now - self._refused_at < _LOOK_SECONDS:
            raise VaultLockedError.of(self._refusal)
        self._refused_at = now
        try:
            cipher = self._try_keys()
        except VaultLockedError as error:
            self._refusal = error.phrase
            raise
        self._refusal = None
        return cipher

    def _try_keys(self) -> AESGCM:
        for source in self._sources:
            passphrase = source.find()
            if passphrase is not None and passphrase not in self._tried:
                cipher = _derive(passphrase, self._document)
                if _unseal(cipher, _CHECK, self._document["check"]) is not None:
                    return cipher
                self._tried.append(passphrase)
        key = "vault_locked.wrong" if self._tried else "vault_locked"
        raise VaultLockedError(key, file=self._file, variable=ENVIRONMENT_KEY)

    def _create(self) -> AESGCM:
        passphrase = next(filter(None, (source.find() or source.make() for source in self._sources)), None)
        if passphrase is None:
            raise VaultLockedError("vault_locked.no_place", variable=ENVIRONMENT_KEY)
        document = {**self._document, "salt": _text(os.urandom(_SALT_BYTES)), "cost": dict(_COST)}
        cipher = _derive(passphrase, document)
        self._document = {**document, "check": _seal(cipher, _CHECK, _CHECK)}
        return cipher


def _load(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"format": FORMAT, "salt": "", "cost": {}, "check": "", "secrets": {}}
    except (OSError, ValueError):
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("secrets"), dict) or not document.get("check"):
        raise SojournError("vault_damaged.file", file=file)
    if document.get("format") != FORMAT:
        raise SojournError("vault_newer", file=file)
    return document


def _write(file: Path, document: Mapping[str, object]) -> None:
    """Replace the file durably; raise SojournError if it cannot be written."""
    try:
        write_text(file, json.dumps(document, indent=1), 0o600)
    except OSError as error:
        raise SojournError("workspace_unwritable.secrets", file=file, reason=error.strerror) from None


def _derive(passphrase: str, document: Mapping[str, Any]) -> AESGCM:
    cost = document["cost"]
    key = hash_secret_raw(
        passphrase.encode(),
        base64.b64decode(document["salt"]),
        time_cost=cost["time"],
        memory_cost=cost["memory"],
        parallelism=cost["lanes"],
        hash_len=32,
        type=Type.ID,
    )
    return AESGCM(key)


def _seal(cipher: AESGCM, name: str, value: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return _text(nonce + cipher.encrypt(nonce, value.encode(), _bound_to(name)))


def _unseal(cipher: AESGCM, name: str, sealed: str) -> str | None:
    try:
        raw = base64.b64decode(sealed, validate=True)
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(name)).decode()
    except (InvalidTag, ValueError):
        return None


def _bound_to(name: str) -> bytes:
    """Return the associated data of a ciphertext, so that it cannot be moved to another name."""
    return f"sojourn-vault/{FORMAT}/{name}".encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
