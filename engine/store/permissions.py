"""Permissions of a workspace's files: personal data and tokens are in them, so that only their owner may read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from engine.store.integrity import IntegrityCheck

_OTHERS = 0o077
_SHOWN = 20


def check_permissions(folder: Path) -> IntegrityCheck:
    """Count what others than the owner may read or change in the folder of a workspace, itself included."""
    found = sorted(str(path) for path in _open_to_others(folder))
    advice = (f"others can open them; run: chmod -R go= {folder}",) if found else ()
    return IntegrityCheck("permissions of files", len(found), (*advice, *found[:_SHOWN]))


def _open_to_others(folder: Path) -> Iterator[Path]:
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):  # it was a file for a moment only
            if path.lstat().st_mode & _OTHERS and not path.is_symlink():
                yield path
