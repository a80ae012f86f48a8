"""The routes of other systems: the inlet of senders (interfaces.md, Events, by HTTP), and callbacks of actions."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.api.operations import OPERATIONS
from engine.core.stimulus import CallbackArrived
from engine.effects.callbacks import CallbackTokens
from engine.errors import SojournError
from engine.host import WorkspaceHost
from engine.ingress import event_documents, event_requests
from engine.json_types import JsonDict
from engine.model.content_type import read_content_type
from engine.runtime.jobs import CallbackJob
from engine.runtime.store_protocol import row_of
from engine.runtime.writer import BusyError, Writer
from engine.services.access import SENDER
from engine.services.profile_files import ProfileFormat
from engine.services.profile_views import ProfileImportResult
from engine.services.spreadsheet import MEDIA_TYPE, read_sheet_lines
from engine.services.text_encoding import data_encoding, decode_text
from engine.services.views import AcceptResult, Caller, RejectedItem

UNAVAILABLE = (
    *("workspace_unwritable", "workspace_unreadable", "workspace_damaged", "workspace_owned", "engine_stopped"),
    "secrets_unavailable",
)
"""Codes of errors after which a sender comes back: they are answered with 503 and ``Retry-After``."""
RETRY_AFTER = "10"
AT_ONCE, LARGE, MATCHING = 20, 64 << 10, 2
"""Posts of more events or bytes are matched in threads, so many at a time: rules may take long for them."""
_VAULT = ("vault_locked", "vault_key_file", "vault_damaged")
"""Errors of the vault, which name its file or a secret."""
_STATUS = {"inlet_unknown": 404, "inlet_closed": 409, "inlet_token": 401, "body_too_large": 413, "post_too_slow": 413}
_STATUS |= dict.fromkeys(("content_type", "content_encoding", "content_charset"), 415)
_STATUS |= dict.fromkeys(UNAVAILABLE, 503)


_TABLES = ("text/csv", "text/tab-separated-values", MEDIA_TYPE)
_EXPECTED = frozenset({"_id", "msgId"})


def reply(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    """Answer JSON."""
    return Response(orjson.dumps(content), status, headers, "application/json")


def refusal(error: SojournError, status: int | None = None, body: Mapping[str, object] | None = None) -> Response:
    """Answer with an error; ``body`` is its JSON form if it is not the usual one."""
    if body is None:
        error = public_error(error)
    content = body or {"code": error.code, "message": error.message, "where": error.where}
    code = status if status is not None else _STATUS.get(error.code, 400)
    return reply(code, content, refusal_headers(code))


def public_error(error: SojournError) -> SojournError:
    """Return what a caller may learn of an error who is perhaps not the owner of the workspace."""
    return SojournError("secrets_unavailable") if error.code in _VAULT else error


def refusal_headers(status: int) -> dict[str, str] | None:
    """Return what a refusal of this status says in its headers."""
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": RETRY_AFTER} if status == 503 else None


def bearer(request: Request) -> str | None:
    """Return the bearer token of a request."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def body_of(request: Request, limit: int = event_documents.MAX_BYTES) -> bytes:
    """Read the body, compressed or not, up to the limit; raises SojournError."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise SojournError("body_too_large", limit=limit >> 20)
        parts.append(part)
    return event_requests.unpack(b"".join(parts), request.headers.get("content-encoding", ""), limit)


class InletRoutes:
    """The inlet of one engine."""

    def __init__(self, owner: WorkspaceHost) -> None:
        self._owner = owner
        self._admitted: dict[tuple[str, str | None], str] = {}
        self._matching = asyncio.Semaphore(MATCHING)
        self._seen: object = None
        """The workspace's state for which these are admitted; no older one is held."""

    def routes(self) -> list[Route]:
        """Where senders post."""
        answers = {"collect": self.collect, "sendProfiles": self.profiles, "sendFeedback": self.feedback}
        return [
            Route(OPERATIONS[name].path, answer, methods=[OPERATIONS[name].method]) for name, answer in answers.items()
        ]

    async def _admit(self, request: Request) -> Caller:
        """Authenticate the sender; answers for inlet and token are kept until the workspace changes."""
        if self._owner.health.draining:
            raise SojournError("engine_stopped")
        name, token = request.path_params["inlet"], bearer(request)
        deployment = self._owner.writer.deployment
        if self._seen is not deployment or len(self._admitted) > 1_000:
            self._seen = deployment
            self._admitted.clear()
        sandbox = self._admitted.get((name, token))
        if sandbox is None:
            sandbox = await asyncio.to_thread(self._owner.engine.inlets.authenticate, name, token)
            if self._seen is deployment:
                self._admitted[name, token] = sandbox
        return Caller(SENDER, sandbox)

    async def collect(self, request: Request) -> Response:
        """Events."""
        try:
            caller = await self._admit(request)
            fields = self._owner.engine.events.id_fields(caller.sandbox)
            body = await body_of(request)
            post = event_requests.read(request.headers, body, fields)
            return await self._accept(caller, post, is_large=len(body) > LARGE)
        except BusyError as error:
            return reply(429, {"code": error.code, "message": error.message}, {"Retry-After": str(error.seconds)})
        except SojournError as error:
            return refusal(error)

    async def _accept(self, caller: Caller, post: event_documents.DocumentBatch, *, is_large: bool) -> Response:
        events = self._owner.engine.events
        if is_large or len(post.documents) > AT_ONCE:
            async with self._matching:
                matched = await asyncio.to_thread(events.match_batch, caller.sandbox, post)
        else:
            matched = events.match_batch(caller.sandbox, post)
        if matched.discards:
            await asyncio.to_thread(events.record_discards, caller.sandbox, matched)
        if matched.arriving:
            await asyncio.wrap_future(self._owner.writer.submit(matched.arriving))
        return answer(matched.result)

    async def profiles(self, request: Request) -> Response:
        """Profiles."""
        try:
            caller = await self._admit(request)
            kind, charset = read_content_type(request.headers.get("content-type", ""))
            body = await body_of(request)
            text, guessed = await asyncio.to_thread(_profile_text, body, kind, charset)
            form: ProfileFormat = "csv" if kind in _TABLES else "json"
            done = await asyncio.to_thread(self._owner.engine.profiles.accept, caller, text, form)
        except SojournError as error:
            return refusal(error)
        return _profiles_answer(done, guessed)

    async def feedback(self, request: Request) -> Response:
        """Take feedback: the delivery, opening and clicking of messages."""
        try:
            caller = await self._admit(request)
            value = orjson.loads(await body_of(request))
            documents: Sequence[object] = value if isinstance(value, list) else [value]
            accepted = await asyncio.to_thread(self._owner.engine.events.feedback, caller, list(documents))
        except orjson.JSONDecodeError:
            return answer(
                AcceptResult((), (RejectedItem(0, "malformed", "", "this is not JSON; send one object or a list"),))
            )
        except SojournError as error:
            return refusal(error)
        return answer(accepted)


