"""One authenticated HTTP call under the rules of its sandbox: what fetches, actions and gateways have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.effects.auth import Authenticator, Subject, TokenRefusedError
from engine.effects.courier import Courier
from engine.effects.http import HttpClient, HttpError, HttpReply, HttpRequest
from engine.effects.policy import MALFORMED, Answer, Attempt, Outcome, PendingCall, read_retry_after
from engine.effects.typed import TypedError
from engine.model.authentication import Authentication
from engine.model.guardrail import Service
from engine.ports import Sandboxes

ALLOW_LOCAL = "allow_local_endpoints"
"""The workspace setting that opens IP addresses, other ports, loopback and private networks."""

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Order:
    """A call to make: the bare ``request``, whose proof it carries, and within how many milliseconds."""

    subject: Subject
    service: Service
    request: HttpRequest
    auth: Authentication
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a call ended. ``value`` is what was read from a good answer; ``detail`` says what lay behind an error."""

    outcome: Outcome
    value: Any
    detail: str


Read = Callable[[HttpReply], Any]
"""Reads a good answer; raises TypedError when it is not what it should be."""


class Exchange:
    """Makes calls. ``courier`` holds the rules, ``authenticator`` the tokens, ``client`` the connections."""

    def __init__(
        self, sandboxes: Sandboxes, courier: Courier, authenticator: Authenticator, client: HttpClient
    ) -> None:
        self._sandboxes = sandboxes
        self._courier = courier
        self._authenticator = authenticator
        self._client = client

    async def make(self, order: Order, read: Read) -> Delivered:
        """The call with its retries; always an answer."""
        under_way = _UnderWay(order, read)
        pending = PendingCall(
            order.service, order.request.method, order.request.url, order.subject.name, order.timeout_ms
        )

        async def attempt(step: Attempt) -> Answer:
            return await self._attempt(under_way, step)

        outcome = await self._courier.deliver(order.subject.sandbox, pending, attempt)
        return Delivered(outcome, under_way.value, under_way.detail if outcome.error else "")

    async def _attempt(self, call: _UnderWay, step: Attempt) -> Answer:
        order = call.order
        try:
            reply, request = await self._send(order, step)
        except HttpError as fault:
            call.detail = fault.message
            return Answer(error=fault.code, final=fault.final)
        except TokenRefusedError as refused:
            call.detail = str(refused)
            return _answer(refused.reply)
        if reply.status == UNAUTHORIZED and self._authenticator.forget(order.auth, order.subject, request):
            call.detail = "The call was refused with a token that had been valid"
            return Answer(reply.status, renewed=True)
        return call.read(reply)

    async def _send(self, order: Order, step: Attempt) -> tuple[HttpReply, HttpRequest]:
        """Fetch the token if one is needed, then call; both before the attempt's deadline."""
        allow_local = bool(self._sandboxes.setting(order.subject.sandbox, ALLOW_LOCAL))

        async def send(request: HttpRequest) -> HttpReply:
            return await self._client.send(request, self._courier.seconds_left(step), allow_local)

        request = await self._authenticator.apply(order.auth, order.subject, order.request, send)
        return await send(request), request


class _UnderWay:
    """What is known of a call between its attempts."""

    def __init__(self, order: Order, read: Read) -> None:
        self.order = order
        self.value: Any = None
        self.detail = ""
        self._read = read

    def read(self, reply: HttpReply) -> Answer:
        """The answer that a reply is, once its body has been found good."""
        answer = _answer(reply)
        if answer.code is not None:
            self.detail = f"The server answered {reply.status}"
            return answer
        try:
            self.value = self._read(reply)
        except TypedError as fault:
            self.detail = str(fault)
            return Answer(reply.status, error=MALFORMED)
        return answer


def _answer(reply: HttpReply) -> Answer:
    return Answer(reply.status, retry_after=read_retry_after(reply.headers.get("retry-after"), datetime.now(UTC)))
