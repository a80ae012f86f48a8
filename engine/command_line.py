"""The argument parser of every command line: an error is one line that refers to ``--help``."""

from __future__ import annotations

import argparse
from typing import NoReturn

EXIT_USAGE = 2
"""The exit code for arguments that cannot be understood."""


class OneLineParser(argparse.ArgumentParser):
    """Argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with the code for wrong use."""
        self.exit(EXIT_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")
