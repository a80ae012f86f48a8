"""Exports of known systems, after their documented forms: what is read, what is refused, by row and place.

The columns that a case does not map have the target that their head suggests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.core.declared import ProfileSchema
from engine.errors import SojournError
from engine.model.definitions import Definitions
from engine.model.fields import read_fields
from engine.services.profile_chunks import split_profiles
from engine.services.profile_files import ProfileAt, RowFault, read_table
from engine.services.profile_preview import preview_file, suggest_target
from engine.services.profile_views import ProfileFooter
from engine.services.text_encoding import read_text_lines

DATA = Path(__file__).parents[1] / "data" / "exports.jsonl"
CASES = {case["name"]: case for case in map(json.loads, DATA.read_text("utf-8").splitlines())}
SCHEMA = ProfileSchema(
    read_fields(
        {
            "name": "string",
            "loyaltyMember": "boolean",
            "points": "integer",
            "spent": "decimal",
            "born": "dateOnly",
            "joined": "dateTime",
        }
    ),
    frozenset(Definitions().namespace_codes),
)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [1, 1_000])
def test_export_has_its_outcome(name: str, size: int, tmp_path: Path) -> None:
    case: dict[str, Any] = CASES[name]
    file = tmp_path / "export.csv"
    file.write_bytes(case["text"].encode(case["encoding"]))
    heads = [column.head for column in preview_file(file, Definitions()).columns]
    columns = {head: suggest_target(head, SCHEMA) for head in heads} | case["columns"]
    parts = split_profiles(read_text_lines(file), "csv", size)
    if isinstance(case["profiles"], str):
        with pytest.raises(SojournError, match=case["profiles"].removeprefix("ERROR ")):
            [list(read_table(part.text, SCHEMA, part.first, columns)) for part in parts]
        return
    rows = [row for part in parts for row in read_table(part.text, SCHEMA, part.first, columns)]
    found = [row.profile for row in rows if isinstance(row, ProfileAt)]
    known = [{"identities": dict(one.identities), "attributes": dict(one.attributes)} for one in found]
    assert known == case["profiles"]
    refused = [(row.row, str(row.error.phrase.arguments.get("place", ""))) for row in rows if isinstance(row, RowFault)]
    assert refused == [tuple(one) for one in case["refused"]]
    footers = [(row.row, row.rows) for row in rows if isinstance(row, ProfileFooter)]
    assert footers == ([tuple(case["footer"])] if case["footer"] else [])
