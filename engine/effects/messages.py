"""Sends email, SMS and push through the provider that the sandbox's settings name (product.md, Built-in messages).

Without settings a message lands in the local outbox. A message's id is made from its call's idempotency key: sent
twice, it is still the same message.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from engine.catalogue import Phrase, format_sentence
from engine.core.effect import SendMessage
from engine.core.stimulus import ActionDone
from engine.effects.auth import Subject
from engine.effects.call_executor import CallExecutor
from engine.effects.gateways import PROVIDER, GatewayCall
from engine.effects.http import RequestError
from engine.effects.http_calls import CallResult, HttpCall, HttpCaller
from engine.effects.policy import EVALUATION, Attempt, AttemptResult, CallOutcome, PendingCall
from engine.effects.providers import MessageRequest, find_provider
from engine.effects.smtp import Email, MailServer, SmtpSender, compose
from engine.model.channel import CHANNELS, RenderedMessage, render
from engine.model.definitions import Definitions
from engine.ports import Call, Outbox, OutboxMessage, Sandboxes, Secrets, secret_name

SUPPRESSED = "suppressed"
UNSUBSCRIBED = Phrase("call_unsubscribed")


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A rendered message on its way."""

    call: Call
    effect: SendMessage
    id: str
    rendered: RenderedMessage


def message_id(idempotency_key: str) -> str:
    """Return the id by which feedback names a message."""
    return blake2b(idempotency_key.encode(), digest_size=16).hexdigest()


class MessageSender:
    """Renders messages and sends them through their provider."""

    def __init__(
        self, sandboxes: Sandboxes, secrets: Secrets, outbox: Outbox, caller: HttpCaller, executor: CallExecutor,
        smtp: SmtpSender,
    ) -> None:  # fmt: skip
        self._sandboxes = sandboxes
        self._secrets = secrets
        self._outbox = outbox
        self._caller = caller
        self._executor = executor
        self._smtp = smtp

    async def send(self, call: Call, effect: SendMessage) -> ActionDone:
        """Send a message; return its result or an error code."""
        try:
            texts = render_message(self._sandboxes.definitions(call.sandbox, call.version_id), effect)
        except ValueError as error:
            return refuse(effect, str(error))
        if await self._outbox.is_suppressed(call.sandbox, effect.channel, effect.address):
            return refuse(effect, format_sentence(UNSUBSCRIBED), SUPPRESSED)
        sending = OutgoingMessage(call, effect, message_id(call.key), texts)
        started = self._executor.now()
        try:
            result = await self._deliver(sending)
        except ValueError as error:
            return refuse(effect, str(error))
        return _answer(sending, result, self._executor.now() - started)

    async def _deliver(self, sending: OutgoingMessage) -> CallResult:
        effect, sandbox = sending.effect, sending.call.sandbox
        provider = find_provider(effect.channel, lambda name: self._setting(sandbox, name))
        if provider is None:
            return await self._keep(sending)
        if provider.request is None:
            return await self._mail(sending)
        has_secret = self._secrets.get(secret_name(sandbox, PROVIDER, provider.vault_name, "value")) is not None
        message = MessageRequest(
            effect.channel,
            sending.id,
            effect.address,
            effect.template,
            effect.variables,
            sending.rendered,
            sending.call.key,
            has_secret,
        )
        return await self._post(sending, provider.request(message, lambda name: self._setting(sandbox, name)))

    def _setting(self, sandbox: str, name: str) -> Any:
        return self._sandboxes.setting(sandbox, name)

    async def _keep(self, sending: OutgoingMessage) -> CallResult:
        effect, texts = sending.effect, sending.rendered
        message = OutboxMessage(sending.id, effect.channel, effect.address, texts.subject, texts.body, texts.html)
        await self._outbox.keep(sending.call, message)
        return CallResult(CallOutcome(None, None, 1), None, "")

    async def _post(self, sending: OutgoingMessage, gateway: GatewayCall) -> CallResult:
        subject = Subject(sending.call.sandbox, PROVIDER, gateway.name)
        order = HttpCall(subject, "action", gateway.request, gateway.auth, sending.effect.timeout_ms)
        return await self._caller.call(order, lambda reply: None)

    async def _mail(self, sending: OutgoingMessage) -> CallResult:
        sandbox, effect = sending.call.sandbox, sending.effect
        server = MailServer.read(self._setting(sandbox, "smtp_url"))
        password = self._secrets.get(secret_name(sandbox, PROVIDER, "smtp", "password")) or ""
        mail = Email(
            sending.id,
            self._setting(sandbox, "email_from") or server.username,
            effect.address,
            sending.rendered,
            self._setting(sandbox, "unsubscribe_url") or "",
        )
        content, detail = compose(mail), ""

        async def attempt(step: Attempt) -> AttemptResult:
            nonlocal detail
            answer, detail = await self._smtp.send(server, password, mail, content, self._executor.seconds_left(step))
            return answer

        pending = PendingCall("action", "SEND", server.url, "smtp", effect.timeout_ms)
        outcome = await self._executor.execute(sandbox, pending, attempt)
        return CallResult(outcome, None, detail if outcome.error else "")


def check_address(channel: str, address: str) -> None:
    """Raise ValueError for an address that cannot be one of this channel."""
    found = CHANNELS.get(channel)
    if found is None:
        raise RequestError("call_missing.channel", name=channel)
    found.check_address(address)


def render_message(definitions: Definitions, effect: SendMessage) -> RenderedMessage:
    """Return the texts of a message; raises ValueError for one that cannot be sent."""
    template = definitions.template.get(effect.template)
    if template is None:
        raise RequestError("call_missing.template", name=effect.template)
    check_address(effect.channel, effect.address)
    return render(template, effect.variables)


def refuse(effect: SendMessage, sentence: str, code: str = EVALUATION) -> ActionDone:
    """Return the result of a message that is not sent."""
    return ActionDone(effect.call, error=code, attempts=0, origin_error=sentence)


def _answer(sending: OutgoingMessage, result: CallResult, elapsed: int) -> ActionDone:
    outcome = result.outcome
    return ActionDone(
        sending.effect.call,
        status=outcome.status,
        error=outcome.error,
        elapsed_ms=elapsed,
        message_id=None if outcome.error else sending.id,
        attempts=outcome.attempts,
        origin_error=result.detail,
        origin_code=outcome.origin or "",
    )


def reaction_of(channel: str, kind: str) -> str | None:
    """Return the reaction for feedback of this kind; None if it is only counted."""
    found = CHANNELS.get(channel)
    return found.feedback.get(kind) if found is not None else None
