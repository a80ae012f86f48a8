"""The docks around the canvas of an open journey: settings at the right, outline at the left, problems below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.activities.activity_form import FormContext
from app.activity_views import full_name
from app.canvas.view import CanvasView
from app.document import rules
from app.document.document import JourneyDocument, NotAllowedError
from app.forms.engine_texts import issues_by_setting
from app.pages.journey_checks import JourneyChecker
from app.pages.version_monitor import VersionMonitor
from app.panels.canvas_lists import OutlinePanel, ProblemList
from app.panels.live_panel import LiveFigures, LivePanel
from app.panels.palette import ActivityPalette
from app.panels.properties import PropertiesPane
from app.panels.ranking_rows import grouped
from app.panels.settings_pane import SettingsPane
from app.panels.testing_panel import TestModePanel
from app.translation import tr
from app.widgets.controls import row_of
from app.widgets.tab_order import enter, put_in_order
from engine.expression.types import ObjectType
from engine.json_types import JsonObject
from engine.model.activity import Activity
from engine.model.definitions import QUALIFICATION, QUALIFICATION_TYPE, Definitions
from engine.model.journey import JourneyVersion
from engine.services.views import MessageRow


class RightDock(QObject):
    """One pane at a time; a published version falls back to its live panel."""

    notified = Signal(str)
    chosen = Signal(str)
    """An activity was chosen in the live panel."""
    operations_requested = Signal(str)
    """A section of the operations is to be shown for this journey."""

    def __init__(
        self,
        canvas: CanvasView,
        document: JourneyDocument,
        checker: JourneyChecker,
        monitor: VersionMonitor,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._document, self._checker = canvas, document, checker
        self._monitor, self._widget = monitor, parent
        monitor.live_changed.connect(self._show_live)
        monitor.explained.connect(self._show_explanation)
        monitor.visited_changed.connect(self._ask_explanation)
        self.row = row_of(spacing=0)
        self.pane = self._pane = SettingsPane(parent)
        self._put(self._pane)
        self._published = self._shows_figures = False
        self._order_soon = QTimer(self, singleShot=True, interval=0)
        self._order_soon.timeout.connect(self._order)
        self._journeys: dict[str, str] = {}
        self._unfollowed = False
        self._cover_soon = QTimer(self, singleShot=True)
        self._cover_soon.timeout.connect(self._follow_if_resting)
        canvas.selection_changed.connect(self._selected)
        canvas.mouse.pressed.connect(self._pane.save)
        canvas.mouse.rested.connect(self._rested)
        canvas.activated.connect(self.enter)
        checker.checked.connect(self._refresh)
        self._pane.saved.connect(self._save_activity)
        self._pane.closed.connect(self.close)
        self._pane.discarded.connect(self._leave_settings)
        self._pane.edited.connect(self._order_soon.start)
        self._pane.duplicated.connect(lambda _: canvas.duplicate())
        self._pane.deleted.connect(self._delete)

    def _put(self, part: QWidget) -> None:
        part.setVisible(False)
        self.row.addWidget(part)

    @cached_property
    def properties(self) -> PropertiesPane:
        """The journey's properties, created on first use."""
        made = PropertiesPane(self._widget)
        if self.pane.frozen:
            made.set_read_only()
        made.saved.connect(self._save_properties)
        made.closed.connect(lambda: self._show(None))
        self._put(made)
        return made

    @cached_property
    def live(self) -> LivePanel:
        """The live panel, created on first use."""
        made = LivePanel(self._widget)
        made.chosen.connect(self.chosen)
        made.operations_requested.connect(self.operations_requested)
        made.ranged.connect(self._monitor.narrow)
        made.people.people_asked.connect(self._monitor.ask_people)
        made.people.history_asked.connect(self._monitor.ask_history)
        self._monitor.standing_changed.connect(made.people.show_people)
        self._monitor.history_changed.connect(made.people.show_history)
        self._put(made)
        return made

    def set_read_only(self) -> None:
        """Make everything read-only, including the texts of a published version."""
        self.pane.set_read_only()

    def _show_live(self, live: LiveFigures) -> None:
        self.live.show_live(live)
        if self._pane.shown_id is not None:
            self._pane.show_status(self._status(self._pane.shown_id))

    def _ask_explanation(self, *_: object) -> None:
        """Ask again what happened at the shown activity, after the person moved."""
        if self._pane.shown_id is not None and self._pane.isVisible():
            self._monitor.explain(self._pane.shown_id)

    def _show_explanation(self, name: str, found: JsonObject, message: MessageRow | None) -> None:
        if name == self._pane.shown_id:
            self._pane.explanation.show_explanation(found, message)

    def _status(self, name: str) -> str:
        """Return what stands above the settings of an activity of a published version: read-only, and its figures."""
        if not self._shows_figures:
            return ""
        note = tr("Read-only: label and description can be changed.") if not self.pane.frozen else tr("Read-only.")
        counts = self._monitor.activity_counts(name)
        if counts is None:
            return note
        figures = tr(
            "Entered {entered} · here now {current} · errors {errors}",
            entered=grouped(counts.entered),
            current=grouped(counts.current),
            errors=grouped(counts.errors),
        )
        return f"{figures}\n{note}"

    def parts(self) -> list[QWidget]:
        """Return the existing panes."""
        return [self._pane, *(vars(self)[name] for name in ("properties", "live") if name in vars(self))]

    def show_state(self, state: str, may_see_live: bool) -> None:
        """Adapt to the version's state; without permission there are no live figures."""
        published = state not in ("draft", "test")
        self.pane.keep_texts_open(published and not self.pane.frozen)
        self._shows_figures = published
        self._published = published and may_see_live
        if self._published and not any(part.isVisible() for part in self.parts()):
            self.live.setVisible(True)

    def show_journeys(self, rows: Sequence[tuple[str, str]]) -> None:
        """Set the journeys that a jump may go to, with their entry events."""
        if dict(rows) != self._journeys:
            self._journeys = dict(rows)
            self._refresh()

    @property
    def targets(self) -> Mapping[str, str]:
        """The journeys that a jump may go to, with their entry events."""
        return self._journeys

    def _selected(self, names: tuple[str, ...]) -> None:
        """Follow the selection; while a button is held only after its release, so that nothing moves under it."""
        self._pane.save()
        self._unfollowed = True
        self._follow_if_resting()

    def _follow_if_resting(self) -> None:
        if not self._unfollowed or not self._canvas.mouse.resting:
            return
        self._cover_soon.stop()
        self._unfollowed = False
        names = self._canvas.selection
        if len(names) == 1:
            self.show_activity(names[0])
        else:
            self.close()

    def _rested(self) -> None:
        """Follow what the mouse has selected; cover it only once it cannot be a double click any more."""
        names = self._canvas.selection
        if self._unfollowed and len(names) == 1 and self._would_cover(names[0]):
            self._cover_soon.start(QApplication.doubleClickInterval())
        else:
            self._follow_if_resting()

    @property
    def is_waiting(self) -> bool:
        """Whether the pane opens once the time of a double click is over."""
        return self._cover_soon.isActive()

    def _would_cover(self, name: str) -> bool:
        """Return whether opening the pane would cover an activity that is in view."""
        if not self._pane.isHidden() or self._published:
            return False
        viewer = self._canvas.viewer
        box, view = self._canvas.projection.content([name]), viewer.scene_box()
        return view.right() - self._pane.width() / viewer.scale_now < box.right()

    def show_activity(self, name: str) -> None:
        """Show the settings of an activity."""
        journey = self._document.journey
        context = build_form_context(journey, self._document.definitions, name, self._journeys)
        self._unfollowed = False
        covers = self._would_cover(name)
        self._pane.show_activity(journey.by_id[name], context, self._document.read_only)
        self._pane.show_status(self._status(name))
        self._pane.explanation.clear()
        self._monitor.explain(name)
        self._show(self._pane)
        if covers and (layout := self._widget.layout()) is not None:
            layout.activate()
            self._canvas.reveal([name])
        self._pane.show_faults(issues_by_setting(self._checker.issues, name))

    def _refresh(self) -> None:
        shown = self._pane.shown_id
        if not self._pane.isVisible() or shown is None:
            return
        if shown in self._document.journey.by_id:
            self.show_activity(shown)
        else:
            self._pane.clear()
            self._show(None)

    def _show(self, side: QWidget | None) -> None:
        if side is None and self._published:
            side = self.live
        inside = any(part is not side and _has_keyboard(part) for part in self.parts())
        for part in self.parts():
            part.setVisible(part is side)
        if inside and side in (None, vars(self).get("live")):
            self._canvas.setFocus()

    def _leave_settings(self) -> None:
        """Focus the canvas after the input was discarded."""
        if _has_keyboard(self._pane):
            self._canvas.setFocus()

    def enter(self, name: str) -> None:
        """Show the settings of an activity and focus the first field."""
        self.show_activity(name)
        self._order()
        if self._pane.form is not None:
            enter(self._pane.form)

    def _order(self) -> None:
        """Update the tab order after settings were added."""
        put_in_order(self._pane)

    def close(self) -> None:
        """Close the settings; focus the canvas if the focus was inside."""
        self._show(None)
        self._pane.clear()

    def open_properties(self) -> None:
        """Show the journey's properties."""
        self._pane.save()
        properties = self.properties
        properties.show_journey(self._document.journey, self._document.definitions, self._document.read_only)
        self._show(properties)
        properties.name.setFocus()

    def _save_activity(self, activity: Activity) -> None:
        document = self._document
        current = document.journey.by_id.get(activity.id)
        if current is None:
            self.notified.emit(tr("This activity no longer exists. Choose another."))
        elif document.read_only:
            self._attempt(
                lambda: document.update_activity(activity.id, label=activity.label, description=activity.description)
            )
        else:
            moved = activity.model_copy(update={"position": current.position})
            properties = self._pane.journey_settings()
            self._attempt(lambda: document.replace_activity(activity.id, moved, properties))

    def _save_properties(self, settings: JsonObject) -> None:
        self._attempt(lambda: self._document.set_properties(**settings))

    def _attempt(self, edit: Callable[[], None]) -> None:
        try:
            edit()
        except (NotAllowedError, ValueError) as error:
            self.notified.emit(str(getattr(error, "message", error)))

    def _delete(self, name: str) -> None:
        self._canvas.select([name])
        self._canvas.delete_selection()


