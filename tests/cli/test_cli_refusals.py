"""What commands say to arguments, files and answers that are not what they need: one sentence, and no traceback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from engine.cli import main
from engine.cli.logs import log_file_of, log_to
from engine.errors import SojournError
from engine.model import journey_file
from engine.store import step_query
from engine.store.database import Database
from tests.helpers.journey_builders import entry, journey


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    return ["--workspace", str(tmp_path / "w")]


@pytest.fixture
def made(place: list[str]) -> list[str]:
    """The words that name a workspace that is there."""
    assert main(["setting", "set", "overdue_rate", "200", *place]) == 0
    return place


@pytest.fixture
def event(tmp_path: Path) -> str:
    path = tmp_path / "event.json"
    path.write_text('{"id": "p"}', "utf-8")
    return str(path)


class _Inlet(BaseHTTPRequestHandler):
    says = b""
    asked = ""

    def do_POST(self) -> None:
        type(self).asked = self.path
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.says)))
        self.end_headers()
        self.wfile.write(self.says)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a test's output is the command's."""


@pytest.fixture
def strange() -> Iterator[str]:
    """Run a server that answers ``_Inlet.says``; return its address."""
    server = HTTPServer(("127.0.0.1", 0), _Inlet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def refused(words: list[str]) -> SojournError:
    with pytest.raises(SojournError) as caught:
        main(words)
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:99999/x", "http://127.0.0.1:high/x", "http://127.0.0.1:0/x", "http://[::1/x"),
        *("ftp://x", "x", "http:///x", "http://127.0.0.1/a b", "http://127.0.0.1/ü"),
    ],
)
def test_invalid_address_is_reported(event: str, url: str) -> None:
    assert refused(["send", event, "--url", url]).code == "url_malformed"


def test_password_in_address_is_not_repeated(event: str) -> None:
    error = refused(["send", event, "--url", "http://lee:correct-horse@127.0.0.1:1/x"])
    assert error.code == "url_password"
    assert "correct-horse" not in str(error)


@pytest.mark.parametrize("token", ["a\nb", "é"])
def test_invalid_token_is_reported_without_its_value(event: str, token: str) -> None:
    error = refused(["send", event, "--url", "http://127.0.0.1:1", "--token", token])
    assert (error.code, token in str(error)) == ("token_malformed", False)


@pytest.mark.parametrize(
    "said", ["[]", "1", '"accepted"', "null", '{"accepted": []}', '{"accepted": [], "errors": [1]}', "<html>", ""]
)
def test_missing_inlet_is_explained(event: str, strange: str, said: str) -> None:
    _Inlet.says = said.encode()
    assert refused(["send", event, "--url", strange]).code == "inlet_strange"


def test_address_is_called_with_its_query(event: str, strange: str, capsys: pytest.CaptureFixture[str]) -> None:
    _Inlet.says = b'{"accepted": ["e1"], "errors": []}'
    assert main(["send", event, "--url", f"{strange}/collection/main?from=a"]) == 0
    assert (capsys.readouterr().out, _Inlet.asked) == ("accepted e1\n", "/collection/main?from=a")


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--port", "99999"],
        ["serve", "--port", "-1"],
        ["audit", "--limit", "-1"],
        ["audit", "--limit", "9" * 30],
        ["query", "select 1", "--limit", "0"],
        ["export", "J", "--version", "9" * 30],
        ["token", "create", "a", "--days", "9" * 30],
    ],
)
def test_number_out_of_bounds_is_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "no whole number from" in capsys.readouterr().err


def test_setting_holds_no_more_than_store_does(place: list[str]) -> None:
    assert refused(["setting", "set", "overdue_rate", "9" * 30, *place]).code == "setting_value"