def _profile_text(body: bytes, kind: str, charset: str) -> tuple[str, str]:
    """Return the text of a body, and its encoding if that is guessed."""
    if kind == MEDIA_TYPE:
        return "".join(read_sheet_lines(io.BytesIO(body))), ""
    encoding = data_encoding(body, charset)
    return decode_text(body, encoding.name), encoding.name if encoding.guessed else ""


def _profiles_answer(done: ProfileImportResult, guessed: str) -> Response:
    """202 if any profile was accepted, else 400 with the first error in the usual form as well.

    Identities that other profiles have are told, and the encoding where it was ``guessed``.
    """
    body: dict[str, object] = {"accepted": done.profiles}
    if guessed:
        body["encoding"] = guessed
    if done.conflicts:
        body["conflicts"] = [
            {"index": one.row, "namespace": one.namespace, "moved": one.moved} for one in done.conflicts
        ]
    if not done.refused:
        return reply(202, body)
    faults = [(one, SojournError.of(one.reason, one.where)) for one in done.refused]
    body["errors"] = [
        {"index": one.row, "code": fault.code, "field": one.where, "message": fault.message} for one, fault in faults
    ]
    if done.profiles:
        return reply(202, body)
    first = faults[0][1]
    return reply(400, {**body, "code": first.code, "message": first.message, "where": first.where})


def answer(accepted: AcceptResult) -> Response:
    """202 if anything was accepted, else 400. The fields of the ids are told where a sender may not expect them."""
    errors = [
        {"index": error.index, "code": error.code, "field": error.field, "message": error.message}
        for error in accepted.errors
    ]
    content: JsonDict = {"accepted": list(accepted.accepted), "errors": errors}
    if not _EXPECTED.issuperset(accepted.id_from):
        content["id_from"] = list(accepted.id_from)
    return reply(202 if accepted.accepted else 400, content)


def callback_route(owner: WorkspaceHost) -> Route:
    """Make the route of one engine."""
    tokens = CallbackTokens(owner.secrets)

    async def receive(request: Request) -> Response:
        """Accept the JSON value of a callback; a token is good for one."""
        try:
            found = await asyncio.to_thread(tokens.read, request.path_params["token"])
            payload = _json(await body_of(request))
            known = found is not None and await _deliver(owner.writer, *found, payload)
        except SojournError as error:
            return refusal(error)
        if not known:
            return refusal(SojournError("callback_unknown"), 404)
        return reply(202, {"accepted": 1})

    operation = OPERATIONS["sendCallback"]
    return Route(operation.path, receive, methods=[operation.method])


async def _deliver(writer: Writer, instance: str, call: int, payload: object) -> bool:
    """Give a callback to the instance that made the call, durably; False when it is not awaited."""
    job = CallbackJob(row_of(instance), CallbackArrived(call, payload, writer.clock.now()))
    writer.put(job)
    return await asyncio.wrap_future(job.future)


def _json(body: bytes) -> object:
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise SojournError("callback_malformed") from None
