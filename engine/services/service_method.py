"""Service methods: callable from outside, each with the permission that is checked before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from engine.services.views import Caller

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer", covariant=True)
Instance = TypeVar("Instance", bound="Guarded")

PUBLIC = ""
"""The permission of methods that answer anyone: they reveal nothing, or check the caller themselves."""
ANY_PERMISSION = "any"
"""The permission of methods for everyone who has some permission in the sandbox."""


class PermissionCheck(Protocol):
    """Decides whether a caller has a permission."""

    def require(self, caller: Caller, permission: str) -> None:
        """Return if the caller has the permission; else raise NotPermittedError."""
        ...


class Guarded(Protocol):
    """A service: it can check permissions."""

    @property
    def _access(self) -> PermissionCheck: ...


@dataclass(frozen=True, slots=True)
class ServiceCall(Generic[Answer]):
    """A call with its arguments, to be made later on an engine in the name of a caller."""

    service: str
    method: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, object] | None = None

    def __call__(self, engine: object, caller: Caller) -> Answer:
        """Make the call; raises SojournError."""
        method: Callable[..., Answer] = getattr(getattr(engine, self.service), self.method)
        return method(caller, *self.arguments, **self.named or {})


class ServiceMethod(Generic[Parameters, Answer]):
    """A method of a service. On an instance it checks the permission and runs; on the class it makes a ServiceCall."""

    def __init__(self, function: Callable[..., Answer], permission: str) -> None:
        self.function = function
        self.permission = permission
        self.service = ""
        """The service's name, set by the table of services."""
        self.__doc__ = function.__doc__

    def __call__(self, /, *arguments: Parameters.args, **named: Parameters.kwargs) -> ServiceCall[Answer]:
        """Make a call to be sent later."""
        return ServiceCall(self.service, self.function.__name__, arguments, named)

    @overload
    def __get__(self, instance: None, owner: type) -> ServiceMethod[Parameters, Answer]: ...
    @overload
    def __get__(self, instance: Guarded, owner: type) -> Callable[Concatenate[Caller, Parameters], Answer]: ...
    def __get__(self, instance: Guarded | None, owner: type) -> object:
        return self if instance is None else partial(self._run, instance)

    def _run(self, service: Guarded, /, caller: Caller, *arguments: object, **named: object) -> Answer:
        if self.permission:
            service._access.require(caller, self.permission)
        return self.function(service, caller, *arguments, **named)


def requires(
    permission: str,
) -> Callable[[Callable[Concatenate[Instance, Caller, Parameters], Answer]], ServiceMethod[Parameters, Answer]]:
    """Declare a service method that takes this permission, :data:`ANY_PERMISSION` or :data:`PUBLIC`."""

    def decorate(
        function: Callable[Concatenate[Instance, Caller, Parameters], Answer],
    ) -> ServiceMethod[Parameters, Answer]:
        return ServiceMethod(function, permission)

    return decorate
