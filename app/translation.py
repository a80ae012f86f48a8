"""Every string a user reads goes through here, and so through Qt's translation, switchable while the studio runs.

English is the source text. Other languages are JSON catalogues, ``resources/translations/<language>/<room>.json``,
that map the source text to its translation; several files make one language, so that each room keeps its own.
Plural forms are written out by the caller as two source texts; Korean needs none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QLocale, QObject, QTranslator

from engine.installation import resource_path

FOLDER = resource_path("translations")
LANGUAGES: Mapping[str, str] = {"en": "English", "ko": "한국어"}
"""Languages the studio speaks, by code, with the name each gives itself."""

CONTEXT = "Sojourn"


def tr(text: str, **values: object) -> str:
    """The source text in the current language; ``{name}`` in it is then replaced by ``values``."""
    translated = QCoreApplication.translate(CONTEXT, text)
    return translated.format(**values) if values else translated


def mark(text: str) -> str:
    """Marks a source text in a table for translation; the one who shows it calls ``tr`` on it."""
    return text


def load_catalogue(language: str, folder: Path = FOLDER) -> dict[str, str]:
    """The translations of one language, from all its files; empty for English."""
    found: dict[str, str] = {}
    for file in sorted((folder / language).glob("*.json")):
        found.update(json.loads(file.read_text(encoding="utf-8")))
    return found


class Catalogue(QTranslator):
    """Answers Qt from a loaded catalogue; a text that is missing is shown in English."""

    def __init__(self, texts: Mapping[str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._texts = texts

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        """The translation, or None for "ask the next one" ('' would be shown); a disambiguation makes no difference."""
        return self._texts.get(source) if context == CONTEXT else None  # type: ignore[return-value]

    def isEmpty(self) -> bool:
        """Qt skips empty translators."""
        return not self._texts


class LanguageSwitcher(QObject):
    """Sets the language of the application; every widget then gets a LanguageChange event."""

    current: ClassVar[str] = "en"
    """The language that was set last."""

    def __init__(self, application: QCoreApplication, folder: Path = FOLDER) -> None:
        super().__init__(application)
        self._application = application
        self._folder = folder
        self._installed: Catalogue | None = None
        self.language = "en"

    def set_language(self, language: str) -> None:
        """Switch to a language of ``LANGUAGES``; anything else is English."""
        self.language = language if language in LANGUAGES else "en"
        LanguageSwitcher.current = self.language
        if self._installed is not None:
            self._application.removeTranslator(self._installed)
        self._installed = Catalogue(load_catalogue(self.language, self._folder), self)
        self._application.installTranslator(self._installed)


def current_language() -> str:
    """Return the code of the language that texts are shown in."""
    return LanguageSwitcher.current


def system_language() -> str:
    """The language of the system if the studio speaks it, else English."""
    code = QLocale.system().name().split("_")[0]
    return code if code in LANGUAGES else "en"
