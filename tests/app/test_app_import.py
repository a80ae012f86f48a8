"""A large file of profiles comes in beside the window's work: how far it is, cancelled, refused with the line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from app.bridge import ImportProgress, calls
from app.bridge.profile_import import PART
from app.studio import Studio
from tests.helpers.studio_driver import StudioDriver, close_studio

MANY = 3 * PART + 1


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone in front of the list of profiles."""
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    someone.window.show_page("profiles")
    yield someone
    close_studio(qtbot, studio)


@pytest.fixture
def choose(person: StudioDriver, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Press Import and choose a file."""

    def import_file(file: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
        person.click(_page(person).import_button)

    return import_file


def _page(person: StudioDriver) -> Any:
    return person.window.page_router.page("profiles")


def _total(person: StudioDriver) -> int:
    total: int = person.ask(calls.profiles.list("")).total
    return total


def _said(person: StudioDriver, words: str) -> None:
    person.until(lambda: person.window.toast.accessibleName() == words)


def _table(folder: Path, count: int = MANY, last: str = "") -> Path:
    file = folder / "people.csv"
    rows = "".join(f'p-{number},"Mina\nOh"\n' for number in range(count))
    file.write_text(f"identity:CRMID,firstName\n{rows}{last}", encoding="utf-8")
    return file


def test_large_table_is_imported_in_parts(person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path) -> None:
    seen: list[ImportProgress | None] = []
    person.studio.bridge.profile_import.progressed.connect(seen.append)
    choose(_table(tmp_path))
    page = _page(person)
    assert page.import_panel.isVisible()
    assert page.import_panel.row.words.text() == "Reading people.csv: 0"
    assert not page.import_button.isEnabled()
    _said(person, f"{MANY} profiles imported.")
    steps = [(one.step, one.profiles) for one in seen if one is not None]
    counts = [0, PART, 2 * PART, 3 * PART, MANY]
    assert steps == [(step, count) for step in ("reading", "storing") for count in counts]
    assert _total(person) == MANY
    assert not page.import_panel.isVisible()
    person.until(lambda: page.list.model.rows)
    assert page.import_button.isEnabled()


def test_invalid_line_is_reported_before_import(
    person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path
) -> None:
    choose(_table(tmp_path, last=",nobody\n"))
    line = 2 + 2 * MANY
    _said(person, f"Line {line}: A profile needs at least one identity; add one. Nothing was imported.")
    assert _total(person) == 0


@pytest.mark.parametrize(("content", "words"), [
    (None, "people.jsonl was not read: No such file or directory"),
    (
        b"\xff\xfe{",
        "people.jsonl: This is not text in utf-16; choose its encoding or save it as UTF-8. Nothing was imported.",
    ),
])  # fmt: skip
def test_unreadable_file_is_reported(
    content: bytes | None, words: str, person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path
) -> None:
    file = tmp_path / "people.jsonl"
    if content is not None:
        file.write_bytes(content)
    choose(file)
    _said(person, words)


@pytest.mark.parametrize("step", ["reading", "storing"])
def test_import_is_cancelled(step: str, person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text("".join(json.dumps({"identities": {"CRMID": f"p-{one}"}}) + "\n" for one in range(MANY)))
    source = person.studio.bridge.profile_import

    def cancel(progress: ImportProgress | None) -> None:
        if progress is not None and (progress.step, progress.profiles) == (step, PART):
            _page(person).import_panel.row.cancel_button.click()

    source.progressed.connect(cancel)
    choose(file)
    if step == "reading":
        _said(person, "Import cancelled. Nothing was imported.")
        assert _total(person) == 0
    else:
        person.until(lambda: person.window.toast.accessibleName().startswith("Import cancelled. "))
        assert 0 < _total(person) < MANY
    assert source.progress is None


def test_import_is_still_shown_after_theme_changes(
    person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path
) -> None:
    choose(_table(tmp_path))
    before = _page(person)
    person.window.rebuild_ui()
    assert _page(person) is not before
    assert not _page(person).import_panel.isHidden()
    _said(person, f"{MANY} profiles imported.")
