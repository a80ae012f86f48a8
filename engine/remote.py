"""Services in another process: a second process works through the one that hosts the workspace.

A call is a service's name, a method's name and its arguments as JSON, written and read by the method's type hints.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Protocol, get_type_hints
from urllib.parse import urlsplit

import orjson
from pydantic import TypeAdapter

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.services.service_method import ServiceMethod
from engine.services.views import Caller

COMMAND_ENDPOINT, STUDIO_ENDPOINT = "/manage", "/studio"
"""Calls are posted to ``<endpoint>/<service>/<method>``, with the token that only the user who owns the workspace's
files can read. The first endpoint trusts the caller that a call names; the second takes the caller from the session."""

SESSION_SERVICE = "sessions"
"""The service that authenticates its callers itself."""

_TIMEOUT = 60.0


class RemoteService(Protocol):
    """A row of the table of services."""

    @property
    def methods(self) -> Mapping[str, ServiceMethod[..., object]]:
        """The methods of the service by name."""
        ...


@dataclass(frozen=True)
class MethodCodec:
    """How the arguments and the answer of one method are written as JSON."""

    names: tuple[str, ...]
    required: tuple[str, ...]
    arguments: Mapping[str, TypeAdapter[object]]
    answer: TypeAdapter[object]

    def write_arguments(self, positional: tuple[object, ...], named: Mapping[str, object]) -> bytes:
        """Write the body of a call."""
        given = {**dict(zip(self.names, positional, strict=False)), **named}
        return orjson.dumps(
            {name: self.arguments[name].dump_python(value, mode="json") for name, value in given.items()}
        )

    def read_arguments(self, body: bytes) -> dict[str, Any]:
        """Read the arguments of a call; raises SojournError for unknown or malformed ones."""
        try:
            given = orjson.loads(body)
            return {name: self.arguments[name].validate_json(orjson.dumps(value)) for name, value in given.items()}
        except (ValueError, KeyError, AttributeError) as error:
            raise SojournError("call_malformed.arguments", name=type(error).__name__) from None


@cache
def codec_of(method: ServiceMethod[..., object]) -> MethodCodec:
    """Return how a method's arguments and answer are written as JSON."""
    hints = get_type_hints(method.function)
    parameters = [one for one in inspect.signature(method.function).parameters.values() if one.name != "self"]
    names = tuple(one.name for one in parameters)
    required = tuple(one.name for one in parameters if one.default is one.empty)
    arguments = {name: TypeAdapter(hints[name]) for name in names}
    return MethodCodec(names, required, arguments, TypeAdapter(hints["return"]))


_PHRASE: TypeAdapter[Phrase] = TypeAdapter(Phrase)


def error_body(error: SojournError) -> dict[str, object]:
    """Write an error as JSON; ``message`` is for a reader whose catalogue lacks the phrase."""
    phrase = _PHRASE.dump_python(error.phrase, mode="json")
    return {"code": error.code, "message": error.message, "where": error.where, "phrase": phrase}


def read_error(body: bytes) -> SojournError:
    """Read the JSON form of an error; ``owner_away`` when it is something else."""
    try:
        content = orjson.loads(body)
        phrase = _PHRASE.validate_python(content["phrase"])
        return SojournError.of(
            Phrase(phrase.key, {"message": content["message"], **phrase.arguments}), content["where"]
        )
    except (ValueError, KeyError, TypeError):
        return SojournError("owner_away.answer")


class RpcClient:
    """A connection to the owner: one request at a time on a connection of its own, safe from any thread."""

    def __init__(self, address: str, token: str, endpoint: str = COMMAND_ENDPOINT) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._token, self._endpoint = token, endpoint

    def call(self, service: str, method: str, body: bytes) -> bytes:
        """Send a call and return the answer's JSON; raises the host's SojournError, or ``owner_away``."""
        status, answer = self.request("POST", f"{self._endpoint}/{service}/{method}", body)
        if status == HTTPStatus.OK:
            return answer
        raise read_error(answer)

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send one request; raises SojournError ``owner_away`` without an answer."""
        import http.client  # the window opens sooner without it

        connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)
        try:
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            raise SojournError("owner_away") from None
        finally:
            connection.close()


class ServiceProxy:
    """Stands in for a service: its methods are called in the process that hosts the workspace."""

    def __init__(self, client: RpcClient, name: str, service: RemoteService) -> None:
        self._client = client
        self._name = name
        self._service = service

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = self._service.methods.get(name)
        if method is None:
            raise AttributeError(f"the service {self._name} has no method {name}")
        codec = codec_of(method)

        def call(*positional: object, **named: object) -> object:
            answer = self._client.call(self._name, name, codec.write_arguments(positional, named))
            return codec.answer.validate_json(answer)

        return call


def dispatch_call(
    services: Mapping[str, RemoteService],
    service_of: Callable[[str], object],
    service: str,
    method: str,
    body: bytes,
    authenticate: Callable[[Caller], Caller] = lambda caller: caller,
) -> bytes:
    """Make a call that came from another process and return the answer's JSON; raises SojournError.

    ``services`` is the table, ``service_of`` gives a service by name, ``authenticate`` the caller behind the one that
    the call names; the session service is called without it.
    """
    found = services[service].methods.get(method) if service in services else None
    if found is None:
        raise SojournError("call_unknown", service=service, method=method)
    codec = codec_of(found)
    arguments = codec.read_arguments(body)
    caller = arguments.pop("caller", None)
    if not isinstance(caller, Caller):
        raise SojournError("call_malformed.caller")
    if service != SESSION_SERVICE:
        caller = authenticate(caller)
    return codec.answer.dump_json(getattr(service_of(service), method)(caller, **arguments))
