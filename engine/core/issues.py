"""Violations of the design rules (product.md, The journey, Design rules). The catalogue has the sentence of each code.

``docs/problems.md`` is generated from it: ``python -m tools.problems_page``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.catalogue import ENGINE, ENGLISH, Phrase, PhraseArgument, format_sentence, load
from engine.model.activity import ERROR, OTHERS, TIMEOUT

Severity = Literal["error", "warning"]
FILE_UNREADABLE = "ERR_FILE_001"
"""The code of a journey file that cannot be read; no rule of the design."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One violation. ``activity`` is its id, '' for the whole journey; ``path`` the JSON path in the journey file.

    ``arguments`` fill the sentence of the code; an issue of an extension whose code no catalogue has brings its
    English sentence as ``message``.
    """

    code: str
    activity: str
    path: str
    arguments: Mapping[str, PhraseArgument] = field(default_factory=dict, hash=False)

    @property
    def severity(self) -> Severity:
        """Errors block test and publication, warnings do not: codes begin with ``ERR_`` or ``WARN_``."""
        return "error" if self.code.startswith("ERR_") else "warning"

    @property
    def phrase(self) -> Phrase:
        """The sentence, in no language yet."""
        return Phrase(self.code, self.arguments)

    @property
    def message(self) -> str:
        """The English sentence."""
        return format_sentence(self.phrase)


EXIT_NAMES: Mapping[str, Phrase] = {
    OTHERS: Phrase("exit.others"),
    ERROR: Phrase("exit.error"),
    TIMEOUT: Phrase("exit.timeout"),
}
"""Names of the ways out that users do not name."""

_HEAD = """# Problems

Every problem that Sojourn finds in a journey. Errors block test and publication; warnings do not. What stands in
braces is filled in. This page is generated from the catalogue of texts; run `python -m tools.problems_page`.

| code | blocks | says |
| --- | --- | --- |
"""


def issue_codes() -> list[str]:
    """Return the codes of all violations of the design rules, by area and number."""
    codes = (key for key in load(ENGINE, ENGLISH).names() if re.fullmatch(r"(ERR|WARN)_[A-Z]+_\d{3}", key))
    return sorted((code for code in codes if code != FILE_UNREADABLE), key=lambda code: code.partition("_")[::-1])


def problems_page() -> str:
    """Return the text of ``docs/problems.md``."""
    rows = (
        f"| `{code}` | {'yes' if code.startswith('ERR_') else 'no'} | {load(ENGINE, ENGLISH).get(code)} |\n"
        for code in issue_codes()
    )
    return _HEAD + "".join(rows)
