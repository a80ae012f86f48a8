"""Problems in the language of the user: the engine says them in English, by code, with details filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from app.forms.issue_details import detail
from app.translation import tr
from engine.core.issues import MESSAGES, Issue
from engine.expression.josa import choose

_SLOT = re.compile(r"\{(\w+)(?:!r)?\}")
_WITH_CODE = re.compile(r"(?P<sentence>.*) \((?P<code>[A-Z]+_[A-Z]+_\d{3})\)(?P<more>.*)", re.DOTALL)


def issue_text(issue: Issue) -> str:
    """The sentence of an issue; in English when its details cannot be told apart."""
    return _said(issue.code, issue.message) or issue.message


def said_in_details(message: str) -> str | None:
    """The sentence of a refusal that quotes an issue with its code; None for any other."""
    match = _WITH_CODE.fullmatch(message)
    sentence = _said(match["code"], match["sentence"]) if match else None
    return f"{sentence} ({match['code']})" if match and sentence else None


def source_text(code: str) -> str:
    """The text of a code as catalogues have it: what is filled in stands in plain braces."""
    return _SLOT.sub(r"{\1}", MESSAGES[code])


def _said(code: str, message: str) -> str | None:
    match = _pattern(code).fullmatch(message) if code in MESSAGES else None
    if match is None:
        return None
    text = source_text(code)
    translated = tr(text)
    if translated == text:
        return message
    return choose(translated.format(**{name: detail(code, name, words) for name, words in match.groupdict().items()}))


@cache
def _pattern(code: str) -> re.Pattern[str]:
    template = MESSAGES[code]
    pattern, end, seen = "", 0, set[str]()
    for slot in _SLOT.finditer(template):
        pattern += re.escape(template[end : slot.start()])
        name = slot[1]
        pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
        seen.add(name)
        end = slot.end()
    return re.compile(pattern + re.escape(template[end:]), re.DOTALL)


def setting_path(path: str) -> str:
    """The setting of an activity that a path into a journey file leads to: ``parameters.Token``, '' if none."""
    match = re.search(r"activities\[\d+\]\.?(.*)$", path)
    return match[1] if match else ""


def issues_by_setting(issues: tuple[Issue, ...], activity: str) -> Mapping[str, str]:
    """The issues of one activity by setting, the first of each."""
    found: dict[str, str] = {}
    for issue in issues:
        if issue.activity == activity:
            found.setdefault(setting_path(issue.path), issue_text(issue))
    return found
