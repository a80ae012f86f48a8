"""Buttons: with words in the roles of the style sheet, with an icon alone, and the switch."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget

from app.theme.icons import icon
from app.widgets.theming import theme_of


class Button(QPushButton):
    """A button with words. ``role``: '' (plain), ``primary``, ``danger``, ``link``, ``dashed``; ``glyph``: an icon."""

    def __init__(self, text: str = "", role: str = "", glyph: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._role, self._glyph = role, glyph
        self.setProperty("role", role)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(16, 16))
        self._paint_icon()

    def _paint_icon(self) -> None:
        if self._glyph:
            role = {"primary": "on_accent", "danger": "error", "link": "accent"}.get(self._role, "text")
            self.setIcon(icon(self._glyph, theme_of(self).color(role)))

    def changeEvent(self, event: QEvent) -> None:
        """The icon follows the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()


class IconButton(QToolButton):
    """A square button with an icon; ``tip`` is its tooltip and its name for screen readers."""

    def __init__(
        self, glyph: str, tip: str, framed: bool = False, size: int = 32, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self.setProperty("role", "framed" if framed else "")
        self.setFixedSize(size, size)
        self.setIconSize(QSize(18, 18) if size >= 28 else QSize(16, 16))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_tip(tip)
        self._paint_icon()

    def set_tip(self, tip: str) -> None:
        """The words of the button."""
        self.setToolTip(tip)
        self.setAccessibleName(tip)

    def set_glyph(self, glyph: str) -> None:
        """Another icon."""
        self._glyph = glyph
        self._paint_icon()

    def _paint_icon(self) -> None:
        theme = theme_of(self)
        self.setIcon(icon(self._glyph, theme.color("secondary"), theme.color("accent")))

    def changeEvent(self, event: QEvent) -> None:
        """The icon follows the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()


class Switch(QAbstractButton):
    """On or off, with words beside it; a knob on the right and a filled track mean on."""

    TRACK = QSize(34, 20)

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        """Track, gap and words."""
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(self.TRACK.width() + (words + 10 if words else 0), 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, knob, focus ring and words."""
        theme = theme_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.45)
        track = QRectF(0, (self.height() - self.TRACK.height()) / 2, self.TRACK.width(), self.TRACK.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent" if self.isChecked() else "control"))
        painter.drawRoundedRect(track, 10, 10)
        painter.setBrush(theme.color("panel" if not theme.is_dark or not self.isChecked() else "on_accent"))
        x = track.right() - 10 if self.isChecked() else track.left() + 10
        painter.drawEllipse(QPointF(x, track.center().y()), 7.5, 7.5)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("text"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), 9.5, 9.5)
        painter.setPen(theme.color("text"))
        words = self.rect().adjusted(self.TRACK.width() + 10, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()
