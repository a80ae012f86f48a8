"""The header above the canvas: version, state and actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QWidget

from app import theme
from app.panels.window_bars import counted
from app.translation import mark, tr
from app.widgets.controls import Button, IconButton, Toggle, chip, column_of, label, restyle, row_of, set_style_name
from app.widgets.texts import show_text
from engine.model.journey import MAX_ACTIVITIES

HEIGHT = 56

STATES: Mapping[str, tuple[str, str]] = {
    "draft": (mark("Draft"), "neutral"),
    "test": (mark("Draft (test)"), "accent"),
    "live": (mark("Live"), "event"),
    "closed": (mark("Closed"), "orchestration"),
    "finished": (mark("Finished"), "neutral"),
    "stopped": (mark("Stopped"), "error"),
}
"""The name of each version state and the tone of its chip."""

_MENU = (
    ("new_version", mark("New version"), "git-branch", ("live", "closed", "finished", "stopped")),
    ("duplicate", mark("Duplicate"), "copy", tuple(STATES)),
    ("export", mark("Export as a file"), "export", tuple(STATES)),
    ("picture", mark("Save as a picture"), "image", tuple(STATES)),
    ("print", mark("Print"), "printer", tuple(STATES)),
    ("close", mark("Close to new entrances"), "door", ("live",)),
    ("stop", mark("Stop for everyone"), "hand-palm", ("live", "closed")),
    ("delete", mark("Delete"), "trash", ("draft", "finished", "stopped")),
)
"""The menu: action, title, icon, and the states in which it applies."""

NEEDS: Mapping[str, str] = {
    **dict.fromkeys(("duplicate", "delete"), "manage_journeys"),
    **dict.fromkeys(("publish", "new_version", "close", "stop"), "publish_journeys"),
}
"""The permission an action needs besides seeing the journey."""


@dataclass(frozen=True, slots=True)
class JourneyHeading:
    """What the header shows of a version. ``details`` is the line below the name."""

    name: str
    version: int
    details: str
    state: str
    activities: int
    newest: bool = True


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """A version in the menu of versions: its id, number and line."""

    key: str
    number: int
    words: str


class JourneyHeader(QWidget):
    """Name, versions and state at the left; problems, undo, test, properties and publication at the right."""

    verb = Signal(str)
    """``undo``, ``redo``, ``properties``, ``publish``, ``problems``, or an action of the menu."""
    test_switched = Signal(bool)
    version_chosen = Signal(str)
    """Another version of the journey is to be shown: its id."""

    def __init__(self, may: Callable[[str], bool], parent: QWidget | None = None) -> None:
        """Create the header; ``may`` tells whether the user has a permission."""
        super().__init__(parent)
        self._may = may
        self._heading: JourneyHeading | None = None
        set_style_name(self, "journey-header")
        self.setFixedHeight(HEIGHT)
        row = row_of(self, 8, (16, 0, 16, 0))
        lines = column_of(spacing=1)
        lines.addStretch(1)
        self.name = label("", "title")
        self.details = label("", "secondary")
        lines.addWidget(self.name)
        lines.addWidget(self.details)
        lines.addStretch(1)
        row.addLayout(lines)
        row.addSpacing(8)
        self.versions = Button("", kind="quiet", icon=theme.icon("caret-down", "text"), pressed=self._open_versions)
        self.versions.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the icon stands behind the words
        self.versions.setVisible(False)
        self._versions: tuple[VersionEntry, ...] = ()
        self._shown_version = ""
        row.addWidget(self.versions)
        self.state = chip("")
        row.addWidget(self.state)
        row.addStretch(1)
        self.people = chip("")
        self.people.setVisible(False)
        row.addWidget(self.people)
        self._add_problems(row)
        self._add_history(row)
        self._add_actions(row)

    def _add_problems(self, row: QHBoxLayout) -> None:
        self.problems = QPushButton()
        self.problems.setProperty("role", "pill")
        self.problems.setFixedHeight(24)
        self.problems.clicked.connect(lambda: self.verb.emit("problems"))
        row.addWidget(self.problems)
        self.problems.setVisible(False)

    def _add_history(self, row: QHBoxLayout) -> None:
        self.undo = IconButton("arrow-u-up-left", tr("Undo"), framed=True)
        self.redo = IconButton("arrow-u-up-right", tr("Redo"), framed=True)
        self.undo.clicked.connect(lambda: self.verb.emit("undo"))
        self.redo.clicked.connect(lambda: self.verb.emit("redo"))
        row.addWidget(self.undo)
        row.addWidget(self.redo)

    def _add_actions(self, row: QHBoxLayout) -> None:
        self.test_frame = QFrame()
        self.test_frame.setProperty("role", "segmented")
        self.test_frame.setFixedHeight(34)
        inside = row_of(self.test_frame, margins=(10, 0, 12, 0))
        self.test = Toggle(tr("Test"))
        self.test.clicked.connect(self.test_switched)
        inside.addWidget(self.test)
        row.addWidget(self.test_frame)
        self.properties = IconButton(
            "sliders-horizontal", tr("Properties"), framed=True, pressed=lambda: self.verb.emit("properties")
        )
        row.addWidget(self.properties)
        self.new_version = Button(
            tr("New version"), icon=theme.icon("copy", "text"), pressed=lambda: self.verb.emit("new_version")
        )
        row.addWidget(self.new_version)
        self.publish = Button(tr("Publish"), kind="primary", pressed=lambda: self.verb.emit("publish"))
        row.addWidget(self.publish)
        self.more = IconButton("dots-three", tr("More"), framed=True, pressed=self._open_menu)
        row.addWidget(self.more)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._heading is not None:
            self.show_heading(self._heading)

    def show_heading(self, heading: JourneyHeading) -> None:
        """Show the version and the actions its state allows."""
        self._heading = heading
        self.name.setText(heading.name)
        count = tr("{count} of {most} activities", count=heading.activities, most=MAX_ACTIVITIES)
        version = tr("Version {number}", number=heading.version)
        self.details.setText(" · ".join(part for part in (version, heading.details, count) if part))
        words, tone = STATES[heading.state]
        show_text(self.state.setText, tr(words))
        restyle(self.state, tone=tone)
        editable = heading.state == "draft" and self._may("manage_journeys")
        draft = heading.state in ("draft", "test")
        self.undo.setVisible(editable)
        self.redo.setVisible(editable)
        self.test_frame.setVisible(draft and self._may("manage_journeys"))
        self.test.setChecked(heading.state == "test")
        self.publish.setVisible(draft and self._offers("publish"))
        self.new_version.setVisible(not draft and heading.newest and self._offers("new_version"))

    def _offers(self, verb: str) -> bool:
        return verb not in NEEDS or self._may(NEEDS[verb])

    def show_history(self, undo: str, redo: str) -> None:
        """Show the names of the next undo and redo steps, '' without one."""
        for made, step, words in ((self.undo, undo, tr("Undo")), (self.redo, redo, tr("Redo"))):
            made.setEnabled(bool(step))
            made.setToolTip(f"{words}: {step}" if step else words)

    def show_problems(self, errors: int, warnings: int) -> None:
        """Show the number of problems; errors block test and publication."""
        self.problems.setVisible(bool(errors or warnings))
        self.problems.setText(" " + counted(errors, warnings))
        tone = "error" if errors else "warning"
        self.problems.setIcon(theme.icon("warning-circle" if errors else "warning", tone))
        restyle(self.problems, tone=tone)
        blocked = tr("Fix the errors first.") if errors else ""
        for control in (self.publish, self.test):
            control.setEnabled(not errors or (control is self.test and self.test.isChecked()))
            show_text(control.setToolTip, blocked)

    def show_people(self, people: int | None) -> None:
        """Show the number of test profiles in the journey; None outside test mode."""
        self.people.setVisible(people is not None)
        if people is not None:
            show_text(self.people.setText, tr("Test profiles {count} of 100", count=people))

    def show_versions(self, versions: Sequence[VersionEntry], shown: str) -> None:
        """Offer the versions of the journey if there are several; ``shown`` is the id of this one."""
        self._versions, self._shown_version = tuple(versions), shown
        self.versions.setVisible(len(versions) > 1)
        number = next((entry.number for entry in versions if entry.key == shown), 0)
        show_text(self.versions.setText, tr("Version {number} of {count}", number=number, count=len(versions)))
        show_text(self.versions.setToolTip, tr("Show another version"))

    def _open_versions(self) -> None:
        menu = QMenu(self)
        for entry in reversed(self._versions):
            action = menu.addAction(entry.words, partial(self.version_chosen.emit, entry.key))
            action.setCheckable(True)
            action.setChecked(entry.key == self._shown_version)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.versions.mapToGlobal(self.versions.rect().bottomLeft()))

    def _open_menu(self) -> None:
        menu = QMenu(self)
        for verb, words, icon, states in _MENU:
            if self._heading is not None and self._heading.state in states and self._offers(verb):
                menu.addAction(theme.icon(icon), tr(words), partial(self.verb.emit, verb))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))
