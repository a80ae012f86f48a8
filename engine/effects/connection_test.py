"""The back end of the "test" buttons: one call, made as a journey would make it, and what came back, redacted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.catalogue import Phrase
from engine.effects.auth import Authenticator, Send, Subject, TokenRefusedError
from engine.effects.campaign_classic import PROVIDER_NAME, campaign_classic_call, read_event_id
from engine.effects.campaign_standard import fetch_templates, settings_error
from engine.effects.gateways import PROVIDER
from engine.effects.http import HttpClient, HttpError, HttpReply, HttpRequest, RequestError
from engine.effects.local_targets import LocalTargets, local_targets
from engine.effects.policy import EVALUATION, MALFORMED, AttemptResult
from engine.effects.redaction import Redactor
from engine.effects.requests import (
    ResponseFormatError,
    action_request,
    fill_body,
    read_group,
    read_response,
    source_request,
)
from engine.json_types import JsonObject
from engine.model.action import BodyObject, CallParameter, CustomAction
from engine.model.authentication import ApiKeyAuthentication, Authentication, BasicAuthentication, CustomAuthentication
from engine.model.definitions import DataSource
from engine.ports import ConnectionOutcome, RemoteTemplate, Sandboxes, Secrets, TemplateListResult, secret_name

SECONDS = 30.0
EXCERPT = 4_000
"""Characters of a body that are shown."""

TEST_CALL_KEY = "trial"
"""The idempotency key of test calls."""

_HIDDEN = frozenset({"set-cookie", "authorization", "proxy-authorization"})
_KINDS: Mapping[str, type[DataSource] | type[CustomAction]] = {"data_source": DataSource, "action": CustomAction}
Definition = DataSource | CustomAction
ConnectionTest = Callable[[Authenticator, Send], Awaitable[ConnectionOutcome]]


class CallValues(BaseModel):
    """The values of a test call: the field group of a source, or the variables of an action."""

    group: str = ""
    parameters: dict[str, object] = {}
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    url_path: str = ""


@dataclass(frozen=True, slots=True)
class _TestCall:
    """A test call before authentication: its subject, its request, and the reader of a good reply."""

    subject: Subject
    auth: Authentication
    request: HttpRequest
    read: Callable[[HttpReply], object]


class HttpConnectionTester:
    """Makes test calls, each in a separate event loop, so that any thread may call."""

    def __init__(
        self, sandboxes: Sandboxes, secrets: Secrets, redactor: Redactor, client: Callable[[], HttpClient] = HttpClient
    ) -> None:
        self._sandboxes = sandboxes
        self._secrets = secrets
        self._redactor = redactor
        self._client = client

    def authentication(self, sandbox: str, kind: str, body: JsonObject) -> ConnectionOutcome:
        """Fetch a token, or say that there is nothing to try before a call is made."""
        definition = _read(kind, body)
        if isinstance(definition, ConnectionOutcome):
            return definition
        auth, subject = definition.auth, Subject(sandbox, kind, definition.name)
        if not isinstance(auth, CustomAuthentication):
            return ConnectionOutcome(None, Phrase("connection_test.no_token"))

        async def run_test(authenticator: Authenticator, send: Send) -> ConnectionOutcome:
            seen: list[HttpReply] = []

            async def send_and_note(request: HttpRequest) -> HttpReply:
                seen.append(await send(request))
                return seen[-1]

            try:
                await authenticator.apply(auth, subject, HttpRequest("GET", "https://example.com/"), send_and_note)
            except HttpError as fault:
                if not seen:
                    raise
                return self._shown(seen[-1], fault.error, fault.phrase)
            return self._shown(seen[-1], None, Phrase("connection_test.token"), hide_body=True)

        return self._run(sandbox, run_test, auth)

    def call(self, sandbox: str, kind: str, body: JsonObject, values: JsonObject) -> ConnectionOutcome:
        """Call a source's field group or an action once with these values."""
        definition = _read(kind, body)
        if isinstance(definition, ConnectionOutcome):
            return definition
        try:
            prepared = self._prepared(sandbox, kind, definition, CallValues.model_validate(values))
        except RequestError as error:
            return ConnectionOutcome(EVALUATION, error.phrase)
        except ValueError as error:
            return ConnectionOutcome(EVALUATION, Phrase("message", {"message": str(error)}))

        async def run_test(authenticator: Authenticator, send: Send) -> ConnectionOutcome:
            reply = await send(await authenticator.apply(prepared.auth, prepared.subject, prepared.request, send))
            error = AttemptResult(reply.status).code
            if error is not None:
                return self._shown(reply, error, Phrase("call_answer.status", {"status": reply.status}))
            try:
                prepared.read(reply)
            except ResponseFormatError as fault:
                return self._shown(reply, MALFORMED, fault.phrase)
            return self._shown(reply, None, Phrase("connection_test.success"))

        return self._run(sandbox, run_test, prepared.auth)

    def _prepared(self, sandbox: str, kind: str, definition: Definition, values: CallValues) -> _TestCall:
        if isinstance(definition, CustomAction) and definition.type == "campaign_classic":
            session = self._secrets.get(secret_name(sandbox, PROVIDER, PROVIDER_NAME, "value"))
            payload = fill_body(definition.body or BodyObject(), values.parameters)
            call = campaign_classic_call(
                lambda name: self._sandboxes.setting(sandbox, name), session, payload, TEST_CALL_KEY
            )
            return _TestCall(Subject(sandbox, PROVIDER, PROVIDER_NAME), call.auth, call.request, read_event_id)
        request, read = _filled_in(definition, values)
        return _TestCall(Subject(sandbox, kind, definition.name), definition.auth, request, read)

    def campaign_standard(self, sandbox: str, url: str) -> TemplateListResult:
        """Try an instance URL ('' for the setting's) and list the transactional events found there."""

        def setting(name: str) -> Any:
            return url if url and name == "campaign_standard_url" else self._sandboxes.setting(sandbox, name)

        fault = settings_error(setting, self._allowed(sandbox).everything)
        if fault is not None:
            return TemplateListResult(ConnectionOutcome(EVALUATION, fault))
        templates: tuple[RemoteTemplate, ...] = ()

        async def run_test(authenticator: Authenticator, send: Send) -> ConnectionOutcome:
            nonlocal templates
            reply, templates = await fetch_templates(authenticator, sandbox, setting, send)
            error = AttemptResult(reply.status).code
            if error is not None:
                return self._shown(reply, error, Phrase("campaign_instance.status", {"status": reply.status}))
            return self._shown(reply, None, Phrase("campaign_instance.success", {"number": len(templates)}))

        result = self._run(sandbox, run_test)
        return TemplateListResult(result, () if result.error else templates)

    def _run(self, sandbox: str, run_test: ConnectionTest, auth: object = None) -> ConnectionOutcome:
        for secret in _literal_secrets(auth):
            self._redactor.add_secret(secret)

        async def main() -> ConnectionOutcome:
            client = self._client()
            authenticator = Authenticator(self._secret, time.monotonic, self._redactor.add_secret)

            async def send(request: HttpRequest) -> HttpReply:
                return await client.send(request, SECONDS, self._allowed(sandbox))

            try:
                return await run_test(authenticator, send)
            except TokenRefusedError as refused:
                return self._shown(refused.reply, str(refused.reply.status), refused.phrase)
            except HttpError as fault:
                return ConnectionOutcome(fault.error, fault.phrase)
            except ResponseFormatError as fault:
                return ConnectionOutcome(MALFORMED, fault.phrase)
            finally:
                await client.close()

        started = time.monotonic()
        result = asyncio.run(main())
        elapsed = round((time.monotonic() - started) * 1_000)
        return replace(result, message=self._redacted(result.message), elapsed_ms=elapsed)

    def _redacted(self, phrase: Phrase) -> Phrase:
        texts = {name: self._redactor.redact(one) for name, one in phrase.arguments.items() if isinstance(one, str)}
        return replace(phrase, arguments={**phrase.arguments, **texts})

    def _secret(self, subject: Subject, field: str) -> str | None:
        return self._secrets.get(secret_name(subject.sandbox, subject.kind, subject.name, field))

    def _allowed(self, sandbox: str) -> LocalTargets:
        return local_targets(partial(self._sandboxes.setting, sandbox))

    def _shown(
        self, reply: HttpReply, error: str | None, message: Phrase, hide_body: bool = False
    ) -> ConnectionOutcome:
        headers = {name: self._redactor.redact(value) for name, value in reply.headers.items() if name not in _HIDDEN}
        text = "" if hide_body else self._redactor.redact(reply.body[: 4 * EXCERPT].decode("utf-8", "replace"))
        return ConnectionOutcome(error, message, reply.status, headers, text[:EXCERPT])


