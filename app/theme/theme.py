"""The theme that the application shows: light, dark, or that of the system; switched while the studio runs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.theme import fonts
from app.theme.colors import DARK, LIGHT, SCHEMES, ColorScheme, current_scheme
from app.theme.restyling import Restyling
from app.theme.style_sheet import palette, style_sheet
from engine.installation import resource_path

FOLDER = resource_path("themes")
STYLE = "Fusion"
CHOICES = ("system", "light", "dark")


class Theme(QObject):
    """Applies palette, style sheet and fonts to the application. ``choice`` is one of ``CHOICES``.

    Widgets follow by themselves: they draw with :func:`app.theme.color` and :func:`app.theme.icon`, or set their
    colours again on ``QEvent.PaletteChange``.
    """

    changed = Signal(object)
    """The new :class:`ColorScheme`; everything visible has it already."""

    def __init__(self, application: QGuiApplication, choice: str = "system") -> None:
        super().__init__(application)
        self._application = application
        self._choice = choice
        fonts.register()
        application.setFont(fonts.font())
        self._restyling = Restyling(self)
        if isinstance(application, QApplication) and not application.styleSheet():
            application.setStyle(QStyleFactory.create(STYLE))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._update)
        self._apply(self._chosen())

    def set_appearance(self, choice: str) -> None:
        """Change to ``light``, ``dark`` or ``system``."""
        self._choice = choice if choice in CHOICES else "system"
        self._update()

    def _chosen(self) -> ColorScheme:
        if self._choice in SCHEMES:
            return SCHEMES[self._choice]
        return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT

    def _update(self) -> None:
        scheme = self._chosen()
        if scheme != current_scheme():
            self._apply(scheme)
            self.changed.emit(scheme)

    def _apply(self, scheme: ColorScheme) -> None:
        if isinstance(self._application, QApplication):
            self._restyling.apply(self._application, palette(scheme), style_sheet(scheme, FOLDER))
