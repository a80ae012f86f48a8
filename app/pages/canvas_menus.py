"""Menus of the canvas: the context menu with every mouse action, and the activities that may come next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, QSize, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.activity_views import full_name, path_name, type_icon
from app.canvas.annotations import GROUP_COLORS
from app.canvas.view import CanvasView
from app.document import rules
from app.document.document import JourneyDocument
from app.document.transfer import ActivityTemplate, palette, variants
from app.panels.filter_popup import FilterPopup
from app.translation import mark, tr
from engine.model.activity import Activity, exit_paths
from engine.model.journey import Edge

COLORS = {
    "blue": mark("Blue"),
    "green": mark("Green"),
    "orange": mark("Orange"),
    "red": mark("Red"),
    "gray": mark("Grey"),
}

MenuAction = Callable[[], object]


class CanvasMenu(QObject):
    """The context menu of one canvas."""

    def __init__(self, canvas: CanvasView, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        canvas.menu_requested.connect(self.open)

    @property
    def _document(self) -> JourneyDocument:
        return self._canvas.document

    def open(self, screen: QPoint, point: QPointF) -> None:
        """Open the menu at a point of the screen for the selection."""
        menu = self.menu = QMenu(self._canvas)
        names, edges = self._canvas.selection, self._canvas.selected_edges
        editable = self._canvas.mouse.editable
        if len(names) == 1:
            self._of_activity(menu, self._document.journey.by_id[names[0]], editable)
        elif len(edges) == 1 and not names:
            self._of_edge(menu, edges[0], point, editable)
        self._of_selection(menu, editable, point)
        self._of_groups(menu, editable)
        self._of_journey(menu, editable, point)
        menu.aboutToHide.connect(self._canvas.mouse.rest)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(screen)

    def _put(self, menu: QMenu, words: str, run: MenuAction, key: str = "", allowed: bool = True) -> None:
        action = menu.addAction(f"{words}\t{key}" if key else words)
        action.triggered.connect(lambda _: run())
        action.setEnabled(allowed)

    def _of_activity(self, menu: QMenu, activity: Activity, editable: bool) -> None:
        canvas, name = self._canvas, activity.id
        self._put(menu, tr("Settings"), lambda: canvas.activated.emit(name), "Enter")
        self._put(menu, tr("Rename"), canvas.rename, "F2")
        if editable:
            self._offer_next(menu, activity)
            self._offer_connections(menu, activity)
            for edge in self._document.journey.incoming.get(name, ()):
                self._put(menu, tr("Insert before"), partial(self._insert, edge))
            self._offer_cuts(menu, activity)
        menu.addSeparator()

    def _offer_next(self, menu: QMenu, activity: Activity) -> None:
        journey, canvas = self._document.journey, self._canvas
        for path in rules.open_paths(journey, activity.id):
            words = path_name(activity, path)
            shown = tr("Add after {name}", name=words) if words else tr("Add the next activity")
            self._put(menu, shown, partial(canvas.open_quick_add, activity.id, path), "Tab" if not words else "")
        if (parallel := rules.parallel_path(journey, activity.id)) is not None:
            self._put(menu, tr("Add a parallel path"), partial(canvas.open_quick_add, activity.id, parallel))

    def _offer_connections(self, menu: QMenu, activity: Activity) -> None:
        """Offer for each path the activities it may connect to."""
        journey = self._document.journey
        for path in exit_paths(activity):
            targets = [
                other for other in journey.activities if rules.can_connect(journey, activity.id, path, other.id) is None
            ]
            if not targets:
                continue
            words = path_name(activity, path)
            inner = menu.addMenu(tr("Connect {name} to", name=words) if words else tr("Connect to"))
            for other in targets:
                connect = partial(self._document.connect_path, activity.id, path, other.id)
                self._put(inner, full_name(other), partial(self._canvas.mouse.attempt, connect))

    def _offer_cuts(self, menu: QMenu, activity: Activity) -> None:
        """Offer to remove each edge of the activity."""
        journey = self._document.journey
        edges = [*journey.incoming.get(activity.id, ()), *journey.outgoing.get(activity.id, ())]
        if not edges:
            return
        inner = menu.addMenu(tr("Disconnect"))
        for edge in edges:
            words = tr(
                "{name} to {other}",
                name=full_name(journey.by_id[edge.source]),
                other=full_name(journey.by_id[edge.target]),
            )
            cut = partial(self._document.disconnect_edge, edge)
            self._put(inner, words, partial(self._canvas.mouse.attempt, cut))

    def _insert(self, edge: Edge) -> None:
        self._canvas.insert_requested.emit(self._canvas.projection.edges[edge].middle, edge)

    def _of_edge(self, menu: QMenu, edge: Edge, point: QPointF, editable: bool) -> None:
        insert = partial(self._canvas.insert_requested.emit, point, edge)
        self._put(menu, tr("Insert an activity"), insert, allowed=editable)
        menu.addSeparator()

    def _of_selection(self, menu: QMenu, editable: bool, point: QPointF) -> None:
        canvas = self._canvas
        names, notes = canvas.selection, canvas.selected_notes
        some = bool(names or notes)
        entries: Iterable[tuple[str, MenuAction, str, bool]] = (
            (tr("Copy"), canvas.copy, "Ctrl+C", some),
            (tr("Cut"), canvas.cut, "Ctrl+X", some and editable),
            (tr("Paste"), partial(canvas.paste, point), "Ctrl+V", editable),
            (tr("Duplicate"), canvas.duplicate, "Ctrl+D", bool(names) and editable),
            (tr("Delete"), canvas.delete_selection, "Del", editable and (some or bool(canvas.selected_edges))),
        )
        for entry in entries:
            self._put(menu, *entry)
        if len(names) > 1 and editable:
            inner = menu.addMenu(tr("Align"))
            self._put(inner, tr("Align in a row"), partial(canvas.align, True))
            self._put(inner, tr("Align in a column"), partial(canvas.align, False))
            self._put(inner, tr("Distribute horizontally"), partial(canvas.distribute, True), "", len(names) > 2)
            self._put(inner, tr("Distribute vertically"), partial(canvas.distribute, False), "", len(names) > 2)
        menu.addSeparator()

    def _of_groups(self, menu: QMenu, editable: bool) -> None:
        canvas, names = self._canvas, set(self._canvas.selection)
        self._put(menu, tr("Group"), canvas.group_selection, "Ctrl+G", bool(names) and editable)
        for index, group in enumerate(self._document.journey.groups):
            if not editable or not names & set(group.activities):
                continue
            title = tr("Group {name}", name=group.label) if group.label else tr("This group")
            inner = menu.addMenu(title)
            self._put(inner, tr("Rename"), partial(canvas.edit_actions.edit_group, index))
            for color in GROUP_COLORS:
                paint = partial(self._document.update_group, index, color=color)
                self._put(inner, tr(COLORS[color]), partial(canvas.mouse.attempt, paint), "", color != group.color)
            self._put(inner, tr("Ungroup"), canvas.ungroup_selection, "Ctrl+Shift+G")
        menu.addSeparator()

    def _of_journey(self, menu: QMenu, editable: bool, point: QPointF) -> None:
        canvas = self._canvas
        for index in canvas.selected_notes:
            self._put(menu, tr("Edit note"), partial(canvas.edit_actions.edit_note, index), "", editable)
        self._put(menu, tr("Add a note"), partial(canvas.add_note, point), "", editable)
        self._put(menu, tr("Arrange"), canvas.arrange, "", editable)
        self._put(menu, tr("Select all"), canvas.select_all, "Ctrl+A")
        self._put(menu, tr("Find in the journey"), canvas.show_find, "Ctrl+F")


class QuickAdd(FilterPopup):
    """A filter popup with the allowed activities."""

    chosen = Signal(object)
    """A template was chosen."""

    def __init__(self, templates: Sequence[ActivityTemplate], parent: QWidget) -> None:
        super().__init__(tr("What comes next?"), QSize(260, 340), parent)
        self._templates = tuple(templates)
        for template in self._templates:
            self.put(theme.icon(type_icon(template.kind), template.category), template.name)

    def take(self, row: int) -> None:
        self.chosen.emit(self._templates[row])


class QuickAddController(QObject):
    """Opens quick-add when the canvas requests it."""

    notified = Signal(str)
    chosen = Signal(object)
    """A template was chosen."""

    def __init__(self, canvas: CanvasView, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        canvas.quick_add_requested.connect(self.after)
        canvas.insert_requested.connect(self.between)

    def after(self, point: QPointF, name: str, path: str) -> None:
        """Offer what may follow a path's end or begin the journey."""
        journey = self._canvas.document.journey
        after = (name, path) if name else None

        def against(template: ActivityTemplate) -> rules.Reason:
            return rules.can_follow(journey, template, *after) if after else rules.can_begin(journey, template)

        self._offer_next(against, point, lambda template: self._canvas.add(template, point, after))

    def between(self, point: QPointF, edge: Edge) -> None:
        """Offer what may be inserted on an edge."""
        journey = self._canvas.document.journey
        self._offer_next(
            lambda template: rules.can_insert(journey, template, edge),
            point,
            lambda template: self._canvas.insert(template, point, edge),
        )

    def _offer_next(
        self,
        against: Callable[[ActivityTemplate], rules.Reason],
        point: QPointF,
        add: Callable[[ActivityTemplate], None],
    ) -> None:
        """Offer what nothing speaks against; say what does if that is everything."""
        known = (*palette(self._canvas.document.definitions), *variants())
        offers = [(template, against(template)) for template in known]
        templates = [template for template, reason in offers if reason is None]
        if not templates:
            reasons = {reason for _, reason in offers if reason}
            self._canvas.refuse(reasons.pop() if len(reasons) == 1 else tr("Nothing can follow here."))
            return
        popup = QuickAdd(templates, self._canvas)
        popup.chosen.connect(add)
        popup.chosen.connect(self.chosen)
        popup.chosen.connect(lambda _: self._canvas.setFocus())
        popup.open_near(self._canvas.global_point(point))
        self.popup = popup
