"""One HTTP exchange with checked addresses, a total deadline and a size limit.

Timeouts of the HTTP library are per read, so a dripping server would outlive them: the deadline is around the whole
exchange. Bodies are asked for unencoded and counted as they arrive; redirects are followed only where a call could
have gone in the first place.
"""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import httpcore
import httpx

from engine.effects.local_targets import NOTHING_LOCAL, LocalTargets
from engine.effects.network import (
    CallFaultError,
    CheckedBackend,
    ConnectionPool,
    ForbiddenTargetError,
    Resolver,
    check_descriptors,
    check_url,
    resolve,
)
from engine.effects.policy import CONNECTION, EVALUATION, MALFORMED, TIMED_OUT
from engine.effects.time_limit import time_limit

MAX_BODY = 5 * 1024 * 1024
"""Bytes of an answer, before and after decoding."""

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER = 303
_OF_A_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location"})
_KEPT_METHOD = frozenset({307, 308})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BAD_IN_VALUE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "te", "trailer", "upgrade"}
)


class RequestError(CallFaultError, ValueError):
    """Values that cannot be sent (error code ``evaluation``)."""


class HttpError(CallFaultError):
    """An exchange without a usable answer: ``error`` is the code of runtime.md; the sentence has no secrets."""

    final = False
    """Whether trying again cannot help."""

    def __init__(self, key: str, error: str, /, **arguments: object) -> None:
        super().__init__(key, "", **arguments)
        self.error = error


class FinalHttpError(HttpError):
    """An exchange that trying again cannot help."""

    final = True


@dataclass(frozen=True, slots=True)
class SecretSlot:
    """A constant header or query parameter that authenticates the call; ``literal`` is the value in its definition."""

    place: Literal["headers", "query"]
    name: str
    literal: str


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent. ``private`` names the headers (lower case) that must not reach another host after a redirect.

    ``secret_slots`` are those that still hold the placeholder of a secret.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    private: frozenset[str] = field(default=frozenset())
    secret_slots: tuple[SecretSlot, ...] = ()

    def with_headers(self, *added: tuple[str, str]) -> HttpRequest:
        """Return the request with these headers in place of those of the same name."""
        names = {name.lower() for name, _ in added}
        kept = tuple(header for header in self.headers if header[0].lower() not in names)
        return replace(self, headers=(*kept, *added))


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_header(name: str, value: str) -> None:
    """Raise RequestError for a header that could smuggle another one, or that belongs to the transport."""
    if not _TOKEN.fullmatch(name):
        raise RequestError("call_header.name", header=repr(name))
    if name.lower() in _OURS:
        raise RequestError("call_header.reserved", header=name)
    if _BAD_IN_VALUE.search(value):
        raise RequestError("call_header.value", header=name)


