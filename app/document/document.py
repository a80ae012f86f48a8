"""The journey being edited and its only undo stack (architecture.md, Data flow).

Every edit is one method here and one step of the history. Views listen to ``changed`` and draw; they keep no journey of
their own. The rules are in ``app.document.rules``; an edit that breaks one raises :class:`NotAllowedError` and changes
nothing. Gestures check first with ``rules.can_…``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from pydantic import TypeAdapter
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.document import journey_edits, rules, transfer
from app.document.journey_edits import round_position, top_left
from app.document.patches import (
    DocumentChange,
    EditCommand,
    Patch,
    difference,
    first_state,
    history_json,
    line,
    read_history,
    retranslate_history,
    revise,
)
from app.document.placement import ROW, End, Placement, Position, free_position, place_after, place_between
from app.document.transfer import ActivityTemplate, ClipboardContent, fresh_id
from app.translation import mark, tr
from engine.json_types import JsonObject
from engine.model.activity import ACTIVITY_KINDS, Activity
from engine.model.definitions import Definitions
from engine.model.journey import Edge, Group, JourneyVersion, Note

STEPS = 200
"""Number of edits that can be undone (studio.md, Designer)."""

_ACTIVITY: TypeAdapter[Activity] = TypeAdapter(Activity)
_LABELS = frozenset({"label", "description"})

_NONE: JsonObject = MappingProxyType({})


class NotAllowedError(Exception):
    """The edit would break a design rule; ``message`` explains it in the user's language."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class JourneyDocument(QObject):
    """One journey version being edited, with the definitions it may use."""

    changed = Signal(object)
    """A :class:`DocumentChange`, after an edit, an undo or a redo."""

    replaced = Signal()
    """The whole journey or its definitions were replaced: draw everything again."""

    read_only_changed = Signal(bool)

    def __init__(self, journey: JourneyVersion, definitions: Definitions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journey = journey_edits.place_unpositioned(journey)
        self._definitions = definitions
        self._read_only = False
        self.editing = False
        """Whether the change that is told is a new edit, not undo or redo."""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(STEPS)

    @property
    def journey(self) -> JourneyVersion:
        """The current journey; frozen, so it can be shared."""
        return self._journey

    @property
    def definitions(self) -> Definitions:
        """What the journey may refer to."""
        return self._definitions

    @property
    def read_only(self) -> bool:
        """Whether only names, labels and descriptions may change (published, or under test)."""
        return self._read_only

    def set_read_only(self, read_only: bool) -> None:
        """Lock or unlock the journey."""
        if read_only != self._read_only:
            self._read_only = read_only
            self.read_only_changed.emit(read_only)

    def set_definitions(self, definitions: Definitions) -> None:
        """Replace the definitions and keep the journey."""
        self._definitions = definitions
        self.replaced.emit()

    def load(self, journey: JourneyVersion, kept: str | None = None) -> None:
        """Replace the journey, with a saved history or none."""
        self.undo_stack.clear()
        self._journey = journey_edits.place_unpositioned(journey)
        if kept:
            self._restore(kept)
        self.replaced.emit()

    # Activities

    def add_activity(
        self,
        template: ActivityTemplate,
        position: Position | None = None,
        after: End | None = None,
        on_edge: Edge | None = None,
    ) -> str:
        """Add an activity on an empty position, after a path's end (``after``) or on an edge; return its id."""
        journey = self._journey
        self._refuse(self._can_add(template, after, on_edge))
        name = fresh_id(template.definition or ACTIVITY_KINDS[template.kind].type, self._ids)
        placement = self._placement(position, after, on_edge)
        activity = template.activity(name, round_position(placement.position))
        after_it = journey_edits.add_activity(journey, activity, after, on_edge, placement.moved)
        self._edit(mark("Add an activity"), after_it)
        return name

    def _can_add(self, template: ActivityTemplate, after: End | None, on_edge: Edge | None) -> rules.Reason:
        if after:
            return rules.can_follow(self._journey, template, *after)
        if on_edge:
            return rules.can_insert(self._journey, template, on_edge)
        return rules.can_begin(self._journey, template)

    def insert_existing(self, name: str, edge: Edge, position: Position | None = None) -> None:
        """Insert an unconnected activity on an edge."""
        self._refuse(rules.can_insert_existing(self._journey, name, edge))
        placement = place_between(self._journey, edge, position, name) if position is not None else None
        self._edit(mark("Insert an activity"), journey_edits.insert_activity(self._journey, name, edge, placement))

    def update_activity(self, name: str, **settings: object) -> None:
        """Change settings of one activity in one step; edges of removed paths go too.

        Raise ValidationError for invalid settings and NotAllowedError when the journey is locked.
        """
        activity = self._activity(name)
        if not settings.keys() <= _LABELS:
            self._refuse(None)
        self._put(activity, _ACTIVITY.validate_python(activity.model_dump() | settings), labels_only=True)

    def replace_activity(self, name: str, activity: Activity, properties: JsonObject = _NONE) -> None:
        """Replace an activity under its id, perhaps by another kind, together with journey properties, in one step."""
        self._refuse(None)
        self._put(self._activity(name), activity.model_copy(update={"id": name}), properties=properties)

    def _put(self, old: Activity, new: Activity, labels_only: bool = False, properties: JsonObject = _NONE) -> None:
        after = revise(journey_edits.replace_activity(self._journey, old, new), **properties)
        self._edit(mark("Change an activity"), after, labels_only)

    def move(
        self, positions: Mapping[str, Position], notes: Mapping[int, Position] | None = None, merge: str = ""
    ) -> None:
        """Move activities and notes to whole pixels; consecutive steps with one ``merge`` key are one step."""
        self._refuse(None)
        self._edit(mark("Move"), journey_edits.move_items(self._journey, positions, notes or {}), merge=merge)

    def delete(
        self, names: Collection[str] = (), edges: Collection[Edge] = (), notes: Collection[int] = (), cut: bool = False
    ) -> None:
        """Delete activities, edges and notes; join neighbours where that is unambiguous."""
        self._refuse(None)
        after = journey_edits.remove_items(self._journey, names, edges, notes)
        self._edit(mark("Cut") if cut else mark("Delete"), after)

    # Edges

    def connect_path(self, source: str, path: str, target: str, moving: Edge | None = None) -> None:
        """Connect a path; ``moving`` is the edge it replaces when an end was moved."""
        self._refuse(rules.can_connect(self._journey, source, path, target, moving))
        self._edit(mark("Connect"), journey_edits.connect_edge(self._journey, line(source, path, target), moving))

    def disconnect_edge(self, edge: Edge) -> None:
        """Remove an edge."""
        self._refuse(None)
        edges = tuple(item for item in self._journey.edges if item != edge)
        self._edit(mark("Disconnect"), revise(self._journey, edges=edges))

    # The whole

    def set_properties(self, **settings: object) -> None:
        """Set the journey's own settings (``name``, ``description``, ``namespace``) or its properties."""
        own = {key: value for key, value in settings.items() if key in ("name", "description", "namespace")}
        others = {key: value for key, value in settings.items() if key not in own}
        labels_only = not others and "namespace" not in own
        if others:
            properties = type(self._journey.properties)
            own["properties"] = properties.model_validate(self._journey.properties.model_dump() | others)
        self._edit(mark("Change properties"), revise(self._journey, **own), labels_only)

    def arrange(self) -> None:
        """Lay out the journey again."""
        self._refuse(None)
        self._edit(mark("Arrange"), journey_edits.arrange_all(self._journey))

    def clip(self, names: Collection[str], notes: Collection[int] = ()) -> ClipboardContent:
        """Return what copying these puts on the clipboard; works in locked journeys too."""
        return transfer.copy(self._journey, names, notes)

    def paste(
        self, clip: ClipboardContent, position: Position | None = None, after: End | None = None
    ) -> tuple[str, ...]:
        """Paste with the upper left at ``position``, connected to a path's end if given; return the new ids."""
        self._refuse(self.can_paste(clip, after))
        fresh = transfer.renamed(clip, self._ids)
        left, top = top_left(fresh)
        lowest = max((item.position[1] for item in fresh.activities if item.position), default=top)
        placement = self._placement(position, after, height=lowest - top)
        fresh = transfer.moved(fresh, placement.position[0] - left, placement.position[1] - top)
        after_it = journey_edits.paste_clip(self._journey, fresh, after, placement.moved)
        if self._journey.namespace is None and not self._journey.activities:
            known = clip.namespace in self._definitions.namespace_codes
            after_it = revise(after_it, namespace=clip.namespace if known else None)
        self._edit(mark("Paste"), after_it)
        return tuple(activity.id for activity in fresh.activities)

    def can_paste(self, clip: ClipboardContent, after: End | None = None) -> rules.Reason:
        """Return why a clip may not be pasted, here or at a path's end; None if it may."""
        return rules.can_paste(self._journey, clip.activities, clip.roots, after)

    def duplicate(self, names: Collection[str]) -> tuple[str, ...]:
        """Duplicate activities next to themselves; return the new ids."""
        clip = self.clip(names)
        left, top = top_left(clip)
        return self.paste(clip, (left + 40, top + ROW))

    # Notes and groups

    def add_note(self, position: Position, text: str = "") -> int:
        """Add a note; return its index."""
        self._refuse(None)
        note = Note(text=text, position=round_position(position))
        self._edit(mark("Add a note"), revise(self._journey, notes=(*self._journey.notes, note)))
        return len(self._journey.notes) - 1

    def update_note(self, index: int, **settings: object) -> None:
        """Set a note's text, position or size."""
        self._refuse(None)
        notes = list(self._journey.notes)
        notes[index] = Note.model_validate(notes[index].model_dump() | settings)
        self._edit(mark("Change a note"), revise(self._journey, notes=tuple(notes)))

    def add_group(self, names: Collection[str], label: str = "", color: str = "blue") -> int:
        """Group activities; each is in one group at most. Return the group's index."""
        self._refuse(None)
        self._edit(mark("Group"), journey_edits.group_activities(self._journey, names, label, color))
        return len(self._journey.groups) - 1

    def update_group(self, index: int, **settings: object) -> None:
        """Set a group's label, colour or activities."""
        self._refuse(None)
        groups = list(self._journey.groups)
        groups[index] = Group.model_validate(groups[index].model_dump() | settings)
        self._edit(mark("Change a group"), revise(self._journey, groups=tuple(groups)))

    def ungroup(self, index: int) -> None:
        """Remove a group and keep its activities."""
        self._refuse(None)
        groups = tuple(group for at, group in enumerate(self._journey.groups) if at != index)
        self._edit(mark("Ungroup"), revise(self._journey, groups=groups))

    # History

    def history(self) -> str:
        """Return the undo history as JSON text, saved with the draft."""
        return history_json(self.undo_stack)

    def _restore(self, kept: str) -> None:
        """Restore a saved history: revert to its beginning, then apply all edits again."""
        index, edits = read_history(kept, self._apply)
        self._journey = first_state(self._journey, edits[:index])
        self.blockSignals(True)
        for edit in edits:
            self.undo_stack.push(edit)
        self.undo_stack.setIndex(index)
        self.blockSignals(False)

    def retranslate(self) -> None:
        """Update the names of the steps in the current language."""
        retranslate_history(self.undo_stack)

    # Inside

    def _placement(
        self, position: Position | None, after: End | None, on_edge: Edge | None = None, height: float = 0
    ) -> Placement:
        """Return where something new goes, and what moves aside."""
        if on_edge is not None:
            return place_between(self._journey, on_edge, position or (0, 0))
        if position is not None:
            return Placement(position)
        if after is not None:
            return place_after(self._journey, after, height)
        return Placement(free_position(self._journey))

    @property
    def _ids(self) -> Collection[str]:
        return self._journey.by_id.keys()

    def _activity(self, name: str) -> Activity:
        if name not in self._journey.by_id:
            raise NotAllowedError(tr("This activity no longer exists. Choose another."))
        return self._journey.by_id[name]

    def _refuse(self, reason: str | None) -> None:
        if self._read_only:
            raise NotAllowedError(tr("This version is read-only. Create a new version or a copy."))
        if reason:
            raise NotAllowedError(reason)

    def _edit(self, name: str, after: JourneyVersion, labels_only: bool = False, merge: str = "") -> None:
        if not labels_only:
            self._refuse(None)
        if patch := difference(self._journey, self._with_namespace(after)):
            self.editing = True
            try:
                self.undo_stack.push(EditCommand(name, patch, self._apply, merge))
            finally:
                self.editing = False

    def _with_namespace(self, after: JourneyVersion) -> JourneyVersion:
        """Give a journey without a namespace that of its entry's event, whichever edit has chosen that event."""
        if self._journey.namespace is not None or after.namespace is not None:
            return after
        name = journey_edits.entry_event(after)
        event = self._definitions.event.get(name) if name != journey_edits.entry_event(self._journey) else None
        return revise(after, namespace=event.namespace) if event is not None and event.namespace else after

    def _apply(self, patch: Patch) -> None:
        self._journey = patch.apply(self._journey)
        self.changed.emit(DocumentChange.of(patch))
