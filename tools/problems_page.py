"""Writes ``docs/problems.md`` from the table of problems: ``python -m tools.problems_page``."""

from __future__ import annotations

from pathlib import Path

from engine.core.issues import document

PAGE = Path(__file__).resolve().parents[1] / "docs" / "problems.md"

if __name__ == "__main__":
    PAGE.write_text(document(), encoding="utf-8")
