"""Authentication of calls: none, basic, an API key, or a token that is fetched first (product.md).

Secrets come from the vault by the name of the definition they belong to; a definition holds the placeholder only.
Tokens live in memory, one cache for the process; however many calls need a new one at once, one call fetches it.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import httpx
import orjson

from engine.effects.http import FinalHttpError, HttpReply, HttpRequest
from engine.effects.network import CallFaultError
from engine.effects.policy import CONNECTION, EVALUATION, MALFORMED
from engine.effects.requests import ResponseFormatError, read_json
from engine.model.authentication import (
    SECRET_PLACEHOLDER,
    ApiKeyAuthentication,
    Authentication,
    BasicAuthentication,
    CustomAuthentication,
    NoAuthentication,
)
from engine.ports import constant_field

Send = Callable[[HttpRequest], Awaitable[HttpReply]]
"""Makes one exchange under the rules of the call that the token is for."""

JSON_SELECTOR = "json://"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose authentication it is: ``kind`` is ``data_source``, ``action`` or ``provider``."""

    sandbox: str
    kind: str
    name: str


class TokenRefusedError(CallFaultError):
    """The token endpoint answered with an error; the call it was for ends with that answer's status."""

    def __init__(self, reply: HttpReply) -> None:
        super().__init__("call_token.refused", status=reply.status)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class _Token:
    auth: CustomAuthentication
    text: str
    expires: float


class Authenticator:
    """Adds the proof to requests. ``secret`` gives a secret of a subject by its field, ``clock`` is in seconds.

    ``learn`` is told every token that was fetched, to redact it.
    """

    def __init__(
        self,
        secret: Callable[[Subject, str], str | None],
        clock: Callable[[], float],
        learn: Callable[[str], None] = lambda token: None,
    ) -> None:
        self._learn = learn
        self._secret = secret
        self._clock = clock
        self._tokens: dict[Subject, _Token] = {}
        self._renewing: dict[Subject, asyncio.Lock] = {}

    async def apply(self, auth: Authentication, subject: Subject, request: HttpRequest, send: Send) -> HttpRequest:
        """Add the authentication to a request; raise HttpError or TokenRefusedError if the token endpoint refuses."""
        return await self._proved(auth, subject, self._opened(subject, request), send)

    def _opened(self, subject: Subject, request: HttpRequest) -> HttpRequest:
        """Replace the placeholders among a request's constants by secrets."""
        for one in request.secret_slots:
            secret = self._reveal(subject, constant_field(one.place, one.name), one.literal)
            self._learn(secret)
            request = _placed(request, "header" if one.place == "headers" else "query", one.name, secret)
        return replace(request, secret_slots=())

    async def _proved(self, auth: Authentication, subject: Subject, request: HttpRequest, send: Send) -> HttpRequest:
        match auth:
            case NoAuthentication():
                return request
            case BasicAuthentication():
                pair = f"{auth.username}:{self._reveal(subject, 'password', auth.password)}"
                return _with_secret_header(
                    request, "Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"
                )
            case ApiKeyAuthentication():
                return _placed(request, auth.location, auth.name, self._reveal(subject, "value", auth.value))
            case CustomAuthentication():
                token = await self._token(auth, subject, send)
                if auth.authorization_type == "bearer":
                    return _with_secret_header(request, "Authorization", f"Bearer {token}")
                place = "query" if auth.authorization_type == "queryParam" else "header"
                return _placed(request, place, auth.token_target, token)

    def forget(self, auth: Authentication, subject: Subject, request: HttpRequest) -> bool:
        """Drop the token that this refused request carried; whether a new one may help.

        A token that another call has renewed meanwhile stays.
        """
        if not isinstance(auth, CustomAuthentication):
            return False
        token = self._tokens.get(subject)
        if token is not None and _carries(request, auth, token.text):
            del self._tokens[subject]
        return True

    async def _token(self, auth: CustomAuthentication, subject: Subject, send: Send) -> str:
        async with self._renewing.setdefault(subject, asyncio.Lock()):
            token = self._tokens.get(subject)
            if token is None or token.auth != auth or token.expires <= self._clock():
                text = read_token(auth, await send(self._token_request(auth, subject)))
                self._learn(text)
                token = self._tokens[subject] = _Token(auth, text, self._clock() + auth.cache.total_seconds())
            return token.text

    def _token_request(self, auth: CustomAuthentication, subject: Subject) -> HttpRequest:
        headers = [(name, self._reveal(subject, f"headers.{name}", value)) for name, value in auth.headers.items()]
        content = None
        if auth.body is not None and auth.method == "POST":
            values = {
                name: self._reveal(subject, f"body.parameters.{name}", value)
                for name, value in auth.body.parameters.items()
            }
            kind, content = _BODY_FORMS[auth.body.type](values)
            headers.append(("Content-Type", kind))
        private = frozenset(name.lower() for name, _ in headers)
        return HttpRequest(auth.method, auth.endpoint, tuple(headers), content, private)

    def _reveal(self, subject: Subject, field: str, literal: str) -> str:
        """Return the literal, or the secret of the field if the literal is the placeholder."""
        if literal not in ("", SECRET_PLACEHOLDER):
            return literal
        secret = self._secret(subject, field)
        if secret is None and literal == SECRET_PLACEHOLDER:
            raise FinalHttpError("call_secret", CONNECTION, field=field, name=subject.name)
        return secret or ""


def _form(values: Mapping[str, str]) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded; charset=utf-8", urlencode(values).encode()


def _json(values: Mapping[str, str]) -> tuple[str, bytes]:
    return "application/json; charset=utf-8", orjson.dumps(dict(values))


_BODY_FORMS = {"form": _form, "json": _json}


def read_token(auth: CustomAuthentication, reply: HttpReply) -> str:
    """Read the token of a reply; raise TokenRefusedError for an error status, HttpError if there is no token."""
    if not 200 <= reply.status < 300:
        raise TokenRefusedError(reply)
    try:
        text = reply.body.decode("utf-8").strip()
        token = _select(auth.token_in_response, reply.body) if JSON_SELECTOR in auth.token_in_response else text
    except (ResponseFormatError, UnicodeDecodeError):
        raise FinalHttpError("call_token.unreadable", MALFORMED) from None
    if not token:
        raise FinalHttpError("call_token.missing", MALFORMED, selector=auth.token_in_response)
    return token


def _select(selector: str, body: bytes) -> str | None:
    value = read_json(body)
    for name in selector.removeprefix(JSON_SELECTOR).strip("/ ").replace("/", ".").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _with_secret_header(request: HttpRequest, name: str, value: str) -> HttpRequest:
    secured = request.with_headers((name, value))
    return replace(secured, private=secured.private | {name.lower()})


def _placed(request: HttpRequest, place: str, name: str, value: str) -> HttpRequest:
    if place == "header":
        return _with_secret_header(request, name, value)
    try:
        return replace(request, url=str(httpx.URL(request.url).copy_set_param(name, value)))
    except httpx.InvalidURL:
        raise FinalHttpError("call_url", EVALUATION) from None


def _carries(request: HttpRequest, auth: CustomAuthentication, token: str) -> bool:
    if auth.authorization_type == "queryParam":
        return (auth.token_target, token) in httpx.URL(request.url).params.multi_items()
    return any(value in (token, f"Bearer {token}") for _, value in request.headers)
