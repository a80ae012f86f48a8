"""Texts of the engine in the language of the user."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.translation import current_language
from engine.catalogue import Phrase, format_sentence
from engine.core.issues import Issue
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.services.views import RejectedItem


def error_text(error: SojournError) -> str:
    """Write the sentence of an error."""
    return error.sentence(current_language())


def phrase_text(phrase: Phrase) -> str:
    """Write a phrase of the engine as a sentence."""
    return format_sentence(phrase, current_language())


def failure_label(code: str) -> str:
    """Return an activity's error code in words (runtime.md, Errors), with the status of an answer: ``503``."""
    if code.isdigit():
        return phrase_text(Phrase("failure_status", {"status": code}))
    return phrase_text(Phrase(f"failure.{code}", {"message": code}))


def failure_text(fields: JsonObject) -> str:
    """Return the error of a step event in words: its kind, with the status of the answer, and its reason."""
    code = str(fields.get("error") or "")
    reasons = (fields.get(name) for name in ("action_error", "fetch_error"))
    status = next((str(fields[name]) for name in ("action_origin_code", "fetch_origin_code") if fields.get(name)), "")
    words = failure_label(status if status and code == "malformed" else code)
    reason = next((str(reason) for reason in reasons if reason), "")
    return f"{words}: {reason}" if reason else words


def refusal_text(refusal: RejectedItem) -> str:
    """Write why an event was refused; the sentence for its sender where the catalogue has none."""
    return phrase_text(Phrase(f"event_refused.{refusal.code}", {"field": refusal.field, "message": refusal.message}))


def audit_action_label(action: str) -> str:
    """Return the label of an audited action; a permission's name for a refused one."""
    return phrase_text(Phrase(f"audit_action.{action}", {"message": action.replace("_", " ")}))


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
