"""Operations in the window: what failed is found, understood and let go on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox

from app.bridge import calls
from app.studio import Studio
from engine.store import definition_queries, runtime_queries
from tests.helpers.embedded_engine import running
from tests.helpers.journey_builders import activity, entry, journey
from tests.helpers.studio_driver import StudioDriver, close_studio

FILE = journey(
    [entry(), activity("s", "email", template="Own", address="@{Enter.id}")], ["in>s"],
    definitions={"templates": [{"name": "Own", "channel": "email", "subject": "Hi", "body": "x"}]},
)  # fmt: skip


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone before a workspace in which one person failed, a dead letter waits and a segment is suspended."""
    with running(tmp_path / "workspace") as place:
        version = place.publish(FILE)
        place.send("nobody")
        place.settle(version, failed=1)
        place.owner.writer.write(
            partial(
                runtime_queries.insert_dead_letter, kind="stimulus", instance=1, stimulus=b"", trace="KeyError: x", at=1
            )
        )
        body = {"name": "warm", "expression": "1 +"}
        place.owner.writer.write(
            partial(definition_queries.put, sandbox="prod", kind="segment", name="warm", body=body, actor="a", now=0)
        )
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    yield someone
    close_studio(qtbot, studio)


def section(person: StudioDriver, key: str) -> Any:
    person.window.show_page("admin")
    admin: Any = person.window.page_router.page("admin")
    person.click(admin.buttons[key])
    return admin.parts[key]


def test_what_failed_is_seen_and_settled(person: StudioDriver) -> None:
    failed = section(person, "failed_people")
    person.until(lambda: failed.list.model.rows)
    (row,) = failed.list.model.rows
    assert (row.cells["key"].text, row.cells["journey"].text) == ("nobody", "J, version 1")
    failed.list.asked.emit("resume_all", row.key)
    person.confirm()
    person.until(lambda: [line for line in person.ask(calls.access.audit()) if line.what == "resume"])

    received = section(person, "received_events")
    person.until(lambda: received.list.model.rows)
    received.list.select(received.list.model.rows[0].key)
    person.until(lambda: "nobody" in received.content.toPlainText())

    person.ask(calls.events.accept([{"id": ""}], "Enter"))
    refused = section(person, "refused_events")
    person.until(lambda: refused.list.model.rows)
    assert refused.list.model.rows[0].cells["reason"].text.startswith("The key is empty")

    letters = section(person, "dead_letters")
    person.until(lambda: letters.list.model.rows)
    key = letters.list.model.rows[0].key
    letters.list.select(key)
    person.until(lambda: "KeyError" in letters.content.toPlainText())
    letters.list.asked.emit("drop", key)
    box: Any = letters.findChild(QMessageBox)
    person.click(box.defaultButton())
    person.until(lambda: not letters.list.model.rows)

    suspended = section(person, "suspended")
    person.until(lambda: suspended.list.model.rows)
    (row,) = suspended.list.model.rows
    assert (row.cells["name"].text, "warm" in row.cells["reason"].text) == ("warm", True)
