"""The engine's HTTP server: uvicorn on h11 (it refuses what other parsers accept) in the engine's own event loop.

Beside its routes it answers how the engine is: /healthz for people, /livez and /readyz for what starts it and sends to
it, /metrics in Prometheus' text form.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import time
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, TypedDict

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from engine import remote
from engine.api.authoring import authoring_routes
from engine.api.connection_limits import ConnectionLimits, limited_protocol, usual_limits
from engine.api.inlet_routes import InletRoutes, bearer, body_of, callback_route, refusal, refusal_headers, reply
from engine.api.openapi import document
from engine.api.operations import OPERATIONS
from engine.effects.callbacks import CALLBACK_PATH
from engine.errors import SojournError
from engine.facade import SERVICES
from engine.host import EventLoop, WorkspaceHost
from engine.services.health import HealthJson, as_json
from engine.services.views import Caller
from engine.store import report_queries

_NAMES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}


class SuspendedPart(TypedDict):
    """A part that is suspended by itself: ``segment`` or ``journey`` with its name."""

    kind: str
    sandbox: str
    name: str


class Health(HealthJson):
    """The state of the engine, and what is suspended by itself."""

    suspended: list[SuspendedPart]


def health(owner: WorkspaceHost) -> Health:
    """Report whether the engine accepts and processes events, and what a person must look after."""
    parts: list[SuspendedPart] = [
        {"kind": one.kind, "sandbox": one.sandbox, "name": one.name} for one in owner.writer.suspensions
    ]
    return {**as_json(owner.health.state()), "suspended": parts}


def liveness(owner: WorkspaceHost) -> Response:
    """Answer 200 while every part of the engine runs; nothing is read for it."""
    dead = owner.health.dead_part()
    if dead is None:
        return reply(200, {"status": "ok", "reason": ""})
    return reply(503, {"status": "dead", "reason": str(dead)})


def readiness(owner: WorkspaceHost) -> Response:
    """Answer 200 while events are accepted."""
    reason = owner.health.refusal()
    if reason is None:
        return reply(200, {"status": "ok", "reason": ""})
    return reply(503, {"status": "unavailable", "reason": str(reason)}, refusal_headers(503))


def metrics_text(owner: WorkspaceHost) -> str:
    """All metrics."""
    return "".join(f"{line}\n" for line in _metric_lines(owner))


def _metric_lines(owner: WorkspaceHost) -> Iterator[str]:
    writer = owner.writer
    yield from _gauge("sojourn_waiting", "Pieces of work that wait for the writer", writer.waiting)
    yield from _gauge("sojourn_calls_under_way", "Calls to the outside under way or waiting", owner.dispatch.under_way)
    yield from _gauge("sojourn_overdue_timers", "Timers that were overdue at the start", writer.overdue)
    yield from _gauge("sojourn_held_timers", "Overdue timers that are held until they are released", writer.held)
    yield "# HELP sojourn_suspended Segments and journey versions that are suspended by themselves"
    yield "# TYPE sojourn_suspended gauge"
    for one in writer.suspensions:
        label = f'kind="{one.kind}",sandbox="{_escaped(one.sandbox)}",name="{_escaped(one.name)}"'
        yield f"sojourn_suspended{{{label}}} 1"
    yield "# HELP sojourn_processed_total Pieces of work done since the start"
    yield "# TYPE sojourn_processed_total counter"
    yield f"sojourn_processed_total {writer.processed}"
    with owner.database.read() as connection:
        aside = report_queries.count_dead_letters(connection)
        discards = report_queries.discard_counts(connection)
        versions = list(writer.deployment.versions.values())
        counts = report_queries.main_counts(connection, [version.id for version in versions])
    yield from _gauge("sojourn_set_aside", "Stimuli that failed three times", aside)
    yield "# HELP sojourn_discarded_total Refused events, by reason"
    yield "# TYPE sojourn_discarded_total counter"
    for reason, number in sorted(discards.items()):
        yield f'sojourn_discarded_total{{reason="{reason}"}} {number}'
    yield "# HELP sojourn_journey_total What happened in each journey version"
    yield "# TYPE sojourn_journey_total counter"
    for version in versions:
        label = f'sandbox="{_escaped(version.sandbox)}",journey="{_escaped(version.name)}",version="{version.number}"'
        for name, number in sorted(counts.get(version.id, {}).items()):
            yield f'sojourn_journey_total{{{label},what="{name}"}} {number}'


class OncePerSecond:
    """Reads a text at most once a second, however many ask for it."""

    def __init__(self, read: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._lock = asyncio.Lock()
        self._known: tuple[float, str] | None = None

    async def read(self) -> str:
        """Return the text, not older than a second."""
        async with self._lock:
            if self._known is None or self._clock() - self._known[0] >= 1.0:
                self._known = self._clock(), await asyncio.to_thread(self._read)
            return self._known[1]


def _gauge(name: str, meaning: str, value: int) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"
    yield f"{name} {value}"


def _escaped(text: str) -> str:
    return "".join(_NAMES.get(mark, mark) for mark in text)


log = logging.getLogger("sojourn.api")

MANAGE_LIMIT = 64 << 20
"""Bytes of one call of a second process: it may bring a file of profiles."""


def make_app(owner: WorkspaceHost, more: Sequence[BaseRoute] = ()) -> Starlette:
    """All routes of one engine."""

    async def healthz(request: Request) -> Response:
        status = await asyncio.to_thread(health, owner)
        return reply(200 if status["status"] == "ok" else 503, status)

    async def livez(request: Request) -> Response:
        return liveness(owner)

    async def readyz(request: Request) -> Response:
        return readiness(owner)

    text_of_second = OncePerSecond(lambda: metrics_text(owner))

    async def metrics(request: Request) -> Response:
        try:
            text = await text_of_second.read()
        except SojournError as error:
            return refusal(error)
        return Response(text, media_type="text/plain; version=0.0.4")

    async def describe(request: Request) -> Response:
        return reply(200, await asyncio.to_thread(document))

    routes: list[BaseRoute] = [
        *InletRoutes(owner).routes(),
        callback_route(owner),
        _rpc_route(owner, remote.COMMAND_ENDPOINT, lambda caller: caller),
        _rpc_route(owner, remote.STUDIO_ENDPOINT, owner.engine.sessions.authenticate),
        Route(OPERATIONS["health"].path, healthz),
        Route(OPERATIONS["live"].path, livez),
        Route(OPERATIONS["ready"].path, readyz),
        Route(OPERATIONS["metrics"].path, metrics),
        Route(OPERATIONS["describe"].path, describe),
        *authoring_routes(owner),
        *more,
    ]
    middleware = [Middleware(_ErrorMiddleware)]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_such_call}, middleware=middleware)


def _rpc_route(owner: WorkspaceHost, path: str, authenticate: Callable[[Caller], Caller]) -> Route:
    """Route calls from other processes of the user who owns the workspace's files."""

    async def call(request: Request) -> Response:
        token = bearer(request)
        if token is None or not compare_digest(token.encode(), owner.token.encode()):
            return refusal(SojournError("not_permitted.owner"), 401)
        service, method = request.path_params["service"], request.path_params["method"]
        try:
            body = await body_of(request, MANAGE_LIMIT)
            answer = await asyncio.to_thread(
                remote.dispatch_call, SERVICES, owner.engine.service, service, method, body, authenticate
            )
        except SojournError as error:
            return refusal(error, body=remote.error_body(error))
        return Response(answer, media_type="application/json")

    return Route(f"{path}/{{service}}/{{method}}", call, methods=["POST"])


