"""The facade of a workspace: its services, in this process or through the process that hosts the workspace.

:class:`Services` is the one table of services. The engine's attributes, remote calls, the studio's requests and the
OpenAPI operations follow from it; a new method of a service needs nothing but the method. All methods block, are safe
from any thread and take a ``Caller(actor, sandbox)`` first; they raise ``SojournError`` and return the frozen values
of ``engine.services.views``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from engine.errors import SojournError
from engine.remote import COMMAND_ENDPOINT, RpcClient, ServiceProxy
from engine.services.service_method import ServiceCall, ServiceMethod
from engine.store.location import find_owner

if TYPE_CHECKING:
    from engine.services.access import AccessService, SandboxService
    from engine.services.archives import ArchiveService
    from engine.services.backups import BackupService
    from engine.services.custom_reports import CustomReportService
    from engine.services.definitions import ConnectionService, DefinitionService
    from engine.services.events import EventService, InletService
    from engine.services.guardrails import GuardrailService
    from engine.services.health import HealthService
    from engine.services.journeys import JourneyService
    from engine.services.merges import MergeService
    from engine.services.operations import OperationsService
    from engine.services.profiles import ErasureService, ProfileService, SegmentService
    from engine.services.reports import ReportService
    from engine.services.sessions import SessionService
    from engine.services.settings import SettingsService
    from engine.services.suppressions import SuppressionService
    from engine.services.users import ApiTokenService, UserService
    from engine.testmode.service import TestModeService

ServiceType = TypeVar("ServiceType", covariant=True)


class ServiceCalls:
    """Makes calls of one service's methods without importing the service."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __getattr__(self, method: str) -> Callable[..., ServiceCall[object]]:
        return partial(_make_call, self._service, method)


def _make_call(service: str, method: str, /, *arguments: object, **named: object) -> ServiceCall[object]:
    return ServiceCall(service, method, arguments, named)


class ServiceEntry(Generic[ServiceType]):
    """One row of the table: the service's class, imported when it is first needed.

    On an engine the attribute is the service; on the table itself it makes :class:`ServiceCall` values.
    """

    def __init__(self, path: str) -> None:
        self._module, _, self._class_name = path.partition(":")
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> type[ServiceType]: ...
    @overload
    def __get__(self, instance: Services, owner: type) -> ServiceType: ...
    def __get__(self, instance: Services | None, owner: type) -> object:
        return ServiceCalls(self._name) if instance is None else instance.service(self._name)

    @cached_property
    def methods(self) -> Mapping[str, ServiceMethod[..., object]]:
        """The methods of the service by name."""
        service = getattr(import_module(self._module), self._class_name)
        found = {name: method for name, method in vars(service).items() if isinstance(method, ServiceMethod)}
        for method in found.values():
            method.service = self._name
        return found


class Services:
    """The table of services, by the names under which they are called."""

    access: ServiceEntry[AccessService] = ServiceEntry("engine.services.access:AccessService")
    api_tokens: ServiceEntry[ApiTokenService] = ServiceEntry("engine.services.users:ApiTokenService")
    archives: ServiceEntry[ArchiveService] = ServiceEntry("engine.services.archives:ArchiveService")
    backups: ServiceEntry[BackupService] = ServiceEntry("engine.services.backups:BackupService")
    connections: ServiceEntry[ConnectionService] = ServiceEntry("engine.services.definitions:ConnectionService")
    custom_reports: ServiceEntry[CustomReportService] = ServiceEntry(
        "engine.services.custom_reports:CustomReportService"
    )
    definitions: ServiceEntry[DefinitionService] = ServiceEntry("engine.services.definitions:DefinitionService")
    erasure: ServiceEntry[ErasureService] = ServiceEntry("engine.services.profiles:ErasureService")
    events: ServiceEntry[EventService] = ServiceEntry("engine.services.events:EventService")
    guardrails: ServiceEntry[GuardrailService] = ServiceEntry("engine.services.guardrails:GuardrailService")
    health: ServiceEntry[HealthService] = ServiceEntry("engine.services.health:HealthService")
    inlets: ServiceEntry[InletService] = ServiceEntry("engine.services.events:InletService")
    journeys: ServiceEntry[JourneyService] = ServiceEntry("engine.services.journeys:JourneyService")
    merges: ServiceEntry[MergeService] = ServiceEntry("engine.services.merges:MergeService")
    operations: ServiceEntry[OperationsService] = ServiceEntry("engine.services.operations:OperationsService")
    profiles: ServiceEntry[ProfileService] = ServiceEntry("engine.services.profiles:ProfileService")
    reports: ServiceEntry[ReportService] = ServiceEntry("engine.services.reports:ReportService")
    sandboxes: ServiceEntry[SandboxService] = ServiceEntry("engine.services.access:SandboxService")
    segments: ServiceEntry[SegmentService] = ServiceEntry("engine.services.profiles:SegmentService")
    sessions: ServiceEntry[SessionService] = ServiceEntry("engine.services.sessions:SessionService")
    settings: ServiceEntry[SettingsService] = ServiceEntry("engine.services.settings:SettingsService")
    suppressions: ServiceEntry[SuppressionService] = ServiceEntry("engine.services.suppressions:SuppressionService")
    testing: ServiceEntry[TestModeService] = ServiceEntry("engine.testmode.service:TestModeService")
    users: ServiceEntry[UserService] = ServiceEntry("engine.services.users:UserService")

    def service(self, name: str) -> object:
        """Return the service of that name."""
        raise NotImplementedError


SERVICES: Mapping[str, ServiceEntry[object]] = {
    name: entry for name, entry in vars(Services).items() if isinstance(entry, ServiceEntry)
}


class Engine(Services):
    """The services of one workspace; see the module."""

    def __init__(self, services: Mapping[str, object], close: Callable[[], None], is_alive: Callable[[], bool]) -> None:
        self._services = services
        self.close = close
        self.is_alive = is_alive

    def service(self, name: str) -> object:
        """Return the service of that name, or its proxy."""
        return self._services[name]


def connect(location: Path, endpoint: str = COMMAND_ENDPOINT) -> Engine | None:
    """Reach the engine of the process that hosts the workspace; None when none does, or it does not answer.

    ``endpoint`` is one of :mod:`engine.remote`: for commands, which are trusted, or for studios, which sign in.
    """
    owner = find_owner(location)
    if owner is None:
        return None
    client = RpcClient(owner.address, owner.token, endpoint)

    def is_alive() -> bool:
        try:
            return client.request("GET", "/healthz")[0] in (200, 503)
        except SojournError:
            return False

    if not is_alive():
        return None
    services = {name: ServiceProxy(client, name, entry) for name, entry in SERVICES.items()}
    return Engine(services, close=lambda: None, is_alive=is_alive)
