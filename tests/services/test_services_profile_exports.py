"""Files as spreadsheets and other systems export them: encodings, separators, empty rows, footers, typed cells."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli import main
from engine.core.declared import ProfileSchema, UnfitError, read_text
from engine.errors import SojournError
from engine.model.fields import Field, read_fields
from engine.services.profile_chunks import split_profiles
from engine.services.profile_files import ANY, ProfileAt, RowFault, read_csv, read_table
from engine.services.profile_views import ProfileFooter
from engine.services.text_encoding import decode_text, read_text_lines
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running
from tests.helpers.journey_builders import activity, entry, journey

FIELDS = ProfileSchema(
    read_fields(
        {
            "name": "string",
            "phone": "string",
            "loyaltyMember": "boolean",
            "points": "integer",
            "spent": "decimal",
            "born": "dateOnly",
            "joined": "dateTime",
            "tier": {"type": "string", "enum": ["gold", "silver"]},
            "home": {"zip": "string"},
            "tags": "listString",
        }
    )
)


def attributes(text: str) -> list[dict[str, Any]]:
    return [dict(profile.attributes) for profile in read_csv(text, FIELDS)]


EXPORTS = {
    "excel-de": ("identity:CRMID;name;spent;born\r\np1;Zoë;1.234,50;31.12.1990\r\n", "cp1252"),
    "excel-fr": ("identity:CRMID;name;spent;born\r\np1;Zoë;1\u00a0234,50;31/12/1990\r\n", "cp1252"),
    "excel-en": ('identity:CRMID,name,spent,born\r\np1,Zoë,"1,234.50",12/31/1990\r\n', "utf-8-sig"),
    "excel-en-gb": ("identity:CRMID,name,spent,born\r\np1,Zoë,1234.5,31/12/1990\r\n", "cp1252"),
    "excel-unicode-text": ("identity:CRMID\tname\tspent\tborn\r\np1\tZoë\t1234.5\t1990-12-31\r\n", "utf-16"),
    "excel-big-endian": ("\ufeffidentity:CRMID\tname\tspent\tborn\np1\tZoë\t1234.5\t1990-12-31\n", "utf-16-be"),
    "without-mark": ("identity:CRMID\tname\tspent\tborn\np1\tZoë\t1234.5\t1990-12-31\n", "utf-16-le"),
    "sep-line": ("sep=;\r\nidentity:CRMID;name;spent;born\r\np1;Zoë;1234,5;1990-12-31\r\n", "utf-8"),
    "quoted-sep": ('"sep=|"\nidentity:CRMID|name|spent|born\np1|Zoë|1234.5|1990. 12. 31.\n', "utf-8"),
    "salesforce": (
        'identity:CRMID,name,spent,born\np1,Zoë,1234.5,1990-12-31\n\n"Report by Ann"\n"Copyright (c) 2026"\n',
        "utf-8",
    ),
    "empty-right": ("identity:CRMID;name;spent;born;;\np1;Zoë;1234,5;1990-12-31;;\n;;;;;\n", "utf-8"),
    "empty-first": ("\r\n;;;\r\nidentity:CRMID;name;spent;born\r\n;;;\r\np1;Zoë;1234,5;31.12.1990\r\n", "utf-8"),
    "quoted-separators": ('"identity:CRMID",name,spent,born\np1,Zoë,"1234.5",1990/12/31\n', "utf-8"),
    "old-mac": ("identity:CRMID;name;spent;born\rp1;Zoë;1234,5;31.12.1990\r", "cp1252"),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exported_file_has_its_values(name: str, tmp_path: Path) -> None:
    text, encoding = EXPORTS[name]
    file = tmp_path / "people.csv"
    file.write_bytes(text.encode(encoding))
    wanted = [{"name": "Zoë", "spent": 1234.5, "born": "1990-12-31"}]
    assert attributes(decode_text(text.encode(encoding))) == wanted
    parts = [part.text for part in split_profiles(read_text_lines(file), "csv", 1)]
    assert [one for part in parts for one in attributes(part)] == wanted


def test_korean_file_is_recognised() -> None:
    assert attributes(decode_text("identity:CRMID,name\np1,김서준\n".encode("cp949"))) == [{"name": "김서준"}]


def test_chosen_encoding_goes_first() -> None:
    data = "identity:CRMID,name\np1,Łukasz\n".encode("cp1250")
    assert attributes(decode_text(data, "cp1250")) == [{"name": "Łukasz"}]
    with pytest.raises(SojournError, match="no encoding nothing"):
        decode_text(data, "nothing")
    with pytest.raises(SojournError, match="utf-8"):
        decode_text(data, "utf-8")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1))
def test_unicode_with_or_without_mark_is_read(text: str) -> None:
    assert decode_text(text.encode()) == decode_text(text.encode("utf-8-sig")) == text
    assert decode_text(text.encode("utf-16")) == text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("boolean", "TRUE", True),
        ("boolean", "Falsch", False),
        ("boolean", "VRAI", True),
        ("boolean", "참", True),
        ("boolean", "거짓", False),
        ("boolean", "maybe", None),
        ("boolean", "2", None),
        ("integer", "7", 7),
        ("integer", "007", 7),
        ("integer", "7.0", 7),
        ("integer", "7,00", 7),
        ("integer", "7.5", None),
        ("integer", "1,234", None),
        ("integer", "1.000", None),
        ("integer", "1,000", None),
        ("integer", "8.21055E+11", None),
        ("integer", "9" * 19, None),
        ("decimal", "7", 7.0),
        ("decimal", "7,5", 7.5),
        ("decimal", "1.234,5", 1234.5),
        ("decimal", "1,234.5", 1234.5),
        ("decimal", "1,234", None),
        ("decimal", "1.000", None),
        ("decimal", "1.234", 1.234),
        ("decimal", "many", None),
        ("decimal", "1e999", None),
        ("decimal", "0,123", 0.123),
        ("string", "821055550142", "821055550142"),
        ("string", "007", "007"),
        ("string", "TRUE", "TRUE"),
        ("string", "8.21055E+11", None),
        ("dateOnly", "2026-01-31", "2026-01-31"),
        ("dateOnly", "31.1.2026", "2026-01-31"),
        ("dateOnly", "1/31/2026", "2026-01-31"),
        ("dateOnly", "31/1/2026", "2026-01-31"),
        ("dateOnly", "1/2/2026", None),
        ("dateOnly", "03-04-2026", None),
        ("dateOnly", "13-04-2026", "2026-04-13"),
        ("dateOnly", "04.03.2026", "2026-03-04"),
        ("dateOnly", "2/2/2026", "2026-02-02"),
        ("dateOnly", "2026. 1. 31.", "2026-01-31"),
        ("dateOnly", "31.2.2026", None),
        ("dateOnly", "soon", None),
        ("dateTimeOnly", "2026-01-31 8:05", "2026-01-31T08:05:00"),
        ("dateTimeOnly", "31.01.2026 25:05", None),
        ("dateTime", "2026-01-31T08:05:00+09:00", "2026-01-31T08:05:00+09:00"),
        ("dateTime", "1769814300", "2026-01-30T23:05:00Z"),
        ("dateTime", "2026-01-31T08:05:00[Europe/Berlin]", "2026-01-31T07:05:00Z"),
        ("dateTime", "2026-07-31T08:05:00+02:00[Europe/Berlin]", "2026-07-31T06:05:00Z"),
        ("dateTime", "2026-01-31 08:05:00 (Asia/Seoul)", "2026-01-30T23:05:00Z"),
        ("dateTime", "2026-01-31T08:05:00[Mars/Olympus]", None),
        ("dateTime", "31.01.2026 08:05", "2026-01-31T08:05:00Z"),
        ("dateTime", "soon", None),
        ("duration", "PT1H", "PT1H"),
        ("duration", "long", None),
        ("listString", '["a"]', ["a"]),
        ("listString", "a", None),
        ("listInteger", "[1.5]", None),
    ],
)
def test_cell_has_its_declared_type(kind: str, text: str, value: object) -> None:
    try:
        found = read_text(text, Field("x", kind))
    except UnfitError:
        found = None
    assert found == value


def test_every_bad_row_is_told_with_its_line() -> None:
    text = (
        "identity:CRMID,name,points,timeZone,tier\n"
        "p1,Ann,7,Asia/Seoul,gold\n\n"
        'p2,"two\nlines",many,,\n'
        "p3,Bob,NULL,Mars/Olympus,\n"
        ",Cid,1,,\n"
        "8.21055E+11,Dan,1,,\n"
        "p6,Eve,1,,bronze\n"
        "p7,Fay\n"
        "p8,Gus,1,,silver\n"
    )
    rows = list(read_table(text, FIELDS))
    faults = [(one.error.where, one.error.code) for one in rows if isinstance(one, RowFault)]
    assert [where for where, _ in faults] == [f"line {line}" for line in (5, 6, 7, 8, 9, 10)]
    assert [one.profile.identities["CRMID"] for one in rows if isinstance(one, ProfileAt)] == ["p1", "p8"]


def test_people_after_empty_row_are_kept() -> None:
    head = "identity:Email,name,city\na@x.de,Ann,B\n\nb@x.de,,\nc@x.de,,\n"
    people = f"{head}d@x.de,Dan,C\n\n"
    for size in (1, 2, 10):
        for text, last in ((people, ()), (f"{people}Report by Ann\n\nin 2026,,\n", (ProfileFooter(8, 2),))):
            parts = split_profiles(io.StringIO(text), "csv", size)
            rows = [one for part in parts for one in read_table(part.text, ANY, part.first)]
            names = [one.profile.identities["Email"] for one in rows if isinstance(one, ProfileAt)]
            assert names == ["a@x.de", "b@x.de", "c@x.de", "d@x.de"]
            assert tuple(rows[4:]) == last


def test_footer_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "people.csv"
    file.write_text("identity:CRMID,name\np1,Ann\n\nReport by Ann\n")
    assert main(["profiles", "import", str(file), "--workspace", str(tmp_path / "w")]) == 0
    assert "people.csv: line 4: " in capsys.readouterr().err


LOYALTY = journey(
    [
        entry(),
        activity(
            "member",
            "condition.data_source",
            others=True,
            paths=[{"id": "yes", "expression": "#{ExperiencePlatform.Profile.loyaltyMember}"}],
        ),
    ],
    ["in>member"],
    definitions={
        "data_sources": [
            {
                "name": "ExperiencePlatform",
                "field_groups": [
                    {
                        "name": "Profile",
                        "schema": "profile",
                        "fields": {"loyaltyMember": "boolean", "phone": "string", "points": "integer"},
                    }
                ],
            }
        ]
    },
)


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def test_journey_reads_imported_truth_values(place: EmbeddedEngine) -> None:
    place.engine.profiles.import_text(CALLER, "identity:CRMID,loyaltyMember\np0,1\n", "csv")
    version = place.publish(LOYALTY)
    place.engine.profiles.import_text(CALLER, "identity:CRMID,loyaltyMember\np1,TRUE\np2,FALSE\n", "csv")
    for key in ("p0", "p1", "p2"):
        place.send(key)
    place.settle(version, completed=3, failed=0)
    paths = [step.fields.get("path") for step in place.engine.reports.steps(CALLER, version.id)]
    assert sorted(str(path) for path in paths if path) == ["others", "yes", "yes"]


def test_senders_and_forms_are_checked_alike(place: EmbeddedEngine) -> None:
    place.publish(LOYALTY)
    line = json.dumps(
        {"identities": {"CRMID": "a"}, "attributes": {"points": "7", "phone": 82, "loyaltyMember": "TRUE"}}
    )
    bad = json.dumps({"identities": {"CRMID": "b"}, "attributes": {"points": "many"}})
    done = place.engine.profiles.accept(CALLER, f"{line}\n{bad}\n")
    assert (done.profiles, [(one.row, one.where) for one in done.refused]) == (1, [(1, "line 1")])
    known = place.engine.profiles.get(CALLER, "CRMID", "a")
    assert known is not None
    assert known.attributes == {"points": 7, "phone": "82", "loyaltyMember": True}
    with pytest.raises(SojournError, match="points"):
        place.engine.profiles.save(CALLER, known.model_copy(update={"attributes": {"points": 1.5}}))


def test_command_skips_and_keeps_refused_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, location = tmp_path / "people.csv", str(tmp_path / "workspace")
    file.write_text("identity:CRMID,timeZone\np1,Asia/Seoul\np2,Mars\np3,Europe/Paris\n")
    with pytest.raises(SojournError, match="--skip"):
        main(["profiles", "import", str(file), "--workspace", location])
    assert main(["profiles", "import", str(file), "--workspace", location, "--dry-run"]) == 1
    with pytest.raises(SojournError, match="no profile"):
        main(["people", "show", "CRMID", "p1", "--workspace", location])
    assert main(["profiles", "import", str(file), "--workspace", location, "--skip"]) == 0
    shown = capsys.readouterr()
    assert "2 profiles, 1 refused" in shown.out
    assert "people.csv: line 3: timeZone" in shown.err
    rejects = tmp_path / "people.rejects.csv"
    lines = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "identity:CRMID,timeZone,#line,#reason"
    assert lines[1].startswith("p2,Mars,3,")
    rejects.write_text(rejects.read_text().replace("Mars", "Asia/Tokyo"))
    assert main(["profiles", "import", str(rejects), "--workspace", location]) == 0
    assert main(["people", "show", "CRMID", "p2", "--workspace", location]) == 0


def test_refused_lines_can_be_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, location = tmp_path / "people.jsonl", str(tmp_path / "workspace")
    line = '{"identities": {"CRMID": "p2"}, "attributes": {"timeZone": "Mars"}}'
    file.write_text('{"identities": {"CRMID": "p1"}}\n' + line + "\n{broken\n")
    assert main(["profiles", "import", str(file), "--workspace", location, "--skip"]) == 0
    rejects = tmp_path / "people.rejects.jsonl"
    kept = rejects.read_text().splitlines()
    assert [kept[1], kept[3]] == [line, "{broken"]
    assert kept[0].startswith("# line 2: ")
    rejects.write_text(rejects.read_text().replace("Mars", "Asia/Tokyo").replace("{broken\n", ""))
    assert main(["profiles", "import", str(rejects), "--workspace", location]) == 0
    assert "1 profiles" in capsys.readouterr().out


def test_command_maps_columns_and_tells_what_it_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, location = tmp_path / "people.csv", str(tmp_path / "workspace")
    file.write_bytes("Kunde;E-Mail;Größe\n1;a@example.com;7\n2;a@example.com;8\n".encode("cp1252"))
    columns = ["--map", "Kunde=identity:CRMID", "--map", "E-Mail=identity:Email", "--map", "Größe="]
    assert main(["profiles", "import", str(file), "--workspace", location, *columns]) == 0
    told = capsys.readouterr().err
    assert "people.csv: read as cp1252" in told
    assert "people.csv: line 3: the identity in Email stays with another profile" in told
    with pytest.raises(SojournError, match="--map Email=identity:Email"):
        main(["profiles", "import", str(file), "--workspace", location, "--map", "Kunde"])


def test_piped_profiles_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"identities": {"CRMID": "p1"}}\n'))
    assert main(["profiles", "import", "-", "--workspace", str(tmp_path / "w")]) == 0
    with running(tmp_path / "w") as place:
        assert place.engine.profiles.get(CALLER, "CRMID", "p1") is not None
