"""Capping and throttling configurations of a sandbox, for the app and for the authoring API.

The life of a configuration is the original's: created, updated, deployed, undeployed. A capping configuration that was
changed goes on running as it was deployed until it is deployed again; a throttling configuration takes new figures at
once. What is refused has the original's code.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from engine.errors import SojournError
from engine.json_types import JsonDict, JsonObject
from engine.model.guardrail import GuardrailError, GuardrailIssue, read_capping, read_throttling
from engine.services.access import ADMINISTER, PRODUCTION, Service
from engine.services.revisions import refuse_unseen_change
from engine.services.service_method import requires
from engine.services.views import Caller
from engine.store import setting_queries
from engine.store.results import Connection
from engine.store.setting_queries import StoredGuardrail

CAPPING, THROTTLING = "capping", "throttling"
FORMAT_VERSION = "1.0"

_OURS = (
    *("uid", "_id", "state", "metadata", "hasBeenDeployed", "deployedConfig", "sandboxName"),
    "authoringFormatVersion",
)
_UNSTORABLE = ("ERR_ENDPOINTCONFIG_111", "ERR_ENDPOINTCONFIG_112", "ERR_AUTHORING_ENDPOINTCONFIG_1")


class RuleRefusedError(SojournError):
    """A refusal with the original's code; ``status`` is the HTTP answer's."""

    def __init__(self, key: str, /, where: str = "", status: int = 400, **arguments: object) -> None:
        super().__init__(key, where, **arguments)
        self.status = status


@dataclass(frozen=True, slots=True)
class RuleKind:
    """What is particular about a kind; ``refusals`` are code and HTTP status by occasion."""

    name: str
    path: str
    read: Callable[[object], object]
    applies_at_once: bool
    refusals: Mapping[str, tuple[str, int]]

    def refuse(self, occasion: str) -> RuleRefusedError:
        """Make the refusal for this occasion."""
        code, status = self.refusals[occasion]
        return RuleRefusedError(code, status=status)


KINDS: Mapping[str, RuleKind] = {
    CAPPING: RuleKind(
        CAPPING,
        "endpointConfigs",
        read_capping,
        False,
        {
            "not_found": ("1450", 404),
            "deployed": ("1451", 500),
            "faulty": ("1452", 400),
            "already_deployed": ("1453", 400),
            "not_deployed": ("1454", 400),
        },
    ),
    THROTTLING: RuleKind(
        THROTTLING,
        "throttlingConfigs",
        read_throttling,
        True,
        {
            "not_found": ("14467", 404),
            "deployed": ("1456", 400),
            "faulty": ("1458", 400),
            "already_deployed": ("14466", 400),
            "not_deployed": ("14468", 400),
            "not_production": ("1463", 400),
            "limit": ("1465", 400),
        },
    ),
}


@dataclass(frozen=True, slots=True)
class RuleDocument:
    """A configuration as it is read back, and the one that runs (None: not deployed)."""

    kind: RuleKind
    configuration: JsonObject
    running: JsonObject | None = None

    @property
    def uid(self) -> str:
        """The configuration's id."""
        return str(self.configuration["uid"])

    @property
    def called(self) -> str:
        """The name for people, if it has one."""
        return str(self.configuration.get("name") or self.uid)

    @property
    def shown(self) -> JsonDict:
        """What a reader sees: with what runs, when that differs in time or content."""
        deployed = {} if self.running is None else {"deployedConfig": dict(self.running)}
        return {**self.configuration, **deployed}

    def can_deploy(self) -> JsonDict:
        """Return the original's validation status, with errors and warnings."""
        return validation(self.kind, _payload(self.configuration))

    def update(self, payload: object, actor: str, now: int) -> RuleDocument:
        """Overwrite the configuration. Raises RuleRefusedError."""
        storable = _require_storable(self.kind, payload)
        kept = {name: self.configuration[name] for name in _OURS if name in self.configuration}
        configuration = {**storable, **kept, "state": "updated", "metadata": self._stamped("lastModified", actor, now)}
        at_once = self.kind.applies_at_once and self.running is not None
        return RuleDocument(self.kind, configuration, storable if at_once else self.running)

    def deploy(self, actor: str, now: int) -> RuleDocument:
        """Deploy the configuration as it is now. Raises RuleRefusedError."""
        payload = _payload(self.configuration)
        if self.can_deploy()["validationStatus"] != "ok":
            raise self.kind.refuse("faulty")
        if self.running == payload:
            raise self.kind.refuse("already_deployed")
        return self._with_state("deployed", payload, metadata=self._stamped("lastDeployed", actor, now))

    def undeploy(self) -> RuleDocument:
        """Undeploy the configuration. Raises RuleRefusedError."""
        if self.running is None:
            raise self.kind.refuse("not_deployed")
        return self._with_state("updated", None)

    def _with_state(self, state: str, running: JsonObject | None, **changes: object) -> RuleDocument:
        changes |= {"state": state, "hasBeenDeployed": running is not None}
        return replace(self, configuration={**self.configuration, **changes}, running=running)

    def _stamped(self, occasion: str, actor: str, now: int) -> JsonDict:
        metadata = self.configuration["metadata"]
        return {**(metadata if isinstance(metadata, Mapping) else {}), **_stamp(occasion, actor, now)}