def _has_keyboard(part: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and part.isAncestorOf(focused)


def build_form_context(
    journey: JourneyVersion, definitions: Definitions, activity: str, others: Mapping[str, str]
) -> FormContext:
    """Return the context of an activity's form; ``others`` are the journeys to jump to with their entry events."""
    readable: dict[str, ObjectType] = {}
    messages: list[tuple[str, str, str]] = []
    for earlier in list(rules.predecessors(journey, activity))[1:]:
        event = definitions.event.get(getattr(earlier, "event", None) or "")
        action = definitions.action.get(getattr(earlier, "action", None) or "")
        if event is not None:
            readable.setdefault(event.name, event.payload_type)
        if action is not None and action.response:
            readable.setdefault(action.name, action.response_type)
        if earlier.type == "segment_qualification":
            readable.setdefault(QUALIFICATION, QUALIFICATION_TYPE)
        if rules.is_message(earlier):
            messages.append((earlier.id, full_name(earlier), earlier.type))
    begins = activity not in journey.incoming
    return FormContext(definitions, definitions.scope(readable), tuple(messages), others, journey.namespace, begins)


class LeftDock(QObject):
    """Holds palette, test panel and outline; keeps the outline in step with the canvas."""

    def __init__(
        self,
        palette: ActivityPalette,
        canvas: CanvasView,
        document: JourneyDocument,
        checker: JourneyChecker,
        right_dock: RightDock,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._document, self._checker = canvas, document, checker
        self._right_dock, self._widget = right_dock, parent
        self.row = row_of(spacing=0)
        self.row.addWidget(palette)
        canvas.outline_wanted.connect(self.toggle)
        canvas.selection_changed.connect(self._follow)
        document.changed.connect(self.refresh)
        document.replaced.connect(self.refresh)
        checker.checked.connect(self.refresh)

    def make_test_panel(self) -> TestModePanel:
        """Create the test panel beside the palette."""
        made = TestModePanel(self._widget)
        self.row.insertWidget(1, made)
        put_in_order(self._widget)
        return made

    @cached_property
    def outline(self) -> OutlinePanel:
        """The outline, created on first use."""
        made = OutlinePanel(self._widget)
        made.setVisible(False)
        made.chosen.connect(lambda name: self._canvas.select([name], show=True))
        made.entered.connect(self._right_dock.enter)
        made.closed.connect(self.toggle)
        self.row.addWidget(made)
        put_in_order(self._widget)
        return made

    def parts(self) -> list[QWidget]:
        """Return the outline if it exists."""
        return [self.outline] if "outline" in vars(self) else []

    @property
    def _shown(self) -> bool:
        return "outline" in vars(self) and not self.outline.isHidden()

    def toggle(self) -> None:
        """Show the outline and focus it, or hide it and focus the canvas."""
        if self._shown:
            self.outline.hide()
            self._canvas.setFocus()
            return
        self.outline.show()
        self.refresh()
        self._follow(self._canvas.selection)
        self.outline.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self, _: object = None) -> None:
        """Update the outline after a change of the journey or its problems."""
        if not self._shown:
            return
        problems: dict[str, str] = {}
        for issue in self._checker.problems():
            if issue.activity:
                problems[issue.activity] = "; ".join(filter(None, (problems.get(issue.activity), issue.message)))
        self.outline.show_journey(self._document.journey, problems)

    def _follow(self, names: tuple[str, ...]) -> None:
        if self._shown:
            self.outline.follow(names)


_MARGIN, _HEIGHT, _NARROWEST = 12, 220, 320


class ProblemsDock(QObject):
    """Shows and hides the list and keeps it above the canvas."""

    chosen = Signal(str)
    """An activity is to be shown: its id."""

    def __init__(self, checker: JourneyChecker, canvas: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._checking, self._canvas, self._widget = checker, canvas, parent

    @cached_property
    def panel(self) -> ProblemList:
        """The list, created on first use."""
        made = ProblemList(self._widget)
        made.setVisible(False)
        made.chosen.connect(self.chosen)
        made.closed.connect(lambda: made.setVisible(False))
        return made

    def parts(self) -> list[QWidget]:
        """Return the list if it exists."""
        return [self.panel] if "panel" in vars(self) else []

    def toggle(self) -> None:
        """Show or hide the list."""
        if any(part.isVisible() for part in self.parts()):
            self.panel.setVisible(False)
        else:
            self.show()

    def show(self) -> None:
        """Show the list with the current problems."""
        self.panel.show_problems(self._checking.problems())
        self.panel.setVisible(True)
        self.place()

    def refresh(self) -> None:
        """Update the problems."""
        if any(part.isVisible() for part in self.parts()):
            self.panel.show_problems(self._checking.problems())

    def place(self) -> None:
        """Move the list to the lower edge of the canvas."""
        for part in self.parts():
            top, width = self._widget.height() - _HEIGHT - _MARGIN, self._canvas.width() - 2 * _MARGIN
            part.setGeometry(self._canvas.x() + _MARGIN, top, max(width, _NARROWEST), _HEIGHT)
            part.raise_()
