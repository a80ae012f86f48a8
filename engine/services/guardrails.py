"""Capping and throttling configurations of a sandbox, for the app and for the authoring API."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from engine.errors import SojournError
from engine.ports import JsonObject
from engine.services import rule_documents as documents
from engine.services.access import ADMINISTER, Service
from engine.services.rule_documents import KINDS, PRODUCTION, THROTTLING, RuleDocument, RuleKind
from engine.services.service_method import requires
from engine.services.views import Caller
from engine.store import setting_queries
from engine.store.results import Connection
from engine.store.setting_queries import StoredGuardrail

Change = Callable[[RuleDocument], RuleDocument]


class GuardrailService(Service):
    """``kind`` is ``capping`` or ``throttling``. Raises RuleRefusedError with the original's codes."""

    @requires(ADMINISTER)
    def list(self, caller: Caller, kind: str) -> tuple[JsonObject, ...]:
        """All configurations, the longest unchanged first."""
        with self._runner.read() as connection:
            rows = setting_queries.guardrail_rows(connection, caller.sandbox, kind)
        return tuple(_document(_kind(kind), row).shown for row in rows)

    @requires(ADMINISTER)
    def get(self, caller: Caller, kind: str, uid: str) -> JsonObject:
        """One configuration, with ``deployedConfig`` if it runs."""
        with self._runner.read() as connection:
            return _find(connection, caller, _kind(kind), uid).shown

    @requires(ADMINISTER)
    def can_deploy(self, caller: Caller, kind: str, uid: str) -> JsonObject:
        """``{"validationStatus": "ok" or "error", "errors": …, "warnings": …}``."""
        with self._runner.read() as connection:
            return _find(connection, caller, _kind(kind), uid).can_deploy()

    @requires(ADMINISTER)
    def create(self, caller: Caller, kind: str, payload: object) -> JsonObject:
        """Create a configuration, not deployed yet."""
        described, uid = _kind(kind), str(uuid.uuid4())
        if kind == THROTTLING and caller.sandbox != PRODUCTION:
            raise described.refuse("not_production")
        document = documents.create(described, payload, uid, caller.sandbox, caller.actor, self._runner.clock.now())

        def work(connection: Connection) -> None:
            if kind == THROTTLING and setting_queries.guardrail_rows(connection, kind=kind):
                raise described.refuse("limit")
            self._put(connection, caller, document, "create_rule")

        self._runner.write(work)
        return document.shown

    @requires(ADMINISTER)
    def update(self, caller: Caller, kind: str, uid: str, payload: object) -> JsonObject:
        """Overwrite a configuration."""
        now = self._runner.clock.now()
        return self._change(
            caller, kind, uid, "update_rule", lambda found: documents.update(found, payload, caller.actor, now)
        )

    @requires(ADMINISTER)
    def deploy(self, caller: Caller, kind: str, uid: str) -> JsonObject:
        """From now on calls are held to it."""
        now = self._runner.clock.now()
        return self._change(caller, kind, uid, "deploy_rule", lambda found: documents.deploy(found, caller.actor, now))

    @requires(ADMINISTER)
    def undeploy(self, caller: Caller, kind: str, uid: str) -> JsonObject:
        """From now on calls are free of it."""
        return self._change(caller, kind, uid, "undeploy_rule", documents.undeploy)

    @requires(ADMINISTER)
    def delete(self, caller: Caller, kind: str, uid: str, force: bool = False) -> None:
        """Delete a configuration; one that runs only with ``force``."""

        def work(connection: Connection) -> None:
            found = _find(connection, caller, _kind(kind), uid)
            documents.require_deletable(found, force)
            setting_queries.remove_guardrail(connection, uid)
            self._access.record(connection, caller, "delete_rule", found.called)

        self._runner.write(work)

    def _change(self, caller: Caller, kind: str, uid: str, what: str, change: Change) -> JsonObject:

        def work(connection: Connection) -> JsonObject:
            document = change(_find(connection, caller, _kind(kind), uid))
            self._put(connection, caller, document, what)
            return document.shown

        return self._runner.write(work)

    def _put(self, connection: Connection, caller: Caller, document: RuleDocument, what: str) -> None:
        setting_queries.put_guardrail(
            connection,
            document.uid,
            sandbox=caller.sandbox,
            kind=document.kind.name,
            body={"configuration": dict(document.configuration), "running": document.running},
            deployed=document.running is not None,
            changed_by=caller.actor,
            changed_at=self._runner.clock.now(),
        )
        self._access.record(connection, caller, what, document.called)


def _kind(name: str) -> RuleKind:
    if name not in KINDS:
        raise SojournError("rule_kind", name=name, kinds=", ".join(KINDS))
    return KINDS[name]


def _document(kind: RuleKind, row: StoredGuardrail) -> RuleDocument:
    return RuleDocument(kind, row.body["configuration"], row.body["running"])


def _find(connection: Connection, caller: Caller, kind: RuleKind, uid: str) -> RuleDocument:
    for row in setting_queries.guardrail_rows(connection, caller.sandbox, kind.name):
        if row.uid == uid:
            return _document(kind, row)
    raise kind.refuse("not_found")
