"""Problems in the language of the user: the engine says them in English, by code, with details filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from app.translation import tr
from engine.core.issues import MESSAGES, Issue

_SLOT = re.compile(r"\{(\w+)(?:!r)?\}")


def said(issue: Issue) -> str:
    """The sentence of an issue; in English when its details cannot be told apart."""
    template = MESSAGES.get(issue.code)
    if template is None:
        return issue.message
    plain = _SLOT.sub(r"{\1}", template)
    match = _pattern(issue.code).fullmatch(issue.message)
    if match is None:
        return issue.message
    return tr(plain).format(**match.groupdict())


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


def setting_of(path: str) -> str:
    """The setting of an activity that a path into a journey file leads to: ``parameters.Token``, '' if none."""
    match = re.search(r"activities\[\d+\]\.?(.*)$", path)
    return match[1] if match else ""


def faults_of(issues: tuple[Issue, ...], activity: str) -> Mapping[str, str]:
    """The issues of one activity by setting, the first of each."""
    found: dict[str, str] = {}
    for issue in issues:
        if issue.activity == activity:
            found.setdefault(setting_of(issue.path), said(issue))
    return found
