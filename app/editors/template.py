"""The form of a message template: its texts with ``{{ variables }}``, the variables' types, and how it will look."""

from __future__ import annotations

import re

from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QTextBrowser, QWidget

from app.activity_views import type_title
from app.editors.definition_editor import DefinitionEditor
from app.forms.field_tree import FieldTree
from app.translation import tr
from app.widgets.controls import FormField, Segmented, column_of, label, wrapped
from app.widgets.texts import show_text
from engine.json_types import JsonDict, JsonObject, text_at
from engine.model.channel import CHANNELS, PLACEHOLDER, MessageTemplate, RenderedMessage, render
from engine.model.example import example_value
from engine.model.fields import Field, read_fields, write_fields

_OPEN = re.compile(r"\{\{(?![^{}]*\}\})")


def template_summary(template: MessageTemplate) -> str:
    """Return the summary of a template in lists: subject, title or first words."""
    return template.subject or template.title or template.text or template.body


class TemplateEditor(DefinitionEditor):
    """See the module. A placeholder that names no variable yet makes one."""

    icon, tint = "article", "action"

    def build(self) -> None:
        self.noun = tr("New template")
        self.name_rows[1].setVisible(False)
        self.channel = Segmented([(channel, type_title(channel)) for channel in CHANNELS])
        self.add(tr("Channel"), self.channel)
        self.texts: dict[str, QLineEdit | QPlainTextEdit] = {
            "subject": self.line("subject"),
            "title": self.line("title"),
            "body": self._area(130),
            "text": self._area(90),
            "html": self._area(130, code=True),
        }
        hint = tr("{{ firstName }} stands for a value that the journey fills in.")
        self.rows = {
            "subject": FormField(tr("Subject"), self.texts["subject"], required=True),
            "title": FormField(tr("Title"), self.texts["title"], required=True),
            "body": FormField(tr("Text"), self.texts["body"], hint, required=True),
            "text": FormField(tr("Text"), self.texts["text"], hint, required=True),
            "html": FormField(tr("HTML (optional)"), self.texts["html"], tr("Values are escaped.")),
        }
        for row in self.rows.values():
            self.column.addWidget(row)
        self.tree = FieldTree(tr("Variables"), flags=False)
        self.watch(self.tree)
        self.column.addWidget(self.tree)
        self._add_preview()

    def _area(self, height: int, code: bool = False) -> QPlainTextEdit:
        made = QPlainTextEdit()
        made.setFixedHeight(height)
        made.setTabChangesFocus(True)
        if code:
            made.setProperty("role", "code")
        self.watch(made)
        return made

    def _add_preview(self) -> None:
        self.column.addWidget(label(tr("With example values"), "caption"))
        frame = QFrame()
        frame.setProperty("role", "card")
        column = column_of(frame, 8, (16, 14, 16, 14))
        self.shown_subject, self.shown_body = wrapped("", "strong"), wrapped("", "body")
        self.shown_page = QTextBrowser()
        self.shown_page.setFixedHeight(180)
        show_text(self.shown_page.setAccessibleName, tr("The message"))
        for made in (self.shown_subject, self.shown_body, self.shown_page):
            column.addWidget(made)
        self.column.addWidget(frame)

    def fill(self, body: JsonObject) -> None:
        self.channel.choose(text_at(body, "channel", "email"))
        for part in self.channel.findChildren(QWidget):
            part.setEnabled(not self.used_in)
        for name, made in self.texts.items():
            words = text_at(body, name)
            made.setText(words) if isinstance(made, QLineEdit) else made.setPlainText(words)
        self.tree.show_fields(read_fields(body.get("variables", {})))
        self._show_preview()

    def body(self) -> JsonDict:
        shown = self._parts()
        return {
            "description": None,
            "channel": self.channel.key(),
            **{name: self._words(name) for name in shown},
            "variables": write_fields((*self.tree.fields, *self.missing())),
        }

    def _parts(self) -> tuple[str, ...]:
        """Return the texts that the chosen channel uses."""
        return tuple(part for part in CHANNELS[str(self.channel.key())].parts if part)

    def _words(self, name: str) -> str:
        made = self.texts[name]
        return made.text().strip() if isinstance(made, QLineEdit) else made.toPlainText()

    def missing(self) -> tuple[Field, ...]:
        """Return the variables that the texts name and that are not declared yet, as texts."""
        known = {field.name for field in self.tree.fields}
        shown = self._parts()
        named = [match[1].split(".")[0] for name in shown for match in PLACEHOLDER.finditer(self._words(name))]
        return tuple(Field(name, "string") for name in dict.fromkeys(named) if name not in known)

    def problem(self) -> str:
        for name in self._parts():
            row = self.rows[name]
            fault = ""
            if name != "html" and not self._words(name).strip():
                fault = tr("Write something here.")
            elif _OPEN.search(self._words(name)):
                fault = tr("A placeholder is not closed; write it as {{ name }}.")
            row.show_fault(fault)
        faults = [row.fault for name, row in self.rows.items() if row.isVisibleTo(self) and row.fault]
        return faults[0] if faults else ""

    def unfold(self) -> None:
        shown = self._parts()
        for name, row in self.rows.items():
            row.setVisible(name in shown)

    def touch(self) -> None:
        super().touch()
        self._show_preview()

    def _show_preview(self) -> None:
        rendered = self._rendered()
        show_text(self.shown_subject.setText, rendered.subject or tr("No subject"))
        self.shown_subject.setVisible(bool(CHANNELS[str(self.channel.key())].parts[0]))
        show_text(self.shown_body.setText, rendered.body or tr("No text yet"))
        self.shown_body.setVisible(not rendered.html)
        self.shown_page.setHtml(rendered.html)
        self.shown_page.setVisible(bool(rendered.html))

    def _rendered(self) -> RenderedMessage:
        fields = (*self.tree.fields, *self.missing())
        shown = {name: self._words(name) for name in self._parts()}
        template = MessageTemplate.model_validate({"name": "-", "channel": self.channel.key(), **shown})
        template = template.model_copy(update={"variables": fields})
        return render(template, {field.name: _example(field) for field in fields})


def _example(field: Field) -> object:
    return f"«{field.name}»" if field.kind == "string" else example_value(field)
