"""``backup`` copies a workspace while it is in use; ``restore`` makes a new one from the copy, on either store."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.cli import GOOD, Arguments, say
from engine.cli.places import workspace, workspace_of
from engine.errors import SojournError
from engine.services.backups import VAULT_ENDING
from engine.store.restoring import restore_into

_LOOK_SECONDS = 0.1


def backup(given: Arguments) -> int:
    """Write a backup, through the workspace's owner if one runs."""
    target = Path(given.file).absolute()
    pause = threading.Event()
    with workspace(given) as (engine, caller):
        engine.backups.begin(caller, str(target))
        state = engine.backups.state(caller)
        while not state.done:
            pause.wait(_LOOK_SECONDS)
            state = engine.backups.state(caller)
    if state.fault:
        raise SojournError("backup_failed", state.fault)
    say(f"{target}: {state.size} bytes")
    secrets = target.with_name(f"{target.name}{VAULT_ENDING}")
    if secrets.exists():
        say(f"{secrets}: the secrets, sealed; keep their key elsewhere")
    return GOOD


def restore(given: Arguments) -> int:
    """Fill a new workspace from a backup."""
    source = Path(given.file).absolute()
    location = workspace_of(given)
    restore_into(location, source, source.with_name(f"{source.name}{VAULT_ENDING}"))
    say(f"{location}: restored from {source}")
    return GOOD
