"""Secrets at rest: encrypted, bound to their names, unreadable without the key (product.md, Authentication)."""

from __future__ import annotations

import errno
import json
import os
import stat
from functools import cached_property
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring

from engine.errors import SojournError
from engine.ports import VaultLockedError
from engine.store import vault as vaults
from engine.store.vault import (
    ENVIRONMENT_KEY,
    FILE_NAME,
    EnvironmentKey,
    FileKey,
    KeyringKey,
    Vault,
    key_file_of,
    open_vault,
)

CANARY = "canary-7f3a-Grüße-비밀"


def made(backend: Any) -> KeyringBackend:
    """Create a back end of a library without types."""
    instance: KeyringBackend = backend()
    return instance


class MemoryKeyring(KeyringBackend):
    """A back end that keeps passphrases in memory."""

    priority = 1

    @cached_property
    def kept(self) -> dict[tuple[str, str], str]:
        return {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture(autouse=True)
def cheap_derivation_and_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaults, "_COST", {"time": 1, "memory": 64, "lanes": 1})
    use_keyring(monkeypatch, made(FailKeyring))


def use_keyring(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend) -> None:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    monkeypatch.setattr(keyring, "get_password", backend.get_password)
    monkeypatch.setattr(keyring, "set_password", backend.set_password)


def allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaults, "SAFE_KEYRINGS", (f"{MemoryKeyring.__module__}.{MemoryKeyring.__qualname__}",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return workspace


def test_secrets_are_encrypted_and_survive_reopening(folder: Path) -> None:
    vault = open_vault(folder, {})
    vault.set("prod/action/Push/value", CANARY)
    vault.set("prod/action/Push/other", "")
    again = open_vault(folder, {})
    assert again.get("prod/action/Push/value") == CANARY
    assert again.get("prod/action/Push/other") == ""
    assert again.get("prod/action/Nobody/value") is None
    assert again.names() == ("prod/action/Push/other", "prod/action/Push/value")
    assert all(CANARY.encode() not in path.read_bytes() for path in folder.parent.rglob("*") if path.is_file())


def test_deleting_secret_is_idempotent(folder: Path) -> None:
    vault = open_vault(folder, {})
    vault.set("a", "1")
    vault.set("b", "2")
    vault.delete("a")
    vault.delete("a")
    assert open_vault(folder, {}).names() == ("b",)
    assert open_vault(folder, {}).get("a") is None


def test_key_file_is_private_and_beside_workspace(folder: Path) -> None:
    open_vault(folder, {}).set("a", "1")
    key_file = key_file_of(folder)
    assert key_file.parent == folder.parent
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    key_file.chmod(0o644)
    with pytest.raises(SojournError, match="chmod 600") as caught:
        open_vault(folder, {}).get("a")
    assert caught.value.code == "vault_key_file"


def test_key_variable_precedes_key_file(folder: Path) -> None:
    open_vault(folder, {ENVIRONMENT_KEY: "open sesame"}).set("a", "1")
    assert not key_file_of(folder).exists()
    assert open_vault(folder, {ENVIRONMENT_KEY: "open sesame"}).get("a") == "1"


@pytest.mark.parametrize("environment", [{}, {ENVIRONMENT_KEY: ""}, {ENVIRONMENT_KEY: "wrong"}])
def test_wrong_key_keeps_vault_locked(folder: Path, environment: dict[str, str]) -> None:
    open_vault(folder, {ENVIRONMENT_KEY: "right"}).set("a", "1")
    vault = open_vault(folder, environment)
    assert vault.names() == ("a",)
    with pytest.raises(SojournError, match=ENVIRONMENT_KEY) as caught:
        vault.get("a")
    assert caught.value.code == "vault_locked"
    with pytest.raises(SojournError, match=ENVIRONMENT_KEY):
        vault.set("a", "2")


def test_key_file_vault_opens_despite_different_variable(folder: Path) -> None:
    open_vault(folder, {}).set("a", "1")
    assert open_vault(folder, {ENVIRONMENT_KEY: "another"}).get("a") == "1"


def test_safe_keyring_keeps_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = made(MemoryKeyring)
    assert isinstance(backend, MemoryKeyring)
    use_keyring(monkeypatch, backend)
    allow(monkeypatch)
    open_vault(folder, {ENVIRONMENT_KEY: "unused"}).set("a", "1")
    assert list(backend.kept) == [("sojourn", str(folder.resolve()))]
    assert open_vault(folder, {}).get("a") == "1"
    assert not key_file_of(folder).exists()


@pytest.mark.parametrize("chained", [False, True])
def test_clear_text_keyring_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch, chained: bool) -> None:
    backend = made(MemoryKeyring)
    assert isinstance(backend, MemoryKeyring)
    chain = made(ChainerBackend)
    monkeypatch.setattr(ChainerBackend, "backends", [backend])
    use_keyring(monkeypatch, chain if chained else backend)
    assert KeyringKey("x").make() is None
    assert KeyringKey("x").find() is None
    assert not backend.kept


