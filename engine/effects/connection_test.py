"""The back end of the "test" buttons: one call, made as a journey would make it, and what came back, redacted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from engine.effects.auth import Authenticator, Subject, TokenRefusedError
from engine.effects.campaign_classic import PROVIDER_NAME, campaign_classic_call, read_event_id
from engine.effects.campaign_standard import fetch_templates, settings_error
from engine.effects.gateways import PROVIDER
from engine.effects.http import HttpClient, HttpError, HttpReply, HttpRequest
from engine.effects.http_calls import ALLOW_LOCAL
from engine.effects.network_performer import read_group, read_response
from engine.effects.policy import AttemptResult
from engine.effects.redaction import Redactor
from engine.effects.requests import action_request, fill_body, source_request
from engine.effects.response_fields import ResponseFormatError
from engine.model.action import BodyObject, CustomAction
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
ConnectionTest = Callable[[Authenticator, HttpClient], Awaitable[ConnectionOutcome]]


@dataclass(frozen=True, slots=True)
class _TestCall:
    """A test call before authentication: its subject, its request, and the reader of a good reply."""

    subject: Subject
    auth: Authentication
    request: HttpRequest
    read: Callable[[HttpReply], Any]


class HttpConnectionTester:
    """Makes test calls, each in a separate event loop, so that any thread may call."""

    def __init__(
        self, sandboxes: Sandboxes, secrets: Secrets, redactor: Redactor, client: Callable[[], HttpClient] = HttpClient
    ) -> None:
        self._sandboxes = sandboxes
        self._secrets = secrets
        self._redactor = redactor
        self._client = client

    def authentication(self, sandbox: str, kind: str, body: Mapping[str, object]) -> ConnectionOutcome:
        """Fetch a token, or say that there is nothing to try before a call is made."""
        definition = _read(kind, body)
        if isinstance(definition, ConnectionOutcome):
            return definition
        auth, subject = definition.auth, Subject(sandbox, kind, definition.name)
        if not isinstance(auth, CustomAuthentication):
            return ConnectionOutcome(None, "This authentication needs no call of its own; test a call instead")

        async def run_test(authenticator: Authenticator, client: HttpClient) -> ConnectionOutcome:
            seen: list[HttpReply] = []

            async def send(request: HttpRequest) -> HttpReply:
                seen.append(await client.send(request, SECONDS, self._allow_local(sandbox)))
                return seen[-1]

            try:
                await authenticator.apply(auth, subject, HttpRequest("GET", "https://example.com/"), send)
            except TokenRefusedError as refused:
                return self._redacted_result(refused.reply, str(refused.reply.status), str(refused))
            except HttpError as fault:
                return (
                    self._redacted_result(seen[-1], fault.code, fault.message)
                    if seen
                    else ConnectionOutcome(fault.code, fault.message)
                )
            return self._redacted_result(seen[-1], None, "A token was received", hide_body=True)

        return self._run(run_test, auth)

    def call(
        self, sandbox: str, kind: str, body: Mapping[str, object], values: Mapping[str, object]
    ) -> ConnectionOutcome:
        """Call a source's field group or an action once with these values."""
        definition = _read(kind, body)
        if isinstance(definition, ConnectionOutcome):
            return definition
        try:
            prepared = self._prepared(sandbox, kind, definition, values)
        except (ValueError, KeyError) as error:
            return ConnectionOutcome(
                "evaluation", str(error) if isinstance(error, ValueError) else f"There is no {error}"
            )

        async def run_test(authenticator: Authenticator, client: HttpClient) -> ConnectionOutcome:
            async def send(request: HttpRequest) -> HttpReply:
                return await client.send(request, SECONDS, self._allow_local(sandbox))

            try:
                reply = await send(await authenticator.apply(prepared.auth, prepared.subject, prepared.request, send))
            except TokenRefusedError as refused:
                return self._redacted_result(refused.reply, str(refused.reply.status), str(refused))
            except HttpError as fault:
                return ConnectionOutcome(fault.code, fault.message)
            return self._check_reply(reply, prepared.read)

        return self._run(run_test, prepared.auth)

    def _prepared(self, sandbox: str, kind: str, definition: Definition, values: Mapping[str, Any]) -> _TestCall:
        if isinstance(definition, CustomAction) and definition.type == "campaign_classic":
            session = self._secrets.get(secret_name(sandbox, PROVIDER, PROVIDER_NAME, "value"))
            payload = fill_body(definition.body or BodyObject(), values.get("parameters", {}))
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

        fault = settings_error(setting, self._allow_local(sandbox))
        if fault is not None:
            return TemplateListResult(ConnectionOutcome("evaluation", fault))
        templates: tuple[RemoteTemplate, ...] = ()

        async def run_test(authenticator: Authenticator, client: HttpClient) -> ConnectionOutcome:
            nonlocal templates

            async def send(request: HttpRequest) -> HttpReply:
                return await client.send(request, SECONDS, self._allow_local(sandbox))

            try:
                reply, templates = await fetch_templates(authenticator, sandbox, setting, send)
            except TokenRefusedError as refused:
                return self._redacted_result(refused.reply, str(refused.reply.status), str(refused))
            except HttpError as fault:
                return ConnectionOutcome(fault.code, fault.message)
            except ResponseFormatError as fault:
                return ConnectionOutcome("malformed", str(fault))
            error = AttemptResult(reply.status).code
            if error is not None:
                return self._redacted_result(
                    reply, error, f"The instance answered {reply.status}; check the organization"
                )
            return self._redacted_result(
                reply, None, f"The instance answered; it has {len(templates)} transactional messages"
            )

        result = self._run(run_test, None)
        return TemplateListResult(result, () if result.error else templates)

    def _check_reply(self, reply: HttpReply, read: Callable[[HttpReply], object]) -> ConnectionOutcome:
        error = AttemptResult(reply.status).code
        if error is not None:
            return self._redacted_result(reply, error, f"The server answered {reply.status}")
        try:
            read(reply)
        except ResponseFormatError as fault:
            return self._redacted_result(reply, "malformed", str(fault))
        return self._redacted_result(reply, None, "The call succeeded")

    def _run(self, run_test: ConnectionTest, auth: object) -> ConnectionOutcome:
        for secret in _literal_secrets(auth):
            self._redactor.add_secret(secret)

        async def main() -> ConnectionOutcome:
            client = self._client()
            authenticator = Authenticator(self._secret, time.monotonic, self._redactor.add_secret)
            try:
                return await run_test(authenticator, client)
            finally:
                await client.close()

        started = time.monotonic()
        result = asyncio.run(main())
        elapsed = round((time.monotonic() - started) * 1_000)
        message = self._redactor.redact(result.message)
        return ConnectionOutcome(result.error, message, result.status, result.headers, result.body, elapsed)

    def _secret(self, subject: Subject, field: str) -> str | None:
        return self._secrets.get(secret_name(subject.sandbox, subject.kind, subject.name, field))

    def _allow_local(self, sandbox: str) -> bool:
        return bool(self._sandboxes.setting(sandbox, ALLOW_LOCAL))

    def _redacted_result(
        self, reply: HttpReply, error: str | None, message: str, hide_body: bool = False
    ) -> ConnectionOutcome:
        headers = {name: self._redactor.redact(value) for name, value in reply.headers.items() if name not in _HIDDEN}
        text = "" if hide_body else self._redactor.redact(reply.body[: 4 * EXCERPT].decode("utf-8", "replace"))
        return ConnectionOutcome(error, message, reply.status, headers, text[:EXCERPT])