def trust_store() -> ssl.SSLContext:
    """Trust the public authorities, those of the system, and those of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


class HttpClient:
    """Makes exchanges. Belongs to one event loop; takes from the environment only which authorities to trust."""

    def __init__(self, resolver: Resolver = resolve, tls: ssl.SSLContext | None = None) -> None:
        self._resolver = resolver
        self._tls = tls or trust_store()
        self._connections: dict[LocalTargets, ConnectionPool] = {}

    async def send(self, request: HttpRequest, seconds: float, allowed: LocalTargets = NOTHING_LOCAL) -> HttpReply:
        """One exchange with its redirects, within so many seconds; raises HttpError."""
        try:
            async with time_limit(seconds):
                return await self._follow(request, allowed)
        except TimeoutError:
            raise HttpError("call_answer.late", TIMED_OUT) from None

    async def _follow(self, request: HttpRequest, allowed: LocalTargets) -> HttpReply:
        reply = await self._exchange(request, allowed)
        for _ in range(MAX_REDIRECTS):
            following = _redirected(request, reply, allowed)
            if following is None:
                break
            request = following
            reply = await self._exchange(request, allowed)
        return reply

    async def _exchange(self, request: HttpRequest, allowed: LocalTargets) -> HttpReply:
        try:
            sent = _wire_request(request, check_url(request.url, allowed))
            async with self._pool(allowed).stream(sent) as answer:
                headers = dict(httpx.Headers(answer.headers))
                return HttpReply(answer.status, headers, await _read(answer, headers))
        except ForbiddenTargetError as error:
            raise FinalHttpError(error.phrase.key, CONNECTION, **error.phrase.arguments) from None
        except (ssl.SSLError, httpcore.ConnectError) as error:
            check_descriptors()
            raise _connection_error(error) from None
        except httpcore.LocalProtocolError:
            raise FinalHttpError("call_request", EVALUATION) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError):
            raise HttpError("call_answer.broken", CONNECTION) from None

    def _pool(self, allowed: LocalTargets) -> ConnectionPool:
        if allowed not in self._connections:
            self._connections[allowed] = ConnectionPool(CheckedBackend(allowed, self._resolver), self._tls)
        return self._connections[allowed]

    async def close(self) -> None:
        """Close all connections."""
        for connections in self._connections.values():
            await connections.close()
        self._connections.clear()


def _wire_request(request: HttpRequest, url: httpx.URL) -> httpcore.Request:
    """Build the request for the connection; raise HttpError for a forbidden header."""
    try:
        for name, value in request.headers:
            check_header(name, value)
    except RequestError as error:
        raise FinalHttpError(error.phrase.key, EVALUATION, **error.phrase.arguments) from None
    headers = [(b"Host", url.netloc), (b"User-Agent", b"Sojourn"), (b"Accept-Encoding", b"identity")]
    headers += [(name.encode("ascii"), value.strip().encode()) for name, value in request.headers]
    if request.content or request.method in _WITH_BODY:
        headers.append((b"Content-Length", str(len(request.content or b"")).encode()))
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore.Request(request.method, target, headers=headers, content=request.content or b"")


def _redirected(request: HttpRequest, reply: HttpReply, allowed: LocalTargets) -> HttpRequest | None:
    """Return the request that a redirect leads to; None if it is no redirect or must not be followed."""
    target = reply.headers.get("location")
    if reply.status not in _REDIRECTS or not target:
        return None
    if reply.status == _SEE_OTHER or (request.method == "POST" and reply.status not in _KEPT_METHOD):
        request = _as_get(request)
    try:
        here = check_url(request.url, allowed)
        there = check_url(str(here.join(target)), allowed)
    except (ForbiddenTargetError, httpx.InvalidURL, ValueError):
        return None
    if here.scheme == "https" and there.scheme != "https":
        return None
    same = here.raw_host == there.raw_host and (
        (here.scheme, here.port) == (there.scheme, there.port) or (here.port, there.port) == (None, None)
    )  # a host that moves from http to https stays the same host
    if request.content is not None and not same:
        return None  # what a body holds, be it a token's secret or a person's data, was meant for this host alone
    headers = tuple(header for header in request.headers if same or header[0].lower() not in request.private)
    return replace(request, url=str(there), headers=headers)


def _as_get(request: HttpRequest) -> HttpRequest:
    """Return the GET that follows a redirect: without a body and the headers that describe it."""
    headers = tuple(header for header in request.headers if header[0].lower() not in _OF_A_BODY)
    return replace(request, method="GET", content=None, headers=headers)


async def _read(answer: httpcore.Response, headers: Mapping[str, str]) -> bytes:
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdecimal() and int(announced[:12]) > MAX_BODY:
        raise FinalHttpError("call_answer.large", MALFORMED, size=MAX_BODY // 1024 // 1024)
    body = bytearray()
    async for part in answer.aiter_stream():
        body += part
        if len(body) > MAX_BODY:
            raise FinalHttpError("call_answer.large", MALFORMED, size=MAX_BODY // 1024 // 1024)
    return _decode(bytes(body), headers.get("content-encoding", "identity").strip().lower())


_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def _decode(body: bytes, encoding: str) -> bytes:
    """Decompress a body that was compressed unasked, within the size limit."""
    if encoding in ("identity", "") or not body:
        return body
    if encoding not in _WINDOW_BITS:
        raise FinalHttpError("call_answer.encoding", MALFORMED, encoding=repr(encoding[:40]))
    unpacked = zlib.decompressobj(_WINDOW_BITS[encoding])
    try:
        text = unpacked.decompress(body, MAX_BODY)
    except zlib.error:
        raise FinalHttpError("call_answer.damaged", MALFORMED) from None
    if unpacked.unconsumed_tail or not unpacked.eof:
        raise FinalHttpError("call_answer.damaged", MALFORMED)
    return text


def find_tls_error(error: BaseException) -> ssl.SSLError | None:
    """Return the TLS error that caused an error, or None."""
    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, ssl.SSLError):
        inner = inner.__cause__ or inner.__context__
    return inner


def _connection_error(error: Exception) -> HttpError:
    refused = find_tls_error(error)
    if refused is None:
        return HttpError("call_answer.unreachable", CONNECTION)
    reason = getattr(refused, "verify_message", "") or refused.reason or "handshake failed"
    return HttpError("call_answer.tls", CONNECTION, reason=reason)
