"""What the engine refuses, in the language of the user.

The engine says it in English. Each catalogue's ``engine.json`` maps its sentences, with ``{1}``, ``{2}`` for what is
filled in, to the translation; what stands in such a place is translated too when it is a word of the catalogue.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from app.forms.issue_texts import said_in_details
from app.translation import FOLDER, tr
from engine.errors import SojournError
from engine.expression.josa import choose

_SLOT = re.compile(r"\{(\d)\}")
FILE = "engine.json"


def error_text(error: SojournError) -> str:
    """The sentence of an error; in English when no catalogue knows it."""
    issue = said_in_details(error.message)
    if issue is not None:
        return issue
    for template, pattern in _patterns(FOLDER):
        match = pattern.fullmatch(error.message)
        if match is not None:
            return _filled(template, match)
    return error.message


def _filled(template: str, match: re.Match[str]) -> str:
    said = _SLOT.sub(lambda slot: tr(match[int(slot[1])]), tr(template))
    return choose(said[:1].upper() + said[1:] if template[0].islower() else said)


@cache
def _patterns(folder: Path) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every sentence of the catalogues as a pattern, those with most words of their own first."""
    texts = {text for file in folder.glob(f"*/{FILE}") for text in json.loads(file.read_text(encoding="utf-8"))}
    ordered = sorted(texts, key=lambda text: (-len(_SLOT.sub("", text)), text))
    return tuple((text, _pattern(text)) for text in ordered)


def _pattern(template: str) -> re.Pattern[str]:
    parts = _SLOT.split(template)
    return re.compile("".join("(.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)), re.DOTALL)
