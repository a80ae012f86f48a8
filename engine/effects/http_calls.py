"""One authenticated HTTP call under the rules of its sandbox: what fetches, actions and gateways have in common."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from engine.catalogue import Phrase, format_sentence
from engine.effects.auth import Authenticator, Subject, TokenRefusedError
from engine.effects.call_executor import CallExecutor
from engine.effects.http import FinalHttpError, HttpClient, HttpError, HttpReply, HttpRequest
from engine.effects.local_targets import local_targets
from engine.effects.policy import (
    EVALUATION,
    MALFORMED,
    Attempt,
    AttemptResult,
    CallOutcome,
    PendingCall,
    read_retry_after,
)
from engine.effects.requests import ResponseFormatError
from engine.errors import SojournError
from engine.model.authentication import Authentication
from engine.model.guardrail import Service
from engine.ports import Sandboxes

log = logging.getLogger("sojourn.effects")

"""The workspace setting that opens IP addresses, other ports, loopback and private networks."""

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A call to make: the ``request`` without authentication, its ``subject`` and ``auth``, and the timeout."""

    subject: Subject
    service: Service
    request: HttpRequest
    auth: Authentication
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class CallResult:
    """The end of a call: ``value`` is read from a good reply, ``detail`` explains an error."""

    outcome: CallOutcome
    value: Any
    detail: str


ReplyReader = Callable[[HttpReply], object]
"""Reads a good answer; raises TypedError when it is not what it should be."""


class HttpCaller:
    """Makes calls. ``executor`` holds the rules, ``authenticator`` the tokens, ``client`` the connections."""

    def __init__(
        self, sandboxes: Sandboxes, executor: CallExecutor, authenticator: Authenticator, client: HttpClient
    ) -> None:
        self._sandboxes = sandboxes
        self._executor = executor
        self._authenticator = authenticator
        self._client = client

    async def call(self, call_spec: HttpCall, read: ReplyReader) -> CallResult:
        """Make a call with its retries; always return a result."""
        state = _CallState(call_spec, read)
        pending = PendingCall(
            call_spec.service,
            call_spec.request.method,
            call_spec.request.url,
            call_spec.subject.name,
            call_spec.timeout_ms,
        )

        async def attempt(step: Attempt) -> AttemptResult:
            return await self._attempt(state, step)

        outcome = await self._executor.execute(call_spec.subject.sandbox, pending, attempt)
        return CallResult(outcome, state.value, state.detail if outcome.error else "")

    async def _attempt(self, call: _CallState, step: Attempt) -> AttemptResult:
        call_spec = call.call_spec
        try:
            reply, request = await self._send(call_spec, step)
        except HttpError as fault:
            call.detail = str(fault)
            return AttemptResult(error=fault.error, final=fault.final)
        except TokenRefusedError as refused:
            call.detail = str(refused)
            return _answer(refused.reply)
        if reply.status == UNAUTHORIZED and self._authenticator.forget(call_spec.auth, call_spec.subject, request):
            call.detail = format_sentence(Phrase("call_token.outdated"))
            return AttemptResult(reply.status, renewed=True)
        return call.read(reply)

    async def _send(self, call_spec: HttpCall, step: Attempt) -> tuple[HttpReply, HttpRequest]:
        """Fetch the token if one is needed, then call; both before the attempt's deadline."""
        allowed = local_targets(partial(self._sandboxes.setting, call_spec.subject.sandbox))

        async def send(request: HttpRequest) -> HttpReply:
            return await self._client.send(request, self._executor.seconds_left(step), allowed)

        try:
            request = await self._authenticator.apply(call_spec.auth, call_spec.subject, call_spec.request, send)
            return await send(request), request
        except SojournError:
            raise
        except Exception as error:
            note_unexpected(error)
            raise FinalHttpError("call_request", EVALUATION) from error


def note_unexpected(error: Exception) -> None:
    """Log an error of a library by its type alone: its text may repeat what was sent."""
    log.error("a call ended with an unexpected error", extra={"reason": type(error).__name__})


class _CallState:
    """What is known of a call between its attempts."""

    def __init__(self, call_spec: HttpCall, read: ReplyReader) -> None:
        self.call_spec = call_spec
        self.value: Any = None
        self.detail = ""
        self._read = read

    def read(self, reply: HttpReply) -> AttemptResult:
        """Turn a reply into the result of an attempt after checking its body."""
        answer = _answer(reply)
        if answer.code is not None:
            self.detail = format_sentence(Phrase("call_answer.status", {"status": reply.status}))
            return answer
        try:
            self.value = self._value(reply)
        except ResponseFormatError as fault:
            self.detail = str(fault)
            return AttemptResult(reply.status, error=MALFORMED)
        return answer

    def _value(self, reply: HttpReply) -> Any:
        try:
            return self._read(reply)
        except SojournError:
            raise
        except Exception as error:
            note_unexpected(error)
            raise ResponseFormatError("call_answer.unreadable") from error


def _answer(reply: HttpReply) -> AttemptResult:
    return AttemptResult(
        reply.status, retry_after=read_retry_after(reply.headers.get("retry-after"), datetime.now(UTC))
    )
