"""The window: bar, rail, pages and status line. It arranges; pages and panels do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.bridge import Bridge
from app.document.document import JourneyDocument
from app.drafts import Drafts
from app.forms.look import Look
from app.pages.definitions import SORTS, DefinitionsPage
from app.pages.designer import DesignerPage
from app.pages.journeys import JourneysPage
from app.pages.outbox import OutboxPage
from app.pages.profiles import ProfilesPage
from app.pages.settings import SettingsPage
from app.panels.command_search import Command, CommandSearch
from app.panels.rail import PLACES, Rail
from app.panels.shortcuts import Shortcuts
from app.panels.status_line import StatusLine
from app.panels.top_bar import Tab, TopBar
from app.preferences import Preferences
from app.theme.appearance import Appearance
from app.translation import Speech, system_language, tr
from app.widgets.labels import Toast
from engine.errors import SojournError
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.services.views import VersionRow

REFRESH_EVERY = 4000
"""Milliseconds between two looks at the list that is in front: other studios and commands change it too."""


@dataclass(slots=True)
class Open:
    """An open journey: its version, and its document, which outlives the page that shows it."""

    row: VersionRow
    document: JourneyDocument
    page: DesignerPage | None = None


class StudioWindow(QMainWindow):
    """See the module. ``closing`` is asked whether the window may close."""

    closed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        preferences: Preferences,
        drafts: Drafts,
        appearance: Appearance,
        speech: Speech,
        closing: Callable[[StudioWindow], bool] = lambda window: True,
    ) -> None:
        super().__init__()
        self.bridge, self.preferences, self.drafts = bridge, preferences, drafts
        self._appearance, self._speech, self._closing = appearance, speech, closing
        self._dressing = False
        self.place = "journeys"
        self.current: str | None = None
        self.open_journeys: dict[str, Open] = {}
        self.definitions = Definitions()
        self.journeys: tuple[VersionRow, ...] = ()
        self.setWindowTitle("Sojourn")
        self.setMinimumSize(1024, 640)
        self.resize(1600, 960)
        self.dress()
        bridge.state_changed.connect(self._engine_changed)
        bridge.failed.connect(self._request_failed)
        appearance.changed.connect(self._theme_changed)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_EVERY)
        self._timer.timeout.connect(self._refresh_quietly)
        self._timer.start()
        self._make_shortcuts()

    # Dressing

    def dress(self) -> None:
        """Make everything that is seen anew, in the theme and language of the day; what is open stays open."""
        self.look = Look(self._appearance.theme)
        zone = self.preferences.zone
        body = QWidget()
        body.setObjectName("page")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.top_bar = TopBar(self.look, self.bridge.caller.sandbox, self.bridge.caller.actor.capitalize())
        self.rail = Rail(self.look)
        self.status = StatusLine(self.look, zone)
        self.stack = QStackedWidget()
        column.addWidget(self.top_bar)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        column.addLayout(row, 1)
        column.addWidget(self.status)
        self.toast = Toast(self.stack)
        self._pages: dict[str, QWidget] = {}
        self._connect_frame()
        for opened in self.open_journeys.values():
            opened.page = None
        self.setCentralWidget(body)
        self.top_bar.show_engine(self.bridge.state or "starting")
        self.show_place(self.place, self.current)

    def _connect_frame(self) -> None:
        self.top_bar.tab_shown.connect(self.show_journey)
        self.top_bar.tab_closed.connect(self.close_journey)
        self.top_bar.searched.connect(self.open_search)
        self.top_bar.user_button.clicked.connect(self._open_user_menu)
        self.rail.chosen.connect(self.show_place)
        self.status.problems_asked.connect(self._toggle_problems)

    def _make_shortcuts(self) -> None:
        keys: Mapping[str, Callable[[], None]] = {
            "Ctrl+K": self.open_search,
            "Ctrl+W": self._close_current,
            "Ctrl+Z": lambda: self._do("undo"),
            "Ctrl+Shift+Z": lambda: self._do("redo"),
        }
        for key, action in keys.items():
            QShortcut(QKeySequence(key), self, action)

    # Places

    def show_place(self, place: str, version_id: str | None = None) -> None:
        """Go to a place of the rail, or to an open journey."""
        if version_id is not None and version_id in self.open_journeys:
            self.show_journey(version_id)
            return
        self.place, self.current = place, None
        self.rail.show_place(place)
        page = self._page(place)
        self.stack.setCurrentWidget(page)
        self._show_tabs()
        self._refresh(place)
        self.status.say("")
        if place in SORTS or place in ("journeys", "profiles"):
            page.list.table.setFocus()  # type: ignore[attr-defined]

    def _page(self, place: str) -> QWidget:
        if place not in self._pages:
            page = self._make_page(place)
            self._pages[place] = page
            self.stack.addWidget(page)
        return self._pages[place]

    def _make_page(self, place: str) -> QWidget:
        look, bridge, zone = self.look, self.bridge, self.preferences.zone
        if place == "journeys":
            journeys = JourneysPage(look, bridge, zone, bool(self.preferences.get("welcome")))
            journeys.opened.connect(self.open_journey)
            journeys.welcome_verb.connect(self._welcome)
            journeys.welcome_closed.connect(lambda: self.preferences.set("welcome", False))
            journeys.told.connect(self.say)
            return journeys
        if place in SORTS:
            definitions = DefinitionsPage(look, bridge, zone, place)
            definitions.told.connect(self.say)
            definitions.opened_journey.connect(self.open_journey)
            definitions.changed.connect(self.read_definitions)
            return definitions
        if place == "profiles":
            profiles = ProfilesPage(look, bridge)
            profiles.told.connect(self.say)
            return profiles
        if place == "messages":
            return OutboxPage(look, bridge, zone)
        settings = SettingsPage(look, bridge, self.preferences, self._speech.language)
        settings.told.connect(self.say)
        settings.appearance_changed.connect(self.dress_as_preferred)
        return settings

    def _refresh(self, place: str) -> None:
        page = self._pages.get(place)
        refresh = getattr(page, "refresh", None)
        if refresh is not None and self.bridge.running:
            refresh()

    def _refresh_quietly(self) -> None:
        if not self.bridge.running:
            return
        if self.current is None and self.place != "admin":
            self._refresh(self.place)
        self.read_definitions()

    def read_definitions(self) -> None:
        """Ask for the definitions and journeys that open journeys refer to."""
        self.bridge.definitions.all(self._take_definitions)
        self.bridge.journeys.list(self._take_journeys)

    def _take_definitions(self, definitions: Definitions) -> None:
        self.definitions = definitions
        for opened in self.open_journeys.values():
            if opened.page is not None:
                opened.page.set_definitions(definitions)

    def _take_journeys(self, rows: tuple[VersionRow, ...]) -> None:
        self.journeys = rows

    # Open journeys

    def open_journey(self, version_id: str) -> None:
        """Open a version in a tab of its own, or show the tab that has it."""
        if version_id in self.open_journeys:
            self.show_journey(version_id)
            return
        self.bridge.definitions.all(self._take_definitions)
        self.bridge.journeys.open(version_id, self._opened)

    def _opened(self, answer: tuple[VersionRow, JourneyVersion]) -> None:
        row, journey = answer
        if row.id not in self.open_journeys:
            self.open_journeys[row.id] = Open(row, self._document(row, journey))
            self.preferences.set("open", list(self.open_journeys))
        self.show_journey(row.id)

    def _document(self, row: VersionRow, journey: JourneyVersion) -> JourneyDocument:
        """The document of a version: with the draft that the engine does not have yet, or its undo history."""
        document = JourneyDocument(journey, self.definitions, self)
        draft = self.drafts.find(row.id) if row.state == "draft" else None
        if draft is not None and not draft.saved and draft.journey != journey:
            document.load(draft.journey, draft.history)
            self.say(tr("Unsaved work was restored."))
            self.bridge.journeys.save(row.id, draft.journey, self._restored, self._request_failed)
        elif draft is not None and draft.journey == journey:
            document.load(journey, draft.history)
        return document

    def _restored(self, row: VersionRow) -> None:
        if row.id in self.open_journeys:
            self.open_journeys[row.id].row = row

    def show_journey(self, version_id: str) -> None:
        """Bring an open journey to the front."""
        opened = self.open_journeys[version_id]
        if opened.page is None:
            opened.page = self._make_designer(opened)
            self.stack.addWidget(opened.page)
        self.current = version_id
        self.rail.show_place("journeys")
        self.stack.setCurrentWidget(opened.page)
        opened.page.canvas.setFocus()
        self._show_tabs()
        self._show_status()

    def _make_designer(self, opened: Open) -> DesignerPage:
        page = DesignerPage(
            self.look, self.bridge, self.drafts, self.preferences.zone, opened.row, opened.document, self
        )
        page.set_definitions(self.definitions)
        page.told.connect(self.say)
        page.opened.connect(self.open_journey)
        page.changed.connect(self._page_changed)
        page.gone.connect(self.close_journey)
        return page

    def close_journey(self, version_id: str) -> None:
        """Close a tab; what is typed is saved first."""
        opened = self.open_journeys.pop(version_id, None)
        if opened is None:
            return
        if opened.page is not None:
            opened.page.retire()
            self.stack.removeWidget(opened.page)
            opened.page.deleteLater()
        opened.document.deleteLater()
        self.preferences.set("open", list(self.open_journeys))
        if self.current == version_id:
            following = next(iter(self.open_journeys), None)
            self.show_place("journeys", following)
        self._show_tabs()

    def _close_current(self) -> None:
        if self.current is not None:
            self.close_journey(self.current)

    def _show_tabs(self) -> None:
        tabs = [Tab(key, opened.document.journey.name) for key, opened in self.open_journeys.items()]
        self.top_bar.show_tabs(tabs, self.current)

    def _page_changed(self) -> None:
        for opened in self.open_journeys.values():
            if opened.page is not None:
                opened.row = opened.page.row
        names = [opened.document.journey.name for opened in self.open_journeys.values()]
        if names != self.top_bar.names:
            self._show_tabs()
        self._show_status()

    def _show_status(self) -> None:
        opened = self.open_journeys.get(self.current or "")
        if opened is None or opened.page is None:
            return
        page = opened.page
        if page.row.state == "test":
            self.status.say(tr("The journey cannot be edited while it is tested"), "lock-simple")
        elif not page.editable:
            self.status.say(tr("Read only: this version is published"), "eye")
        else:
            self.status.tell_problems(*page.status)

    @property
    def designer(self) -> DesignerPage | None:
        """The open journey in front."""
        opened = self.open_journeys.get(self.current or "")
        return opened.page if opened else None

    def _toggle_problems(self) -> None:
        if self.designer is not None:
            self.designer.toggle_problems()

    def _do(self, verb: str) -> None:
        if self.designer is not None:
            self.designer.do(verb)

    # Search, keys, menu

    def commands(self) -> list[Command]:
        """Everything that can be found and done now."""
        found = [Command(tr(words), tr("Place"), icon, self._goer(key)) for key, words, icon in PLACES]
        journeys = self._page("journeys")
        assert isinstance(journeys, JourneysPage)
        found.append(Command(tr("New journey"), tr("Command"), "plus", journeys.ask_name))
        for place, sort in SORTS.items():
            found.append(Command(tr(sort.new), tr("Command"), "plus", self._maker(place)))
        found.append(Command(tr("Import profiles"), tr("Command"), "upload-simple", self._import_profiles))
        found.append(Command(tr("Show the keys"), tr("Command"), "keyboard", self.open_shortcuts, "?"))
        for theme, words in (("light", tr("Light theme")), ("dark", tr("Dark theme"))):
            found.append(Command(words, tr("Command"), "palette", self._wearer(theme)))
        if self.designer is not None:
            found.extend(self._journey_commands())
        found.extend(Command(row.name, tr("Journey"), "path", self._opener(row.id)) for row in self.journeys)
        for place, sort in SORTS.items():
            named = [item.name for item in getattr(self.definitions, sort.items)]
            found.extend(Command(name, tr(sort.title), sort.icon, self._shower(place, name)) for name in named)
        return found

    def _journey_commands(self) -> list[Command]:
        page = self.designer
        assert page is not None
        verbs = (("publish", tr("Publish"), "rocket-launch"), ("properties", tr("Properties"), "sliders-horizontal"))
        found = [Command(words, tr("This journey"), icon, self._doer(verb)) for verb, words, icon in verbs]
        found.append(Command(tr("Arrange"), tr("This journey"), "tree-structure", page.canvas.arrange))
        found.append(Command(tr("Find in the journey"), tr("This journey"), "magnifying-glass", page.canvas.show_find))
        return found

    def open_search(self) -> None:
        """Open the search over everything."""
        self.search = CommandSearch(self.look, self.commands(), self)
        self.search.open_over(self)

    def open_shortcuts(self) -> None:
        """Show every key."""
        self.shortcuts = Shortcuts(self)
        self.shortcuts.open()

    def _goer(self, place: str) -> Callable[[], None]:
        return lambda: self.show_place(place)

    def _opener(self, version_id: str) -> Callable[[], None]:
        return lambda: self.open_journey(version_id)

    def _doer(self, verb: str) -> Callable[[], None]:
        return lambda: self._do(verb)

    def _wearer(self, theme: str) -> Callable[[], None]:
        def wear() -> None:
            self.preferences.set("theme", theme)
            self.dress_as_preferred()

        return wear

    def _maker(self, place: str) -> Callable[[], None]:
        def make() -> None:
            self.show_place(place)
            page = self._pages[place]
            assert isinstance(page, DefinitionsPage)
            page.begin_new()

        return make

    def _shower(self, place: str, name: str) -> Callable[[], None]:
        def show() -> None:
            self.show_place(place)
            page = self._pages[place]
            assert isinstance(page, DefinitionsPage)
            page.list.select(name)

        return show

    def _import_profiles(self) -> None:
        self.show_place("profiles")
        page = self._pages["profiles"]
        assert isinstance(page, ProfilesPage)
        page.ask_import()

    def _open_user_menu(self) -> None:
        menu = QMenu(self)
        for theme, words in (("system", tr("Like the system")), ("light", tr("Light")), ("dark", tr("Dark"))):
            menu.addAction(words, self._wearer(theme))
        menu.addSeparator()
        menu.addAction(tr("Settings"), self._goer("admin"))
        menu.addAction(tr("Keys"), self.open_shortcuts)
        menu.aboutToHide.connect(menu.deleteLater)
        button = self.top_bar.user_button
        corner = button.mapToGlobal(button.rect().bottomRight())
        menu.popup(QPoint(corner.x() - menu.sizeHint().width(), corner.y() + 6))

    def keyPressEvent(self, event: object) -> None:
        """``?`` lists the keys, unless someone is typing."""
        if getattr(event, "text", lambda: "")() == "?" and not self._typing():
            self.open_shortcuts()

    def _typing(self) -> bool:
        return isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)

    # What happens

    def say(self, words: str) -> None:
        """Say something in passing."""
        self.toast.say(words)
        self.toast.raise_()

    def _request_failed(self, error: SojournError) -> None:
        self.say(error.message)

    def _engine_changed(self, state: str) -> None:
        self.top_bar.show_engine(state)
        if state == "running":
            self.read_definitions()
            self._refresh(self.place)
        elif state == "lost":
            self.say(tr("The engine stopped. It is being started again; nothing is lost."))
        elif state == "failed":
            self.say(tr("The engine does not start. The log says why; it is tried again."))

    def _welcome(self, verb: str) -> None:
        page = self._page("journeys")
        assert isinstance(page, JourneysPage)
        if verb == "new":
            page.ask_name()
            return
        sample = next((row for row in self.journeys if row.state in ("draft", "test")), None) or next(
            iter(self.journeys), None
        )
        if sample is None:
            self.say(tr("The sample is still being prepared; try again in a moment."))
            return
        self.open_journey(sample.id)
        if verb == "test" and sample.state == "draft":
            self._test_when_open(sample.id)

    def _test_when_open(self, version_id: str) -> None:
        def switch(rows: object) -> None:
            if self.designer is not None and self.designer.row.id == version_id:
                self.designer.switch_test(True)

        self.bridge.journeys.row(version_id, switch)

    def _theme_changed(self, _: object) -> None:
        self._redress()

    def dress_as_preferred(self) -> None:
        """Theme, language and zone as the preferences say now."""
        language = str(self.preferences.get("language")) or system_language()
        if language != self._speech.language:
            self._speech.speak(language)
        before = self._appearance.theme
        self._appearance.wear(str(self.preferences.get("theme")))
        if self._appearance.theme == before:
            self._redress()

    def _redress(self) -> None:
        """Dress anew once the event that asked for it is done: its sender is among what is replaced."""
        if self._dressing:
            return
        self._dressing = True
        for opened in self.open_journeys.values():
            if opened.page is not None:
                opened.page.retire()
        QTimer.singleShot(0, self, self._dress_again)

    def _dress_again(self) -> None:
        self._dressing = False
        for key, opened in list(self.open_journeys.items()):
            document = JourneyDocument(opened.document.journey, self.definitions, self)
            document.load(opened.document.journey, opened.document.history())
            document.retranslate()
            opened.document.deleteLater()
            self.open_journeys[key] = Open(opened.row, document)
        self.dress()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save what is typed; ask about live journeys."""
        for opened in self.open_journeys.values():
            if opened.page is not None:
                opened.page.flush()
        if not self._closing(self):
            event.ignore()
            return
        event.accept()
        self.closed.emit()
