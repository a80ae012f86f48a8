"""The management API under ``/authoring``, with the original's paths, answers and codes (interfaces.md).

A bearer token names a user; ``x-sandbox-name`` the sandbox (``prod`` without it). The process's own token is the
administrator's. Documents are JSON; a journey is exported and imported as a journey file.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hmac import compare_digest
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from engine.api.inlet_routes import UNAVAILABLE, bearer, body_of, public_error, refusal_headers, reply
from engine.api.operations import AUTHORING, OPERATIONS, UNSEEN
from engine.api.record_routes import record_routes
from engine.errors import SojournError
from engine.host import WorkspaceHost
from engine.ingress.event_documents import is_too_deep
from engine.json_types import JsonDict, JsonObject
from engine.services.access import ADMINISTRATOR, NotPermittedError
from engine.services.guardrails import CAPPING, KINDS, THROTTLING, RuleRefusedError, issues_of, revision_of, validation
from engine.services.views import Caller, VersionRow

MAX_BODY = 8 << 20
SERVICE = "sojourn-authoring"

Result = TypeVar("Result")
Answer = Callable[[Request, Caller], Awaitable[object]]
_STATUS: Mapping[str, int] = {
    "api_token": 401,
    "journey_unknown": 404,
    "version_unknown": 404,
    "dead_letter_unknown": 404,
    "merge_unknown": 404,
    "event_unknown": 404,
    "instance_unknown": 404,
    "suspension_unknown": 404,
    "not_permitted": 403,
    "body_too_large": 413,
    "changed_meanwhile": UNSEEN,
    **dict.fromkeys(UNAVAILABLE, 503),
}


def authoring_routes(owner: WorkspaceHost) -> list[BaseRoute]:
    """All routes of the management API."""
    routes = AuthoringApi(owner)
    rules = [route for kind in (CAPPING, THROTTLING) for route in routes.rule_routes(kind)]
    journeys: list[BaseRoute] = [
        routes.route("listJourneys", routes.list_journeys),
        routes.route("latest", routes.latest),
        routes.route("export", routes.export),
        routes.route("import", routes.import_version),
    ]
    return [*rules, *journeys, *record_routes(routes.route, owner.engine)]


class AuthoringApi:
    """Answers of one engine."""

    def __init__(self, owner: WorkspaceHost) -> None:
        self._owner = owner
        self._engine = owner.engine

    def route(self, name: str, answer: Answer) -> Route:
        """Make the route of an operation; it answers JSON, and refuses in the original's form."""
        operation = OPERATIONS[name]

        async def endpoint(request: Request) -> Response:
            try:
                caller = await asyncio.to_thread(self._admitted, request, operation.permission)
                content = await answer(request, caller)
                return reply(200, content, _entity_tag(content))
            except SojournError as error:
                return _refused(public_error(error), operation.as_text)

        return Route(operation.path, endpoint, methods=[operation.method])

    def _admitted(self, request: Request, permission: str) -> Caller:
        """Authenticate the caller and check the permission, before anything else is read."""
        caller = self._caller(request)
        self._engine.access.require(caller, permission)
        return caller

    def _caller(self, request: Request) -> Caller:
        token = bearer(request) or ""
        bearer_of: tuple[str, tuple[str, ...]] | None = (ADMINISTRATOR, ())
        if not compare_digest(token.encode(), self._owner.token.encode()):
            bearer_of = self._engine.api_tokens.bearer_of(token)
        if bearer_of is None:
            raise SojournError("api_token.needed")
        sandbox = request.headers.get("x-sandbox-name", "prod")
        if sandbox not in self._owner.writer.deployment.sandboxes:
            raise RuleRefusedError("4000", status=404, sandbox=sandbox)
        actor, only = bearer_of
        return Caller(actor, sandbox, only)

    # Capping and throttling configurations ----------------------------------------------------------------------

    def rule_routes(self, kind: str) -> list[BaseRoute]:
        """Make the routes of one kind of configuration."""
        engine = self._engine

        async def call(method: Callable[..., Result], request: Request, caller: Caller, *payload: object) -> Result:
            uid = request.path_params.values()
            return await asyncio.to_thread(method, caller, kind, *uid, *payload)

        def on_seen(method: Callable[..., Result], request: Request) -> Callable[..., Result]:
            """Let a change hold only for the revision that the request names."""
            named = request.headers.get("if-match", "").removeprefix("W/").strip('"')
            return partial(method, seen="" if named == "*" else named)

        def change(method: Callable[..., JsonObject], status: str, *, takes_payload: bool = False) -> Answer:
            async def answer(request: Request, caller: Caller) -> object:
                payload = (await _json(request, kind),) if takes_payload else ()
                made = method if status == "created" else on_seen(method, request)
                return _changed(kind, status, await call(made, request, caller, *payload))

            return answer

        async def everything(request: Request, caller: Caller) -> object:
            results = await call(engine.guardrails.list, request, caller)
            return {"results": results, "totalCount": len(results)}

        async def read(request: Request, caller: Caller) -> object:
            return {"result": await call(engine.guardrails.get, request, caller)}

        async def delete(request: Request, caller: Caller) -> object:
            force = request.query_params.get("forceDelete", "").lower() == "true"
            await call(on_seen(engine.guardrails.delete, request), request, caller, force)
            return {}

        can_deploy = partial(call, engine.guardrails.can_deploy)
        answers: Mapping[str, Answer] = {
            "list": everything,
            "create": change(engine.guardrails.create, "created", takes_payload=True),
            "get": read,
            "update": change(engine.guardrails.update, "updated", takes_payload=True),
            "delete": delete,
            "canDeploy": can_deploy,
            "seeCanDeploy": can_deploy,
            "deploy": change(engine.guardrails.deploy, "deployed"),
            "undeploy": change(engine.guardrails.undeploy, "undeployed"),
        }
        return [self.route(f"{verb}{kind.capitalize()}", answer) for verb, answer in answers.items()]

    # Journeys ---------------------------------------------------------------------------------------------------

    async def list_journeys(self, request: Request, caller: Caller) -> object:
        """Every journey with its versions."""

        def collect() -> list[JsonDict]:
            found: dict[str, list[VersionRow]] = {}
            for row in self._engine.journeys.everything(caller):
                found.setdefault(row.journey, []).append(row)
            return [
                {
                    "uid": rows[-1].journey,
                    "name": rows[-1].name,
                    "description": rows[-1].description,
                    "journeyVersions": [_version(row) for row in rows],
                }
                for rows in found.values()
            ]

        results = await asyncio.to_thread(collect)
        return {"results": results, "totalCount": len(results)}

    async def latest(self, request: Request, caller: Caller) -> object:
        """Answer the newest version of a journey."""
        uid = request.path_params["uid"]
        rows = await asyncio.to_thread(self._engine.journeys.list, caller)
        row = next((row for row in rows if uid in (row.journey, row.name)), None)
        if row is None:
            raise SojournError("journey_unknown.id", uid=uid)
        return {"result": _version(row)}

    async def export(self, request: Request, caller: Caller) -> object:
        """Export a version as a journey file; secrets are placeholders."""

        def work() -> object:
            row = self._engine.journeys.row(caller, request.path_params["uid"])
            errors = [issue for issue in self._engine.journeys.validate(caller, row.id) if issue.severity == "error"]
            if errors:
                raise RuleRefusedError("journey_invalid", status=500, issue=errors[0].phrase)
            return orjson.loads(self._engine.journeys.export(caller, row.name, row.version))

        return await asyncio.to_thread(work)

    async def import_version(self, request: Request, caller: Caller) -> object:
        """Import a journey file as a journey; names already taken are made unique."""
        try:
            text = (await body_of(request, MAX_BODY)).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SojournError("file_not_text.sent") from None
        work = partial(self._engine.journeys.import_file, caller, text, differing="rename", as_new=True)
        done = await asyncio.to_thread(work)
        return {"uid": done.version.id, "resStatus": "created", "result": _version(done.version)}


