"""Checks of an open journey, of the document after each edit and of settings while typed; message previews."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.activity_views import full_name
from app.bridge import Bridge, calls
from app.document.document import JourneyDocument
from app.expression.preview import Sample, example_sample
from app.forms.engine_texts import issue_text, issues_by_setting
from app.pages.profiles import person_name
from app.panels.canvas_lists import ProblemEntry
from app.panels.message_preview import MessagePreview
from app.panels.settings_pane import SettingsPane
from app.translation import tr
from app.user_files import Drafts
from engine.activities.message import MessageActivity
from engine.core.issues import Issue
from engine.core.validate import validate
from engine.json_types import JsonObject
from engine.model.definitions import PROFILE_STORE
from engine.services.views import ProfilePage, ProfileRow

JOURNEY_CHECK_AFTER = 60
"""Milliseconds between an edit and the check."""

Payloads = Mapping[str, JsonObject]


class JourneyChecker(QObject):
    """Checks one document."""

    checked = Signal()
    """``issues`` are up to date."""

    def __init__(self, document: JourneyDocument, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self.issues: tuple[Issue, ...] = ()
        self._soon = QTimer(self, singleShot=True, interval=JOURNEY_CHECK_AFTER)
        self._soon.timeout.connect(self.check)

    def schedule(self) -> None:
        """Schedule a check."""
        self._soon.start()

    def check(self) -> None:
        """Check now."""
        self._soon.stop()
        self.issues = validate(self._document.journey, self._document.definitions)
        self.checked.emit()

    @property
    def errors(self) -> int:
        """Number of issues that prevent test and publication."""
        return sum(issue.severity == "error" for issue in self.issues)

    @property
    def warnings(self) -> int:
        """Number of other issues."""
        return len(self.issues) - self.errors

    def problems(self) -> list[ProblemEntry]:
        """Return the issues as entries of the list of problems."""
        names = {activity.id: full_name(activity) for activity in self._document.journey.activities}
        return [
            ProblemEntry(
                issue.code,
                issue.severity == "error",
                issue.activity or None,
                names.get(issue.activity, ""),
                issue.path,
                issue_text(issue),
            )
            for issue in self.issues
        ]

    @property
    def status(self) -> tuple[int, int, str]:
        """Errors, warnings, and the text of the first issue."""
        problems = self.problems()
        if not problems:
            return 0, 0, ""
        first = problems[0]
        return self.errors, self.warnings, f"{first.place}: {first.message}" if first.place else first.message


INPUT_CHECK_AFTER = 120
"""Milliseconds between the last key and checking the input."""


class SettingsPaneController(QObject):
    """Checks the input of the settings pane while the user types, and previews messages."""

    def __init__(
        self, bridge: Bridge, drafts: Drafts, document: JourneyDocument, pane: SettingsPane, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._bridge, self._drafts = bridge, drafts
        self._document, self._pane, self._widget = document, pane, parent
        self._delay = QTimer(self, singleShot=True, interval=INPUT_CHECK_AFTER)
        self._delay.timeout.connect(self.check)
        pane.edited.connect(self._delay.start)
        pane.previewed.connect(self._ask_people)

    def check(self) -> None:
        """Show problems of the input at its fields, as if it were saved."""
        pane, document = self._pane, self._document
        shown = pane.shown_id
        if not pane.dirty or pane.form is None or shown not in document.journey.by_id:
            return
        typed = pane.form.activity()
        activities = tuple(typed if one.id == shown else one for one in document.journey.activities)
        journey = document.journey.model_copy(update={"activities": activities})
        pane.show_faults(issues_by_setting(validate(journey, document.definitions), typed.id))

    def _ask_people(self) -> None:
        self._bridge.read(calls.profiles.list(""), self._preview)

    def _preview(self, people: ProfilePage) -> None:
        form = self._pane.form
        activity = form.activity() if form is not None else None
        if form is None or not isinstance(activity, MessageActivity):
            return
        template = self._document.definitions.template.get(activity.template or "")
        if template is None:
            return
        scope = form.context.scope
        example = example_sample(tr("Example values"), scope)
        known = self._drafts.payloads()
        events = {name: known.get(name, payload) for name, payload in example.events.items()}
        samples = [_sample(row, events, example.sources) for row in people.rows] or [example]
        settings = (activity.address, activity.parameters)
        self.preview = MessagePreview(template, settings, scope, samples, datetime.now(UTC), self._widget.window())
        self.preview.open()


def _sample(row: ProfileRow, events: Payloads, sources: Payloads) -> Sample:
    """Return what a journey would know about a person; external sources answer with examples."""
    own = {name: row.attributes if name.startswith(f"{PROFILE_STORE}.") else answer for name, answer in sources.items()}
    return Sample(person_name(row.attributes, row.identities), events, own)
