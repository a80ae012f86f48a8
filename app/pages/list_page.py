"""Base of pages with a list, perhaps with the form of the selected object, and the filters of all lists."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from itertools import chain, count
from typing import Protocol, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QInputDialog, QWidget

from app.bridge import Bridge, Work
from app.editors.definition_editor import DefinitionEditor
from app.forms.engine_texts import error_text
from app.forms.time_format import now_ms
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.translation import tr
from app.user_files import Preferences
from app.widgets.confirmation import confirm
from app.widgets.controls import column_of, row_of
from app.widgets.texts import show_text
from engine.errors import SojournError

Answer = TypeVar("Answer")

RECENT_MS = 30 * 24 * 60 * 60 * 1000


class AuditedRow(Protocol):
    """A row with creation and change, by user and time (epoch milliseconds)."""

    @property
    def created_by(self) -> str: ...

    @property
    def created_at(self) -> int: ...

    @property
    def changed_by(self) -> str: ...

    @property
    def changed_at(self) -> int: ...


def common_filters() -> FilterGroup:
    """Return the filter group of all lists: created by me, changed in the last 30 days."""
    return FilterGroup(tr("Changes"), {"mine": tr("Mine"), "recent": tr("Changed in the last 30 days")})


def common_tags(row: AuditedRow, user: str) -> frozenset[str]:
    """Return the filter tags of a row for the current user."""
    tags = {"mine"} if user in (row.created_by, row.changed_by) else set()
    return frozenset(tags | ({"recent"} if row.changed_at > now_ms() - RECENT_MS else set()))


def common_dates() -> dict[str, str]:
    """Return the date filters."""
    return {"changed": tr("Changed"), "created": tr("Created")}


def dates_of(row: AuditedRow) -> dict[str, int]:
    """Return when a row was created and changed; nothing for built-in rows."""
    return {key: at for key, at in (("changed", row.changed_at), ("created", row.created_at)) if at}


def free_name(taken: Collection[str], first: str, numbered: Callable[[int], str]) -> str:
    """Return ``first``, else the first ``numbered`` name from 2 on that is not taken."""
    return next(name for name in chain((first,), map(numbered, count(2))) if name not in taken)


def keep_columns(shown: ObjectList, preferences: Preferences, place: str) -> None:
    """Restore the columns of a list, and save changes to them."""
    shown.restore_columns(preferences.columns(place))
    shown.columns_changed.connect(partial(preferences.set_columns, place))


class ListPage(QWidget):
    """A page with a list. Subclasses create the list, load its rows, and run its actions."""

    notified = Signal(str)
    """A short message for the user."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge, self.zone = bridge, zone
        self.setObjectName("page")
        self.column = column_of(self, 0)
        self.row = row_of(spacing=0)
        self.add_top()
        self.column.addLayout(self.row, 1)
        self.list = self.make_list()
        self.list.asked.connect(self.ask)
        self.row.addWidget(self.list, 1)

    def add_top(self) -> None:
        """Add to the column what stands above the list."""

    def make_list(self) -> ObjectList:
        """Create the list."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Reload the rows."""

    def ask(self, verb: str, key: str) -> None:
        """Run an action of a row's menu or the editor's header."""

    def ask_for_name(self, title: str, then: Callable[[str], None], verb: str = "", name: str = "") -> None:
        """Ask for the name of an object; ``then`` gets it unless it is empty."""
        self.ask_for_text(title, tr("Name"), then, verb, name)

    def ask_for_text(
        self, title: str, question: str, then: Callable[[str], None], verb: str = "", text: str = ""
    ) -> None:
        """Ask for a line of text; ``then`` gets it unless it is empty."""
        dialog = QInputDialog(self)
        show_text(dialog.setWindowTitle, title)
        dialog.setLabelText(question)
        dialog.setOkButtonText(verb or tr("Create"))
        dialog.setCancelButtonText(tr("Cancel"))
        dialog.setTextValue(text)
        dialog.textValueSelected.connect(lambda given: then(given.strip()) if given.strip() else None)
        dialog.open()

    def confirm_delete(
        self,
        name: object,
        work: Work[Answer],
        then: Callable[[Answer], None],
        details: str = "",
        refused: Callable[[SojournError], None] | None = None,
    ) -> None:
        """Ask whether an object is to be deleted, then delete it."""
        confirm(
            self,
            tr("Delete"),
            tr("Delete {name}?", name=name),
            details or tr("This cannot be undone."),
            tr("Delete"),
            lambda: self.bridge.write(work, then, refused or self.refuse),
        )

    def report(self, error: SojournError) -> None:
        """Show a refusal as a message."""
        self.notified.emit(error_text(error))

    def refuse(self, error: SojournError) -> None:
        """Show why the engine refused."""
        self.report(error)

    def done(self, words: str, *_: object) -> None:
        """Confirm a change and reload."""
        self.notified.emit(words)
        self.refresh()


class ListFormPage(ListPage):
    """A list with the form of the selected object. Subclasses create the editor of a row."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        self.editor: DefinitionEditor | None = None
        super().__init__(bridge, zone, parent)
        self.list.chosen.connect(self.open)
        self.list.opened.connect(self.enter)

    def open(self, key: str) -> None:
        """Show a row in the editor unless it has unsaved input."""

    def enter(self, key: str) -> None:
        """Show a row in the editor and focus it."""
        self.open(key)
        if self.editor is not None:
            self.editor.focus_first()

    def busy_with(self, key: str) -> bool:
        """Return whether the editor shows this row or has unsaved input."""
        return self.editor is not None and (self.editor.was == key or self.editor.dirty)

    def show_editor(self, editor: DefinitionEditor) -> None:
        """Replace the editor."""
        self.close_editor()
        editor.closed.connect(self.close_editor)
        editor.verb.connect(self.ask)
        self.row.addWidget(editor)
        self.editor = editor
        self._fit_editor()

    def _fit_editor(self) -> None:
        """Share a narrow page between the list and the editor."""
        if self.editor is not None:
            self.editor.fit(self.width() - self.list.minimumWidth())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the editor to the new width."""
        super().resizeEvent(event)
        self._fit_editor()

    def close_editor(self) -> None:
        """Close the editor."""
        if self.editor is not None:
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None
            self.list.table.setFocus()

    def refuse(self, error: SojournError) -> None:
        """Show a refusal in the editor or as a message."""
        if self.editor is not None:
            self.editor.show_fault(error_text(error))
        else:
            self.report(error)

    def done(self, words: str, *_: object) -> None:
        """Confirm a change, close the editor and reload."""
        self.close_editor()
        super().done(words)
