"""The open journeys, each with its document and, once shown, its page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.bridge import Bridge, calls, definitions_used_by, open_version
from app.document import rules
from app.document.document import JourneyDocument
from app.pages.designer import DesignerPage
from app.pages.version_texts import tab_name
from app.panels.palette import PaletteFilter
from app.translation import tr
from app.user_files import Drafts, Preferences
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.services.views import VersionRow


@dataclass(slots=True)
class OpenJourney:
    """An open journey: version row, document, and page. The document outlives the page."""

    row: VersionRow
    document: JourneyDocument
    page: DesignerPage | None = None


class OpenJourneys(QObject):
    """Opens, restores and closes journeys by version id, in the order they were opened."""

    shown = Signal(str)
    """An open version is to be shown."""
    notified = Signal(str)
    changed = Signal()
    """Name, state or problems of an open journey changed."""
    gone = Signal(str)
    """An open version was deleted."""
    operations_requested = Signal(str, str)
    """A section of the operations is to be shown for a journey: section and name."""

    def __init__(self, bridge: Bridge, drafts: Drafts, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._drafts, self._preferences = bridge, drafts, preferences
        self._items: dict[str, OpenJourney] = {}
        self._entries: dict[str, tuple[int, str, str]] = {}
        self._versions: dict[str, list[VersionRow]] = {}
        self.definitions = Definitions()

    def __contains__(self, version_id: object) -> bool:
        return version_id in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    @property
    def names(self) -> dict[str, str]:
        """Names of the open journeys by version id, with the number where there may be several versions."""
        open_versions = Counter(item.row.journey for item in self._items.values())
        return {
            key: tab_name(item.document.journey.name, item.row.version, open_versions[item.row.journey] == 1)
            for key, item in self._items.items()
        }

    def page(self, version_id: str | None) -> DesignerPage | None:
        """Return the page of an open version if it exists."""
        item = self._items.get(version_id or "")
        return item.page if item else None

    def pages(self) -> Iterator[DesignerPage]:
        """Return the existing pages."""
        return (item.page for item in self._items.values() if item.page is not None)

    def open(self, version_id: str) -> None:
        """Open a version unless it is open, then emit ``shown``."""
        if version_id in self._items:
            self.shown.emit(version_id)
            return
        if self._bridge.may("read_definitions"):
            self._bridge.read(calls.definitions.all(), self.take_definitions)
        self._bridge.read(open_version(version_id), self._opened)

    def _opened(self, answer: tuple[VersionRow, JourneyVersion]) -> None:
        row, journey = answer
        if row.id not in self._items:
            self._items[row.id] = OpenJourney(row, self._document(row, journey))
            self._remember()
            if not self._bridge.may("read_definitions"):
                self._bridge.read(definitions_used_by(row), partial(self._take_used, row.id))
        self.shown.emit(row.id)

    def _document(self, row: VersionRow, journey: JourneyVersion) -> JourneyDocument:
        """Return the document of a version: its unsaved draft, or the saved journey with undo history."""
        document = JourneyDocument(journey, self.definitions, self)
        draft = self._drafts.find(row.id) if row.state == "draft" else None
        if draft is not None and not draft.saved and draft.journey != journey:
            document.load(draft.journey, draft.history)
            self.notified.emit(tr("Unsaved work was restored."))
            self._bridge.write(calls.journeys.save(row.id, draft.journey), self._restored, self._bridge.failed.emit)
        elif draft is not None and draft.journey == journey:
            document.load(journey, draft.history)
        return document

    def _restored(self, row: VersionRow) -> None:
        if row.id in self._items:
            self._items[row.id].row = row

    def make_page(self, version_id: str, parent: QWidget) -> DesignerPage:
        """Return the page of an open version, created inside ``parent``: moving it later would style it twice."""
        item = self._items[version_id]
        if item.page is None:
            page = DesignerPage(self._bridge, self._drafts, self._preferences.zone, item.row, item.document, parent)
            page.notified.connect(self.notified)
            page.opened.connect(self.open)
            page.changed.connect(self._page_changed)
            page.gone.connect(self.gone)
            page.right_dock.operations_requested.connect(partial(self._request_operations, page))
            page.show_journeys(self._targets(version_id))
            if item.row.journey in self._versions:
                page.show_versions(self._versions[item.row.journey])
            page.palette_panel.filter.restore(self._preferences.mapping("palette"))
            page.palette_panel.filter.changed.connect(partial(self._sift, page.palette_panel.filter))
            item.page = page
        return item.page

    def _request_operations(self, page: DesignerPage, section: str) -> None:
        self.operations_requested.emit(section, page.document.journey.name)

    def _sift(self, chosen: PaletteFilter) -> None:
        """Apply a change of the palette filter to all palettes and save it."""
        self._preferences.set("palette", chosen.state())
        for item in self._items.values():
            if item.page is not None:
                item.page.palette_panel.filter.restore(chosen.state())

    def close(self, version_id: str) -> DesignerPage | None:
        """Close an open version after saving; return its page for removal."""
        item = self._items.pop(version_id)
        if item.page is not None:
            item.page.retire()
        item.document.deleteLater()
        self._remember()
        return item.page

    def _remember(self) -> None:
        self._preferences.set_open_journeys(self._bridge.caller.sandbox, list(self._items))

    def leave(self) -> list[DesignerPage]:
        """Save and close everything but remember it as open; return the pages for removal."""
        items = list(self._items.values())
        self._items.clear()
        self._entries.clear()
        self.definitions = Definitions()
        for item in items:
            if item.page is not None:
                item.page.retire()
            item.document.deleteLater()
        return [item.page for item in items if item.page is not None]

    def flush(self) -> None:
        """Save pending changes of every open journey."""
        for page in self.pages():
            page.flush()

    def retire(self) -> None:
        """Prepare every page for replacement."""
        for page in self.pages():
            page.retire()

    def renew(self) -> None:
        """Recreate documents for new pages, their undo history in the current language."""
        for item in self._items.values():
            old = item.document
            known = self.definitions if self._bridge.may("read_definitions") else old.definitions
            item.document = JourneyDocument(old.journey, known, self)
            item.document.load(old.journey, old.history())
            item.document.retranslate()
            item.page = None
            old.deleteLater()

    def _take_used(self, version_id: str, definitions: Definitions) -> None:
        """Apply the definitions used by one open journey; the user may not see others."""
        item = self._items.get(version_id)
        if item is not None and item.page is not None:
            item.page.set_definitions(definitions)
        elif item is not None:
            item.document.set_definitions(definitions)

    def take_definitions(self, definitions: Definitions) -> None:
        """Replace the available definitions."""
        self.definitions = definitions
        for item in self._items.values():
            if item.page is not None:
                item.page.set_definitions(definitions)
            elif item.document.definitions != definitions:
                item.document.set_definitions(definitions)

    def take_journeys(self, rows: Sequence[VersionRow]) -> None:
        """Learn all versions, and the entry events of the journeys that a jump may go to."""
        self._versions = {}
        for row in rows:
            self._versions.setdefault(row.journey, []).append(row)
        if not self._items:
            return
        for page in self.pages():
            versions = self._versions.get(page.row.journey, ())
            if any(row.id == page.row.id for row in versions):
                page.show_versions(versions)
        for row in (row for row in rows if row.newest):
            known = self._entries.get(row.id)
            if known is None or known[0] != row.changed_at:
                self._bridge.read(open_version(row.id), partial(self._learn, row), lambda _: None)

    def _learn(self, row: VersionRow, answer: tuple[VersionRow, JourneyVersion]) -> None:
        entry = rules.entry_of(answer[1])
        self._entries[row.id] = (row.changed_at, row.name, getattr(entry, "event", None) or "")
        for key, item in self._items.items():
            if item.page is not None:
                item.page.show_journeys(self._targets(key))

    def _targets(self, version_id: str) -> list[tuple[str, str]]:
        own = self._items[version_id].row.name
        return [(name, event) for _, name, event in self._entries.values() if event and name != own]

    def _page_changed(self) -> None:
        for item in self._items.values():
            if item.page is not None:
                item.row = item.page.row
        self.changed.emit()
