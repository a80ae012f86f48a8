"""The bars of the window: top bar, navigation rail and status bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from app import theme
from app.bridge import Bridge
from app.forms.time_format import now_in
from app.panels.journey_tabs import TabEntry, TabStrip
from app.translation import mark, tr, tr_n
from app.widgets.controls import column_of, label, restyle, row_of, set_style_name
from app.widgets.icons import Icon, Toast
from app.widgets.texts import show_text
from app.widgets.window_sizes import LEAST_SIZE

TOP_HEIGHT = 52
WIDE, SEARCH_WIDTH, NARROW_SEARCH_WIDTH = 1200, 300, 104

ENGINE_WORDS = {
    "starting": (mark("Engine starting"), "orchestration"),
    "running": (mark("Engine running"), "event"),
    "locked": (mark("Engine running"), "event"),
    "lost": (mark("Engine stopped, restarting"), "error"),
    "failed": (mark("Engine cannot start"), "error"),
    "closed": (mark("Engine disconnected"), "secondary"),
}
"""The text and colour of each engine state."""


class StateDot(QLabel):
    """The engine's state: a coloured dot and words in a pill."""

    pressed = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def __init__(self) -> None:
        super().__init__()
        self._role = "secondary"
        self.setFixedHeight(24)
        self.setProperty("role", "dot")

    def show_state(self, words: str, role: str) -> None:
        """Show a text with a dot in the colour of a role."""
        self._role = role
        show_text(self.setText, words)
        show_text(self.setAccessibleName, words)
        self.updateGeometry()
        parent = self.parentWidget()
        row = parent.layout() if parent is not None else None
        if row is not None:
            row.activate()  # longer words have their room before they are drawn for the first time
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 36, 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("hover"))
        painter.drawRoundedRect(QRectF(self.rect()), 12, 12)
        painter.setBrush(theme.color(self._role))
        painter.drawEllipse(QRectF(10, 9, 7, 7))
        painter.setPen(theme.color("text"))
        painter.drawText(self.rect().adjusted(23, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, self.text())


class Avatar(QAbstractButton):
    """The user's initials in a disc; a click opens the user menu."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setText("".join(word[0] for word in name.split()[:2]).upper())
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFixedSize(30, 30)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color("accent") if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_tint"))
        painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(theme.color("accent_ink"))
        painter.setFont(theme.font(12, QFont.Weight.DemiBold))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class TopBar(QWidget):
    """Shows the product, sandbox, open journeys, search, engine and user."""

    tab_shown = Signal(str)
    tab_closed = Signal(str)
    searched = Signal()
    """The search is requested."""

    sandboxes_asked = Signal()
    """The sandbox menu is requested."""
    health_asked = Signal()
    """The state of the engine is requested."""

    def __init__(self, sandbox: str, sandboxes: Sequence[str], user: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: list[str] = []
        set_style_name(self, "top-bar")
        self.setFixedHeight(TOP_HEIGHT)
        row = row_of(self, 12, (16, 0, 16, 0))
        row.addWidget(Icon("compass-fill", "accent", 24))
        row.addWidget(label("Sojourn", "title"))
        self.sandbox_button = QPushButton(theme.icon("cube", "event"), f" {sandbox}")
        self.sandbox_button.setProperty("role", "sandbox")
        show_text(self.sandbox_button.setAccessibleName, tr("Sandbox {name}", name=sandbox))
        self.sandbox_button.setFixedHeight(24)
        self.sandbox_button.clicked.connect(self.sandboxes_asked)
        self._caret = Icon("caret-down", "event", 12, self.sandbox_button)
        self._caret.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.offer_sandboxes(sandboxes)
        row.addSpacing(6)
        row.addWidget(self.sandbox_button)
        row.addSpacing(6)
        self.tabs = TabStrip()
        self.tabs.shown.connect(self.tab_shown)
        self.tabs.closed.connect(self.tab_closed)
        row.addWidget(self.tabs, 1)
        self.search_button = QPushButton(theme.icon("magnifying-glass", "secondary"), "")
        show_text(self.search_button.setAccessibleName, tr("Search or run a command"))
        self.search_button.setProperty("role", "search")
        self.search_button.setFixedHeight(34)
        key = self._search_key = QLabel("Ctrl K", self.search_button)
        key.setProperty("role", "keycap")
        key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.search_button.clicked.connect(self.searched)
        row.addWidget(self.search_button)
        self._state = ""
        self.engine = StateDot()
        self.engine.pressed.connect(self.health_asked)
        row.addWidget(self.engine)
        self.user_button = Avatar(user)
        row.addWidget(self.user_button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the tabs more space in a narrow window."""
        super().resizeEvent(event)
        wide = self.width() >= WIDE
        width = SEARCH_WIDTH if wide else NARROW_SEARCH_WIDTH
        show_text(self.search_button.setText, "  " + tr("Search or run a command") if wide else "")
        self.search_button.setFixedWidth(width)
        self._search_key.setGeometry(width - 58, 7, 48, 20)

    def offer_sandboxes(self, names: Sequence[str]) -> None:
        """Show the sandboxes; a single one is a plain label."""
        button, several = self.sandbox_button, len(names) > 1
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if several else Qt.FocusPolicy.NoFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor if several else Qt.CursorShape.ArrowCursor)
        show_text(button.setToolTip, tr("Go to another sandbox") if several else "")
        restyle(button, several=several)
        self._caret.setVisible(several)
        self._caret.move(button.sizeHint().width() - 21, 6)

    def show_tabs(self, tabs: Sequence[TabEntry], current: str | None) -> None:
        """Show the open journeys; ``current`` is in front."""
        self.names = [tab.name for tab in tabs]
        self.tabs.show_tabs(tabs, current)

    def show_engine(self, state: str) -> None:
        """Show the engine's state."""
        words, role = ENGINE_WORDS[state]
        self.engine.show_state(tr(words), role)
        self._state = state
        show_text(self.engine.setToolTip, "")

    def show_health(self, problem: str) -> None:
        """Show that the running engine needs attention, with what to do; '' while everything is in order."""
        if self._state != "running":
            return
        self.show_engine("running")
        if problem:
            self.engine.show_state(tr("Engine needs attention"), "orchestration")
            show_text(self.engine.setToolTip, problem)


