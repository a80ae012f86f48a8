"""The package that ``docs/extending.md`` builds works as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.model.activity import ACTIVITY_KINDS
from tests.helpers.extension_install import install

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SHELL = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [line.split()[1:] for line in SHELL.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the page, with the package installed into ``site``."""
    assert len(FILES) == 5
    for name, text in FILES:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    install(tmp_path / "sojourn_office", tmp_path / "site")
    return tmp_path


def run(folder: Path, *line: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder / 'site'}{os.pathsep}{ROOT}"
    environment = {**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"}
    words = [sys.executable, *line]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False)


def test_commands_of_the_page_succeed(folder: Path) -> None:
    assert [command[0] for command in COMMANDS] == ["validate", "simulate"]
    for command in COMMANDS:
        done = run(folder, str(ROOT / "main.py"), *command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_expectations_of_the_page_can_fail(folder: Path) -> None:
    scenario = folder / "office.scenario.json"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("03-16T08", "03-13T20"), encoding="utf-8")
    assert run(folder, str(ROOT / "main.py"), *COMMANDS[1]).returncode == 1


def test_issue_of_the_page_is_reported(folder: Path) -> None:
    journey = folder / "office.journey.json"
    text = journey.read_text(encoding="utf-8").replace('"type": "office_hours"', '"type": "office_hours", "closes": 8')
    journey.write_text(text, encoding="utf-8")
    done = run(folder, str(ROOT / "main.py"), *COMMANDS[0])
    assert done.returncode == 1
    assert "error ERR_OFFICE_001" in done.stdout
    assert "the office closes before it opens; correct its hours" in done.stdout


def test_studio_has_the_view(folder: Path) -> None:
    script = """
from PySide6.QtWidgets import QApplication
application = QApplication([])
from app.activities.activity_form import FormContext
from app.activity_views import ACTIVITY_VIEWS, type_title
from app.activity_views import subtitle, title
from app.document.transfer import palette
from app.theme.icons import outline
from engine.expression.types import Scope
from engine.model.definitions import Definitions
items = {item.kind: item for item in palette(Definitions())}
activity = items["office_hours"].activity("new", (0, 0))
form = ACTIVITY_VIEWS["office_hours"].form(FormContext(Definitions(), Scope({})))
form.show_activity(activity)
assert form.activity() == activity, form.activity()
assert all(not outline(ACTIVITY_VIEWS[key].icon).isEmpty() for key in ("chat", "office_hours"))
print(title(activity), subtitle(activity), items["chat"].name)
"""
    done = run(folder, "-c", script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Office hours 9:00 – 18:00 Chat"


@pytest.mark.parametrize("key", list(ACTIVITY_KINDS))
def test_built_in_kind_is_documented(key: str) -> None:
    assert f"`{key}`" in PAGE
