"""Which theme the application wears: light, dark, or the system's; switched without a restart."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.theme import fonts
from app.theme.colors import DARK, LIGHT, SCHEMES, ColorScheme
from app.theme.style_sheet import palette, style_sheet
from engine.installation import resource_path

FOLDER = resource_path("themes")
STYLE = "Fusion"
CHOICES = ("system", "light", "dark")


class Theme(QObject):
    """Dresses the application and tells painters when the theme changes. ``wish`` is one of ``CHOICES``."""

    changed = Signal(object)
    """The new :class:`ColorScheme`."""

    def __init__(self, application: QGuiApplication, wish: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._wish = wish
        fonts.register()
        application.setFont(fonts.font())
        if isinstance(application, QApplication) and not application.styleSheet():
            application.setStyle(QStyleFactory.create(STYLE))
        self.theme = self._wished()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._dress()

    def set_appearance(self, wish: str) -> None:
        """Changes to ``light``, ``dark`` or ``system``."""
        self._wish = wish if wish in CHOICES else "system"
        self._follow_system()

    def _wished(self) -> ColorScheme:
        if self._wish in SCHEMES:
            return SCHEMES[self._wish]
        return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT

    def _follow_system(self) -> None:
        theme = self._wished()
        if theme != self.theme:
            self.theme = theme
            self._dress()
            self.changed.emit(theme)

    def _dress(self) -> None:
        """Every widget there is takes it up, which takes time: only what is new is set."""
        if not isinstance(self._application, QApplication):
            return
        sheet = style_sheet(self.theme, FOLDER)
        if self._application.styleSheet() != sheet:
            self._application.setPalette(palette(self.theme))
            self._application.setStyleSheet(sheet)
