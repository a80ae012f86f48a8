"""What is read in the audit log and the outbox: the latest first, and every word in the user's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.bridge import calls
from app.forms.time_format import exact_time
from app.pages.outbox import OutboxPage
from app.studio import Studio
from app.translation import LanguageSwitcher
from engine.services.views import MessageRow
from tests.helpers.canvas_driver import SilentEngine
from tests.helpers.studio_driver import StudioDriver, close_studio

NINE = 1_773_129_600_000
"""2026-03-10, 09:00 in Paris."""


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """An administrator who has changed a setting and made a guardrail."""
    someone = StudioDriver(qtbot, Studio(qapp, tmp_path / "workspace", sample=False))
    someone.begin()
    someone.ask(calls.settings.set("smtp_url", "smtp://mail.example.com:25"))
    rule = {
        "name": "Hotel push", "url": "https://push.example.com/*", "methods": ["POST"],
        "services": {"action": {"maxHttpConnections": 8, "rating": {"maxCallsCount": 4000, "periodInMs": 300_000}}},
    }  # fmt: skip
    made = someone.ask(calls.guardrails.create("capping", rule))
    someone.ask(calls.guardrails.delete("capping", str(made["uid"])))
    yield someone
    close_studio(qtbot, someone.studio)


def test_audit_log_uses_display_names(person: StudioDriver) -> None:
    person.window.show_page("admin")
    admin: Any = person.window.page_router.page("admin")
    person.click(admin.buttons["audit"])
    page = admin.parts["audit"]
    person.until(lambda: len(page.list.model.rows) == 3)
    said = [(row.cells["what"].text, row.cells["about"].text) for row in page.list.model.rows]
    assert said == [
        ("Deleted a guardrail", "Hotel push"),
        ("Made a guardrail", "Hotel push"),
        ("Changed a setting", "Email · Mail server"),
    ]


def test_timestamp_shows_day_once(qapp: QApplication) -> None:
    today, later = date(2026, 3, 10), date(2026, 3, 12)
    assert exact_time(NINE, "Europe/Paris", today) == "today, 09:00:00"
    assert exact_time(NINE, "Europe/Paris", later) == "10 March, 09:00:00"
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    assert exact_time(NINE, "Europe/Paris", today) == "오늘 09:00:00"
    switcher.set_language("en")


def test_outbox_shows_latest_message_first(qtbot: Any) -> None:
    bridge: Any = SilentEngine()
    page = OutboxPage(bridge, "UTC")
    qtbot.addWidget(page)
    page._show([_message("1", "ann", NINE), _message("2", "bob", NINE + 2), _message("3", "cat", NINE + 1)])
    rows = page.list.filter
    assert [rows.index(number, 0).data() for number in range(rows.rowCount())] == ["bob", "cat", "ann"]


def _message(number: str, to: str, at: int) -> MessageRow:
    return MessageRow(number, at, "Spa", 1, "mail", "email", to, "Hello", "Hello", "")
