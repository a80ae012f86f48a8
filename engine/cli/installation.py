"""Commands on this installation: what is missing, the benchmarks, and the completion of commands in a shell."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from engine.cli import GOOD, NO, OTHER_COMMANDS, Arguments, make_parser, print_line
from engine.effects.providers import PROVIDERS
from engine.errors import WrongUseError
from engine.installation import DISTRIBUTION, project_file, required_packages
from engine.model.activity import ACTIVITY_KINDS
from engine.model.channel import CHANNELS
from engine.registry import PROBLEMS

_REPAIR_COMMAND = "make venv" if project_file() else "pip install --force-reinstall sojourn"
_SCREEN = "make screen" if project_file() else "apt-get install libegl1 libxcb-cursor0"
_SQLITE = (3, 51, 3)


def doctor(arguments: Arguments) -> int:
    """Print each part, whether it is there, and the command that installs it; 1 if something is missing."""
    missing = 0
    print_line(
        f"Python {sys.version.split()[0]}: {'good' if (3, 11) <= sys.version_info < (3, 14) else 'use 3.11 to 3.13'}"
    )
    for name in required_packages():
        try:
            print_line(f"{name} {importlib.metadata.version(name)}: good")
        except importlib.metadata.PackageNotFoundError:
            missing += 1
            print_line(f"{name}: missing; run: {_REPAIR_COMMAND}")
    missing += _check_sqlite()
    missing += _check_window()
    missing += _check_extensions()
    missing += 0 if missing else _check_workspace(arguments)
    return NO if missing else GOOD


def _check_sqlite() -> int:
    try:
        import pysqlite3
    except ImportError:
        return 1
    new = tuple(int(part) for part in pysqlite3.sqlite_version.split(".")) >= _SQLITE
    print_line(f"SQLite {pysqlite3.sqlite_version}: {'good' if new else f'older than 3.51.3; run: {_REPAIR_COMMAND}'}")
    return 0 if new else 1


def _check_workspace(arguments: Arguments) -> int:
    """Whether only its owner can open the workspace; without one nothing is checked."""
    from engine.cli.workspaces import workspace_folder_of  # with the database, which may be what is missing
    from engine.store.location import has_workspace
    from engine.store.permissions import check_permissions

    folder = workspace_folder_of(arguments)
    if not has_workspace(folder):
        return 0
    found = check_permissions(folder)
    print_line(f"{folder}: {found.details[0] if found.details else 'good'}")
    return found.faults


def _check_extensions() -> int:
    """Name the extensions that cannot be used, each with the reason."""
    for registry in (CHANNELS, ACTIVITY_KINDS, PROVIDERS):
        len(registry)  # a registry is filled when it is first used
    for problem in PROBLEMS:
        print_line(str(problem))
    return len(PROBLEMS)


def _check_window() -> int:
    """Whether Qt's own libraries can be loaded, in a process of its own: a missing one must not end this one."""
    import subprocess

    done = subprocess.run([sys.executable, "-c", "import PySide6.QtGui"], capture_output=True, text=True, check=False)
    reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else ""
    print_line("Qt's libraries: good" if done.returncode == 0 else f"Qt's libraries: {reason}; run: {_SCREEN}")
    return 0 if done.returncode == 0 else 1


def bench(arguments: Arguments) -> int:
    """Run one benchmark, or name them all; prints JSON."""
    folder = Path(__file__).resolve().parents[2] / "benchmarks"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if arguments.name is None:
        for name in names:
            print_line(name)
        return GOOD
    if arguments.name not in names:
        raise WrongUseError("bench_unknown", name=arguments.name, names=tuple(names))
    sys.path.insert(0, str(folder.parent))
    figures = importlib.import_module(f"benchmarks.{arguments.name}").main()
    print_line(json.dumps(figures, indent=2))
    return GOOD


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
