"""Problems of a journey in the language of the user."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.forms.engine_texts import phrase_text
from engine.core.issues import Issue


def issue_text(issue: Issue) -> str:
    """Write the sentence of an issue."""
    return phrase_text(issue.phrase)


def setting_path(path: str) -> str:
    """Return the setting of an activity that a path into a journey file leads to: ``parameters.Token``, '' if none."""
    match = re.search(r"activities\[\d+\]\.?(.*)$", path)
    return match[1] if match else ""


def issues_by_setting(issues: tuple[Issue, ...], activity: str) -> Mapping[str, str]:
    """Return the issues of one activity by setting, the first of each."""
    found: dict[str, str] = {}
    for issue in issues:
        if issue.activity == activity:
            found.setdefault(setting_path(issue.path), issue_text(issue))
    return found