def test_refusing_keyring_falls_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaults, "SAFE_KEYRINGS", (f"{FailKeyring.__module__}.{FailKeyring.__qualname__}",))
    open_vault(folder, {}).set("a", "1")
    assert key_file_of(folder).exists()


def test_moved_or_changed_secret_is_detected(folder: Path) -> None:
    vault = open_vault(folder, {})
    vault.set("mine", "1")
    vault.set("yours", "2")
    file = folder / FILE_NAME
    document = json.loads(file.read_text())
    document["secrets"]["yours"] = document["secrets"]["mine"]
    document["secrets"]["mine"] = document["secrets"]["mine"][:-8] + "AAAAAAA="
    file.write_text(json.dumps(document))
    for name in ("mine", "yours"):
        with pytest.raises(SojournError, match="enter it again") as caught:
            open_vault(folder, {}).get(name)
        assert caught.value.code == "vault_damaged"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("not json", "vault_damaged"),
        ("[]", "vault_damaged"),
        ('{"secrets": [], "check": "x"}', "vault_damaged"),
        ('{"secrets": {}, "check": ""}', "vault_damaged"),
        ('{"secrets": {}, "check": "x", "format": 2}', "vault_newer"),
    ],
)
def test_file_that_is_no_vault_is_refused(folder: Path, content: str, code: str) -> None:
    (folder / FILE_NAME).write_text(content)
    with pytest.raises(SojournError) as caught:
        open_vault(folder, {})
    assert caught.value.code == code


def test_used_secrets_are_registered_for_redaction(folder: Path) -> None:
    known: list[str] = []
    open_vault(folder, {}, known.append).set("a", CANARY)
    open_vault(folder, {}, known.append).get("a")
    assert known == [CANARY, CANARY]


def test_invalid_key_file_is_not_a_key(tmp_path: Path) -> None:
    path = tmp_path / "w.key"
    assert FileKey(path).find() is None
    path.write_bytes(b"")
    path.chmod(0o600)
    assert FileKey(path).find() is None
    with pytest.raises(SojournError, match="cannot be made"):
        FileKey(path).make()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SojournError, match="restore it"):
        FileKey(path).find()


def test_missing_key_location_is_reported(folder: Path) -> None:
    with pytest.raises(SojournError, match=ENVIRONMENT_KEY) as caught:
        Vault(folder / FILE_NAME, (EnvironmentKey({}),)).set("a", "1")
    assert caught.value.code == "vault_locked"


def test_full_disk_keeps_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = open_vault(tmp_path, {ENVIRONMENT_KEY: "passphrase"})
    vault.set("a", "one")
    before = (tmp_path / FILE_NAME).read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(os, "fsync", full)
        with pytest.raises(SojournError, match="No space left") as caught:
            vault.set("a", "two")
    assert caught.value.code == "workspace_unwritable"
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    assert vault.get("a") == "one"


@pytest.mark.parametrize("environment", [{}, {ENVIRONMENT_KEY: "wrong"}])
def test_key_is_derived_once_while_vault_is_locked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    open_vault(folder, {ENVIRONMENT_KEY: "right"}).set("a", "1")
    derived: list[str] = []
    real = vaults._derive

    def derive(passphrase: str, document: Any) -> Any:
        derived.append(passphrase)
        return real(passphrase, document)

    monkeypatch.setattr(vaults, "_derive", derive)
    monkeypatch.setattr(vaults, "_LOOK_SECONDS", 0.0)
    vault = open_vault(folder, environment)
    for _ in range(5):
        with pytest.raises(VaultLockedError):
            vault.get("a")
    reason = vault.lock_reason()
    assert reason is not None
    assert reason.key == ("vault_locked.wrong" if environment else "vault_locked")
    assert derived == list(environment.values())
    environment[ENVIRONMENT_KEY] = "right"
    assert vault.lock_reason() is None
    assert vault.get("a") == "1"


def test_keys_are_looked_for_every_few_seconds(folder: Path) -> None:
    open_vault(folder, {}).set("a", "1")
    key_file_of(folder).chmod(0o644)
    vault = open_vault(folder, {})
    for _ in range(2):
        with pytest.raises(VaultLockedError, match="chmod 600"):
            vault.get("a")
    key_file_of(folder).chmod(0o600)
    with pytest.raises(VaultLockedError):
        vault.get("a")
    vault._refused_at -= vaults._LOOK_SECONDS
    assert vault.get("a") == "1"
