"""How calls prove who makes them: none, a password, a key, or a token that is fetched."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from app.translation import mark, tr
from app.widgets.controls import HEIGHT, Button, Choice, FormField, Segmented, column_of, wrapped
from app.widgets.key_value_edit import KeyValueEdit
from app.widgets.texts import show_text
from engine.errors import SojournError
from engine.json_types import JsonDict, JsonObject, object_at, text_at
from engine.model.authentication import read_authentication_payload

TYPES = (
    ("none", mark("None")),
    ("basic", mark("User and password")),
    ("api_key", mark("API key")),
    ("custom", mark("Token from a call")),
)


class AuthenticationInput(QWidget):
    """The parts that the chosen kind needs. Secrets are shown as dots."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = column_of(self, 12)
        self.type = Choice()
        self.type.offer([(kind, tr(words)) for kind, words in TYPES])
        self.type.chosen.connect(lambda _: self._switched())
        column.addWidget(FormField(tr("Authentication"), self.type))
        self._parts: dict[str, list[QWidget]] = {kind: [] for kind, _ in TYPES}
        self._column = column
        self.username = self._line("basic", tr("User"))
        self.password = self._secret("basic", tr("Password"))
        self.key_name = self._line("api_key", tr("Name of the key"))
        self.key_value = self._secret("api_key", tr("Key"))
        self.location = self._segments("api_key", tr("Sent in"), [("header", tr("Header")), ("query", tr("Query"))])
        self._build_custom()
        column.addWidget(wrapped(tr("Secrets are kept in the vault, never in the database, a log or a file."), "hint"))

    def _build_custom(self) -> None:
        self.endpoint = self._line("custom", tr("Address of the token call"))
        self.method = self._segments("custom", tr("Method"), [("POST", "POST"), ("GET", "GET")])
        self.body_type = self._segments("custom", tr("Body"), [("form", tr("Form")), ("json", "JSON")])
        self.parameters = KeyValueEdit(tr("Parameters of the body"))
        self._add("custom", FormField(tr("Parameters of the body, one name: value a line"), self.parameters))
        self.headers = KeyValueEdit(tr("Headers"))
        self._add("custom", FormField(tr("Headers, one name: value a line"), self.headers))
        self.parameters.textChanged.connect(self.changed)
        self.headers.textChanged.connect(self.changed)
        hint = tr("response for the whole answer, or json://path.to.token")
        self.token_in_response = self._line("custom", tr("Token in the response"), hint)
        targets = [("bearer", tr("Bearer")), ("header", tr("Header")), ("queryParam", tr("Query"))]
        self.authorization_type = self._segments("custom", tr("Place of the token"), targets)
        self.token_target = self._line("custom", tr("Name of the header or parameter"))
        self.cache = self._line("custom", tr("Cache duration"), tr("A duration like PT1H."))
        self.paste = Button(tr("Paste an authentication payload"), kind="link")
        show_text(self.paste.setToolTip, tr("JSON for Journey Orchestration from the clipboard"))
        self.paste.clicked.connect(self._paste)
        self._add("custom", self.paste)
        self.fault = wrapped("", "fault")
        self._add("custom", self.fault)

    def _paste(self) -> None:
        """Show what the original's payload in the clipboard says; what cannot be read changes nothing."""
        try:
            found = read_authentication_payload(QGuiApplication.clipboard().text())
        except SojournError as error:
            place = error.where or tr("the beginning")
            self.fault.setText(tr("This payload cannot be read; look at {place}").format(place=place))
            return
        self.show_authentication(found.model_dump(mode="json", by_alias=True))
        self.changed.emit()

    def _add(self, kind: str, made: QWidget) -> None:
        self._parts[kind].append(made)
        self._column.addWidget(made)

    def _line(self, kind: str, words: str, hint: str = "") -> QLineEdit:
        made = QLineEdit()
        made.setFixedHeight(HEIGHT)
        made.textEdited.connect(lambda _: self.changed.emit())
        self._add(kind, FormField(words, made, hint))
        return made

    def _secret(self, kind: str, words: str) -> QLineEdit:
        made = self._line(kind, words)
        made.setEchoMode(QLineEdit.EchoMode.Password)
        return made

    def _segments(self, kind: str, words: str, items: list[tuple[str, str]]) -> Segmented:
        made = Segmented(items)
        made.choose(items[0][0])
        made.chosen.connect(lambda _: self.changed.emit())
        self._add(kind, FormField(words, made))
        return made

    def _switched(self) -> None:
        self._unfold()
        self.changed.emit()

    def _unfold(self) -> None:
        for kind, parts in self._parts.items():
            for part in parts:
                part.setVisible(kind == self.type.key())

    def show_authentication(self, body: JsonObject) -> None:
        """Show what a definition's ``auth`` says."""
        kind, token_body = text_at(body, "type", "none"), object_at(body, "body")
        self.type.choose(kind)
        for line, name, default in (
            (self.username, "username", ""),
            (self.password, "password", ""),
            (self.key_name, "name", ""),
            (self.key_value, "value", ""),
            (self.endpoint, "endpoint", ""),
            (self.token_in_response, "token_in_response", "response"),
            (self.token_target, "token_target", ""),
            (self.cache, "cache", "PT1H"),
        ):
            line.setText(text_at(body, name, default))
        self.location.choose(text_at(body, "in", "header"))
        self.method.choose(text_at(body, "method", "POST"))
        self.authorization_type.choose(text_at(body, "authorization_type", "bearer"))
        self.body_type.choose(text_at(token_body, "type", "form"))
        self.parameters.show_pairs(object_at(token_body, "parameters"))
        self.headers.show_pairs(object_at(body, "headers") if kind == "custom" else {})
        self.fault.setText("")
        self._unfold()

    def authentication(self) -> JsonDict | None:
        """``auth`` as the user left it; None for none."""
        kind = self.type.key()
        if kind == "basic":
            return {"type": "basic", "username": self.username.text(), "password": self.password.text()}
        if kind == "api_key":
            found = {"type": "api_key", "name": self.key_name.text(), "value": self.key_value.text()}
            return {**found, "in": str(self.location.key())}
        return self._custom() if kind == "custom" else None

    def _custom(self) -> JsonDict:
        found: JsonDict = {
            "type": "custom",
            "authorization_type": self.authorization_type.key(),
            "endpoint": self.endpoint.text().strip(),
            "method": self.method.key(),
            "token_in_response": self.token_in_response.text().strip() or "response",
            "cache": self.cache.text().strip() or "PT1H",
        }
        if self.token_target.text().strip():
            found["token_target"] = self.token_target.text().strip()
        if headers := self.headers.pairs():
            found["headers"] = headers
        if self.method.key() == "POST":
            found["body"] = {"type": self.body_type.key(), "parameters": self.parameters.pairs()}
        return found
