"""A file of profiles: previewed, mapped and checked before it is stored beside the window's work, or cancelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from app.bridge import ImportProgress, calls
from app.bridge.profile_import import PART
from app.pages.import_dialog import ImportDialog
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


def _dialog(person: StudioDriver) -> Any:
    person.until(lambda: isinstance(getattr(_page(person), "import_dialog", None), ImportDialog))
    return _page(person).import_dialog


def _import(person: StudioDriver) -> None:
    """Wait for the check, then press Import."""
    dialog = _dialog(person)
    person.until(dialog.take.isEnabled)
    person.click(dialog.take)


def test_large_table_is_imported_in_parts(person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path) -> None:
    seen: list[ImportProgress | None] = []
    person.studio.bridge.profile_import.progressed.connect(seen.append)
    choose(_table(tmp_path))
    page = _page(person)
    _import(person)
    assert page.import_panel.isVisible()
    assert page.import_panel.row.words.text() == "Importing people.csv: 0"
    assert not page.import_button.isEnabled()
    _said(person, f"{MANY} profiles imported.")
    steps = [(one.step, one.profiles) for one in seen if one is not None]
    counts = [0, PART, 2 * PART, 3 * PART, MANY]
    assert steps == [(step, count) for step in ("reading", "storing") for count in counts]
    assert _total(person) == MANY
    assert not page.import_panel.isVisible()
    person.until(lambda: page.list.model.rows)
    assert page.import_button.isEnabled()


def test_refused_rows_are_counted_and_saved(
    person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(_table(tmp_path, count=3, last=",nobody\n"))
    dialog = _dialog(person)
    person.until(dialog.take.isEnabled)
    assert dialog.outcome.text() == "Profiles: 3, refused rows: 1."
    assert dialog.faults.toPlainText() == "Line 8: A profile needs at least one identity; add one"
    target = tmp_path / "bad.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    person.click(dialog.rejects)
    assert target.read_text("utf-8-sig").splitlines()[1].startswith(",nobody,8,")
    assert _total(person) == 0, "nothing is stored yet"
    person.click(dialog.take)
    _said(person, "3 profiles imported.")


def test_columns_are_chosen(person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(
        "Kunde;E-Mail;Größe;Seit\n7;zoë@example.com;1.000;31.12.1990\n8;b@example.com;2;\n".encode("cp1252")
    )
    choose(file)
    dialog = _dialog(person)
    person.until(dialog.outcome.text)
    assert dialog.told.text().startswith("Read as cp1252, by its letters.")
    assert [choice.key() for choice in dialog._targets] == ["Kunde", "identity:Email", "Größe", "Seit"]
    assert dialog.table.item(2, 1).text() == "zoë@example.com"
    _choose(dialog._targets[0], "identity:CRMID")
    _choose(dialog._targets[2], "")
    assert not dialog._kinds[2].isEnabled()
    _choose(dialog._kinds[3], "dateOnly")
    assert not dialog.take.isEnabled(), "what was checked is no longer true"
    _import(person)
    _said(person, "2 profiles imported.")
    known = person.ask(calls.profiles.get("CRMID", "7"))
    assert known is not None
    assert (known.identities["Email"], known.attributes) == ("zoë@example.com", {"Seit": "1990-12-31"})


def _choose(choice: Any, key: str) -> None:
    choice.choose(key)
    choice.activated.emit(choice.currentIndex())


def test_another_encoding_is_chosen(person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("identity:CRMID,name\n7,Łukasz\n".encode("cp1250"))
    choose(file)
    dialog = _dialog(person)
    person.until(lambda: dialog.table.item(2, 1) is not None)
    assert dialog.table.item(2, 1).text() != "Łukasz"
    _choose(dialog.encoding, "cp1250")
    person.until(lambda: dialog.table.item(2, 1) is not None and dialog.table.item(2, 1).text() == "Łukasz")
    _import(person)
    _said(person, "1 profile imported.")


def test_cancelled_dialog_stores_nothing(person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path) -> None:
    choose(_table(tmp_path))
    dialog = _dialog(person)
    person.until(dialog.table.rowCount)
    dialog.reject()
    assert person.studio.bridge.profile_import.progress is None
    assert _total(person) == 0


@pytest.mark.parametrize(("content", "words"), [
    (None, "people.jsonl was not read: No such file or directory"),
    (b"\xff\xfe{", "This is not text in utf-16; choose its encoding or save it as UTF-8"),
])  # fmt: skip
def test_unreadable_file_is_reported(
    content: bytes | None, words: str, person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path
) -> None:
    file = tmp_path / "people.jsonl"
    if content is not None:
        file.write_bytes(content)
    choose(file)
    dialog = _dialog(person)
    person.until(lambda: words in dialog.told.text())
    assert not dialog.take.isEnabled()


def test_import_is_cancelled(person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text("".join(json.dumps({"identities": {"CRMID": f"p-{one}"}}) + "\n" for one in range(MANY)))
    source = person.studio.bridge.profile_import

    def cancel(progress: ImportProgress | None) -> None:
        if progress is not None and (progress.step, progress.profiles) == ("storing", PART):
            _page(person).import_panel.row.cancel_button.click()

    source.progressed.connect(cancel)
    choose(file)
    _import(person)
    person.until(lambda: person.window.toast.accessibleName().startswith("Import cancelled. "))
    assert 0 < _total(person) < MANY
    assert source.progress is None


def test_import_is_still_shown_after_theme_changes(
    person: StudioDriver, choose: Callable[[Path], None], tmp_path: Path
) -> None:
    choose(_table(tmp_path))
    before = _page(person)
    _import(person)
    person.window.rebuild_ui()
    assert _page(person) is not before
    assert not _page(person).import_panel.isHidden()
    _said(person, f"{MANY} profiles imported.")
