"""Files that the user names: what cannot be written is told in a sentence."""

from __future__ import annotations

from pathlib import Path

from app.pages.exports import write_file


def test_unwritable_file_is_reported(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "spa.journey.json"
    assert write_file(file, lambda: file.write_text("{}", encoding="utf-8")) == "Written to spa.journey.json."
    assert write_file(tmp_path, lambda: tmp_path.write_text("{}", encoding="utf-8")) == "Not written: Is a directory"
