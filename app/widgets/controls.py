"""The few controls every form is made of, so that a button is the same button everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.translation import current
from app.widgets.texts import show_text

HEIGHT = 34


def text(words: str, role: str = "body") -> QLabel:
    """Make a label. ``role``: body, strong, title, heading, secondary, caption, figure, code, fault."""
    label = QLabel()
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    show_text(label.setText, words)
    return label


def wrapped(words: str, role: str = "secondary") -> QLabel:
    """Make a label that wraps its text."""
    label = text(words, role)
    label.setWordWrap(True)
    return label


class Button(QPushButton):
    """A push button that can show, quietly after its words, the key that does the same."""

    def __init__(self, words: str, kind: str = "plain", icon: QIcon | None = None, shortcut: str = "") -> None:
        super().__init__()
        show_text(self.setText, " " + words if icon is not None else words)
        self.setProperty("role", kind)
        self.setFixedHeight(HEIGHT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(16, 16))
        if icon is not None:
            self.setIcon(icon)
        self._key: QLabel | None = None
        if shortcut:
            self._key = QLabel(shortcut, self)
            self._key.setProperty("role", f"key-{kind}")
            self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._key.ensurePolished()
            self.setStyleSheet(f"QPushButton {{ padding-right: {self._key.sizeHint().width() + 20}px }}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._key is not None:
            hint = self._key.sizeHint()
            self._key.setGeometry(self.width() - hint.width() - 12, 1, hint.width(), self.height() - 2)


def button(words: str, kind: str = "plain", icon: QIcon | None = None, shortcut: str = "") -> Button:
    """Make a button. ``kind``: plain, primary, danger, quiet, dashed, link."""
    return Button(words, kind, icon, shortcut)


def icon_button(icon: str, tip: str, framed: bool = False, size: int = 30) -> QToolButton:
    """Make a button with only an icon; ``tip`` is its tooltip and accessible name."""
    made = QToolButton()
    made.setIcon(theme.icon(icon, "secondary"))
    made.setIconSize(QSize(18, 18))
    show_text(made.setToolTip, tip)
    show_text(made.setAccessibleName, tip)
    made.setProperty("role", "framed" if framed else "bare")
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setFixedSize(HEIGHT if framed else size, HEIGHT if framed else size)
    return made


def search_field(placeholder: str, width: int = 0) -> QLineEdit:
    """Make a search field with an icon and a button that clears it."""
    line = QLineEdit()
    show_text(line.setPlaceholderText, placeholder)
    show_text(line.setAccessibleName, placeholder)
    line.addAction(theme.icon("magnifying-glass", "secondary"), QLineEdit.ActionPosition.LeadingPosition)
    line.setClearButtonEnabled(True)
    line.setFixedHeight(HEIGHT)
    if width:
        line.setFixedWidth(width)
    return line


class Choice(QComboBox):
    """A list to choose from, by keys. The wheel scrolls the form, never the choice."""

    chosen = Signal(object)
    """The user chose: the key."""

    def __init__(self) -> None:
        super().__init__()
        self._labels: list[str] = []
        self.setView(QListView())
        self.setFixedHeight(HEIGHT)
        self.setIconSize(QSize(16, 16))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(lambda _: self.chosen.emit(self.key()))

    def offer(self, items: Sequence[tuple[object, str]], icons: Sequence[QIcon] = ()) -> None:
        """Offer these (key, words); what was chosen stays chosen if it is still there."""
        before = self.key()
        self._labels = [words for _, words in items]
        self.clear()
        for index, (key, words) in enumerate(items):
            if icons:
                self.addItem(icons[index], words, key)
            else:
                self.addItem(words, key)
        self.choose(before)

    def key(self) -> object:
        """Return the key that is chosen; None if nothing is."""
        return self.currentData()

    def choose(self, key: object) -> None:
        """Choose a key; one that is not offered leaves nothing chosen."""
        self.setCurrentIndex(next((i for i in range(self.count()) if self.itemData(i) == key), -1))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            for index, words in enumerate(self._labels):
                self.setItemText(index, current(words))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Toggle(QAbstractButton):
    """A switch with words beside it."""

    def __init__(self, words: str) -> None:
        super().__init__()
        show_text(self.setText, words)
        show_text(self.setAccessibleName, words)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(34 + (10 + words if words else 0), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.5)
        track = QRectF(0, (self.height() - 20) / 2, 34, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent" if self.isChecked() else "control"))
        painter.drawRoundedRect(track, 10, 10)
        painter.setBrush(theme.color("panel"))
        left = track.right() - 18 if self.isChecked() else track.left() + 2
        painter.drawEllipse(QRectF(left, track.top() + 2, 16, 16))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        painter.setPen(theme.color("text"))
        painter.drawText(self.rect().adjusted(44, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())


class Segmented(QFrame):
    """Two or three choices side by side, of which one holds."""

    chosen = Signal(object)
    """The user chose: the key."""

    def __init__(self, items: Sequence[tuple[object, str]]) -> None:
        super().__init__()
        self.setProperty("role", "segmented")
        self.setFixedHeight(HEIGHT)
        self._keys = [key for key, _ in items]
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for index, (_, words) in enumerate(items):
            part = QPushButton()
            show_text(part.setText, words)
            part.setCheckable(True)
            part.setProperty("role", "segment")
            part.setCursor(Qt.CursorShape.PointingHandCursor)
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            self._group.addButton(part, index)
            row.addWidget(part)
        self._group.idClicked.connect(lambda index: self.chosen.emit(self._keys[index]))

    def key(self) -> object:
        """Return the key that is chosen; None when nothing is yet."""
        index = self._group.checkedId()
        return self._keys[index] if index >= 0 else None

    def choose(self, key: object) -> None:
        """Choose a key; raises ValueError for one that is not offered."""
        self._group.button(self._keys.index(key)).setChecked(True)

    def part(self, key: object) -> QAbstractButton:
        """Return the button of a key."""
        return self._group.button(self._keys.index(key))


class FormField(QWidget):
    """A labelled control with room for a hint and for what is wrong with it."""

    def __init__(self, label: str, control: QWidget, hint: str = "", required: bool = False) -> None:
        super().__init__()
        self.control = control
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(3)
        self.label = text(label, "caption")
        self.label.setBuddy(control)
        head.addWidget(self.label)
        if required:
            head.addWidget(text("*", "fault"))
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(control)
        if hint:
            column.addWidget(wrapped(hint, "hint"))
        self._fault = wrapped("", "fault")
        self._fault.setVisible(False)
        column.addWidget(self._fault)
        if not control.accessibleName():
            show_text(control.setAccessibleName, label)

    @property
    def fault(self) -> str:
        """What is shown to be wrong; empty when nothing is."""
        return self._fault.text()

    def show_fault(self, sentence: str) -> None:
        """Say what is wrong with the control, or with '' that nothing is."""
        if sentence == self.fault:
            return
        show_text(self._fault.setText, sentence)
        self._fault.setVisible(bool(sentence))
        self.control.setProperty("problem", bool(sentence))
        self.control.style().unpolish(self.control)
        self.control.style().polish(self.control)


def card() -> tuple[QFrame, QVBoxLayout]:
    """Make a bordered box and its column."""
    frame = QFrame()
    frame.setProperty("role", "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(12, 10, 12, 12)
    column.setSpacing(8)
    return frame, column


def rule() -> QFrame:
    """Make a horizontal hairline."""
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line


def chip(words: str, tone: str = "neutral") -> QLabel:
    """Make a small rounded label. ``tone``: neutral, event, orchestration, accent, error."""
    label = text(words, "chip")
    label.setProperty("tone", tone)
    label.setFixedHeight(22)
    label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return label


def emptied(layout: QVBoxLayout | QHBoxLayout) -> None:
    """Take everything out of a layout and have it deleted."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif isinstance(inner, QVBoxLayout | QHBoxLayout):
            emptied(inner)
