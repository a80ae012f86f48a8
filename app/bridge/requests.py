"""Everything the window asks of the engine, one short method for each; answers come later, on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from PySide6.QtCore import QObject

from app.bridge.workers import Failed
from engine.core.issues import Issue
from engine.model import journey_file
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.model.profile import Profile
from engine.services.views import (
    AcceptResult,
    Caller,
    DefinitionKind,
    DefinitionRow,
    DefinitionUse,
    ErasureResult,
    EventPreview,
    ImportResult,
    LiveCounts,
    MessageRow,
    PeriodReport,
    PersonRow,
    ProfilePage,
    ProfileRow,
    SegmentRow,
    StepRow,
    TestState,
    UsedKind,
    VersionRow,
)

if TYPE_CHECKING:
    from engine.facade import Engine

TEST_PACE = 0.7
"""Seconds of real time between two things due while a test's virtual clock runs, so that one can follow."""

Answer = TypeVar("Answer")
Then = Callable[[Answer], None]


class Asking(Protocol):
    """How a request is made.

    ``read`` may be repeated after the engine was lost, ``write`` keeps the order given, ``attempt`` may take long.
    """

    def read(
        self, work: Callable[[Engine, Caller], Answer], then: Then[Answer], failed: Failed | None, owner: QObject | None
    ) -> None: ...

    def write(
        self, work: Callable[[Engine, Caller], Answer], then: Then[Answer], failed: Failed | None, owner: QObject | None
    ) -> None: ...

    def attempt(
        self, work: Callable[[Engine, Caller], Answer], then: Then[Answer], failed: Failed | None, owner: QObject | None
    ) -> None: ...


