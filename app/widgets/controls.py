"""Controls of all forms and bars: labels, buttons, fields, choices and switches, in the roles of the style sheet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast, runtime_checkable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyleOptionButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.translation import current
from app.widgets.tab_order import laid_out
from app.widgets.texts import show_text

HEIGHT = 34
Pressed = Callable[[], object] | SignalInstance
"""Called when a button is pressed."""


def label(words: str, role: str = "body") -> QLabel:
    """Make a label. ``role``: body, strong, title, heading, section, secondary, caption, figure, code, fault, error."""
    made = QLabel()
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    show_text(made.setText, words)
    return made


def wrapped(words: str, role: str = "secondary") -> QLabel:
    """Make a label that wraps its text."""
    made = label(words, role)
    made.setWordWrap(True)
    return made


def restyle(widget: QWidget, **properties: object) -> None:
    """Set properties that the style sheet uses, and apply it again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class Button(QPushButton):
    """A push button, optionally with a shortcut after its words.

    ``kind``: plain, primary, danger, quiet, dashed, link. With ``inline`` the button is only as high as its words.
    """

    def __init__(
        self,
        words: str = "",
        kind: str = "plain",
        icon: QIcon | None = None,
        shortcut: str = "",
        inline: bool = False,
        pressed: Pressed | None = None,
    ) -> None:
        super().__init__()
        if pressed is not None:
            self.clicked.connect(pressed)
        show_text(self.setText, " " + words if icon is not None and not inline else words)
        self.setProperty("role", kind)
        if not inline:
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
        self._words, self.only_icon, self._full_width = words, False, 0
        self._reserve_key()

    def _reserve_key(self) -> None:
        if self._key is not None:
            self._key.setVisible(not self.only_icon)
            padding = self._key.sizeHint().width() + 20
            self.setStyleSheet("" if self.only_icon else f"QPushButton {{ padding-right: {padding}px }}")

    def show_only_icon(self, only: bool) -> None:
        """Show the icon without the words, which become the tooltip."""
        if only == self.only_icon or (only and self.icon().isNull()):
            return
        self._full_width = self.full_width()
        self.only_icon = only
        self._reserve_key()
        show_text(self.setToolTip, self._words if only else "")
        show_text(self.setAccessibleName, self._words if only else "")
        self.setMinimumWidth(HEIGHT if only else 0)
        self.setMaximumWidth(HEIGHT if only else 16_777_215)
        self.updateGeometry()

    def full_width(self) -> int:
        """Return the width with words."""
        return self._full_width if self.only_icon else self.sizeHint().width()

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        """Leave the words out where only the icon is shown."""
        super().initStyleOption(option)
        if self.only_icon:
            cast("Any", option).text = ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._key is not None:
            hint = self._key.sizeHint()
            self._key.setGeometry(self.width() - hint.width() - 12, 1, hint.width(), self.height() - 2)


class ElidedButton(QPushButton):
    """A push button that shortens its words to its width."""

    def minimumSizeHint(self) -> QSize:
        return QSize(80, super().minimumSizeHint().height())

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        """Shorten the words."""
        super().initStyleOption(option)
        space = self.width() - self.iconSize().width() - 28
        cast("Any", option).text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, space)


class IconButton(QToolButton):
    """A square button with only an icon; ``tip`` is its tooltip and accessible name."""

    def __init__(
        self, icon: str, tip: str, framed: bool = False, size: int = 30, pressed: Pressed | None = None
    ) -> None:
        super().__init__()
        if pressed is not None:
            self.clicked.connect(pressed)
        self.setIcon(theme.icon(icon, "secondary", "accent"))
        self.setIconSize(QSize(18, 18))
        show_text(self.setToolTip, tip)
        show_text(self.setAccessibleName, tip)
        self.setProperty("role", "framed" if framed else "bare")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(HEIGHT if framed else size, HEIGHT if framed else size)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def _keep_one_line(line: QLineEdit, text: str) -> None:
    """Turn control characters of what was pasted into one space each time, and none at its ends."""
    if _CONTROL.search(text):
        at = len(_CONTROL.sub(" ", text[: line.cursorPosition()]))
        line.setText(_CONTROL.sub(" ", text).strip())
        line.setCursorPosition(at)


