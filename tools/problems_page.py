"""Writes ``docs/problems.md`` from the catalogue: ``python -m tools.problems_page``."""

from __future__ import annotations

import re
from pathlib import Path

from engine.catalogue import ENGINE, ENGLISH, load
from engine.core.issues import FILE_UNREADABLE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "problems.md"
_HEAD = """# Problems

Every problem that Sojourn finds in a journey. Errors block test and publication; warnings do not. What stands in
braces is filled in. This page is generated from the catalogue of texts; run `python -m tools.problems_page`.

| code | blocks | says |
| --- | --- | --- |
"""

_CODE = re.compile(r"(ERR|WARN)_(?!ENDPOINTCONFIG)[A-Z]+_\d{3}")
"""The codes of journeys, without those of capping rules."""


def issue_codes() -> list[str]:
    """Return the codes of all violations of the design rules, by area and number."""
    codes = (key for key in load(ENGINE, ENGLISH).names() if _CODE.fullmatch(key) and key != FILE_UNREADABLE)
    return sorted(codes, key=lambda code: code.partition("_")[::-1])


def problems_page() -> str:
    """Return the text of ``docs/problems.md``."""
    rows = (
        f"| `{code}` | {'yes' if code.startswith('ERR_') else 'no'} | {load(ENGINE, ENGLISH).get(code)} |\n"
        for code in issue_codes()
    )
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(problems_page(), encoding="utf-8")
