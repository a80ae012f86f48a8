"""The command ``infer``: the fields of examples and schemas, notes apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.errors import SojournError


def test_fields_and_notes_are_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cart.json"
    file.write_text('[{"price": 10, "a.b": 1}, {"price": 9.99}]')
    assert main(["infer", str(file)]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"price": "decimal"}
    assert shown.err.startswith("a.b is left out")


@pytest.mark.parametrize("text", ["[]", "[1]", "3", "{"])
def test_other_documents_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cart.json"
    file.write_text(text)
    with pytest.raises(SojournError) as refused:
        main(["infer", str(file)])
    assert "cart.json" in refused.value.where