class Requests:
    """What all groups of requests share."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def _read(
        self,
        work: Callable[[Engine, Caller], Answer],
        then: Then[Answer],
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> None:
        self._asking.read(work, then, failed, owner or owner_of(then))

    def _write(
        self,
        work: Callable[[Engine, Caller], Answer],
        then: Then[Answer],
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> None:
        self._asking.write(work, then, failed, owner or owner_of(then))

    def _attempt(
        self,
        work: Callable[[Engine, Caller], Answer],
        then: Then[Answer],
        failed: Failed | None = None,
        owner: QObject | None = None,
    ) -> None:
        self._asking.attempt(work, then, failed, owner or owner_of(then))


def owner_of(call: Callable[..., Any]) -> QObject | None:
    """The Qt object whose method ``call`` is (of a partial, the method's), so that nobody is called who is gone."""
    holder = getattr(call.func if isinstance(call, partial) else call, "__self__", None)
    return holder if isinstance(holder, QObject) else None


class JourneyRequests(Requests):
    """Journeys and their versions."""

    def list(self, then: Then[tuple[VersionRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.journeys.list(caller), then)

    def versions(self, name: str, then: Then[tuple[VersionRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.journeys.versions(caller, name), then)

    def row(self, version_id: str, then: Then[VersionRow]) -> None:
        self._read(lambda engine, caller: engine.journeys.row(caller, version_id), then)

    def open(
        self, version_id: str, then: Then[tuple[VersionRow, JourneyVersion]], failed: Failed | None = None
    ) -> None:
        def work(engine: Engine, caller: Caller) -> tuple[VersionRow, JourneyVersion]:
            return engine.journeys.row(caller, version_id), engine.journeys.open(caller, version_id)

        self._read(work, then, failed)

    def used(self, row: VersionRow, then: Then[Definitions]) -> None:
        """What a version uses, for those who may see journeys and not all definitions."""

        def work(engine: Engine, caller: Caller) -> Definitions:
            file = journey_file.read(engine.journeys.export(caller, row.name, row.version))
            return Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})

        self._read(work, then)

    def create(self, name: str, namespace: str | None, then: Then[VersionRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.journeys.create(caller, name, namespace), then, failed)

    def save(self, version_id: str, journey: JourneyVersion, then: Then[VersionRow], failed: Failed) -> None:
        self._write(lambda engine, caller: engine.journeys.save(caller, version_id, journey), then, failed)

    def validate(self, version_id: str, then: Then[tuple[Issue, ...]]) -> None:
        self._read(lambda engine, caller: engine.journeys.validate(caller, version_id), then)

    def publish(self, version_id: str, then: Then[VersionRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.journeys.publish(caller, version_id), then, failed)

    def close(self, version_id: str, then: Then[VersionRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.journeys.close(caller, version_id), then, failed)

    def running(self, then: Then[int], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.journeys.running(caller), then, failed)

    def stop(self, version_id: str, then: Then[VersionRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.journeys.stop(caller, version_id), then, failed)

    def new_version(self, name: str, then: Then[VersionRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.journeys.new_version(caller, name), then, failed)

    def duplicate(self, version_id: str, name: str, then: Then[VersionRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.journeys.duplicate(caller, version_id, name), then, failed)

    def delete(self, version_id: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.journeys.delete(caller, version_id), then, failed)

    def import_file(
        self, text: str, sets: Sequence[str], then: Then[ImportResult], failed: Failed | None = None
    ) -> None:
        self._write(lambda engine, caller: engine.journeys.import_file(caller, text, sets), then, failed)

    def export(self, name: str, version: int | None, then: Then[str], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.journeys.export(caller, name, version), then, failed)


class TestRequests(Requests):
    """Test mode."""

    __test__ = False

    def state(self, version_id: str, then: Then[TestState]) -> None:
        self._read(lambda engine, caller: engine.testing.state(caller, version_id), then)

    def switch_on(self, version_id: str, wait: float, then: Then[TestState], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.testing.switch_on(caller, version_id, wait), then, failed)

    def set_wait(self, version_id: str, wait: float, then: Then[TestState], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.testing.set_wait(caller, version_id, wait), then, failed)

    def switch_off(self, version_id: str, then: Then[TestState], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.testing.switch_off(caller, version_id), then, failed)

    def set_clock(self, version_id: str, virtual: bool, then: Then[TestState], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.testing.set_clock(caller, version_id, virtual), then, failed)

    def step(self, version_id: str, by: float | None, then: Then[TestState], failed: Failed | None = None) -> None:
        """The clock may wait for calls under way."""
        self._attempt(lambda engine, caller: engine.testing.step(caller, version_id, by), then, failed)

    def run(self, version_id: str, on: bool, then: Then[TestState], failed: Failed | None = None) -> None:
        def work(engine: Engine, caller: Caller) -> TestState:
            if on:
                return engine.testing.run(caller, version_id, TEST_PACE)
            return engine.testing.pause(caller, version_id)

        self._write(work, then, failed)

    def fire(
        self,
        version_id: str,
        event: str,
        payload: Mapping[str, Any],
        then: Then[AcceptResult],
        failed: Failed | None = None,
    ) -> None:
        self._write(lambda engine, caller: engine.testing.fire(caller, version_id, event, payload), then, failed)

    def log(self, version_id: str, then: Then[tuple[Mapping[str, Any], ...]]) -> None:
        self._read(lambda engine, caller: engine.testing.log(caller, version_id), then)


class DefinitionRequests(Requests):
    """Events, data sources, actions, templates, segments and namespaces."""

    def all(self, then: Then[Definitions]) -> None:
        self._read(lambda engine, caller: engine.definitions.all(caller), then)

    def list(self, kind: DefinitionKind, then: Then[tuple[DefinitionRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.definitions.list(caller, kind), then)

    def save(
        self,
        kind: DefinitionKind,
        body: Mapping[str, Any],
        was: str | None,
        then: Then[DefinitionRow],
        failed: Failed | None = None,
    ) -> None:
        self._write(lambda engine, caller: engine.definitions.save(caller, kind, body, was), then, failed)

    def delete(self, kind: DefinitionKind, name: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.definitions.delete(caller, kind, name), then, failed)

    def segments(self, then: Then[tuple[SegmentRow, ...]]) -> None:
        """How the segments are: people inside, when computed."""
        self._read(lambda engine, caller: engine.segments.list(caller), then)

    def compute_segment(self, name: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.segments.compute(caller, name), then, failed)

    def used_in(self, kind: UsedKind, name: str, then: Then[tuple[DefinitionUse, ...]]) -> None:
        self._read(lambda engine, caller: engine.definitions.used_in(caller, kind, name), then)

    def preview(self, event: str, then: Then[EventPreview]) -> None:
        self._read(lambda engine, caller: engine.definitions.preview(caller, event), then)


class ProfileRequests(Requests):
    """The profile store."""

    def list(self, search: str, then: Then[ProfilePage]) -> None:
        self._read(lambda engine, caller: engine.profiles.list(caller, search), then)

    def save(self, profile: Profile, then: Then[ProfileRow], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.profiles.save(caller, profile), then, failed)

    def delete(self, profile_id: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.profiles.delete(caller, profile_id), then, failed)

    def erase(self, namespace: str, value: str, then: Then[ErasureResult], failed: Failed | None = None) -> None:
        self._attempt(lambda engine, caller: engine.erasure.erase(caller, namespace, value), then, failed)

    def import_text(
        self, text: str, form: Literal["json", "csv"], then: Then[int], failed: Failed | None = None
    ) -> None:
        self._write(lambda engine, caller: engine.profiles.import_text(caller, text, form), then, failed)


class ReportRequests(Requests):
    """What happens in journeys."""

    def live(self, version_id: str, last_ms: int | None, then: Then[LiveCounts], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.reports.live(caller, version_id, last_ms=last_ms), then, failed)

    def period(
        self, since: int, until: int, journey: str | None, then: Then[PeriodReport], failed: Failed | None = None
    ) -> None:
        self._attempt(lambda engine, caller: engine.reports.period(caller, since, until, journey), then, failed)

    def history(self, version_id: str, instance: str, then: Then[tuple[StepRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.reports.steps(caller, version_id, instance), then)

    def people(self, version_id: str, activity: str | None, then: Then[tuple[PersonRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.reports.people(caller, version_id, activity), then)

    def messages(self, then: Then[tuple[MessageRow, ...]]) -> None:
        self._read(lambda engine, caller: engine.reports.messages(caller), then)
