"""Backups of a running workspace: a copy of its database, and of its sealed secrets beside it.

A copy may take minutes, so it is begun and then asked after. The writer goes on meanwhile.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.ports import Runner
from engine.services.access import ADMINISTER, AccessService, Service
from engine.services.service_method import requires
from engine.services.views import BackupState, Caller
from engine.store import backups, setting_queries
from engine.store.results import Connection

VAULT_ENDING = ".vault.json"
"""What the name of the secrets' copy adds to that of the database's."""

_LAST = "last_backup"
"""The fact about the workspace that holds its last finished backup."""


class BackupService(Service):
    """Copies the workspace to a file, one backup at a time.

    ``copy`` makes a whole copy of the database at once and returns its size in bytes; ``size`` estimates it, or is 0.
    """

    def __init__(
        self,
        runner: Runner[Connection],
        access: AccessService,
        copy: Callable[[Path], int],
        size: Callable[[], int],
        vault: Path,
    ) -> None:
        super().__init__(runner, access)
        self._copy, self._size = copy, size
        self._vault = vault
        self._lock = threading.Lock()
        self._thread = threading.Thread()
        self._state = BackupState("")

    @requires(ADMINISTER)
    def begin(self, caller: Caller, path: str) -> None:
        """Begin a backup into a new file; raises SojournError when it is there already, or another is under way."""
        target = Path(path)
        if not target.is_absolute():
            raise SojournError("backup_path.relative", path=path)
        if target.exists():
            raise SojournError("backup_path.taken", path=path)
        with self._lock:
            if self._thread.is_alive():
                raise SojournError("backup_under_way", path=self._state.path)
            self._state = BackupState(path, of=self._size())
            self._thread = threading.Thread(target=self._run, args=(caller, target), name="sojourn-backup")
            self._thread.start()

    @requires(ADMINISTER)
    def state(self, caller: Caller) -> BackupState:
        """How the last backup is: the one under way, else the last of this engine, else the last that was finished."""
        state = self._state
        if state.path:
            return state if state.done else replace(state, size=backups.bytes_written(Path(state.path)))
        with self._runner.read() as connection:
            kept = setting_queries.workspace_fact(connection, _LAST)
        return BackupState(**json.loads(kept)) if kept else state

    def finish(self) -> None:
        """Wait for a backup that is under way."""
        with self._lock:
            if self._thread.is_alive():
                self._thread.join()

    def _run(self, caller: Caller, target: Path) -> None:
        path = str(target)
        ended = BackupState(path, done=True, fault=Phrase("backup_failed.engine"))
        try:
            self._runner.write(lambda connection: self._record(connection, caller, path))
            size = self._copy(target)
            if self._vault.exists():
                shutil.copy(self._vault, target.with_name(f"{target.name}{VAULT_ENDING}"))
            ended = BackupState(path, done=True, size=size, at=self._runner.clock.now())
            kept = json.dumps(asdict(ended))
            backups.note_last(self._vault.parent, target)
            self._runner.write(lambda connection: setting_queries.put_workspace_fact(connection, _LAST, kept))
        except SojournError as error:
            ended = BackupState(path, done=True, fault=Phrase("backup_failed", {"reason": error.phrase}))
        except OSError as error:
            ended = BackupState(
                path,
                done=True,
                fault=Phrase("backup_failed.file", {"file": str(error.filename), "reason": str(error.strerror)}),
            )
        finally:
            self._state = ended

    def _record(self, connection: Connection, caller: Caller, path: str) -> None:
        self._access.record_workspace(connection, caller, "backup", path)
