"""Commands that read and change a workspace as a whole: journey files, profiles, settings, inlets, backups."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import workspace, workspace_folder_of
from engine.errors import SojournError
from engine.facade import Engine
from engine.files import naming_file, read_text, write_text
from engine.services.backups import VAULT_ENDING
from engine.services.settings import read_value
from engine.services.views import Caller
from engine.store.database import restore_workspace


def import_files(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Bring in journey files, one after the other."""
    for name in arguments.files:
        with naming_file(name):
            done = engine.journeys.import_file(
                caller, read_text(name), arguments.sets, arguments.publish, arguments.differing
            )
        row = done.version
        print_line(f"{row.name}, version {row.version}: {row.state}")
        for old, new in done.renamed.items():
            print_line(f"  {old} is called {new} here")


def export(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Write a journey's file."""
    text = engine.journeys.export(caller, arguments.journey, arguments.version)
    if arguments.output:
        write_text(Path(arguments.output), text)
    else:
        sys.stdout.write(text)


def set_setting(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Change a setting."""
    value = read_value(arguments.name, arguments.value)
    engine.settings.set(caller, arguments.name, value)


def list_settings(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show every setting."""
    for row in engine.settings.list(caller):
        print_line(f"{row.name} = {json.dumps(row.value)}  ({row.meaning})")


def set_secret(arguments: Arguments) -> int:
    """Keep a secret."""
    value = sys.stdin.read().rstrip("\n")
    with workspace(arguments) as (engine, caller):
        engine.settings.set_secret(caller, arguments.name, value)
    return GOOD


def list_inlets(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show the inlets."""
    for row in engine.inlets.list(caller):
        state = "open" if row.open else "closed"
        print_line(f"{row.name}  {row.url}  {state}, {'token' if row.requires_token else 'no token'}")


def print_token(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print an inlet's token, alone."""
    print_line(engine.inlets.token(caller, arguments.name))


def add_inlet(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Create an inlet and print its address."""
    print_line(engine.inlets.create(caller, arguments.name).url)


def rotate_inlet(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print an inlet's new token, alone."""
    print_line(engine.inlets.rotate(caller, arguments.name))


def remove_inlet(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Delete an inlet."""
    engine.inlets.remove(caller, arguments.name)


_LOOK_SECONDS = 0.1


def backup(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Write a backup, through the workspace's owner if one runs."""
    target = Path(arguments.file).absolute()
    pause = threading.Event()
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


def restore(arguments: Arguments) -> int:
    """Fill a new workspace from a backup."""
    source = Path(arguments.file).absolute()
    location = workspace_folder_of(arguments)
    restore_workspace(location, source, source.with_name(f"{source.name}{VAULT_ENDING}"))
    print_line(f"{location}: restored from {source}")
    return GOOD
