"""The preview of a file: what an import will read, and what its columns are taken for."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.declared import ProfileSchema
from engine.model.definitions import Definitions
from engine.model.fields import read_fields
from engine.services.profile_preview import preview_file, suggest_target

SCHEMA = ProfileSchema(
    read_fields({"loyaltyMember": "boolean", "address": {"city": "string"}}),
    frozenset({"CRMID", "Email", "Phone"}),
)


@pytest.mark.parametrize(
    ("head", "target"),
    [
        ("identity:CRMID", "identity:CRMID"),
        ("CRM ID", "identity:CRMID"),
        ("E-Mail-Adresse", "identity:Email"),
        ("이메일", "identity:Email"),
        ("Mobile Phone", "mobilePhone"),
        ("휴대전화", "identity:Phone"),
        ("Loyalty Member", "loyaltyMember"),
        ("address_city", "address.city"),
        ("First Name", "firstName"),
        ("testProfile", "testProfile"),
        ("#reason", ""),
        ("", ""),
        ("Favourite colour", ""),
    ],
)
def test_head_suggests_a_target(head: str, target: str) -> None:
    assert suggest_target(head, SCHEMA) == target
    if head == "Favourite colour":
        assert suggest_target(head, ProfileSchema((), SCHEMA.namespaces)) == head


def test_preview_has_head_and_first_rows(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(("\n".join(["sep=;", "Kunde;Größe;", *(f"{n};1,5;" for n in range(30))]) + "\n").encode("cp1252"))
    found = preview_file(file, Definitions())
    assert (found.encoding, found.guessed, found.separator) == ("cp1252", True, ";")
    assert [column.head for column in found.columns] == ["Kunde", "Größe"]
    assert (len(found.rows), found.rows[0][:2]) == (20, ("0", "1,5"))
    assert "identity:CRMID" in found.targets
    assert not preview_file(file, Definitions(), "cp1250").guessed
    lines = tmp_path / "people.jsonl"
    lines.write_text('{"identities": {}}\n\n')
    assert preview_file(lines, Definitions()).rows == (('{"identities": {}}',),)
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    assert preview_file(empty, Definitions()).columns == ()
