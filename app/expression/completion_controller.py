"""Proposals and call tips for a text: when they come, and what the keys do while they are there."""

from __future__ import annotations

from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent

from app.expression.analysis import DebouncedQuery, Work
from app.expression.code_edit import CodeEdit
from app.expression.completion_popup import SHOWN, CallTip, CompletionPopup, completion_detail
from app.expression.highlighter import to_units
from app.translation import current_language
from engine.expression.completion import Completion, Completions, SignatureHelp, complete, signature_help
from engine.expression.types import Scope

DELAY = 60
"""Milliseconds after a key stroke before proposals come."""

_STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: SHOWN,
    Qt.Key.Key_PageUp: -SHOWN,
}
_TAKES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_OPENS_BY_ITSELF = frozenset(".{@#")
_LEADS_ON = frozenset({"event", "source", "group"})
"""Kinds of names that are followed by another one."""
_SIGILS = ("@", "#")
_LEAST = 2
"""Letters of a name before proposals come by themselves."""


@dataclass(frozen=True, slots=True)
class _Advice:
    """What helps at one place of a text."""

    text: str
    offset: int
    completions: Completions
    help: SignatureHelp | None
    asked: bool


class CompletionController(QObject):
    """Attends to one text. Ctrl+Space asks for proposals; typing a name or a dot brings them by itself."""

    def __init__(self, code: CodeEdit, scope: Scope) -> None:
        super().__init__(code)
        self._code, self._scope = code, scope
        self.proposals = CompletionPopup(code)
        self.tip = CallTip(code)
        self._advice: _Advice | None = None
        self._later = DebouncedQuery(DELAY, self)
        self._later.done.connect(self._show)
        self.proposals.taken.connect(self.take)
        self._typing = False
        code.edited.connect(self._edited)
        code.cursorPositionChanged.connect(self._moved)
        code.verticalScrollBar().valueChanged.connect(lambda _: self.close())
        code.installEventFilter(self)

    def set_scope(self, scope: Scope) -> None:
        """Set the scope of the suggestions."""
        self._scope = scope

    def close(self) -> None:
        """Close all popups."""
        self._later.drop()
        for popup in (self.proposals, self.tip):
            if shiboken6.isValid(popup):
                popup.hide()

    def ask(self, asked: bool = True) -> None:
        """Show proposals now; when ``asked`` for, whatever stands before the cursor."""
        self._later.ask_now(self._work(asked), len(self._code.text()))

    # What the keys do

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys for the list while it is there; else it comes when something is typed."""
        if not (shiboken6.isValid(self) and shiboken6.isValid(self.proposals) and shiboken6.isValid(self.tip)):
            return False  # the window is being taken down
        if event.type() == QEvent.Type.FocusOut:
            self.close()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            closes = event.key() == Qt.Key.Key_Escape and (self.proposals.isVisible() or self.tip.isVisible())
            if closes:
                event.accept()  # Esc closes the list before it closes the dialog
            return closes
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.ask()
            return True
        return self._key(event)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and (self.proposals.isVisible() or self.tip.isVisible()):
            self.close()
            return True
        if self.proposals.isVisible():
            if key in _STEPS:
                self.proposals.move_by(_STEPS[key])
                self._announce()
                return True
            chosen = self.proposals.chosen()
            if key in _TAKES and chosen is not None and not event.modifiers():
                self.take(chosen)
                return True
        erases = key == Qt.Key.Key_Backspace and self.proposals.isVisible()
        self._typing = erases or bool(event.text().isprintable() and event.text())
        return False

    def _edited(self, text: str) -> None:
        """Something was typed, or came in otherwise."""
        if self._typing:
            self._typing = False
            self._later.ask(self._work(asked=False), len(text))

    def _moved(self) -> None:
        """Close the popups when the cursor moves without typing."""
        if not self._later.waiting:
            self.close()

    # Asking and showing

    def _work(self, asked: bool) -> Work:
        text, offset, scope = self._code.text(), self._code.offset(), self._scope
        language = current_language()
        return lambda: _Advice(
            text, offset, complete(text, offset, scope, language), signature_help(text, offset, language), asked
        )

    def _show(self, advice: object) -> None:
        if not isinstance(advice, _Advice) or advice.text != self._code.text() or not self._code.hasFocus():
            return
        self._advice = advice
        items = advice.completions.items if advice.asked or _wanted(advice) else ()
        if items:
            self.proposals.offer(items)
            self.proposals.place(above=False, start_units=to_units(advice.text, advice.completions.start))
            self._announce()
        else:
            self.proposals.hide()
        if advice.help is None:
            self.tip.hide()
        else:
            self.tip.explain(advice.help)
            self.tip.place(above=True)

    def take(self, completion: Completion) -> None:
        """Insert a completion; the cursor goes between the parentheses of a function."""
        advice = self._advice
        if advice is None or advice.text != self._code.text():
            return
        self.close()
        start, end = advice.completions.start, advice.completions.end
        insert, inside = _to_write(completion, advice.text[end : end + 1])
        if insert[:1] in _SIGILS and advice.text[:start].endswith(insert[:1]):
            start -= 1
        self._code.replace(start, end, insert, inside)
        if inside < len(insert) or completion.kind in _LEADS_ON:
            self.ask(asked=False)

    def _announce(self) -> None:
        """Tells screen readers which one is chosen."""
        chosen = self.proposals.chosen()
        if chosen is not None and QAccessible.isActive():
            event = QAccessibleAnnouncementEvent(self._code, f"{chosen.label}, {completion_detail(chosen)}")
            QAccessible.updateAccessibility(event)


def _to_write(completion: Completion, following: str) -> tuple[str, int]:
    """Return the text of a completion and the cursor in it: inside parentheses, behind a dot."""
    insert = completion.insert
    if insert.endswith("()"):
        return (insert[:-2], len(insert) - 2) if following == "(" else (insert, len(insert) - 1)
    if completion.kind in _LEADS_ON:
        dotted = insert if insert.endswith(".") or following == "." else f"{insert}."
        return (
            (f"{dotted}}}", len(dotted)) if insert[:2] in ("@{", "#{") and following != "}" else (dotted, len(dotted))
        )
    return insert, len(insert)


def _wanted(advice: _Advice) -> bool:
    """Whether proposals come by themselves: behind a dot or a brace, or when a name has begun."""
    if not advice.offset:
        return False
    start = advice.completions.start
    written = advice.text[start : advice.offset]
    in_path = start > 0 and advice.text[start - 1] in _OPENS_BY_ITSELF
    exact = any(item.insert == written for item in advice.completions.items[:1]) and len(advice.completions.items) == 1
    return not exact and (in_path or (len(written) >= _LEAST and written[0].isalpha()))
