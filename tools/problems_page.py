"""Writes ``docs/problems.md`` from the catalogue: ``python -m tools.problems_page``."""

from __future__ import annotations

from pathlib import Path

from engine.core.issues import problems_page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "problems.md"

if __name__ == "__main__":
    PAGE.write_text(problems_page(), encoding="utf-8")