async def _no_such_call(request: Request, error: Exception) -> Response:
    """Answer that nothing is at this address, or not for this method."""
    if not isinstance(error, HTTPException):
        raise error
    method = f"{request.method} {request.url.path}"
    answer = refusal(SojournError("no_such_call", method=method), error.status_code)
    answer.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return answer


def _allowed(request: Request) -> set[str]:
    """Return the HTTP methods of this address."""
    here = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return {method for route in here for method in getattr(route, "methods", None) or ()}


class _ErrorMiddleware:
    """Answers for a fault of ours: the caller learns that it was one, the log where; neither sees what was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope.get("headers", ())}
        if {b"content-length", b"transfer-encoding"} <= names:  # two lengths: the next request could hide in this one
            await refusal(SojournError("two_lengths"), 400)(scope, receive, _closing(send))
            return
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            await Response(status_code=400)(scope, receive, send)  # the client has closed the connection
        except Exception as error:  # noqa: BLE001 - whatever it is, the sender gets an answer
            log.error("a call failed", extra={"path": _without_token(scope["path"]), "reason": type(error).__name__})
            await refusal(SojournError("failed"), 500)(scope, receive, send)


def _closing(send: Send) -> Send:
    """Close the connection after the answer."""

    async def closing(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await send(message)

    return closing


def _without_token(path: str) -> str:
    """Remove what a log must not show from a path: the token of a callback is a permission."""
    return f"{CALLBACK_PATH}/…" if path.startswith(f"{CALLBACK_PATH}/") else path


def bind(host: str, port: int) -> socket.socket:
    """Open a listening socket; raises SojournError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: asyncio then turns Nagle off
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(1_024)
    except (socket.gaierror, UnicodeError, TypeError):  # what idna cannot write is the last two
        listening.close()
        raise SojournError("host_unknown", host=host) from None
    except OSError as error:
        listening.close()
        option = "--host" if error.errno == errno.EADDRNOTAVAIL else "--port"
        raise SojournError("port_taken", host=host, port=port, reason=error.strerror or error, option=option) from None
    return listening


class HttpServer:
    """Serves one engine until :meth:`close`."""

    def __init__(
        self,
        owner: WorkspaceHost,
        events: EventLoop,
        listening: socket.socket,
        more: Sequence[BaseRoute] = (),
        limits: ConnectionLimits | None = None,
    ) -> None:
        config = uvicorn.Config(
            make_app(owner, more),
            http=limited_protocol(limits or usual_limits()),
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=65_536,
        )
        host, port = listening.getsockname()[:2]
        self.address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._server = uvicorn.Server(config)
        self._task = events.begin(self._serve(listening))

    async def _serve(self, listening: socket.socket) -> None:
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[listening])
        await self._server.main_loop()
        await self._server.shutdown(sockets=[listening])

    def close(self) -> None:
        """Answer what is being asked, then listen no more."""
        self._server.should_exit = True
        self._task.result()
