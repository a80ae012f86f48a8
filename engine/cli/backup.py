"""``backup`` copies a workspace while it is in use; ``restore`` makes a new one from the copy, on either store."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import workspace, workspace_folder_of
from engine.errors import SojournError
from engine.services.backups import VAULT_ENDING
from engine.store.database import restore_workspace

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
