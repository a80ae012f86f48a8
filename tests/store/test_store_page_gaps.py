"""Zeros go over what SQLite does not use of its pages, and over nothing else."""

from __future__ import annotations

from contextlib import closing, nullcontext
from pathlib import Path
from random import Random
from shutil import copyfile
from typing import Any

import pysqlite3
import pytest

from engine.store import page_gaps, scrubbing
from engine.store.page_gaps import find, gap_of, wipe
from engine.store.scrubbing import Scrubbed, count, scrub

WORD = b"secret-"


def lived(path: Path, size: int, seed: int, vacuum: str = "NONE") -> None:
    """A database in which rows of all lengths came, grew, moved and went, with a word in each."""
    draw = Random(seed)
    with closing(pysqlite3.connect(str(path), isolation_level=None)) as connection:
        for pragma in (f"page_size={size}", f"auto_vacuum={vacuum}", "secure_delete=FAST"):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, body TEXT)").close()
        connection.execute("CREATE INDEX a_name ON a (name)").close()
        connection.execute("CREATE TABLE b (name TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID").close()
        connection.execute("CREATE TABLE workspace (name TEXT PRIMARY KEY, value TEXT)").close()
        connection.execute("BEGIN").close()
        for number in range(300):
            name = f"secret-{draw.randrange(900):03}"
            body = "x" * draw.choice((5, 50, 300, size, 3 * size))
            connection.execute("INSERT INTO a VALUES (?, ?, ?)", (draw.randrange(1 << 40), name, body)).close()
            connection.execute("INSERT OR REPLACE INTO b VALUES (?, ?)", (name, body.encode())).close()
            if number % 3 == 0:
                connection.execute("UPDATE a SET body = body || 'yyyy' WHERE name < ?", (name,)).close()
            if number % 5 == 0:
                connection.execute("DELETE FROM a WHERE name > ? AND id % 2", (name,)).close()
            if number % 50 == 49:
                connection.execute("COMMIT").close()
                connection.execute("BEGIN").close()
        connection.execute("COMMIT").close()


def contents(path: Path) -> list[Any]:
    queries = ("PRAGMA integrity_check", "SELECT * FROM a ORDER BY id", "SELECT * FROM b", "SELECT name FROM a")
    with closing(pysqlite3.connect(str(path))) as connection:
        return [connection.execute(query).fetchall() for query in queries]


@pytest.mark.parametrize(("size", "seed"), [(512, 1), (1_024, 2), (4_096, 3), (65_536, 4)])
def test_a_database_whose_every_gap_was_overwritten_is_the_same(tmp_path: Path, size: int, seed: int) -> None:
    path = tmp_path / "a.sqlite"
    lived(path, size, seed)
    before, length = contents(path), path.stat().st_size
    assert before[0] == [("ok",)]
    assert wipe(path, range(0, length, size)) > 20
    assert contents(path) == before
    assert path.stat().st_size == length


def moved_away(path: Path) -> set[str]:
    """Names of which some bytes stand where SQLite does not use a page."""
    copy = path.with_name("copy.sqlite")
    copyfile(path, copy)
    places = set(find(path, [WORD]))
    wipe(copy, places)
    content = path.read_bytes()
    return {content[at : at + 10].decode() for at in places - set(find(copy, [WORD]))}


def test_what_moved_away_is_overwritten_also_in_a_file_too_large_to_be_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrubbing, "LARGEST_REWRITE", 0)
    path = tmp_path / "a.sqlite"
    names: set[str] = set()
    for seed in range(5, 11):
        path.unlink(missing_ok=True)
        lived(path, 4_096, seed)
        names = moved_away(path)
        for name in names:
            with closing(pysqlite3.connect(str(path), isolation_level=None)) as connection:
                connection.execute("PRAGMA secure_delete=ON").close()
                for table in ("a", "b"):
                    connection.execute(f"DELETE FROM {table} WHERE name = ?", (name,)).close()
            before = contents(path)
            assert count(path, [name.encode()]) > 0, "deleting a row does not reach what it left elsewhere"
            assert scrub(path, [name], nullcontext()) == Scrubbed(truncated=True, rewritten=False, remaining=0)
            assert contents(path) == before
        if names:
            break
    assert names


def test_a_file_whose_pages_list_others_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    lived(path, 4_096, 6, "FULL")
    assert wipe(path, range(0, path.stat().st_size, 4_096)) == 0


def page(kind: int, content: int, *pointers: int, size: int = 64) -> bytes:
    head = bytes((kind, 0, 0)) + len(pointers).to_bytes(2, "big") + content.to_bytes(2, "big") + b"\0"
    middle = bytes(4) if kind in (2, 5) else b""
    return (head + middle + b"".join(one.to_bytes(2, "big") for one in pointers)).ljust(size, b".")


def test_only_pages_that_are_as_expected_have_a_gap() -> None:
    assert gap_of(page(13, 50, 50, 57)) == (12, 50)
    assert gap_of(page(5, 50, 50)) == (14, 50)
    assert gap_of(page(10, 64)) == (8, 64), "an empty page"
    assert gap_of(page(13, 0, size=65_536)) == (8, 65_536)
    for odd in (page(0, 50), page(7, 50), page(13, 10, 50, 57), page(13, 50, 49), page(13, 50, 64), page(13, 70)):
        assert gap_of(odd) is None
    assert gap_of(bytes(100) + page(13, 150, 160), 100) == (110, 150)


def test_places_are_found_over_the_borders_of_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"..needle.needleneedle..other")
    for size in range(1, 30):
        monkeypatch.setattr(page_gaps, "_CHUNK", size)
        assert sorted(set(find(file, [b"needle", b"other"]))) == [2, 9, 15, 23]
