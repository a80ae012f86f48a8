"""The life of a capping or throttling configuration, in the original's words: created, updated, deployed, undeployed.

Pure: a document goes in, the next one comes out; time, user and uid are handed in. A capping configuration that was
changed goes on running as it was deployed until it is deployed again; a throttling configuration takes new figures at
once. What is refused has the original's code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engine.errors import SojournError
from engine.model.guardrail import GuardrailError, GuardrailIssue, read_capping, read_throttling
from engine.ports import JsonDict, JsonObject

CAPPING, THROTTLING = "capping", "throttling"
PRODUCTION = "prod"
FORMAT_VERSION = "1.0"

_OURS = (
    "uid",
    "_id",
    "state",
    "metadata",
    "hasBeenDeployed",
    "deployedConfig",
    "sandboxName",
    "authoringFormatVersion",
)
_UNSTORABLE = ("ERR_ENDPOINTCONFIG_111", "ERR_ENDPOINTCONFIG_112", "ERR_AUTHORING_ENDPOINTCONFIG_1")


class RuleRefusedError(SojournError):
    """A refusal with the original's code; ``status`` is the HTTP answer's."""

    def __init__(self, key: str, /, status: int = 400, **arguments: object) -> None:
        super().__init__(key, "", **arguments)
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


def _payload(document: JsonObject) -> JsonDict:
    return {name: value for name, value in document.items() if name not in _OURS}


def validation(kind: RuleKind, payload: object) -> JsonDict:
    """``ok`` or ``error``, the errors, and the warnings."""
    issues = issues_of(kind, payload)
    errors = [_line(issue) for issue in issues if issue.severity == "error"]
    warnings = [_line(issue) for issue in issues if issue.severity == "warning"]
    answer: JsonDict = {"validationStatus": "error" if errors else "ok"}
    return answer | ({"errors": errors} if errors else {}) | ({"warnings": warnings} if warnings else {})


def _line(issue: GuardrailIssue) -> dict[str, str]:
    return {"errorCode": issue.code, "error": issue.message}


def issues_of(kind: RuleKind, payload: object) -> tuple[GuardrailIssue, ...]:
    """Return the issues of a payload."""
    try:
        read = kind.read(payload)
    except GuardrailError as error:
        return error.issues
    return read[1] if isinstance(read, tuple) else ()


def create(kind: RuleKind, payload: object, uid: str, sandbox: str, actor: str, now: int) -> RuleDocument:
    """Create a configuration. Raises RuleRefusedError when it cannot even be stored."""
    storable = _require_storable(kind, payload)
    moment = _moment(now)
    configuration = {
        **storable,
        "uid": uid,
        "sandboxName": sandbox,
        "state": "created",
        "metadata": {
            "createdBy": actor,
            "createdById": actor,
            "createdAt": moment,
            "lastModifiedBy": actor,
            "lastModifiedById": actor,
            "lastModifiedAt": moment,
        },
        "authoringFormatVersion": FORMAT_VERSION,
        "hasBeenDeployed": False,
    }
    return RuleDocument(kind, configuration)


def update(document: RuleDocument, payload: object, actor: str, now: int) -> RuleDocument:
    """Overwrite a configuration. Raises RuleRefusedError."""
    storable = _require_storable(document.kind, payload)
    kept = {name: document.configuration[name] for name in _OURS if name in document.configuration}
    modified = {"lastModifiedBy": actor, "lastModifiedById": actor, "lastModifiedAt": _moment(now)}
    configuration = {
        **storable, **kept, "state": "updated", "metadata": {**kept["metadata"], **modified}
    }  # fmt: skip
    at_once = document.kind.applies_at_once and document.running is not None
    running = storable if at_once else document.running
    return RuleDocument(document.kind, configuration, running)


def deploy(document: RuleDocument, actor: str, now: int) -> RuleDocument:
    """Deploy a configuration as it is now. Raises RuleRefusedError."""
    payload = _payload(document.configuration)
    if document.can_deploy()["validationStatus"] != "ok":
        raise document.kind.refuse("faulty")
    if document.running == payload:
        raise document.kind.refuse("already_deployed")
    deployed = {"lastDeployedBy": actor, "lastDeployedById": actor, "lastDeployedAt": _moment(now)}
    metadata = {**document.configuration["metadata"], **deployed}
    configuration = {
        **document.configuration, "state": "deployed", "hasBeenDeployed": True, "metadata": metadata
    }  # fmt: skip
    return replace(document, configuration=configuration, running=payload)


def undeploy(document: RuleDocument) -> RuleDocument:
    """Undeploy a configuration. Raises RuleRefusedError."""
    if document.running is None:
        raise document.kind.refuse("not_deployed")
    configuration = {**document.configuration, "state": "updated", "hasBeenDeployed": False}
    return replace(document, configuration=configuration, running=None)


def require_deletable(document: RuleDocument, force: bool) -> None:
    """Raise RuleRefusedError for a deployed configuration, unless ``force``."""
    if document.running is not None and not force:
        raise document.kind.refuse("deployed")


def _require_storable(kind: RuleKind, payload: object) -> JsonDict:
    """Refuse a throttling configuration with errors; a capping configuration may be stored, not deployed, with them."""
    for issue in issues_of(kind, payload):
        if issue.severity == "error" and (kind.name == THROTTLING or issue.code in _UNSTORABLE):
            raise RuleRefusedError(issue.code, message=issue.message)
    return _payload(payload) if isinstance(payload, Mapping) else {}


def _moment(now: int) -> str:
    return datetime.fromtimestamp(now / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
