"""Check the design rules shortly after each edit."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.activity_views import full_name
from app.document.document import JourneyDocument
from app.forms.engine_texts import issue_text
from app.panels.problems import ProblemEntry
from engine.core.issues import Issue
from engine.core.validate import validate

CHECK_AFTER = 60
"""Milliseconds between an edit and the check."""


class JourneyChecker(QObject):
    """Checks one document."""

    checked = Signal()
    """``issues`` are up to date."""

    def __init__(self, document: JourneyDocument, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self.issues: tuple[Issue, ...] = ()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(CHECK_AFTER)
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
