"""Makes a new workspace from a backup: its tables, and its sealed secrets if they were kept beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from engine.errors import SojournError
from engine.store import workspace_lock
from engine.store.database import Database
from engine.store.database_errors import WorkspaceTakenError, error_reason, is_database_error
from engine.store.location import create_folder
from engine.store.vault import FILE_NAME


def restore_workspace(folder: Path, source: Path, vault: Path) -> None:
    """Fill the workspace of ``folder``, which must be new; raises SojournError, and then leaves it as it was."""
    create_folder(folder)
    held = workspace_lock.acquire(folder)
    if held is None:
        raise SojournError("workspace_owned.restore", folder=folder)
    try:
        if vault.exists() and (folder / FILE_NAME).exists():
            raise SojournError("workspace_not_empty.secrets", folder=folder)
        _fill(folder, source)
        if vault.exists():
            shutil.copy(vault, folder / FILE_NAME)
            (folder / FILE_NAME).chmod(0o600)
    finally:
        held.release()


def _fill(folder: Path, source: Path) -> None:
    database = Database(str(folder))
    try:
        database.restore(source)
    except WorkspaceTakenError as error:
        raise SojournError.of(error.phrase) from None
    except DBAPIError as error:
        if not is_database_error(error):
            raise
        raise SojournError("workspace_unwritable", workspace=database.shown, reason=error_reason(error)) from None
    finally:
        database.close()
