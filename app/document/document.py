"""The journey being edited: the only truth about it, and the only undo stack (architecture.md, Data walks).

Every edit is one method here and one step of the history. Views listen to ``changed`` and draw; they never keep a
journey of their own. The rules live in ``app.document.rules``; the methods refuse with :class:`NotAllowedError`, which
says why, and do nothing then. Asking first (``rules.can_…``) is the gesture's business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.document import clipboard, history, journey_edits, rules
from app.document.clipboard import ClipboardContent
from app.document.commands import EditCommand
from app.document.journey_edits import End, Position, round_position, top_left
from app.document.layout import ROW
from app.document.naming import fresh_id
from app.document.patches import DocumentChange, Patch, difference, line, revise
from app.document.templates import ActivityTemplate
from app.translation import mark, tr
from engine.activities.event import EventActivity
from engine.errors import SojournError
from engine.model.activity import Activity
from engine.model.definitions import Definitions
from engine.model.journey import Edge, Group, JourneyVersion, Note

STEPS = 200
"""How many edits can be undone (studio.md, Designer)."""

_ACTIVITY: TypeAdapter[Activity] = TypeAdapter(Activity)
_LABELS = frozenset({"label", "description"})

_NONE: Mapping[str, Any] = MappingProxyType({})


class NotAllowedError(SojournError):
    """The edit would break a rule of the design; the message says why, in the user's language."""

    def __init__(self, reason: str) -> None:
        super().__init__("not_allowed", reason)


