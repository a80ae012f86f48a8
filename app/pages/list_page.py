"""Base of pages with a list, perhaps with the form of the selected object, and the filters of all lists."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.bridge import Bridge
from app.editors.definition_editor import DefinitionEditor
from app.forms.engine_texts import error_text
from app.forms.time_format import now_ms
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.translation import tr
from engine.errors import SojournError

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
    """Return the filter group."""
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


class ListFormPage(QWidget):
    """Subclasses create the list and the editor of a row."""

    notified = Signal(str)

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge, self.zone = bridge, zone
        self.editor: DefinitionEditor | None = None
        self.setObjectName("page")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self.list = self.make_list()
        self.list.chosen.connect(self.open)
        self.list.opened.connect(self.enter)
        self._row.addWidget(self.list, 1)

    def make_list(self) -> ObjectList:
        """Create the list."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Reload the rows."""

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
        self._row.addWidget(editor)
        self.editor = editor

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
            self.notified.emit(error_text(error))

    def done(self, words: str = "") -> None:
        """Confirm a change, close the editor and reload."""
        self.close_editor()
        self.notified.emit(words or tr("Saved."))
        self.refresh()