RAIL_WIDTH = 56

RAIL_PAGES = (
    ("journeys", mark("Journeys"), "path"),
    ("events", mark("Events"), "broadcast"),
    ("data_sources", mark("Data sources"), "database"),
    ("actions", mark("Actions"), "paper-plane-tilt"),
    ("templates", mark("Templates"), "article"),
    ("segments", mark("Segments"), "users-three"),
    ("profiles", mark("Profiles"), "identification-card"),
    ("messages", mark("Outbox"), "tray"),
    ("reports", mark("Reports"), "chart-line-up"),
    ("admin", mark("Settings"), "gear-six"),
)
"""The pages by key, with titles and icons; the last one is at the bottom."""

NEEDS = {
    **dict.fromkeys(("journeys",), "read_journeys"),
    **dict.fromkeys(("events", "data_sources", "actions", "templates", "segments", "profiles"), "read_definitions"),
    **dict.fromkeys(("messages", "reports"), "read_reports"),
}
"""The permission needed to see a page; everybody sees the settings."""


class NavigationRail(QWidget):
    """One button for each page."""

    chosen = Signal(str)

    def __init__(self, may: Callable[[str], bool] = lambda permission: True, parent: QWidget | None = None) -> None:
        """Create the buttons the user may see; ``may`` tells whether the user has a permission."""
        super().__init__(parent)
        set_style_name(self, "rail")
        self.setFixedWidth(RAIL_WIDTH)
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        column = column_of(self, 4, (8, 10, 8, 10))
        for key, words, _ in RAIL_PAGES:
            made = QToolButton()
            made.setProperty("role", "rail")
            made.setCheckable(True)
            made.setFixedSize(40, 40)
            made.setIconSize(QSize(22, 22))
            show_text(made.setToolTip, tr(words))
            show_text(made.setAccessibleName, tr(words))
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            made.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self._group.addButton(made)
            self.buttons[key] = made
            if key == RAIL_PAGES[-1][0]:
                column.addStretch(1)
            column.addWidget(made)
            made.setVisible(can_see_page(may, key))
        self.show_page("journeys")

    def show_page(self, place: str) -> None:
        """Mark the current page."""
        for key, _, icon in RAIL_PAGES:
            self.buttons[key].setIcon(theme.icon(icon, "accent" if key == place else "secondary"))
        self.buttons[place].setChecked(True)


