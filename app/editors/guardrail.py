"""The form of a guardrail: how many calls may go to a system, and whether the rule holds now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.editors.definition_editor import DefinitionEditor
from app.translation import mark, tr
from app.widgets.check_list import CheckList
from app.widgets.controls import (
    Button,
    FormField,
    Segmented,
    Toggle,
    card,
    chip,
    column_of,
    label,
    restyle,
    row_of,
    wrapped,
)
from app.widgets.duration_input import DurationInput
from app.widgets.number_input import NumberInput
from app.widgets.texts import show_text
from engine.json_types import JsonDict, JsonObject, number_at, object_at, text_at, texts_at
from engine.model.guardrail import MAX_CONNECTIONS, MAX_THROUGHPUT, METHODS, MIN_THROUGHPUT, UrlPattern

CAPPING, THROTTLING = "capping", "throttling"
KIND_LABELS: Mapping[str, str] = {CAPPING: mark("Capping"), THROTTLING: mark("Throttling")}
SERVICE_LABELS: Mapping[str, str] = {"action": mark("Actions"), "dataSource": mark("Data sources")}
_MOST_CALLS = 1_000_000_000


class LimitCard(QWidget):
    """The limit of one service: how many calls in how long, and how many at once."""

    changed = Signal()

    def __init__(self, service: str) -> None:
        super().__init__()
        outer = column_of(self)
        frame, column = card()
        column.setSpacing(12)
        outer.addWidget(frame)
        self.on = Toggle(tr(SERVICE_LABELS[service]))
        self.on.toggled.connect(self._switched)
        column.addWidget(self.on)
        self.calls, self.connections = NumberInput(_MOST_CALLS, least=1), NumberInput(MAX_CONNECTIONS, least=1)
        self.period = DurationInput()
        self.calls_row = FormField(tr("Maximum calls"), self.calls, required=True)
        self.period_row = FormField(tr("in any"), self.period, required=True)
        hint = tr("1 to {most}; nothing means any number.", most=MAX_CONNECTIONS)
        self.connections_row = FormField(tr("Concurrent calls"), self.connections, hint)
        self._rows = (self.calls_row, self.period_row, self.connections_row)
        row = row_of(spacing=12)
        row.addWidget(self.calls_row, 1)
        row.addWidget(self.period_row, 1)
        column.addLayout(row)
        column.addWidget(self.connections_row)
        for made in (self.calls, self.period, self.connections):
            made.changed.connect(self.changed)
        self._unfold()

    def _switched(self) -> None:
        self._unfold()
        self.changed.emit()

    def _unfold(self) -> None:
        for row in self._rows:
            row.setVisible(self.on.isChecked())

    def show_limit(self, limit: JsonObject | None) -> None:
        """Show a service's limit; None is none."""
        blocked = self.blockSignals(True)
        given = limit or {}
        rating = object_at(given, "rating") or given
        period = number_at(rating, "periodInMs")
        self.on.setChecked(limit is not None)
        self.calls.show_number(number_at(rating, "maxCallsCount"))
        self.period.show_length(timedelta(milliseconds=1000 if period is None else period))
        self.connections.show_number(number_at(given, "maxHttpConnections"))
        self._unfold()
        self.blockSignals(blocked)

    def limit(self) -> JsonDict | None:
        """Return the limit as edited; None when it is off."""
        if not self.on.isChecked():
            return None
        length = self.period.length() or timedelta()
        limit: JsonDict = {
            "rating": {"maxCallsCount": self.calls.number(), "periodInMs": round(length.total_seconds() * 1000)}
        }
        if self.connections.number():
            limit["maxHttpConnections"] = self.connections.number()
        return limit

    def is_sound(self) -> bool:
        """Say what is missing at its input; whether nothing is."""
        self.calls_row.show_fault("" if not self.on.isChecked() or self.calls.number() else tr("Enter a number."))
        self.period_row.show_fault("" if not self.on.isChecked() or self.period.length() else tr("Enter a duration."))
        return not (self.on.isChecked() and any(row.fault for row in self._rows))


