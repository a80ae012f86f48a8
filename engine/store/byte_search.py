"""Search files for byte sequences; a separate program, run by path (see ``scrub.count``).

It is one because of how locks of files work: when a process closes a file, all its locks on that file go, those that
SQLite holds for it too. So the process that has the database open never opens the file by itself
(https://www.sqlite.org/howtocorrupt.html, 2.2). It reads one JSON document, ``{"files": [path, ...], "needles":
[hexadecimal digits, ...]}``, from standard input, since what is searched for is nobody's to see in a list of
processes, and prints in how many places one of them stands.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

CHUNK = 8 << 20


def count(files: Sequence[Path], needles: Sequence[bytes], chunk: int = CHUNK) -> int:
    """In how many places of the files one of these byte sequences stands; reads ``chunk`` bytes at a time."""
    return sum(
        part.count(needle) for file in files for needle in needles for part in _chunks(file, chunk, len(needle) - 1)
    )


def _chunks(file: Path, size: int, overlap: int) -> Iterator[bytes]:
    """Yield the file in chunks, each preceded by the last ``overlap`` bytes of the one before."""
    before = b""
    with file.open("rb") as opened:
        while chunk := opened.read(size):
            joined = before + chunk
            yield joined
            before = joined[-overlap:] if overlap else b""


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(count([Path(name) for name in asked["files"]], [bytes.fromhex(digits) for digits in asked["needles"]]))
