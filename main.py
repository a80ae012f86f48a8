"""Sojourn's one program: arguments → the studio, a picture of a canvas, the samples' outside world, or a command.

The only place where the parts are wired together. Headless commands never import Qt. A failure is one line on
standard error; ``--debug`` shows the traceback instead. Exit codes: 0 good, 1 the answer is no, 2 wrong use,
3 something failed (interfaces.md, Commands).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from engine.errors import SojournError, WrongUseError

DEBUG = "--debug"
STUDIO = "studio"
ROOMS = {STUDIO: "app.studio", "render": "app.render", "sample": "engine.sample_servers.server"}
"""The subcommands that are not headless commands of the engine, and the module whose ``main(arguments)`` does them."""
HELP = ("-h", "--help", "--version")
WRONG_USE, FAILED = 2, 3


def route(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The module that takes the arguments, and those it takes; without a subcommand that is the studio."""
    words = list(arguments)
    if not words or (words[0].startswith("-") and words[0] not in HELP):
        return ROOMS[STUDIO], words
    if words[0] in ROOMS:
        return ROOMS[words[0]], words[1:]
    return "engine.cli", words


def explain(error: Exception) -> str:
    """One line that says what went wrong; what nobody foresaw names its kind and how to learn more."""
    if isinstance(error, SojournError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"Something failed that should not ({type(error).__name__}); run it again with {DEBUG} to see it"


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for; gives the exit code."""
    debug = DEBUG in arguments
    module, words = route([word for word in arguments if word != DEBUG])
    try:
        code: int = importlib.import_module(module).main(words)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return FAILED
    except Exception as error:
        if debug:
            raise
        print(explain(error), file=sys.stderr)
        return WRONG_USE if isinstance(error, WrongUseError) else FAILED
    return code


def run() -> int:
    """Run the arguments of this process; the command ``sojourn`` of an installed wheel starts here."""
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
