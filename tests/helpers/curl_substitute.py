"""A stand-in for ``curl`` on machines that have none: the few options that the README uses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener


def main() -> None:
    """``curl -sS -H HEADER --data-binary @FILE URL``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-sS", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("--data-binary")
    parser.add_argument("url")
    words = parser.parse_args()
    body = Path(words.data_binary.removeprefix("@")).read_bytes() if words.data_binary else None
    headers = dict(line.split(": ", 1) for line in words.H)
    try:
        with build_opener(ProxyHandler({})).open(Request(words.url, body, headers), timeout=240) as answer:
            sys.stdout.write(answer.read().decode())
    except HTTPError as error:
        sys.stdout.write(error.read().decode())


if __name__ == "__main__":
    main()
