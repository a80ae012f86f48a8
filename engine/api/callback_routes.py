"""The route by which other systems answer a call: ``POST /callbacks/{token}``. The token in it is the permission."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.api.inlet_routes import body_of, refusal, reply
from engine.api.operations import OPERATIONS
from engine.core.stimulus import CallbackArrived
from engine.effects.callbacks import CallbackTokens
from engine.errors import SojournError
from engine.host import WorkspaceHost
from engine.runtime.jobs import CallbackJob
from engine.runtime.loaded import row_of
from engine.runtime.writer import Writer


def callback_route(owner: WorkspaceHost) -> Route:
    """Make the route of one engine."""
    tokens = CallbackTokens(owner.secrets)

    async def receive(request: Request) -> Response:
        """Accept the JSON value of a callback; a token is good for one."""
        found = await asyncio.to_thread(tokens.read, request.path_params["token"])
        try:
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
    future: Future[bool] = Future()
    writer.put(CallbackJob(row_of(instance), CallbackArrived(call, payload, writer.clock.now()), future))
    return await asyncio.wrap_future(future)


def _json(body: bytes) -> object:
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise SojournError("callback_malformed") from None
