"""Violations of the design rules (product.md, The journey, Design rules). The catalogue has the sentence of each code.

``docs/problems.md`` is generated from it: ``python -m tools.problems_page``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.catalogue import Phrase, PhraseArgument, format_sentence
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
