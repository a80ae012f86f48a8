"""The pane at the right of the canvas: the settings of the selected activity, saved with Enter, discarded with Esc."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QMargins, QRectF, Signal, SignalInstance
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.activities.activity_form import ActivityForm, FormContext
from app.activity_views import category, title, type_icon, view_of
from app.forms.form_pane import FormPane
from app.panels.test_explanation import TestExplanation
from app.translation import tr
from app.widgets.controls import IconButton, column_of, label, row_of, wrapped
from app.widgets.icons import draw_disc
from app.widgets.tab_order import enter
from app.widgets.texts import show_text
from engine.json_types import JsonDict, JsonObject
from engine.model.activity import ACTIVITY_KINDS, Activity, ActivityBase, kind_of

WIDTH = 340


class Emblem(QWidget):
    """The small round (or, for conditions, diamond) icon of a kind of activity."""

    def __init__(self) -> None:
        super().__init__()
        self._type = "end"
        self.setFixedSize(28, 28)

    def show_type(self, kind: str) -> None:
        """Show the icon of that type of activity."""
        self._type = kind
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_disc(
            painter, QRectF(self.rect()), type_icon(self._type), category(self._type), theme.current_scheme().name
        )
        painter.end()


class FormPlace(QWidget):
    """The container of the current form. Forms are created in it, since moving a widget styles it again."""

    def __init__(self) -> None:
        super().__init__()
        self._column = column_of(self)

    def put_above(self, part: QWidget) -> None:
        """Put a widget above the form."""
        self._column.insertWidget(0, part)

    def put(self, form: QWidget) -> None:
        """Show a form that was made here."""
        self._column.addWidget(form)
        form.show()


class SettingsPane(FormPane):
    """Shows one activity at a time. It changes nothing itself: ``saved`` carries what the user made."""

    saved = Signal(object)
    """The activity as the user wants it."""
    edited = Signal()
    """Something was typed that is not saved yet."""
    discarded = Signal()
    """Unsaved input is about to be discarded."""
    previewed = Signal()
    """The message is to be shown as somebody would see it."""
    duplicated = Signal(str)
    deleted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("settings-pane", WIDTH, parent)
        self._activity: Activity | None = None
        self._context: FormContext | None = None
        self._dirty = False
        self._read_only = self._texts_open = False
        self.form: ActivityForm[ActivityBase] | None = None
        self._place = FormPlace()
        self.area.setWidget(self._place)
        self.explanation = TestExplanation()
        self._place.put_above(self.explanation)
        self.begin(self._head())
        self.status = wrapped("", "hint")
        self.status.setContentsMargins(16, 10, 16, 0)
        self.status.setVisible(False)
        self.outer.insertWidget(2, self.status)
        self.end(QMargins(16, 12, 16, 14))

    def _head(self) -> QWidget:
        head = QWidget()
        head.setFixedHeight(55)
        row = row_of(head, 4, (16, 0, 12, 0))
        self._emblem = Emblem()
        row.addWidget(self._emblem)
        row.addSpacing(6)
        self.title = label("", "title")
        row.addWidget(self.title, 1)
        self.duplicate_button = IconButton("copy", tr("Duplicate"))
        self.delete_button = IconButton("trash", tr("Delete"))
        self.close_button = IconButton("x", tr("Close"))
        for made in (self.duplicate_button, self.delete_button, self.close_button):
            row.addWidget(made)
        self.duplicate_button.clicked.connect(lambda: self._emit_for_shown(self.duplicated))
        self.delete_button.clicked.connect(lambda: self._emit_for_shown(self.deleted))
        self.close_button.clicked.connect(self.leave)
        return head

    @property
    def shown_id(self) -> str | None:
        """The id of the activity that is shown."""
        return self._activity.id if self._activity else None

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self._dirty

    def show_activity(self, activity: Activity, context: FormContext, read_only: bool) -> None:
        """Show an activity, anew when it is the one shown and nothing was typed."""
        if self._dirty and self._activity is not None and self._activity.id == activity.id:
            return
        same_form = self.form is not None and self._activity is not None and self._context == context
        if same_form and self._activity == activity and self._read_only == read_only:
            return
        self._activity, self._context, self._read_only = activity, context, read_only
        self._make_form(activity, context)
        self._set_dirty(False)

    def show_status(self, words: str) -> None:
        """Show a line above the form: that it is read-only, and figures; '' for none."""
        show_text(self.status.setText, words)
        self.status.setVisible(bool(words))

    def keep_texts_open(self, texts_open: bool) -> None:
        """Whether label and description can be changed even of what is read-only: a published version."""
        if texts_open != self._texts_open:
            self._texts_open = texts_open
            if self.form is not None:
                self.form.set_read_only(self._read_only, texts_open)

    def _make_form(self, activity: Activity, context: FormContext) -> None:
        self._emblem.show_type(activity.type)
        show_text(self.title.setText, title(activity))
        form = view_of(activity).form
        assert issubclass(form, ActivityForm)
        made = form(context, self._place)
        made.show_activity(activity)
        made.changed.connect(self._typed)
        made.previewed.connect(self.previewed)
        made.kind_changed.connect(self._retype)
        made.set_read_only(self._read_only, self._texts_open)
        in_use, before = self._field_in_use(), self.form
        if before is not None:
            before.hide()
            before.deleteLater()  # it may be in the midst of the key or click that asked for another
        self.form = made
        self._place.put(made)
        if in_use in made.fields:
            enter(made.fields[in_use])
        for control in (self.duplicate_button, self.delete_button):
            control.setEnabled(not self._read_only)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._activity is not None:
            show_text(self.title.setText, title(self._activity))

    def _field_in_use(self) -> str:
        """Return the input that has the keyboard, which stays there when the form is made anew."""
        focused, fields = QApplication.focusWidget(), self.form.fields if self.form is not None else {}
        return next((name for name, made in fields.items() if focused and made.isAncestorOf(focused)), "")

    def _typed(self) -> None:
        self._set_dirty(True)
        self.edited.emit()

    def _retype(self, kind: str) -> None:
        """Another kind of the same condition or wait: what both have is kept."""
        assert self.form is not None
        assert self._context is not None
        before = self.form.activity()
        if kind_of(before) == kind:
            return
        settings: JsonDict = {"id": before.id, "label": before.label, "description": before.description}
        settings |= {"type": before.type, "kind": kind.partition(".")[2], "position": before.position}
        settings |= self.form.settings_for(kind, before)
        self._make_form(ACTIVITY_KINDS[kind].settings.model_validate(settings), self._context)
        self._typed()

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Say at the inputs what is wrong: setting to sentence."""
        if self.form is not None:
            self.form.show_faults(faults)

    def journey_settings(self) -> JsonObject:
        """Properties of the whole journey that are set in this pane."""
        return self.form.journey_settings() if self.form is not None else {}

    def save(self) -> None:
        """Emit the edited activity if it was changed."""
        if self._dirty and self.form is not None and (self._texts_open or not self._read_only):
            made = self.form.activity()
            self._activity = made
            self._set_dirty(False)
            self.saved.emit(made)

    def discard(self) -> None:
        """Forget what was typed; a second time closes the pane."""
        if not self._dirty:
            self.closed.emit()
        elif self._activity is not None and self._context is not None:
            self.discarded.emit()
            self._set_dirty(False)
            self._make_form(self._activity, self._context)

    def leave(self) -> None:
        """Save and close: nothing typed is ever lost by looking elsewhere."""
        self.save()
        self.closed.emit()

    def clear(self) -> None:
        """Show nothing: the activity is gone."""
        self._activity = None
        self._set_dirty(False)

    def _set_dirty(self, dirty: bool) -> None:
        self._dirty = dirty
        self.save_button.setEnabled(dirty)

    def _emit_for_shown(self, signal: SignalInstance) -> None:
        if self._activity is not None:
            signal.emit(self._activity.id)
