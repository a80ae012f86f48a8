"""Commands that read and change a workspace as a whole: journey files, profiles, settings, inlets, backups."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import workspace, workspace_folder_of
from engine.errors import SojournError
from engine.files import naming_file, read_text, write_text
from engine.services.backups import VAULT_ENDING
from engine.services.settings import read_value
from engine.store.database import restore_workspace


def import_files(arguments: Arguments) -> int:
    """Bring in journey files, one after the other."""
    with workspace(arguments) as (engine, caller):
        for name in arguments.files:
            with naming_file(name):
                done = engine.journeys.import_file(
                    caller, read_text(name), arguments.sets, arguments.publish, arguments.differing
                )
            row = done.version
            print_line(f"{row.name}, version {row.version}: {row.state}")
            for old, new in done.renamed.items():
                print_line(f"  {old} is called {new} here")
    return GOOD


def export(arguments: Arguments) -> int:
    """Write a journey's file."""
    with workspace(arguments) as (engine, caller):
        text = engine.journeys.export(caller, arguments.journey, arguments.version)
    if arguments.output:
        write_text(Path(arguments.output), text)
    else:
        sys.stdout.write(text)
    return GOOD


def import_profiles(arguments: Arguments) -> int:
    """Bring in profiles."""
    text = read_text(arguments.file)
    with workspace(arguments) as (engine, caller), naming_file(arguments.file):
        count = engine.profiles.import_text(caller, text, "csv" if arguments.file.lower().endswith(".csv") else "json")
    print_line(f"{count} profiles")
    return GOOD


def set_setting(arguments: Arguments) -> int:
    """Change a setting."""
    value = read_value(arguments.name, arguments.value)
    with workspace(arguments) as (engine, caller):
        engine.settings.set(caller, arguments.name, value)
    return GOOD


def list_settings(arguments: Arguments) -> int:
    """Show every setting."""
    with workspace(arguments) as (engine, caller):
        rows = engine.settings.list(caller)
    for row in rows:
        print_line(f"{row.name} = {json.dumps(row.value)}  ({row.meaning})")
    return GOOD


def set_secret(arguments: Arguments) -> int:
    """Keep a secret."""
    value = sys.stdin.read().rstrip("\n")
    with workspace(arguments) as (engine, caller):
        engine.settings.set_secret(caller, arguments.name, value)
    return GOOD


def list_inlets(arguments: Arguments) -> int:
    """Show the inlets."""
    with workspace(arguments) as (engine, caller):
        rows = engine.inlets.list(caller)
    for row in rows:
        state = "open" if row.open else "closed"
        print_line(f"{row.name}  {row.url}  {state}, {'token' if row.requires_token else 'no token'}")
    return GOOD


def print_token(arguments: Arguments) -> int:
    """Print an inlet's token, alone."""
    with workspace(arguments) as (engine, caller):
        token = engine.inlets.token(caller, arguments.name)
    print_line(token)
    return GOOD


_LOOK_SECONDS = 0.1


def backup(arguments: Arguments) -> int:
    """Write a backup, through the workspace's owner if one runs."""
    target = Path(arguments.file).absolute()
    pause = threading.Event()
    with workspace(arguments) as (engine, caller):
        engine.backups.begin(caller, str(target))
        state = engine.backups.state(caller)
        while not state.done:
            pause.wait(_LOOK_SECONDS)
            state = engine.backups.state(caller)
    if state.fault is not None:
        raise SojournError.of(state.fault)
    print_line(f"{target}: {state.size} bytes")
    secrets = target.with_name(f"{target.name}{VAULT_ENDING}")
    if secrets.exists():
        print_line(f"{secrets}: the secrets, sealed; keep their key elsewhere")
    return GOOD


def restore(arguments: Arguments) -> int:
    """Fill a new workspace from a backup."""
    source = Path(arguments.file).absolute()
    location = workspace_folder_of(arguments)
    restore_workspace(location, source, source.with_name(f"{source.name}{VAULT_ENDING}"))
    print_line(f"{location}: restored from {source}")
    return GOOD
