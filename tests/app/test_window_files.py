"""Files that the user names: what cannot be read or written is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.pages import files
from engine.errors import SojournError


def test_a_file_that_cannot_be_written_is_told(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "spa.journey.json"
    assert files.write(file, lambda: file.write_text("{}", encoding="utf-8")) == "Written to spa.journey.json."
    assert files.write(tmp_path, lambda: tmp_path.write_text("{}", encoding="utf-8")) == "Not written: Is a directory"


def test_a_file_that_cannot_be_read_says_why(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "guests.csv"
    file.write_text("이름", encoding="utf-8")
    assert files.read(file) == "이름"
    file.write_bytes("이름".encode("euc-kr"))
    with pytest.raises(SojournError, match=r"guests\.csv is not text in UTF-8"):
        files.read(file)
    with pytest.raises(SojournError, match=r"lost\.csv was not read: No such file"):
        files.read(tmp_path / "lost.csv")
