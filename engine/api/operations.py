"""Every operation of the HTTP API in one table: routes are made from it, and so is the document that describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.effects.callbacks import CALLBACK_PATH
from engine.services.guardrails import GuardrailService
from engine.services.journeys import JourneyService
from engine.services.merges import MergeService
from engine.services.operations import OperationsService
from engine.services.reports import ReportService
from engine.services.service_method import ServiceMethod

AUTHORING = "/authoring"
INLET = "inlet"
"""The permission of senders: the token of the inlet they post to."""

ANYONE = ""
"""The permission of operations that anyone may call."""

JSON = "application/json"
JSON_LINES = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``permission`` is the service method's, :data:`INLET` or :data:`ANYONE`.

    ``body`` and ``answers`` name schemas.
    ``as_text`` says that the ``error`` of a refusal is JSON within a text, as the original's throttling API has it.
    """

    id: str
    method: str
    path: str
    summary: str
    permission: str
    answers: Mapping[int, str]
    body: str = ""
    forms: tuple[str, ...] = (JSON,)
    query: Mapping[str, str] = field(default_factory=dict)
    as_text: bool = False


UNSEEN = 412
"""Answers a change that was made on another revision than the stored one."""
_REFUSED = dict.fromkeys((400, 401, 403, 404, 503), "Refusal")
_SENT = {400: "Sent"} | dict.fromkeys((401, 404, 409, 413, 503), "InletRefusal")


def _rules(path: str, name: str, as_text: bool) -> tuple[Operation, ...]:
    """List the operations of one kind of configuration."""
    service, words = GuardrailService, "capping" if name == "Capping" else "throttling"
    refused: dict[int, str] = {status: f"{schema}AsText" if as_text else schema for status, schema in _REFUSED.items()}
    one = f"{AUTHORING}/{path}/{{uid}}"

    def make(
        call: ServiceMethod[..., object],
        summary: str,
        method: str,
        where: str,
        answers: Mapping[int, str],
        verb: str,
        body: str = "",
    ) -> Operation:
        query = {"forceDelete": "true: delete it even while it is deployed"} if method == "DELETE" else {}
        return Operation(
            f"{verb}{name}", method, where, summary, call.permission, answers, body, query=query, as_text=as_text
        )  # fmt: skip

    changed, too_large, unseen = f"{name}Changed", {413: refused[400]}, {UNSEEN: refused[400]}
    still_deployed = {500: refused[400]} if not as_text else {}
    configs = f"{words} configuration"
    return (
        make(service.list, f"List the {configs}s", "POST", f"{AUTHORING}/list/{path}",
             {200: f"{name}List", **refused}, "list"),
        make(service.create, f"Create a {configs}", "POST", f"{AUTHORING}/{path}",
             {200: changed, **refused, **too_large}, "create", f"{name}Config"),
        make(service.get, f"Read a {configs}", "GET", one, {200: f"{name}Found", **refused}, "get"),
        make(service.update, f"Overwrite a {configs}", "PUT", one,
             {200: changed, **refused, **too_large, **unseen}, "update", f"{name}Config"),
        make(service.delete, f"Delete a {configs}", "DELETE", one,
             {200: "Nothing", **refused, **still_deployed, **unseen}, "delete"),
        make(service.can_deploy, "Check whether it can be deployed", "POST", f"{one}/canDeploy",
             {200: "CanDeploy", **refused}, "canDeploy"),
        make(service.can_deploy, "Check the same by GET", "GET", f"{one}/canDeploy",
             {200: "CanDeploy", **refused}, "seeCanDeploy"),
        make(service.deploy, f"Deploy a {configs}", "POST", f"{one}/deploy",
             {200: changed, **refused, **unseen}, "deploy"),
        make(service.undeploy, f"Undeploy a {configs}", "POST", f"{one}/undeploy",
             {200: changed, **refused, **unseen}, "undeploy"),
    )  # fmt: skip


_LIMIT = {"limit": "rows at the most, up to 1000 (100)"}
_PEOPLE = {"journey": "a journey's name", "activity": "an activity's id"}