def text_line(text: str = "", secret: bool = False) -> QLineEdit:
    """Make an input of one line; a ``secret`` one hides what is typed. Pasted tabs and line feeds become spaces."""
    line = QLineEdit(text)
    line.textChanged.connect(lambda text: _keep_one_line(line, text))
    line.setFixedHeight(HEIGHT)
    if secret:
        line.setEchoMode(QLineEdit.EchoMode.Password)
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


@runtime_checkable
class CheckedInput(Protocol):
    """An input that reads what is typed: a number, a time, a date."""

    text_checked: SignalInstance
    """The text changed: ``problem`` may be another one."""

    def problem(self) -> str:
        """Return in one sentence what is wrong with the text; '' if nothing is."""


class FormField(QWidget):
    """A labelled control with room for a hint and for what is wrong with it."""

    def __init__(self, words: str, control: QWidget, hint: str = "", required: bool = False) -> None:
        super().__init__()
        self.control, self.required = control, required
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(3)
        self.label = label(words, "caption")
        self.label.setBuddy(control)
        head.addWidget(self.label)
        if required:
            head.addWidget(label("*", "fault"))
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(control)
        if hint:
            column.addWidget(wrapped(hint, "hint"))
        self._fault = wrapped("", "fault")
        self._fault.setVisible(False)
        self._said = ""
        if isinstance(control, CheckedInput):
            control.text_checked.connect(self._show_fault)
        column.addWidget(self._fault)
        if not control.accessibleName():
            show_text(control.setAccessibleName, words)

    @property
    def fault(self) -> str:
        """What is shown to be wrong; empty when nothing is."""
        return self._fault.text()

    def show_fault(self, sentence: str) -> None:
        """Say what is wrong with the control, or with '' that nothing is; its own problem comes first."""
        self._said = sentence
        self._show_fault()

    def _show_fault(self) -> None:
        sentence = (self.control.problem() if isinstance(self.control, CheckedInput) else "") or self._said
        if sentence == self.fault:
            return
        show_text(self._fault.setText, sentence)
        self._fault.setVisible(bool(sentence))
        restyle(self.control, problem=bool(sentence))


Margins = tuple[int, int, int, int]
"""Left, top, right and bottom."""
NO_MARGINS: Margins = (0, 0, 0, 0)


def column_of(owner: QWidget | None = None, spacing: int = -1, margins: Margins = NO_MARGINS) -> QVBoxLayout:
    """Make a column, in a widget or to be put into another layout; -1 is the style's spacing."""
    column = QVBoxLayout() if owner is None else QVBoxLayout(owner)
    column.setContentsMargins(*margins)
    column.setSpacing(spacing)
    return column


def row_of(owner: QWidget | None = None, spacing: int = -1, margins: Margins = NO_MARGINS) -> QHBoxLayout:
    """Make a row, in a widget or to be put into another layout; -1 is the style's spacing."""
    row = QHBoxLayout() if owner is None else QHBoxLayout(owner)
    row.setContentsMargins(*margins)
    row.setSpacing(spacing)
    return row


def scroll_area(spacing: int, margins: Margins, sideways: bool = True) -> tuple[QScrollArea, QVBoxLayout]:
    """Make an area that scrolls, and the column inside it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    inside = QWidget()
    area.setWidget(inside)
    return area, column_of(inside, spacing, margins)


def set_style_name(widget: QWidget, name: str) -> None:
    """Name a widget for the style sheet, which paints its background."""
    widget.setObjectName(name)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


def card() -> tuple[QFrame, QVBoxLayout]:
    """Make a bordered box and its column."""
    frame = QFrame()
    frame.setProperty("role", "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(12, 10, 12, 12)
    column.setSpacing(8)
    return frame, column


def rule(vertical: bool = False) -> QFrame:
    """Make a hairline."""
    line = QFrame()
    line.setProperty("role", "column" if vertical else "line")
    return line


def chip(words: str, tone: str = "neutral") -> QLabel:
    """Make a small rounded label. ``tone``: neutral, event, orchestration, accent, success, warning, error."""
    made = label(words, "chip")
    made.setProperty("tone", tone)
    made.setFixedHeight(22)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def emptied(layout: QLayout) -> None:
    """Take everything out of a layout and have it deleted."""
    for widget in laid_out(layout):
        layout.removeWidget(widget)
        widget.hide()
        widget.setParent(None)
        widget.deleteLater()
    for inner in layout.children():
        if isinstance(inner, QLayout):
            emptied(inner)
    while layout.takeAt(0) is not None:
        continue
