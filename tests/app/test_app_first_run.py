"""The samples come on request only, into a sandbox of their own, with an exception for their own server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bridge import calls
from app.first_run import listening
from app.studio import Studio
from tests.helpers.studio_driver import StudioDriver, close_studio

Open = Callable[..., StudioDriver]


@pytest.fixture
def opened(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[Open]:
    """Open a studio on a new workspace."""
    made: list[StudioDriver] = []

    def begin(*, sample: bool) -> StudioDriver:
        made.append(StudioDriver(qtbot, Studio(qapp, tmp_path / "workspace", sample=sample)))
        made[-1].begin()
        return made[-1]

    yield begin
    for someone in made:
        close_studio(qtbot, someone.studio)
        assert not someone.studio.first_run._world


def _settings(person: StudioDriver) -> dict[str, Any]:
    return {row.name: row.value for row in person.ask(calls.settings.list())}


def _has_samples(person: StudioDriver) -> None:
    bridge = person.studio.bridge
    person.until(lambda: bridge.caller.sandbox == "demo")
    person.until(lambda: {row.name for row in person.window.journeys} == {"Lobby and restaurant", "Welcome to the spa"})
    port = person.studio.preferences.sample_port
    assert (_settings(person)["allow_local_endpoints"], _settings(person)["allowed_hosts"]) == (
        False,
        f"127.0.0.1:{port}",
    )
    person.until(lambda: listening(port))
    body = dict(person.ask(calls.definitions.get("action", "SendPush")))
    assert body["url"] == f"http://127.0.0.1:{port}/v1/messages"
    bridge.account.switch_sandbox("prod")
    person.until(lambda: bridge.caller.sandbox == "prod")
    assert person.ask(calls.journeys.list()) == ()
    assert _settings(person)["allowed_hosts"] == ""


def test_first_start_adds_nothing(opened: Open) -> None:
    person = opened(sample=False)
    before = _settings(person)
    assert (before["allow_local_endpoints"], before["allowed_hosts"]) == (False, "")
    assert person.ask(calls.journeys.list()) == ()
    assert person.ask(calls.sandboxes.list()) == ("prod",)
    assert [row.what for row in person.ask(calls.access.audit())] == []
    assert not person.studio.preferences.sample_port

    page: Any = person.window.page_router.page("journeys")
    person.click(page.welcome.buttons["open"])
    _has_samples(person)


def test_samples_are_added_at_start_on_request(opened: Open) -> None:
    _has_samples(opened(sample=True))
