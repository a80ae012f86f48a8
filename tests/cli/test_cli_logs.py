"""The log of the engine: what operators look for, where an exception came from, and nothing about persons."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.logs import JsonLines, log_file_of, log_to
from engine.services.views import Caller
from tests.helpers.embedded_engine import CALLER, running
from tests.helpers.journey_builders import entry, journey


@pytest.fixture
def _restored() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("sojourn")
    before = root.level, own.level, list(root.handlers)
    yield
    for handler in set(root.handlers) - set(before[2]):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[0])
    own.setLevel(before[1])


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.usefixtures("_restored")
def test_acts_of_operators_are_logged(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "engine.log"
    log_to(path)
    with running(tmp_path / "w") as place:
        place.publish(journey([entry()], []))
        place.engine.users.put(CALLER, "ann@example.com", ("Administrators",))
        place.engine.users.set_password(CALLER, "ann@example.com", "correct horse")
        place.engine.sessions.sign_in(Caller("ann@example.com"), "correct horse")
        place.engine.backups.begin(CALLER, str(tmp_path / "copy.sqlite"))
        place.engine.backups.finish()
    found = [(line["message"], line.get("about")) for line in _lines(path) if line["logger"] == "sojourn.audit"]
    assert found == [("publish", "J"), ("sign_in", None), ("backup", str(tmp_path / "copy.sqlite"))]
    assert {line["level"] for line in _lines(path)} == {"info"}
    assert "ann@example.com" not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("_restored")
def test_level_and_standard_output(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    log_to("-", "warning")
    logging.getLogger("sojourn.engine").info("engine started")
    logging.getLogger("sojourn.engine").warning("the port is taken")
    assert json.loads(capsys.readouterr().out)["message"] == caplog.records[-1].getMessage() == "the port is taken"


def test_exception_has_frames_without_values() -> None:
    def fail(key: str) -> None:
        try:
            int(key)
        except ValueError as error:
            raise LookupError(f"no profile for {key}") from error

    record = logging.makeLogRecord({"msg": "a job failed"})
    try:
        fail("ann@example.com")
    except LookupError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    line = json.loads(JsonLines().format(record))
    assert line["exception"] == "LookupError"
    assert [text.split()[-1] for text in line["traceback"]] == [
        "test_exception_has_frames_without_values",
        "fail",
        "ValueError",
        "fail",
    ]
    assert line["traceback"][0].startswith("tests/cli/test_cli_logs.py:")
    assert "ann@example.com" not in json.dumps(line)


def test_each_workspace_has_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOJOURN_LOGS", str(tmp_path))
    one, other = log_file_of(tmp_path / "a" / "work space"), log_file_of(tmp_path / "b" / "work space")
    assert one != other
    assert one.parent == tmp_path
    assert one.name.startswith("engine-work-space-")
