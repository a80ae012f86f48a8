"""Writes ``docs/commands.md`` from the table of commands: ``python -m tools.commands_page``."""

from __future__ import annotations

import argparse
from itertools import groupby
from pathlib import Path

from engine.cli.commands import COMMANDS, Command

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
_HEAD = """# Commands

`sojourn COMMAND`, or `python main.py COMMAND` in a checkout; without a command the studio opens. Every command explains
itself with `--help`. The exit code is 0 when it is done, 1 when the answer is no (problems found, a check failed), 2
for wrong use and 3 when something failed. This page is generated from the table of commands; run
`python -m tools.commands_page`.

Commands that use a workspace take `--workspace PATH`, its folder or PostgreSQL URL (`SOJOURN_WORKSPACE`, else your
own); those of one sandbox take `--sandbox NAME` (`prod`). They work beside a running studio or `serve`: they go through
the engine that has the workspace open. {without} use no workspace.
"""
_COMMON = ("--workspace", "--sandbox")


def _section(level: str, command: Command) -> str:
    actions = [action for action in _actions(command) if not set(action.option_strings) & set(_COMMON)]
    usage = " ".join([command.words, *map(_in_usage, actions)])
    rows = [f"| `{_name(action)}` | {action.help} |\n" for action in actions if action.help]
    table = "".join(["\n| argument | meaning |\n| --- | --- |\n", *rows]) if rows else ""
    return f"\n{level} {command.words}\n\n{_sentence(command.does)}\n\n```sh\nsojourn {usage}\n```\n{table}"


def _actions(command: Command) -> list[argparse.Action]:
    parser = argparse.ArgumentParser(add_help=False)
    for declare in command.arguments:
        declare(parser)
    return parser._actions


def _name(action: argparse.Action) -> str:
    return ", ".join(action.option_strings) or _value(action)


def _value(action: argparse.Action) -> str:
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or action.dest.upper())


def _in_usage(action: argparse.Action) -> str:
    if not action.option_strings:
        value = _value(action)
        return {"+": f"{value} [{value} …]", "*": f"[{value} …]", "?": f"[{value}]"}.get(str(action.nargs), value)
    named = action.option_strings[0] if action.nargs == 0 else f"{action.option_strings[0]} {_value(action)}"
    return named if action.required else f"[{named}]"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def commands_page() -> str:
    """Return the text of ``docs/commands.md``: the commands in alphabetical order, those of one first word together."""
    options = {one.words: {name for action in _actions(one) for name in action.option_strings} for one in COMMANDS}
    *most, last = [f"`{words}`" for words, names in options.items() if "--workspace" not in names]
    page = [_HEAD.format(without=f"{', '.join(most)} and {last}")]
    for first, group in groupby(sorted(COMMANDS, key=lambda one: one.words), key=lambda one: one.words.split()[0]):
        members = list(group)
        alone = members[0].words == first
        page += [] if alone else [f"\n## {first}\n"]
        page += [_section("##" if alone else "###", command) for command in members]
    return "".join(page)


if __name__ == "__main__":
    PAGE.write_text(commands_page(), encoding="utf-8")