def _records() -> tuple[Operation, ...]:
    """List the operations on records that need a person to decide."""
    rows, one, done = ({200: schema, **_REFUSED} for schema in ("Records", "Record", "Done"))
    letters, events = f"{AUTHORING}/deadLetters", f"{AUTHORING}/events"
    people, suspended = f"{AUTHORING}/failedPeople", f"{AUTHORING}/suspended"
    reads, acts = ReportService.discards.permission, OperationsService
    return (
        Operation("listDeadLetters", "GET", letters, "List the stimuli that failed three times",
                  ReportService.dead_letters.permission, rows),
        Operation("getDeadLetter", "GET", f"{letters}/{{uid}}", "Read a dead letter with what it holds",
                  acts.dead_letter.permission, one),
        Operation("retryDeadLetter", "POST", f"{letters}/{{uid}}/retry", "Process a dead letter again",
                  ReportService.retry.permission, done),
        Operation("dropDeadLetter", "DELETE", f"{letters}/{{uid}}", "Delete a dead letter for good",
                  acts.drop.permission, done),
        Operation("listDiscards", "GET", f"{AUTHORING}/discards", "List the refused events", reads, rows, query=_LIMIT),
        Operation("listEvents", "GET", events, "List the accepted events", acts.received.permission, rows,
                  query={"search": "a part of the event's id", **_LIMIT}),
        Operation("getEvent", "GET", f"{events}/{{uid}}", "Read an accepted event with its document",
                  acts.event.permission, one),
        Operation("listFailedPeople", "GET", people, "List the people whose journey ended in an error",
                  acts.failed.permission, rows, query={**_PEOPLE, "key": "a part of the person's key", **_LIMIT}),
        Operation("resumeFailedPeople", "POST", f"{people}/resume", "Let failed people go on from their step",
                  acts.resume_failed.permission, done, query={**_PEOPLE, "instance": "one person's instance"}),
        Operation("releaseTimers", "POST", f"{AUTHORING}/timers/release", "Let overdue timers fire that are held",
                  acts.release_timers.permission, done),
        Operation("acceptClock", "POST", f"{AUTHORING}/clock/accept", "Follow the machine's clock after a jump",
                  acts.accept_clock.permission, done),
        Operation("listSuspended", "GET", suspended, "List what is suspended by itself",
                  acts.suspended.permission, rows),
        Operation("resumeSuspended", "POST", f"{suspended}/{{kind}}/{{name}}/resume", "Run a suspended part again",
                  acts.resume.permission, done),
        Operation("listMerges", "GET", f"{AUTHORING}/merges", "List the merges of profiles",
                  MergeService.list.permission, rows, query={"search": "a part of an identity", **_LIMIT}),
        Operation("undoMerge", "POST", f"{AUTHORING}/merges/{{uid}}/undo", "Make the profiles of a merge several again",
                  MergeService.undo.permission, done),
    )  # fmt: skip


OPERATIONS: Mapping[str, Operation] = {
    operation.id: operation
    for operation in (
        Operation("collect", "POST", "/collection/{inlet}", "Send events", INLET,
                  {202: "Sent", **_SENT, 415: "InletRefusal", 429: "Busy"},
                  "Events", (JSON, JSON_LINES)),
        Operation("sendProfiles", "POST", "/profiles/{inlet}", "Send profiles", INLET,
                  {202: "ProfilesSent", **_SENT, 400: "ProfilesRefused"}, "Profiles", (JSON, JSON_LINES)),
        Operation("sendFeedback", "POST", "/feedback/{inlet}", "Send feedback about messages", INLET,
                  {202: "Sent", **_SENT}, "Feedback"),
        Operation("sendCallback", "POST", f"{CALLBACK_PATH}/{{token}}", "Answer a call that carried this address",
                  ANYONE, {202: "Counted", 400: "InletRefusal", 404: "InletRefusal", 413: "InletRefusal",
                           503: "InletRefusal"}, "Anything"),
        Operation("health", "GET", "/healthz", "Read the state of the engine", ANYONE, {200: "Health", 503: "Health"}),
        Operation("live", "GET", "/livez", "Read whether the parts of the engine run", ANYONE,
                  {200: "Status", 503: "Status"}),
        Operation("ready", "GET", "/readyz", "Read whether events are accepted", ANYONE,
                  {200: "Status", 503: "Status"}),
        Operation("metrics", "GET", "/metrics", "Read the counters in the form of Prometheus", ANYONE,
                  {200: "Text", 503: "InletRefusal"}),
        Operation("describe", "GET", "/openapi.json", "Read this document", ANYONE, {200: "Anything"}),
        Operation("listJourneys", "POST", f"{AUTHORING}/list/journeys", "List the journeys with their versions",
                  JourneyService.everything.permission, {200: "JourneyList", **_REFUSED}),
        Operation("latest", "GET", f"{AUTHORING}/journeys/{{uid}}/latest", "Read the newest version of a journey",
                  JourneyService.list.permission, {200: "VersionFound", **_REFUSED}),
        Operation("export", "GET", f"{AUTHORING}/journeyVersions/{{uid}}/export",
                  "Export a version as a journey file, secrets as placeholders; 500 while it has errors",
                  JourneyService.export.permission, {200: "JourneyFile", **_REFUSED, 500: "Refusal"}),
        Operation("import", "POST", f"{AUTHORING}/journeyVersions/import",
                  "Import a journey file as a draft; names that are taken are made unique",
                  JourneyService.import_file.permission, {200: "Imported", **_REFUSED, 413: "Refusal"}, "JourneyFile"),
        *_records(),
        *_rules("endpointConfigs", "Capping", as_text=False),
        *_rules("throttlingConfigs", "Throttling", as_text=True),
    )
}  # fmt: skip
"""By id."""