class JourneyDocument(QObject):
    """One journey version under edit, with the definitions it may use."""

    changed = Signal(object)
    """A :class:`DocumentChange`, after the journey has changed by an edit, an undo or a redo."""

    replaced = Signal()
    """The whole journey or its definitions are others now: draw everything anew."""

    read_only_changed = Signal(bool)

    def __init__(self, journey: JourneyVersion, definitions: Definitions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journey = journey_edits.place_unpositioned(journey)
        self._definitions = definitions
        self._read_only = False
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(STEPS)

    @property
    def journey(self) -> JourneyVersion:
        """The journey as it is now; frozen, so it can be handed on and kept."""
        return self._journey

    @property
    def definitions(self) -> Definitions:
        """What the journey may refer to."""
        return self._definitions

    @property
    def read_only(self) -> bool:
        """Whether only names, labels and descriptions may change (a published version, or one under test)."""
        return self._read_only

    def set_read_only(self, read_only: bool) -> None:
        """Locks or unlocks the journey."""
        if read_only != self._read_only:
            self._read_only = read_only
            self.read_only_changed.emit(read_only)

    def set_definitions(self, definitions: Definitions) -> None:
        """Other definitions are in force; the journey stays."""
        self._definitions = definitions
        self.replaced.emit()

    def load(self, journey: JourneyVersion, kept: str | None = None) -> None:
        """Another journey takes the place of this one, with its saved history or with none."""
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
        """Puts a new activity on an empty place, at a path's end (``after``) or on an edge; its id."""
        journey = self._journey
        self._refuse(self._can_add(template, after, on_edge))
        name = fresh_id(template.settings.get("event") or template.settings.get("action") or _wish(template), self._ids)
        if position is None:
            position = self._place(after)
        activity = template.activity(name, round_position(position))
        after_it = journey_edits.add_activity(journey, activity, after, on_edge)
        self._edit(mark("Add an activity"), revise(after_it, **self._namespace_of(activity)))
        return name

    def _can_add(self, template: ActivityTemplate, after: End | None, on_edge: Edge | None) -> rules.Reason:
        if after:
            return rules.can_follow(self._journey, template, *after)
        if on_edge:
            return rules.can_insert(self._journey, template, on_edge)
        return rules.can_begin(self._journey, template)

    def _namespace_of(self, activity: Activity) -> dict[str, str]:
        """The journey's namespace comes from its first event when it has none yet."""
        if self._journey.namespace is not None or self._journey.activities or not isinstance(activity, EventActivity):
            return {}
        event = self._definitions.event.get(activity.event or "")
        return {"namespace": event.namespace} if event is not None and event.namespace else {}

    def insert_existing(self, name: str, edge: Edge, position: Position | None = None) -> None:
        """Puts an activity that stands alone on an edge."""
        self._refuse(rules.can_insert_existing(self._journey, name, edge))
        self._edit(mark("Insert an activity"), journey_edits.insert_activity(self._journey, name, edge, position))

    def update_activity(self, name: str, **settings: Any) -> None:
        """Sets settings of one activity, all as one step; edges of paths that are gone go too.

        Raises pydantic's ValidationError for settings that do not fit, NotAllowedError when the journey is locked.
        """
        activity = self._activity(name)
        if not settings.keys() <= _LABELS:
            self._refuse(None)
        self._put(activity, _ACTIVITY.validate_python(activity.model_dump() | settings), labels_only=True)

    def replace_activity(self, name: str, activity: Activity, properties: Mapping[str, Any] = _NONE) -> None:
        """Another activity, of another kind perhaps (a condition's type), takes the place of one, under its id; with
        it, in one step, properties of the journey that are set beside it."""
        self._refuse(None)
        self._put(self._activity(name), activity.model_copy(update={"id": name}), properties=properties)

    def _put(
        self, old: Activity, new: Activity, labels_only: bool = False, properties: Mapping[str, Any] = _NONE
    ) -> None:
        after = revise(journey_edits.replace_activity(self._journey, old, new), **properties)
        self._edit(mark("Change an activity"), after, labels_only)

    def move(
        self, positions: Mapping[str, Position], notes: Mapping[int, Position] | None = None, merge: str = ""
    ) -> None:
        """Puts activities and notes elsewhere, to whole pixels; steps with one ``merge`` key in a row are one step."""
        self._refuse(None)
        self._edit(mark("Move"), journey_edits.move_items(self._journey, positions, notes or {}), merge=merge)

    def delete(
        self, names: Collection[str] = (), edges: Collection[Edge] = (), notes: Collection[int] = (), cut: bool = False
    ) -> None:
        """Removes activities, edges and notes; neighbours are joined where that is unambiguous."""
        self._refuse(None)
        after = journey_edits.remove_items(self._journey, names, edges, notes)
        self._edit(mark("Cut") if cut else mark("Delete"), after)

    # Edges

    def connect_path(self, source: str, path: str, target: str, moving: Edge | None = None) -> None:
        """Draws a line; ``moving`` is the edge that it replaces, when an end was taken elsewhere."""
        self._refuse(rules.can_connect(self._journey, source, path, target, moving))
        self._edit(mark("Connect"), journey_edits.connect_edge(self._journey, line(source, path, target), moving))

    def disconnect_edge(self, edge: Edge) -> None:
        """Removes a line."""
        self._refuse(None)
        edges = tuple(item for item in self._journey.edges if item != edge)
        self._edit(mark("Disconnect"), revise(self._journey, edges=edges))

    # The whole

    def set_properties(self, **settings: Any) -> None:
        """Sets the journey's own settings (``name``, ``description``, ``namespace``) or those of its properties."""
        own = {key: value for key, value in settings.items() if key in ("name", "description", "namespace")}
        others = {key: value for key, value in settings.items() if key not in own}
        labels_only = not others and "namespace" not in own
        if others:
            properties = type(self._journey.properties)
            own["properties"] = properties.model_validate(self._journey.properties.model_dump() | others)
        self._edit(mark("Change properties"), revise(self._journey, **own), labels_only)

    def arrange(self) -> None:
        """Lays everything out anew."""
        self._refuse(None)
        self._edit(mark("Arrange"), journey_edits.arrange_all(self._journey))

    def clip(self, names: Collection[str], notes: Collection[int] = ()) -> ClipboardContent:
        """What copying these puts on the clipboard; allowed in locked journeys too."""
        return clipboard.copy(self._journey, names, notes)

    def paste(
        self, clip: ClipboardContent, position: Position | None = None, after: End | None = None
    ) -> tuple[str, ...]:
        """Puts a clip on the canvas, its upper left at ``position``, joined to a path's end if given; the new ids."""
        self._refuse(self.can_paste(clip, after))
        if position is None:
            position = self._place(after)
        fresh = clipboard.renamed(clip, self._ids)
        left, top = top_left(fresh)
        fresh = clipboard.moved(fresh, position[0] - left, position[1] - top)
        self._edit(mark("Paste"), journey_edits.paste_clip(self._journey, fresh, after))
        return tuple(activity.id for activity in fresh.activities)

    def can_paste(self, clip: ClipboardContent, after: End | None = None) -> rules.Reason:
        """Whether a clip may be pasted, here or at a path's end."""
        return rules.can_paste(self._journey, clip.activities, clip.roots, after)

    def duplicate(self, names: Collection[str]) -> tuple[str, ...]:
        """Copies activities beside themselves; the new ids."""
        clip = self.clip(names)
        left, top = top_left(clip)
        return self.paste(clip, (left + 40, top + ROW))

    # Notes and groups

    def add_note(self, position: Position, text: str = "") -> int:
        """Puts a note on the canvas; its index."""
        self._refuse(None)
        note = Note(text=text, position=round_position(position))
        self._edit(mark("Add a note"), revise(self._journey, notes=(*self._journey.notes, note)))
        return len(self._journey.notes) - 1

    def update_note(self, index: int, **settings: Any) -> None:
        """Sets a note's text, position or size."""
        self._refuse(None)
        notes = list(self._journey.notes)
        notes[index] = Note.model_validate(notes[index].model_dump() | settings)
        self._edit(mark("Change a note"), revise(self._journey, notes=tuple(notes)))

    def add_group(self, names: Collection[str], label: str = "", color: str = "blue") -> int:
        """Frames activities; an activity is in one group at most. The group's index."""
        self._refuse(None)
        self._edit(mark("Group"), journey_edits.group_activities(self._journey, names, label, color))
        return len(self._journey.groups) - 1

    def update_group(self, index: int, **settings: Any) -> None:
        """Sets a group's label, colour or activities."""
        self._refuse(None)
        groups = list(self._journey.groups)
        groups[index] = Group.model_validate(groups[index].model_dump() | settings)
        self._edit(mark("Change a group"), revise(self._journey, groups=tuple(groups)))

    def ungroup(self, index: int) -> None:
        """Removes a frame; its activities stay."""
        self._refuse(None)
        groups = tuple(group for at, group in enumerate(self._journey.groups) if at != index)
        self._edit(mark("Ungroup"), revise(self._journey, groups=groups))

    # History

    def history(self) -> str:
        """The undo history as JSON text, to be kept beside the draft."""
        return history.written(self.undo_stack)

    def _restore(self, kept: str) -> None:
        """Puts a saved history under the journey as it is: steps back to its beginning, then does all edits again."""
        index, edits = history.read(kept, self._apply)
        self._journey = history.beginning(self._journey, edits[:index])
        self.blockSignals(True)
        for edit in edits:
            self.undo_stack.push(edit)
        self.undo_stack.setIndex(index)
        self.blockSignals(False)

    def retranslate(self) -> None:
        """The names of the steps in the language of the day."""
        history.retranslate(self.undo_stack)

    # Inside

    def _place(self, after: End | None) -> Position:
        """Where what comes next goes without being told."""
        if after is None:
            return journey_edits.free_position(self._journey)
        return journey_edits.position_after(self._journey, after)

    @property
    def _ids(self) -> Collection[str]:
        return self._journey.by_id.keys()

    def _activity(self, name: str) -> Activity:
        if name not in self._journey.by_id:
            raise NotAllowedError(tr("This activity is gone. Choose another."))
        return self._journey.by_id[name]

    def _refuse(self, reason: str | None) -> None:
        if self._read_only:
            raise NotAllowedError(tr("This version cannot be edited. Make a new version or a copy."))
        if reason:
            raise NotAllowedError(reason)

    def _edit(self, name: str, after: JourneyVersion, labels_only: bool = False, merge: str = "") -> None:
        if not labels_only:
            self._refuse(None)
        if patch := difference(self._journey, after):
            self.undo_stack.push(EditCommand(name, patch, self._apply, merge))

    def _apply(self, patch: Patch) -> None:
        self._journey = patch.apply(self._journey)
        self.changed.emit(DocumentChange.of(patch))


def _wish(template: ActivityTemplate) -> str:
    """The id a new activity would like: its kind."""
    return template.kind.partition(".")[0]
