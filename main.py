"""Run Sojourn: the studio, a picture of a journey, the sample systems, or a command, depending on the arguments.

Headless commands never import Qt. A failure is one line on standard error; ``--debug`` shows the traceback instead.
Exit codes: 0 success, 1 negative result, 2 wrong arguments, 3 failure (interfaces.md, Commands).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from engine.errors import SojournError, WrongUseError

DEBUG = "--debug"
STUDIO = "studio"
SUBCOMMANDS = {STUDIO: "app.studio", "render": "app.render", "sample": "engine.sample_servers.sample_run"}
"""The subcommands outside ``engine.cli``, each with the module whose ``main(arguments)`` runs it."""
HELP = ("-h", "--help", "--version")
WRONG_USE, FAILED = 2, 3


def route(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return the module for the arguments and the arguments it receives; without a subcommand, the studio."""
    words = list(arguments)
    if not words or (words[0].startswith("-") and words[0] not in HELP):
        return SUBCOMMANDS[STUDIO], words
    if words[0] in SUBCOMMANDS:
        return SUBCOMMANDS[words[0]], words[1:]
    return "engine.cli", words


def explain(error: Exception) -> str:
    """Return one line that describes an error; an unexpected one names its type and the option ``--debug``."""
    if isinstance(error, SojournError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"Unexpected failure ({type(error).__name__}); run the command again with {DEBUG} to see the traceback"


def main(arguments: Sequence[str]) -> int:
    """Run the studio or a command; return the exit code."""
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
