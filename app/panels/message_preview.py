"""A message as one person would receive it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QWidget

from app.activity_views import type_title
from app.expression.analysis import problem_text
from app.expression.preview import Sample, evaluate
from app.translation import tr
from app.widgets.controls import Button, Choice, FormField, card, column_of, emptied, label, wrapped
from app.widgets.texts import show_text
from app.widgets.window_sizes import resize_dialog
from engine.expression import check
from engine.expression.types import STRING, Scope
from engine.json_types import JsonDict
from engine.model.channel import CHANNELS, MessageTemplate, RenderedMessage, render


@dataclass(frozen=True, slots=True)
class Filled:
    """A message for one person: address, texts, and what could not be filled in."""

    address: str
    message: RenderedMessage
    faults: tuple[str, ...] = ()


def filled(
    template: MessageTemplate,
    address: str,
    parameters: Mapping[str, str],
    scope: Scope,
    sample: Sample,
    now: datetime,
) -> Filled:
    """Return the message that a journey would send for a sample; never raises."""
    values: JsonDict = {}
    faults: list[str] = []
    wanted = [(field.name, parameters.get(field.name, ""), field.type) for field in template.variables]
    for name, expression, expected in (*wanted, ("", address, STRING)):
        checked = check(expression, scope, expected)
        outcome = evaluate(checked, sample, now) if not checked.errors else None
        error = checked.errors[0] if checked.errors else outcome.error if outcome else None
        words = name or tr("Address")
        if not expression.strip():
            faults.append(tr("{name} is not filled in yet.", name=words))
        elif error is not None:
            faults.append(f"{words}: {problem_text(error)}")
        elif outcome is not None:
            values[name] = json.loads(outcome.value)
            if values[name] in (None, ""):
                faults.append(tr("{name} is empty for this person.", name=words))
    try:
        message = render(template, values)
    except ValueError as error_in_template:
        message = RenderedMessage("", "", "")
        faults.append(str(error_in_template))
    return Filled(str(values.get("") or ""), message, tuple(faults))


class MessagePreview(QDialog):
    """Shows a message for sample people."""

    def __init__(
        self,
        template: MessageTemplate,
        settings: tuple[str, Mapping[str, str]],
        scope: Scope,
        samples: Sequence[Sample],
        now: datetime,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._template, self._settings, self._scope = template, settings, scope
        self._samples, self._now = tuple(samples), now
        show_text(self.setWindowTitle, tr("Preview"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_dialog(self, 560, 540)
        column = column_of(self, 14, (20, 18, 20, 16))
        head = QHBoxLayout()
        head.addWidget(label(template.name, "title"), 1)
        head.addWidget(label(type_title(template.channel), "quiet"))
        column.addLayout(head)
        self.person = Choice()
        self.person.offer([(number, sample.label) for number, sample in enumerate(self._samples)])
        self.person.chosen.connect(lambda _: self._show())
        column.addWidget(FormField(tr("Preview for this person"), self.person))
        frame, self._message = card()
        self._message.setContentsMargins(18, 16, 18, 16)
        column.addWidget(frame, 1)
        self._faults = column_of(spacing=4)
        column.addLayout(self._faults)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(Button(tr("Close"), shortcut="Esc", pressed=self.accept))
        column.addLayout(foot)
        self.person.choose(0)
        self._show()

    def _show(self) -> None:
        number = self.person.currentIndex()
        address, parameters = self._settings
        self.shown = filled(self._template, address, parameters, self._scope, self._samples[number], self._now)
        emptied(self._message)
        emptied(self._faults)
        message = self.shown.message
        if bool(CHANNELS[self._template.channel].parts[0]):
            self._message.addWidget(wrapped(message.subject, "title"))
        self._message.addWidget(label(tr("to {address}", address=self.shown.address or "…"), "secondary"))
        self._message.addSpacing(6)
        if message.html:
            page = QTextBrowser()
            page.setHtml(message.html)
            show_text(page.setAccessibleName, tr("The message"))
            self._message.addWidget(page, 1)
        else:
            body = wrapped(message.body, "body")
            body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._message.addWidget(body)
            self._message.addStretch(1)
        for fault in self.shown.faults:
            self._faults.addWidget(wrapped(fault, "warning"))
