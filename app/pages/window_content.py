"""The content of the window: top bar, rail, a stack of pages, status bar."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.panels.rail import NavigationRail
from app.panels.status_bar import StatusBar
from app.panels.top_bar import TopBar
from app.widgets.icons import Toast


class WindowContent(QWidget):
    """Lays out the bars around the stack of pages."""

    def __init__(self, bridge: Bridge, zone: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        caller, session = bridge.caller, bridge.session
        self.top_bar = TopBar(caller.sandbox, session.sandboxes if session else (), caller.actor.capitalize())
        self.top_bar.show_engine(bridge.state or "starting")
        self.rail = NavigationRail(bridge.may)
        self.status = StatusBar(zone)
        self.stack = QStackedWidget()
        self.toast = Toast(self.stack)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addLayout(row, 1)
        column.addWidget(self.status)