def test_every_sql_type_is_printed(made: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    select = "select x'ff00' as a, 1e999 as b, 2.5 as c, null as d"
    assert main(["query", select, "--json", *made]) == 0
    assert json.loads(capsys.readouterr().out) == {"a": "ff00", "b": "inf", "c": 2.5, "d": None}
    assert main(["query", select, "--csv", *made]) == 0
    assert capsys.readouterr().out == "a,b,c,d\nff00,inf,2.5,\n"
    assert main(["query", select, *made]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["ff00", "inf", "2.5"]


def test_folder_is_no_file_of_step_events(made: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "steps.parquet"
    folder.mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        main(["steps", "export", "-o", str(folder), *made])
    assert caught.value.filename == str(folder)
    assert not list(tmp_path.glob(".*.new"))


def test_version_that_is_not_there_is_named(place: list[str], tmp_path: Path) -> None:
    path = tmp_path / "j.journey.json"
    path.write_text(journey_file.write(journey([entry()], [])), "utf-8")
    assert main(["import", str(path), *place]) == 0
    error = refused(["export", "J", "--version", "9", *place])
    assert (error.code, "version 9" in str(error)) == ("version_unknown", True)
    assert refused(["export", "K", "--version", "9", *place]).code == "journey_unknown"


def test_oversized_answer_is_refused(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_query, "LARGEST_ANSWER", 1_000)
    assert refused(["query", "select printf('%.2000c', 'x')", *made]).code == "query_large"
    assert refused(["query", "select randomblob(10)", *made]).code == "query_refused"
    assert main(["query", "select printf('%.900c', 'x')", *made]) == 0


def test_unknown_sandbox_is_refused(place: list[str]) -> None:
    elsewhere = [*place, "--sandbox", "training"]
    assert refused(["setting", "set", "overdue_rate", "7", *elsewhere]).code == "sandbox_unknown"
    assert main(["sandbox", "add", "training", *place]) == 0
    assert main(["setting", "set", "overdue_rate", "7", *elsewhere]) == 0


def test_reserved_sender_name_is_refused(place: list[str]) -> None:
    error = refused(["user", "set", "inlet", *place])
    assert (error.code, "stands for senders" in str(error)) == ("user_name", True)


def test_token_requires_existing_user(place: list[str]) -> None:
    assert refused(["token", "create", "robot", "--user", "nobody", *place]).code == "user_unknown"


def test_deep_nesting_is_refused(place: list[str], tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000, "utf-8")
    assert refused(["send", str(path), *place]).code == "event_malformed"
    assert refused(["eval", "1", "--event", f"A={path}"]).code == "event_malformed"
    assert str(path) in str(refused(["eval", "--cases", str(path)]))


def test_product_profile_requires_existing_sandboxes(place: list[str]) -> None:
    words = ["product-profile", "set", "Drawers", "--permission", "read_journeys", "--in", "dev", *place]
    assert refused([*words, "--in", "prod"]).code == "sandbox_unknown"
    assert main(["sandbox", "add", "dev", *place]) == 0
    assert main([*words, "--in", "prod"]) == 0


def test_step_export_requires_existing_journey(made: list[str], tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    assert refused(["steps", "export", "Nobody", "-o", str(path), *made]).code == "journey_unknown"
    assert not path.exists()
    drawn = tmp_path / "j.journey.json"
    drawn.write_text(journey_file.write(journey([entry()], [])), "utf-8")
    assert main(["import", str(drawn), *made]) == 0
    assert main(["steps", "export", "J", "-o", str(path), *made]) == 0
    assert path.read_text("utf-8").startswith("n,sandbox,journey_name,")


@pytest.mark.parametrize("words", [["export", "J", "-o"], ["steps", "export", "-o"]])
def test_unwritable_file_is_reported(place: list[str], tmp_path: Path, words: list[str]) -> None:
    drawn = tmp_path / "j.journey.json"
    drawn.write_text(journey_file.write(journey([entry()], [])), "utf-8")
    assert main(["import", str(drawn), *place]) == 0
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    for path in (full, tmp_path / "nowhere" / "a.csv"):
        with pytest.raises(OSError, match=r"No space|No such") as caught:
            main([*words, str(path), *place])
        assert caught.value.filename == str(path)
    assert not list(tmp_path.glob(".*.new"))


@pytest.mark.parametrize("text", ['{"a": "\\ud800"}', "NaN", '{"a": "x\0"}'])
def test_invalid_event_is_not_sent(place: list[str], tmp_path: Path, text: str) -> None:
    path = tmp_path / "event.json"
    path.write_text(text, "utf-8")
    assert refused(["send", str(path), *place]).code == "event_malformed"


def test_large_numbers_are_sent_exactly(made: list[str], event: str) -> None:
    Path(event).write_text('{"a": 123456789012345678901234567890}', "utf-8")
    assert main(["send", event, *made]) in (0, 1)


@pytest.mark.parametrize("assignment", ["$.actions=1", "$.actions[0]=1", "$.data_sources[0].name=1"])
def test_invalid_definition_is_refused_with_path(place: list[str], root: Path, assignment: str) -> None:
    sample = root / "resources" / "samples" / "lobby-and-restaurant.journey.json"
    secrets = ["--set", "$.data_sources[1].auth.password=a", "--set", "$.actions[0].auth.value=b"]
    assert refused(["import", str(sample), *secrets, "--set", assignment, *place]).where.startswith(str(sample))


def test_unwritable_log_suggests_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("SOJOURN_LOGS", str(tmp_path / "file"))
    with pytest.raises(SojournError, match="SOJOURN_LOGS"):
        log_to(log_file_of(tmp_path))


def test_full_disk_leaves_no_broken_workspace(tmp_path: Path) -> None:
    database = Database(str(tmp_path), max_pages=2)
    try:
        with pytest.raises(SojournError, match="make room") as caught:
            database.prepare()
    finally:
        database.close()
    assert caught.value.code == "workspace_unwritable"


READING = [
    ["report"],
    ["query", "select 1"],
    ["check"],
    ["check", "--accept-loss"],
    ["health"],
    ["suppressions", "list"],
    ["setting", "list"],
    ["inlet", "token"],
    ["user", "list"],
    ["audit"],
    ["steps", "export", "-o", "steps.csv"],
    ["backup", "copy.sqlite"],
    ["export", "J"],
]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_creates_no_workspace(words: list[str], tmp_path: Path) -> None:
    missing = tmp_path / "typo"
    with pytest.raises(SojournError, match="there is no workspace in"):
        main([*words, "--workspace", str(missing)])
    assert not missing.exists()


@pytest.mark.parametrize("words", [["import"], ["profiles", "import"], ["suppressions", "import"]], ids=" ".join)
def test_missing_file_creates_no_workspace(words: list[str], tmp_path: Path) -> None:
    missing = tmp_path / "new"
    with pytest.raises(SojournError, match="No such file"):
        main([*words, str(tmp_path / "people.csv"), "--workspace", str(missing)])
    assert not missing.exists()
