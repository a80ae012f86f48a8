"""What a test leaves behind goes before the next begins: Qt deletes later, and a loop that does not run never does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import current_scheme
from app.theme.colors import LIGHT
from app.theme.restyling import Restyling
from app.theme.style_sheet import palette, style_sheet
from app.theme.theme import FOLDER
from tests.helpers.studio_driver import PATIENCE


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """Wait for conditions and signals as long as a busy machine takes, not five seconds."""
    for name in ("waitUntil", "waitSignal", "waitSignals"):
        monkeypatch.setattr(qtbot, name, partial(getattr(qtbot, name), timeout=PATIENCE))
    return qtbot


@pytest.fixture(autouse=True)
def deferred_deletes() -> Iterator[None]:
    """Widgets that were asked to go are gone; hundreds of them would slow down every change of the style."""
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True)
def american_numbers() -> None:
    """Every test begins with numbers as Americans write them, whatever the locale of the machine."""
    QLocale.setDefault(QLocale("en_US"))


@pytest.fixture(autouse=True)
def light_theme() -> Iterator[None]:
    """Every test begins in the light theme, with the style that the tests before it had: see ``Restyling``."""
    yield
    application = QApplication.instance()
    if isinstance(application, QApplication) and current_scheme().is_dark:
        restyling = Restyling(application)
        restyling.apply(application, palette(LIGHT), style_sheet(LIGHT, FOLDER))
        restyling.deleteLater()
