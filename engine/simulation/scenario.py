"""Scenario files: people, timed events and the answers of the outside world (interfaces.md, Scenario files)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import TypeAdapter, ValidationError

from engine.core.calendar import to_instant
from engine.core.program import to_milliseconds
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.model.base import Duration, Model, shown
from engine.model.definitions import Profile
from engine.model.document_errors import DocumentError, locate_fault, parse

LARGEST_SEED = 2**63 - 1
LATEST = to_instant(datetime(9000, 1, 1, tzinfo=UTC), "UTC")
"""Times stay below this year, so that whatever follows from them can still be written as a date."""

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)


class ScenarioError(SojournError):
    """A scenario that cannot be run; ``where`` is the JSON path."""


class ScriptedEvent(Model):
    """An occurrence: an event, feedback on a message, a change of a segment, or the callback of a call."""

    at: str
    event: str | None = None
    payload: JsonObject | None = None
    id: str | None = None
    message: str | None = None
    of: str | None = None
    segment: str | None = None
    change: Literal["enter", "exit"] = "enter"
    callback: str | None = None
    """The activity whose call is answered with ``payload``."""
    key: str = ""
    journey: str | None = None


class ScriptedCommand(Model):
    """A user's command to a journey at a time."""

    at: str
    stop: str | None = None
    close: str | None = None
    publish: str | None = None
    version: int | None = None


class ScriptedAnswer(Model):
    """The answer of a source or action, ``times`` times at most, to requests that contain ``when``.

    With ``share`` it is the answer to this share of the requests, drawn for each one by the seed, whatever their order;
    the shares of the answers of one name add up.
    """

    when: object = None
    times: int | None = None
    share: Annotated[float, Setting(ge=0, le=1)] | None = None
    status: int = 200
    body: object = None
    headers: Mapping[str, str] = {}
    after: Duration = timedelta(0)
    fault: Literal["refused", "timeout", "malformed"] | None = None


class ScenarioGuardrails(Model):
    """Deployed rules, in the form of the original's configuration documents."""

    capping: tuple[object, ...] = ()
    throttling: tuple[object, ...] = ()


class Expectation(Model):
    """``that`` is a dotted path into the outcome, ``expected`` what stands there."""

    that: str
    expected: object = Setting(alias="is")


class Scenario(Model):
    """A test of journeys on a virtual clock."""

    seed: int = Setting(default=0, ge=-LARGEST_SEED, le=LARGEST_SEED)
    start: str = "2026-01-01T00:00:00Z"
    until: str = "P40D"
    mode: Literal["live", "test"] = "live"
    test_wait: Duration = timedelta(seconds=10)
    profiles: tuple[Profile, ...] = ()
    events: tuple[ScriptedEvent, ...] = ()
    commands: tuple[ScriptedCommand, ...] = ()
    answers: Mapping[str, tuple[ScriptedAnswer, ...]] = {}
    guardrails: ScenarioGuardrails = ScenarioGuardrails()
    expect: tuple[Expectation, ...] = ()
    note: str = ""

    @property
    def start_ms(self) -> int:
        """The start as epoch milliseconds."""
        return _instant(self.start, "$.start")

    def moment(self, text: str, where: str) -> int:
        """Read a time of the scenario, an offset from the start or absolute, as epoch milliseconds."""
        if not text.startswith("P"):
            return _instant(text, where)
        try:
            offset = to_milliseconds(_DURATION.validate_python(text))
        except ValidationError:
            raise ScenarioError("scenario_time.duration", where, text=shown(text)) from None
        return _bounded(self.start_ms + offset, where)


def _instant(text: str, where: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ScenarioError("scenario_time", where, text=shown(text)) from None
    return _bounded(to_instant(moment, "UTC"), where)


def _bounded(instant: int, where: str) -> int:
    if instant >= LATEST:
        raise ScenarioError("scenario_time.range", where)
    return instant


def print_instant(now: int) -> str:
    """Print a time as reports do: UTC, with milliseconds only when there are some."""
    moment = datetime.fromtimestamp(now // 1000, UTC).replace(microsecond=now % 1000 * 1000, tzinfo=None)
    return moment.isoformat(timespec="milliseconds" if now % 1000 else "seconds") + "Z"


def read_scenario(text: str) -> Scenario:
    """Read a scenario; raises DocumentError that locates the first fault."""
    document = parse(text)
    if not isinstance(document, dict):
        raise DocumentError("file_wrong_type.scenario", "$")
    try:
        return Scenario.model_validate_json(text)
    except ValidationError as error:
        raise locate_fault(error, document) from None