class GuardrailEditor(DefinitionEditor):
    """See the module. Bodies are configurations of the authoring API, with ``kind``."""

    deploying = Signal(bool)
    """The saved rule is to hold from now on, or no more."""

    icon, tint = "gauge", "orchestration"

    def build(self) -> None:
        self.noun = tr("New guardrail")
        self.kind = Segmented([(kind, tr(words)) for kind, words in KIND_LABELS.items()])
        self._kind_row = self.add(tr("Kind"), self.kind)
        self._told_kind = wrapped("", "hint")
        self.column.addWidget(self._told_kind)
        self.url = self.line("url", "https://api.example.com/v1/*")
        hint = tr("An asterisk in the path matches any text.")
        self._url_row = self.add(tr("Address"), self.url, hint, required=True)
        self.methods = CheckList([(method, method) for method in METHODS], across=4)
        self._methods_row = self.add(tr("Methods"), self.methods, required=True)
        self.limits = {service: LimitCard(service) for service in SERVICE_LABELS}
        for made in self.limits.values():
            self.watch(made)
            self.column.addWidget(made)
        self.throughput = NumberInput(MAX_THROUGHPUT)
        words = tr("{least} to {most}. Faster calls are delayed.", least=MIN_THROUGHPUT, most=MAX_THROUGHPUT)
        self._throughput_row = self.add(tr("Maximum calls per second"), self.throughput, words, required=True)
        self._add_state()

    def _add_state(self) -> None:
        self.state_row = QWidget()
        row = row_of(self.state_row, 8)
        row.addWidget(label(tr("State"), "caption"))
        self.state = chip("")
        row.addWidget(self.state)
        row.addStretch(1)
        self.deploy_button = Button(tr("Deploy"))
        self.deploy_button.clicked.connect(lambda: self.deploying.emit(True))
        self.undeploy_button = Button(tr("Undeploy"))
        self.undeploy_button.clicked.connect(lambda: self.deploying.emit(False))
        row.addWidget(self.deploy_button)
        row.addWidget(self.undeploy_button)
        self.column.addWidget(self.state_row)

    def fill(self, body: JsonObject) -> None:
        self.kind.choose(text_at(body, "kind", CAPPING))
        self.url.setText(text_at(body, "url") or text_at(body, "urlPattern"))
        self.methods.choose(texts_at(body, "methods"))
        services = object_at(body, "services")
        for service, made in self.limits.items():
            made.show_limit(object_at(services, service) if services.get(service) is not None else None)
        self.throughput.show_number(number_at(body, "maxThroughput"))
        self._kind_row.setVisible(self.was is None)
        self.state_row.setVisible(self.was is not None)
        self._show_state(body)

    def _show_state(self, body: JsonObject) -> None:
        running = body.get("deployedConfig")
        changed = running is not None and body.get("state") == "updated"
        words = (
            tr("not in effect yet")
            if running is None
            else tr("in effect")
            if not changed
            else tr("the former version is in effect")
        )
        show_text(self.state.setText, words)
        restyle(self.state, tone="neutral" if running is None else "orchestration" if changed else "event")
        self.deploy_button.setVisible(running is None or changed)
        self.undeploy_button.setVisible(running is not None)

    def unfold(self) -> None:
        capping = self.kind.key() != THROTTLING
        for made in self.limits.values():
            made.setVisible(capping)
        self._throughput_row.setVisible(not capping)
        show_text(
            self._told_kind.setText,
            tr("Calls over the limit are not made; journeys take the path for errors.")
            if capping
            else tr("Calls over the limit are delayed."),
        )

    def touch(self) -> None:
        super().touch()
        self.deploy_button.setEnabled(False)

    def _set_dirty(self, dirty: bool) -> None:
        super()._set_dirty(dirty)
        self.deploy_button.setEnabled(not dirty)

    def problem(self) -> str:
        url = self.url.text().strip()
        self._url_row.show_fault("" if _is_pattern(url) else tr("Write an address with http or https and a host."))
        self._methods_row.show_fault("" if self.methods.chosen() else tr("Choose at least one method."))
        throughput = self.throughput.number() or 0
        capping = self.kind.key() != THROTTLING
        wrong = not capping and not MIN_THROUGHPUT <= throughput <= MAX_THROUGHPUT
        self._throughput_row.show_fault(
            tr("{least} to {most} calls a second.", least=MIN_THROUGHPUT, most=MAX_THROUGHPUT) if wrong else ""
        )
        faults = [row.fault for row in (self._url_row, self._methods_row, self._throughput_row) if row.fault]
        if capping and not any(made.on.isChecked() for made in self.limits.values()):
            faults.append(tr("Limit the calls of actions, of data sources, or of both."))
        sound = [made.is_sound() for made in self.limits.values()]
        if capping and not all(sound):
            faults.append(tr("Complete the limit."))
        return faults[0] if faults else ""

    def body(self) -> JsonDict:
        url = self.url.text().strip()
        methods = list(self.methods.chosen())
        if self.kind.key() == THROTTLING:
            throughput = self.throughput.number()
            return {"kind": THROTTLING, "urlPattern": url, "methods": methods, "maxThroughput": throughput}
        limits = {service: made.limit() for service, made in self.limits.items()}
        services = {service: limit for service, limit in limits.items() if limit is not None}
        return {"kind": CAPPING, "url": url, "methods": methods, "services": services}

    def usage_text(self) -> str:
        return tr(KIND_LABELS[text_at(self.before, "kind", CAPPING)])


def _is_pattern(url: str) -> bool:
    try:
        _, host, _ = UrlPattern.parse(url).origin
    except ValueError:
        return False
    return "*" not in host
