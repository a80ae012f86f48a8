"""``completion`` prints a script that completes the commands and options in bash, zsh or fish.

The words come from the argument parser, so a new command or option is completed without a change here.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.cli import GOOD, OTHER_COMMANDS, Arguments, make_parser, print_line
from engine.installation import DISTRIBUTION

_BASH = """\
_{name}() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" path="" word
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "${{path:+$path }}$word" in
            {paths}) path="${{path:+$path }}$word" ;;
        esac
    done
    case "$path" in
{cases}
    esac
}}
complete -o default -F _{name} {name}
"""
_ZSH = "#compdef {name}\nautoload -U +X bashcompinit && bashcompinit\n"


class Word(NamedTuple):
    """A word that may follow a command: a subcommand, an option or a choice, with its help text."""

    text: str
    help: str


def completion(arguments: Arguments) -> int:
    """Print the completion script of the shell that ``arguments.shell`` names."""
    words = dict(_words(make_parser()))
    words[""] += tuple(Word(name, "") for name in OTHER_COMMANDS)
    script = _fish(words) if arguments.shell == "fish" else _bash(words)
    print_line((_ZSH.format(name=DISTRIBUTION) if arguments.shell == "zsh" else "") + script.rstrip())
    return GOOD


def _words(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, tuple[Word, ...]]]:
    """Yield each command path of the parser, ``""`` first, with the words that may follow it."""
    found: list[Word] = []
    groups: list[argparse._SubParsersAction[argparse.ArgumentParser]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            found += (Word(name, helps.get(name, "")) for name in action.choices)
            groups.append(action)
        else:
            found += (Word(text, action.help or "") for text in action.option_strings)
            found += (Word(str(choice), "") for choice in action.choices or ())
    yield path, tuple(found)
    for group in groups:
        for name, inner in group.choices.items():
            yield from _words(inner, f"{path} {name}".strip())


def _bash(words: Mapping[str, tuple[Word, ...]]) -> str:
    cases = [
        f'        "{path}") COMPREPLY=($(compgen -W "{" ".join(word.text for word in following)}" -- "$current")) ;;'
        for path, following in words.items()
    ]
    paths = "|".join(f'"{path}"' for path in words if path)
    return _BASH.format(name=DISTRIBUTION, paths=paths, cases="\n".join(cases))


def _fish(words: Mapping[str, tuple[Word, ...]]) -> str:
    lines: list[str] = []
    for path, following in words.items():
        inner = [word.text for word in following if not word.text.startswith("-")]
        seen = "; and ".join(f"__fish_seen_subcommand_from {part}" for part in path.split())
        condition = seen or "__fish_use_subcommand"
        if seen and inner:
            condition += f"; and not __fish_seen_subcommand_from {' '.join(inner)}"
        for word in following:
            option = f"-l {word.text[2:]}" if word.text.startswith("--") else ""
            option = option or (f"-s {word.text[1:]}" if word.text.startswith("-") else f"-a {word.text}")
            text = word.help.replace("\\", "\\\\").replace("'", "\\'")
            lines.append(f"complete -c {DISTRIBUTION} -n '{condition}' {option} -d '{text}'")
    return "\n".join(lines)