def can_see_page(may: Callable[[str], bool], place: str) -> bool:
    """Return whether a user with these permissions sees a page."""
    return place not in NEEDS or may(NEEDS[place])


STATUS_HEIGHT = 34


class StatusBar(QWidget):
    """Problems of the current journey or a message, and the time in the user's zone."""

    problems_asked = Signal()

    def __init__(self, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        set_style_name(self, "status-line")
        self.setFixedHeight(STATUS_HEIGHT)
        row = row_of(self, 12, (14, 0, 14, 0))
        self._icon = Icon()
        row.addWidget(self._icon)
        self.problems = QPushButton()
        self.problems.setProperty("role", "problems")
        self.problems.clicked.connect(self.problems_asked)
        row.addWidget(self.problems)
        self.sentence = label("", "secondary")
        row.addWidget(self.sentence, 1)
        self._clock = label("", "secondary")
        row.addWidget(self._clock)
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._tick()
        self.say("")

    def say(self, sentence: str, icon: str = "", role: str = "secondary") -> None:
        """Show a message with an icon."""
        self.problems.setVisible(False)
        self._show_icon(icon, role)
        show_text(self.sentence.setText, sentence)

    def show_problem_counts(self, errors: int, warnings: int, first: str) -> None:
        """Show the number of problems and the first one."""
        if not errors and not warnings:
            self.say(tr("No problems"), "check-circle", "event")
            return
        role = "error" if errors else "warning"
        self._show_icon("warning-circle" if errors else "warning", role)
        self.problems.setText(counted(errors, warnings))
        restyle(self.problems, tone=role)
        self.problems.setVisible(True)
        show_text(self.sentence.setText, first)

    def _show_icon(self, icon: str, role: str) -> None:
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.show_icon(icon, role)

    def _tick(self) -> None:
        words = f"{self._zone} · {now_in(self._zone):%H:%M}"
        if words != self._clock.text():
            show_text(self._clock.setText, words)


def counted(errors: int, warnings: int) -> str:
    """Return the number of problems in words."""
    texts = []
    if errors:
        texts.append(tr_n("1 error", "{count} errors", errors))
    if warnings:
        texts.append(tr_n("1 warning", "{count} warnings", warnings))
    return " · ".join(texts)


class WindowContent(QScrollArea):
    """Lays out the bars around the stack of pages; a window on a very small screen scrolls."""

    def __init__(self, bridge: Bridge, zone: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QWidget()
        whole.setMinimumSize(LEAST_SIZE)
        set_style_name(whole, "page")
        caller, session = bridge.caller, bridge.session
        self.top_bar = TopBar(caller.sandbox, session.sandboxes if session else (), caller.actor.capitalize())
        self.top_bar.show_engine(bridge.state or "starting")
        self.rail = NavigationRail(bridge.may)
        self.status = StatusBar(zone)
        self.stack = QStackedWidget()
        self.toast = Toast(self.stack)
        row = row_of(spacing=0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        column = column_of(whole, 0)
        column.addWidget(self.top_bar)
        column.addLayout(row, 1)
        column.addWidget(self.status)
        self.setWidget(whole)
