"""Every text of the studio in the language of the user, switchable while it runs.

English is the source text. The other languages are gettext catalogues, ``app.po``, with the English text as the key.
Where one English text needs several translations, a context tells them apart: ``tr("Open", "state")``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QObject

from engine.catalogue import APP, ENGLISH, Catalogue, languages, load


class Translated(str):
    """A text in the current language that can be made again in another one; joined by ``+`` it stays one."""

    __slots__ = ("_make",)
    _make: Callable[[], str]

    def __new__(cls, make: Callable[[], str]) -> Translated:
        """``make`` returns the text in the language that is current when it is called."""
        made = super().__new__(cls, make())
        made._make = make
        return made

    def __add__(self, other: str, /) -> Translated:
        return Translated(lambda: str(current(self)) + str(current(other)))

    def __radd__(self, other: str, /) -> Translated:
        return Translated(lambda: str(current(other)) + str(current(self)))


def current(text: str) -> str:
    """Return a text in the current language, in which it need not have been made."""
    return Translated(text._make) if isinstance(text, Translated) else text


class SourceText(str):
    """An English text of a table with the context of its translation."""

    __slots__ = ("context",)
    context: str


def tr(text: str, context: str = "", /, **values: object) -> str:
    """Return the text in the current language, with ``values`` in its placeholders."""
    if isinstance(text, SourceText):
        context = text.context

    def make() -> str:
        catalogue = LanguageSwitcher.catalogue
        translation = catalogue.get(text, context) or text
        return catalogue.fill(translation, _current_values(values)) if values else translation

    return Translated(make)


def tr_n(one: str, many: str, n: int, context: str = "", /, **values: object) -> str:
    """Return the form of a text for a number, ``{count}`` in it."""

    def make() -> str:
        catalogue = LanguageSwitcher.catalogue
        translation = catalogue.get(one, context, count=n) or (one if n == 1 else many)
        return catalogue.fill(translation, {"count": n, **_current_values(values)})

    return Translated(make)


def _current_values(values: Mapping[str, object]) -> dict[str, object]:
    return {name: current(value) if isinstance(value, str) else value for name, value in values.items()}


def mark(text: str, context: str = "") -> str:
    """Mark a source text in a table for translation; the code that shows it calls ``tr``."""
    if not context:
        return text
    marked = SourceText(text)
    marked.context = context
    return marked


class LanguageSwitcher(QObject):
    """Sets the language of the application; every widget then gets a LanguageChange event."""

    current: ClassVar[str] = ENGLISH
    """The language that was set last."""
    catalogue: ClassVar[Catalogue] = Catalogue()

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._application = application

    @property
    def language(self) -> str:
        """The code of the current language."""
        return LanguageSwitcher.current

    def set_language(self, language: str) -> None:
        """Switch to a language that has a catalogue; anything else is English."""
        LanguageSwitcher.current = language if language in languages() else ENGLISH
        LanguageSwitcher.catalogue = load(APP, LanguageSwitcher.current)
        self._application.sendEvent(self._application, QEvent(QEvent.Type.LanguageChange))


def current_language() -> str:
    """Return the code of the language that texts are shown in."""
    return LanguageSwitcher.current


def system_language() -> str:
    """Return the language of the system if there is a catalogue for it, else English."""
    code = QLocale.system().name().split("_")[0]
    return code if code in languages() else ENGLISH