def _read(kind: str, body: Mapping[str, object]) -> Definition | ConnectionOutcome:
    if kind not in _KINDS:
        return ConnectionOutcome(EVALUATION, Phrase("connection_test.kind", {"kind": kind}))
    try:
        return _KINDS[kind].model_validate(body, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return ConnectionOutcome(
            EVALUATION, Phrase("connection_test.definition", {"place": place, "reason": first["msg"]})
        )


def _filled_in(definition: Definition, values: CallValues) -> tuple[HttpRequest, Callable[[HttpReply], object]]:
    if isinstance(definition, DataSource):
        group = next((one for one in definition.field_groups if one.name == values.group), None)
        if group is None:
            raise RequestError("call_missing.group", name=f"{definition.name}.{values.group}")
        request = source_request(definition, group, values.parameters, TEST_CALL_KEY)
        return request, lambda reply: read_group(group, reply)
    body = None if definition.body is None else fill_body(definition.body, values.parameters)
    headers = _by_name(definition.headers, values.headers)
    query = _by_name(definition.query, values.query)
    request = action_request(definition, values.url_path, headers, query, body, TEST_CALL_KEY)
    return request, lambda reply: read_response(definition, reply)


def _by_name(declared: Iterable[CallParameter], values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of variables by the name of the header or parameter that they fill."""
    return {one.name: values[one.variable] for one in declared if one.variable is not None and one.variable in values}


def _literal_secrets(auth: object) -> list[str]:
    """Return the texts of an edited authentication that may be secret."""
    match auth:
        case BasicAuthentication():
            return [auth.password]
        case ApiKeyAuthentication():
            return [auth.value]
        case CustomAuthentication():
            return [*auth.headers.values(), *(auth.body.parameters.values() if auth.body else ())]
    return []