def _stamp(occasion: str, actor: str, now: int) -> JsonDict:
    at = datetime.fromtimestamp(now / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {f"{occasion}By": actor, f"{occasion}ById": actor, f"{occasion}At": at}


def _payload(document: JsonObject) -> JsonDict:
    return {name: value for name, value in document.items() if name not in _OURS}


def validation(kind: RuleKind, payload: object) -> JsonDict:
    """``ok`` or ``error``, the errors, and the warnings."""
    issues = issues_of(kind, payload)
    answer: JsonDict = {"validationStatus": "ok"}
    for severity, name in (("error", "errors"), ("warning", "warnings")):
        lines = [{"errorCode": one.code, "error": one.message} for one in issues if one.severity == severity]
        answer |= {name: lines} if lines else {}
    return answer | ({"validationStatus": "error"} if "errors" in answer else {})


def issues_of(kind: RuleKind, payload: object) -> tuple[GuardrailIssue, ...]:
    """Return the issues of a payload."""
    try:
        read = kind.read(payload)
    except GuardrailError as error:
        return error.issues
    return read[1] if isinstance(read, tuple) else ()


def revision_of(document: JsonObject) -> str:
    """Return a text that is another one after each change of a document."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:32]


def create(kind: RuleKind, payload: object, caller: Caller, now: int) -> RuleDocument:
    """Create a configuration. Raises RuleRefusedError when it cannot even be stored."""
    configuration = {
        **_require_storable(kind, payload),
        "uid": str(uuid.uuid4()),
        "sandboxName": caller.sandbox,
        "state": "created",
        "metadata": {**_stamp("created", caller.actor, now), **_stamp("lastModified", caller.actor, now)},
        "authoringFormatVersion": FORMAT_VERSION,
        "hasBeenDeployed": False,
    }
    return RuleDocument(kind, configuration)


def _require_storable(kind: RuleKind, payload: object) -> JsonDict:
    """Refuse a throttling configuration with errors; a capping configuration may be stored, not deployed, with them."""
    for issue in issues_of(kind, payload):
        if issue.severity == "error" and (kind.name == THROTTLING or issue.code in _UNSTORABLE):
            raise RuleRefusedError.of(issue.phrase)
    return _payload(payload) if isinstance(payload, Mapping) else {}


class GuardrailService(Service):
    """``kind`` is ``capping`` or ``throttling``. Raises RuleRefusedError with the original's codes.

    ``seen`` is the revision (:func:`revision_of`) on which a change was made; '' for any.
    """

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
        described = _kind(kind)
        if kind == THROTTLING and caller.sandbox != PRODUCTION:
            raise described.refuse("not_production")
        document = create(described, payload, caller, self._runner.clock.now())

        def work(connection: Connection) -> None:
            if kind == THROTTLING and setting_queries.guardrail_rows(connection, kind=kind):
                raise described.refuse("limit")
            self._put(connection, caller, document, "create_rule")

        self._runner.write(work)
        return document.shown

    @requires(ADMINISTER)
    def update(self, caller: Caller, kind: str, uid: str, payload: object, *, seen: str = "") -> JsonObject:
        """Overwrite a configuration."""
        now = self._runner.clock.now()
        return self._change(
            caller, kind, uid, "update_rule", lambda rule: rule.update(payload, caller.actor, now), seen
        )

    @requires(ADMINISTER)
    def deploy(self, caller: Caller, kind: str, uid: str, *, seen: str = "") -> JsonObject:
        """From now on calls are held to it."""
        now = self._runner.clock.now()
        return self._change(caller, kind, uid, "deploy_rule", lambda rule: rule.deploy(caller.actor, now), seen)

    @requires(ADMINISTER)
    def undeploy(self, caller: Caller, kind: str, uid: str, *, seen: str = "") -> JsonObject:
        """From now on calls are free of it."""
        return self._change(caller, kind, uid, "undeploy_rule", RuleDocument.undeploy, seen)

    @requires(ADMINISTER)
    def delete(self, caller: Caller, kind: str, uid: str, force: bool = False, *, seen: str = "") -> None:
        """Delete a configuration; one that runs only with ``force``."""

        def work(connection: Connection) -> None:
            found = _find(connection, caller, _kind(kind), uid, seen)
            if found.running is not None and not force:
                raise found.kind.refuse("deployed")
            setting_queries.remove_guardrail(connection, uid)
            self._access.record(connection, caller, "delete_rule", found.called)

        self._runner.write(work)

    def _change(
        self,
        caller: Caller,
        kind: str,
        uid: str,
        what: str,
        change: Callable[[RuleDocument], RuleDocument],
        seen: str,
    ) -> JsonObject:
        def work(connection: Connection) -> JsonObject:
            document = change(_find(connection, caller, _kind(kind), uid, seen))
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


def _find(connection: Connection, caller: Caller, kind: RuleKind, uid: str, seen: str = "") -> RuleDocument:
    for row in setting_queries.guardrail_rows(connection, caller.sandbox, kind.name):
        if row.uid == uid:
            document = _document(kind, row)
            if seen and seen != revision_of(document.shown):
                refuse_unseen_change(document.called, row.changed_by, row.changed_at)
            return document
    raise kind.refuse("not_found")
