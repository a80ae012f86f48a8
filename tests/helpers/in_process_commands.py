"""Run commands in the test's own process: starting Python and loading the engine for each takes longer.

The shell runs a small program that hands its arguments and standard input over; ``main`` does them here.
"""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch as patch_environment

import pytest

Main = Callable[[Sequence[str]], int]

_PROGRAM = """
import json, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
line.sendall(json.dumps([sys.argv[1:], sys.stdin.read()]).encode() + b"\\n")
code, out, err = json.loads(line.makefile().readline())
line.close()
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


@contextmanager
def in_process_commands(main: Main, folder: Path) -> Iterator[str]:
    """The words that call ``main`` from a shell, as long as the block lasts."""
    address = folder / "line"
    program = folder / "call.py"
    program.write_text(_PROGRAM.format(address=str(address)), "utf-8")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        thread = threading.Thread(target=_serve, args=(listening, main))
        thread.start()
        try:
            yield f"{sys.executable} -I -S {program}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listening: socket.socket, main: Main) -> None:
    while True:
        try:
            line, _ = listening.accept()
        except OSError:
            return
        with line, line.makefile() as asked:
            words, typed = json.loads(asked.readline())
            line.sendall(json.dumps(run_command(main, words, typed)).encode() + b"\n")


def run_command(main: Main, words: Sequence[str], typed: str) -> tuple[int, str, str]:
    """Run a command in this process, whose environment stays; return exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    environment = patch_environment.dict(os.environ)
    with redirect_stdout(out), redirect_stderr(err), environment, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(typed))
        code = main(words)
    return code, out.getvalue(), err.getvalue()
