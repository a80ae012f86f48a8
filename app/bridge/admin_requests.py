"""What administrators ask of the engine: the workspace's settings, guardrails, users, and trial calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.bridge.requests import Requests, Then
from app.bridge.workers import Failed
from engine.ports import ConnectionOutcome
from engine.services.views import (
    ApiTokenRow,
    AuditRow,
    BackupState,
    Caller,
    InletRow,
    ProductProfileRow,
    SettingRow,
    UserRow,
)

if TYPE_CHECKING:
    from engine.facade import Engine


class WorkspaceRequests(Requests):
    """Inlets and settings."""

    def inlets(self, then: Then[tuple[InletRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.inlets.list(caller), then)

    def inlet_token(self, name: str, then: Then[str]) -> None:
        self._read(lambda engine, caller: engine.inlets.token(caller, name), then)

    def settings(self, then: Then[tuple[SettingRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.settings.list(caller), then)

    def set(self, name: str, value: Any, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.settings.set(caller, name, value), then, failed)

    def secrets(self, then: Then[tuple[str, ...]], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.settings.secrets(caller), then, failed)

    def set_secret(self, name: str, value: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.settings.set_secret(caller, name, value), then, failed)

    def create_inlet(self, name: str, then: Then[InletRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.inlets.create(caller, name), then, failed)

    def change_inlet(
        self, name: str, requires_token: bool, is_open: bool, then: Then[InletRow], failed: Failed | None = None
    ) -> None:
        self._write(
            lambda engine, caller: engine.inlets.change(caller, name, requires_token=requires_token, is_open=is_open),
            then,
            failed,
        )

    def sandboxes(self, then: Then[tuple[str, ...]]) -> None:
        self._read(lambda engine, caller: engine.sandboxes.list(caller), then)

    def add_sandbox(self, name: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.sandboxes.add(caller, name), then, failed)


Document = Mapping[str, Any]
"""A capping or throttling configuration in the JSON form of the authoring API."""


class GuardrailRequests(Requests):
    """Capping and throttling configurations; ``kind`` is one of these two words."""

    def list(self, kind: str, then: Then[tuple[Document, ...]], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.guardrails.list(caller, kind), then, failed)

    def create(self, kind: str, payload: Document, then: Then[Document], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.guardrails.create(caller, kind, payload), then, failed)

    def update(
        self, kind: str, uid: str, payload: Document, then: Then[Document], failed: Failed | None = None
    ) -> None:
        self._write(lambda engine, caller: engine.guardrails.update(caller, kind, uid, payload), then, failed)

    def deploy(self, kind: str, uid: str, then: Then[Document], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.guardrails.deploy(caller, kind, uid), then, failed)

    def undeploy(self, kind: str, uid: str, then: Then[Document], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.guardrails.undeploy(caller, kind, uid), then, failed)

    def delete(self, kind: str, uid: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.guardrails.delete(caller, kind, uid), then, failed)


class AccessRequests(Requests):
    """Users, product profiles, API tokens and the audit log."""

    def users(self, then: Then[tuple[UserRow, ...]], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.users.list(caller), then, failed)

    def put_user(
        self, name: str, profiles: Sequence[str], password: str, then: Then[None], failed: Failed | None = None
    ) -> None:
        """Create or change a user; an empty password leaves it as it is."""

        def work(engine: Engine, caller: Caller) -> None:
            engine.users.put(caller, name, tuple(profiles))
            if password:
                engine.users.set_password(caller, name, password)

        self._write(work, then, failed)

    def set_own_password(self, password: str, current: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(
            lambda engine, caller: engine.users.set_password(caller, caller.actor, password, current), then, failed
        )

    def remove_user(self, name: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.users.remove(caller, name), then, failed)

    def profiles(self, then: Then[tuple[ProductProfileRow, ...]], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.users.profiles(caller), then, failed)

    def put_profile(
        self,
        name: str,
        permissions: Sequence[str],
        sandboxes: Sequence[str],
        then: Then[None],
        failed: Failed | None = None,
    ) -> None:
        self._write(
            lambda engine, caller: engine.users.put_profile(caller, name, tuple(permissions), tuple(sandboxes)),
            then,
            failed,
        )

    def remove_profile(self, name: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.users.remove_profile(caller, name), then, failed)

    def tokens(self, then: Then[tuple[ApiTokenRow, ...]], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.api_tokens.list(caller), then, failed)

    def issue_token(self, name: str, actor: str, days: int, then: Then[str], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.api_tokens.issue(caller, name, actor, days), then, failed)

    def revoke_token(self, name: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.api_tokens.revoke(caller, name), then, failed)

    def audit(self, then: Then[tuple[AuditRow, ...]], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.access.audit(caller, 500), then, failed)


class BackupRequests(Requests):
    """Backups of the workspace: begun, then asked after."""

    def begin(self, path: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.backups.begin(caller, path), then, failed)

    def state(self, then: Then[BackupState], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.backups.state(caller), then, failed)


class ConnectionRequests(Requests):
    """The "test" buttons: one call, now, as it is being configured."""

    def test_authentication(
        self, kind: str, body: Mapping[str, Any], then: Then[ConnectionOutcome], failed: Failed | None = None
    ) -> None:
        self._attempt(lambda engine, caller: engine.connections.test_authentication(caller, kind, body), then, failed)

    def test_call(
        self,
        kind: str,
        body: Mapping[str, Any],
        values: Mapping[str, Any],
        then: Then[ConnectionOutcome],
        failed: Failed | None = None,
    ) -> None:
        self._attempt(lambda engine, caller: engine.connections.test_call(caller, kind, body, values), then, failed)

    def test_campaign_standard(self, url: str, then: Then[ConnectionOutcome], failed: Failed | None = None) -> None:
        self._attempt(lambda engine, caller: engine.connections.test_campaign_standard(caller, url), then, failed)