def _read(kind: str, body: Mapping[str, object]) -> Definition | ConnectionOutcome:
    if kind not in _KINDS:
        return ConnectionOutcome("evaluation", f"A {kind} cannot be called; data_source and action can")
    try:
        return _KINDS[kind].model_validate(body, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return ConnectionOutcome("evaluation", f"The definition has a fault at {place}: {first['msg']}")


def _filled_in(definition: Definition, values: Mapping[str, Any]) -> tuple[HttpRequest, Callable[[HttpReply], Any]]:
    if isinstance(definition, DataSource):
        groups = {group.name: group for group in definition.field_groups}
        group = groups[values["group"]]
        request = source_request(definition, group, values.get("parameters", {}), TEST_CALL_KEY)
        return request, lambda reply: read_group(group, reply)
    body = None if definition.body is None else fill_body(definition.body, values.get("parameters", {}))
    headers = _by_name(definition.headers, values.get("headers", {}))
    query = _by_name(definition.query, values.get("query", {}))
    request = action_request(definition, values.get("url_path", ""), headers, query, body, TEST_CALL_KEY)
    return request, lambda reply: read_response(definition, reply)


def _by_name(declared: Any, values: Mapping[str, str]) -> dict[str, str]:
    """Values of variables, by the name of the header or parameter they fill."""
    return {parameter.name: values[parameter.variable] for parameter in declared if parameter.variable in values}


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
