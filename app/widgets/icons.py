"""Icons, icons of activities on their tint, and short notices that disappear after some seconds."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.theme.colors import SCHEMES
from app.theme.icons import draw_icon, pixmap


class Icon(QLabel):
    """An icon in a colour of the theme."""

    def __init__(self, name: str = "", role: str = "secondary", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self.show_icon(name, role)

    def show_icon(self, name: str, role: str) -> None:
        """Show another icon; '' shows none."""
        self._name, self._role = name, role
        self.setPixmap(pixmap(name, role, self._size) if name else QPixmap())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.show_icon(self._name, self._role)


def draw_disc(painter: QPainter, box: QRectF, glyph: str, category: str, theme_name: str) -> None:
    """Paints an activity's icon on its tint into a square, for lists and delegates too."""
    theme = SCHEMES[theme_name]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(f"{category}_tint"))
    size = box.width()
    if glyph == "git-branch":
        painter.translate(box.center())
        painter.rotate(45)
        side = size * 0.74
        painter.drawRoundedRect(QRectF(-side / 2, -side / 2, side, side), side * 0.2, side * 0.2)
        painter.rotate(-45)
        painter.translate(-box.center())
    else:
        painter.drawEllipse(box)
    draw_icon(painter, glyph, QPointF(box.center()), size * 0.56, theme.color(category))
    painter.restore()


class Toast(QFrame):
    """A short notice above the lower edge of its parent; it goes by itself and never takes a click away."""

    SHOWN_FOR = 4500

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setProperty("role", "toast")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words = QLabel()
        self._words.setWordWrap(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addWidget(self._words)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence in place of the last one."""
        self._words.setText(text)
        self.setAccessibleName(text)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self._timer.start(self.SHOWN_FOR)

    @property
    def words(self) -> str:
        """What it says, or said last."""
        return self._words.text()

    def place(self) -> None:
        """To the middle of the parent's lower edge."""
        room = self._room.rect()
        self.move(max(8, (room.width() - self.width()) // 2), room.height() - self.height() - 24)
