"""The headless commands (interfaces.md, Commands): a table of commands, each run by a function of its module.

Modules are loaded when their command is called, so that ``validate`` does not wait for a database.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

from engine.cli.commands import COMMANDS, Command
from engine.command_line import OneLineParser
from engine.installation import program_name, version

Arguments = argparse.Namespace
GOOD, NO, EXIT_USAGE, FAILED = range(4)
"""Exit codes: good, the answer is no, wrong use, something failed."""


OTHER_COMMANDS = ("studio", "render", "sample")
"""Commands with a parser of their own: the studio, pictures of journeys, the sample servers."""
_ELSEWHERE = f"{', '.join(OTHER_COMMANDS)} are commands too; without one the studio opens."


def make_parser() -> OneLineParser:
    """Build the parser of all commands."""
    parser = OneLineParser(prog=program_name(), description="Customer journeys, drawn and run.", epilog=_ELSEWHERE)
    parser.add_argument("--version", action="version", version=f"Sojourn {version()}")
    branches = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=OneLineParser)
    groups: dict[str, argparse._SubParsersAction[OneLineParser]] = {}
    for command in COMMANDS:
        first, _, second = command.words.partition(" ")
        where = branches
        if second:
            if first not in groups:
                group = branches.add_parser(first, help=f"{first} …")
                groups[first] = group.add_subparsers(metavar="WHAT", required=True, parser_class=OneLineParser)
            where = groups[first]
        leaf = where.add_parser(second or first, help=command.does, description=command.does)
        for declare in command.arguments:
            declare(leaf)
        leaf.set_defaults(command=command)
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command that ``argv`` names and return the exit code; failures are raised as SojournError."""
    try:
        arguments = make_parser().parse_args(list(argv))
    except SystemExit as leaving:
        return int(leaving.code or GOOD)
    command: Command = arguments.command
    module, _, name = command.function.partition(":")
    function: Callable[..., int | None] = getattr(importlib.import_module(f"engine.cli.{module}"), name)
    if not command.opens_workspace:
        return function(arguments) or GOOD
    from engine.cli.workspaces import workspace

    with workspace(arguments) as (engine, caller):
        return function(engine, caller, arguments) or GOOD


def print_line(text: str) -> None:
    """Print a line on standard output."""
    sys.stdout.write(f"{text}\n")