async def _json(request: Request, kind: str) -> object:
    try:
        given = orjson.loads(await body_of(request, MAX_BODY))
        readable = not is_too_deep(given)
    except orjson.JSONDecodeError:
        readable = False
    if not readable:
        raise RuleRefusedError(issues_of(KINDS[kind], None)[0].code)
    return _whole(given)


_EXACT = 2**53
"""Up to here every whole number is a float of its own."""


def _whole(value: object) -> object:
    """Turn floats without a fraction into integers: JSON has one kind of number."""
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    return value


def _changed(kind: str, status: str, document: JsonObject) -> JsonDict:
    payload = {name: value for name, value in document.items() if name != "deployedConfig"}
    return {
        f"{status}Element": document,
        "uid": document["uid"],
        "uri": f"{AUTHORING}/{KINDS[kind].path}/{document['uid']}",
        "resStatus": status,
        "canDeploy": validation(KINDS[kind], payload),
    }


def _entity_tag(content: object) -> dict[str, str]:
    """Return the revision of the one document in an answer, to be sent back in ``If-Match``."""
    if isinstance(content, dict):
        for name, document in content.items():
            if (name == "result" or name.endswith("Element")) and isinstance(document, Mapping):
                return {"ETag": f'"{revision_of(document)}"'}
    return {}


def _version(row: VersionRow) -> JsonDict:
    return {
        "uid": row.id,
        "journeyUid": row.journey,
        "name": row.name,
        "description": row.description,
        "version": row.version,
        "state": row.state,
        "metadata": {
            "createdBy": row.created_by,
            "createdAt": row.created_at,
            "lastModifiedBy": row.changed_by,
            "lastModifiedAt": row.changed_at,
            "publishedBy": row.published_by,
            "publishedAt": row.published_at,
        },
    }


def _refused(error: SojournError, as_text: bool) -> Response:
    """Answer a refusal in the original's form; for throttling its ``error`` is JSON within a text."""
    if isinstance(error, RuleRefusedError):
        status = error.status
    else:
        status = 403 if isinstance(error, NotPermittedError) else _STATUS.get(error.code, 400)
    code: int | str = int(error.code) if error.code.isdigit() else error.code
    body = {"code": code, "family": "INPUT_OUTPUT_ERROR", "message": error.message, "service": SERVICE}
    content = {"status": status, "error": orjson.dumps(body).decode() if as_text else body}
    return reply(status, {**content, "requestId": uuid.uuid4().hex}, refusal_headers(status))
