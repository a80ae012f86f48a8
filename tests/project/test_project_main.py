"""main.py: who takes the arguments, and how a failure is said."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import main as program
from engine.errors import SojournError, WrongUseError
from engine.model import journey_file
from tests.helpers.journey_builders import entry, journey


@pytest.mark.parametrize(
    ("arguments", "module", "words"),
    [
        ([], "app.studio", []),
        (["--workspace", "w"], "app.studio", ["--workspace", "w"]),
        (["studio", "a.journey.json"], "app.studio", ["a.journey.json"]),
        (["render", "a", "-o", "b"], "app.render", ["a", "-o", "b"]),
        (["sample", "--port", "1"], "engine.sample_servers.sample_run", ["--port", "1"]),
        (["validate", "a"], "engine.cli", ["validate", "a"]),
        (["--help"], "engine.cli", ["--help"]),
    ],
)
def test_each_subcommand_has_one_module(arguments: list[str], module: str, words: list[str]) -> None:
    assert program.route(arguments) == (module, words)


def fails_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def main(_: list[str]) -> int:
        raise error

    monkeypatch.setattr(importlib, "import_module", lambda _: SimpleNamespace(main=main))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            SojournError("code", "a.json", message="the file\nis not JSON; mend it"),
            "a.json: the file is not JSON; mend it\n",
        ),
        (FileNotFoundError(2, "No such file or directory", "a.json"), "a.json: No such file or directory\n"),
        (OSError(28, "No space left on device"), "No space left on device\n"),
    ],
)
def test_failure_is_one_line_with_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, line: str
) -> None:
    fails_with(monkeypatch, error)
    assert program.main(["serve"]) == 3
    assert capsys.readouterr().err == line


def test_unexpected_failure_names_kind_without_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails_with(monkeypatch, KeyError("s3cret"))
    assert program.main(["serve"]) == 3
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "--debug" in said
    assert "s3cret" not in said


def test_debug_shows_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    fails_with(monkeypatch, ValueError("seen"))
    with pytest.raises(ValueError, match="seen"):
        program.main(["--debug", "serve"])


def test_reader_that_leaves_early_is_no_failure(root: Path) -> None:
    code = (
        "import sys, types, main\n"
        "def flood(_):\n    while True: print('x' * 4096, flush=True)\n"
        "sys.modules['engine.cli'] = types.SimpleNamespace(main=flood)\n"
        "sys.exit(main.main(['report']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        try:
            assert process.wait(timeout=240) == 0
        finally:
            process.kill()
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_impossible_arguments_are_usage_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails_with(monkeypatch, WrongUseError("code", message="'X' is not NAME=FILE; write one"))
    assert program.main(["eval"]) == 2
    assert capsys.readouterr().err == "'X' is not NAME=FILE; write one\n"


@pytest.mark.parametrize(
    "words",
    [
        *(
            ["eval", "1", "--event", "X"],
            ["eval"],
            ["eval", "1", "--now", "x"],
            ["simulate", "j.json"],
            ["bench", "nobody"],
            ["render", "j.json"],
        ),
        *(["steps", "export", "-o", "a.txt"], ["steps", "export", "-o", "a.csv", "--since", "soon"]),
        *(["render", "j.json", "-o", "a.csv"], ["render", "--size", "x"], ["sample", "--port", "x"]),
        *(["studio", "--nothing"], ["nothing"], ["send", "e.json", "--url", "ftp://x"]),
    ],
)
def test_every_command_reports_usage_error_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.json").write_text("{}", "utf-8")
    (tmp_path / "j.json").write_text(journey_file.write(journey([entry()], [])), "utf-8")
    try:
        code = program.main(words)
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    said = capsys.readouterr()
    assert (code, said.out, said.err.count("\n")) == (2, "", 1), said


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("engine.cli", ("pydantic", "sqlalchemy", "httpx")),
        ("engine.cli.journeys", ("sqlalchemy", "httpx", "uvicorn")),
        ("engine.cli.send", ("sqlalchemy", "httpx", "uvicorn")),
        ("engine.facade", ("psycopg", "pyarrow", "uvicorn", "PySide6")),
    ],
)
def test_commands_import_only_needed_libraries(root: Path, module: str, without: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*({set(without)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
