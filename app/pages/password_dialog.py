"""The dialog to set or change one's own password."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.bridge import Bridge, calls
from app.forms.engine_texts import error_text
from app.translation import tr
from app.widgets.controls import HEIGHT, Button, FormField, label, wrapped
from app.widgets.texts import show_text
from engine.errors import SojournError

WIDTH = 420


class PasswordDialog(QDialog):
    """Asks for the current password and twice for the new one."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        has_one = bridge.session is not None and bridge.session.has_password
        title = tr("Change the password") if has_one else tr("Set a password")
        show_text(self.setWindowTitle, title)
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(label(title, "list-title"))
        if not has_one:
            column.addWidget(wrapped(tr("The studio asks for it from then on."), "quiet"))
        self.current, self.password, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        rows = ((self.current, tr("Present password")), (self.password, tr("New password")))
        for line, words in (*rows, (self.again, tr("Once more"))):
            line.setFixedHeight(HEIGHT)
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.textEdited.connect(lambda _: self._say(""))
            row = FormField(words, line)
            row.setVisible(line is not self.current or has_one)
            column.addWidget(row)
        self.fault = wrapped("", "fault")
        self.fault.setVisible(False)
        column.addWidget(self.fault)
        column.addSpacing(4)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        cancel = Button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.save_button = Button(tr("Save"), kind="primary")
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.save)
        buttons.addWidget(cancel)
        buttons.addWidget(self.save_button)
        column.addLayout(buttons)
        (self.current if has_one else self.password).setFocus()

    def save(self) -> None:
        """Save the password; the dialog stays open until the engine accepts it."""
        if self.password.text() != self.again.text():
            self._say(tr("The passwords do not match."))
            return
        self.save_button.setEnabled(False)
        self._bridge.write(
            calls.users.set_password(self._bridge.caller.actor, self.password.text(), self.current.text()),
            self._saved,
            self._refused,
        )

    def _saved(self, _: None) -> None:
        self._bridge.account.refresh()
        self.accept()

    def _refused(self, error: SojournError) -> None:
        self.save_button.setEnabled(True)
        self._say(error_text(error))

    def _say(self, sentence: str) -> None:
        show_text(self.fault.setText, sentence)
        self.fault.setVisible(bool(sentence))
