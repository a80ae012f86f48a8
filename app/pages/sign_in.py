"""The sign-in page, and the dialog to change one's own password."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.bridge import Bridge, calls
from app.forms.engine_texts import error_text
from app.translation import tr
from app.widgets.controls import Button, FormField, card, column_of, label, row_of, set_style_name, text_line, wrapped
from app.widgets.icons import Icon
from app.widgets.texts import show_text
from engine.errors import SojournError

PAGE_WIDTH = 400


class SignInPage(QWidget):
    """Asks for name and password and keeps neither."""

    submitted = Signal(str, str)
    """A name and a password."""
    left = Signal()
    """The current user goes back."""

    def __init__(self, name: str, may_leave: bool) -> None:
        """Create the page; ``may_leave`` lets the current user go back."""
        super().__init__()
        self._may_leave = may_leave
        set_style_name(self, "page")
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(_middle(_brand()))
        outer.addSpacing(20)
        frame, self._column = card()
        frame.setFixedWidth(PAGE_WIDTH)
        self._column.setContentsMargins(28, 24, 28, 28)
        self._column.setSpacing(16)
        self._column.addWidget(label(tr("Sign in"), "list-title"))
        self._ask(name)
        self._add_buttons()
        outer.addLayout(_middle(frame))
        outer.addSpacing(14)
        self.details = label("", "secondary")
        self.details.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(self.details)
        outer.addStretch(3)
        self._ready = False
        self._busy = False
        self._show_state()

    def _ask(self, name: str) -> None:
        self.name, self.password = text_line(name), text_line(secret=True)
        self.name.setObjectName("sign-in-name")
        self.password.setObjectName("sign-in-password")
        for line, words in ((self.name, tr("Name")), (self.password, tr("Password"))):
            line.textEdited.connect(self._typed)
            line.returnPressed.connect(self.submit)
            self._column.addWidget(FormField(words, line))
        self.fault = wrapped("", "fault")
        self.fault.setVisible(False)
        self._column.addWidget(self.fault)

    def _add_buttons(self) -> None:
        row = row_of(spacing=8)
        self.back_button = Button(tr("Back"))
        self.back_button.setVisible(self._may_leave)
        self.back_button.clicked.connect(self.left)
        self.button = Button(tr("Sign in"), kind="primary", pressed=self.submit)
        row.addWidget(self.back_button, 1)
        row.addWidget(self.button, 2)
        self._column.addSpacing(4)
        self._column.addLayout(row)

    def show_engine(self, ready: bool, words: str) -> None:
        """Show whether the engine can be reached, or why not."""
        self._ready = ready
        self.details.setText("" if ready else words)
        self._show_state()

    def submit(self) -> None:
        """Submit what was typed."""
        if not self._can_submit():
            (self.password if self.name.text().strip() else self.name).setFocus()
            return
        self._busy = True
        self._say("")
        self._show_state()
        self.submitted.emit(self.name.text().strip(), self.password.text())

    def refuse(self, sentence: str) -> None:
        """Show the reason and clear the password."""
        self._busy = False
        self._say(sentence)
        self._show_state()
        self.password.clear()
        self.password.setFocus()
        self._show_state()

    def _typed(self, _: str) -> None:
        self._say("")
        self._show_state()

    def _say(self, sentence: str) -> None:
        show_text(self.fault.setText, sentence)
        self.fault.setVisible(bool(sentence))
        show_text(self.fault.setAccessibleName, sentence)

    def _can_submit(self) -> bool:
        return self._ready and not self._busy and bool(self.name.text().strip()) and bool(self.password.text())

    def _show_state(self) -> None:
        self.button.setEnabled(self._can_submit())
        show_text(self.button.setText, tr("Signing in…") if self._busy else tr("Sign in"))
        for line in (self.name, self.password):
            line.setReadOnly(self._busy)

    def showEvent(self, event: QShowEvent) -> None:
        """Focus the empty field."""
        super().showEvent(event)
        (self.password if self.name.text() else self.name).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back on Esc."""
        if event.key() == Qt.Key.Key_Escape and self._may_leave and not self._busy:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def _brand() -> QWidget:
    made = QWidget()
    row = row_of(made, 10)
    row.addWidget(Icon("compass-fill", "accent", 32))
    row.addWidget(label("Sojourn", "heading"))
    return made


def _middle(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(widget)
    row.addStretch(1)
    return row


DIALOG_WIDTH = 420


class PasswordDialog(QDialog):
    """Asks for the current password and twice for the new one."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        has_one = bridge.session is not None and bridge.session.has_password
        title = tr("Change the password") if has_one else tr("Set a password")
        show_text(self.setWindowTitle, title)
        self.setFixedWidth(DIALOG_WIDTH)
        column = column_of(self, 14, (24, 20, 24, 20))
        column.addWidget(label(title, "list-title"))
        if not has_one:
            column.addWidget(wrapped(tr("The studio asks for it from then on."), "quiet"))
        self.current, self.password, self.again = (text_line(secret=True) for _ in range(3))
        rows = ((self.current, tr("Current password")), (self.password, tr("New password")))
        for line, words in (*rows, (self.again, tr("Once more"))):
            line.textEdited.connect(lambda _: self._say(""))
            row = FormField(words, line)
            row.setVisible(line is not self.current or has_one)
            column.addWidget(row)
        self.fault = wrapped("", "fault")
        self.fault.setVisible(False)
        column.addWidget(self.fault)
        column.addSpacing(4)
        buttons = row_of(spacing=8)
        buttons.addStretch(1)
        cancel = Button(tr("Cancel"), pressed=self.reject)
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
