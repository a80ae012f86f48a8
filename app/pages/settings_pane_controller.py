"""What goes along with the settings pane of an open journey: live checks, the preview of a message, open texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.bridge import Bridge, calls
from app.drafts import Drafts
from app.expression.preview import Sample, example_sample
from app.forms.issue_texts import issues_by_setting
from app.pages.designer import DesignerPage
from app.pages.people import person_name
from app.panels.empty_canvas_hint import EmptyCanvasHint
from app.panels.live_panel import LivePanel
from app.panels.message_preview import MessagePreview
from app.translation import tr
from engine.core.validate import validate
from engine.model.data_source import PROFILE_STORE
from engine.services.views import ProfilePage, ProfileRow

CHECK_AFTER = 120
"""Milliseconds between the last key and checking the input."""


class SettingsPaneController(QObject):
    """See the module. It stands beside the page, which knows nothing of it."""

    def __init__(self, bridge: Bridge, drafts: Drafts, page: DesignerPage) -> None:
        super().__init__(page)
        self._bridge, self._drafts, self._page = bridge, drafts, page
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(CHECK_AFTER)
        self._soon.timeout.connect(self.check)
        page.pane.edited.connect(self._soon.start)
        page.pane.previewed.connect(self._ask_people)
        page.changed.connect(self._open_texts)
        self._open_texts()
        self._hint = EmptyCanvasHint(page.canvas)
        page.changed.connect(self._advise)
        page.document.changed.connect(lambda _: self._advise())
        self._advise()
        page.right_dock.live_made.connect(self._join)
        if page.right_dock.has_live:
            self._join(page.right_dock.live)

    def _join(self, live: LivePanel) -> None:
        """What the live panel asks for, the watcher asks of the engine."""
        monitor = self._page.monitor
        live.ranged.connect(monitor.narrow)
        live.people.people_asked.connect(monitor.ask_people)
        live.people.history_asked.connect(monitor.ask_history)
        monitor.standing_changed.connect(live.people.show_people)
        monitor.history_changed.connect(live.people.show_history)

    def check(self) -> None:
        """Show problems of the input at its fields, as if it were saved."""
        pane, document = self._page.pane, self._page.document
        shown = pane.shown_id
        if not pane.dirty or pane.form is None or shown not in document.journey.by_id:
            return
        typed = pane.form.activity()
        activities = tuple(typed if one.id == shown else one for one in document.journey.activities)
        journey = document.journey.model_copy(update={"activities": activities})
        pane.show_faults(issues_by_setting(validate(journey, document.definitions), typed.id))

    def _advise(self) -> None:
        self._hint.show_if(self._page.editable and not self._page.document.journey.activities)

    def _open_texts(self) -> None:
        published = self._page.row.state not in ("draft", "test")
        self._page.pane.keep_texts_open(published and not self._page.pane.frozen)

    def _ask_people(self) -> None:
        self._bridge.read(calls.profiles.list(""), self._preview)

    def _preview(self, people: ProfilePage) -> None:
        form = self._page.pane.form
        activity: Any = form.activity() if form is not None else None
        template = self._page.document.definitions.template.get(getattr(activity, "template", None) or "")
        if form is None or template is None:
            return
        scope = form.context.scope
        example = example_sample(tr("Example values"), scope)
        known = self._drafts.payloads()
        events = {name: known.get(name, payload) for name, payload in example.events.items()}
        samples = [_sample(row, events, example.sources) for row in people.rows] or [example]
        settings = (activity.address, activity.parameters)
        self.preview = MessagePreview(template, settings, scope, samples, datetime.now(UTC), self._page.window())
        self.preview.open()


def _sample(row: ProfileRow, events: Mapping[str, Any], sources: Mapping[str, Any]) -> Sample:
    """Return what a journey would know about a person; external sources answer with examples."""
    own = {name: row.attributes if name.startswith(f"{PROFILE_STORE}.") else answer for name, answer in sources.items()}
    return Sample(person_name(row.attributes, row.identities), events, own)
