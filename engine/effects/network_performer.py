"""Perform the effects of transitions: fetches, custom actions, messages (runtime.md, Moving).

Whatever the world does, there is an answer: a result or an error code, with the attempts and the time it took.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from random import Random

from engine.catalogue import Phrase, format_sentence
from engine.core.effect import CallAction, Fetch, SendMessage
from engine.core.stimulus import ActionDone, FetchDone
from engine.effects.auth import Authenticator, Subject
from engine.effects.call_executor import CallExecutor, monotonic_ms
from engine.effects.callbacks import CallbackTokens, callback_address
from engine.effects.campaign_classic import PROVIDER_NAME, campaign_classic_call, read_event_id
from engine.effects.gateways import PROVIDER
from engine.effects.http import HttpClient, RequestError
from engine.effects.http_calls import CallResult, HttpCall, HttpCaller, ReplyReader, note_unexpected
from engine.effects.messages import MessageSender
from engine.effects.network import CallFaultError, Resolver, resolve
from engine.effects.policy import EVALUATION
from engine.effects.providers import provider_capping_rules
from engine.effects.requests import action_request, read_group, read_response, source_request
from engine.effects.smtp import SmtpSender
from engine.errors import SojournError
from engine.model.action import CustomAction
from engine.ports import Call, Outbox, Sandboxes, Secrets, secret_name


class NetworkPerformer:
    """The performer of an engine; belongs to one event loop.

    ``resolver`` and ``tls`` stand in for the system's name resolution and certificate store in tests.
    """

    def __init__(
        self,
        sandboxes: Sandboxes,
        secrets: Secrets,
        outbox: Outbox,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        random: Random | None = None,
        clock: Callable[[], int] = monotonic_ms,
    ) -> None:
        self._sandboxes = sandboxes
        self._secrets = secrets
        self._callbacks = CallbackTokens(secrets)
        self._executor = CallExecutor(
            sandboxes,
            lambda sandbox: provider_capping_rules(lambda name: sandboxes.setting(sandbox, name)),
            random=random,
            clock=clock,
        )

        def secret(subject: Subject, field: str) -> str | None:
            return secrets.get(secret_name(subject.sandbox, subject.kind, subject.name, field))

        self._client = HttpClient(resolver, tls)
        authenticator = Authenticator(secret, lambda: self._executor.now() / 1_000)
        self._caller = HttpCaller(sandboxes, self._executor, authenticator, self._client)
        self._messages = MessageSender(
            sandboxes, secrets, outbox, self._caller, self._executor, SmtpSender(resolver, tls)
        )

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        """Perform one call, with capping, throttling, retries and the timeout, and say what came of it."""
        try:
            return await self._perform(call)
        except CallFaultError as error:
            if isinstance(call.effect, Fetch):
                return FetchDone(call.effect.call, error=EVALUATION, origin_error=str(error))
            return ActionDone(call.effect.call, error=EVALUATION, attempts=0, origin_error=str(error))

    async def _perform(self, call: Call) -> FetchDone | ActionDone:
        """Perform one call; raise CallFaultError when a library cannot take its values."""
        try:
            return await self._match(call)
        except SojournError:
            raise
        except Exception as error:
            note_unexpected(error)
            raise CallFaultError("call_request") from error

    async def _match(self, call: Call) -> FetchDone | ActionDone:
        effect = call.effect
        match effect:
            case Fetch():
                return await self._fetch(call, effect)
            case CallAction():
                return await self._act(call, effect)
            case SendMessage():
                return await self._messages.send(call, effect)

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()

    async def _fetch(self, call: Call, effect: Fetch) -> FetchDone:
        source = self._sandboxes.definitions(call.sandbox, call.version_id).data_source.get(effect.source)
        group = next((one for one in source.field_groups if one.name == effect.group), None) if source else None
        if source is None or group is None:
            sentence = format_sentence(Phrase("call_missing.group", {"name": f"{effect.source}.{effect.group}"}))
            return FetchDone(effect.call, error=EVALUATION, origin_error=sentence)
        try:
            request = source_request(source, group, effect.parameters, call.key)
        except ValueError as error:
            return FetchDone(effect.call, error=EVALUATION, origin_error=str(error))
        subject = Subject(call.sandbox, "data_source", source.name)
        started = self._executor.now()
        result = await self._caller.call(
            HttpCall(subject, "dataSource", request, source.auth, effect.timeout_ms),
            lambda reply: read_group(group, reply),
        )
        return FetchDone(
            effect.call,
            data=result.value,
            error=result.outcome.error,
            elapsed_ms=self._executor.now() - started,
            origin_error=result.detail,
            origin_code=result.outcome.origin or "",
        )

    async def _act(self, call: Call, effect: CallAction) -> ActionDone:
        action = self._sandboxes.definitions(call.sandbox, call.version_id).action.get(effect.action)
        if action is None:
            return _unsent(effect, format_sentence(Phrase("call_missing.action", {"name": effect.action})))
        try:
            order, read = self._order(call, effect, action)
        except ValueError as error:
            return _unsent(effect, str(error))
        started = self._executor.now()
        result = await self._caller.call(order, read)
        return _done(effect, result, self._executor.now() - started)

    def _order(self, call: Call, effect: CallAction, action: CustomAction) -> tuple[HttpCall, ReplyReader]:
        """Return the call of an action and the reader of its reply; raise RequestError if it cannot be sent."""
        if action.type == "campaign_classic":
            session = self._secrets.get(secret_name(call.sandbox, PROVIDER, PROVIDER_NAME, "value"))
            gateway = campaign_classic_call(
                lambda name: self._sandboxes.setting(call.sandbox, name), session, effect.body, call.key
            )
            subject = Subject(call.sandbox, PROVIDER, PROVIDER_NAME)
            return HttpCall(subject, "action", gateway.request, gateway.auth, effect.timeout_ms), read_event_id
        headers = {**effect.headers, **self._callback_header(call, effect)}
        request = action_request(action, effect.url_path, headers, effect.query, effect.body, call.key)
        subject = Subject(call.sandbox, "action", action.name)
        order = HttpCall(subject, "action", request, action.auth, effect.timeout_ms)
        return order, lambda reply: read_response(action, reply)

    def _callback_header(self, call: Call, effect: CallAction) -> Mapping[str, str]:
        """Return the header with the callback address if the call carries one; raise RequestError if it is not set."""
        if not effect.callback_header:
            return {}
        base = self._sandboxes.setting(call.sandbox, "callback_url") or self._sandboxes.address
        if not base:
            raise RequestError("call_callback")
        token = self._callbacks.token(call.instance, effect.call)
        return {effect.callback_header: callback_address(base, token)}


def _unsent(effect: CallAction, sentence: str) -> ActionDone:
    return ActionDone(effect.call, error=EVALUATION, attempts=0, origin_error=sentence)


def _done(effect: CallAction, result: CallResult, elapsed: int) -> ActionDone:
    outcome = result.outcome
    return ActionDone(
        effect.call,
        status=outcome.status,
        response=result.value,
        error=outcome.error,
        elapsed_ms=elapsed,
        attempts=outcome.attempts,
        origin_error=result.detail,
        origin_code=outcome.origin or "",
    )
